//! Registered apps: what keys and OAuth clients belong to.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::{api_key, app as table};
use stoa_identity_types::{AppView, CreateApp, TransferApp};
use stoa_kernel::{
    Actor, Ctx, Error, Fields, Permission, Result, audit, new_id,
    page::{self, Cursor},
};
use stoa_types::{App, Id, Page, PageQuery, User, Uuid};

use super::{
    APPS_READ, APPS_WRITE, DESCRIPTION_INVALID, NAME_INVALID, OWNER_INVALID, SELLER_UNKNOWN, WEBSITE_INVALID,
    commands::{own_seller, refuse_programs},
    principal,
};
use crate::{auth::principal_at, oauth, sellers, text};

/// Registers an app, owned by whoever asks. Needs `apps.write`; whoever works for a seller
/// registers apps of that seller only. 422 with every wrong field.
pub async fn create_app(ctx: &Ctx, input: CreateApp) -> Result<AppView> {
    refuse_programs(ctx)?;
    ctx.require(APPS_WRITE)?;
    let seller = own_seller(ctx, input.seller)?;
    let mut fields = Fields::default();
    let name = text::line(&input.name, 120);
    fields.check(name.is_some(), "name", NAME_INVALID, "Enter a name of up to 120 characters.");
    let description = text::paragraph(input.description.as_deref().unwrap_or_default(), 2000);
    let fits = description.is_some();
    fields.check(fits, "description", DESCRIPTION_INVALID, "Describe it in up to 2,000 characters.");
    let website = input.website.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let right = website.is_none_or(is_page);
    fields.check(right, "website", WEBSITE_INVALID, "Enter a whole address, like https://app.example");
    if let Some(seller) = seller {
        let known = sellers::terms(ctx.db().read(), &[seller]).await?.contains_key(&seller);
        fields.check(known, "seller", SELLER_UNKNOWN, "There is no such seller.");
    }
    fields.finish()?;
    let row = table::Model {
        id: new_id::<App>().uuid(),
        name: name.unwrap_or_default(),
        description: description.flatten(),
        website: website.map(str::to_owned),
        seller_id: seller.map(Id::uuid),
        user_id: match ctx.actor {
            Actor::User(id) => Some(id.uuid()),
            _ => None,
        },
        created_at: ctx.now,
        updated_at: ctx.now,
        deleted_at: None,
        version: 1,
    };
    let id = Id::<App>::new(row.id);
    let facts = serde_json::json!({ "name": row.name, "seller": seller });
    let tx = ctx.db().begin().await?;
    table::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    audit::record(&tx, ctx, audit::Entry::new("app.created", id).seller(seller).facts(&facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(view(row))
}

/// The apps one may see, the newest first: a seller's own, or all for the platform. Needs
/// `apps.read`.
pub async fn list_apps(ctx: &Ctx, query: &PageQuery) -> Result<Page<AppView>> {
    let scope = ctx.scope(APPS_READ)?;
    let (limit, cursor) = (page::limit(query)?, Cursor::<Uuid>::read(query)?);
    let mut apps = table::Entity::find().filter(table::Column::DeletedAt.is_null()).limit(limit + 1);
    if let Some(seller) = scope.seller() {
        apps = apps.filter(table::Column::SellerId.eq(seller));
    }
    let apps = match &cursor {
        Cursor::Start => apps.order_by_desc(table::Column::Id),
        Cursor::After(id) => apps.filter(table::Column::Id.lt(*id)).order_by_desc(table::Column::Id),
        Cursor::Before(id) => apps.filter(table::Column::Id.gt(*id)).order_by_asc(table::Column::Id),
    };
    let page = page::build(apps.all(ctx.db().read()).await?, limit, &cursor, |row| row.id);
    let items = page.items.into_iter().map(view).collect();
    Ok(Page { items, next: page.next, prev: page.prev, total: page.total })
}

/// One app. Needs `apps.read`; another seller's is 404.
pub async fn get_app(ctx: &Ctx, id: Id<App>) -> Result<AppView> {
    Ok(view(find(ctx, id, APPS_READ).await?))
}

/// Deletes an app: its keys and OAuth clients end, at once in this process and within seconds
/// in others. Needs `apps.write`; another seller's is 404.
pub async fn delete_app(ctx: &Ctx, id: Id<App>) -> Result<()> {
    refuse_programs(ctx)?;
    let row = find(ctx, id, APPS_WRITE).await?;
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(table::Column::DeletedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::UpdatedAt, Expr::value(ctx.now))
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::DeletedAt.is_null())
        .exec(&tx)
        .await?;
    if done.rows_affected == 0 {
        return Err(Error::not_found("app"));
    }
    let keys = api_key::Entity::find()
        .filter(api_key::Column::AppId.eq(row.id))
        .filter(api_key::Column::RevokedAt.is_null())
        .all(&tx)
        .await?;
    for key in keys {
        super::commands::end(&tx, ctx, key).await?;
    }
    let entry = audit::Entry::new("app.deleted", id).seller(row.seller_id.map(Id::new));
    audit::record(&tx, ctx, entry).await?;
    ctx.db().commit(tx).await?;
    principal::forget_all();
    oauth::forget_all();
    Ok(())
}

/// Hands an app to somebody else, who answers for it and its keys from now on: what they may
/// not do themselves, its keys can do no more. Needs `apps.write`; another seller's app is 404,
/// 422 on `owner` for somebody who could not have made it.
pub async fn transfer_app(ctx: &Ctx, id: Id<App>, input: TransferApp) -> Result<AppView> {
    refuse_programs(ctx)?;
    let mut row = find(ctx, id, APPS_WRITE).await?;
    let seller = row.seller_id.map(Id::new);
    let new = match principal_at(&ctx.app, input.owner, seller).await? {
        None if seller.is_some() => principal_at(&ctx.app, input.owner, None).await?,
        found => found,
    };
    let may = new.is_some_and(|new| new.permissions.contains(APPS_WRITE.0));
    let mut fields = Fields::default();
    fields.check(may, "owner", OWNER_INVALID, "Choose somebody who may manage apps here.");
    fields.finish()?;
    let before = row.user_id.map(Id::<User>::new);
    let tx = ctx.db().begin().await?;
    table::Entity::update_many()
        .col_expr(table::Column::UserId, Expr::value(Some(input.owner.uuid())))
        .col_expr(table::Column::UpdatedAt, Expr::value(ctx.now))
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .filter(table::Column::Id.eq(row.id))
        .exec(&tx)
        .await?;
    api_key::Entity::update_many()
        .col_expr(api_key::Column::UserId, Expr::value(Some(input.owner.uuid())))
        .col_expr(api_key::Column::Version, Expr::col(api_key::Column::Version).add(1))
        .filter(api_key::Column::AppId.eq(row.id))
        .exec(&tx)
        .await?;
    let facts = serde_json::json!({ "from": before, "to": input.owner });
    let entry = audit::Entry::new("app.transferred", id).seller(seller).facts(&facts);
    audit::record(&tx, ctx, entry).await?;
    ctx.db().commit(tx).await?;
    principal::forget_all();
    oauth::forget_all();
    row.user_id = Some(input.owner.uuid());
    row.updated_at = ctx.now;
    row.version += 1;
    Ok(view(row))
}

/// The app, with this permission; another seller's, or one that was deleted, is 404.
pub(crate) async fn find(ctx: &Ctx, id: Id<App>, permission: Permission) -> Result<table::Model> {
    let scope = ctx.scope(permission)?;
    let row = table::Entity::find_by_id(id.uuid())
        .filter(table::Column::DeletedAt.is_null())
        .one(ctx.db().read())
        .await?
        .ok_or_else(|| Error::not_found("app"))?;
    scope.allows(row.seller_id, "app")?;
    Ok(row)
}

/// Whether it is the address of a page that people can be shown.
fn is_page(text: &str) -> bool {
    let url = url::Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.has_host());
    url.is_some_and(|url| url.username().is_empty() && url.password().is_none()) && text.len() <= 2000
}

fn view(row: table::Model) -> AppView {
    AppView {
        id: Id::new(row.id),
        name: row.name,
        description: row.description,
        website: row.website,
        seller: row.seller_id.map(Id::new),
        owner: row.user_id.map(Id::new),
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    }
}
