//! What every payment provider must do, whoever it is: the sandbox inside the shop, and
//! the sandbox as a process of its own.

use http::HeaderMap;
use stoa_kernel::new_id;
use stoa_payments::{
    payments::{AttemptState, NewRegistration, Provider, ProviderError, ProviderStatus},
    sandbox::{Credentials, Sandbox, SandboxConfig, SandboxProvider},
};

use crate::support::euros;

async fn registered(provider: &dyn Provider, amount: i64) -> String {
    let new = NewRegistration {
        payment: new_id(),
        amount: euros(amount),
        return_origin: "http://localhost:3000".to_owned(),
    };
    let first = provider.register(&new).await.unwrap();
    let again = provider.register(&new).await.unwrap();
    assert_eq!(first.reference, again.reference, "one payment is known once");
    assert!(!first.client_secret.is_empty());
    assert!(provider.hosted_url(&first.reference).contains(&first.reference));
    first.reference
}

fn refused<T: std::fmt::Debug>(result: Result<T, ProviderError>) -> bool {
    matches!(result, Err(ProviderError::Refused { .. }))
}

async fn contract(provider: &dyn Provider) {
    // Nothing has happened yet, and nothing can be taken or given.
    let paid = registered(provider, 5000).await;
    let open = provider.fetch(&paid).await.unwrap();
    assert_eq!((open.status, open.amount, open.attempts.len()), (ProviderStatus::Open, euros(5000), 0));
    assert!(refused(provider.capture(&paid, euros(5000), "early").await));
    assert!(refused(provider.refund(&paid, euros(1), "early").await));
    assert!(refused(provider.fetch("pi_nobody").await));

    // A decline leaves it open; the same attempt twice is one attempt.
    let attempt = new_id();
    let declined = provider.confirm(&paid, attempt, "tok_declined", None).await.unwrap();
    let again = provider.confirm(&paid, attempt, "tok_declined", None).await.unwrap();
    assert_eq!((declined.status, again.attempts.len()), (ProviderStatus::Open, 1));
    assert_eq!((again.attempts[0].state, again.attempts[0].ours), (AttemptState::Declined, Some(attempt)));
    assert!(again.attempts[0].decline_code.is_some());

    // Another attempt reserves the money, and news only grows.
    let attempt = new_id();
    let held = provider.confirm(&paid, attempt, "tok_approved", None).await.unwrap();
    assert_eq!((held.status, held.attempts.len()), (ProviderStatus::Authorised, 2));
    assert!(held.version > open.version);
    assert_eq!(held.attempts[1].card_last4.as_ref().map(String::len), Some(4));
    let repeated = provider.confirm(&paid, attempt, "tok_approved", None).await.unwrap();
    assert_eq!((repeated.version, repeated.attempts.len()), (held.version, 2));

    // Taken once per key, never more than was reserved.
    assert!(refused(provider.capture(&paid, euros(5001), "too much").await));
    let taken = provider.capture(&paid, euros(5000), "capture").await.unwrap();
    let again = provider.capture(&paid, euros(5000), "capture").await.unwrap();
    assert_eq!(taken.reference, again.reference);
    assert!(refused(provider.capture(&paid, euros(5000), "another").await));
    assert_eq!(provider.fetch(&paid).await.unwrap().status, ProviderStatus::Captured);
    assert!(refused(provider.void(&paid, "late").await), "what was taken is given back, not released");

    // Given back once per key, never more than was taken.
    let half = provider.refund(&paid, euros(2000), "half").await.unwrap();
    assert_eq!(half.reference, provider.refund(&paid, euros(2000), "half").await.unwrap().reference);
    assert!(refused(provider.refund(&paid, euros(3001), "more").await));
    let rest = provider.refund(&paid, euros(3000), "rest").await.unwrap();
    assert_ne!(half.reference, rest.reference);
    assert!(refused(provider.refund(&paid, euros(1), "last").await));

    // Released once, and then nothing can be taken.
    let left = registered(provider, 900).await;
    provider.confirm(&left, new_id(), "tok_approved", None).await.unwrap();
    let void = provider.void(&left, "void").await.unwrap();
    assert_eq!(void.reference, provider.void(&left, "void").await.unwrap().reference);
    assert_eq!(provider.fetch(&left).await.unwrap().status, ProviderStatus::Voided);
    assert!(refused(provider.capture(&left, euros(900), "after").await));

    // The bank may want to ask the shopper, at a place of its own.
    let asked = registered(provider, 700).await;
    let back = Some("http://localhost:3000/back");
    let challenged = provider.confirm(&asked, new_id(), "tok_challenge", back).await.unwrap();
    assert_eq!(challenged.status, ProviderStatus::Challenged);
    assert!(challenged.challenge_url.is_some_and(|url| url.starts_with("http")));

    let nobody = provider.verify(&HeaderMap::new(), b"{}", chrono::DateTime::UNIX_EPOCH);
    assert!(matches!(nobody, Err(ProviderError::Signature)), "a message without a signature is nobody's");
}

async fn sandbox(folder: &std::path::Path, base: &str) -> (Sandbox, Credentials) {
    let credentials = Credentials::derive(&[1; 32]);
    let config = SandboxConfig::new(folder.join("bank.db"), base, credentials.clone());
    (Sandbox::open(config).await.unwrap(), credentials)
}

#[tokio::test]
async fn the_sandbox_inside_the_shop_is_a_provider() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, _) = sandbox(folder.path(), "http://localhost:3000/sandbox").await;
    contract(&SandboxProvider::embedded(&sandbox)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_as_its_own_process_is_a_provider() {
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (sandbox, credentials) = sandbox(folder.path(), &base).await;
    let router = sandbox.router();
    let bank = tokio::spawn(async move { axum::serve(listener, router).await });
    contract(&SandboxProvider::remote(&base, credentials).unwrap()).await;
    bank.abort();
}
