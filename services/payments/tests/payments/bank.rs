//! A bank to pay at, which can be made to fail; the tests of higher areas pay at it, too.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::http::{Extensions, HeaderMap};
use chrono::{DateTime, TimeDelta, Utc};
use stoa_kernel::{BoxFuture, Result};
use stoa_payments::{
    payments::{
        NewRegistration, Outcome, Provider, ProviderError, ProviderEvent, Providers, Registered, Snapshot,
    },
    sandbox::{Credentials, Sandbox, SandboxConfig, SandboxProvider, Totals, machine_clock},
};
use stoa_testing::Test;
use stoa_types::{Id, Money, PaymentAttempt};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The call never reaches the bank.
    Lost,
    /// The bank does it, the answer never comes.
    Unheard,
    /// The bank says no for good.
    Refused,
}

/// The sandbox with a wire that can be cut.
#[derive(Clone)]
pub struct Bank {
    pub sandbox: Sandbox,
    faults: Arc<Mutex<HashMap<&'static str, VecDeque<Fault>>>>,
    ahead: Arc<AtomicI64>,
    _folder: Arc<tempfile::TempDir>,
}

impl Bank {
    /// Of the test's app.
    pub fn of(test: &Test) -> Self {
        test.app.part().expect("the bank is wired")
    }

    /// The next calls of `what` fail like this.
    pub fn fail(&self, what: &'static str, faults: &[Fault]) {
        self.faults.lock().unwrap().entry(what).or_default().extend(faults.iter().copied());
    }

    /// Moves the bank's clock.
    pub fn travel(&self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }

    pub async fn totals(&self) -> Totals {
        self.sandbox.ledger().await.expect("the bank's books")
    }

    fn next(&self, what: &'static str) -> Fault {
        self.faults.lock().unwrap().get_mut(what).and_then(VecDeque::pop_front).unwrap_or(Fault::None)
    }
}

struct Flaky {
    inner: SandboxProvider,
    bank: Bank,
}

impl Flaky {
    async fn through<T>(
        &self,
        what: &'static str,
        call: BoxFuture<'_, Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        let silence = || ProviderError::Unknown("cut".to_owned());
        match self.bank.next(what) {
            Fault::None => call.await,
            Fault::Lost => Err(silence()),
            Fault::Unheard => {
                call.await?;
                Err(silence())
            }
            Fault::Refused => {
                Err(ProviderError::Refused { code: "no".to_owned(), message: "never".to_owned() })
            }
        }
    }
}

#[async_trait::async_trait]
impl Provider for Flaky {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn hosted_url(&self, reference: &str) -> String {
        self.inner.hosted_url(reference)
    }

    async fn register(&self, new: &NewRegistration) -> Result<Registered, ProviderError> {
        self.through("register", Box::pin(self.inner.register(new))).await
    }

    async fn confirm(
        &self,
        reference: &str,
        attempt: Id<PaymentAttempt>,
        token: &str,
        url: Option<&str>,
    ) -> Result<Snapshot, ProviderError> {
        self.through("confirm", Box::pin(self.inner.confirm(reference, attempt, token, url))).await
    }

    async fn fetch(&self, reference: &str) -> Result<Snapshot, ProviderError> {
        self.through("fetch", Box::pin(self.inner.fetch(reference))).await
    }

    async fn capture(&self, reference: &str, amount: Money, key: &str) -> Result<Outcome, ProviderError> {
        self.through("capture", Box::pin(self.inner.capture(reference, amount, key))).await
    }

    async fn void(&self, reference: &str, key: &str) -> Result<Outcome, ProviderError> {
        self.through("void", Box::pin(self.inner.void(reference, key))).await
    }

    async fn refund(&self, reference: &str, amount: Money, key: &str) -> Result<Outcome, ProviderError> {
        self.through("refund", Box::pin(self.inner.refund(reference, amount, key))).await
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<ProviderEvent, ProviderError> {
        self.inner.verify(headers, body, now)
    }
}

/// The parts a test's app needs: a bank of its own, whose answers are waited for this long.
pub async fn patient(patience: Duration) -> Extensions {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let ahead = Arc::new(AtomicI64::new(0));
    let credentials = Credentials::derive(&[7; 32]);
    let mut config =
        SandboxConfig::new(folder.path().join("bank.db"), "http://localhost:3000/sandbox", credentials);
    config.slow_answer = Duration::from_secs(20);
    let (clock, moved) = (machine_clock(), ahead.clone());
    config.clock = Arc::new(move || clock() + TimeDelta::milliseconds(moved.load(Ordering::Relaxed)));
    let sandbox = Sandbox::open(config).await.expect("the bank opens");
    let bank = Bank { sandbox: sandbox.clone(), faults: Arc::default(), ahead, _folder: folder };
    let inner = SandboxProvider::embedded(&sandbox).with_timeout(patience);
    let mut parts = Extensions::new();
    parts.insert(Providers::new(vec![Arc::new(Flaky { inner, bank: bank.clone() })]));
    parts.insert(bank);
    parts
}
