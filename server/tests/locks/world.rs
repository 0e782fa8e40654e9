//! A marketplace in which something has happened: two shops, an order that was paid and
//! shipped in part, an open cart, and the program's own router in front.

use std::sync::Arc;

use axum::{Router, body::Body};
use clap::Parser as _;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use stoa::config::{Config, ServeConfig};
use stoa_aftersales::refunds;
use stoa_fulfilment::shipping;
use stoa_fulfilment_types::CreateShipment;
use stoa_identity::{
    access, apps,
    auth::{self, roles},
    oauth,
};
use stoa_identity_types::{
    CreateApp, CreateAppKey, CreateKey, CreateOAuthClient, CreateRole, CreateUser, InviteMember, Password,
    RoleName,
};
use stoa_kernel::{App, Ctx, Settings, app::Parts};
use stoa_ordering::{carts, orders};
use stoa_ordering_types::carts::{AddLine, Address, CreateCart, UpdateCart};
use stoa_payments::{
    payments::{self, Providers},
    sandbox::{Credentials, Sandbox, SandboxConfig, SandboxProvider},
};
use stoa_payments_types::Confirm;
use stoa_testing::Test;
use stoa_types::{Id, Seller, Sku, User};
use tower::ServiceExt as _;
use tower_sessions::Session;

use crate::authorisation;

#[path = "../../../services/ordering/tests/ordering/offers.rs"]
pub mod offers;

use offers::{OnSale, put_on_sale, seller};

/// What signs the people of these tests in.
pub const PASSWORD: &str = "three words of mine";

/// The sandbox's folder, removed with the app.
#[derive(Clone)]
struct Folder(#[allow(dead_code, reason = "kept for its end")] Arc<tempfile::TempDir>);

/// What `server` wires: the sandbox as the payment provider.
pub async fn parts() -> http::Extensions {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let config = SandboxConfig::new(
        folder.path().join("sandbox.db"),
        "http://localhost:3000/sandbox",
        Credentials::derive(&[7; 32]),
    );
    let sandbox = Sandbox::open(config).await.expect("the sandbox");
    let mut parts = http::Extensions::new();
    parts.insert(Providers::new(vec![Arc::new(SandboxProvider::embedded(&sandbox))]));
    parts.insert(Folder(folder));
    parts.insert(stoa::wire::personal_register());
    parts
}

#[derive(clap::Parser)]
struct Options {
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    serve: ServeConfig,
}

/// The whole program as `stoa serve` mounts it. Callers' addresses are what
/// `X-Forwarded-For` says.
pub fn router(app: &App, api_rate: u32) -> Router {
    let rate = format!("--api-rate={api_rate}");
    let options = Options::parse_from(["stoa", &rate, "--trust-proxy"]);
    stoa::serve::router(app, &options.config, &options.serve)
}

/// The app of a test with other settings, over the same database.
pub fn with_settings(app: &App, parts: http::Extensions, settings: Settings) -> App {
    App::new(Parts {
        settings,
        db: app.db.clone(),
        objects: app.objects.clone(),
        mail: app.mail.clone(),
        rate: app.rate.clone(),
        cache: app.cache.clone(),
        bus: app.bus.clone(),
        modules: stoa::wire::modules(),
        parts,
    })
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// `name=value` of a cookie that was set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.filter_map(|line| line.split(';').next());
        pairs.map(str::to_owned).find(|pair| pair.split('=').next() == Some(name))
    }
}

/// Sends one request; a body that is not empty is sent as JSON unless `headers` say otherwise.
pub async fn send(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:3000");
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    let (parts, body) = router.clone().oneshot(request).await.expect("an answer").into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// Records of shop A, by the names that paths have for them, and who may ask for them.
pub struct World {
    pub a: Id<Seller>,
    pub b: Id<Seller>,
    pub sku: Id<Sku>,
    /// `crt_…`, `ord_…` and so on, by the path's words: `carts`, `orders/lines` …
    pub ids: Vec<(&'static str, String)>,
    /// Opens the open cart.
    pub cart_token: String,
    /// Opens the cart that became the order.
    pub order_token: String,
}

impl World {
    pub async fn new(test: &Test) -> Self {
        let ctx = test.system();
        let (a, b) = (seller(&ctx, "kleio", 1000).await, seller(&ctx, "nessebar", 1000).await);
        let OnSale { product, sku, picture } = put_on_sale(&ctx, a, "jug", 2400, 10).await;
        put_on_sale(&ctx, b, "cup", 2400, 10).await;

        // Bought, and one of two units shipped.
        let (shopper, cart) = full_cart(test, sku).await;
        let intent = carts::checkout_intent(&shopper, cart, "first").await.expect("a checkout");
        let paid = Confirm { payment_method: "tok_approved".to_owned(), return_url: None };
        payments::confirm(&shopper, intent.payment, paid).await.expect("paid");
        let order = orders::complete(&shopper, intent.payment).await.expect("an order");
        test.settle().await;
        let order_token = shopper.cart_token.clone().expect("a token");
        let parcels = shipping::of_orders(ctx.db().read(), &ctx, &[order.id]).await.expect("parcels");
        let parcel = parcels.first().expect("a parcel").id;
        let one = parcels[0].lines.first().expect("a line");
        let sent = CreateShipment {
            carrier: "ACS".to_owned(),
            tracking_number: "AB123456789GR".to_owned(),
            lines: Some(vec![stoa_fulfilment_types::LineQuantity {
                order_line: one.order_line,
                quantity: 1,
            }]),
        };
        let shipment = shipping::create_shipment(&ctx, parcel, sent).await.expect("a shipment");
        test.settle().await;

        let given = json!({ "amount": { "amount": 100, "currency": "EUR" }, "reason": "goodwill" });
        let given = serde_json::from_value(given).expect("a refund");
        let refund = refunds::refund_order(&ctx, order.id, given, "test").await.expect("a refund").id;
        test.settle().await;

        // Another one, on the way to be paid.
        let (shopper, cart) = full_cart(test, sku).await;
        let open = carts::checkout_intent(&shopper, cart, "second").await.expect("a checkout");
        let view = carts::get(&shopper, cart).await.expect("the cart");
        let line = view.parcels[0].lines[0].id;
        // Its team.
        let member = person(test, "member@kleio.example", RoleName::Orders, Some(a)).await;
        let own = CreateRole {
            name: "Packing".to_owned(),
            seller: Some(a),
            permissions: vec!["orders.read".to_owned()],
        };
        let role = access::create_role(&ctx, own).await.expect("a role");
        let asked =
            InviteMember { email: "new@kleio.example".to_owned(), roles: vec![role.id], seller: Some(a) };
        let invitation = access::invite(&ctx, &asked).await.expect("an invitation");
        // Its app.
        let own = CreateApp { name: "Stock".to_owned(), seller: Some(a), ..CreateApp::default() };
        let app = apps::create_app(&ctx, own).await.expect("an app").id;
        let browser = Session::new(None, Arc::new(auth::SqlSessions::new(&test.app)), None);
        let own = CreateAppKey {
            name: "Stock".to_owned(),
            scopes: vec!["orders.read".to_owned()],
            ..CreateAppKey::default()
        };
        let app_key = apps::create_app_key(&ctx, &browser, app, own).await.expect("a key").view.id;
        let own = CreateOAuthClient {
            redirect_uris: vec!["https://app.example/callback".to_owned()],
            scopes: vec!["openid".to_owned()],
            ..CreateOAuthClient::default()
        };
        let client = oauth::create_client(&ctx, &browser, app, own).await.expect("a client").view.id;
        let text = |sql: &'static str| async move { one_id(test, sql).await };
        let mut ids = vec![
            ("assets", picture.to_string()),
            ("media", picture.to_string()),
            ("products", product.to_string()),
            ("skus", sku.to_string()),
            ("inventory", sku.to_string()),
            ("sellers", a.to_string()),
            ("carts", cart.to_string()),
            ("lines", line.to_string()),
            ("payments", open.payment.to_string()),
            ("orders", order.id.to_string()),
            ("fulfillments", parcel.to_string()),
            ("shipments", shipment.id.to_string()),
            ("carriers", "table".to_owned()),
            ("price-lists", Id::<stoa_types::PriceList>::new(text("SELECT id FROM price_list LIMIT 1").await).to_string()),
            ("warehouses", Id::<stoa_types::Location>::new(text("SELECT l.id FROM location l JOIN seller s ON s.id = l.seller_id WHERE s.slug = 'kleio'").await).to_string()),
            ("reservations", Id::<stoa_types::Reservation>::new(text("SELECT id FROM reservation WHERE state = 'active' LIMIT 1").await).to_string()),
            ("customers", Id::<stoa_types::Customer>::new(text("SELECT id FROM customer LIMIT 1").await).to_string()),
            ("notifications", Id::<stoa_types::Notification>::new(text("SELECT id FROM notification LIMIT 1").await).to_string()),
            ("refunds", refund.to_string()),
            ("webhooks", "sandbox".to_owned()),
            ("apps", app.to_string()),
            ("keys", app_key.to_string()),
            ("clients", client.to_string()),
            ("connected-apps", client.to_string()),
            ("users", member.to_string()),
            ("roles", role.id.to_string()),
            ("invitations", invitation.id.to_string()),
            // Of nobody who asks.
            ("support-access", stoa_kernel::new_id::<stoa_types::SupportAccess>().to_string()),
            ("role-requests", stoa_kernel::new_id::<stoa_types::RoleRequest>().to_string()),
            ("sessions", stoa_kernel::new_id::<stoa_types::Session>().to_string()),
        ];
        // What is a person's own, and nobody's who asks.
        for word in [
            "accounts",
            "addresses",
            "companies",
            "contact-methods",
            "data-exports",
            "erasure-requests",
            "members",
            "passkeys",
            "remembered-devices",
            "segments",
            "social",
            "tags",
        ] {
            let path = authorisation::filled(&format!("{word}/{{id}}"));
            ids.push((word, path.rsplit('/').next().unwrap_or_default().to_owned()));
        }
        Self { a, b, sku, ids, cart_token: shopper.cart_token.expect("a token"), order_token }
    }

    /// The path with the records of shop A in it.
    pub fn filled(&self, path: &str) -> String {
        self.known(path).unwrap_or_else(|| panic!("{path}: a record is missing in the world"))
    }

    /// The same, if there is a record for each of its parameters.
    pub fn known(&self, path: &str) -> Option<String> {
        let mut before = "";
        let parts = path.split('/').map(|part| {
            if !part.starts_with('{') {
                before = part;
                return Some(part.to_owned());
            }
            Some(self.ids.iter().find(|(word, _)| *word == before)?.1.clone())
        });
        Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
    }

    /// The form with the records of shop A in the places of `{orders}` and the like.
    pub fn form(&self, form: &str) -> String {
        self.ids.iter().fold(form.to_owned(), |form, (word, id)| form.replace(&format!("{{{word}}}"), id))
    }

    /// An API key of the seller with everything its role may do.
    pub async fn key_of(test: &Test, seller: Id<Seller>) -> String {
        key(test, Some(seller), roles::SELLER).await
    }
}

/// An API key with these permissions.
pub async fn key(test: &Test, seller: Option<Id<Seller>>, scopes: &[&str]) -> String {
    let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
    let new = CreateKey { name: "Test".to_owned(), scopes, seller, expires_at: None };
    auth::create_key(&test.system(), new).await.expect("a key").secret
}

/// A person who signs in with [`PASSWORD`].
pub async fn person(test: &Test, email: &str, role: RoleName, seller: Option<Id<Seller>>) -> Id<User> {
    let new = CreateUser {
        email: email.to_owned(),
        name: "Ana".to_owned(),
        password: Password::new(PASSWORD),
        role,
        seller,
    };
    auth::create_user(&test.system(), new).await.expect("a person").id
}

/// Signs in and answers the session's cookie.
pub async fn signed_in(router: &Router, email: &str) -> String {
    let body = json!({ "email": email, "password": PASSWORD }).to_string();
    let answer = send(router, Method::POST, "/v1/auth/login", &[], &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.cookie("stoa_session").expect("a session")
}

async fn one_id(test: &Test, sql: &str) -> stoa_types::Uuid {
    use sea_orm::{ConnectionTrait, Statement};
    let db = &test.app.db;
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.expect("a query");
    row.unwrap_or_else(|| panic!("no row: {sql}")).try_get("", "id").expect("an id")
}

/// Two units for Athens, and who holds the cart.
async fn full_cart(test: &Test, sku: Id<Sku>) -> (Ctx, Id<stoa_types::Cart>) {
    let lines = vec![AddLine::new(sku, 2)];
    let new = carts::create(&test.visitor(), CreateCart { lines, ..CreateCart::default() }).await;
    let new = new.expect("a cart");
    let shopper = Ctx { cart_token: Some(new.token), ..test.visitor() };
    let address = Address {
        name: "Ioanna Papadaki".to_owned(),
        street: "Ermou 12".to_owned(),
        postcode: "10431".to_owned(),
        city: "Athens".to_owned(),
        country: "GR".to_owned(),
        ..Address::default()
    };
    let change = UpdateCart {
        email: Some("ioanna@example.com".to_owned()),
        address: Some(address),
        ..UpdateCart::default()
    };
    carts::update(&shopper, new.cart.id, None, change).await.expect("an address");
    (shopper, new.cart.id)
}
