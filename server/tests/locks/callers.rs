//! Every operation, asked by all four callers over real records: no one, somebody without the role,
//! somebody of another seller, and the right one. What each is refused with is
//! [`crate::authorisation`]'s to say; here nobody may get at what is another seller's, and the
//! right one may not be kept out.

use http::Method;
use serde_json::json;
use stoa_identity::auth::{self, roles, session};
use stoa_identity_types::RoleName;
use stoa_testing::{Backend, Client, Test};

use crate::{
    authorisation::{self, Access},
    world::{self, World},
};

/// Operations whose address names what belongs to everybody, or to nobody in particular.
const OF_ALL: &[&str] = &["get_price_list", "quote_carrier_rates", "receive_payment_webhook"];

/// 12.M10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reaches_another_sellers_records_and_the_right_one_is_let_in() {
    let document = serde_json::to_value(stoa::api::document()).expect("the document");
    let cases = authorisation::cases();
    let test = Test::new(Backend::Sqlite, &stoa::wire::modules(), world::parts().await).await;
    let world = World::new(&test).await;
    let client = Client::new(&test.app, stoa::api::routes().layer(session::layer(&test.app)));
    let other = world::person(&test, "other@stoa.example", RoleName::Seller, Some(world.b)).await;
    let admin = world::person(&test, "admin@stoa.example", RoleName::Admin, None).await;
    let person = async |id| {
        let known = auth::principal_of_user(&test.app, id).await.expect("an answer").expect("a person");
        known.act(test.visitor())
    };
    let (other, admin) = (person(other).await, person(admin).await);
    assert_eq!(admin.permissions.len(), roles::registry(&test.app).count(), "an admin may do everything");
    let (mut wrong, mut foreign) = (Vec::new(), 0);
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let access = cases.get(id).copied().unwrap_or(Access::Permission);
            if matches!(access, Access::Public | Access::Signed) || OF_ALL.contains(&id) {
                continue;
            }
            let verb: Method = method.to_uppercase().parse().expect("a method");
            let path = world.known(path).unwrap_or_else(|| authorisation::filled(path));
            let path = authorisation::asked(&path, operation);
            let body = match id {
                "create_product_media" => Some(json!({ "url": "https://example.com/jug.jpg" })),
                _ => authorisation::example(&document, operation),
            };
            // The owner of the other shop goes first: what is theirs to change is not what is asked.
            let names_record = path.contains("_0") && !path.contains("_00000000000000000000000000");
            let headers = [("idempotency-key", "other"), ("if-match", "\"1\"")];
            let answer = client.send(&other, verb.clone(), &path, &headers, body.clone()).await;
            if names_record {
                foreign += 1;
                if answer.status.is_success() {
                    wrong.push(format!("{id} ({method} {path}) answers another seller {}", answer.status));
                }
            }
            if answer.status.is_server_error() {
                wrong.push(format!("{id} ({method} {path}) answers {} to another seller", answer.status));
            }
            let headers = [("idempotency-key", "admin"), ("if-match", "\"1\"")];
            let answer = client.send(&admin, verb, &path, &headers, body).await;
            let status = answer.status.as_u16();
            let kept_out = matches!(status, 401 | 403) && !matches!(access, Access::Stepped | Access::Holder);
            // What is an owner's alone, an admin is not.
            let code = answer.code();
            let owners = matches!(code.as_str(), "auth.not_an_owner" | "auth.role_too_wide");
            // Whoever has not proved who they are is no one else for it.
            if (kept_out && !owners && code != "auth.step_up_required") || status >= 500 {
                let said = String::from_utf8_lossy(&answer.bytes).into_owned();
                wrong.push(format!("{id} ({method} {path}) answers an admin {status}: {said}"));
            }
        }
    }
    assert!(foreign > 20, "{foreign} operations on another's records");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
