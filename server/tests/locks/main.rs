//! Locks: what must stay true of the whole, whoever changes a part.

mod authorisation;
mod callers;
mod catalogue;
mod doors;
mod erasure;
mod floors;
mod functions;
mod fuzz;
mod more_fields;
mod openapi;
mod records;
mod registry;
mod schema;
mod support;
mod world;

use std::path::{Path, PathBuf};

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}
