//! Tokens of an app's own, what they are worth, and every one that is refused.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    signature::KeyPair as _,
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chrono::TimeDelta;
use http::{HeaderValue, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use stoa_identity::{
    apps::{delete_app, transfer_app},
    auth::revoke_role,
    oauth::{self, create_client},
};
use stoa_identity_types::{CreateOAuthClient, NewOAuthClient, RoleName, TransferApp};
use stoa_testing::{Test, on_both};

use super::{
    ALL, acting,
    oauth_support::{BACK, Program, agree, client, client_with, registered, session},
    seller, user,
};

const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

// 12.M6: client credentials.
on_both!(an_app_acts_for_itself_as_far_as_whoever_answers_for_it_may, ALL, async |test: &Test| {
    let program = Program::new(test);
    let client = client_with(test, &["orders.read", "products.write"], true, true).await;
    let answer = program.form("/oauth/token", &client, &OWN).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.text("scope"), "orders.read products.write", "permissions, nothing about people");
    assert!(answer.json.get("refresh_token").is_none() && answer.json.get("id_token").is_none());
    let who = program.get("/who", Some(&answer.text("access_token"))).await.json;
    assert_eq!(who["actor"], client.view.app.to_string());
    assert_eq!(who["permissions"], json!(["orders.read", "products.write"]));
    let less = program.form("/oauth/token", &client, &[OWN[0], ("scope", "orders.read")]).await;
    assert_eq!(less.text("scope"), "orders.read");
    for scope in ["openid", "refunds.write", "orders.read nothing"] {
        let refused = program.form("/oauth/token", &client, &[OWN[0], ("scope", scope)]).await;
        assert_eq!(refused.error(), "invalid_scope", "{scope}");
    }
    for other in
        [client_with(test, &["orders.read"], true, false).await, client_with(test, &[], false, false).await]
    {
        assert_eq!(program.form("/oauth/token", &other, &OWN).await.error(), "unauthorized_client");
    }
    let me = program.get("/oauth/userinfo", Some(&answer.text("access_token"))).await;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED, "it is nobody");
    let refused = program.post("/v1/apps", &answer.text("access_token"), json!({ "name": "Another" })).await;
    assert_eq!(refused.text("code"), "apps.key_from_key");

    // Somebody answers for it: what they may no more, it may no more.
    let admin = user(test, "admin@stoa.example", RoleName::Admin, None).await;
    user(test, "other@stoa.example", RoleName::Admin, None).await;
    transfer_app(&test.system(), client.view.app, TransferApp { owner: admin.id }).await.unwrap();
    let token = answer.text("access_token");
    let may = async || program.get("/who", Some(&token)).await.json["permissions"].clone();
    assert_eq!(may().await, json!(["orders.read", "products.write"]));
    revoke_role(&test.system(), admin.id, RoleName::Admin, None).await.unwrap();
    assert_eq!(may().await, json!([]));
    // 45.E2: a deleted app's token.
    delete_app(&test.system(), client.view.app).await.unwrap();
    assert!(!program.works(&token).await);
    assert_eq!(program.form("/oauth/token", &client, &OWN).await.error(), "invalid_client");
});

// X2, 45.M6: a seller's app is that seller's.
on_both!(a_sellers_app_acts_for_that_seller_and_is_unknown_to_others, ALL, async |test: &Test| {
    let program = Program::new(test);
    let (kleio, ostra) = (seller(test, "kleio").await, seller(test, "ostra").await);
    let app = registered(test, "Stock", Some(kleio)).await;
    let input = |scopes: &[&str]| CreateOAuthClient {
        redirect_uris: vec![BACK.to_owned()],
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        confidential: true,
        own_tokens: true,
    };
    let browser = session(&test.app);
    let made = create_client(&test.system(), &browser, app, input(&["orders.read"])).await.unwrap();
    let answer = program.form("/oauth/token", &made, &OWN).await;
    let who = program.get("/who", Some(&answer.text("access_token"))).await.json;
    assert_eq!((&who["seller"], &who["permissions"]), (&json!(kleio), &json!(["orders.read"])));
    // Not even the platform gives a seller's app more.
    let wide = create_client(&test.system(), &browser, app, input(&["orders.write"])).await.unwrap_err();
    assert_eq!(wide.problem(None).errors[0].field, "scopes");
    let rival = test.person(Some(ostra), &[stoa_identity::apps::APPS_READ, stoa_identity::apps::APPS_WRITE]);
    assert_eq!(oauth::list_clients(&rival, app).await.unwrap_err().code(), "kernel.not_found");
    assert_eq!(oauth::revoke_client(&rival, app, made.view.id).await.unwrap_err().code(), "kernel.not_found");
    oauth::revoke_client(&test.system(), app, made.view.id).await.unwrap();
    assert!(!program.works(&answer.text("access_token")).await);
    assert!(oauth::list_clients(&test.system(), app).await.unwrap().is_empty());
});

// 45.E3, 45.M7
on_both!(a_client_is_registered_with_whole_addresses_and_lendable_scopes, ALL, async |test: &Test| {
    let app = registered(test, "Bookkeeper", None).await;
    let browser = session(&test.app);
    let right = CreateOAuthClient {
        redirect_uris: vec![BACK.to_owned()],
        scopes: vec!["openid".to_owned()],
        confidential: false,
        own_tokens: false,
    };
    for address in ["https://*.app.example/", "https://app.example/#", "http://app.example/", "app.example"] {
        let input =
            CreateOAuthClient { redirect_uris: vec![BACK.to_owned(), address.to_owned()], ..right.clone() };
        let refused = create_client(&test.system(), &browser, app, input).await.unwrap_err().problem(None);
        assert_eq!((refused.status, refused.errors[0].field.as_str()), (422, "redirect_uris/1"), "{address}");
    }
    let none = CreateOAuthClient { redirect_uris: vec![], ..right.clone() };
    assert_eq!(
        create_client(&test.system(), &browser, app, none).await.unwrap_err().kind().status().as_u16(),
        422
    );
    let open = CreateOAuthClient { own_tokens: true, ..right.clone() };
    let refused = create_client(&test.system(), &browser, app, open).await.unwrap_err().problem(None);
    assert_eq!(refused.errors[0].field, "own_tokens");
    for scope in ["orders.everything", "auth.roles.write", "apps.keys.write", ""] {
        let input = CreateOAuthClient { scopes: vec![scope.to_owned()], ..right.clone() };
        let refused = create_client(&test.system(), &browser, app, input).await.unwrap_err().problem(None);
        assert_eq!(refused.errors[0].field, "scopes", "{scope}");
    }
    let made = create_client(&test.system(), &browser, app, right).await.unwrap();
    assert!(made.secret.is_none() && !made.view.confidential);
    let secret = client(test, &[]).await.secret.unwrap();
    assert!(secret.starts_with("stoa_secret_"));
    let kept =
        test.scalar(&format!("SELECT count(*) FROM oauth_client WHERE secret_hash = '{secret}'")).await;
    assert_eq!(kept, 0, "its hash alone");
});

// 12.M6: RFC 7662 and RFC 7009.
on_both!(a_token_can_be_asked_about_and_given_back_by_its_own_client, ALL, async |test: &Test| {
    let program = Program::new(test);
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let person = acting(test, &ana).await;
    let (mine, other) = (client(test, &[]).await, client(test, &[]).await);
    let public = client_with(test, &[], false, false).await;
    let code = agree(test, &person, &mine, "openid offline_access").await;
    let tokens = program.redeem(&mine, &code).await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let ask = async |client: &NewOAuthClient, token: &str| {
        program.form("/oauth/introspect", client, &[("token", token)]).await
    };
    let known = ask(&mine, &access).await.json;
    assert_eq!(
        (&known["active"], &known["client_id"], &known["sub"], &known["scope"]),
        (&json!(true), &json!(mine.view.id), &json!(ana.id), &json!("offline_access openid"))
    );
    assert_eq!(ask(&mine, &refresh).await.json["token_type"], "refresh_token");
    for token in [access.as_str(), refresh.as_str(), "made-up", ""] {
        let nothing = ask(&other, token).await;
        if !token.is_empty() {
            assert_eq!(nothing.json, json!({ "active": false }), "somebody else learns nothing");
        }
    }
    assert_eq!(ask(&public, &access).await.status, StatusCode::UNAUTHORIZED);
    let give = async |client: &NewOAuthClient, token: &str| {
        program.form("/oauth/revoke", client, &[("token", token)]).await.status
    };
    assert_eq!(give(&other, &refresh).await, StatusCode::OK);
    assert_eq!(give(&other, &access).await, StatusCode::OK);
    assert_eq!(give(&mine, "made-up").await, StatusCode::OK);
    assert!(program.works(&access).await, "none of that was its client");
    assert_eq!(give(&mine, &refresh).await, StatusCode::OK);
    assert!(!program.works(&access).await, "the family ends as one");
    assert_eq!(ask(&mine, &access).await.json, json!({ "active": false }));
    assert_eq!(ask(&mine, &refresh).await.json, json!({ "active": false }));
    assert_eq!(program.refresh(&mine, &refresh).await.error(), "invalid_grant");
    let mut forged = mine.clone();
    forged.secret = Some("stoa_secret_made_up".to_owned());
    assert_eq!(give(&forged, &refresh).await, StatusCode::UNAUTHORIZED);
});

/// One way to make a token that must not work.
#[derive(Debug, Clone)]
enum Forgery {
    /// `alg: none` in any spelling, with any signature.
    Unsigned(String, Vec<u8>),
    /// HMAC by what everybody knows: one of the public keys in one of its forms.
    ByPublicKey(Algorithm, prop::sample::Index),
    /// A claim or header changed and signed by our own key, as if we had meant it.
    Claim(&'static str, Value),
    KeyId(Option<String>),
    Kind(Option<String>),
    /// Signed by a key that is not ours.
    OtherKey,
    /// Only so much of it.
    Cut(prop::sample::Index),
    /// One character another.
    Changed(prop::sample::Index, char),
    /// One bit another.
    Flipped(prop::sample::Index, u8),
    /// Parts added, left out or mixed up.
    Parts(Vec<u8>),
    /// What it says from a token that is as good and says more.
    Swapped,
    Anything(String),
}

fn forgeries() -> impl Strategy<Value = Forgery> {
    let none = prop_oneof![Just("none"), Just("None"), Just("NONE"), Just("nOnE"), Just("")];
    let text = "[!-~]{0,60}";
    let wrong_claim = prop_oneof![
        text.prop_map(|text| ("iss", json!(text))),
        text.prop_map(|text| ("aud", json!([text, "https://other.example"]))),
        text.prop_map(|text| ("aud", json!(text))),
        (-4_000_000_000_i64..0).prop_map(|ago| ("exp", json!(ago))),
        Just(("exp", Value::Null)),
        Just(("exp", json!("tomorrow"))),
        (4_000_000_000_i64..9_000_000_000).prop_map(|later| ("nbf", json!(later))),
        (4_000_000_000_i64..9_000_000_000).prop_map(|later| ("iat", json!(later))),
        Just(("iss", Value::Null)),
        Just(("aud", Value::Null)),
        text.prop_map(|text| ("grant", json!(text))),
        Just(("grant", json!("oag_00000000000000000000000000"))),
        Just(("client_id", json!("oac_00000000000000000000000000"))),
    ];
    let hmac = prop_oneof![Just(Algorithm::HS256), Just(Algorithm::HS384), Just(Algorithm::HS512)];
    prop_oneof![
        (none, prop::collection::vec(any::<u8>(), 0..64))
            .prop_map(|(alg, tail)| Forgery::Unsigned(alg.to_owned(), tail)),
        (hmac, any::<prop::sample::Index>()).prop_map(|(alg, form)| Forgery::ByPublicKey(alg, form)),
        wrong_claim.prop_map(|(name, value)| Forgery::Claim(name, value)),
        prop::option::of(text).prop_map(Forgery::KeyId),
        prop::option::of(prop_oneof![Just("JWT".to_owned()), text.prop_map(String::from)])
            .prop_map(Forgery::Kind),
        Just(Forgery::OtherKey),
        any::<prop::sample::Index>().prop_map(Forgery::Cut),
        (any::<prop::sample::Index>(), prop::char::range('!', '~'))
            .prop_map(|(at, to)| Forgery::Changed(at, to)),
        (any::<prop::sample::Index>(), 0_u8..8).prop_map(|(at, bit)| Forgery::Flipped(at, bit)),
        prop::collection::vec(0_u8..3, 0..6).prop_map(Forgery::Parts),
        Just(Forgery::Swapped),
        "[ -~]{0,400}".prop_map(Forgery::Anything),
    ]
}

/// Our keys, and two tokens as they should be.
struct Real {
    token: String,
    other: String,
    header: Header,
    claims: Value,
    key: EncodingKey,
    /// Every public key by its id, in all forms that a careless program could take for a secret.
    public: Vec<(String, Vec<u8>)>,
}

impl Real {
    async fn new(test: &Test, program: &Program, token: String, other: String) -> Self {
        let header = jsonwebtoken::decode_header(&token).unwrap();
        let body = token.split('.').nth(1).unwrap();
        let claims = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
        let file = |kind: &str| {
            let mut files = std::fs::read_dir(test.folder().join("oauth")).unwrap();
            let named =
                |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().starts_with(kind);
            let path =
                files.find_map(|entry| Some(entry.unwrap().path()).filter(|path| named(path))).unwrap();
            std::fs::read_to_string(path).unwrap()
        };
        let key = EncodingKey::from_ed_pem(file("eddsa-").as_bytes()).unwrap();
        let keys = program.get("/oauth/jwks", None).await.json;
        let mut public = Vec::new();
        for jwk in keys["keys"].as_array().unwrap() {
            let kid = jwk["kid"].as_str().unwrap();
            let raw = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
            let der = if jwk["kty"] == "RSA" {
                let pem: String = file("rs256-").lines().filter(|line| !line.starts_with('-')).collect();
                let pair =
                    aws_lc_rs::rsa::KeyPair::from_pkcs8(&BASE64_STANDARD.decode(pem).unwrap()).unwrap();
                let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
                public.push((kid.to_owned(), pair.public_key().as_ref().to_vec()));
                public.push((kid.to_owned(), raw("n")));
                der.as_ref().to_vec()
            } else {
                public.push((kid.to_owned(), raw("x")));
                public.push((kid.to_owned(), jwk["x"].as_str().unwrap().into()));
                let prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
                [&prefix[..], &raw("x")].concat()
            };
            let lines = BASE64_STANDARD.encode(&der);
            let lines: Vec<&str> =
                lines.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
            let forms = [der, pem.trim().into(), pem.into(), jwk.to_string().into()];
            public.extend(forms.map(|form| (kid.to_owned(), form)));
        }
        Self { token, other, header, claims, key, public }
    }

    fn forged(&self, how: &Forgery) -> Vec<u8> {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let text = match how {
            Forgery::Unsigned(alg, tail) => {
                let header = json!({ "alg": alg, "typ": "at+jwt", "kid": self.header.kid });
                format!("{}.{}.{}", part(&header), part(&self.claims), BASE64_URL_SAFE_NO_PAD.encode(tail))
            }
            Forgery::ByPublicKey(algorithm, form) => {
                let (kid, secret) = &self.public[form.index(self.public.len())];
                let header = Header { alg: *algorithm, kid: Some(kid.clone()), ..self.header.clone() };
                encode(&header, &self.claims, &EncodingKey::from_secret(secret)).unwrap()
            }
            Forgery::Claim(name, value) => {
                let mut claims = self.claims.clone();
                match value {
                    Value::Null => drop(claims.as_object_mut().unwrap().remove(*name)),
                    value => claims[*name] = value.clone(),
                }
                encode(&self.header, &claims, &self.key).unwrap()
            }
            Forgery::KeyId(kid) => {
                encode(&Header { kid: kid.clone(), ..self.header.clone() }, &self.claims, &self.key).unwrap()
            }
            Forgery::Kind(kind) => {
                encode(&Header { typ: kind.clone(), ..self.header.clone() }, &self.claims, &self.key).unwrap()
            }
            Forgery::OtherKey => {
                let random = aws_lc_rs::rand::SystemRandom::new();
                let other = aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8v1(&random).unwrap();
                encode(&self.header, &self.claims, &EncodingKey::from_ed_der(other.as_ref())).unwrap()
            }
            Forgery::Cut(at) => self.token[..at.index(self.token.len())].to_owned(),
            Forgery::Changed(at, to) => {
                let place = at.index(self.token.len());
                let mut changed = self.token.clone();
                changed.replace_range(place..=place, &to.to_string());
                changed
            }
            Forgery::Flipped(at, bit) => {
                let mut bytes = self.token.clone().into_bytes();
                let place = at.index(bytes.len());
                bytes[place] ^= 1 << bit;
                return bytes;
            }
            Forgery::Swapped => {
                let other = self.other.split('.').nth(1).unwrap();
                self.token
                    .split('.')
                    .enumerate()
                    .map(|(place, part)| if place == 1 { other } else { part })
                    .collect::<Vec<_>>()
                    .join(".")
            }
            Forgery::Parts(order) => {
                let parts: Vec<&str> = self.token.split('.').collect();
                order.iter().map(|part| parts[usize::from(*part)]).collect::<Vec<_>>().join(".")
            }
            Forgery::Anything(text) => text.clone(),
        };
        text.into_bytes()
    }
}

// 12.E2
on_both!(every_token_that_is_not_right_gets_the_same_401, ALL, async |test: &Test| {
    let program = Program::new(test);
    let client = client_with(test, &["orders.read"], true, true).await;
    let token = program.form("/oauth/token", &client, &OWN).await.text("access_token");
    let wider = client_with(test, &["orders.read", "orders.write"], true, true).await;
    let other = program.form("/oauth/token", &wider, &OWN).await.text("access_token");
    let real = Real::new(test, &program, token.clone(), other).await;
    assert!(program.works(&token).await && program.works(&real.other).await);
    let by_us = encode(&real.header, &real.claims, &real.key).unwrap();
    assert!(program.works(&by_us).await, "our own hand is right");
    // Of what is not signed by us nothing is looked up.
    let may_look = |how: &Forgery| matches!(how, Forgery::Claim("grant" | "client_id", _));
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[45; 32]));
    let (mut tried, mut wordings) = (BTreeMap::<String, usize>::new(), BTreeSet::new());
    for _ in 0..1_500 {
        let how = forgeries().new_tree(&mut runner).unwrap().current();
        let forged = real.forged(&how);
        // A key is answered by its own words; a header holds no edge of spaces and no signs of control.
        if forged == token.as_bytes() || !forged.contains(&b'.') || forged.trim_ascii() != forged {
            continue;
        }
        let Ok(header) = HeaderValue::from_bytes(&[b"Bearer ", &forged[..]].concat()) else { continue };
        let (answer, asked) = test.statements(program.get_by("/who", Some(header))).await;
        let shown = String::from_utf8_lossy(&forged);
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{how:?}: {shown}");
        wordings.insert(answer.json.to_string());
        assert!(may_look(&how) || asked.is_empty(), "{how:?} was looked up: {asked:?}");
        let kind = format!("{how:?}").split('(').next().unwrap().to_owned();
        *tried.entry(kind).or_default() += 1;
    }
    assert_eq!(wordings.len(), 1, "without detail: {wordings:?}");
    assert!(wordings.first().unwrap().contains("auth.token_invalid"));
    assert!(tried.len() == 12 && tried.values().all(|times| *times > 20), "{tried:?}");
    // Over at its moment.
    assert!(program.works(&token).await);
    test.travel(TimeDelta::minutes(10));
    assert!(!program.works(&token).await);
});

// 12.E2: checked before the database.
on_both!(a_token_is_judged_before_anything_is_read, ALL, async |test: &Test| {
    let program = Program::new(test);
    let client = client_with(test, &["orders.read"], true, true).await;
    let token = program.form("/oauth/token", &client, &OWN).await.text("access_token");
    test.app.db.write().execute_unprepared("DROP TABLE oauth_refresh").await.unwrap();
    test.app.db.write().execute_unprepared("DROP TABLE oauth_grant").await.unwrap();
    let mut changed = token.clone();
    let last = if changed.ends_with('A') { "B" } else { "A" };
    changed.replace_range(changed.len() - 3..changed.len() - 2, last);
    assert_eq!(program.get("/who", Some(&changed)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(program.get("/who", Some(&token)).await.status, StatusCode::INTERNAL_SERVER_ERROR);
});
