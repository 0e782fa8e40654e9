//! Locks: what must stay true of the whole, whoever changes a part.

mod authorisation;
mod catalogue;
mod floors;
mod openapi;
mod registry;
mod schema;

use std::path::{Path, PathBuf};

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}
