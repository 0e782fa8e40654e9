//! Programs and people in front of the OAuth provider.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stoa_identity::{
    apps::{create_app, principal_of_bearer},
    auth::SqlSessions,
    oauth::{self, create_client},
};
use stoa_identity_types::{CreateApp, CreateOAuthClient, NewOAuthClient};
use stoa_kernel::{App, Ctx};
use stoa_testing::Test;
use stoa_types::{App as RegisteredApp, Id, Seller};
use tower::ServiceExt;
use tower_sessions::Session;

pub const BACK: &str = "https://app.example/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
}

impl Answer {
    /// A member that is a text.
    pub fn text(&self, name: &str) -> String {
        self.json[name].as_str().unwrap_or_default().to_owned()
    }

    pub fn error(&self) -> String {
        self.text("error")
    }
}

/// A program somewhere else: it has no cookie.
pub struct Program {
    router: Router,
}

impl Program {
    pub fn new(test: &Test) -> Self {
        let (routes, _) = stoa_identity::routes().split_for_parts();
        let router = routes
            .route("/who", axum::routing::get(who))
            .layer(from_fn_with_state(test.app.clone(), bearer))
            .with_state(test.app.clone());
        Self { router }
    }

    /// Sends a form, the secret (if any) by HTTP Basic.
    pub async fn form(&self, path: &str, client: &NewOAuthClient, fields: &[(&str, &str)]) -> Answer {
        self.send(form(path, client, fields)).await
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let value = token.map(|token| HeaderValue::from_str(&format!("Bearer {token}")).expect("a header"));
        self.get_by(path, value).await
    }

    /// With this header `Authorization`, whatever its bytes are.
    pub async fn get_by(&self, path: &str, authorization: Option<HeaderValue>) -> Answer {
        let mut request = Request::builder().uri(path);
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, json }
    }

    /// Redeems a code as it should be.
    pub async fn redeem(&self, client: &NewOAuthClient, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        self.form("/oauth/token", client, &fields).await
    }

    pub async fn refresh(&self, client: &NewOAuthClient, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.form("/oauth/token", client, &fields).await
    }

    /// What a token may do; `None` when it does not work.
    pub async fn works(&self, token: &str) -> bool {
        self.get("/who", Some(token)).await.status == StatusCode::OK
    }
}

fn form(path: &str, client: &NewOAuthClient, fields: &[(&str, &str)]) -> Request<Body> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let id = client.view.id.to_string();
    let mut request = Request::builder().method(Method::POST).uri(path);
    match &client.secret {
        Some(secret) => {
            let pair = base64::prelude::BASE64_STANDARD.encode(format!("{id}:{secret}"));
            request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
        }
        None => {
            form.append_pair("client_id", &id);
        }
    }
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(form.finish())).expect("a request")
}

/// Puts whoever the bearer is into the request, as the server does.
async fn bearer(State(app): State<App>, mut request: Request<Body>, next: Next) -> Response {
    let ctx = Ctx::visitor(&app);
    let ctx = match stoa_identity::apps::bearer(request.headers()) {
        Some(text) => match principal_of_bearer(&app, &text, "192.0.2.44".parse().ok()).await {
            Ok(principal) => principal.act(ctx),
            Err(error) => return error.into_response(),
        },
        None => ctx,
    };
    request.extensions_mut().insert(session(&app));
    request.extensions_mut().insert(ctx);
    next.run(request).await
}

async fn who(ctx: Ctx) -> axum::Json<Value> {
    let mut permissions: Vec<&String> = ctx.permissions.iter().collect();
    permissions.sort();
    axum::Json(json!({
        "actor": ctx.actor.to_string(), "via": ctx.via, "seller": ctx.seller, "permissions": permissions,
    }))
}

/// A browser's session without anything in it.
pub fn session(app: &App) -> Session {
    Session::new(None, Arc::new(SqlSessions::new(app)), None)
}

pub async fn registered(test: &Test, name: &str, seller: Option<Id<Seller>>) -> Id<RegisteredApp> {
    let input = CreateApp { name: name.to_owned(), seller, ..CreateApp::default() };
    create_app(&test.system(), input).await.expect("an app").id
}

/// A client with a secret, for everything about people and these permissions.
pub async fn client(test: &Test, permissions: &[&str]) -> NewOAuthClient {
    client_with(test, permissions, true, false).await
}

pub async fn client_with(
    test: &Test,
    permissions: &[&str],
    confidential: bool,
    own_tokens: bool,
) -> NewOAuthClient {
    let app = registered(test, "Bookkeeper", None).await;
    let scopes =
        ["openid", "profile", "email", "offline_access"].into_iter().chain(permissions.iter().copied());
    let input = CreateOAuthClient {
        redirect_uris: vec![BACK.to_owned()],
        scopes: scopes.map(str::to_owned).collect(),
        confidential,
        own_tokens,
    };
    create_client(&test.system(), &session(&test.app), app, input).await.expect("a client")
}

pub fn challenge() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// The query an app sends the browser with.
pub fn query(client: &NewOAuthClient, scope: &str) -> String {
    query_with(client, scope, &[])
}

pub fn query_with(client: &NewOAuthClient, scope: &str, more: &[(&str, &str)]) -> String {
    let id = client.view.id.to_string();
    let challenge = challenge();
    let usual = [
        ("response_type", "code"),
        ("client_id", &id),
        ("redirect_uri", BACK),
        ("scope", scope),
        ("state", "as it was"),
        ("nonce", "n-0S6"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let changed = |name: &str| more.iter().any(|(other, _)| *other == name);
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(usual.into_iter().filter(|(name, _)| !changed(name)));
    form.extend_pairs(more.iter().filter(|(_, value)| !value.is_empty()));
    form.finish()
}

/// A parameter of the address that the browser is sent to.
pub fn said(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).expect("an address");
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The code that an app gets when this person agrees.
pub async fn agree(test: &Test, person: &Ctx, client: &NewOAuthClient, scope: &str) -> String {
    let ctx = Ctx { now: test.app.now(), ..person.clone() };
    let to = oauth::authorise(&ctx, &session(&test.app), &query(client, scope)).await.expect("an address");
    assert_eq!(said(&to, "state").as_deref(), Some("as it was"));
    assert_eq!(said(&to, "iss").as_deref(), Some("http://localhost:3000"), "RFC 9207");
    said(&to, "code").expect("a code")
}
