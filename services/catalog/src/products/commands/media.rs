use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use stoa_catalog_entities::{asset, product, product_media, variant};
use stoa_catalog_types::{AttachMedia, MediaView};
use stoa_kernel::{Ctx, Error, Fields, Result, Tx};
use stoa_types::{Asset, Id, Product, Uuid};

use super::{entry, skus::refuse_archived, tell};
use crate::{
    media,
    products::{codes::*, model, queries, store},
    text,
};

/// Adds a stored picture, or one to be fetched, to a product.
///
/// Needs `products.write`. 422 for an address that must not be fetched. Adding what is
/// there already moves it and changes its text.
pub async fn attach_media(ctx: &Ctx, id: Id<Product>, input: AttachMedia) -> Result<MediaView> {
    let mut fields = Fields::default();
    let one = input.asset.is_some() != input.url.is_some();
    fields.check(
        one,
        "asset",
        MEDIA_UNCLEAR,
        "Give either a stored asset or an address to fetch the picture from.",
    );
    let alt = model::optional_line(input.alt.as_deref(), "alt", 255, &mut fields);
    fields.finish()?;
    if let Some(url) = &input.url {
        media::check_address(url).await?;
    }
    let tx = ctx.db().begin().await?;
    let product = store::load_for_change(&tx, ctx, id, WRITE).await?;
    refuse_archived(&product)?;
    let asset = match (&input.asset, &input.url) {
        (Some(asset), _) => usable(&tx, &product, *asset).await?,
        (None, Some(url)) => media::enqueue_fetch(&tx, ctx, Some(Id::new(product.seller_id)), url).await?,
        (None, None) => return Err(Error::not_found("picture")),
    };
    let alt = alt.unwrap_or_else(|| product.title.clone());
    let current = current(&tx, product.id).await?;
    if current.len() >= model::MOST_MEDIA && !current.contains(&asset.uuid()) {
        let mut fields = Fields::default();
        fields.add("asset", TOO_MANY_MEDIA, "A product has at most 50 pictures.");
        fields.finish()?;
    }
    let mut order: Vec<Uuid> = current.iter().copied().filter(|known| *known != asset.uuid()).collect();
    let place = input.position.map_or(order.len(), |position| (position as usize).min(order.len()));
    if current.contains(&asset.uuid()) {
        set_alt(&tx, product.id, asset.uuid(), &alt).await?;
    } else {
        let new = NewMedia { asset: asset.uuid(), alt: alt.clone(), position: order.len(), origin: "manual" };
        append_media(&tx, ctx, product.id, &[new]).await?;
    }
    order.insert(place, asset.uuid());
    write_order(&tx, product.id, &order).await?;
    store::refresh_thumbnail(&tx, product.id).await?;
    let version = store::bump(&tx, ctx, &product).await?;
    let entry = entry("product.media_attached", &product)
        .facts(json!({ "asset": asset, "alt": alt, "position": place }));
    tell(&tx, ctx, "product.updated", &product, version, &["media"], entry).await?;
    ctx.db().commit(tx).await?;
    queries::media_view(ctx.db().read(), id, asset).await
}

/// Takes a picture off a product; the asset stays. Needs `products.write`.
pub async fn detach_media(ctx: &Ctx, id: Id<Product>, asset: Id<Asset>) -> Result<()> {
    let tx = ctx.db().begin().await?;
    let product = store::load_for_change(&tx, ctx, id, WRITE).await?;
    if !remove(&tx, product.id, &[asset.uuid()]).await? {
        return Err(Error::not_found("picture"));
    }
    let order = current(&tx, product.id).await?;
    write_order(&tx, product.id, &order).await?;
    store::refresh_thumbnail(&tx, product.id).await?;
    let version = store::bump(&tx, ctx, &product).await?;
    let entry = entry("product.media_detached", &product).facts(json!({ "asset": asset }));
    tell(&tx, ctx, "product.updated", &product, version, &["media"], entry).await?;
    ctx.db().commit(tx).await?;
    Ok(())
}

/// The asset, if this product may show it: its seller's or the marketplace's.
pub(super) async fn usable(tx: &Tx, product: &product::Model, id: Id<Asset>) -> Result<Id<Asset>> {
    let owner: Option<Option<Uuid>> = asset::Entity::find_by_id(id.uuid())
        .select_only()
        .column(asset::Column::SellerId)
        .into_tuple()
        .one(tx)
        .await?;
    match owner {
        Some(owner) if owner.is_none_or(|owner| owner == product.seller_id) => Ok(id),
        _ => Err(Error::not_found("asset")),
    }
}

/// A picture to be added at a place.
pub(crate) struct NewMedia {
    pub asset: Uuid,
    pub alt: String,
    pub position: usize,
    /// `import` or `manual`.
    pub origin: &'static str,
}

/// Adds pictures that are not there yet.
pub(crate) async fn append_media(tx: &Tx, ctx: &Ctx, product: Uuid, new: &[NewMedia]) -> Result<()> {
    let rows = new.iter().map(|media| product_media::ActiveModel {
        product_id: Set(product),
        asset_id: Set(media.asset),
        position: Set(media.position as i32),
        alt: Set(text::line(&media.alt, 255).unwrap_or_default()),
        origin: Set(media.origin.to_owned()),
        created_at: Set(ctx.now),
    });
    product_media::Entity::insert_many(rows).on_conflict_do_nothing().exec_without_returning(tx).await?;
    Ok(())
}

/// Says anew what a picture shows.
pub(crate) async fn set_alt(tx: &Tx, product: Uuid, asset: Uuid, alt: &str) -> Result<()> {
    product_media::Entity::update_many()
        .col_expr(product_media::Column::Alt, alt.into())
        .filter(product_media::Column::ProductId.eq(product))
        .filter(product_media::Column::AssetId.eq(asset))
        .exec(tx)
        .await?;
    Ok(())
}

/// The product's pictures in order.
async fn current(conn: &impl ConnectionTrait, product: Uuid) -> Result<Vec<Uuid>> {
    Ok(shown(conn, product).await?.into_iter().map(|(asset, _)| asset).collect())
}

/// The product's pictures in order, with what each shows.
pub(super) async fn shown(conn: &impl ConnectionTrait, product: Uuid) -> Result<Vec<(Uuid, String)>> {
    Ok(product_media::Entity::find()
        .select_only()
        .columns([product_media::Column::AssetId, product_media::Column::Alt])
        .filter(product_media::Column::ProductId.eq(product))
        .order_by_asc(product_media::Column::Position)
        .into_tuple()
        .all(conn)
        .await?)
}

/// Numbers the pictures in this order from 0.
pub(crate) async fn write_order(tx: &Tx, product: Uuid, order: &[Uuid]) -> Result<()> {
    for (place, asset) in order.iter().enumerate() {
        product_media::Entity::update_many()
            .col_expr(product_media::Column::Position, (place as i32).into())
            .filter(product_media::Column::ProductId.eq(product))
            .filter(product_media::Column::AssetId.eq(*asset))
            .filter(product_media::Column::Position.ne(place as i32))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Takes pictures off the product and its variants; answers whether any was there.
pub(crate) async fn remove(tx: &Tx, product: Uuid, assets: &[Uuid]) -> Result<bool> {
    if assets.is_empty() {
        return Ok(false);
    }
    let gone = product_media::Entity::delete_many()
        .filter(product_media::Column::ProductId.eq(product))
        .filter(product_media::Column::AssetId.is_in(assets.iter().copied()))
        .exec(tx)
        .await?;
    variant::Entity::update_many()
        .col_expr(variant::Column::AssetId, Option::<Uuid>::None.into())
        .filter(variant::Column::ProductId.eq(product))
        .filter(variant::Column::AssetId.is_in(assets.iter().copied()))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected > 0)
}
