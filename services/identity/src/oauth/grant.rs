//! Families of tokens: begun by a code or a secret, gone on with by refresh tokens, ended as
//! one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, UpdateMany,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::{oauth_grant as table, oauth_refresh as refresh};
use stoa_kernel::{App, Ctx, Error, NewEvent, Result, Tx, audit, events, sign};
use stoa_types::{Id, OAuthClient, OAuthGrant, Seller, User, Uuid};

use super::{
    ACCESS_LIFE, Answer, GRANT_LIFE, LEEWAY, REFRESH_LIFE, Refusal, TOKEN_REUSED, client::Client, hash,
    principal, scopes,
};
use crate::auth::{
    Principal,
    notices::{self, NoticeAbout},
    principal_at,
};

/// One answer for whatever is wrong with a refresh token.
const WRONG: Refusal = Refusal::Said("invalid_grant", "The refresh token is wrong, was used, or is over.");

/// What a client has been given.
pub(super) struct Granted {
    pub id: Id<OAuthGrant>,
    /// Whom the client acts for.
    pub person: Option<Person>,
    pub scopes: BTreeSet<String>,
    pub refresh_token: Option<String>,
}

/// Whom a client acts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub user: Id<User>,
    /// What they acted for when they agreed.
    pub seller: Option<Id<Seller>>,
    pub signed_in_at: DateTime<Utc>,
}

impl Person {
    /// What the person may do there now; `None` when they are gone, suspended or don't belong
    /// there any more.
    pub async fn principal(&self, app: &App) -> Result<Option<Principal>> {
        principal_at(app, self.user, self.seller).await
    }
}

/// Why a family ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Client,
    Person,
    CodeReused,
    RefreshReused,
}

impl Why {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Person => "person",
            Self::CodeReused => "code_reused",
            Self::RefreshReused => "refresh_reused",
        }
    }

    /// Whether a token was used by somebody who should not have it.
    const fn is_breach(self) -> bool {
        matches!(self, Self::CodeReused | Self::RefreshReused)
    }
}

/// Begins a family in the caller's transaction. Going on without the person takes the scope
/// `offline_access`; a client that acts for itself asks anew instead.
pub(super) async fn start(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<OAuthGrant>,
    client: &Client,
    person: Option<Person>,
    scopes: BTreeSet<String>,
) -> Result<Granted> {
    let goes_on = person.is_some() && scopes.contains(scopes::OFFLINE);
    let row = table::ActiveModel {
        id: Set(id.uuid()),
        client_id: Set(client.id.uuid()),
        user_id: Set(person.map(|person| person.user.uuid())),
        seller_id: Set(person.and_then(|person| person.seller).map(Id::uuid)),
        scopes: Set(serde_json::to_value(&scopes)?),
        signed_in_at: Set(person.map(|person| person.signed_in_at)),
        created_at: Set(ctx.now),
        expires_at: Set(ctx.now + if goes_on { GRANT_LIFE } else { ACCESS_LIFE }),
        revoked_at: Set(None),
        revoked_why: Set(None),
        version: Set(1),
    };
    table::Entity::insert(row).exec_without_returning(tx).await?;
    let refresh_token = if goes_on { Some(next(tx, ctx, id.uuid()).await?) } else { None };
    let facts = serde_json::json!({
        "client": client.id, "user": person.map(|person| person.user), "scopes": scopes,
    });
    let entry = audit::Entry::new("oauthGrant.started", id).seller(client.seller);
    audit::record(tx, ctx, entry.facts(&facts)).await?;
    Ok(Granted { id, person, scopes, refresh_token })
}

/// The next refresh token of a family.
async fn next(tx: &Tx, ctx: &Ctx, grant: Uuid) -> Result<String> {
    let token = sign::random_token::<32>()?;
    let row = refresh::ActiveModel {
        id: Set(Uuid::now_v7()),
        grant_id: Set(grant),
        token_hash: Set(hash(&token)),
        created_at: Set(ctx.now),
        expires_at: Set(ctx.now + REFRESH_LIFE),
        used_at: Set(None),
    };
    refresh::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(token)
}

/// Takes a refresh token for the next.
///
/// The family is taken hold of first, so that whatever is done to it by several at once is
/// done one after the other, and one that has ended answers nothing, the leeway included. A
/// token used less than [`LEEWAY`] ago gives another next one: the answer got lost, or two tabs
/// asked at once, and each goes on by its own. One used longer ago ends the family.
pub(super) async fn refresh(ctx: &Ctx, client: &Client, token: &str) -> Answer<Granted> {
    let tx = ctx.db().begin().await?;
    let Some(known) = by_token(token).one(&tx).await? else { return Err(WRONG) };
    let id = Id::<OAuthGrant>::new(known.grant_id);
    // The first statement on the family is a write: it waits for whoever holds it.
    let held = touch(id)
        .filter(table::Column::ClientId.eq(client.id.uuid()))
        .filter(table::Column::RevokedAt.is_null())
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .exec(&tx)
        .await?;
    if held.rows_affected == 0 {
        return Err(WRONG);
    }
    // Read again, now that nobody else can use it.
    let (Some(known), Some(grant)) =
        (by_token(token).one(&tx).await?, table::Entity::find_by_id(id.uuid()).one(&tx).await?)
    else {
        return Err(WRONG);
    };
    if known.expires_at <= ctx.now {
        return Err(WRONG);
    }
    match known.used_at {
        None => {
            refresh::Entity::update_many()
                .col_expr(refresh::Column::UsedAt, Expr::value(Some(ctx.now)))
                .filter(refresh::Column::Id.eq(known.id))
                .exec(&tx)
                .await?;
        }
        Some(at) if ctx.now < at + LEEWAY => {}
        Some(_) => {
            end(&tx, ctx, id, client.id, Why::RefreshReused).await?;
            ctx.db().commit(tx).await?;
            principal::forget(id);
            return Err(WRONG);
        }
    }
    let person = grant.user_id.map(|user| Person {
        user: Id::new(user),
        seller: grant.seller_id.map(Id::new),
        signed_in_at: grant.signed_in_at.unwrap_or(ctx.now),
    });
    let refresh_token = Some(next(&tx, ctx, id.uuid()).await?);
    ctx.db().commit(tx).await?;
    let scopes = serde_json::from_value(grant.scopes).map_err(Error::internal)?;
    Ok(Granted { id, person, scopes, refresh_token })
}

fn by_token(token: &str) -> sea_orm::Select<refresh::Entity> {
    refresh::Entity::find().filter(refresh::Column::TokenHash.eq(hash(token)))
}

/// A change of one family.
fn touch(id: Id<OAuthGrant>) -> UpdateMany<table::Entity> {
    table::Entity::update_many()
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .filter(table::Column::Id.eq(id.uuid()))
}

/// Ends a family of the client in the caller's transaction; whether it was not over before. A
/// breach is also an event, so that somebody is told.
pub(super) async fn end(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<OAuthGrant>,
    client: Id<OAuthClient>,
    why: Why,
) -> Result<bool> {
    let done = touch(id)
        .col_expr(table::Column::RevokedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::RevokedWhy, Expr::value(Some(why.as_str())))
        .filter(table::Column::ClientId.eq(client.uuid()))
        .filter(table::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    if done.rows_affected == 0 {
        return Ok(false);
    }
    let row = table::Entity::find_by_id(id.uuid()).one(tx).await?;
    let (user, version) = row.map_or((None, 1), |row| (row.user_id.map(Id::<User>::new), row.version));
    let facts = serde_json::json!({ "client": client, "user": user, "why": why.as_str() });
    if why.is_breach() {
        events::emit(tx, ctx, NewEvent::new(TOKEN_REUSED, id, version).data(&facts)).await?;
        if let Some(user) = user {
            notices::tell(tx, ctx, user, NoticeAbout::AppTokenReused).await?;
        }
    }
    audit::record(tx, ctx, audit::Entry::new("oauthGrant.ended", id).facts(&facts)).await?;
    Ok(true)
}

/// The family a refresh token of this client belongs to, whether or not it still works.
pub(super) async fn of_refresh_token(
    ctx: &Ctx,
    client: Id<OAuthClient>,
    token: &str,
) -> Result<Option<(table::Model, refresh::Model)>> {
    let found = by_token(token).find_also_related(table::Entity).one(ctx.db().read()).await?;
    let Some((token, Some(grant))) = found else { return Ok(None) };
    Ok((grant.client_id == client.uuid()).then_some((grant, token)))
}
