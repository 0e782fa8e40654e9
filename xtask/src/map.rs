//! `services.toml`: the fifty services, what each owns, serves and says.

use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::workspace::root;

/// The whole file.
#[derive(Deserialize)]
pub struct Map {
    #[serde(rename = "service")]
    pub services: Vec<Service>,
}

/// One service. Keys that only people read (notes, query parameters) are not taken over.
#[derive(Deserialize)]
pub struct Service {
    pub number: u8,
    pub slug: String,
    pub area: String,
    pub title: String,
    pub models: Vec<String>,
    #[serde(default, rename = "endpoint")]
    pub endpoints: Vec<Endpoint>,
    #[serde(default, rename = "event")]
    pub events: Vec<Event>,
}

/// One route.
#[derive(Deserialize)]
pub struct Endpoint {
    pub method: String,
    pub path: String,
    pub status: Status,
    #[serde(default)]
    pub added: bool,
    /// The service that serves a row that is listed twice.
    pub same_as: Option<String>,
}

/// One event name.
#[derive(Deserialize)]
pub struct Event {
    pub name: String,
    pub status: Status,
    #[serde(default)]
    pub added: bool,
    pub same_as: Option<String>,
}

/// Whether a row runs.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Planned,
    Done,
}

impl Map {
    /// Reads the file at the workspace's root.
    pub fn read() -> Result<Self> {
        let path = root().join("services.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&text)
    }

    /// Reads the map from text.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).context("services.toml is not what was expected")
    }
}
