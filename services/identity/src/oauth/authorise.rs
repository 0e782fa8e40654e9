//! Asking a person whether an app may act for them, and telling the app.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use stoa_identity_entities::oauth_consent as consent;
use stoa_identity_types::{AuthoriseApp, Authorised, ScopeWords};
use stoa_kernel::{Ctx, Error, Result, Tx, audit};
use stoa_types::{App as RegisteredApp, Id, Uuid};
use tower_sessions::Session;

use super::{
    REQUEST_INVALID, code,
    request::{self, Request, Wrong},
    scopes,
};
use crate::auth::session;

/// How long after signing in somebody counts as just signed in: as long as it takes to come
/// back from the sign-in.
const JUST_NOW: i64 = 60;

/// What comes of an app's request before anybody is asked.
pub enum Begun {
    /// To the app, answered or refused.
    Answered(String),
    /// The person has to decide, or to sign in first, or to be told what is wrong.
    Ask,
}

/// What the page asks the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Whether the app may.
    Consent {
        /// What the app is called.
        name: String,
        website: Option<String>,
        /// The host it takes them back to.
        leads_to: String,
        scopes: Vec<ScopeWords>,
        /// The origin of the app's address, for the page's content security policy.
        origin: String,
    },
    /// To sign in, or to sign in again.
    SignIn,
    /// Nothing: the app is told.
    Answered(String),
    /// Nothing: whom to answer is in doubt. Why, in a sentence.
    Wrong(&'static str),
}

/// Begins to answer `GET /oauth/authorize`, whose `query` it is: a person who has agreed to as
/// much before goes straight back.
pub async fn begin(ctx: &Ctx, browser: &Session, query: &str) -> Result<Begun> {
    let request = match request::from_query(ctx, query).await {
        Ok(request) => request,
        Err(Wrong::Failed(error)) => return Err(error),
        Err(Wrong::There { redirect_to, .. }) => return Ok(Begun::Answered(redirect_to)),
        Err(Wrong::Here(_)) => return Ok(Begun::Ask),
    };
    let silent = request.prompt.contains("none");
    let refuse = |error, why| {
        let to = request::refused(ctx, &request.redirect_uri, request.state.as_deref(), error, why);
        Ok(Begun::Answered(to))
    };
    let signed = is_fresh(ctx, browser, &request).await?;
    // Any program on a person's machine can claim to be the one behind a loopback address, so
    // without a secret it doesn't go without asking (RFC 8252, section 8.6).
    let proven = request.client.secret_hash.is_some() || request.redirect_uri.starts_with("https://");
    let again = request.prompt.contains("consent");
    if signed && proven && !again && has_agreed(ctx, &request).await? {
        return Ok(Begun::Answered(give(ctx, browser, &request, false).await?));
    }
    match (silent, signed) {
        (true, false) => refuse("login_required", "The person isn't signed in."),
        (true, true) => refuse("consent_required", "The person hasn't agreed to this yet."),
        (false, _) => Ok(Begun::Ask),
    }
}

/// What the page of consent shows for this query.
pub async fn ask(ctx: &Ctx, browser: &Session, query: &str) -> Result<Asked> {
    let request = match request::from_query(ctx, query).await {
        Ok(request) => request,
        Err(Wrong::Failed(error)) => return Err(error),
        Err(Wrong::There { redirect_to, .. }) => return Ok(Asked::Answered(redirect_to)),
        Err(Wrong::Here(why)) => return Ok(Asked::Wrong(why)),
    };
    if !is_fresh(ctx, browser, &request).await? {
        return Ok(Asked::SignIn);
    }
    let url = url::Url::parse(&request.redirect_uri).map_err(Error::internal)?;
    Ok(Asked::Consent {
        name: request.client.name,
        website: request.client.website,
        leads_to: url.host_str().unwrap_or_default().to_owned(),
        scopes: scopes::in_words(&request.scopes),
        origin: url.origin().ascii_serialization(),
    })
}

/// The person agrees: answers the app's address with a code in it. 401 when they are not signed
/// in (any more), 422 `auth.request_invalid` when the request can't be answered.
pub async fn authorise(ctx: &Ctx, browser: &Session, query: &str) -> Result<String> {
    ctx.user()?;
    match request::from_query(ctx, query).await {
        Ok(request) => give(ctx, browser, &request, true).await,
        Err(wrong) => Err(as_error(wrong)),
    }
}

/// The person refuses: answers the app's address that says so.
pub async fn decline(ctx: &Ctx, query: &str) -> Result<String> {
    let request = request::from_query(ctx, query).await.map_err(as_error)?;
    let why = "The person said no.";
    Ok(request::refused(ctx, &request.redirect_uri, request.state.as_deref(), "access_denied", why))
}

/// The person signed in agrees that one of the app's clients acts for them, by the interface
/// instead of the page. 404 for a client of another app; 422 `auth.request_invalid`, with
/// OAuth's name of it in the fact `error`, for what the page would refuse.
pub async fn authorise_app(
    ctx: &Ctx,
    browser: &Session,
    app: Id<RegisteredApp>,
    input: AuthoriseApp,
) -> Result<Authorised> {
    ctx.user()?;
    let request = match request::from_json(ctx, input).await {
        Ok(request) if request.client.app == app => request,
        Ok(_) => return Err(Error::not_found("OAuth client")),
        Err(wrong) => return Err(as_error(wrong)),
    };
    Ok(Authorised { redirect_to: give(ctx, browser, &request, true).await? })
}

fn as_error(wrong: Wrong) -> Error {
    match wrong {
        Wrong::Failed(error) => error,
        Wrong::Here(why) => REQUEST_INVALID.error(why).fact("error", "invalid_request"),
        Wrong::There { error, why, .. } => REQUEST_INVALID.error(why).fact("error", error),
    }
}

/// Whether a person is signed in, as lately as the app wants.
async fn is_fresh(ctx: &Ctx, browser: &Session, request: &Request) -> Result<bool> {
    if ctx.user().is_err() {
        return Ok(false);
    }
    let again = request.prompt.contains("login") || request.prompt.contains("select_account");
    let within = if again { Some(0) } else { request.max_age };
    let Some(within) = within else { return Ok(true) };
    let at = session::signed_in_at(browser).await?;
    Ok(at.is_some_and(|at| (ctx.now - at).num_seconds() <= within.max(JUST_NOW)))
}

/// Whether the person has agreed to all of it before.
async fn has_agreed(ctx: &Ctx, request: &Request) -> Result<bool> {
    let known = consent::Entity::find()
        .filter(consent::Column::UserId.eq(ctx.user()?.uuid()))
        .filter(consent::Column::ClientId.eq(request.client.id.uuid()))
        .one(ctx.db().read())
        .await?;
    let Some(known) = known else { return Ok(false) };
    let agreed: std::collections::BTreeSet<String> = serde_json::from_value(known.scopes)?;
    Ok(request.scopes.is_subset(&agreed))
}

/// Makes the code, remembers the consent where it is new, and answers the app's address.
async fn give(ctx: &Ctx, browser: &Session, request: &Request, agreed: bool) -> Result<String> {
    let user = ctx.user()?;
    let signed_in_at = session::signed_in_at(browser).await?.unwrap_or(ctx.now);
    let tx = ctx.db().begin().await?;
    if agreed {
        remember(&tx, ctx, request).await?;
    }
    let code = code::issue(&tx, ctx, request, user, signed_in_at).await?;
    ctx.db().commit(tx).await?;
    Ok(request::answered(ctx, &request.redirect_uri, request.state.as_deref(), &[("code", &code)]))
}

/// Notes what the person agreed to, beside what they had agreed to before.
async fn remember(tx: &Tx, ctx: &Ctx, request: &Request) -> Result<()> {
    let user = ctx.user()?;
    let known = consent::Entity::find()
        .filter(consent::Column::UserId.eq(user.uuid()))
        .filter(consent::Column::ClientId.eq(request.client.id.uuid()))
        .one(tx)
        .await?;
    let mut all = request.scopes.clone();
    if let Some(known) = known {
        all.extend(serde_json::from_value::<std::collections::BTreeSet<String>>(known.scopes)?);
    }
    let row = consent::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(user.uuid()),
        client_id: Set(request.client.id.uuid()),
        scopes: Set(serde_json::to_value(&all)?),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    let again = OnConflict::columns([consent::Column::UserId, consent::Column::ClientId])
        .update_columns([consent::Column::Scopes, consent::Column::UpdatedAt])
        .to_owned();
    consent::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    let facts = serde_json::json!({ "user": user, "scopes": request.scopes });
    audit::record(tx, ctx, audit::Entry::new("oauthClient.agreed", request.client.id).facts(&facts)).await
}
