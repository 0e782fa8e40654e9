use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use stoa_kernel::{App, Ctx};
use tower::ServiceExt;

/// What a route answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The problem's code.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The version in the `ETag`.
    pub fn etag(&self) -> String {
        self.headers.get(header::ETAG).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }
}

/// Calls a service's routes as a given [`Ctx`].
pub struct Client {
    router: Router,
}

impl Client {
    /// Wraps the routes as `server` does, without its middleware but for idempotency.
    pub fn new(app: &App, routes: stoa_kernel::http::Router) -> Self {
        let (router, _) = routes.split_for_parts();
        let router = router
            .layer(axum::middleware::from_fn_with_state(app.clone(), stoa_kernel::idempotency::middleware))
            .with_state(app.clone());
        Self { router }
    }

    pub async fn get(&self, ctx: &Ctx, path: &str) -> Answer {
        self.send(ctx, Method::GET, path, &[], None).await
    }

    pub async fn post(&self, ctx: &Ctx, path: &str, key: &str, body: Value) -> Answer {
        self.send(ctx, Method::POST, path, &[("idempotency-key", key)], Some(body)).await
    }

    pub async fn patch(&self, ctx: &Ctx, path: &str, if_match: &str, body: Value) -> Answer {
        self.send(ctx, Method::PATCH, path, &[("if-match", if_match)], Some(body)).await
    }

    pub async fn send(
        &self,
        ctx: &Ctx,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let mut request = request.body(body).expect("a request");
        request.extensions_mut().insert(ctx.clone());
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }
}
