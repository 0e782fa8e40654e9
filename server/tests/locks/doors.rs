//! What stands between the network and the services, through the router that `stoa serve`
//! mounts: who asks, how often, how much at once, and what browsers may keep.

use http::{Method, StatusCode, header};
use serde_json::json;
use stoa_identity_types::RoleName;
use stoa_kernel::{Settings, jobs};
use stoa_testing::{Backend, Test, on_both};

use crate::world::{self, World, key, send, signed_in};

const SITE: &str = "http://localhost:3000";
const HTML: (&str, &str) = ("accept", "text/html");

async fn test() -> Test {
    Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await
}

#[tokio::test]
async fn a_key_is_asked_for_checked_and_kept_out_of_addresses() {
    let test = test().await;
    let router = world::router(&test.app, 1_000_000);
    let get =
        async |path: &str, headers: &[(&str, &str)]| send(&router, Method::GET, path, headers, "").await;
    let reader = key(&test, None, &["orders.read"]).await;
    let bearer = format!("Bearer {reader}");

    assert_eq!(get("/v1/orders", &[]).await.status, 401);
    let broken = format!("{bearer}x");
    let refused = get("/v1/orders", &[("authorization", &broken)]).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNAUTHORIZED, "apps.key_invalid"));
    assert_eq!(get("/v1/orders", &[("authorization", &bearer)]).await.status, 200);
    assert_eq!(get("/v1/audit/records", &[("authorization", &bearer)]).await.status, 403);
    let refused = get(&format!("/v1/orders?api_key={reader}"), &[]).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::BAD_REQUEST, "apps.key_in_query"));

    let answer = get("/v1/orders", &[("x-request-id", "abcdefgh-12345678")]).await;
    assert_eq!(answer.header("x-request-id"), "abcdefgh-12345678");
    assert!(answer.text.contains("abcdefgh-12345678"), "the problem names the request: {}", answer.text);
}

#[tokio::test]
async fn a_session_opens_to_its_own_site_alone_and_ends_with_its_cart() {
    let test = test().await;
    let router = world::router(&test.app, 1_000_000);
    world::person(&test, "sofia@stoa.example", RoleName::Staff, None).await;
    let cookie = signed_in(&router, "sofia@stoa.example").await;
    let session = ("cookie", cookie.as_str());

    assert_eq!(send(&router, Method::GET, "/v1/orders", &[session], "").await.status, 200);
    assert_eq!(send(&router, Method::GET, "/admin/orders", &[session, HTML], "").await.status, 200);
    assert_eq!(send(&router, Method::GET, "/seller", &[session, HTML], "").await.status, 403);
    let signed_out = send(&router, Method::GET, "/admin/orders", &[HTML], "").await;
    assert_eq!(
        (signed_out.status, signed_out.header(header::LOCATION).contains("sign-in")),
        (StatusCode::FOUND, true)
    );

    let sellers =
        json!({ "slug": "arta", "name": "Arta", "email": "a@arta.example", "country": "GR" }).to_string();
    for (origin, status) in [(None, 403), (Some("https://evil.example"), 403)] {
        let mut headers = vec![session, ("idempotency-key", "1")];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let answer = send(&router, Method::POST, "/v1/sellers", &headers, &sellers).await;
        assert_eq!(answer.status, status, "from {origin:?}: {}", answer.text);
        let answer = send(&router, Method::POST, "/sign-out", &headers, "").await;
        assert_eq!(answer.status, status, "from {origin:?}");
    }

    let both = format!("{cookie}; stoa_cart=0123456789abcdef");
    let headers = [("cookie", both.as_str()), ("origin", SITE)];
    let left = send(&router, Method::POST, "/sign-out", &headers, "").await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert_eq!(left.cookie("stoa_cart").as_deref(), Some("stoa_cart="), "the cart stays behind");
    assert_eq!(send(&router, Method::GET, "/v1/orders", &[session], "").await.status, 401);
    // Who was never signed in keeps the cart.
    let visitor = [("cookie", "stoa_cart=0123456789abcdef"), ("origin", SITE)];
    let stays = send(&router, Method::POST, "/sign-out", &visitor, "").await;
    assert_eq!(stays.cookie("stoa_cart"), None);
}

#[tokio::test]
async fn under_tls_no_sister_host_can_plant_our_cookies() {
    let test = test().await;
    let settings = Settings { public_url: "https://shop.example".to_owned(), ..test.app.settings.clone() };
    let app = world::with_settings(&test.app, world::parts().await, settings);
    let router = world::router(&app, 1_000_000);
    let cart = send(&router, Method::POST, "/v1/carts", &[], "{}").await;
    let cart: serde_json::Value = serde_json::from_str(&cart.text).expect("a cart");
    let (path, token) = (
        format!("/v1/carts/{}", cart["id"].as_str().unwrap_or_default()),
        cart["token"].as_str().unwrap_or_default(),
    );
    let planted = format!("stoa_cart={token}");
    assert_eq!(send(&router, Method::GET, &path, &[("cookie", &planted)], "").await.status, 404);
    let own = format!("__Host-stoa_cart={token}");
    assert_eq!(send(&router, Method::GET, &path, &[("cookie", &own)], "").await.status, 200);
}

/// How often it was not refused before it was.
async fn until_refused(once: impl AsyncFn() -> StatusCode) -> usize {
    for done in 0..3_000 {
        if once().await == StatusCode::TOO_MANY_REQUESTS {
            return done;
        }
    }
    panic!("it was never refused");
}

#[tokio::test]
async fn each_network_has_its_allowance() {
    let test = test().await;
    let router = world::router(&test.app, 5);
    let from = async |address: &str| {
        send(&router, Method::GET, "/v1/sellers", &[("x-forwarded-for", address)], "").await
    };
    for _ in 0..5 {
        assert_eq!(from("2001:db8:1:2::1").await.status, 200);
    }
    let refused = from("2001:db8:1:2:ffff::9").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "kernel.too_many_requests")
    );
    assert!(refused.header(header::RETRY_AFTER).parse::<u32>().is_ok_and(|seconds| seconds > 0));
    assert_eq!(from("2001:db8:1:3::1").await.status, 200, "the neighbour is somebody else");
    assert_eq!(
        from("6.6.6.6, 192.0.2.7").await.status,
        200,
        "what the proxy wrote counts, not what was sent to it"
    );

    // 5.E5: carts, by the interface and by the page alike.
    let router = world::router(&test.app, 1_000_000);
    let make = async |address: &str| {
        send(&router, Method::POST, "/v1/carts", &[("x-forwarded-for", address)], "{}").await.status
    };
    let made = until_refused(async || make("192.0.2.8").await).await;
    assert!(made >= 50, "{made} carts at once");
    assert_eq!(make("192.0.2.9").await, 201);

    // Forms.
    let send_form = async |address: &str| {
        let headers = [
            ("x-forwarded-for", address),
            ("origin", SITE),
            ("content-type", "application/x-www-form-urlencoded"),
            HTML,
        ];
        send(&router, Method::POST, "/preferences", &headers, "theme=dark").await
    };
    let sent = until_refused(async || send_form("192.0.2.10").await.status).await;
    assert!(sent >= 300, "{sent} forms at once");
    let refused = send_form("192.0.2.10").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text.contains("<html"), "people get a page: {}", refused.text);

    // Links to orders that are none.
    let guess = async || {
        let headers = [("x-forwarded-for", "192.0.2.11"), HTML];
        send(&router, Method::GET, "/en-gb/order/b3JkXzAx.c2ln", &headers, "").await.status
    };
    let guessed = until_refused(guess).await;
    assert!(guessed >= 20, "{guessed} wrong links");
}

on_both!(
    checkouts_and_attempts_to_pay_are_few,
    &stoa::wire::modules(),
    world::parts().await,
    async |test: &Test| {
        let world = World::new(test).await;
        let router = world::router(&test.app, 1_000_000);
        let token = ("stoa-cart-token", world.cart_token.as_str());
        let intent = world.filled("/v1/carts/{cartId}/checkout-intent");
        let confirm = world.filled("/v1/payments/{paymentId}/confirm");
        let body = json!({ "payment_method": "tok_declined" }).to_string();
        let (mut checkouts, mut attempts) = (0, 0);
        for number in 0..60 {
            let key = number.to_string();
            let headers = [token, ("idempotency-key", &key), ("x-forwarded-for", "192.0.2.1")];
            let answer = send(&router, Method::POST, &intent, &headers, "").await;
            checkouts += usize::from(answer.status != StatusCode::TOO_MANY_REQUESTS);
            // From somewhere else each time: here it is the cart that is counted.
            let address = format!("192.0.2.{number}");
            let headers = [token, ("idempotency-key", &key), ("x-forwarded-for", &address)];
            let answer = send(&router, Method::POST, &confirm, &headers, &body).await;
            attempts += usize::from(answer.status != StatusCode::TOO_MANY_REQUESTS);
        }
        assert!((10..50).contains(&checkouts), "{checkouts} of 60 checkouts");
        assert!((10..50).contains(&attempts), "{attempts} of 60 attempts to pay");
    }
);

#[tokio::test]
async fn what_is_too_large_or_nowhere_is_told_so() {
    let test = test().await;
    let router = world::router(&test.app, 1_000_000);
    let big = "x=".to_owned() + &"y".repeat(3 * 1024 * 1024);
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", SITE)];
    // The names of server functions end with a hash of their place in the source.
    let function = leptos::server_fn::axum::server_fn_paths().find(|(path, _)| path.contains("add_to_cart"));
    let function = function.expect("a server function puts things into the cart").0;
    for more in [vec![], vec![HTML]] {
        let headers = [form.as_slice(), more.as_slice()].concat();
        let answer = send(&router, Method::POST, function, &headers, &big).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text);
    }
    let answer = send(&router, Method::POST, "/v1/carts", &[], &format!("{{\"a\":\"{big}\"}}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "kernel.too_large"));

    for (method, path) in [(Method::POST, "/api/unknown"), (Method::GET, function)] {
        let answer = send(&router, method, path, &form, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json", "{path}");
    }
    let answer = send(&router, Method::DELETE, "/v1/sellers", &[], "").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "kernel.method_not_allowed")
    );
    assert!(answer.header(header::ALLOW).contains("GET"));
    let answer = send(&router, Method::GET, "/v1/nothing", &[], "").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "kernel.not_found"));
    for body in ["[]", "[1]", "null", "\"x\""] {
        assert_eq!(send(&router, Method::POST, "/v1/carts", &[], body).await.status, 422, "{body}");
    }
}

#[tokio::test]
async fn what_is_somebodys_own_is_kept_nowhere() {
    let test = test().await;
    let router = world::router(&test.app, 1_000_000);
    let kept = async |path: &str| {
        let answer = send(&router, Method::GET, path, &[HTML], "").await;
        answer.header(header::CACHE_CONTROL).to_owned()
    };
    for path in ["/en-gb/cart", "/en-gb/order/x", "/en-gb/sign-in", "/v1/products", "/seller"] {
        assert!(kept(path).await.contains("no-store"), "{path}: {}", kept(path).await);
    }
    assert_eq!(kept("/en-gb").await, "private, no-cache");
}

/// B15: a language that nobody speaks here gets into no link.
#[tokio::test]
async fn only_our_languages_are_spoken() {
    let test = test().await;
    let world = World::new(&test).await;
    let router = world::router(&test.app, 1_000_000);
    let headers = [("cookie", "stoa_locale=xx-yy"), HTML];
    let page = send(&router, Method::GET, "/en-gb/p/jug", &headers, "").await;
    assert!(page.text.contains("lang=\"en-GB\"") && !page.text.contains("xx-yy"), "{}", page.text);
    assert_eq!(send(&router, Method::GET, "/xx-yy/cart", &[HTML], "").await.status, 404);
    let path = world.filled("/v1/carts/{cartId}");
    let headers = [("cookie", "stoa_locale=xx-yy"), ("stoa-cart-token", world.cart_token.as_str())];
    assert_eq!(send(&router, Method::GET, &path, &headers, "").await.status, 200);
}

/// B1: two visitors may use the same key.
#[tokio::test]
async fn a_visitors_key_is_the_networks() {
    let test = test().await;
    let router = world::router(&test.app, 1_000_000);
    let make = async |address: &str| {
        let headers = [("idempotency-key", "1"), ("x-forwarded-for", address)];
        send(&router, Method::POST, "/v1/carts", &headers, "{}").await
    };
    let (first, second) = (make("192.0.2.1").await, make("192.0.2.2").await);
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_ne!(first.header(header::LOCATION), second.header(header::LOCATION));
    assert!(second.text.contains("token"), "the second visitor has a cart: {}", second.text);
    assert_eq!(make("192.0.2.1").await.header("idempotency-replayed"), "true");
}

/// B11: processes that start at once on an empty PostgreSQL wait for one another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_that_start_together_migrate_once() {
    let test = Test::new(Backend::Postgres, &stoa::wire::modules(), world::parts().await).await;
    let db = &test.app.db;
    sea_orm::ConnectionTrait::execute_unprepared(
        db.write(),
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    )
    .await
    .expect("an empty database");
    let all = futures::future::join_all((0..4).map(|_| stoa::wire::migrate(db))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(stoa::wire::pending(db).await.expect("an answer"), 0);
}

/// T8b: what follows from an event carries on its trace.
#[tokio::test]
async fn a_trace_goes_on_through_the_relay() {
    let test = test().await;
    let router = world::router(&test.app, 1_000_000);
    let world = World::new(&test).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let key = format!("Bearer {}", World::key_of(&test, world.a).await);
    let headers = [("traceparent", trace), ("authorization", key.as_str()), ("idempotency-key", "rest")];
    let path = world.filled("/v1/fulfillments/{id}/shipments");
    let rest = json!({ "carrier": "ACS", "tracking_number": "AB987654321GR" }).to_string();
    let sent = send(&router, Method::POST, &path, &headers, &rest).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text);
    let told = async |event: &str| {
        let count = "SELECT COUNT(*) FROM outbox_event WHERE name = ";
        test.scalar(&format!("{count}'{event}' AND trace = '{trace}'")).await
    };
    assert_eq!((told("shipment.created").await, told("order.updated").await), (1, 0));
    jobs::drain(&test.app).await.expect("events are delivered");
    assert!(told("order.updated").await > 0, "what the shipment did to the order is of its trace");
}

/// Who sends no trace gets one, which is that of everything the request leads to.
#[tokio::test]
async fn what_one_request_leads_to_has_one_trace() {
    let test = test().await;
    let router = world::router(&test.app, 1_000_000);
    let world = World::new(&test).await;
    let staff =
        format!("Bearer {}", key(&test, None, &["sellers.write", "products.write", "prices.write"]).await);
    let traces = async |from: &str| -> Vec<String> {
        use sea_orm::{ConnectionTrait, Statement};
        let sql = format!("SELECT DISTINCT COALESCE(trace, '') AS trace FROM {from}");
        let rows = test.app.db.read().query_all_raw(Statement::from_string(test.app.db.backend(), sql)).await;
        rows.expect("a query").iter().map(|row| row.try_get("", "trace").expect("a trace")).collect()
    };
    let made = async |path: &str, headers: &[(&str, &str)], body: serde_json::Value| {
        let key = format!("trace-{}", path.len());
        let headers =
            [&[("authorization", staff.as_str()), ("idempotency-key", key.as_str())], headers].concat();
        let answer = send(&router, Method::POST, path, &headers, &body.to_string()).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
        assert_eq!(answer.header("traceparent"), "", "it is not answered");
    };
    let before = (traces("outbox_event").await, traces("audit_record").await, traces("job").await);

    // A picture to be fetched: an event, an audit row and a job in one transaction.
    let picture = json!({ "url": "https://pics.example/jug.jpg", "alt": "A jug" });
    made(&world.filled("/v1/products/{id}/media"), &[], picture).await;
    let new = |all: Vec<String>, before: &[String]| -> Vec<String> {
        all.into_iter().filter(|trace| !before.contains(trace)).collect()
    };
    let events = new(traces("outbox_event").await, &before.0);
    assert_eq!(events.len(), 1, "{events:?}");
    let parts: Vec<usize> = events[0].split('-').map(str::len).collect();
    assert!(events[0].starts_with("00-") && parts == [2, 32, 16, 2], "{events:?}");
    assert_eq!(new(traces("audit_record").await, &before.1), events);
    assert_eq!(new(traces("job WHERE kind = 'media.fetch'").await, &before.2), events);

    // Another request is another trace, and what is no trace is none.
    let shop = json!({ "slug": "arta", "name": "Arta", "email": "a@arta.example", "country": "GR" });
    made("/v1/sellers", &[("traceparent", "00-nonsense")], shop).await;
    let both = new(traces("outbox_event").await, &before.0);
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(both.iter().all(|trace| !trace.contains("nonsense")), "{both:?}");
}

/// A guest reads the own order with the token of its cart, and nobody else's.
#[tokio::test]
async fn a_guest_reads_the_own_order() {
    let test = test().await;
    let world = World::new(&test).await;
    let router = world::router(&test.app, 1_000_000);
    let path = world.filled("/v1/orders/{orderId}");
    let get = async |token: &str| send(&router, Method::GET, &path, &[("stoa-cart-token", token)], "").await;
    let shown = get(&world.order_token).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(!shown.text.contains("\"commission\":{"), "the buyer sees a buyer's order: {}", shown.text);
    assert_eq!(get(&world.cart_token).await.status, 401);
    assert_eq!(get("").await.status, 401);
}
