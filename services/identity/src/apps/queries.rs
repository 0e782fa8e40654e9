//! The list of keys.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use stoa_identity_entities::api_key;
use stoa_identity_types::ApiKeyView;
use stoa_kernel::{
    Ctx, Error, Result,
    page::{self, Cursor},
};
use stoa_types::{ApiKey, App, Id, Page, PageQuery, Uuid};

use super::KEYS_READ;

/// The keys one may see, the newest first: a seller's own, or all for the platform. Needs
/// `apps.keys.read`.
pub async fn list_keys(ctx: &Ctx, query: &PageQuery) -> Result<Page<ApiKeyView>> {
    let scope = ctx.scope(KEYS_READ)?;
    let mut keys = api_key::Entity::find();
    if let Some(seller) = scope.seller() {
        keys = keys.filter(api_key::Column::SellerId.eq(seller));
    }
    page_of(ctx, keys, query).await
}

/// The keys of an app, the newest first, with those that have ended. Needs `apps.keys.read`;
/// another seller's app is 404.
pub async fn list_app_keys(ctx: &Ctx, app: Id<App>, query: &PageQuery) -> Result<Page<ApiKeyView>> {
    let app = super::find(ctx, app, KEYS_READ).await?;
    page_of(ctx, api_key::Entity::find().filter(api_key::Column::AppId.eq(app.id)), query).await
}

/// One key of an app. Needs `apps.keys.read`; another seller's app, and a key of another app, is
/// 404.
pub async fn get_app_key(ctx: &Ctx, app: Id<App>, key: Id<ApiKey>) -> Result<ApiKeyView> {
    let app = super::find(ctx, app, KEYS_READ).await?;
    let row = api_key::Entity::find_by_id(key.uuid())
        .filter(api_key::Column::AppId.eq(app.id))
        .one(ctx.db().read())
        .await?;
    view(row.ok_or_else(|| Error::not_found("API key"))?)
}

async fn page_of(ctx: &Ctx, keys: Select<api_key::Entity>, query: &PageQuery) -> Result<Page<ApiKeyView>> {
    let (limit, cursor) = (page::limit(query)?, Cursor::<Uuid>::read(query)?);
    let keys = keys.limit(limit + 1);
    let keys = match &cursor {
        Cursor::Start => keys.order_by_desc(api_key::Column::Id),
        Cursor::After(id) => keys.filter(api_key::Column::Id.lt(*id)).order_by_desc(api_key::Column::Id),
        Cursor::Before(id) => keys.filter(api_key::Column::Id.gt(*id)).order_by_asc(api_key::Column::Id),
    };
    let page = page::build(keys.all(ctx.db().read()).await?, limit, &cursor, |row| row.id);
    let items = page.items.into_iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, next: page.next, prev: page.prev, total: page.total })
}

pub(super) fn view(row: api_key::Model) -> Result<ApiKeyView> {
    Ok(ApiKeyView {
        id: Id::new(row.id),
        name: row.name,
        prefix: row.prefix,
        last_four: row.last_four,
        scopes: serde_json::from_value(row.scopes)?,
        seller: row.seller_id.map(Id::new),
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        last_used_at: row.last_used_at,
        last_used_from: row.last_used_from,
        app: row.app_id.map(Id::new),
        networks: serde_json::from_value(row.networks)?,
        successor: row.successor_id.map(Id::new),
    })
}
