//! Signed messages to the shop, sent until they are taken.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Value};
use stoa_kernel::Result;
use tokio::sync::watch;

use super::{Sandbox, store::statement, tag};

/// The header that carries time and signature: `t=<unix seconds>,v1=<hex>`.
pub const SIGNATURE: &str = "stoa-sandbox-signature";

/// Tries before a message is given up: about a day.
const ATTEMPTS: i64 = 30;

/// A message that is due, signed for now.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub body: String,
    /// Value of the header `stoa-sandbox-signature`.
    pub signature: String,
    attempts: i64,
}

/// What is signed and how it is written, for sender and receiver alike.
pub(super) fn signature(secret: &str, at: i64, body: &[u8]) -> String {
    let mut text = format!("{at}.").into_bytes();
    text.extend_from_slice(body);
    hex::encode(tag(secret.as_bytes(), &text))
}

impl Sandbox {
    /// Messages that are due, oldest first, at most 50.
    pub async fn due_messages(&self) -> Result<Vec<Message>> {
        self.settle_due().await?;
        let now = self.now();
        let sql = "SELECT id, body, attempts FROM message WHERE delivered_at IS NULL AND next_at <= $1 AND attempts < $2 \
                   ORDER BY next_at, id LIMIT 50";
        let values: [Value; 2] = [now.timestamp_millis().into(), ATTEMPTS.into()];
        let rows = self.0.db.read().query_all_raw(statement(sql, values)).await?;
        rows.iter()
            .map(|row| {
                let body: String = row.try_get("", "body")?;
                let at = now.timestamp();
                let signed = signature(&self.0.credentials.webhook_secret, at, body.as_bytes());
                let signature = format!("t={at},v1={signed}");
                Ok(Message {
                    id: row.try_get("", "id")?,
                    signature,
                    attempts: row.try_get("", "attempts")?,
                    body,
                })
            })
            .collect()
    }

    /// Says whether a message was taken; one that was not is due again later.
    pub async fn delivered(&self, message: &Message, taken: bool) -> Result<()> {
        let now = self.now().timestamp_millis();
        let wait = 500_i64 << message.attempts.clamp(0, 13);
        let (sql, values): (&str, [Value; 2]) = if taken {
            ("UPDATE message SET delivered_at = $1 WHERE id = $2", [now.into(), message.id.clone().into()])
        } else {
            let next = now + wait.min(3_600_000);
            (
                "UPDATE message SET attempts = attempts + 1, next_at = $1 WHERE id = $2",
                [next.into(), message.id.clone().into()],
            )
        };
        self.0.db.write().execute_raw(statement(sql, values)).await?;
        Ok(())
    }

    /// Sends messages until `stop` turns true. Without a `webhook_url` only late outcomes
    /// are brought about.
    pub async fn deliver(self, mut stop: watch::Receiver<bool>) {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
        let client = match (&self.0.webhook_url, client) {
            (Some(url), Ok(client)) => Some((url.clone(), client)),
            (Some(_), Err(error)) => {
                tracing::error!(%error, "the sandbox can't send messages");
                None
            }
            (None, _) => None,
        };
        while !*stop.borrow() {
            if let Err(error) = self.deliver_due(client.as_ref()).await {
                tracing::warn!(%error, "sandbox messages");
            }
            tokio::select! {
                () = self.0.news.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn deliver_due(&self, client: Option<&(String, reqwest::Client)>) -> Result<()> {
        let Some((url, client)) = client else { return self.settle_due().await };
        for message in self.due_messages().await? {
            let sent = client
                .post(url)
                .header(SIGNATURE, &message.signature)
                .header("content-type", "application/json")
                .body(message.body.clone())
                .send()
                .await;
            let taken = sent.is_ok_and(|response| response.status().is_success());
            self.delivered(&message, taken).await?;
        }
        Ok(())
    }
}
