//! Whether the files that rows speak of are there, and no others.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::TryStreamExt;
use object_store::path::Path;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use stoa_catalog_entities::{asset, asset_derivative};
use stoa_kernel::{Ctx, Result, Scope, error::codes};

use super::{READ, store};

/// A file is put before its row is written: a younger one may still get its row.
const SETTLED: TimeDelta = TimeDelta::hours(1);

/// What [`verify_files`] found, as names in the object store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Files that rows name.
    pub known: usize,
    /// Named by a row and not there: pages show a placeholder.
    pub missing: Vec<String>,
    /// There, an hour old, and named by no row: they take space and do no harm.
    pub orphaned: Vec<String>,
}

/// Compares the files of pictures with the rows that name them. For platform staff.
pub async fn verify_files(ctx: &Ctx) -> Result<FileReport> {
    if !matches!(ctx.scope(READ)?, Scope::Platform) {
        return Err(codes::FORBIDDEN.error("Only the platform's staff can check all files."));
    }
    let conn = ctx.db().read();
    // Listed first: a file that comes in between has its row when rows are read.
    let mut there = BTreeSet::new();
    let mut fresh = BTreeSet::new();
    let mut files = ctx.app.objects.list(Some(&Path::from("media")));
    while let Some(file) = files.try_next().await? {
        if file.last_modified > ctx.now - SETTLED {
            fresh.insert(file.location.to_string());
        }
        there.insert(file.location.to_string());
    }
    let hashes: Vec<String> = asset::Entity::find()
        .select_only()
        .column(asset::Column::Sha256)
        .filter(asset::Column::Sha256.is_not_null())
        .into_tuple()
        .all(conn)
        .await?;
    let derivatives: Vec<String> = asset_derivative::Entity::find()
        .select_only()
        .column(asset_derivative::Column::Object)
        .into_tuple()
        .all(conn)
        .await?;
    let known: BTreeSet<String> =
        hashes.iter().map(|hash| store::original_path(hash)).chain(derivatives).collect();
    Ok(FileReport {
        known: known.len(),
        missing: known.difference(&there).cloned().collect(),
        orphaned: there.difference(&known).filter(|file| !fresh.contains(*file)).cloned().collect(),
    })
}
