//! The list of keys.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_identity_entities::api_key;
use stoa_identity_types::ApiKeyView;
use stoa_kernel::{
    Ctx, Result,
    page::{self, Cursor},
};
use stoa_types::{Id, Page, PageQuery, Uuid};

use super::KEYS_READ;

/// The keys one may see, the newest first: a seller's own, or all for the platform. Needs
/// `apps.keys.read`.
pub async fn list_keys(ctx: &Ctx, query: &PageQuery) -> Result<Page<ApiKeyView>> {
    let scope = ctx.scope(KEYS_READ)?;
    let (limit, cursor) = (page::limit(query)?, Cursor::<Uuid>::read(query)?);
    let mut keys = api_key::Entity::find().limit(limit + 1);
    if let Some(seller) = scope.seller() {
        keys = keys.filter(api_key::Column::SellerId.eq(seller));
    }
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
    })
}
