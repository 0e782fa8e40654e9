//! OAuth clients: what an app signs people in with, or itself.

use std::collections::BTreeSet;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::{app, oauth_client as table};
use stoa_identity_types::{CreateOAuthClient, NewOAuthClient, OAuthClientView};
use stoa_kernel::{Actor, Ctx, Error, Fields, Result, audit, new_id, sign};
use stoa_types::{App as RegisteredApp, Id, OAuthClient, Seller};
use tower_sessions::Session;

use super::{OWN_TOKENS_INVALID, REDIRECT_INVALID, SCOPE_INVALID, hash, principal, redirect, scopes};
use crate::{
    apps::{self, APPS_READ, APPS_WRITE},
    auth::{roles, step_up},
};

/// What every client secret begins with, so that scanners recognise one that leaked.
const SECRET: &str = "stoa_secret_";

/// Registers a client of an app. Needs `apps.write`; another seller's app is 404. The answer
/// holds the secret itself, which nobody can read again.
///
/// 422 with every wrong field: an address that is not `https` (but on this machine) or leaves
/// something open; a scope that does not exist, or a permission that neither a seller has nor
/// whoever registers it; tokens of its own without a secret, or with permissions that whoever
/// registers it lacks.
/// 403 as for making a key ([`apps::create_app_key`]).
pub async fn create_client(
    ctx: &Ctx,
    browser: &Session,
    app: Id<RegisteredApp>,
    input: CreateOAuthClient,
) -> Result<NewOAuthClient> {
    apps::refuse_programs(ctx)?;
    let app = apps::find(ctx, app, APPS_WRITE).await?;
    step_up::require(ctx, browser).await?;
    let scopes: BTreeSet<String> = input.scopes.iter().map(|scope| scope.trim().to_owned()).collect();
    let mut fields = Fields::default();
    wrong_addresses(&mut fields, &input);
    if let Some(wrong) = wrong_scopes(ctx, &scopes, app.seller_id.is_some()) {
        fields.add("scopes", SCOPE_INVALID, wrong);
    }
    if input.own_tokens {
        let secret = input.confidential;
        let why = "Tokens of its own need a secret: choose a client that can keep one.";
        fields.check(secret, "own_tokens", OWN_TOKENS_INVALID, why);
    }
    let some = input.own_tokens || !input.redirect_uris.is_empty();
    fields.check(
        some,
        "redirect_uris",
        REDIRECT_INVALID,
        "Enter at least one address to send people back to.",
    );
    fields.finish()?;

    let secret =
        input.confidential.then(|| Ok::<_, Error>(format!("{SECRET}{}", sign::random_token::<32>()?)));
    let secret = secret.transpose()?;
    let row = table::Model {
        id: new_id::<OAuthClient>().uuid(),
        app_id: app.id,
        secret_hash: secret.as_deref().map(hash),
        secret_last_four: secret.as_deref().map(apps::last_four),
        redirect_uris: serde_json::to_value(&input.redirect_uris)?,
        scopes: serde_json::to_value(&scopes)?,
        own_tokens: input.own_tokens,
        created_at: ctx.now,
        revoked_at: None,
        version: 1,
    };
    let id = Id::<OAuthClient>::new(row.id);
    let facts = serde_json::json!({
        "app": Id::<RegisteredApp>::new(app.id), "scopes": scopes, "redirect_uris": input.redirect_uris,
        "own_tokens": input.own_tokens,
    });
    let tx = ctx.db().begin().await?;
    table::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let entry = audit::Entry::new("oauthClient.created", id).seller(app.seller_id.map(Id::new));
    audit::record(&tx, ctx, entry.facts(&facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(NewOAuthClient { view: view(row)?, secret })
}

/// The clients of an app that were not revoked, the newest first; at most 100. Needs
/// `apps.read`; another seller's app is 404.
pub async fn list_clients(ctx: &Ctx, app: Id<RegisteredApp>) -> Result<Vec<OAuthClientView>> {
    let app = apps::find(ctx, app, APPS_READ).await?;
    let rows = table::Entity::find()
        .filter(table::Column::AppId.eq(app.id))
        .filter(table::Column::RevokedAt.is_null())
        .order_by_desc(table::Column::Id)
        .limit(100)
        .all(ctx.db().read())
        .await?;
    rows.into_iter().map(view).collect()
}

/// Ends a client for good: nobody signs in by it any more, and no token of it works, at once in
/// this process and within seconds in others. Needs `apps.write`; a client of another app, or
/// one that was revoked, is 404.
pub async fn revoke_client(ctx: &Ctx, app: Id<RegisteredApp>, id: Id<OAuthClient>) -> Result<()> {
    apps::refuse_programs(ctx)?;
    let app = apps::find(ctx, app, APPS_WRITE).await?;
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(table::Column::RevokedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .filter(table::Column::Id.eq(id.uuid()))
        .filter(table::Column::AppId.eq(app.id))
        .filter(table::Column::RevokedAt.is_null())
        .exec(&tx)
        .await?;
    if done.rows_affected == 0 {
        return Err(Error::not_found("OAuth client"));
    }
    let entry = audit::Entry::new("oauthClient.revoked", id).seller(app.seller_id.map(Id::new));
    audit::record(&tx, ctx, entry).await?;
    ctx.db().commit(tx).await?;
    principal::forget_all();
    Ok(())
}

/// A client that works, with its app.
#[derive(Clone)]
pub(super) struct Client {
    pub id: Id<OAuthClient>,
    pub app: Id<RegisteredApp>,
    /// What people are told the app is called.
    pub name: String,
    pub website: Option<String>,
    /// Whoever answers for the app.
    pub owner: Option<stoa_types::Uuid>,
    pub seller: Option<Id<Seller>>,
    pub secret_hash: Option<String>,
    pub redirect_uris: Vec<String>,
    pub scopes: BTreeSet<String>,
    pub own_tokens: bool,
}

/// The client of this id while it and its app are there.
pub(super) async fn live(ctx: &Ctx, id: Id<OAuthClient>) -> Result<Option<Client>> {
    let found = table::Entity::find_by_id(id.uuid())
        .filter(table::Column::RevokedAt.is_null())
        .find_also_related(app::Entity)
        .filter(app::Column::DeletedAt.is_null())
        .one(ctx.db().read())
        .await?;
    let Some((row, Some(app))) = found else { return Ok(None) };
    Ok(Some(Client {
        id,
        app: Id::new(app.id),
        name: app.name,
        website: app.website,
        owner: app.user_id,
        seller: app.seller_id.map(Id::new),
        secret_hash: row.secret_hash,
        redirect_uris: serde_json::from_value(row.redirect_uris)?,
        scopes: serde_json::from_value(row.scopes)?,
        own_tokens: row.own_tokens,
    }))
}

fn wrong_addresses(fields: &mut Fields, input: &CreateOAuthClient) {
    let few = input.redirect_uris.len() <= redirect::MOST;
    fields.check(few, "redirect_uris", REDIRECT_INVALID, "Enter at most 10 addresses.");
    for (place, address) in input.redirect_uris.iter().enumerate() {
        if let Some(wrong) = redirect::wrong(address) {
            let shown: String = address.chars().take(100).collect();
            fields.add(format!("redirect_uris/{place}"), REDIRECT_INVALID, format!("“{shown}” {wrong}."));
        }
    }
}

/// What is wrong with the scopes, if anything. A person gives no more than they have, so a
/// client may ask for what any seller's person could give; beyond that whoever registers it
/// must have it. What the client may use itself is bounded again when it does.
fn wrong_scopes(ctx: &Ctx, wanted: &BTreeSet<String>, of_seller: bool) -> Option<String> {
    if wanted.is_empty() {
        return Some("Choose at least one scope.".to_owned());
    }
    let named = |test: &dyn Fn(&str) -> bool| {
        let found: Vec<&str> = wanted.iter().map(String::as_str).filter(|scope| test(scope)).collect();
        (!found.is_empty()).then(|| found.join(", "))
    };
    if let Some(unknown) = named(&|scope| !scopes::is_known(&ctx.app, scope)) {
        return Some(format!("There is no such scope: {unknown}."));
    }
    named(&|scope| !may_ask(ctx, scope, of_seller)).map(|names| format!("You can't ask for this: {names}."))
}

fn may_ask(ctx: &Ctx, scope: &str, of_seller: bool) -> bool {
    let personal = scopes::ABOUT_PEOPLE.contains(&scope);
    let held = ctx.actor == Actor::System || ctx.permissions.contains(scope);
    personal || roles::SELLER.contains(&scope) || (!of_seller && held)
}

/// The scopes that a client which whoever asks registers may ask for, those about people first.
pub fn lendable(ctx: &Ctx, of_seller: bool) -> Vec<&'static str> {
    scopes::all(&ctx.app).filter(|scope| may_ask(ctx, scope, of_seller)).collect()
}

fn view(row: table::Model) -> Result<OAuthClientView> {
    Ok(OAuthClientView {
        id: Id::new(row.id),
        app: Id::new(row.app_id),
        redirect_uris: serde_json::from_value(row.redirect_uris)?,
        scopes: serde_json::from_value(row.scopes)?,
        confidential: row.secret_hash.is_some(),
        own_tokens: row.own_tokens,
        secret_last_four: row.secret_last_four,
        created_at: row.created_at,
        revoked_at: row.revoked_at,
    })
}
