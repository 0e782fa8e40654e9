//! REST routes of sign-in.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use stoa_identity_types::{
    ChangePassword, LinkSent, RequestLink, ResetPassword, SecondStep, Sessions, SessionsEnded, SignIn,
    SignedIn, UseLink,
};
use stoa_kernel::{
    Ctx, Error, Result,
    http::{Json, Path, Router},
    idempotency::Secret,
};
use stoa_types::{Id, Problem, Session as SessionKind};
use tower_sessions::Session;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Device, Principal, second_factor,
    session::{self, Started},
    sign_in,
};

mod passkeys;
mod second_step;
mod social;

/// `/v1/auth/…`.
pub fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(create_session))
        .routes(routes!(delete_session))
        .routes(routes!(request_link))
        .routes(routes!(sign_in_by_link))
        .routes(routes!(reset_password))
        .routes(routes!(change_password, remove_password))
        .routes(routes!(list_sessions))
        .routes(routes!(revoke_session))
        .routes(routes!(revoke_other_sessions))
        .merge(second_step::routes())
        .merge(passkeys::routes())
        .merge(social::routes())
}

/// Starts the session on this browser and says who is signed in, or, with 202, that a code is
/// asked for first.
pub(crate) async fn signed_in(
    ctx: &Ctx,
    browser: &Session,
    principal: &Principal,
    device: &Device,
    status: StatusCode,
) -> Result<Response> {
    if let Started::SecondStep(asked) = session::start(ctx, browser, principal, device).await? {
        let second_factor::Asked { code, passkey } = asked;
        let body = SecondStep { expires_at: ctx.now + second_factor::AWAITED, code, passkey };
        return Ok((StatusCode::ACCEPTED, Json(body)).into_response());
    }
    known(principal, status)
}

/// Who is signed in now.
fn known(principal: &Principal, status: StatusCode) -> Result<Response> {
    let body = principal.signed_in().ok_or_else(|| Error::internal("a person signed in"))?;
    let mut response = (status, Json(body)).into_response();
    // Should a client send a key all the same, nobody's name is kept with the answer.
    response.extensions_mut().insert(Secret::ShownOnce);
    Ok(response)
}

/// Sign in
///
/// Signs a person in and sets the session cookie. Needs no permission. A wrong password and
/// an unknown address get the same answer; after several failures the next attempt has to
/// wait for `Retry-After` seconds. Where the account asks for a second step, the answer is 202
/// and nobody is signed in until a code is sent to `/v1/auth/mfa/verify` or a passkey's answer
/// to `/v1/auth/passkeys/sign-in`. Takes no `Idempotency-Key`.
#[utoipa::path(
    post,
    path = "/v1/auth/login",
    tag = "auth",
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in; the session is in the cookie", body = SignedIn),
        (status = 202, description = "The second step is awaited", body = SecondStep),
        (status = 401, description = "Address and password don't go together", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_session(
    ctx: Ctx,
    browser: Session,
    device: Device,
    Json(input): Json<SignIn>,
) -> Result<Response> {
    let principal = sign_in(&ctx, &input, &device).await?;
    signed_in(&ctx, &browser, &principal, &device, StatusCode::OK).await
}

/// Sign out
///
/// Ends the session of the cookie. Needs no permission; answers the same when nobody was
/// signed in. Takes no `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth", responses((status = 204, description = "Signed out")))]
async fn delete_session(_ctx: Ctx, browser: Session) -> Result<StatusCode> {
    session::end(&browser).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for a link
///
/// Sends a mail with a link to whoever has the address: to choose a new password or to sign
/// in. Needs no permission. The answer is the same whether anybody is registered with the
/// address or not.
#[utoipa::path(
    post,
    path = "/v1/auth/links",
    tag = "auth",
    request_body = RequestLink,
    responses(
        (status = 202, description = "A mail is on its way, if anybody is registered", body = LinkSent),
        (status = 422, description = "That is no address", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many links", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn request_link(ctx: Ctx, Json(input): Json<RequestLink>) -> Result<(StatusCode, Json<LinkSent>)> {
    Ok((StatusCode::ACCEPTED, Json(super::request_link(&ctx, &input).await?)))
}

/// Sign in by a link
///
/// Uses a sign-in link up and sets the session cookie. Needs no permission. A link that was
/// used or is over is 404.
#[utoipa::path(
    post,
    path = "/v1/auth/links/sign-in",
    tag = "auth",
    request_body = UseLink,
    responses(
        (status = 200, description = "Signed in; the session is in the cookie", body = SignedIn),
        (status = 202, description = "The second step is awaited", body = SecondStep),
        (status = 404, description = "No such link, or no longer", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in_by_link(
    ctx: Ctx,
    browser: Session,
    device: Device,
    Json(input): Json<UseLink>,
) -> Result<Response> {
    let principal = super::sign_in_by_link(&ctx, &input).await?;
    signed_in(&ctx, &browser, &principal, &device, StatusCode::OK).await
}

/// Choose a new password by a link
///
/// Uses a reset link up. Every session of the account ends, and nobody is signed in. Needs no
/// permission. A link that was used or is over is 404.
#[utoipa::path(
    post,
    path = "/v1/auth/links/password",
    tag = "auth",
    request_body = ResetPassword,
    responses(
        (status = 204, description = "The password is the new one"),
        (status = 404, description = "No such link, or no longer", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Too weak", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn reset_password(ctx: Ctx, Json(input): Json<ResetPassword>) -> Result<StatusCode> {
    super::reset_password(&ctx, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change the password
///
/// For the person signed in, who proves themselves by the present one, or leaves that out after
/// a step-up. Ends every other session of theirs and every remembered browser.
#[utoipa::path(
    post,
    path = "/v1/auth/password",
    tag = "auth",
    request_body = ChangePassword,
    responses(
        (status = 204, description = "The password is the new one"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the present password a step-up is needed first", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not the present password, or the new one is too weak", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_password(
    ctx: Ctx,
    browser: Session,
    Json(input): Json<ChangePassword>,
) -> Result<StatusCode> {
    super::change_password(&ctx, &input, &browser).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Do without a password
///
/// Takes the password of the person signed in away, after a step-up. Refused where nothing
/// else signs them in.
#[utoipa::path(
    delete,
    path = "/v1/auth/password",
    tag = "auth",
    responses(
        (status = 204, description = "There is no password any more"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A step-up is needed first", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is the only way of signing in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_password(ctx: Ctx, browser: Session) -> Result<StatusCode> {
    super::remove_password(&ctx, &browser).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where somebody is signed in
///
/// The sessions of the person signed in, the most recent first; at most 100.
#[utoipa::path(
    get,
    path = "/v1/auth/sessions",
    tag = "auth",
    responses(
        (status = 200, body = Sessions),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_sessions(ctx: Ctx, browser: Session) -> Result<Json<Sessions>> {
    Ok(Json(Sessions { items: session::list(&ctx, &browser).await? }))
}

/// Sign out somewhere
///
/// Ends one session of the person signed in; with `auth.users.write` anybody's.
#[utoipa::path(
    delete,
    path = "/v1/auth/sessions/{sessionId}",
    tag = "auth",
    params(("sessionId" = String, Path, description = "The session, `ses_…`")),
    responses(
        (status = 204, description = "Signed out there"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No session of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke_session(ctx: Ctx, Path(id): Path<Id<SessionKind>>) -> Result<StatusCode> {
    session::revoke(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out everywhere else
///
/// Ends every session of the person signed in except the one that asks.
#[utoipa::path(
    post,
    path = "/v1/auth/sessions/revoke-others",
    tag = "auth",
    responses(
        (status = 200, body = SessionsEnded),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke_other_sessions(ctx: Ctx, browser: Session) -> Result<Json<SessionsEnded>> {
    Ok(Json(SessionsEnded { ended: session::revoke_others(&ctx, &browser).await? }))
}
