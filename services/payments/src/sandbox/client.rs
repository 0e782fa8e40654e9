//! The shop's side: talks to the sandbox as to any provider.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use stoa_types::{Id, Money, PaymentAttempt};
use subtle::ConstantTimeEq;
use tower::ServiceExt;

use super::{
    Credentials, Sandbox,
    api::{Amount, Confirmation, Registration},
    messages::{SIGNATURE, signature},
    store::{IntentJson, OperationJson},
};
use crate::payments::{
    AttemptNews, AttemptState, NewRegistration, Outcome, Provider, ProviderError, ProviderEvent,
    ProviderStatus, Registered, Snapshot,
};

/// How old a message may be, and how far ahead its clock.
const TOLERANCE: i64 = 300;

/// The sandbox as a [`Provider`].
pub struct SandboxProvider {
    base_url: String,
    credentials: Credentials,
    timeout: Duration,
    transport: Transport,
}

enum Transport {
    /// In this process: the same routes without a socket.
    Embedded(axum::Router),
    Remote(reqwest::Client),
}

impl SandboxProvider {
    /// A sandbox that runs in this process.
    pub fn embedded(sandbox: &Sandbox) -> Self {
        Self {
            base_url: sandbox.0.base_url.clone(),
            credentials: sandbox.0.credentials.clone(),
            timeout: Duration::from_secs(10),
            transport: Transport::Embedded(sandbox.router()),
        }
    }

    /// A sandbox that runs elsewhere; `base_url` is where browsers reach it, too.
    pub fn remote(base_url: &str, credentials: Credentials) -> Result<Self, ProviderError> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .build()
            .map_err(|error| ProviderError::Unknown(error.to_string()))?;
        Ok(Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            credentials,
            timeout: Duration::from_secs(10),
            transport: Transport::Remote(client),
        })
    }

    /// How long an answer may take before it counts as none; 10 seconds unless told.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<impl Serialize>,
    ) -> Result<T, ProviderError> {
        let body = body.map(|body| serde_json::to_vec(&body)).transpose().map_err(|error| unknown(&error))?;
        let sent = async {
            match &self.transport {
                Transport::Embedded(router) => self.local(router, method, path, key, body).await,
                Transport::Remote(client) => self.remotely(client, method, path, key, body).await,
            }
        };
        let (status, bytes) = tokio::time::timeout(self.timeout, sent)
            .await
            .map_err(|_| ProviderError::Unknown("timed out".to_owned()))??;
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|error| unknown(&error));
        }
        let no: Result<No, _> = serde_json::from_slice(&bytes);
        match no {
            // Only what is surely the sandbox's own no counts as one.
            Ok(no) if status.is_client_error() && status != StatusCode::UNAUTHORIZED => {
                Err(ProviderError::Refused { code: no.code, message: no.message })
            }
            _ => Err(ProviderError::Unknown(format!("answered {status}"))),
        }
    }

    async fn local(
        &self,
        router: &axum::Router,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<(StatusCode, Vec<u8>), ProviderError> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.credentials.api_key))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request =
            request.body(body.map_or(Body::empty(), Body::from)).map_err(|error| unknown(&error))?;
        let response = router.clone().oneshot(request).await.map_err(|error| unknown(&error))?;
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|error| unknown(&error))?.to_bytes();
        Ok((status, bytes.to_vec()))
    }

    async fn remotely(
        &self,
        client: &reqwest::Client,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<(StatusCode, Vec<u8>), ProviderError> {
        let mut request = client
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&self.credentials.api_key)
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|error| unknown(&error))?;
        let status = response.status();
        Ok((status, response.bytes().await.map_err(|error| unknown(&error))?.to_vec()))
    }

    async fn operate(
        &self,
        reference: &str,
        what: &str,
        key: &str,
        body: Option<Amount>,
    ) -> Result<Outcome, ProviderError> {
        let done: OperationJson =
            self.call(Method::POST, &format!("/v1/intents/{reference}/{what}"), Some(key), body).await?;
        Ok(Outcome { reference: done.id, version: done.version, pending: false })
    }
}

fn unknown(error: &dyn std::error::Error) -> ProviderError {
    ProviderError::Unknown(error.to_string())
}

/// The sandbox's refusal.
#[derive(Deserialize)]
struct No {
    code: String,
    #[serde(default)]
    message: String,
}

const NOTHING: Option<()> = None;

#[async_trait]
impl Provider for SandboxProvider {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn hosted_url(&self, reference: &str) -> String {
        format!("{}/hosted/{reference}", self.base_url)
    }

    async fn register(&self, new: &NewRegistration) -> Result<Registered, ProviderError> {
        let body = Registration {
            payment: new.payment.to_string(),
            amount: new.amount.amount,
            currency: new.amount.currency.to_string(),
            return_origin: new.return_origin.clone(),
        };
        let made: IntentJson = self.call(Method::POST, "/v1/intents", None, Some(body)).await?;
        let client_secret =
            made.client_secret.ok_or_else(|| ProviderError::Unknown("no client secret".to_owned()))?;
        Ok(Registered { reference: made.id, client_secret })
    }

    async fn confirm(
        &self,
        reference: &str,
        attempt: Id<PaymentAttempt>,
        token: &str,
        return_url: Option<&str>,
    ) -> Result<Snapshot, ProviderError> {
        let body = Confirmation {
            attempt: attempt.to_string(),
            token: token.to_owned(),
            return_url: return_url.map(str::to_owned),
        };
        let done: IntentJson =
            self.call(Method::POST, &format!("/v1/intents/{reference}/confirm"), None, Some(body)).await?;
        snapshot(done)
    }

    async fn fetch(&self, reference: &str) -> Result<Snapshot, ProviderError> {
        snapshot(self.call(Method::GET, &format!("/v1/intents/{reference}"), None, NOTHING).await?)
    }

    async fn capture(&self, reference: &str, amount: Money, key: &str) -> Result<Outcome, ProviderError> {
        self.operate(reference, "capture", key, Some(Amount { amount: amount.amount })).await
    }

    async fn void(&self, reference: &str, key: &str) -> Result<Outcome, ProviderError> {
        self.operate(reference, "void", key, None).await
    }

    async fn refund(&self, reference: &str, amount: Money, key: &str) -> Result<Outcome, ProviderError> {
        self.operate(reference, "refund", key, Some(Amount { amount: amount.amount })).await
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<ProviderEvent, ProviderError> {
        let text =
            headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).ok_or(ProviderError::Signature)?;
        let part = |name: &str| text.split(',').find_map(|part| part.trim().strip_prefix(name));
        let at: i64 = part("t=").and_then(|text| text.parse().ok()).ok_or(ProviderError::Signature)?;
        let given = part("v1=").ok_or(ProviderError::Signature)?;
        let expected = signature(&self.credentials.webhook_secret, at, body);
        let fits = bool::from(given.as_bytes().ct_eq(expected.as_bytes()));
        let age = now.timestamp().checked_sub(at).ok_or(ProviderError::Signature)?;
        if !fits || age.checked_abs().is_none_or(|age| age > TOLERANCE) {
            return Err(ProviderError::Signature);
        }
        let event: EventJson = serde_json::from_slice(body).map_err(|error| unknown(&error))?;
        Ok(ProviderEvent {
            id: event.id,
            kind: event.kind,
            reference: event.data.intent,
            version: event.data.version,
        })
    }
}

#[derive(Deserialize)]
struct EventJson {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    intent: String,
    version: i64,
}

fn snapshot(json: IntentJson) -> Result<Snapshot, ProviderError> {
    let status = match json.status.as_str() {
        "open" => ProviderStatus::Open,
        "challenged" => ProviderStatus::Challenged,
        "processing" => ProviderStatus::Processing,
        "authorised" => ProviderStatus::Authorised,
        "captured" => ProviderStatus::Captured,
        "voided" => ProviderStatus::Voided,
        other => return Err(ProviderError::Unknown(format!("status {other}"))),
    };
    let currency = json.currency.parse().map_err(|error: stoa_types::MoneyError| unknown(&error))?;
    let attempts = json.attempts.into_iter().map(attempt).collect::<Result<Vec<_>, _>>()?;
    Ok(Snapshot {
        reference: json.id,
        version: json.version,
        status,
        amount: Money::new(json.amount, currency),
        challenge_url: json.challenge_url,
        attempts,
    })
}

fn attempt(json: super::store::AttemptJson) -> Result<AttemptNews, ProviderError> {
    let state = match json.state.as_str() {
        "challenged" => AttemptState::Challenged,
        "processing" => AttemptState::Processing,
        "authorised" => AttemptState::Authorised,
        "declined" => AttemptState::Declined,
        "abandoned" => AttemptState::Abandoned,
        other => return Err(ProviderError::Unknown(format!("attempt {other}"))),
    };
    Ok(AttemptNews {
        reference: json.id,
        ours: json.ours.and_then(|text| text.parse().ok()),
        state,
        decline_code: json.decline_code,
        card_brand: Some(json.brand),
        card_last4: Some(json.last4),
    })
}
