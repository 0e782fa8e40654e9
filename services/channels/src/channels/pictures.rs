//! The pictures of a product in a file, found and stored before its transaction. A dry run
//! looks at them, and records them in the transaction that it undoes.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use stoa_catalog::media::{self, MediaMeta, Original};
use stoa_catalog_types::{PictureInput, PictureSource};
use stoa_channels_types::{RowIssue, Severity};
use stoa_kernel::{Ctx, Result, Tx};
use stoa_types::{Id, Seller};

use super::{
    cells::codes,
    import::{is_refusal, issue},
    model::{ImageSource, ProductDraft},
};

/// Where pictures come from, and whether they are kept.
pub(super) struct Pictures {
    pub seller: Id<Seller>,
    /// Where pictures named without an address lie.
    pub folder: Option<PathBuf>,
    pub dry_run: bool,
}

/// The pictures of a product that can be had.
pub(super) struct Found {
    pictures: Vec<Picture>,
    /// None is missing.
    pub complete: bool,
}

struct Picture {
    named: ImageSource,
    alt: String,
    source: Source,
}

enum Source {
    /// To be fetched, or stored.
    Known(PictureSource),
    /// A file that a dry run looked at.
    Seen(Original, MediaMeta),
}

/// Pictures as the catalogue takes them.
pub(super) struct Recorded {
    pub inputs: Vec<PictureInput>,
    /// Their places, by what the file calls them.
    pub places: HashMap<ImageSource, usize>,
}

impl Pictures {
    /// Reads the files the draft names and stores them, unless nothing is to be written.
    /// What cannot be had is a warning.
    pub async fn find(&self, ctx: &Ctx, draft: &ProductDraft, issues: &mut Vec<RowIssue>) -> Result<Found> {
        let mut found = Found { pictures: Vec::new(), complete: true };
        for image in &draft.images {
            let source = match &image.source {
                ImageSource::Url(url) => Source::Known(PictureSource::Url(url.clone())),
                ImageSource::File(name) => match self.file(ctx, name).await? {
                    Ok(source) => source,
                    Err(message) => {
                        found.complete = false;
                        let row = draft.rows.first;
                        issues.push(issue(row, codes::IMAGE_MISSING, message, Severity::Warning));
                        continue;
                    }
                },
            };
            let (named, alt) = (image.source.clone(), image.alt.clone());
            found.pictures.push(Picture { named, alt, source });
        }
        Ok(found)
    }

    /// A picture of the folder; the inner error says why it cannot be used.
    async fn file(&self, ctx: &Ctx, name: &str) -> Result<Result<Source, String>> {
        let Some(folder) = &self.folder else {
            return Ok(Err(format!("There is no folder of pictures to find “{name}” in. Name one.")));
        };
        let Some(bytes) = bytes(folder, name, ctx.app.settings.upload_limit).await else {
            return Ok(Err(format!("The picture “{name}” is not in the folder, or is too large.")));
        };
        let meta = MediaMeta { seller: Some(self.seller), file_name: Some(name.to_owned()) };
        let source = match self.dry_run {
            true => media::inspect(ctx, bytes).await.map(|original| Source::Seen(original, meta)),
            false => media::store(ctx, bytes, meta)
                .await
                .map(|asset| Source::Known(PictureSource::Asset(asset.id))),
        };
        match source {
            Ok(source) => Ok(Ok(source)),
            Err(error) if is_refusal(&error) => {
                Ok(Err(format!("The picture “{name}” can't be used. {}", error.problem(None).detail)))
            }
            Err(error) => Err(error),
        }
    }

    /// The pictures as the catalogue takes them in the product's transaction.
    pub async fn record(&self, tx: &Tx, ctx: &Ctx, found: &Found) -> Result<Recorded> {
        let mut recorded = Recorded { inputs: Vec::new(), places: HashMap::new() };
        for picture in &found.pictures {
            let source = match &picture.source {
                Source::Known(source) => source.clone(),
                Source::Seen(original, meta) => {
                    PictureSource::Asset(media::store_in(tx, ctx, original, meta.clone()).await?)
                }
            };
            recorded.places.insert(picture.named.clone(), recorded.inputs.len());
            recorded.inputs.push(PictureInput { source, alt: picture.alt.clone() });
        }
        Ok(recorded)
    }
}

/// The bytes of a file of the folder. A link that leads out of it does not count.
async fn bytes(folder: &Path, name: &str, limit: u64) -> Option<Vec<u8>> {
    let path = tokio::fs::canonicalize(folder.join(name)).await.ok()?;
    let facts = tokio::fs::metadata(&path).await.ok()?;
    if !path.starts_with(folder) || !facts.is_file() || facts.len() > limit {
        return None;
    }
    tokio::fs::read(path).await.ok()
}
