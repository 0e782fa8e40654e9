//! The pictures of an imported product.

use sea_orm::FromQueryResult;
use stoa_catalog_entities::product;
use stoa_catalog_types::{PictureSource, ProductInput};
use stoa_kernel::{Ctx, Result, Tx};
use stoa_types::{Id, Seller, Uuid};

use crate::{
    media,
    products::{
        commands::{self, NewMedia},
        store,
    },
    sql::Sql,
    text,
};

#[derive(FromQueryResult)]
struct Shown {
    asset_id: Uuid,
    alt: String,
    origin: String,
    source_url: Option<String>,
}

/// Makes the pictures those of the input, and gives the variants theirs. Pictures added
/// by hand stay, behind the imported ones.
pub(super) async fn sync_pictures(
    tx: &Tx,
    ctx: &Ctx,
    input: &ProductInput,
    product: &product::Model,
    variants: &[(Uuid, Option<Uuid>)],
) -> Result<bool> {
    let mut sql = Sql::new(
        "SELECT m.asset_id, m.alt, m.origin, a.source_url FROM product_media m JOIN asset a ON a.id = m.asset_id WHERE m.product_id = ",
    );
    sql.bind(product.id).push(" ORDER BY m.position");
    let shown = sql.all::<Shown>(tx).await?;
    let mut order: Vec<Uuid> = Vec::new();
    let mut new: Vec<NewMedia> = Vec::new();
    // The asset of each picture of the input, for the variants.
    let mut assets: Vec<Uuid> = Vec::new();
    let mut changed = false;
    for picture in &input.pictures {
        let known = shown.iter().find(|shown| match &picture.source {
            PictureSource::Url(url) => shown.source_url.as_deref() == Some(url.as_str()),
            PictureSource::Asset(asset) => shown.asset_id == asset.uuid(),
        });
        let asset = match (known, &picture.source) {
            (Some(known), _) => known.asset_id,
            (None, PictureSource::Asset(asset)) => asset.uuid(),
            (None, PictureSource::Url(url)) => {
                media::enqueue_fetch(tx, ctx, Some(Id::<Seller>::new(product.seller_id)), url).await?.uuid()
            }
        };
        assets.push(asset);
        if order.contains(&asset) {
            continue;
        }
        let alt = match text::line(&picture.alt, 255) {
            Some(alt) if !alt.is_empty() => alt,
            _ => text::line(&input.title, 255).unwrap_or_default(),
        };
        match known {
            None => new.push(NewMedia { asset, alt, position: order.len(), origin: "import" }),
            Some(known) if known.alt != alt && known.origin == "import" => {
                commands::set_alt(tx, product.id, asset, &alt).await?;
                changed = true;
            }
            Some(_) => {}
        }
        order.push(asset);
    }
    let gone: Vec<Uuid> = shown
        .iter()
        .filter(|shown| shown.origin == "import" && !order.contains(&shown.asset_id))
        .map(|shown| shown.asset_id)
        .collect();
    order.extend(
        shown
            .iter()
            .filter(|shown| shown.origin != "import" && !order.contains(&shown.asset_id))
            .map(|shown| shown.asset_id)
            .collect::<Vec<_>>(),
    );
    changed |= commands::remove_media(tx, product.id, &gone).await?;
    if !new.is_empty() {
        commands::append_media(tx, ctx, product.id, &new).await?;
        changed = true;
    }
    if !order.iter().eq(shown.iter().map(|shown| &shown.asset_id)) {
        commands::write_order(tx, product.id, &order).await?;
        changed = true;
    }
    let pictures: Vec<(Uuid, Option<Uuid>, Option<Uuid>)> = variants
        .iter()
        .zip(&input.variants)
        .map(|((variant, before), input)| {
            // The row above was read before pictures were taken away.
            let before = before.filter(|asset| !gone.contains(asset));
            (*variant, before, input.picture.and_then(|place| assets.get(place).copied()))
        })
        .collect();
    changed |= commands::set_pictures(tx, &pictures).await?;
    if changed {
        store::refresh_thumbnail(tx, product.id).await?;
    }
    Ok(changed)
}
