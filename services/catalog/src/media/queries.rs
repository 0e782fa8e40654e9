//! Reading assets, and pictures as other tables' rows carry them.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use stoa_catalog_entities::{asset, asset_derivative};
use stoa_catalog_types::{AssetState, AssetView, DerivativeView, Picture, PictureFormat};
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::{Asset, Id, Uuid};

use super::READ;
use crate::sql::Sql;

/// Columns of an asset joined as `a`, read by [`PictureRow`].
pub(crate) const PICTURE_COLUMNS: &str = "a.state AS picture_state, a.width AS picture_width, a.height AS picture_height, \
     a.placeholder AS picture_placeholder, a.avif AS picture_avif";

/// A joined asset; all empty where there is none.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct PictureRow {
    pub picture_state: Option<String>,
    pub picture_width: Option<i32>,
    pub picture_height: Option<i32>,
    pub picture_placeholder: Option<String>,
    pub picture_avif: Option<bool>,
}

impl PictureRow {
    pub fn state(&self) -> AssetState {
        self.picture_state.as_deref().and_then(AssetState::parse).unwrap_or(AssetState::Failed)
    }

    /// The picture; 4:5 while its size is not known.
    pub fn picture(self, asset: Uuid, alt: String) -> Picture {
        let pixels = |side: Option<i32>| u32::try_from(side.unwrap_or(0)).unwrap_or(0);
        let (width, height) = match (pixels(self.picture_width), pixels(self.picture_height)) {
            (0, _) | (_, 0) => (1600, 2000),
            known => known,
        };
        Picture {
            asset: Id::new(asset),
            alt,
            width,
            height,
            ready: self.state() == AssetState::Ready,
            placeholder: self.picture_placeholder.unwrap_or_else(|| "#e6e4df".to_owned()),
            avif: self.picture_avif.unwrap_or(false),
        }
    }
}

/// Pictures by asset, their alternative text empty.
pub async fn pictures(
    conn: &impl ConnectionTrait,
    _: &Ctx,
    assets: &[Id<Asset>],
) -> Result<HashMap<Id<Asset>, Picture>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        #[sea_orm(nested)]
        picture: PictureRow,
    }
    if assets.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new("SELECT a.id, ");
    sql.push(PICTURE_COLUMNS).push(" FROM asset a WHERE a.id IN ").list(assets.iter().map(|id| id.uuid()));
    let rows = sql.all::<Row>(conn).await?;
    Ok(rows.into_iter().map(|row| (Id::new(row.id), row.picture.picture(row.id, String::new()))).collect())
}

pub(super) fn view(asset: asset::Model) -> AssetView {
    AssetView {
        id: Id::new(asset.id),
        state: AssetState::parse(&asset.state).unwrap_or(AssetState::Failed),
        mime: asset.mime,
        size: asset.size,
        width: asset.width.max(0) as u32,
        height: asset.height.max(0) as u32,
        sha256: asset.sha256,
        source_url: asset.source_url,
        error: asset.error,
        created_at: asset.created_at,
    }
}

pub(super) async fn load(conn: &impl ConnectionTrait, id: Id<Asset>) -> Result<AssetView> {
    let found = asset::Entity::find_by_id(id.uuid()).one(conn).await?;
    found.map(view).ok_or_else(|| Error::not_found("asset"))
}

/// An asset of the caller's. Needs `media.read`.
pub async fn get(ctx: &Ctx, id: Id<Asset>) -> Result<AssetView> {
    let scope = ctx.scope(READ)?;
    let missing = || Error::not_found("asset");
    let found = asset::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?.ok_or_else(missing)?;
    scope.allows(found.seller_id, "asset")?;
    Ok(view(found))
}

/// The files made from an asset, the smallest first. Needs `media.read`.
pub async fn derivatives(ctx: &Ctx, id: Id<Asset>) -> Result<Vec<DerivativeView>> {
    get(ctx, id).await?;
    let rows = asset_derivative::Entity::find()
        .filter(asset_derivative::Column::AssetId.eq(id.uuid()))
        .order_by_asc(asset_derivative::Column::Width)
        .order_by_asc(asset_derivative::Column::Format)
        .all(ctx.db().read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| DerivativeView {
            format: if row.format == "avif" { PictureFormat::Avif } else { PictureFormat::Webp },
            width: row.width.max(0) as u32,
            height: row.height.max(0) as u32,
            size: row.size,
            url: format!("/media/{id}/{}.{}", row.width, row.format),
        })
        .collect())
}
