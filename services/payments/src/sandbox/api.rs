//! The sandbox's HTTP interface for the shop.

use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq;

use super::{
    Sandbox, cards,
    store::{Answer, Refusal},
};

pub(super) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/v1/intents", post(register))
        .route("/v1/intents/{id}", get(show))
        .route("/v1/intents/{id}/confirm", post(confirm))
        .route("/v1/intents/{id}/capture", post(capture))
        .route("/v1/intents/{id}/void", post(void))
        .route("/v1/intents/{id}/refund", post(refund))
        .route("/v1/ledger", get(ledger))
        .with_state(sandbox)
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    pub payment: String,
    pub amount: i64,
    pub currency: String,
    pub return_origin: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    pub attempt: String,
    pub token: String,
    #[serde(default)]
    pub return_url: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    pub amount: i64,
}

/// The shop, by its key.
struct Shop;

impl FromRequestParts<Sandbox> for Shop {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, Response> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
        if bool::from(given.as_bytes().ct_eq(sandbox.0.credentials.api_key.as_bytes())) {
            return Ok(Self);
        }
        Err(refusal(&Refusal(401, "unauthorised", "Send the shop's key.")))
    }
}

fn refusal(Refusal(status, code, message): &Refusal) -> Response {
    let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(json!({ "code": code, "message": message }))).into_response()
}

fn answer<T: Serialize>(answer: Answer<T>) -> Response {
    match answer {
        Ok(Ok(value)) => Json(value).into_response(),
        Ok(Err(no)) => refusal(&no),
        Err(error) => {
            tracing::error!(%error, "sandbox");
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "code": "internal" }))).into_response()
        }
    }
}

async fn register(State(sandbox): State<Sandbox>, _shop: Shop, Json(input): Json<Registration>) -> Response {
    if input.amount < 1 || input.currency.len() != 3 {
        return refusal(&Refusal(422, "amount_invalid", "The amount must be above zero."));
    }
    answer(sandbox.register(&input.payment, input.amount, &input.currency, &input.return_origin).await)
}

async fn show(State(sandbox): State<Sandbox>, _shop: Shop, Path(id): Path<String>) -> Response {
    answer(sandbox.show(&id).await)
}

async fn confirm(
    State(sandbox): State<Sandbox>,
    _shop: Shop,
    Path(id): Path<String>,
    Json(input): Json<Confirmation>,
) -> Response {
    let Some(card) = cards::by_token(&input.token) else {
        return refusal(&Refusal(422, "token_unknown", "There is no such token."));
    };
    let done = sandbox.attempt(&id, Some(&input.attempt), card, input.return_url.as_deref(), true).await;
    if card.scenario == cards::Scenario::Silent && matches!(done, Ok(Ok(_))) {
        tokio::time::sleep(sandbox.0.slow_answer).await;
    }
    answer(done)
}

/// The key under which an operation takes effect once.
fn key(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key")?.to_str().ok()?;
    (!key.is_empty()).then(|| key.to_owned())
}

const KEY_MISSING: Refusal = Refusal(400, "key_missing", "Send an Idempotency-Key.");

async fn capture(
    State(sandbox): State<Sandbox>,
    _shop: Shop,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(input): Json<Amount>,
) -> Response {
    match key(&headers) {
        Some(key) => answer(sandbox.capture(&id, input.amount, &key).await),
        None => refusal(&KEY_MISSING),
    }
}

async fn void(
    State(sandbox): State<Sandbox>,
    _shop: Shop,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match key(&headers) {
        Some(key) => answer(sandbox.void(&id, &key).await),
        None => refusal(&KEY_MISSING),
    }
}

async fn refund(
    State(sandbox): State<Sandbox>,
    _shop: Shop,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(input): Json<Amount>,
) -> Response {
    match key(&headers) {
        Some(key) => answer(sandbox.refund(&id, input.amount, &key).await),
        None => refusal(&KEY_MISSING),
    }
}

async fn ledger(State(sandbox): State<Sandbox>, _shop: Shop) -> Response {
    answer(sandbox.ledger().await.map(Ok))
}
