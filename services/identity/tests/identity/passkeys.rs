//! Passkeys, with an authenticator of the test's own.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::TimeDelta;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING as ES256, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stoa_identity_types::RoleName;
use stoa_testing::{Test, on_both};

use super::{
    ALL, PASSWORD,
    browser::{Answer, Browser},
    device, user,
};

const EMAIL: &str = "ana@stoa.example";
const ORIGIN: &str = "http://localhost:3000";

/// A device that keeps one discoverable passkey (WebAuthn Level 3, section 6), as the browser
/// answers for it.
pub(super) struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    user: Value,
    /// 0: it counts nothing, like passkeys that are synchronised.
    pub counter: u32,
    /// Whether it has verified its owner.
    pub verified: bool,
}

impl Authenticator {
    /// What a browser answers to `options` for a new passkey.
    pub(super) fn create(options: &Value) -> (Self, Value) {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ES256, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ES256, made.as_ref(), &random).expect("a key");
        let point = key.public_key().as_ref().to_vec();
        let id = Sha256::digest(&point)[..20].to_vec();
        let user = options["publicKey"]["user"]["id"].clone();
        let device = Self { key, id, user, counter: 0, verified: true };
        // The public key as COSE writes it (RFC 9053): EC2, ES256, P-256, x, y.
        let mut attested = vec![0_u8; 16];
        attested.extend(u16::try_from(device.id.len()).expect("a short id").to_be_bytes());
        attested.extend(&device.id);
        attested.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20]);
        attested.extend(&point[1..33]);
        attested.extend([0x22, 0x58, 0x20]);
        attested.extend(&point[33..]);
        let data = device.data(0x40, &attested);
        // {"fmt": "none", "attStmt": {}, "authData": …} in CBOR.
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).expect("short data").to_be_bytes());
        object.extend(data);
        let said = client_data("webauthn.create", options);
        let answer = json!({
            "id": BASE64.encode(&device.id), "rawId": BASE64.encode(&device.id), "type": "public-key",
            "response": { "clientDataJSON": BASE64.encode(said), "attestationObject": BASE64.encode(object) },
            "clientExtensionResults": {},
        });
        (device, answer)
    }

    /// What a browser answers to `options` with this passkey.
    pub(super) fn get(&mut self, options: &Value) -> Value {
        if self.counter > 0 {
            self.counter += 1;
        }
        let data = self.data(0, &[]);
        let said = client_data("webauthn.get", options);
        let signed = [data.as_slice(), &Sha256::digest(&said)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        json!({
            "id": BASE64.encode(&self.id), "rawId": BASE64.encode(&self.id), "type": "public-key",
            "response": {
                "clientDataJSON": BASE64.encode(said),
                "authenticatorData": BASE64.encode(data),
                "signature": BASE64.encode(signature.as_ref()),
                "userHandle": self.user,
            },
            "clientExtensionResults": {},
        })
    }

    /// Authenticator data: relying party, flags (present, verified), counter, what follows.
    fn data(&self, flags: u8, more: &[u8]) -> Vec<u8> {
        let mut data = Sha256::digest("localhost").to_vec();
        data.push(flags | 1 | if self.verified { 4 } else { 0 });
        data.extend(self.counter.to_be_bytes());
        data.extend(more);
        data
    }
}

fn client_data(kind: &str, options: &Value) -> String {
    let challenge = &options["publicKey"]["challenge"];
    json!({ "type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": false }).to_string()
}

pub(super) async fn login(browser: &mut Browser, email: &str) -> Answer {
    browser.post("/v1/auth/login", json!({ "email": email, "password": PASSWORD })).await
}

/// Adds a passkey for whoever is signed in on this browser.
pub(super) async fn add(browser: &mut Browser, name: &str) -> (Authenticator, Answer) {
    let options = browser.post("/v1/auth/passkeys/begin", json!(null)).await;
    assert_eq!(options.status, 200, "{}", options.json);
    let (device, credential) = Authenticator::create(&options.json);
    let body = json!({ "name": name, "credential": credential });
    (device, browser.post("/v1/auth/passkeys", body).await)
}

/// Signs in on this browser with the passkey.
pub(super) async fn enter(browser: &mut Browser, device: &mut Authenticator) -> Answer {
    let options = browser.post("/v1/auth/passkeys/challenge", json!(null)).await;
    assert_eq!(options.status, 200, "{}", options.json);
    let body = json!({ "credential": device.get(&options.json) });
    browser.post("/v1/auth/passkeys/sign-in", body).await
}

async fn anas(test: &Test) -> (Browser, Authenticator) {
    user(test, EMAIL, RoleName::Shopper, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    assert_eq!(login(&mut browser, EMAIL).await.status, 200);
    let (passkey, answer) = add(&mut browser, "Work laptop").await;
    assert_eq!(answer.status, 201, "{}", answer.json);
    (browser, passkey)
}

// 12.B1
on_both!(a_passkey_signs_in_without_an_address, ALL, async |test: &Test| {
    let (mut browser, mut passkey) = anas(test).await;
    let listed = browser.get("/v1/auth/passkeys").await.json;
    assert_eq!(
        (&listed["items"][0]["name"], &listed["items"][0]["last_used_at"]),
        (&json!("Work laptop"), &Value::Null)
    );
    let mut other = Browser::new(&test.app, device("192.0.2.2"));
    let options = other.post("/v1/auth/passkeys/challenge", json!(null)).await.json;
    assert_eq!(options["publicKey"]["userVerification"], json!("required"));
    assert_eq!(options["publicKey"]["allowCredentials"], json!([]), "names nobody");
    let before = other.cookie.clone();
    let answer = enter(&mut other, &mut passkey).await;
    assert_eq!((answer.status.as_u16(), &answer.json["email"]), (200, &json!(EMAIL)));
    assert_ne!(other.cookie, before, "12.M2");
    assert_eq!(other.name().await.as_deref(), Some("Ana Ruiz"));
    let used = "SELECT count(*) FROM passkey WHERE last_used_at IS NOT NULL";
    assert_eq!(test.scalar(used).await, 1);
    // What was asked to make one discoverable.
    let options = browser.post("/v1/auth/passkeys/begin", json!(null)).await.json;
    let wanted = &options["publicKey"]["authenticatorSelection"];
    assert_eq!(
        (&wanted["residentKey"], &wanted["userVerification"]),
        (&json!("required"), &json!("required"))
    );
    assert_eq!(options["publicKey"]["excludeCredentials"].as_array().map(Vec::len), Some(1));
});

// 12.B1
on_both!(an_account_without_a_password_is_whole, ALL, async |test: &Test| {
    let (mut browser, mut passkey) = anas(test).await;
    assert_eq!(browser.delete("/v1/auth/password").await.status, 204);
    let mut other = Browser::new(&test.app, device("192.0.2.2"));
    assert_eq!(login(&mut other, EMAIL).await.status, 401);
    assert_eq!(enter(&mut other, &mut passkey).await.status, 200);
    let id = other.get("/v1/auth/passkeys").await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let last = other.delete(&format!("/v1/auth/passkeys/{id}")).await;
    assert_eq!((last.status.as_u16(), &last.json["code"]), (409, &json!("auth.last_way")));
    // A second passkey, or a password again, frees the first.
    let (_, answer) = add(&mut other, "Phone").await;
    assert_eq!(answer.status, 201, "{}", answer.json);
    assert_eq!(other.delete(&format!("/v1/auth/passkeys/{id}")).await.status, 204);
    assert_eq!(
        other.post("/v1/auth/password", json!({ "new": "four quiet green herons" })).await.status,
        204
    );
    assert_eq!(enter(&mut Browser::new(&test.app, device("192.0.2.3")), &mut passkey).await.status, 401);
});

// 12.B1
on_both!(of_two_who_take_the_last_two_ways_away_at_once_one_is_refused, ALL, async |test: &Test| {
    let (mut browser, _) = anas(test).await;
    let id = browser.get("/v1/auth/passkeys").await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let mut other = Browser::new(&test.app, device("192.0.2.2"));
    assert_eq!(login(&mut other, EMAIL).await.status, 200);
    let path = format!("/v1/auth/passkeys/{id}");
    let (first, second) = tokio::join!(browser.delete("/v1/auth/password"), other.delete(&path));
    let mut both = [first.status.as_u16(), second.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [204, 409], "{} {}", first.json, second.json);
});

// 12.M4: its owner verified, a passkey is both steps.
on_both!(a_passkey_counts_as_both_steps_and_as_a_proof, ALL, async |test: &Test| {
    let (mut browser, mut passkey) = anas(test).await;
    test.travel(TimeDelta::minutes(11));
    assert_eq!(browser.post("/v1/auth/passkeys/begin", json!(null)).await.status, 403);
    let options = browser.post("/v1/auth/passkeys/challenge", json!(null)).await.json;
    let body = json!({ "credential": passkey.get(&options) });
    assert_eq!(browser.post("/v1/auth/passkeys/step-up", body.clone()).await.status, 204);
    assert_eq!(browser.post("/v1/auth/passkeys/begin", json!(null)).await.status, 200);
    assert_eq!(browser.post("/v1/auth/passkeys/step-up", body).await.status, 401, "an answer counts once");

    // Nobody else's counts for one's own session.
    user(test, "bob@stoa.example", RoleName::Shopper, None).await;
    let mut bob = Browser::new(&test.app, device("192.0.2.7"));
    login(&mut bob, "bob@stoa.example").await;
    let options = bob.post("/v1/auth/passkeys/challenge", json!(null)).await.json;
    let body = json!({ "credential": passkey.get(&options) });
    assert_eq!(bob.post("/v1/auth/passkeys/step-up", body).await.status, 401);
    assert_eq!(bob.name().await.as_deref(), Some("Ana Ruiz"), "both are called so");
    assert_eq!(bob.get("/v1/auth/passkeys").await.json["items"], json!([]));
});

// 12.M4; WebAuthn Level 3, 7.2
on_both!(an_answer_that_does_not_fit_signs_nobody_in, ALL, async |test: &Test| {
    let (_, mut passkey) = anas(test).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.2"));
    let challenge =
        async |browser: &mut Browser| browser.post("/v1/auth/passkeys/challenge", json!(null)).await.json;
    let send = async |browser: &mut Browser, credential: Value| {
        let answer = browser.post("/v1/auth/passkeys/sign-in", json!({ "credential": credential })).await;
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (401, &json!("auth.passkey_refused")));
        answer.json["detail"].clone()
    };
    let nothing_asked = passkey.get(&json!({ "publicKey": { "challenge": "AAAA" } }));
    let mut words = vec![send(&mut browser, nothing_asked).await];
    // Another challenge, another origin, no verification, a broken signature, nobody's passkey.
    let options = challenge(&mut browser).await;
    let other = challenge(&mut browser).await;
    assert_ne!(options, other);
    words.push(send(&mut browser, passkey.get(&options)).await);
    let options = challenge(&mut browser).await;
    let mut elsewhere = passkey.get(&options);
    let said = client_data("webauthn.get", &options).replace("localhost:3000", "localhost:3001");
    elsewhere["response"]["clientDataJSON"] = json!(BASE64.encode(said));
    words.push(send(&mut browser, elsewhere).await);
    let options = challenge(&mut browser).await;
    passkey.verified = false;
    words.push(send(&mut browser, passkey.get(&options)).await);
    passkey.verified = true;
    let options = challenge(&mut browser).await;
    let mut broken = passkey.get(&options);
    broken["response"]["signature"] = json!(BASE64.encode([48, 6, 2, 1, 1, 2, 1, 1]));
    words.push(send(&mut browser, broken).await);
    let options = challenge(&mut browser).await;
    let made = json!({ "publicKey": { "challenge": "AAAA", "user": { "id": BASE64.encode([7; 16]) } } });
    let (mut nobodys, _) = Authenticator::create(&made);
    words.push(send(&mut browser, nobodys.get(&options)).await);
    challenge(&mut browser).await;
    words.push(send(&mut browser, json!("garbage")).await);
    // Too late.
    let options = challenge(&mut browser).await;
    test.travel(TimeDelta::minutes(31));
    words.push(send(&mut browser, passkey.get(&options)).await);
    assert!(words.iter().all(|word| *word == words[0]), "12.M11: one answer for all: {words:?}");
    assert_eq!(browser.name().await, None);
    let trail = "SELECT count(*) FROM audit_record WHERE action = 'user.passkey_refused'";
    assert_eq!(test.scalar(trail).await, 8);
    assert_eq!(enter(&mut browser, &mut passkey).await.status, 200, "and the right one does");
});

// 12.M4; WebAuthn Level 3, 7.2 step 22
on_both!(a_counter_that_does_not_go_up_is_taken_for_a_copy, ALL, async |test: &Test| {
    let (_, mut passkey) = anas(test).await;
    passkey.counter = 41;
    let mut browser = Browser::new(&test.app, device("192.0.2.2"));
    assert_eq!(enter(&mut browser, &mut passkey).await.status, 200);
    passkey.counter = 41;
    let copied = enter(&mut browser, &mut passkey).await;
    assert_eq!((copied.status.as_u16(), &copied.json["code"]), (401, &json!("auth.passkey_refused")));
    passkey.counter = 0;
    assert_eq!(enter(&mut browser, &mut passkey).await.status, 401, "nor back to nothing");
    passkey.counter = 42;
    assert_eq!(enter(&mut browser, &mut passkey).await.status, 200);
    let trail = "SELECT count(*) FROM audit_record WHERE CAST(changes AS TEXT) LIKE '%may be a copy%'";
    assert_eq!(test.scalar(trail).await, 2);
});

on_both!(a_passkey_is_added_once_and_by_nobody_else, ALL, async |test: &Test| {
    let (mut browser, _) = anas(test).await;
    let options = browser.post("/v1/auth/passkeys/begin", json!(null)).await.json;
    let (_, credential) = Authenticator::create(&options);
    let long = json!({ "name": "n".repeat(61), "credential": credential.clone() });
    let answer = browser.post("/v1/auth/passkeys", long).await;
    assert_eq!((answer.status.as_u16(), &answer.json["errors"][0]["field"]), (422, &json!("name")));
    // What was asked is gone with the first answer.
    let again = browser.post("/v1/auth/passkeys", json!({ "credential": credential })).await;
    assert_eq!((again.status.as_u16(), &again.json["errors"][0]["field"]), (422, &json!("credential")));

    user(test, "bob@stoa.example", RoleName::Shopper, None).await;
    let mut bob = Browser::new(&test.app, device("192.0.2.7"));
    login(&mut bob, "bob@stoa.example").await;
    let id = browser.get("/v1/auth/passkeys").await.json["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        bob.delete(&format!("/v1/auth/passkeys/{id}")).await.status,
        404,
        "X2: another's is not there"
    );
    let mut stranger = Browser::new(&test.app, device("192.0.2.9"));
    assert_eq!(stranger.get("/v1/auth/passkeys").await.status, 401);
    assert_eq!(stranger.post("/v1/auth/passkeys/begin", json!(null)).await.status, 401);
    assert_eq!(stranger.delete(&format!("/v1/auth/passkeys/{id}")).await.status, 401);
    assert_eq!(test.scalar("SELECT count(*) FROM passkey").await, 1);
});
