//! What a payment provider must be able to do for us.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use stoa_kernel::{Error, Result};
use stoa_types::{Id, Money, Payment, PaymentAttempt};

/// A payment provider. Every call may be repeated: it takes effect once per payment,
/// attempt or key.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Stable name, as in the webhook's path and in `payment_intent.provider`.
    fn name(&self) -> &'static str;

    /// Where the page's card form posts to.
    fn hosted_url(&self, reference: &str) -> String;

    /// Makes the payment known to the provider, once per payment.
    async fn register(&self, new: &NewRegistration) -> Result<Registered, ProviderError>;

    /// Tries to pay with a token, once per attempt.
    async fn confirm(
        &self,
        reference: &str,
        attempt: Id<PaymentAttempt>,
        token: &str,
        return_url: Option<&str>,
    ) -> Result<Snapshot, ProviderError>;

    /// How the payment stands there.
    async fn fetch(&self, reference: &str) -> Result<Snapshot, ProviderError>;

    /// Takes authorised money, once per key.
    async fn capture(&self, reference: &str, amount: Money, key: &str) -> Result<Outcome, ProviderError>;

    /// Releases what is authorised and closes the payment; again: the same.
    async fn void(&self, reference: &str, key: &str) -> Result<Outcome, ProviderError>;

    /// Gives captured money back, once per key.
    async fn refund(&self, reference: &str, amount: Money, key: &str) -> Result<Outcome, ProviderError>;

    /// Reads a message of the provider, if it is signed and fresh.
    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<ProviderEvent, ProviderError>;
}

/// What the provider is told of a new payment.
#[derive(Debug, Clone)]
pub struct NewRegistration {
    pub payment: Id<Payment>,
    pub amount: Money,
    /// Origin of the pages the provider may send shoppers back to.
    pub return_origin: String,
}

/// A payment the provider knows.
#[derive(Debug, Clone)]
pub struct Registered {
    pub reference: String,
    pub client_secret: String,
}

/// How a payment stands at the provider.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub reference: String,
    /// Grows with every change there, so that older news can be told from newer.
    pub version: i64,
    pub status: ProviderStatus,
    pub amount: Money,
    pub challenge_url: Option<String>,
    /// Oldest first.
    pub attempts: Vec<AttemptNews>,
}

/// States a provider's payment has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderStatus {
    /// Waits for a method, also after a decline.
    Open,
    /// The bank asks the shopper.
    Challenged,
    /// No answer of the bank yet.
    Processing,
    /// Money is reserved.
    Authorised,
    /// Money was taken, all or part.
    Captured,
    /// Closed without money.
    Voided,
}

/// One attempt as the provider tells of it.
#[derive(Debug, Clone)]
pub struct AttemptNews {
    pub reference: String,
    /// The attempt of ours it answers; none when it was made on the provider's form.
    pub ours: Option<Id<PaymentAttempt>>,
    pub state: AttemptState,
    pub decline_code: Option<String>,
    pub card_brand: Option<String>,
    pub card_last4: Option<String>,
}

/// States of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptState {
    /// Recorded here; the provider has not told of it yet.
    Started,
    Challenged,
    Processing,
    Authorised,
    Declined,
    /// Given up for another.
    Abandoned,
}

impl AttemptState {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Challenged => "challenged",
            Self::Processing => "processing",
            Self::Authorised => "authorised",
            Self::Declined => "declined",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether nothing more will happen to it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Authorised | Self::Declined | Self::Abandoned)
    }
}

/// What a capture, void or refund came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The provider's id of it.
    pub reference: String,
    /// Version of the provider's payment after it.
    pub version: i64,
    /// Whether the provider is still at it; ask again with the same key.
    pub pending: bool,
}

/// A provider's message.
#[derive(Debug, Clone)]
pub struct ProviderEvent {
    pub id: String,
    pub kind: String,
    /// The provider's reference of the payment.
    pub reference: String,
    /// Version of the provider's payment when the message was made.
    pub version: i64,
}

/// Why a call brought nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// No answer, or one that cannot be read: it may have taken effect.
    #[error("the provider gave no answer: {0}")]
    Unknown(String),
    /// A definite no, with the provider's code.
    #[error("the provider refused: {code}: {message}")]
    Refused { code: String, message: String },
    /// The message is not the provider's, or too old.
    #[error("the signature does not fit")]
    Signature,
}

/// The providers this installation has; wired by `server`. The first is used for new
/// payments.
#[derive(Clone)]
pub struct Providers(Arc<Vec<Arc<dyn Provider>>>);

impl Providers {
    pub fn new(providers: Vec<Arc<dyn Provider>>) -> Self {
        Self(Arc::new(providers))
    }

    /// The one new payments go to.
    pub fn default_provider(&self) -> Result<Arc<dyn Provider>> {
        self.0.first().cloned().ok_or_else(|| Error::internal("no payment provider is configured"))
    }

    /// The provider of that name; 404 otherwise.
    pub fn named(&self, name: &str) -> Result<Arc<dyn Provider>> {
        self.0
            .iter()
            .find(|provider| provider.name() == name)
            .cloned()
            .ok_or_else(|| Error::not_found("payment provider"))
    }
}
