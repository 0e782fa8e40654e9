//! Routes of signing in with an account elsewhere. The two that a browser is sent through answer
//! with an address to go to, also when something went wrong: a person is waiting there.

use axum::{
    extract::Query,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use stoa_identity_types::{SocialAccounts, SocialProviders};
use stoa_kernel::{
    Ctx, Error, ErrorKind, Result,
    http::{Json, Path, Router},
};
use stoa_types::{Id, Problem, SocialAccount};
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::auth::{
    Device, STEP_UP_REQUIRED, social_accounts,
    social_accounts::{SocialAnswer, SocialOutcome},
    social_providers,
};

pub(super) fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(list_social_providers))
        .routes(routes!(begin_social_sign_in))
        .routes(routes!(end_social_sign_in))
        .routes(routes!(list_social_accounts))
        .routes(routes!(unlink_social_account))
}

/// Accounts elsewhere that one can sign in with
///
/// The providers this marketplace has been given, in the order of their buttons. Needs no
/// permission.
#[utoipa::path(
    get,
    path = "/v1/auth/social",
    tag = "auth",
    responses((status = 200, body = SocialProviders))
)]
async fn list_social_providers(ctx: Ctx) -> Json<SocialProviders> {
    Json(SocialProviders { items: social_providers(&ctx.app) })
}

/// Where somebody goes next, and whether they only add a way to sign in.
#[derive(Debug, Default, Deserialize)]
struct Begin {
    #[serde(default)]
    next: String,
    #[serde(default)]
    link: bool,
}

/// Go to a provider
///
/// Sends the browser to the provider's own page, to sign in by the account there; with `link`,
/// and after a step-up, so that it signs in whoever is signed in now. Needs no permission.
#[utoipa::path(
    get,
    path = "/v1/auth/social/{provider}/begin",
    tag = "auth",
    params(
        ("provider" = String, Path, description = "The provider's key"),
        ("next" = Option<String>, Query, description = "A path of this site to end on"),
        ("link" = Option<bool>, Query, description = "Only add it as a way to sign in"),
    ),
    responses(
        (status = 303, description = "To the provider, or back with what went wrong"),
        (status = 400, description = "`next` leads away from this site", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such provider", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn begin_social_sign_in(
    ctx: Ctx,
    browser: Session,
    Path(provider): Path<String>,
    Query(begin): Query<Begin>,
) -> Result<Response> {
    match social_accounts::begin(&ctx, &browser, &provider, &begin.next, begin.link).await {
        Ok(address) => see(&address),
        Err(error) => back(&ctx, error, begin.link),
    }
}

/// Come back from a provider
///
/// Where the provider sends the browser. Signs in, and sends it on into the shop. Needs no
/// permission.
#[utoipa::path(
    get,
    path = "/v1/auth/social/{provider}/callback",
    tag = "auth",
    params(
        ("provider" = String, Path, description = "The provider's key"),
        ("code" = Option<String>, Query, description = "What the provider gave"),
        ("state" = Option<String>, Query, description = "What it was sent with"),
        ("error" = Option<String>, Query, description = "Why it gave nothing"),
        ("iss" = Option<String>, Query, description = "Who it says it is (RFC 9207)"),
    ),
    responses(
        (status = 303, description = "Into the shop, or back with what went wrong"),
        (status = 404, description = "No such provider", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_social_sign_in(
    ctx: Ctx,
    browser: Session,
    device: Device,
    Path(provider): Path<String>,
    Query(answer): Query<SocialAnswer>,
) -> Result<Response> {
    let locale = &ctx.locale;
    match social_accounts::finish(&ctx, &browser, &provider, &answer, &device).await {
        Ok(SocialOutcome::SignedIn { principal, .. }) if principal.second_step_missing => {
            see(&format!("/{locale}/account/security/second-step"))
        }
        Ok(SocialOutcome::SignedIn { principal, next }) => {
            let home = match (principal.seller, principal.permissions.is_empty()) {
                (Some(_), _) => "/seller".to_owned(),
                (None, false) => "/admin".to_owned(),
                (None, true) => format!("/{locale}"),
            };
            see(if next.is_empty() { &home } else { &next })
        }
        Ok(SocialOutcome::SecondStep { next }) => {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            see(&format!("/{locale}/sign-in/code?next={next}"))
        }
        Ok(SocialOutcome::Linked { .. }) => see(&format!("/{locale}/account/security?social=linked")),
        Err(error) => back(&ctx, error, ctx.user().is_ok()),
    }
}

/// Back to where it was begun, with the code of what went wrong; a provider that is none of ours
/// is a problem, and so is a place to end on that is not of this site.
fn back(ctx: &Ctx, error: Error, linking: bool) -> Result<Response> {
    let locale = &ctx.locale;
    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::BadRequest) {
        return Err(error);
    }
    if error.is(STEP_UP_REQUIRED) {
        return see(&format!("/{locale}/sign-in/confirm?next=/{locale}/account/security"));
    }
    let page = if linking { "account/security" } else { "sign-in" };
    let code = error.code();
    see(&format!("/{locale}/{page}?social={}", code.rsplit('.').next().unwrap_or(code)))
}

fn see(address: &str) -> Result<Response> {
    let location = HeaderValue::try_from(address).map_err(Error::internal)?;
    let never = HeaderValue::from_static("no-store");
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::CACHE_CONTROL, never)])
        .into_response())
}

/// Accounts elsewhere that sign one in
///
/// Those of the person signed in.
#[utoipa::path(
    get,
    path = "/v1/auth/social/accounts",
    tag = "auth",
    responses(
        (status = 200, body = SocialAccounts),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_social_accounts(ctx: Ctx) -> Result<Json<SocialAccounts>> {
    Ok(Json(social_accounts::list(&ctx).await?))
}

/// No longer sign in by an account elsewhere
///
/// Ends it for the person signed in, after a step-up. The only way somebody signs in stays.
#[utoipa::path(
    delete,
    path = "/v1/auth/social/accounts/{accountId}",
    tag = "auth",
    params(("accountId" = String, Path, description = "The account elsewhere, `sca_…`")),
    responses(
        (status = 204, description = "It signs nobody in any more"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A step-up is needed first", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None of yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is the only way of signing in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn unlink_social_account(
    ctx: Ctx,
    browser: Session,
    Path(id): Path<Id<SocialAccount>>,
) -> Result<StatusCode> {
    social_accounts::unlink(&ctx, &browser, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
