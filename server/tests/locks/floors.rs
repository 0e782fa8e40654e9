//! Crates import downwards only; areas on one floor never import each other.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// Floor of a crate, as docs/ARCHITECTURE.md lists them.
fn floor(name: &str) -> Option<u8> {
    let short = name.strip_prefix("stoa-").unwrap_or(name);
    if short == "types"
        || short == "features"
        || short == "kernel"
        || short.ends_with("-types")
        || short.ends_with("-entities")
    {
        return Some(0);
    }
    Some(match short {
        "identity" | "platform" => 1,
        "catalog" => 2,
        "pricing" | "fulfilment" | "payments" => 3,
        "ordering" => 4,
        "aftersales" | "discovery" | "engagement" | "channels" => 5,
        "ui" | "storefront" | "seller" | "backoffice" | "developers" | "app" => 6,
        "stoa" | "frontend" | "migration" | "xtask" | "testing" => 7,
        _ => return None,
    })
}

fn packages() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(super::root())
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let names = dependencies
                .filter(|dependency| dependency["kind"].is_null() && dependency["path"].is_string())
                .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned));
            (package["name"].as_str().unwrap_or_default().to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn every_crate_has_a_floor() {
    for name in packages().keys() {
        assert!(
            floor(name).is_some(),
            "{name} has no floor: add it to docs/ARCHITECTURE.md and to this table"
        );
    }
}

#[test]
fn imports_lead_downwards() {
    let areas = [
        "identity",
        "platform",
        "catalog",
        "pricing",
        "fulfilment",
        "payments",
        "ordering",
        "aftersales",
        "engagement",
        "channels",
    ];
    for (name, dependencies) in packages() {
        let own = floor(&name).expect("a floor");
        for dependency in dependencies {
            let below = floor(&dependency).expect("a floor");
            let area = areas.iter().any(|area| dependency == format!("stoa-{area}"));
            let same_floor_areas =
                area && own == below && areas.iter().any(|area| name == format!("stoa-{area}"));
            // Testing stands beside everything; only dev-dependencies reach it.
            assert!(
                below <= own && !same_floor_areas,
                "{name} (floor {own}) imports {dependency} (floor {below})"
            );
            if let Some(owner) =
                dependency.strip_prefix("stoa-").and_then(|rest| rest.strip_suffix("-entities"))
            {
                let allowed = [format!("stoa-{owner}"), "stoa-platform".to_owned(), "stoa".to_owned()];
                assert!(
                    allowed.contains(&name),
                    "{name} imports the tables of {owner}: call its functions instead"
                );
            }
        }
    }
}

#[test]
fn what_must_exist_once_exists_once() {
    let lock = std::fs::read_to_string(super::root().join("Cargo.lock")).expect("Cargo.lock");
    for name in ["leptos", "axum", "sea-orm", "sqlx", "sqlx-core", "leptos-use", "utoipa", "tower-sessions"] {
        let count = lock.matches(&format!("name = \"{name}\"\n")).count();
        assert!(count <= 1, "{name} is compiled {count} times: `cargo tree -d` shows who asks for which");
    }
}
