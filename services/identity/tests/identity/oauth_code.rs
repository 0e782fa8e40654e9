//! 12.M6, 45.M6: consent, codes, and what a token may do.

use chrono::TimeDelta;
use http::{StatusCode, header};
use openidconnect::{
    ClientId, IssuerUrl, Nonce,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet},
};
use serde_json::json;
use stoa_identity::{
    auth::{grant_role, revoke_role},
    oauth::{self, Asked, Begun, REQUEST_INVALID},
};
use stoa_identity_types::{AuthoriseApp, RoleName};
use stoa_kernel::{Ctx, error::codes};
use stoa_testing::{Test, on_both};

use super::{
    ALL, acting,
    oauth_support::{
        BACK, Program, VERIFIER, agree, challenge, client, client_with, query, query_with, said, session,
    },
    seller, user,
};

// 12.M6
on_both!(the_discovery_document_and_the_key_set_say_what_there_is, ALL, async |test: &Test| {
    let program = Program::new(test);
    let found = program.get("/.well-known/openid-configuration", None).await;
    assert_eq!(found.status, StatusCode::OK);
    assert_eq!(found.json["issuer"], "http://localhost:3000");
    assert_eq!(found.json["token_endpoint"], "http://localhost:3000/oauth/token");
    assert_eq!(found.json["response_types_supported"], json!(["code"]), "nothing implicit");
    assert_eq!(found.json["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(found.json["id_token_signing_alg_values_supported"], json!(["RS256"]));
    assert_eq!(found.json["authorization_response_iss_parameter_supported"], true);
    let scopes = found.json["scopes_supported"].as_array().unwrap();
    assert!(scopes.contains(&json!("orders.read")));
    assert!(!scopes.iter().any(|scope| scope.as_str().unwrap().starts_with("auth.")), "{scopes:?}");
    let other = program.get("/.well-known/oauth-authorization-server", None).await;
    assert_eq!(other.json, found.json, "RFC 8414");

    let keys = program.get("/oauth/jwks", None).await.json;
    let kinds: Vec<&str> =
        keys["keys"].as_array().unwrap().iter().map(|key| key["kty"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&"RSA") && kinds.contains(&"OKP"));
    for key in keys["keys"].as_array().unwrap() {
        assert!(key["kid"].is_string());
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
    assert_eq!(program.get("/oauth/jwks", None).await.json, keys, "made once");
});

// 12.M6, 45.M6
on_both!(a_code_with_its_proof_is_worth_tokens_and_says_who_signed_in, ALL, async |test: &Test| {
    let program = Program::new(test);
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let person = acting(test, &ana).await;
    let client = client(test, &[]).await;
    let code = agree(test, &person, &client, "openid profile email offline_access").await;
    let answer = program.redeem(&client, &code).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(
        (answer.text("token_type"), answer.json["expires_in"].as_i64()),
        ("Bearer".to_owned(), Some(600))
    );
    assert_eq!(answer.text("scope"), "email offline_access openid profile");

    // Judged by somebody else's code.
    let keys: CoreJsonWebKeySet =
        serde_json::from_value(program.get("/oauth/jwks", None).await.json).unwrap();
    let issuer = IssuerUrl::new("http://localhost:3000".to_owned()).unwrap();
    let id = ClientId::new(client.view.id.to_string());
    let verifier = CoreIdTokenVerifier::new_public_client(id, issuer, keys);
    let token: CoreIdToken = answer.text("id_token").parse().unwrap();
    let claims = token.claims(&verifier, &Nonce::new("n-0S6".to_owned())).unwrap();
    assert_eq!(claims.subject().as_str(), ana.id.to_string());
    assert!(claims.auth_time().is_some() && claims.access_token_hash().is_some());
    assert!(token.claims(&verifier, &Nonce::new("another".to_owned())).is_err());

    let me = program.get("/oauth/userinfo", Some(&answer.text("access_token"))).await;
    assert_eq!(
        me.json,
        json!({ "sub": ana.id, "name": "Ana Ruiz", "email": "ana@stoa.example", "email_verified": false })
    );
    // No more than was agreed to.
    let code = agree(test, &person, &client, "openid").await;
    let answer = program.redeem(&client, &code).await;
    assert!(answer.json.get("refresh_token").is_none(), "only with offline_access");
    let me = program.get("/oauth/userinfo", Some(&answer.text("access_token"))).await;
    assert_eq!(me.json, json!({ "sub": ana.id }));
    // Nor is a token without openid good for it, nor an identity token.
    let code = agree(test, &person, &client, "email").await;
    let email = program.redeem(&client, &code).await;
    assert!(email.json.get("id_token").is_none());
    for token in [email.text("access_token"), answer.text("id_token")] {
        let refused = program.get("/oauth/userinfo", Some(&token)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
});

// 12.M6: code and PKCE only.
on_both!(a_code_is_worth_nothing_without_its_proof, ALL, async |test: &Test| {
    let program = Program::new(test);
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let person = acting(test, &ana).await;
    let (mine, other) = (client(test, &[]).await, client(test, &[]).await);
    let public = client_with(test, &[], false, false).await;
    let code = agree(test, &person, &mine, "openid").await;
    let right = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let with = |name: &str, value: &'static str| {
        let mut fields = right;
        for field in &mut fields {
            if field.0 == name {
                field.1 = value;
            }
        }
        fields
    };
    for (fields, error) in [
        (with("code_verifier", "another-verifier-that-is-also-43-characters-"), "invalid_grant"),
        (with("code_verifier", ""), "invalid_request"),
        (with("redirect_uri", "https://app.example/callback/"), "invalid_grant"),
        (with("redirect_uri", ""), "invalid_request"),
        (with("code", "never-given"), "invalid_grant"),
        (with("grant_type", "password"), "unsupported_grant_type"),
        (with("grant_type", "implicit"), "unsupported_grant_type"),
        (with("grant_type", ""), "invalid_request"),
    ] {
        let refused = program.form("/oauth/token", &mine, &fields).await;
        assert_eq!(
            (refused.status, refused.error().as_str()),
            (StatusCode::BAD_REQUEST, error),
            "{fields:?}"
        );
    }
    assert_eq!(program.redeem(&other, &code).await.error(), "invalid_grant", "somebody else's");
    assert_eq!(program.redeem(&public, &code).await.error(), "invalid_grant");
    let mut forged = mine.clone();
    forged.secret = Some("stoa_secret_made_up".to_owned());
    let refused = program.redeem(&forged, &code).await;
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"));
    assert!(refused.headers.contains_key(header::WWW_AUTHENTICATE));
    forged.secret = None;
    assert_eq!(
        program.redeem(&forged, &code).await.error(),
        "invalid_client",
        "it has a secret, so it is asked for"
    );
    assert_eq!(program.redeem(&mine, &code).await.status, StatusCode::OK, "none of that used it up");

    let late = agree(test, &person, &public, "openid").await;
    test.travel(TimeDelta::seconds(60));
    assert_eq!(program.redeem(&public, &late).await.error(), "invalid_grant", "over at its moment");
    let soon = agree(test, &person, &public, "openid").await;
    assert_eq!(
        program.redeem(&public, &soon).await.status,
        StatusCode::OK,
        "a public client has its proof alone"
    );
    let twice = [right[0], right[1], right[2], right[3], ("code", "again")];
    assert_eq!(program.form("/oauth/token", &mine, &twice).await.error(), "invalid_request");
});

// 12.M6, 45.E3
on_both!(a_code_used_again_takes_back_what_it_was_given_for, ALL, async |test: &Test| {
    let program = Program::new(test);
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let client = client(test, &[]).await;
    let code = agree(test, &acting(test, &ana).await, &client, "openid offline_access").await;
    let first = program.redeem(&client, &code).await;
    let token = first.text("access_token");
    assert!(program.works(&token).await);
    // Whoever comes second may not even have the proof.
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", "another-verifier-that-is-also-43-characters-"),
    ];
    let again = program.form("/oauth/token", &client, &fields).await;
    assert_eq!((again.status, again.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"));
    assert!(!program.works(&token).await, "at once");
    assert_eq!(program.refresh(&client, &first.text("refresh_token")).await.error(), "invalid_grant");
    assert!(test.events().await.contains(&"auth.token_reused".to_owned()));
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'oauthGrant.ended'").await, 1);
});

// 12.M6: exact redirect match; RFC 6749, 4.1.2.1: no answer to a doubtful address.
on_both!(what_is_wrong_is_told_to_the_app_only_at_its_own_address, ALL, async |test: &Test| {
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let person = acting(test, &ana).await;
    let client = client(test, &[]).await;
    let browser = session(&test.app);
    for (name, value) in [
        ("redirect_uri", "https://app.example/callback/x"),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", "//evil.example"),
        ("redirect_uri", ""),
        ("client_id", "oac_00000000000000000000000000"),
        ("client_id", "nobody"),
    ] {
        let query = query_with(&client, "openid", &[(name, value)]);
        assert!(matches!(oauth::begin(&person, &browser, &query).await.unwrap(), Begun::Ask), "{value}");
        assert!(matches!(oauth::ask(&person, &browser, &query).await.unwrap(), Asked::Wrong(_)), "{value}");
        let refused = oauth::authorise(&person, &browser, &query).await.unwrap_err();
        assert!(refused.is(REQUEST_INVALID), "{refused}");
    }
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "id_token token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "too-short", "invalid_request"),
        ("scope", "openid orders.write", "invalid_scope"),
        ("scope", "", "invalid_scope"),
        ("response_mode", "fragment", "invalid_request"),
        ("request", "eyJ", "request_not_supported"),
        ("request_uri", "https://evil.example/", "request_uri_not_supported"),
        ("max_age", "-1", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
    ] {
        let query = query_with(&client, "openid", &[(name, value)]);
        let Begun::Answered(to) = oauth::begin(&person, &browser, &query).await.unwrap() else {
            panic!("{name}={value} was put to a person")
        };
        assert!(to.starts_with("https://app.example/callback?"), "{to}");
        assert_eq!(said(&to, "error").as_deref(), Some(error), "{name}={value}");
        assert_eq!(said(&to, "state").as_deref(), Some("as it was"));
        assert!(said(&to, "iss").is_some());
        assert!(oauth::authorise(&person, &browser, &query).await.is_err());
    }
    let twice = format!("{}&scope=email", query(&client, "openid"));
    let Begun::Answered(to) = oauth::begin(&person, &browser, &twice).await.unwrap() else { panic!("asked") };
    assert_eq!(said(&to, "error").as_deref(), Some("invalid_request"));
    let no = oauth::decline(&person, &query(&client, "openid")).await.unwrap();
    assert_eq!(said(&no, "error").as_deref(), Some("access_denied"));
    assert_eq!(test.scalar("SELECT count(*) FROM oauth_code").await, 0);
    assert_eq!(test.scalar("SELECT count(*) FROM oauth_consent").await, 0);
});

// 45.M6: consent, remembered and revocable.
on_both!(a_person_is_asked_once_and_can_take_it_back, ALL, async |test: &Test| {
    let program = Program::new(test);
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let person = acting(test, &ana).await;
    let client = client(test, &[]).await;
    let browser = session(&test.app);
    let asked = query(&client, "openid email offline_access");
    let silent = query_with(&client, "openid", &[("prompt", "none")]);
    let begin = async |ctx: &Ctx, query: &str| match oauth::begin(ctx, &browser, query).await.unwrap() {
        Begun::Answered(to) => {
            said(&to, "error").or_else(|| said(&to, "code").map(|_| "code".to_owned())).unwrap()
        }
        Begun::Ask => "ask".to_owned(),
    };
    assert_eq!(begin(&test.visitor(), &asked).await, "ask");
    assert_eq!(begin(&test.visitor(), &silent).await, "login_required");
    assert_eq!(oauth::ask(&test.visitor(), &browser, &asked).await.unwrap(), Asked::SignIn);
    assert_eq!(begin(&person, &asked).await, "ask");
    assert_eq!(begin(&person, &silent).await, "consent_required");
    let Asked::Consent { name, leads_to, scopes, .. } = oauth::ask(&person, &browser, &asked).await.unwrap()
    else {
        panic!("not asked")
    };
    assert_eq!((name.as_str(), leads_to.as_str()), ("Bookkeeper", "app.example"));
    let words: Vec<&str> = scopes.iter().map(|scope| scope.words.as_str()).collect();
    assert_eq!(
        words,
        [
            "See your email address",
            "Go on while you are away, until you take it back",
            "Know that you are you"
        ]
    );

    let code = agree(test, &person, &client, "openid email offline_access").await;
    let tokens = program.redeem(&client, &code).await;
    assert_eq!(begin(&person, &silent).await, "code", "agreed to before");
    assert_eq!(begin(&person, &query(&client, "openid profile")).await, "ask", "to that not");
    assert_eq!(begin(&person, &query_with(&client, "openid", &[("prompt", "consent")])).await, "ask");

    let items = oauth::list_connected_apps(&person).await.unwrap();
    assert_eq!((items.len(), items[0].name.as_str(), items[0].scopes.len()), (1, "Bookkeeper", 3));
    let bo = user(test, "bo@stoa.example", RoleName::Shopper, None).await;
    let bo = acting(test, &bo).await;
    assert!(oauth::list_connected_apps(&bo).await.unwrap().is_empty());
    assert!(oauth::disconnect_app(&bo, client.view.id).await.unwrap_err().is(codes::NOT_FOUND));
    assert!(program.works(&tokens.text("access_token")).await);
    let now = Ctx { now: test.app.now(), ..person.clone() };
    oauth::disconnect_app(&now, client.view.id).await.unwrap();
    assert!(!program.works(&tokens.text("access_token")).await);
    assert_eq!(program.refresh(&client, &tokens.text("refresh_token")).await.error(), "invalid_grant");
    assert_eq!(begin(&person, &asked).await, "ask");
});

// 45, the specified operation.
on_both!(a_person_agrees_by_the_interface_too, ALL, async |test: &Test| {
    let program = Program::new(test);
    let ana = user(test, "ana@stoa.example", RoleName::Shopper, None).await;
    let person = acting(test, &ana).await;
    let (mine, other) = (client(test, &[]).await, client(test, &[]).await);
    let browser = session(&test.app);
    let input = AuthoriseApp {
        response_type: "code".to_owned(),
        client_id: mine.view.id.to_string(),
        redirect_uri: BACK.to_owned(),
        scope: Some("openid".to_owned()),
        code_challenge: challenge(),
        code_challenge_method: "S256".to_owned(),
        ..AuthoriseApp::default()
    };
    let answer = oauth::authorise_app(&person, &browser, mine.view.app, input.clone()).await.unwrap();
    let code = said(&answer.redirect_to, "code").unwrap();
    assert!(!format!("{answer:?}").contains(&code));
    assert_eq!(program.redeem(&mine, &code).await.status, StatusCode::OK);
    let visitor = oauth::authorise_app(&test.visitor(), &browser, mine.view.app, input.clone()).await;
    assert!(visitor.unwrap_err().is(codes::SIGN_IN));
    let foreign = oauth::authorise_app(&person, &browser, other.view.app, input.clone()).await;
    assert!(foreign.unwrap_err().is(codes::NOT_FOUND), "another app's client");
    let plain = AuthoriseApp { code_challenge_method: "plain".to_owned(), ..input };
    let refused = oauth::authorise_app(&person, &browser, mine.view.app, plain).await.unwrap_err();
    assert_eq!(refused.facts()["error"], "invalid_request");
});

// 12.E5, 45.M7: an app acts within its scopes and within what the person may do, now.
on_both!(an_app_does_for_a_person_what_both_may_and_never_what_is_their_own, ALL, async |test: &Test| {
    let program = Program::new(test);
    let kleio = seller(test, "kleio").await;
    let owner = user(test, "owner@kleio.example", RoleName::Seller, Some(kleio)).await;
    let person = acting(test, &owner).await;
    let client = client(test, &["orders.read", "products.write", "refunds.write"]).await;
    let code = agree(test, &person, &client, "openid orders.read refunds.write offline_access").await;
    let tokens = program.redeem(&client, &code).await;
    let token = tokens.text("access_token");
    let who = program.get("/who", Some(&token)).await.json;
    assert_eq!(who["actor"], owner.id.to_string());
    assert_eq!(who["via"], client.view.app.to_string());
    assert_eq!(who["seller"], kleio.to_string(), "for their seller alone");
    assert_eq!(who["permissions"], json!(["orders.read"]), "refunds.write they don't have themselves");
    // Nothing that goes by who somebody is rather than by a permission.
    for path in ["/v1/auth/sessions", "/v1/auth/connected-apps", "/v1/auth/second-factor"] {
        assert_eq!(program.get(path, Some(&token)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let refused = program.post("/v1/apps", &token, json!({ "name": "Another" })).await;
    assert_eq!((refused.status, refused.text("code").as_str()), (StatusCode::FORBIDDEN, "apps.key_from_key"));
    // The narrower token has less.
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &tokens.text("refresh_token")),
        ("scope", "openid"),
    ];
    let narrow = program.form("/oauth/token", &client, &fields).await;
    let who = program.get("/who", Some(&narrow.text("access_token"))).await.json;
    assert_eq!(who["permissions"], json!([]));
    let wider = [fields[0], ("refresh_token", &narrow.text("refresh_token")), ("scope", "products.write")];
    assert_eq!(program.form("/oauth/token", &client, &wider).await.error(), "invalid_scope");
    // A role taken away is gone with the next request.
    revoke_role(&test.system(), owner.id, RoleName::Seller, Some(kleio)).await.unwrap();
    assert!(!program.works(&token).await, "they don't belong there any more");
    assert_eq!(program.refresh(&client, &narrow.text("refresh_token")).await.error(), "invalid_grant");
    grant_role(&test.system(), owner.id, RoleName::Seller, Some(kleio)).await.unwrap();
    assert!(program.works(&token).await);
    // Suspended is gone.
    use sea_orm::ConnectionTrait;
    test.app.db.write().execute_unprepared("UPDATE \"user\" SET status = 'suspended'").await.unwrap();
    revoke_role(&test.system(), owner.id, RoleName::Seller, Some(kleio)).await.unwrap();
    assert!(!program.works(&token).await);
});
