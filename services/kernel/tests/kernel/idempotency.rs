use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use http::StatusCode;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use stoa_kernel::{
    Code, Result,
    error::codes,
    http::{IdempotencyKey, Json, Router},
};
use stoa_testing::{Client, Test};
use utoipa_axum::routes;

#[utoipa::path(post, path = "/v1/sums", request_body = Value, responses((status = 200, body = Value)))]
async fn create_sum(_key: IdempotencyKey, Json(body): Json<Value>) -> Result<Json<Value>> {
    static REFUSALS: AtomicU32 = AtomicU32::new(0);
    if let Some(refusal) = body["refuse"].as_str()
        && REFUSALS.fetch_add(1, Ordering::SeqCst).is_multiple_of(2)
    {
        return Err(REFUSED.iter().find(|code| code.name == refusal).unwrap().error("Not now."));
    }
    if body["slow"] == true {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    static CALLS: AtomicU32 = AtomicU32::new(0);
    Ok(Json(json!({ "call": CALLS.fetch_add(1, Ordering::SeqCst), "sent": body })))
}

const REFUSED: [Code; 10] = [
    codes::MALFORMED,
    codes::SIGN_IN,
    codes::FORBIDDEN,
    codes::NOT_FOUND,
    codes::CONFLICT,
    codes::STALE,
    codes::INVALID,
    codes::TOO_MANY,
    codes::INTERNAL,
    codes::BUSY,
];

fn client(test: &Test) -> Client {
    Client::new(&test.app, Router::new().routes(routes!(create_sum)))
}

stoa_testing::on_both!(x3_the_same_key_and_body_have_one_effect, &[], async |test: &Test| {
    let (client, visitor) = (client(test), test.visitor());
    let first = client.post(&visitor, "/v1/sums", "k1", json!({ "a": 1 })).await;
    let again = client.post(&visitor, "/v1/sums", "k1", json!({ "a": 1 })).await;
    assert_eq!((first.status, &first.bytes), (again.status, &again.bytes));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = client.post(&visitor, "/v1/sums", "k1", json!({ "a": 2 })).await;
    assert_eq!(
        (other.status, other.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "kernel.idempotency_key_reused")
    );
    let somebody = test.person(None, &[]);
    let foreign = client.post(&somebody, "/v1/sums", "k1", json!({ "a": 2 })).await;
    assert_eq!(foreign.status, StatusCode::OK, "keys are kept apart by who sends them");
});

stoa_testing::on_both!(x3_a_missing_key_is_400_and_a_running_one_409, &[], async |test: &Test| {
    let (client, visitor) = (client(test), test.visitor());
    let missing = client.send(&visitor, http::Method::POST, "/v1/sums", &[], Some(json!({}))).await;
    assert_eq!(
        (missing.status, missing.code().as_str()),
        (StatusCode::BAD_REQUEST, "kernel.idempotency_key_missing")
    );
    let slow = json!({ "slow": true });
    let (first, second) = tokio::join!(client.post(&visitor, "/v1/sums", "k2", slow.clone()), async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        client.post(&visitor, "/v1/sums", "k2", slow.clone()).await
    });
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(
        (second.status, second.code().as_str()),
        (StatusCode::CONFLICT, "kernel.idempotency_key_running")
    );
    assert_eq!(second.headers["retry-after"], "1");
});

stoa_testing::on_both!(a_refusal_is_not_remembered, &[], async |test: &Test| {
    let (client, visitor) = (client(test), test.visitor());
    for code in REFUSED {
        let body = json!({ "refuse": code.name });
        let key = code.name;
        let first = client.post(&visitor, "/v1/sums", key, body.clone()).await;
        assert_eq!((first.status, first.code().as_str()), (code.kind.status(), code.name));
        let second = client.post(&visitor, "/v1/sums", key, body.clone()).await;
        assert_eq!(second.status, StatusCode::OK, "{} is carried out afresh", code.name);
        let third = client.post(&visitor, "/v1/sums", key, body).await;
        assert_eq!(third.bytes, second.bytes, "what was done is remembered");
    }
});

stoa_testing::on_both!(a_restart_frees_what_was_running, &[], async |test: &Test| {
    let (client, visitor) = (client(test), test.visitor());
    assert_eq!(client.post(&visitor, "/v1/sums", "k5", json!({})).await.status, StatusCode::OK);
    assert_eq!(client.post(&visitor, "/v1/sums", "k6", json!({})).await.status, StatusCode::OK);
    // As requests leave them whose process died.
    let died = "UPDATE idempotency_key SET status = NULL WHERE key = 'k5'";
    test.app.db.write().execute_unprepared(died).await.unwrap();
    assert_eq!(client.post(&test.visitor(), "/v1/sums", "k5", json!({})).await.status, StatusCode::CONFLICT);
    stoa_kernel::jobs::take_over(&test.app).await.unwrap();
    let again = client.post(&test.visitor(), "/v1/sums", "k5", json!({})).await;
    assert_eq!((again.status, again.headers.get("idempotency-replayed")), (StatusCode::OK, None));
    let kept = client.post(&test.visitor(), "/v1/sums", "k6", json!({})).await;
    assert_eq!(kept.headers["idempotency-replayed"], "true", "answers stay");
});

stoa_testing::on_both!(a_crashed_requests_key_is_free_after_its_lease, &[], async |test: &Test| {
    let client = client(test);
    let visitor = test.visitor();
    assert_eq!(client.post(&visitor, "/v1/sums", "k3", json!({})).await.status, StatusCode::OK);
    // As a request leaves it whose process died.
    test.app.db.write().execute_unprepared("UPDATE idempotency_key SET status = NULL").await.unwrap();
    assert_eq!(client.post(&test.visitor(), "/v1/sums", "k3", json!({})).await.status, StatusCode::CONFLICT);
    test.travel(TimeDelta::minutes(2));
    assert_eq!(client.post(&test.visitor(), "/v1/sums", "k3", json!({})).await.status, StatusCode::OK);
});
