//! REST routes of apps, their keys and their OAuth clients.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use stoa_identity_types::{
    ApiKeyView, AppView, AuthoriseApp, Authorised, CreateApp, CreateAppKey, CreateOAuthClient, NewKey,
    NewOAuthClient, OAuthClients, ReportLeak, RotateKey, TransferApp,
};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, Json, Path, Query, Router, Versioned},
    idempotency::Secret,
};
use stoa_types::{ApiKey, App, Id, OAuthClient, Page, PageQuery, Problem};
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::oauth;

/// `/v1/apps/…`.
pub fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(list_apps, create_app))
        .routes(routes!(get_app, delete_app))
        .routes(routes!(transfer_app))
        .routes(routes!(list_app_keys, create_app_key))
        .routes(routes!(rotate_app_key))
        .routes(routes!(revoke_app_key))
        .routes(routes!(list_oauth_clients, create_oauth_client))
        .routes(routes!(revoke_oauth_client))
        .routes(routes!(authorise_app))
        .routes(routes!(report_leaked_key))
}

/// List apps
///
/// The newest first; a seller gets that seller's. Needs `apps.read`.
#[utoipa::path(
    get,
    path = "/v1/apps",
    tag = "apps",
    params(PageQuery),
    responses(
        (status = 200, body = Page<AppView>),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without `apps.read`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_apps(ctx: Ctx, Query(query): Query<PageQuery>) -> Result<Json<Page<AppView>>> {
    Ok(Json(super::list_apps(&ctx, &query).await?))
}

/// Register an app
///
/// Owned by whoever asks, who must be a person. Needs `apps.write`.
#[utoipa::path(
    post,
    path = "/v1/apps",
    tag = "apps",
    request_body = CreateApp,
    responses(
        (status = 201, description = "Registered", body = AppView),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without `apps.write`, or a program", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_app(ctx: Ctx, Json(input): Json<CreateApp>) -> Result<Created<AppView>> {
    let body = super::create_app(&ctx, input).await?;
    Ok(Created { location: format!("/v1/apps/{}", body.id), version: body.version, body })
}

/// Get an app
///
/// Needs `apps.read`.
#[utoipa::path(
    get,
    path = "/v1/apps/{appId}",
    tag = "apps",
    params(("appId" = Id<App>, Path, description = "The app, `app_…`")),
    responses(
        (status = 200, body = AppView),
        (status = 404, description = "No app of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_app(ctx: Ctx, Path(id): Path<Id<App>>) -> Result<Versioned<AppView>> {
    let app = super::get_app(&ctx, id).await?;
    let version = app.version;
    Ok(Versioned(app, version))
}

/// Delete an app
///
/// Its keys and OAuth clients end with it. Needs `apps.write`, and a person.
#[utoipa::path(
    delete,
    path = "/v1/apps/{appId}",
    tag = "apps",
    params(("appId" = Id<App>, Path, description = "The app, `app_…`")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No app of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_app(ctx: Ctx, Path(id): Path<Id<App>>) -> Result<StatusCode> {
    super::delete_app(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hand an app to somebody else
///
/// They answer for it and its keys from now on: what they may not do themselves, its keys can
/// do no more. Needs `apps.write`, and a person.
#[utoipa::path(
    post,
    path = "/v1/apps/{appId}/transfer",
    tag = "apps",
    params(("appId" = Id<App>, Path, description = "The app, `app_…`")),
    request_body = TransferApp,
    responses(
        (status = 200, body = AppView),
        (status = 404, description = "No app of yours", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "They could not have made it", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn transfer_app(
    ctx: Ctx,
    Path(id): Path<Id<App>>,
    Json(input): Json<TransferApp>,
) -> Result<Json<AppView>> {
    Ok(Json(super::transfer_app(&ctx, id, input).await?))
}

/// List an app's keys
///
/// The newest first, with those that have ended; never the keys themselves. Needs
/// `apps.keys.read`.
#[utoipa::path(
    get,
    path = "/v1/apps/{appId}/keys",
    tag = "apps",
    params(("appId" = Id<App>, Path, description = "The app, `app_…`"), PageQuery),
    responses(
        (status = 200, body = Page<ApiKeyView>),
        (status = 404, description = "No app of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_app_keys(
    ctx: Ctx,
    Path(id): Path<Id<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ApiKeyView>>> {
    Ok(Json(super::list_app_keys(&ctx, id, &query).await?))
}

/// Make a key
///
/// The answer holds the key itself, this once; a repetition with the same `Idempotency-Key`
/// has no body. Needs `apps.keys.write`, and a person who has signed in or confirmed who they
/// are in the last ten minutes (403 `auth.step_up_required`).
#[utoipa::path(
    post,
    path = "/v1/apps/{appId}/keys",
    tag = "apps",
    params(("appId" = Id<App>, Path, description = "The app, `app_…`")),
    request_body = CreateAppKey,
    responses(
        (status = 201, description = "Made; the key is shown this once", body = NewKey),
        (status = 403, description = "A program, or no fresh sign-in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No app of yours", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_app_key(
    ctx: Ctx,
    browser: Session,
    Path(id): Path<Id<App>>,
    Json(input): Json<CreateAppKey>,
) -> Result<Response> {
    Ok(shown_once(super::create_app_key(&ctx, &browser, id, input).await?))
}

/// Rotate a key
///
/// The successor works at once, the old key for `overlap_seconds` more (0: it has ended). The
/// answer holds the key itself, this once. Needs `apps.keys.write`, and a person who has signed in
/// or confirmed who they are in the last ten minutes.
#[utoipa::path(
    post,
    path = "/v1/apps/{appId}/keys/{keyId}/rotate",
    tag = "apps",
    params(
        ("appId" = Id<App>, Path, description = "The app, `app_…`"),
        ("keyId" = Id<ApiKey>, Path, description = "The old key, `key_…`"),
    ),
    request_body = RotateKey,
    responses(
        (status = 201, description = "The successor; the key is shown this once", body = NewKey),
        (status = 403, description = "A program, or no fresh sign-in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No key of yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`apps.key_over`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn rotate_app_key(
    ctx: Ctx,
    browser: Session,
    Path((app, key)): Path<(Id<App>, Id<ApiKey>)>,
    Json(input): Json<RotateKey>,
) -> Result<Response> {
    Ok(shown_once(super::rotate_key(&ctx, &browser, app, key, input).await?))
}

/// Revoke a key
///
/// For good, here at once and everywhere within seconds. Needs `apps.keys.write`.
#[utoipa::path(
    delete,
    path = "/v1/apps/{appId}/keys/{keyId}",
    tag = "apps",
    params(
        ("appId" = Id<App>, Path, description = "The app, `app_…`"),
        ("keyId" = Id<ApiKey>, Path, description = "The key, `key_…`"),
    ),
    responses(
        (status = 200, description = "Revoked, now or before", body = ApiKeyView),
        (status = 404, description = "No key of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke_app_key(ctx: Ctx, Path((app, key)): Path<(Id<App>, Id<ApiKey>)>) -> Result<Json<ApiKeyView>> {
    Ok(Json(super::revoke_app_key(&ctx, app, key).await?))
}

/// List an app's OAuth clients
///
/// Those that were not revoked, the newest first; at most 100. Needs `apps.read`.
#[utoipa::path(
    get,
    path = "/v1/apps/{appId}/oauth/clients",
    tag = "apps",
    params(("appId" = Id<App>, Path, description = "The app, `app_…`")),
    responses(
        (status = 200, body = OAuthClients),
        (status = 404, description = "No app of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_oauth_clients(ctx: Ctx, Path(id): Path<Id<App>>) -> Result<Json<OAuthClients>> {
    Ok(Json(OAuthClients { items: oauth::list_clients(&ctx, id).await? }))
}

/// Register an OAuth client
///
/// The answer holds the secret, if it has one, this once. Needs `apps.write`, and a person who
/// has signed in or confirmed who they are in the last ten minutes.
#[utoipa::path(
    post,
    path = "/v1/apps/{appId}/oauth/clients",
    tag = "apps",
    params(("appId" = Id<App>, Path, description = "The app, `app_…`")),
    request_body = CreateOAuthClient,
    responses(
        (status = 201, description = "Registered; the secret is shown this once", body = NewOAuthClient),
        (status = 403, description = "A program, or no fresh sign-in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No app of yours", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field: a wildcard, a fragment, `http` elsewhere than on this machine, an unknown scope", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_oauth_client(
    ctx: Ctx,
    browser: Session,
    Path(id): Path<Id<App>>,
    Json(input): Json<CreateOAuthClient>,
) -> Result<Response> {
    Ok(shown_once(oauth::create_client(&ctx, &browser, id, input).await?))
}

/// Revoke an OAuth client
///
/// Nobody signs in by it any more, and its tokens end. Needs `apps.write`, and a person.
#[utoipa::path(
    delete,
    path = "/v1/apps/{appId}/oauth/clients/{clientId}",
    tag = "apps",
    params(
        ("appId" = Id<App>, Path, description = "The app, `app_…`"),
        ("clientId" = Id<OAuthClient>, Path, description = "The client, `oac_…`"),
    ),
    responses(
        (status = 204, description = "Revoked"),
        (status = 404, description = "No client of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke_oauth_client(
    ctx: Ctx,
    Path((app, client)): Path<(Id<App>, Id<OAuthClient>)>,
) -> Result<StatusCode> {
    oauth::revoke_client(&ctx, app, client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Agree that an app acts for you
///
/// What the page of consent does, for the person signed in: answers where to send the browser,
/// with a code that works once and for a minute.
#[utoipa::path(
    post,
    path = "/v1/apps/{appId}/oauth/authorize",
    tag = "apps",
    params(("appId" = Id<App>, Path, description = "The app, `app_…`")),
    request_body = AuthoriseApp,
    responses(
        (status = 200, description = "Agreed", body = Authorised),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No client of this app", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`auth.request_invalid`; OAuth's name of it is in the fact `error`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn authorise_app(
    ctx: Ctx,
    browser: Session,
    Path(id): Path<Id<App>>,
    Json(input): Json<AuthoriseApp>,
) -> Result<Response> {
    let mut response = Json(oauth::authorise_app(&ctx, &browser, id, input).await?).into_response();
    response.extensions_mut().insert(Secret::ShownOnce);
    Ok(response)
}

/// Report a leaked key
///
/// For whoever has found one: having the whole key is the proof. A key that works is revoked
/// and its owner told; the answer is the same for anything else. Needs no permission.
#[utoipa::path(
    post,
    path = "/v1/apps/leaked-keys",
    tag = "apps",
    request_body = ReportLeak,
    responses(
        (status = 202, description = "Looked at"),
        (status = 429, description = "Too many reports", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn report_leaked_key(ctx: Ctx, Json(input): Json<ReportLeak>) -> Result<StatusCode> {
    super::report_leak(&ctx, &input).await?;
    Ok(StatusCode::ACCEPTED)
}

/// 201 with a secret in it that nobody gets by repeating the request.
fn shown_once(body: impl serde::Serialize) -> Response {
    let mut response = (StatusCode::CREATED, axum::Json(body)).into_response();
    response.extensions_mut().insert(Secret::ShownOnce);
    response
}
