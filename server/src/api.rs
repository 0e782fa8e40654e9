//! The REST API of all areas and its OpenAPI 3.1 document.

use std::sync::Arc;

use axum::{Json, Router, extract::DefaultBodyLimit, routing::get};
use serde_json::Value;
use stoa_kernel::{App, Error, error::codes};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

/// Every area's routes under one document.
pub fn routes() -> stoa_kernel::http::Router {
    stoa_kernel::http::Router::new()
        .merge(stoa_identity::routes())
        .merge(stoa_platform::routes())
        .merge(stoa_catalog::routes())
        .merge(stoa_pricing::routes())
        .merge(stoa_fulfilment::routes())
        .merge(stoa_payments::routes())
        .merge(stoa_ordering::routes())
        .merge(stoa_aftersales::routes())
        .merge(stoa_engagement::routes())
        .merge(stoa_channels::routes())
}

/// The document at `/v1/openapi.json`.
pub fn document() -> OpenApi {
    split().1
}

fn split() -> (Router<App>, OpenApi) {
    let (router, routes) = routes().split_for_parts();
    let info = InfoBuilder::new()
        .title("Stoa API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Everything the pages do, for programs. Amounts are whole minor units, times are UTC, \
             errors are problem documents (RFC 9457) with a stable code.",
        ))
        .build();
    let mut document = OpenApiBuilder::new().info(info).build();
    document.merge(routes);
    crate::openapi::finish(&mut document);
    (router, document)
}

/// The mounted API. Unknown paths under `/v1` are problem documents, not pages.
pub fn router(app: &App, document: Arc<Value>) -> Router {
    let (router, _) = split();
    router
        .route("/v1/openapi.json", get(move || async move { Json(document) }))
        .route("/v1/{*rest}", axum::routing::any(|| async { Error::not_found("route") }))
        .method_not_allowed_fallback(|| async {
            codes::WRONG_METHOD.error("This path does not take that method. See /v1/openapi.json.")
        })
        .layer(DefaultBodyLimit::max(2 * 1024 * 1024))
        .layer(axum::middleware::from_fn_with_state(app.clone(), stoa_kernel::idempotency::middleware))
        .with_state(app.clone())
}
