//! `Idempotency-Key` on every POST under `/v1`, as middleware.
//!
//! A key belongs to who sent it: the person or program, the cart's holder, or the visitor's
//! network. Same key and body: the stored answer. Other body: 422. Still running: 409, until
//! the lease of a request that crashed expires. The answer is stored after the change
//! has committed, so a command that moves money or stock also keeps the key in its
//! own row and recognises the repetition itself.
//!
//! Only success (2xx, 3xx) is stored. A refusal has changed nothing, and what it said may
//! no longer be so: sign-in is missing, the record is not there yet, stock is short, we
//! failed. It frees the key, and the same request is carried out afresh.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use http::{HeaderValue, Method, Uri, header};
use http_body_util::BodyExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany};
use sha2::{Digest, Sha256};
use stoa_kernel_entities::idempotency_key::{ActiveModel, Column, Entity, Model};

use crate::{
    Actor, App, Ctx, db,
    error::{Error, Result, codes},
    http::idempotency_key,
};

/// How long a key stays taken after the last sign of life of its request.
const LEASE: TimeDelta = TimeDelta::seconds(12);
/// How often a running request renews its lease.
const SIGN_OF_LIFE: Duration = Duration::from_secs(4);
/// Bodies up to this size can be repeated; larger ones (uploads) pass without a key.
const LIMIT: usize = 2 * 1024 * 1024;

/// Put on an answer whose body holds a secret: who gets it by repeating the request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// Nobody: the repetition gets the status without the body.
    ShownOnce,
    /// Whoever sends the key again, if nobody else can have it. Visitors of one network
    /// share their keys: one of theirs must be as hard to guess as the secret itself.
    Senders,
}

/// Characters that make a visitor's key as hard to guess as a UUID.
const UNGUESSABLE: usize = 32;

/// The middleware; needs the [`Ctx`] in the request's extensions.
pub async fn middleware(State(app): State<App>, request: Request, next: Next) -> Response {
    match handle(&app, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn handle(app: &App, request: Request, next: Next) -> Result<Response> {
    let key = match idempotency_key(request.headers())? {
        Some(key) if request.method() == Method::POST => key,
        _ => return Ok(next.run(request).await),
    };
    let ctx = request.extensions().get::<Ctx>().cloned().ok_or_else(|| Error::internal("no context"))?;
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LIMIT)
        .await
        .map_err(|_| codes::TOO_LARGE.error("A repeatable request may be at most 2 MB."))?;
    let scope = hex::encode(Sha256::digest(scope(&ctx, &parts.uri)));
    let hash = hex::encode(Sha256::digest(&body));
    if let Some(stored) = claim(app, &ctx, &scope, &key, &hash).await? {
        return Ok(replay(stored));
    }
    let work = next.run(Request::from_parts(parts, Body::from(body)));
    let response = tokio::select! {
        response = work => response,
        never = keep_lease(app, &scope, &key) => match never {},
    };
    let secret = response.extensions().get::<Secret>().copied();
    let own = ctx.actor != Actor::Visitor || key.len() >= UNGUESSABLE;
    let shown_again = secret.is_none() || (secret == Some(Secret::Senders) && own);
    store(app, &scope, &key, response, shown_again).await
}

/// Whose key it is, for what. A visitor is known by the cart's token, and without one by
/// the network, so that nobody meets a stranger's key.
fn scope(ctx: &Ctx, uri: &Uri) -> String {
    let visitor = || ctx.network.as_deref().unwrap_or_default();
    let holder = match (&ctx.cart_token, ctx.actor) {
        (Some(token), _) => token,
        (None, Actor::Visitor) => visitor(),
        (None, _) => "",
    };
    // What an app did for somebody, they themselves did not, nor did another app.
    let via = ctx.via.map(|app| format!(" {app}")).unwrap_or_default();
    // None of the parts can hold a line's end.
    [&format!("{}{via}", ctx.actor), holder, uri.path(), uri.query().unwrap_or_default()].join("\n")
}

/// Renews the lease while the request runs.
async fn keep_lease(app: &App, scope: &str, key: &str) -> Infallible {
    loop {
        tokio::time::sleep(SIGN_OF_LIFE).await;
        let renewed = own(scope, key)
            .col_expr(Column::LeaseUntil, (app.now() + LEASE).into())
            .exec(app.db.write())
            .await;
        if let Err(error) = renewed {
            tracing::warn!(%error, "a running request could not say that it runs");
        }
    }
}

fn own(scope: &str, key: &str) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::Scope.eq(scope)).filter(Column::Key.eq(key))
}

/// Takes the key, or answers with what was stored under it.
async fn claim(app: &App, ctx: &Ctx, scope: &str, key: &str, hash: &str) -> Result<Option<Model>> {
    let row = ActiveModel {
        scope: Set(scope.to_owned()),
        key: Set(key.to_owned()),
        body_hash: Set(hash.to_owned()),
        lease_until: Set(ctx.now + LEASE),
        status: Set(None),
        content_type: Set(None),
        etag: Set(None),
        location: Set(None),
        body: Set(None),
        created_at: Set(ctx.now),
    };
    let inserted =
        Entity::insert(row).on_conflict_do_nothing().exec_without_returning(app.db.write()).await?;
    if db::inserted(&inserted) {
        return Ok(None);
    }
    let stored = Entity::find().filter(Column::Scope.eq(scope)).filter(Column::Key.eq(key));
    let Some(stored) = stored.one(app.db.write()).await? else {
        return Err(
            codes::KEY_RUNNING.error("The first request with this key has just ended. Send it again.")
        );
    };
    if stored.body_hash != hash {
        return Err(codes::KEY_REUSED
            .error("This Idempotency-Key was used with another body. Use a new key for a new action."));
    }
    if stored.status.is_some() {
        return Ok(Some(stored));
    }
    // The first request crashed if its lease is over: whoever renews it goes on.
    let renewed = own(scope, key)
        .col_expr(Column::LeaseUntil, (ctx.now + LEASE).into())
        .filter(Column::Status.is_null())
        .filter(Column::LeaseUntil.lt(ctx.now))
        .exec(app.db.write())
        .await?;
    if renewed.rows_affected == 1 {
        return Ok(None);
    }
    Err(codes::KEY_RUNNING
        .error("The first request with this key is still running. Wait a moment and send it again.")
        .fact("retry_after", 1))
}

/// Keeps the answer of what was done, its body only where the repetition may see it; a
/// refusal frees the key.
async fn store(app: &App, scope: &str, key: &str, response: Response, shown_again: bool) -> Result<Response> {
    let status = response.status();
    if !status.is_success() && !status.is_redirection() {
        Entity::delete_many()
            .filter(Column::Scope.eq(scope))
            .filter(Column::Key.eq(key))
            .exec(app.db.write())
            .await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(Error::internal)?.to_bytes();
    let text =
        |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    own(scope, key)
        .col_expr(Column::Status, i32::from(status.as_u16()).into())
        .col_expr(Column::ContentType, text(header::CONTENT_TYPE).into())
        .col_expr(Column::Etag, text(header::ETAG).into())
        .col_expr(Column::Location, text(header::LOCATION).into())
        .col_expr(Column::Body, (if shown_again { body.to_vec() } else { Vec::new() }).into())
        .exec(app.db.write())
        .await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(stored: Model) -> Response {
    let mut response = Response::new(Body::from(stored.body.unwrap_or_default()));
    if let Some(status) = stored.status.and_then(|status| http::StatusCode::from_u16(status as u16).ok()) {
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    let known = [
        (header::CONTENT_TYPE, stored.content_type),
        (header::ETAG, stored.etag),
        (header::LOCATION, stored.location),
    ];
    for (name, value) in known {
        if let Some(Ok(value)) = value.map(|text| HeaderValue::from_str(&text)) {
            headers.insert(name, value);
        }
    }
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
