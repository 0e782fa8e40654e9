//! `services.toml` and the program say the same about routes and events.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

#[derive(Deserialize)]
struct Catalogue {
    service: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    number: u8,
    slug: String,
    #[serde(default)]
    endpoint: Vec<Endpoint>,
    #[serde(default)]
    event: Vec<Event>,
}

#[derive(Deserialize)]
struct Endpoint {
    method: String,
    path: String,
    status: String,
    #[serde(default)]
    added: bool,
    #[serde(default)]
    same_as: Option<String>,
    #[serde(default)]
    mounted: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    name: String,
    status: String,
    #[serde(default)]
    added: bool,
    #[serde(default)]
    same_as: Option<String>,
}

fn catalogue() -> Catalogue {
    let text = std::fs::read_to_string(super::root().join("services.toml")).expect("services.toml");
    toml::from_str(&text).expect("services.toml is well formed")
}

/// `GET /v1/products/{}`: parameters count, their names do not.
fn key(method: &str, path: &str) -> String {
    let parts: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    format!("{} {}", method.to_uppercase(), parts.join("/"))
}

pub(super) fn running() -> BTreeSet<String> {
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, _)| key(method, path))
        })
        .collect()
}

#[test]
fn all_fifty_services_are_listed_with_their_operations_and_events() {
    let catalogue = catalogue();
    assert_eq!(
        catalogue.service.iter().map(|service| service.number).collect::<Vec<_>>(),
        (1..=50).collect::<Vec<u8>>()
    );
    let slugs: BTreeSet<_> = catalogue.service.iter().map(|service| &service.slug).collect();
    assert_eq!(slugs.len(), 50);
    let endpoints =
        || catalogue.service.iter().flat_map(|service| &service.endpoint).filter(|endpoint| !endpoint.added);
    assert_eq!(endpoints().count(), 191, "endpoint lines of the specification");
    assert_eq!(endpoints().filter(|endpoint| endpoint.same_as.is_none()).count(), 189, "operations");
    let events = || catalogue.service.iter().flat_map(|service| &service.event).filter(|event| !event.added);
    assert_eq!(events().count(), 114);
    assert_eq!(events().filter(|event| event.same_as.is_none()).count(), 113);
}

#[test]
fn done_routes_run_and_running_routes_are_done() {
    let running = running();
    let mut done = BTreeMap::new();
    for service in catalogue().service {
        for endpoint in service.endpoint.into_iter().filter(|endpoint| endpoint.same_as.is_none()) {
            let key = key(&endpoint.method, &endpoint.path);
            if endpoint.status == "done" {
                assert!(endpoint.mounted.is_some(), "{key}: a done row says where it is mounted");
                assert!(running.contains(&key), "{} says {key} is done, but it does not run", service.slug);
                assert!(done.insert(key.clone(), service.slug.clone()).is_none(), "{key} is listed twice");
            } else {
                assert!(
                    !running.contains(&key),
                    "{key} runs, but services.toml has it as {}",
                    endpoint.status
                );
            }
        }
    }
    for key in running {
        assert!(
            done.contains_key(&key),
            "{key} runs, but services.toml does not list it: add a row with added = true"
        );
    }
}

#[test]
fn done_events_are_emitted_by_their_service_and_no_other_event_is() {
    let declared: BTreeMap<&str, &str> = stoa::wire::modules()
        .into_iter()
        .flat_map(|module| module.events.iter().map(|event| (*event, module.slug)))
        .collect();
    let mut done = BTreeSet::new();
    for service in catalogue().service {
        for event in service.event.into_iter().filter(|event| event.same_as.is_none()) {
            if event.status == "done" {
                assert_eq!(
                    declared.get(event.name.as_str()),
                    Some(&service.slug.as_str()),
                    "{} is done but not declared by {}",
                    event.name,
                    service.slug
                );
                done.insert(event.name);
            } else {
                assert!(
                    !declared.contains_key(event.name.as_str()),
                    "{} is emitted, but services.toml has it as {}",
                    event.name,
                    event.status
                );
            }
        }
    }
    for name in declared.keys() {
        assert!(done.contains(*name), "{name} is emitted, but services.toml does not list it");
    }
}
