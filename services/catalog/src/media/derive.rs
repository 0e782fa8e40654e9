//! Making derivatives: WebP at once, AVIF when nothing else waits.

use std::sync::Arc;

use object_store::{ObjectStoreExt, path::Path};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stoa_catalog_entities::asset;
use stoa_catalog_types::{AssetState, PictureFormat, widths_of};
use stoa_kernel::{Ctx, Error, Job, NewEvent, Result, Tx, events, jobs};
use stoa_types::{Asset, Id, Seller};

use super::{
    BROKEN, TOO_MANY_PIXELS, UNSUPPORTED_TYPE, model,
    store::{self, Made},
};
use crate::cache::{Part, touch};

/// Payload of the jobs about one asset.
#[derive(Serialize, Deserialize)]
pub(super) struct About {
    pub asset: Id<Asset>,
}

/// Enqueues AVIF, which is slow to make and only makes pages lighter.
pub(super) async fn enqueue_avif(tx: &Tx, ctx: &Ctx, asset: Id<Asset>) -> Result<()> {
    let options = jobs::Options {
        unique_key: Some(format!("media.derive_avif:{asset}")),
        background: true,
        ..jobs::Options::default()
    };
    jobs::enqueue_with(tx, ctx, "media.derive_avif", About { asset }, options).await?;
    Ok(())
}

/// Makes the WebP files of an asset and opens it to pages.
pub(super) async fn webp(ctx: &Ctx, job: &Job) -> Result<()> {
    let id = jobs::payload::<About>(job)?.asset;
    let Some((asset, hash)) = load(ctx, id).await? else { return Ok(()) };
    let bytes = read(ctx, &hash).await?;
    let made = blocking(move || {
        let picture = model::decode(&bytes)?;
        let mut files = Vec::new();
        for width in widths_of(picture.width()) {
            let scaled = model::scale(&picture, width)?;
            files.push((width, scaled.height(), model::webp(&scaled)));
        }
        Ok((files, model::average(&picture), picture.dimensions()))
    })
    .await;
    let (files, placeholder, (width, height)) = match made {
        // Trying again would end the same way.
        Err(error) if [BROKEN, TOO_MANY_PIXELS, UNSUPPORTED_TYPE].into_iter().any(|code| error.is(code)) => {
            return fail(ctx, id, &error.to_string()).await;
        }
        other => other?,
    };
    let made = put_all(ctx, &hash, PictureFormat::Webp, files).await?;
    let ctx = &ctx.renewed();
    let tx = ctx.db().begin().await?;
    store::record(&tx, ctx, id, &hash, &made).await?;
    asset::Entity::update_many()
        .col_expr(asset::Column::State, AssetState::Ready.as_str().into())
        .col_expr(asset::Column::Placeholder, placeholder.into())
        .col_expr(asset::Column::Width, (width as i32).into())
        .col_expr(asset::Column::Height, (height as i32).into())
        .col_expr(asset::Column::Error, Option::<String>::None.into())
        .col_expr(asset::Column::UpdatedAt, ctx.now.into())
        .filter(asset::Column::Id.eq(id.uuid()))
        .exec(&tx)
        .await?;
    told(&tx, ctx, &asset, PictureFormat::Webp, 2).await?;
    enqueue_avif(&tx, ctx, id).await?;
    touch(ctx, Part::Media);
    touch(ctx, Part::Catalogue);
    ctx.db().commit(tx).await?;
    Ok(())
}

/// Makes the AVIF files of an asset.
pub(super) async fn avif(ctx: &Ctx, job: &Job) -> Result<()> {
    let id = jobs::payload::<About>(job)?.asset;
    let Some((asset, hash)) = load(ctx, id).await? else { return Ok(()) };
    if asset.avif {
        return Ok(());
    }
    let bytes = read(ctx, &hash).await?;
    let picture = blocking(move || model::decode(&bytes)).await?;
    let (widths, picture) = (widths_of(picture.width()), Arc::new(picture));
    let mut made = Vec::with_capacity(widths.len());
    for width in &widths {
        let (picture, width) = (picture.clone(), *width);
        let file = blocking(move || {
            let scaled = model::scale(&picture, width)?;
            Ok((width, scaled.height(), model::avif(&scaled)?))
        });
        made.extend(put_all(ctx, &hash, PictureFormat::Avif, vec![file.await?]).await?);
        jobs::progress(ctx, job, made.len() as i64, widths.len() as i64).await?;
    }
    let ctx = &ctx.renewed();
    let tx = ctx.db().begin().await?;
    store::record(&tx, ctx, id, &hash, &made).await?;
    asset::Entity::update_many()
        .col_expr(asset::Column::Avif, true.into())
        .filter(asset::Column::Id.eq(id.uuid()))
        .exec(&tx)
        .await?;
    told(&tx, ctx, &asset, PictureFormat::Avif, 3).await?;
    ctx.db().commit(tx).await?;
    Ok(())
}

/// Computes on a thread that may take its time.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

async fn load(ctx: &Ctx, id: Id<Asset>) -> Result<Option<(asset::Model, String)>> {
    let found = asset::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    Ok(found.and_then(|asset| asset.sha256.clone().map(|hash| (asset, hash))))
}

async fn read(ctx: &Ctx, hash: &str) -> Result<Vec<u8>> {
    let found = ctx.app.objects.get(&Path::from(store::original_path(hash))).await?;
    Ok(found.bytes().await?.to_vec())
}

async fn put_all(
    ctx: &Ctx,
    hash: &str,
    format: PictureFormat,
    files: Vec<(u32, u32, Vec<u8>)>,
) -> Result<Vec<Made>> {
    let mut made = Vec::with_capacity(files.len());
    for (width, height, bytes) in files {
        made.push(Made { format, width, height, size: bytes.len() as i64 });
        store::put(ctx, &store::derivative(hash, width, format), bytes).await?;
    }
    Ok(made)
}

async fn told(tx: &Tx, ctx: &Ctx, asset: &asset::Model, format: PictureFormat, version: i64) -> Result<()> {
    let id = Id::<Asset>::new(asset.id);
    let data = json!({ "asset": id, "format": format });
    let seller = asset.seller_id.map(Id::<Seller>::new);
    events::emit(tx, ctx, NewEvent::new("asset.transcoded", id, version).seller(seller).data(data)).await
}

/// Records that an asset will not come.
pub(super) async fn fail(ctx: &Ctx, id: Id<Asset>, why: &str) -> Result<()> {
    asset::Entity::update_many()
        .col_expr(asset::Column::State, AssetState::Failed.as_str().into())
        .col_expr(asset::Column::Error, why.chars().take(500).collect::<String>().into())
        .col_expr(asset::Column::UpdatedAt, ctx.now.into())
        .filter(asset::Column::Id.eq(id.uuid()))
        .exec(ctx.db().write())
        .await?;
    touch(ctx, Part::Media);
    Ok(())
}
