//! Packages that must be in the build once: two of one would be two incompatible sets of types.

use std::fs;

use anyhow::{Context, Result, bail};

use super::{Counts, Outcome, Run};
use crate::workspace::root;

const ONCE: &[&str] =
    &["axum", "leptos", "leptos_axum", "leptos_router", "sea-orm", "sqlx", "tokio", "wasm-bindgen"];

pub fn step(_: &mut Run) -> Result<Outcome> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let wrong: Vec<String> = ONCE
        .iter()
        .filter_map(|package| {
            let versions = versions(&lock, package);
            (versions.len() != 1).then(|| {
                format!(
                    "{package}: {}",
                    if versions.is_empty() { "none".into() } else { versions.join(", ") }
                )
            })
        })
        .collect();
    if !wrong.is_empty() {
        bail!(
            "Cargo.lock must have one version of each: {}; `cargo tree -d` shows who wants which",
            wrong.join("; ")
        );
    }
    Ok(Outcome::Counted(Counts::ONE_PASSED))
}

fn versions(lock: &str, package: &str) -> Vec<String> {
    let name = format!("name = \"{package}\"");
    lock.lines()
        .zip(lock.lines().skip(1))
        .filter(|(line, _)| *line == name)
        .filter_map(|(_, next)| Some(next.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_a_package_is_found() {
        let lock = "name = \"axum\"\nversion = \"0.7.1\"\n\nname = \"axum-core\"\nversion = \"9\"\n\nname = \"axum\"\nversion = \"0.8.9\"\n";
        assert_eq!(versions(lock, "axum"), ["0.7.1", "0.8.9"]);
        assert!(versions(lock, "sqlx").is_empty());
    }
}
