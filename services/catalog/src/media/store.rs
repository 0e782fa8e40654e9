//! Keeping files.

use object_store::{ObjectStoreExt, PutPayload, path::Path};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use sha2::{Digest, Sha256};
use stoa_catalog_entities::{asset, asset_derivative};
use stoa_catalog_types::{AssetState, AssetView, PictureFormat, widths_of};
use stoa_kernel::{Ctx, Error, NewEvent, Result, Scope, Tx, audit, events, jobs, new_id};
use stoa_types::{Asset, Id, Seller, Uuid};

use super::{
    BROKEN, WRITE,
    model::{self, Header},
    queries,
};
use crate::cache::{Part, touch};

/// Whose file it is and how it was called.
#[derive(Debug, Clone, Default)]
pub struct MediaMeta {
    /// Absent for the marketplace's own; a seller's caller may leave it out.
    pub seller: Option<Id<Seller>>,
    pub file_name: Option<String>,
}

/// Stores a picture; its derivatives follow by a job. The same bytes of the same owner
/// are stored once.
///
/// Needs `media.write`. 415 for what is no picture, 413 and 422 for what is too large,
/// 422 for what cannot be read. Not inside a transaction: it writes the object store.
pub async fn store(ctx: &Ctx, bytes: Vec<u8>, meta: MediaMeta) -> Result<AssetView> {
    let seller = owner(ctx, meta.seller)?;
    let original = keep(ctx, bytes).await?;
    let tx = ctx.db().begin().await?;
    let id = record_original(&tx, ctx, &original, seller, meta.file_name.as_deref()).await?;
    ctx.db().commit(tx).await?;
    queries::load(ctx.db().read(), id).await
}

/// Records a picture in the caller's transaction as [`store`] does, without its file: for a
/// transaction that is undone, to see what would follow.
pub async fn store_in(tx: &Tx, ctx: &Ctx, original: &Original, meta: MediaMeta) -> Result<Id<Asset>> {
    let seller = owner(ctx, meta.seller)?;
    record_original(tx, ctx, original, seller, meta.file_name.as_deref()).await
}

/// Whose a new picture becomes.
fn owner(ctx: &Ctx, named: Option<Id<Seller>>) -> Result<Option<Id<Seller>>> {
    match (ctx.scope(WRITE)?, named) {
        (Scope::Seller(own), None) => Ok(Some(own)),
        (Scope::Seller(own), Some(other)) if own != other => Err(Error::not_found("seller")),
        (_, named) => Ok(named),
    }
}

async fn record_original(
    tx: &Tx,
    ctx: &Ctx,
    original: &Original,
    seller: Option<Id<Seller>>,
    file_name: Option<&str>,
) -> Result<Id<Asset>> {
    if let Some(known) = by_hash(tx, seller, &original.hash).await? {
        return Ok(Id::new(known.id));
    }
    let id = new_id::<Asset>();
    let file_name = file_name.and_then(|name| crate::text::line(name, 255)).filter(|name| !name.is_empty());
    let row = Row {
        id: id.uuid(),
        seller: seller.map(Id::uuid),
        state: AssetState::Processing,
        header: original.header,
        hash: original.hash.clone(),
        size: original.size,
    };
    insert(tx, ctx, &row, file_name, "#e6e4df").await?;
    told(tx, ctx, id, seller, original.header).await?;
    jobs::enqueue(tx, ctx, "media.derive", json!({ "asset": id })).await?;
    Ok(id)
}

/// A picture whose bytes were looked at.
#[derive(Debug, Clone)]
pub struct Original {
    pub(super) header: Header,
    pub(super) hash: String,
    pub(super) size: i64,
}

/// Looks at a picture's bytes and stores nothing. Refuses what [`store`] refuses.
pub async fn inspect(ctx: &Ctx, bytes: Vec<u8>) -> Result<Original> {
    Ok(looked_at(ctx, bytes).await?.0)
}

/// Looks at a picture's bytes and puts them into the object store, where they belong to
/// nobody until their row is written. Not inside a transaction.
pub(super) async fn keep(ctx: &Ctx, bytes: Vec<u8>) -> Result<Original> {
    let (original, bytes) = looked_at(ctx, bytes).await?;
    put(ctx, &original_path(&original.hash), bytes).await?;
    Ok(original)
}

async fn looked_at(ctx: &Ctx, bytes: Vec<u8>) -> Result<(Original, Vec<u8>)> {
    let limit = ctx.app.settings.upload_limit;
    let size = bytes.len() as i64;
    tokio::task::spawn_blocking(move || {
        let header = model::inspect(&bytes, limit)?;
        let hash = hex::encode(Sha256::digest(&bytes));
        Ok((Original { header, hash, size }, bytes))
    })
    .await
    .map_err(Error::internal)?
}
/// Where an original lies.
pub(super) fn original_path(hash: &str) -> String {
    format!("media/{hash}")
}

/// Where a derivative lies.
pub(super) fn derivative(hash: &str, width: u32, format: PictureFormat) -> String {
    format!("media/{hash}-{width}.{}", format.extension())
}

pub(super) async fn put(ctx: &Ctx, path: &str, bytes: Vec<u8>) -> Result<()> {
    ctx.app.objects.put(&Path::from(path), PutPayload::from(bytes)).await?;
    Ok(())
}

pub(super) async fn by_hash(
    conn: &impl ConnectionTrait,
    seller: Option<Id<Seller>>,
    hash: &str,
) -> Result<Option<asset::Model>> {
    let query = asset::Entity::find().filter(asset::Column::Sha256.eq(hash));
    let query = match seller {
        Some(seller) => query.filter(asset::Column::SellerId.eq(seller.uuid())),
        None => query.filter(asset::Column::SellerId.is_null()),
    };
    Ok(query.one(conn).await?)
}

struct Row {
    id: Uuid,
    seller: Option<Uuid>,
    state: AssetState,
    header: Header,
    hash: String,
    size: i64,
}

async fn insert(tx: &Tx, ctx: &Ctx, new: &Row, file_name: Option<String>, placeholder: &str) -> Result<()> {
    let row = asset::ActiveModel {
        id: Set(new.id),
        seller_id: Set(new.seller),
        state: Set(new.state.as_str().to_owned()),
        sha256: Set(Some(new.hash.clone())),
        mime: Set(Some(new.header.mime.to_owned())),
        size: Set(new.size),
        width: Set(new.header.width as i32),
        height: Set(new.header.height as i32),
        placeholder: Set(placeholder.to_owned()),
        avif: Set(false),
        file_name: Set(file_name),
        source_url: Set(None),
        error: Set(None),
        attempts: Set(0),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    asset::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Event and audit row of a stored asset.
pub(super) async fn told(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Asset>,
    seller: Option<Id<Seller>>,
    header: Header,
) -> Result<()> {
    let data = json!({ "asset": id, "mime": header.mime, "width": header.width, "height": header.height });
    events::emit(tx, ctx, NewEvent::new("asset.uploaded", id, 1).seller(seller).data(data.clone())).await?;
    audit::record(tx, ctx, audit::Entry::new("asset.uploaded", id).seller(seller).facts(data)).await
}

/// A picture whose derivatives are made already, such as a drawn one.
pub struct ReadyPicture {
    pub seller: Option<Id<Seller>>,
    /// Pixels of the original.
    pub width: u32,
    pub height: u32,
    /// Average colour, `#rrggbb`.
    pub placeholder: String,
    /// At least every WebP width that belongs to `width`; the largest becomes the
    /// original.
    pub derivatives: Vec<ReadyDerivative>,
}

/// A derivative that is made already.
pub struct ReadyDerivative {
    pub format: PictureFormat,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// Stores a picture with its derivatives; only AVIF follows by a job, unless it is
/// there. The same picture of the same owner is stored once.
///
/// Needs `media.write`. 422 when a WebP width is missing.
pub async fn store_ready(ctx: &Ctx, picture: ReadyPicture) -> Result<AssetView> {
    ctx.scope(WRITE)?.allows(picture.seller.map(Id::uuid), "seller")?;
    let widths = widths_of(picture.width);
    let has = |format: PictureFormat, width: u32| {
        picture.derivatives.iter().any(|one| one.format == format && one.width == width)
    };
    let largest = picture
        .derivatives
        .iter()
        .filter(|one| one.format == PictureFormat::Webp)
        .max_by_key(|one| one.width);
    let Some(largest) = largest.filter(|_| widths.iter().all(|width| has(PictureFormat::Webp, *width)))
    else {
        return Err(BROKEN.error("A ready picture needs a WebP file in every width."));
    };
    let hash = hex::encode(Sha256::digest(&largest.bytes));
    if let Some(known) = by_hash(ctx.db().read(), picture.seller, &hash).await? {
        return Ok(queries::view(known));
    }
    put(ctx, &original_path(&hash), largest.bytes.clone()).await?;
    for one in &picture.derivatives {
        put(ctx, &derivative(&hash, one.width, one.format), one.bytes.clone()).await?;
    }
    let id = new_id::<Asset>();
    let header = Header { mime: "image/webp", width: picture.width, height: picture.height };
    let row = Row {
        id: id.uuid(),
        seller: picture.seller.map(Id::uuid),
        state: AssetState::Ready,
        header,
        hash: hash.clone(),
        size: largest.bytes.len() as i64,
    };
    let avif = widths.iter().all(|width| has(PictureFormat::Avif, *width));
    let placeholder =
        if model::is_colour(&picture.placeholder) { picture.placeholder.as_str() } else { "#e6e4df" };
    let tx = ctx.db().begin().await?;
    if let Some(known) = by_hash(&tx, picture.seller, &hash).await? {
        return Ok(queries::view(known));
    }
    insert(&tx, ctx, &row, None, placeholder).await?;
    let made: Vec<Made> = picture
        .derivatives
        .iter()
        .map(|one| Made {
            format: one.format,
            width: one.width,
            height: one.height,
            size: one.bytes.len() as i64,
        })
        .collect();
    record(&tx, ctx, id, &hash, &made).await?;
    told(&tx, ctx, id, picture.seller, header).await?;
    if avif {
        asset::Entity::update_many()
            .col_expr(asset::Column::Avif, true.into())
            .filter(asset::Column::Id.eq(id.uuid()))
            .exec(&tx)
            .await?;
    } else {
        super::derive::enqueue_avif(&tx, ctx, id).await?;
    }
    touch(ctx, Part::Media);
    ctx.db().commit(tx).await?;
    queries::load(ctx.db().read(), id).await
}

/// A derivative that was put into the object store.
pub(super) struct Made {
    pub format: PictureFormat,
    pub width: u32,
    pub height: u32,
    pub size: i64,
}

/// Writes rows for derivatives; those that have one keep it.
pub(super) async fn record(tx: &Tx, ctx: &Ctx, asset: Id<Asset>, hash: &str, made: &[Made]) -> Result<()> {
    let rows = made.iter().map(|one| asset_derivative::ActiveModel {
        asset_id: Set(asset.uuid()),
        format: Set(one.format.extension().to_owned()),
        width: Set(one.width as i32),
        height: Set(one.height as i32),
        size: Set(one.size),
        object: Set(derivative(hash, one.width, one.format)),
        created_at: Set(ctx.now),
    });
    asset_derivative::Entity::insert_many(rows).on_conflict_do_nothing().exec_without_returning(tx).await?;
    Ok(())
}

/// Makes the derivatives of an asset anew, by a job. Needs `media.write`.
pub async fn transcode(ctx: &Ctx, id: Id<Asset>) -> Result<AssetView> {
    let scope = ctx.scope(WRITE)?;
    let tx = ctx.db().begin().await?;
    let missing = || Error::not_found("asset");
    let known = asset::Entity::find_by_id(id.uuid()).one(&tx).await?.ok_or_else(missing)?;
    scope.allows(known.seller_id, "asset")?;
    let options =
        jobs::Options { unique_key: Some(format!("media.derive:{id}")), ..jobs::Options::default() };
    let job = if known.sha256.is_some() { "media.derive" } else { "media.fetch" };
    jobs::enqueue_with(&tx, ctx, job, json!({ "asset": id }), options).await?;
    ctx.db().commit(tx).await?;
    Ok(queries::view(known))
}
