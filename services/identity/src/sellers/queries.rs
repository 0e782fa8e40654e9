//! Reading sellers.

use std::{collections::HashMap, sync::LazyLock, time::Duration};

use moka::sync::Cache;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_identity_entities::seller;
use stoa_identity_types::{SellerDetails, SellerName, SellerPresence, SellerStatus, SellerTerms, SellerView};
use stoa_kernel::{
    Ctx, Error, Result,
    page::{self, Cursor},
};
use stoa_types::{Id, Page, PageQuery, Seller, Uuid};

use super::{READ, model};

/// How long a list may show a shop's former name.
const NAMES_KEPT: Duration = Duration::from_secs(30);

/// Ids are unique over all installations, so one cache serves every app of a process.
static NAMES: LazyLock<Cache<Uuid, SellerName>> =
    LazyLock::new(|| Cache::builder().max_capacity(50_000).time_to_live(NAMES_KEPT).build());

/// A seller by id. Visitors see those who are live; the platform and the seller itself see
/// the rest too, and with details. 404 for everybody else.
pub async fn get(ctx: &Ctx, id: Id<Seller>) -> Result<SellerView> {
    let row = visible(ctx).filter(seller::Column::Id.eq(id.uuid())).one(ctx.db().read()).await?;
    seen_by(ctx, row.ok_or_else(|| Error::not_found("seller"))?)
}

/// A seller by slug; see [`get`].
pub async fn by_slug(ctx: &Ctx, slug: &str) -> Result<SellerView> {
    let row = visible(ctx).filter(seller::Column::Slug.eq(slug)).one(ctx.db().read()).await?;
    seen_by(ctx, row.ok_or_else(|| Error::not_found("seller"))?)
}

/// Sellers by slug; see [`get`] for who sees whom.
pub async fn list(ctx: &Ctx, query: &PageQuery) -> Result<Page<SellerView>> {
    let (limit, cursor) = (page::limit(query)?, Cursor::<String>::read(query)?);
    let sellers = visible(ctx).limit(limit + 1);
    let sellers = match &cursor {
        Cursor::Start => sellers.order_by_asc(seller::Column::Slug),
        Cursor::After(slug) => {
            sellers.filter(seller::Column::Slug.gt(slug)).order_by_asc(seller::Column::Slug)
        }
        Cursor::Before(slug) => {
            sellers.filter(seller::Column::Slug.lt(slug)).order_by_desc(seller::Column::Slug)
        }
    };
    let page = page::build(sellers.all(ctx.db().read()).await?, limit, &cursor, |row| row.slug.clone());
    let items = page.items.into_iter().map(|row| seen_by(ctx, row)).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, next: page.next, prev: page.prev, total: page.total })
}

/// Names of sellers, for lists of other things; unknown ids are left out. Up to
/// [`NAMES_KEPT`] old.
pub async fn names(
    conn: &impl ConnectionTrait,
    ids: &[Id<Seller>],
) -> Result<HashMap<Id<Seller>, SellerName>> {
    let mut names: HashMap<Id<Seller>, SellerName> =
        ids.iter().filter_map(|id| Some((*id, NAMES.get(&id.uuid())?))).collect();
    let missing: Vec<Uuid> = ids.iter().filter(|id| !names.contains_key(id)).map(|id| id.uuid()).collect();
    if missing.is_empty() {
        return Ok(names);
    }
    let rows: Vec<(Uuid, String, String)> = seller::Entity::find()
        .filter(seller::Column::Id.is_in(missing))
        .select_only()
        .columns([seller::Column::Id, seller::Column::Name, seller::Column::Slug])
        .into_tuple()
        .all(conn)
        .await?;
    for (id, name, slug) in rows {
        let name = SellerName { id: Id::new(id), name, slug };
        NAMES.insert(id, name.clone());
        names.insert(name.id, name);
    }
    Ok(names)
}

/// On what terms sellers sell at this moment; unknown ids are left out. Never cached: an
/// order snapshots what this says.
pub async fn terms(
    conn: &impl ConnectionTrait,
    ids: &[Id<Seller>],
) -> Result<HashMap<Id<Seller>, SellerTerms>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, i64, String, String, String)> = seller::Entity::find()
        .filter(seller::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .select_only()
        .columns([
            seller::Column::Id,
            seller::Column::CommissionBp,
            seller::Column::Country,
            seller::Column::Status,
            seller::Column::Presence,
        ])
        .into_tuple()
        .all(conn)
        .await?;
    let terms = rows.into_iter().map(|(id, commission_bp, country, status, presence)| {
        let live = model::is_live(model::status(&status), model::presence(&presence));
        let id = Id::new(id);
        (id, SellerTerms { id, commission_bp, country, live })
    });
    Ok(terms.collect())
}

/// The id behind a slug, whoever asks: for the command line and imports.
pub async fn id_of_slug(conn: &impl ConnectionTrait, slug: &str) -> Result<Option<Id<Seller>>> {
    let id = seller::Entity::find()
        .filter(seller::Column::Slug.eq(slug))
        .select_only()
        .column(seller::Column::Id)
        .into_tuple::<Uuid>()
        .one(conn)
        .await?;
    Ok(id.map(Id::new))
}

/// The ids behind slugs, whoever asks, in no order; unknown slugs are left out.
pub async fn ids_of_slugs(conn: &impl ConnectionTrait, slugs: &[&str]) -> Result<Vec<Id<Seller>>> {
    let ids: Vec<Uuid> = seller::Entity::find()
        .filter(seller::Column::Slug.is_in(slugs.iter().copied()))
        .select_only()
        .column(seller::Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().map(Id::new).collect())
}

/// The sellers this caller may know of.
fn visible(ctx: &Ctx) -> sea_orm::Select<seller::Entity> {
    let all = seller::Entity::find();
    if ctx.may(READ) && ctx.seller.is_none() {
        return all;
    }
    let live = Condition::all()
        .add(seller::Column::Status.eq(SellerStatus::Active.as_str()))
        .add(seller::Column::Presence.eq(SellerPresence::Online.as_str()));
    let mut seen = Condition::any().add(live);
    if let Some(own) = ctx.seller {
        seen = seen.add(seller::Column::Id.eq(own.uuid()));
    }
    all.filter(seen)
}

fn seen_by(ctx: &Ctx, row: seller::Model) -> Result<SellerView> {
    let inside = ctx.may(READ) && ctx.seller.is_none_or(|own| own.uuid() == row.id);
    Ok(view(row, inside))
}

/// The view, with what only insiders see or without it.
pub(super) fn view(row: seller::Model, inside: bool) -> SellerView {
    let (status, presence) = (model::status(&row.status), model::presence(&row.presence));
    let details = inside.then_some(SellerDetails {
        email: row.email,
        status,
        status_reason: row.status_reason,
        presence,
        commission_bp: row.commission_bp,
        created_at: row.created_at,
        version: row.version,
    });
    SellerView {
        id: Id::new(row.id),
        slug: row.slug,
        name: row.name,
        country: row.country,
        description: row.description,
        live: model::is_live(status, presence),
        details,
    }
}
