//! A browser in front of the routes: keeps cookies, goes through the session layer.

use axum::{
    Router,
    body::Body,
    extract::State,
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use stoa_identity::auth::{Device, principal_of_session, session};
use stoa_kernel::{App, Ctx};
use tower::ServiceExt;
use tower_sessions::Session;

/// One browser at one address.
pub struct Browser {
    router: Router,
    pub cookie: Option<String>,
    /// What it keeps so as not to be asked for the second step.
    pub remembered: Option<String>,
    device: Device,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
}

impl Browser {
    pub fn new(app: &App, device: Device) -> Self {
        let (routes, _) = stoa_identity::routes().split_for_parts();
        let router = routes
            .route("/who", axum::routing::get(who))
            .route("/note", axum::routing::post(note))
            .layer(from_fn_with_state(app.clone(), caller))
            .layer(session::layer(app))
            .with_state(app.clone());
        Self { router, cookie: None, remembered: None, device }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// The name of whoever the server thinks is here.
    pub async fn name(&mut self) -> Option<String> {
        self.get("/who").await.json.as_str().map(str::to_owned)
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let mut request = request.body(body).expect("a request");
        request
            .extensions_mut()
            .insert(Device { remembered: self.remembered.clone(), ..self.device.clone() });
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("a cookie");
            let pair = set.split(';').next().unwrap_or_default();
            if let Some(token) = pair.strip_prefix("stoa_device=") {
                self.remembered = Some(token.to_owned());
                continue;
            }
            self.cookie = (!set.contains("Max-Age=0") && !pair.ends_with('=')).then(|| pair.to_owned());
        }
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }
}

/// Puts whoever the session belongs to into the request, as the server does.
async fn caller(
    State(app): State<App>,
    session: Session,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let principal = principal_of_session(&app, &session).await.expect("an answer");
    let ctx = Ctx::visitor(&app);
    let ctx = principal.map(|principal| principal.act(ctx.clone())).unwrap_or(ctx);
    request.extensions_mut().insert(ctx);
    next.run(request).await
}

async fn who(ctx: Ctx, session: Session) -> axum::Json<Option<String>> {
    let principal = principal_of_session(&ctx.app, &session).await.expect("an answer");
    axum::Json(principal.map(|principal| principal.name))
}

/// Keeps something in the session, as a page does with a message.
async fn note(session: Session) -> StatusCode {
    session.insert("note", "kept").await.expect("a session");
    StatusCode::NO_CONTENT
}
