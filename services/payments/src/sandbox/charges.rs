//! What changes the sandbox's books: payments made known, tried, captured, voided and
//! refunded. Each change writes its message in the same transaction.

use sea_orm::{ConnectionTrait, Value};
use serde_json::json;
use stoa_kernel::{Result, Tx};
use stoa_types::Uuid;

use super::{
    Sandbox,
    cards::{Scenario, TestCard},
    store::{Answer, IntentJson, OperationJson, Refusal, Row, json_of, load, statement, unknown},
};

impl Sandbox {
    pub(super) async fn register(
        &self,
        payment: &str,
        amount: i64,
        currency: &str,
        return_origin: &str,
    ) -> Answer<IntentJson> {
        let tx = self.0.db.begin().await?;
        let known =
            tx.query_one_raw(statement("SELECT * FROM intent WHERE payment = $1", [payment.into()])).await?;
        if let Some(row) = known {
            let row = Row::read(&row)?;
            if row.amount != amount || row.currency != currency {
                return Ok(Err(Refusal(
                    422,
                    "idempotency_mismatch",
                    "This payment was registered with another amount.",
                )));
            }
            let mut answer = json_of(&tx, self, &row).await?;
            answer.client_secret = Some(row.client_secret);
            tx.rollback().await?;
            return Ok(Ok(answer));
        }
        let id = format!("sbi_{}", Uuid::now_v7().simple());
        let secret = stoa_kernel::sign::random_token::<24>()?;
        let sql = "INSERT INTO intent (id, payment, amount, currency, status, client_secret, return_origin, created_at) \
                   VALUES ($1, $2, $3, $4, 'open', $5, $6, $7)";
        let at = self.now().timestamp_millis();
        let values: [Value; 7] = [
            id.clone().into(),
            payment.into(),
            amount.into(),
            currency.into(),
            secret.clone().into(),
            return_origin.into(),
            at.into(),
        ];
        tx.execute_raw(statement(sql, values)).await?;
        self.0.db.commit_inside(tx).await?;
        Ok(Ok(IntentJson {
            id,
            payment: payment.to_owned(),
            version: 1,
            status: "open".to_owned(),
            amount,
            currency: currency.to_owned(),
            captured: 0,
            refunded: 0,
            challenge_url: None,
            client_secret: Some(secret),
            attempts: Vec::new(),
        }))
    }

    /// One try with a card. `ours` is the shop's id of it, if the shop asks; `patient`
    /// callers can wait for a late outcome, browsers are sent on.
    pub(super) async fn attempt(
        &self,
        id: &str,
        ours: Option<&str>,
        card: &TestCard,
        return_url: Option<&str>,
        patient: bool,
    ) -> Answer<IntentJson> {
        let tx = self.0.db.begin().await?;
        let Some(row) = load(&tx, id).await? else { return Ok(Err(unknown())) };
        if let Some(ours) = ours {
            let tried =
                tx.query_one_raw(statement("SELECT id FROM attempt WHERE ours = $1", [ours.into()])).await?;
            if tried.is_some() {
                let answer = json_of(&tx, self, &row).await?;
                tx.rollback().await?;
                return Ok(Ok(answer));
            }
        }
        match row.status.as_str() {
            "open" | "challenged" => {}
            "processing" => return Ok(Err(Refusal(409, "processing", "The bank is still answering."))),
            "voided" => return Ok(Err(Refusal(409, "voided", "This payment was called off."))),
            _ => return Ok(Err(Refusal(409, "already_paid", "This payment is paid."))),
        }
        let late = self.now() + self.0.late;
        let (status, state, decline, settle_at, silent) = match card.scenario {
            Scenario::Approve => ("authorised", "authorised", None, None, false),
            Scenario::Decline(code) => ("open", "declined", Some(code), None, false),
            Scenario::Challenge => ("challenged", "challenged", None, None, false),
            // The books say yes at once; it is the answer that gets lost.
            Scenario::Silent if patient => ("authorised", "authorised", None, None, true),
            Scenario::Silent => ("processing", "processing", None, Some(late), true),
            Scenario::Late => ("processing", "processing", None, Some(late), false),
        };
        if row.status == "challenged" {
            let sql = "UPDATE attempt SET state = 'abandoned' WHERE intent = $1 AND state = 'challenged'";
            tx.execute_raw(statement(sql, [id.into()])).await?;
        }
        let at = self.now().timestamp_millis();
        let last4 = card.number.get(card.number.len() - 4..).unwrap_or_default();
        let sql = "INSERT INTO attempt (id, intent, ours, state, decline_code, brand, last4, scenario, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let values: [Value; 9] = [
            format!("sba_{}", Uuid::now_v7().simple()).into(),
            id.into(),
            ours.map(str::to_owned).into(),
            state.into(),
            decline.map(str::to_owned).into(),
            card.brand.into(),
            last4.into(),
            card.scenario.name().into(),
            at.into(),
        ];
        tx.execute_raw(statement(sql, values)).await?;
        let challenge =
            if status == "challenged" { Some(stoa_kernel::sign::random_token::<24>()?) } else { None };
        let sql = "UPDATE intent SET status = $1, challenge_secret = $2, return_url = $3, settle_at = $4, silent = $5, \
                   version = version + 1 WHERE id = $6";
        let values: [Value; 6] = [
            status.into(),
            challenge.into(),
            return_url.map(str::to_owned).into(),
            settle_at.map(|at| at.timestamp_millis()).into(),
            i64::from(silent).into(),
            id.into(),
        ];
        tx.execute_raw(statement(sql, values)).await?;
        let Some(row) = load(&tx, id).await? else { return Ok(Err(unknown())) };
        if !silent && matches!(status, "authorised" | "open") {
            let kind = if status == "authorised" { "intent.authorised" } else { "intent.declined" };
            self.tell(&tx, &row, kind).await?;
        }
        let answer = json_of(&tx, self, &row).await?;
        self.0.db.commit_inside(tx).await?;
        self.0.news.notify_one();
        Ok(Ok(answer))
    }

    /// The shopper's answer to the bank's question.
    pub(super) async fn answer_challenge(&self, id: &str, approved: bool) -> Answer<Row> {
        let tx = self.0.db.begin().await?;
        let Some(row) = load(&tx, id).await? else { return Ok(Err(unknown())) };
        if row.status != "challenged" {
            tx.rollback().await?;
            return Ok(Ok(row));
        }
        let (status, state, decline) = if approved {
            ("authorised", "authorised", None)
        } else {
            ("open", "declined", Some("challenge_failed"))
        };
        let values: [Value; 3] = [state.into(), decline.map(str::to_owned).into(), id.into()];
        tx.execute_raw(statement(
            "UPDATE attempt SET state = $1, decline_code = $2 WHERE intent = $3 AND state = 'challenged'",
            values,
        ))
        .await?;
        let sql =
            "UPDATE intent SET status = $1, challenge_secret = NULL, version = version + 1 WHERE id = $2";
        tx.execute_raw(statement(sql, [status.into(), id.into()])).await?;
        let Some(row) = load(&tx, id).await? else { return Ok(Err(unknown())) };
        self.tell(&tx, &row, if approved { "intent.authorised" } else { "intent.declined" }).await?;
        self.0.db.commit_inside(tx).await?;
        self.0.news.notify_one();
        Ok(Ok(row))
    }

    /// Takes authorised money, once per key.
    pub(super) async fn capture(&self, id: &str, amount: i64, key: &str) -> Answer<OperationJson> {
        let guard = "UPDATE intent SET captured = captured + $1, status = 'captured', version = version + 1 \
                     WHERE id = $2 AND status IN ('authorised', 'captured') AND captured + $1 <= amount";
        let no = Refusal(409, "not_capturable", "There is less to capture than that.");
        self.operate(id, "capture", amount, key, guard, no).await
    }

    /// Gives captured money back, once per key.
    pub(super) async fn refund(&self, id: &str, amount: i64, key: &str) -> Answer<OperationJson> {
        let guard = "UPDATE intent SET refunded = refunded + $1, version = version + 1 \
                     WHERE id = $2 AND status = 'captured' AND refunded + $1 <= captured";
        let no = Refusal(409, "not_refundable", "There is less to refund than that.");
        self.operate(id, "refund", amount, key, guard, no).await
    }

    /// Releases what is reserved and closes the payment; one that is closed stays so.
    pub(super) async fn void(&self, id: &str, key: &str) -> Answer<OperationJson> {
        let guard = "UPDATE intent SET status = 'voided', settle_at = NULL, challenge_secret = NULL, \
                     version = version + 1 WHERE id = $2 AND captured = 0 AND $1 = 0";
        let no = Refusal(409, "already_captured", "The money was taken. Refund it.");
        self.operate(id, "void", 0, key, guard, no).await
    }

    async fn operate(
        &self,
        id: &str,
        kind: &'static str,
        amount: i64,
        key: &str,
        guard: &str,
        no: Refusal,
    ) -> Answer<OperationJson> {
        let tx = self.0.db.begin().await?;
        if load(&tx, id).await?.is_none() {
            return Ok(Err(unknown()));
        }
        let known =
            tx.query_one_raw(statement("SELECT * FROM operation WHERE key = $1", [key.into()])).await?;
        if let Some(row) = known {
            let same = (
                row.try_get::<String>("", "intent")?,
                row.try_get::<String>("", "kind")?,
                row.try_get::<i64>("", "amount")?,
            );
            tx.rollback().await?;
            if same != (id.to_owned(), kind.to_owned(), amount) {
                return Ok(Err(Refusal(
                    422,
                    "idempotency_mismatch",
                    "This key was used for something else.",
                )));
            }
            return Ok(Ok(OperationJson {
                id: row.try_get("", "id")?,
                version: row.try_get("", "version")?,
            }));
        }
        if amount < 0 || (amount == 0 && kind != "void") {
            return Ok(Err(Refusal(422, "amount_invalid", "The amount must be above zero.")));
        }
        let done = tx.execute_raw(statement(guard, [amount.into(), id.into()])).await?;
        if done.rows_affected() != 1 {
            return Ok(Err(no));
        }
        let Some(row) = load(&tx, id).await? else { return Ok(Err(unknown())) };
        let operation =
            OperationJson { id: format!("sbo_{}", Uuid::now_v7().simple()), version: row.version };
        let sql = "INSERT INTO operation (key, id, intent, kind, amount, version, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let at = self.now().timestamp_millis();
        let values: [Value; 7] = [
            key.into(),
            operation.id.clone().into(),
            id.into(),
            kind.into(),
            amount.into(),
            row.version.into(),
            at.into(),
        ];
        tx.execute_raw(statement(sql, values)).await?;
        let told = match kind {
            "capture" => "intent.captured",
            "refund" => "intent.refunded",
            _ => "intent.voided",
        };
        self.tell(&tx, &row, told).await?;
        self.0.db.commit_inside(tx).await?;
        self.0.news.notify_one();
        Ok(Ok(operation))
    }

    /// Says yes to what was left open until now.
    pub(super) async fn settle_due(&self) -> Result<()> {
        let now = self.now().timestamp_millis();
        let due = "SELECT id FROM intent WHERE settle_at <= $1 AND status = 'processing' LIMIT 100";
        if self.0.db.read().query_one_raw(statement(due, [now.into()])).await?.is_none() {
            return Ok(());
        }
        let tx = self.0.db.begin().await?;
        for row in tx.query_all_raw(statement(due, [now.into()])).await? {
            let id: String = row.try_get("", "id")?;
            let sql = "UPDATE intent SET status = 'authorised', settle_at = NULL, version = version + 1 WHERE id = $1";
            tx.execute_raw(statement(sql, [id.clone().into()])).await?;
            let sql = "UPDATE attempt SET state = 'authorised' WHERE intent = $1 AND state = 'processing'";
            tx.execute_raw(statement(sql, [id.clone().into()])).await?;
            let silent = tx
                .query_one_raw(statement("SELECT silent FROM intent WHERE id = $1", [id.clone().into()]))
                .await?;
            let silent = silent.map(|row| row.try_get::<i64>("", "silent")).transpose()?.unwrap_or(0) != 0;
            if let Some(row) = load(&tx, &id).await?
                && !silent
            {
                self.tell(&tx, &row, "intent.authorised").await?;
            }
        }
        self.0.db.commit_inside(tx).await?;
        self.0.news.notify_one();
        Ok(())
    }

    /// Writes a message in the transaction of what it tells.
    async fn tell(&self, tx: &Tx, row: &Row, kind: &str) -> Result<()> {
        let id = format!("sbe_{}", Uuid::now_v7().simple());
        let at = self.now();
        let body = json!({
            "id": id,
            "type": kind,
            "created": at.timestamp(),
            "data": { "intent": row.id, "payment": row.payment, "version": row.version },
        });
        let sql = "INSERT INTO message (id, body, next_at) VALUES ($1, $2, $3)";
        let values: [Value; 3] = [id.into(), body.to_string().into(), at.timestamp_millis().into()];
        tx.execute_raw(statement(sql, values)).await?;
        Ok(())
    }
}
