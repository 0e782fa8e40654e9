//! What every provider of accounts owes, and that none is offered unless wired.

use std::sync::Arc;

use stoa_identity::auth::{
    Account, Attempt, SocialLogin, SocialLogins, WRONG_CREDENTIALS, social_login, social_providers,
};
use stoa_kernel::{BoxFuture, Result, error::codes};
use stoa_testing::Test;

fn attempt(number: u32) -> Attempt {
    Attempt {
        state: format!("state-{number}"),
        nonce: format!("nonce-{number}"),
        verifier: format!("verifier-{number}-{}", "x".repeat(43)),
        return_to: "https://shop.example/sign-in/back".to_owned(),
    }
}

/// The contract. `consent` stands for the person at the provider's page: it answers the code
/// that the provider gives for an attempt.
async fn contract(provider: &dyn SocialLogin, consent: impl Fn(&Attempt) -> String) {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    assert!(!provider.key().is_empty() && provider.key().bytes().all(plain), "{}", provider.key());
    assert!(!provider.label().trim().is_empty());
    let (one, two) = (attempt(1), attempt(2));
    let address = provider.address(&one).await.unwrap();
    assert!(address.starts_with("https://"), "{address}");
    let asked: Vec<(String, String)> = address
        .split_once('?')
        .map(|(_, query)| query.split('&').filter_map(|pair| pair.split_once('=')))
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let says = |name: &str| asked.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str());
    assert_eq!(says("state"), Some("state-1"));
    assert!(says("redirect_uri").is_some_and(|to| to.contains("shop.example")), "{address}");
    assert!(!address.contains(&one.verifier), "the proof stays here");

    let account = provider.identify(&one, &consent(&one)).await.unwrap();
    assert!(!account.subject.is_empty());
    assert!(account.email.is_some() || !account.email_verified);
    let again = provider.identify(&two, &consent(&two)).await.unwrap();
    assert_eq!(again.subject, account.subject, "the same person is recognised");
    for (whose, code) in [("nobody's", "made-up".to_owned()), ("another attempt's", consent(&two))] {
        let refused = provider.identify(&one, &code).await.expect_err(whose);
        assert!(refused.is(WRONG_CREDENTIALS), "{whose}: {refused}");
    }
}

/// A provider as small as can be: its codes name the attempt they were given for.
struct Lyceum;

impl SocialLogin for Lyceum {
    fn key(&self) -> &str {
        "lyceum"
    }

    fn label(&self) -> &str {
        "Lyceum"
    }

    fn address<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move {
            let Attempt { state, return_to, .. } = attempt;
            Ok(format!("https://lyceum.example/ask?state={state}&redirect_uri={return_to}"))
        })
    }

    fn identify<'a>(&'a self, attempt: &'a Attempt, code: &'a str) -> BoxFuture<'a, Result<Account>> {
        Box::pin(async move {
            if code != format!("for {}", attempt.nonce) {
                return Err(WRONG_CREDENTIALS.error("Lyceum does not know this."));
            }
            Ok(Account {
                subject: "theophrastus".to_owned(),
                email: Some("theo@lyceum.example".to_owned()),
                email_verified: true,
                name: None,
            })
        })
    }
}

#[tokio::test]
async fn the_smallest_provider_keeps_the_contract() {
    contract(&Lyceum, |attempt| format!("for {}", attempt.nonce)).await;
}

stoa_testing::on_both!(no_way_to_sign_in_is_offered_unless_it_is_wired, &[], async |test: &Test| {
    assert!(social_providers(&test.app).is_empty());
    assert!(social_login(&test.app, "lyceum").err().unwrap().is(codes::NOT_FOUND));
});

fn lyceum() -> axum::http::Extensions {
    let mut parts = axum::http::Extensions::new();
    parts.insert(SocialLogins(Arc::new([Arc::new(Lyceum)])));
    parts
}

stoa_testing::on_both!(a_wired_way_to_sign_in_is_offered_by_its_name, &[], lyceum(), async |test: &Test| {
    let offered = social_providers(&test.app);
    assert_eq!((offered.len(), offered[0].key.as_str(), offered[0].label.as_str()), (1, "lyceum", "Lyceum"));
    assert!(social_login(&test.app, "lyceum").is_ok());
    assert!(social_login(&test.app, "academy").is_err());
});
