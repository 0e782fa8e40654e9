//! The sandbox provider: a small bank of our own, so that everything runs offline.
//!
//! It keeps its books in a file of its own and talks HTTP like a provider does, so it
//! can run inside the shop ([`SandboxProvider::embedded`]) or as a process of its own
//! ([`SandboxProvider::remote`]) that survives when the shop is killed.
//!
//! Which card does what is in [`cards`]: approved, declined, asks the shopper first,
//! accepts without answering, approves late by message.
//!
//! What it promises, as a provider would:
//! - one payment per registration, one try per attempt id, one capture, void or refund
//!   per key, however often it is asked;
//! - never more captured than authorised nor more refunded than captured;
//! - every change raises the payment's version and is told by a signed message, sent
//!   until it is taken.
//!
//! It is a test double: it has no place where real money moves. Its books survive being
//! killed; a power cut may take their last moments, since it never waits for the disk.

mod api;
pub mod cards;
mod charges;
mod client;
mod messages;
mod pages;
mod store;

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use stoa_kernel::Result;

pub use client::SandboxProvider;
pub use messages::Message;
pub use store::{Charge, Totals};

/// Where the sandbox gets its time from.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The machine's time, for a sandbox that is a process of its own.
#[allow(clippy::disallowed_methods, reason = "the bank's clock is not the shop's")]
pub fn machine_clock() -> Clock {
    Arc::new(Utc::now)
}

/// What shop and sandbox both know.
#[derive(Clone)]
pub struct Credentials {
    /// Sent with every call of the shop.
    pub api_key: String,
    /// Signs the sandbox's messages.
    pub webhook_secret: String,
}

impl Credentials {
    /// Derived from the installation's secret, so that nothing has to be configured when
    /// both run over the same settings.
    pub fn derive(secret: &[u8; 32]) -> Self {
        let part = |purpose: &str| hex::encode(tag(secret, purpose.as_bytes()));
        Self { api_key: part("stoa sandbox api key"), webhook_secret: part("stoa sandbox webhook secret") }
    }
}

/// HMAC-SHA256.
fn tag(key: &[u8], text: &[u8]) -> [u8; 32] {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// How a sandbox is set up.
pub struct SandboxConfig {
    /// Its own SQLite file, made if missing.
    pub file: PathBuf,
    /// Where browsers reach it, such as `http://localhost:3000/sandbox`.
    pub base_url: String,
    /// Where its messages go; none are sent without it.
    pub webhook_url: Option<String>,
    pub credentials: Credentials,
    /// How long a late approval takes.
    pub late: Duration,
    /// How long the card that gives no answer keeps a caller waiting.
    pub slow_answer: Duration,
    pub clock: Clock,
}

impl SandboxConfig {
    /// The usual timing: late is 5 seconds, no answer is 30.
    pub fn new(file: PathBuf, base_url: impl Into<String>, credentials: Credentials) -> Self {
        Self {
            file,
            base_url: base_url.into(),
            webhook_url: None,
            credentials,
            late: Duration::from_secs(5),
            slow_answer: Duration::from_secs(30),
            clock: machine_clock(),
        }
    }
}

/// A running sandbox; cheap to clone.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    db: stoa_kernel::Db,
    base_url: String,
    webhook_url: Option<String>,
    credentials: Credentials,
    late: chrono::TimeDelta,
    slow_answer: Duration,
    clock: Clock,
    /// Wakes the sender of messages.
    news: tokio::sync::Notify,
}

impl Sandbox {
    /// Opens the file, makes its tables, and goes on where it stopped.
    pub async fn open(config: SandboxConfig) -> Result<Self> {
        let db = stoa_kernel::Db::connect(&format!("sqlite:{}", config.file.display())).await?;
        store::create_tables(&db).await?;
        Ok(Self(Arc::new(Inner {
            db,
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            webhook_url: config.webhook_url,
            credentials: config.credentials,
            late: chrono::TimeDelta::from_std(config.late).unwrap_or_default(),
            slow_answer: config.slow_answer,
            clock: config.clock,
            news: tokio::sync::Notify::new(),
        })))
    }

    fn now(&self) -> DateTime<Utc> {
        (self.0.clock)()
    }

    /// Its routes, to be nested where `base_url` says, or served alone.
    pub fn router(&self) -> axum::Router {
        api::router(self.clone()).merge(pages::router(self.clone()))
    }
}
