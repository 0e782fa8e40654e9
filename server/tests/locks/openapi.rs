//! The whole OpenAPI document is a reviewed file.

#[test]
fn the_document_is_the_reviewed_one() {
    let path = super::root().join("docs/openapi.json");
    let mut now = stoa::api::document().to_pretty_json().expect("the document");
    now.push('\n');
    if std::env::var_os("STOA_ACCEPT").is_some() {
        std::fs::write(&path, &now).expect("docs/openapi.json");
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    if now != reviewed {
        let differing = now.lines().zip(reviewed.lines()).position(|(new, old)| new != old).unwrap_or(0);
        let line = now.lines().nth(differing).unwrap_or_default();
        panic!(
            "the API differs from docs/openapi.json from line {} on: {line}\n\
             If that is meant, run `STOA_ACCEPT=1 cargo test -p stoa --test locks openapi` and review the diff.",
            differing + 1
        );
    }
}

#[test]
fn every_operation_has_an_id_a_tag_and_a_summary() {
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let slugs: Vec<&str> = stoa::wire::modules().iter().map(|module| module.slug).collect();
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(ids.insert(id.to_owned()) && id.contains('_'), "{method} {path}: operation id {id:?}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            assert!(slugs.contains(&tag), "{method} {path}: tag {tag:?} is no service");
        }
    }
}
