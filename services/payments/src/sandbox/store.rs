//! The sandbox's books.

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use serde::{Deserialize, Serialize};
use stoa_kernel::{Db, Result};

use super::Sandbox;

const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS intent (
        id TEXT PRIMARY KEY, payment TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL, currency TEXT NOT NULL,
        status TEXT NOT NULL, client_secret TEXT NOT NULL, return_origin TEXT NOT NULL, return_url TEXT,
        challenge_secret TEXT, captured INTEGER NOT NULL DEFAULT 0, refunded INTEGER NOT NULL DEFAULT 0,
        version INTEGER NOT NULL DEFAULT 1, settle_at INTEGER, silent INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_intent_settle ON intent (settle_at)",
    "CREATE TABLE IF NOT EXISTS attempt (
        id TEXT PRIMARY KEY, intent TEXT NOT NULL REFERENCES intent(id), ours TEXT UNIQUE, state TEXT NOT NULL,
        decline_code TEXT, brand TEXT NOT NULL, last4 TEXT NOT NULL, scenario TEXT NOT NULL, created_at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_attempt_intent ON attempt (intent)",
    "CREATE TABLE IF NOT EXISTS operation (
        key TEXT PRIMARY KEY, id TEXT NOT NULL, intent TEXT NOT NULL REFERENCES intent(id), kind TEXT NOT NULL,
        amount INTEGER NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS message (
        id TEXT PRIMARY KEY, body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL,
        delivered_at INTEGER)",
    "CREATE INDEX IF NOT EXISTS ix_message_due ON message (delivered_at, next_at)",
];

pub(super) async fn create_tables(db: &Db) -> Result<()> {
    for table in TABLES {
        db.write().execute_unprepared(table).await?;
    }
    Ok(())
}

pub(super) fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, sql, values)
}

/// A definite no of the sandbox: HTTP status, code, words.
#[derive(Debug)]
pub(super) struct Refusal(pub u16, pub &'static str, pub &'static str);

/// What a call ends in: an answer, a definite no, or a failure of ours.
pub(super) type Answer<T> = Result<std::result::Result<T, Refusal>>;

/// A payment in the sandbox's books.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub id: String,
    pub payment: String,
    pub amount: i64,
    pub currency: String,
    /// `open`, `challenged`, `processing`, `authorised`, `captured` or `voided`.
    pub status: String,
    pub client_secret: String,
    pub return_origin: String,
    pub return_url: Option<String>,
    pub challenge_secret: Option<String>,
    pub captured: i64,
    pub refunded: i64,
    pub version: i64,
}

impl Row {
    pub fn read(row: &QueryResult) -> Result<Self> {
        Ok(Self {
            id: row.try_get("", "id")?,
            payment: row.try_get("", "payment")?,
            amount: row.try_get("", "amount")?,
            currency: row.try_get("", "currency")?,
            status: row.try_get("", "status")?,
            client_secret: row.try_get("", "client_secret")?,
            return_origin: row.try_get("", "return_origin")?,
            return_url: row.try_get("", "return_url")?,
            challenge_secret: row.try_get("", "challenge_secret")?,
            captured: row.try_get("", "captured")?,
            refunded: row.try_get("", "refunded")?,
            version: row.try_get("", "version")?,
        })
    }
}

/// What the API answers of a payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct IntentJson {
    pub id: String,
    pub payment: String,
    pub version: i64,
    pub status: String,
    pub amount: i64,
    pub currency: String,
    pub captured: i64,
    pub refunded: i64,
    #[serde(default)]
    pub challenge_url: Option<String>,
    /// Only in the answer to the registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    pub attempts: Vec<AttemptJson>,
}

/// What the API answers of an attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AttemptJson {
    pub id: String,
    /// The shop's id of it.
    #[serde(default)]
    pub ours: Option<String>,
    pub state: String,
    #[serde(default)]
    pub decline_code: Option<String>,
    pub brand: String,
    pub last4: String,
}

/// What a capture, void or refund came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OperationJson {
    pub id: String,
    pub version: i64,
}

/// One payment of the books, for tests and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The shop's id of the payment.
    pub payment: String,
    /// `open`, `challenged`, `processing`, `authorised`, `captured` or `voided`.
    pub status: String,
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
    /// Attempts the bank said yes to: never more than one.
    pub authorisations: i64,
}

/// Sums over all payments, in minor units whatever the currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Reserved and neither taken nor released.
    pub authorised: i64,
    pub captured: i64,
    pub refunded: i64,
    pub charges: Vec<Charge>,
}

impl Sandbox {
    /// Everything the bank has, to hold against the shop's books.
    pub async fn ledger(&self) -> Result<Totals> {
        self.settle_due().await?;
        let sql = "SELECT payment, status, amount, captured, refunded, \
                   (SELECT COUNT(*) FROM attempt WHERE intent = intent.id AND state = 'authorised') AS authorisations \
                   FROM intent ORDER BY created_at, id";
        let rows = self.0.db.read().query_all_raw(statement(sql, [])).await?;
        let mut totals = Totals::default();
        for row in rows {
            let charge = Charge {
                payment: row.try_get("", "payment")?,
                status: row.try_get("", "status")?,
                amount: row.try_get("", "amount")?,
                captured: row.try_get("", "captured")?,
                refunded: row.try_get("", "refunded")?,
                authorisations: row.try_get("", "authorisations")?,
            };
            totals.captured += charge.captured;
            totals.refunded += charge.refunded;
            if matches!(charge.status.as_str(), "authorised" | "captured") {
                totals.authorised += charge.amount - charge.captured;
            }
            totals.charges.push(charge);
        }
        Ok(totals)
    }

    pub(super) async fn show(&self, id: &str) -> Answer<IntentJson> {
        self.settle_due().await?;
        let conn = self.0.db.read();
        match load(conn, id).await? {
            Some(row) => Ok(Ok(json_of(conn, self, &row).await?)),
            None => Ok(Err(unknown())),
        }
    }

    pub(super) async fn row(&self, id: &str) -> Result<Option<Row>> {
        load(self.0.db.read(), id).await
    }
}

pub(super) fn unknown() -> Refusal {
    Refusal(404, "not_found", "There is no such payment.")
}

pub(super) async fn load(conn: &impl ConnectionTrait, id: &str) -> Result<Option<Row>> {
    let row = conn.query_one_raw(statement("SELECT * FROM intent WHERE id = $1", [id.into()])).await?;
    row.map(|row| Row::read(&row)).transpose()
}

pub(super) async fn json_of(conn: &impl ConnectionTrait, sandbox: &Sandbox, row: &Row) -> Result<IntentJson> {
    let sql = "SELECT * FROM attempt WHERE intent = $1 ORDER BY created_at, id";
    let attempts = conn.query_all_raw(statement(sql, [row.id.clone().into()])).await?;
    let attempts = attempts
        .iter()
        .map(|attempt| {
            Ok(AttemptJson {
                id: attempt.try_get("", "id")?,
                ours: attempt.try_get("", "ours")?,
                state: attempt.try_get("", "state")?,
                decline_code: attempt.try_get("", "decline_code")?,
                brand: attempt.try_get("", "brand")?,
                last4: attempt.try_get("", "last4")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let challenge_url = row
        .challenge_secret
        .as_ref()
        .map(|secret| format!("{}/challenge/{}?secret={secret}", sandbox.0.base_url, row.id));
    Ok(IntentJson {
        id: row.id.clone(),
        payment: row.payment.clone(),
        version: row.version,
        status: row.status.clone(),
        amount: row.amount,
        currency: row.currency.clone(),
        captured: row.captured,
        refunded: row.refunded,
        challenge_url,
        client_secret: None,
        attempts,
    })
}
