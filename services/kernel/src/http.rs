//! Extractors and answers every REST handler uses.

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path as AxumPath, Query as AxumQuery, Request,
        rejection::JsonRejection,
    },
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    App,
    error::{Error, Result, codes},
};

/// Router of a service: routes and their OpenAPI together.
pub type Router = utoipa_axum::router::OpenApiRouter<App>;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request being answered, if there is one.
pub fn request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// Runs the request's work under its id, so that problems can name it.
pub async fn with_request_id<F: Future>(id: String, work: F) -> F::Output {
    REQUEST_ID.scope(id, work).await
}

/// A JSON object in, JSON out. Malformed JSON is 400; what is no object, and a wrong or
/// unknown member, is 422; both as problem documents.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        if !is_json(request.headers()) {
            return Err(codes::UNSUPPORTED_TYPE.error("Send the body as application/json."));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                codes::TOO_LARGE.error("The body is too large.")
            } else {
                codes::MALFORMED.error("The body could not be read.")
            }
        })?;
        // A list would be taken for the members in their order.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(codes::INVALID.error("The body must be a JSON object."));
        }
        match axum::Json::<T>::from_bytes(&bytes) {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::JsonDataError(error)) => {
                Err(codes::INVALID.error(data_error(&error.body_text())))
            }
            Err(_) => Err(codes::MALFORMED.error("The body is not valid JSON.")),
        }
    }
}

/// `application/json` and its kin (`application/merge-patch+json`).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// serde's message without axum's preamble.
fn data_error(text: &str) -> String {
    let message = text.split_once(": ").map_or(text, |(_, rest)| rest);
    format!("The body does not fit: {message}.")
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Query parameters; give `T` `#[serde(deny_unknown_fields)]` so that an unknown one is 400.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match AxumQuery::<T>::from_request_parts(parts, state).await {
            Ok(AxumQuery(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                let message = text.rsplit_once("query string: ").map_or(text.as_str(), |(_, rest)| rest);
                let code = if message.contains("unknown field") {
                    codes::UNKNOWN_PARAMETER
                } else {
                    codes::MALFORMED
                };
                Err(code.error(format!("The query does not fit: {message}.")))
            }
        }
    }
}

/// Path parameters; what is not an id of the right kind is 404 like any unknown record.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let AxumPath(value) =
            AxumPath::<T>::from_request_parts(parts, state).await.map_err(|_| Error::not_found("record"))?;
        Ok(Self(value))
    }
}

/// The version in `If-Match: "7"`; 428 when the header is missing.
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(header) = parts.headers.get(header::IF_MATCH) else {
            return Err(
                codes::IF_MATCH_MISSING.error("Send If-Match with the ETag of the version you changed.")
            );
        };
        header
            .to_str()
            .ok()
            .and_then(|text| text.trim().trim_start_matches("W/").trim_matches('"').parse().ok())
            .map(Self)
            .ok_or_else(|| codes::MALFORMED.error("If-Match is not an ETag of ours, like \"7\"."))
    }
}

/// Marks a route whose repetition would move money, stock or a document of value:
/// 400 without `Idempotency-Key`.
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        idempotency_key(&parts.headers)?.map(Self).ok_or_else(|| {
            codes::KEY_MISSING.error(
                "Send an Idempotency-Key header: any text of up to 255 characters, new for each action.",
            )
        })
    }
}

/// The `Idempotency-Key` header, if sent; 400 when it is empty or longer than 255.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(text) if !text.trim().is_empty() && text.len() <= 255 => Ok(Some(text.trim().to_owned())),
        _ => Err(codes::MALFORMED.error("Idempotency-Key must be 1 to 255 visible characters.")),
    }
}

/// 200 with an `ETag` of the record's version.
pub struct Versioned<T>(pub T, pub i64);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        with_etag(axum::Json(self.0).into_response(), self.1)
    }
}

/// 201 with `Location` and an `ETag` of the record's version.
pub struct Created<T> {
    pub location: String,
    pub version: i64,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response =
            with_etag((StatusCode::CREATED, axum::Json(self.body)).into_response(), self.version);
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

fn with_etag(mut response: Response, version: i64) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
