//! Taking authorised money.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_kernel::{Ctx, Error, Result, Tx, audit, jobs};
use stoa_payments_entities::{payment_capture, payment_intent};
use stoa_payments_types::PaymentState;
use stoa_types::{Id, Money, Payment, Uuid};

use super::{
    CAPTURE_EXCEEDS_AUTHORISED, ProviderError, Providers, model,
    queries::{lock_row, row},
    record::emit,
};
use crate::ledger::{self, Account, Journal};

/// Asks for authorised money to be taken; a job does it. Refused with
/// [`CAPTURE_EXCEEDS_AUTHORISED`] when less is left. A payment of nothing needs nothing.
pub async fn request_capture(tx: &Tx, ctx: &Ctx, id: Id<Payment>, amount: Money) -> Result<()> {
    use payment_intent::Column as C;
    let intent = lock_row(tx, id).await?;
    if amount.is_zero() && intent.amount == 0 {
        return Ok(());
    }
    let capturable = [PaymentState::RequiresCapture, PaymentState::PartiallyCapturedAndCapturable];
    let wanted = Expr::col(C::Captured).add(Expr::col(C::Capturing)).add(amount.amount);
    let done = payment_intent::Entity::update_many()
        .col_expr(C::Capturing, Expr::col(C::Capturing).add(amount.amount))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .col_expr(C::UpdatedAt, Expr::value(ctx.now))
        .filter(C::Id.eq(id.uuid()))
        .filter(C::State.is_in(capturable.map(model::name)))
        .filter(C::Currency.eq(amount.currency.code()))
        .filter(wanted.lte(Expr::col(C::Amount)))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 || amount.amount < 1 {
        let left = intent.amount - intent.captured - intent.capturing;
        let left = if capturable.map(model::name).contains(&intent.state.as_str()) { left } else { 0 };
        return Err(CAPTURE_EXCEEDS_AUTHORISED
            .error("There is less to capture than that.")
            .fact("capturable", left));
    }
    let capture = Uuid::now_v7();
    let row = payment_capture::ActiveModel {
        id: Set(capture),
        intent_id: Set(id.uuid()),
        amount: Set(amount.amount),
        state: Set("requested".to_owned()),
        provider_ref: Set(None),
        error: Set(None),
        requested_at: Set(ctx.now),
        finished_at: Set(None),
    };
    payment_capture::Entity::insert(row).exec_without_returning(tx).await?;
    audit::record(
        tx,
        ctx,
        audit::Entry::new("payment.capture_requested", id).facts(json!({ "amount": amount })),
    )
    .await?;
    enqueue(tx, ctx, capture).await
}

pub(super) async fn enqueue(tx: &Tx, ctx: &Ctx, capture: Uuid) -> Result<()> {
    let options =
        jobs::Options { unique_key: Some(format!("payments.capture:{capture}")), ..Default::default() };
    jobs::enqueue_with(tx, ctx, "payments.capture", capture, options).await.map(|_| ())
}

/// Asks the provider, with the capture's id as key, and records the answer. Silence is
/// an error, so that the job asks again.
pub(super) async fn run(ctx: &Ctx, capture: Uuid) -> Result<()> {
    let found = payment_capture::Entity::find_by_id(capture).one(ctx.db().read()).await?;
    let Some(asked) = found.filter(|row| row.state == "requested") else { return Ok(()) };
    let intent = row(ctx.db().read(), Id::new(asked.intent_id)).await?;
    let provider = ctx.app.part::<Providers>()?.named(&intent.provider)?;
    let reference = intent
        .provider_ref
        .as_deref()
        .ok_or_else(|| Error::internal("a capture without a provider's payment"))?;
    let amount = Money::new(asked.amount, intent.currency.parse()?);
    let answer = provider.capture(reference, amount, &capture.to_string()).await;
    let ctx = &ctx.renewed();
    let tx = ctx.db().begin().await?;
    match answer {
        Ok(outcome) if outcome.pending => {
            tx.rollback().await?;
            return Err(Error::internal("the provider is still capturing"));
        }
        Ok(outcome) => succeeded(&tx, ctx, &asked, &outcome.reference, outcome.version).await?,
        Err(ProviderError::Refused { code, message }) => {
            failed(&tx, ctx, &asked, &format!("{code}: {message}")).await?
        }
        Err(error) => {
            tx.rollback().await?;
            return Err(Error::internal(error.to_string()));
        }
    }
    ctx.db().commit(tx).await?;
    Ok(())
}

async fn succeeded(
    tx: &Tx,
    ctx: &Ctx,
    asked: &payment_capture::Model,
    reference: &str,
    version: i64,
) -> Result<()> {
    use payment_intent::Column as C;
    let id = Id::<Payment>::new(asked.intent_id);
    let intent = lock_row(tx, id).await?;
    if !close(tx, ctx, asked, "succeeded", Some(reference), None).await? {
        return Ok(());
    }
    let captured = intent.captured + asked.amount;
    let to = model::by_captured(intent.amount, captured);
    let from = model::read(&intent.state)?;
    if from != to {
        model::check(from, to)?;
    }
    payment_intent::Entity::update_many()
        .col_expr(C::Captured, Expr::col(C::Captured).add(asked.amount))
        .col_expr(C::Capturing, Expr::col(C::Capturing).sub(asked.amount))
        .col_expr(C::State, model::name(to).into())
        .col_expr(C::ProviderVersion, Ord::max(intent.provider_version, version).into())
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .col_expr(C::UpdatedAt, Expr::value(ctx.now))
        .filter(C::Id.eq(asked.intent_id))
        .exec(tx)
        .await?;
    let journal = Journal {
        key: format!("capture:{}", asked.id),
        description: "Payment captured".to_owned(),
        currency: intent.currency.parse()?,
        lines: vec![(Account::PspClearing, asked.amount), (Account::CustomerFunds, -asked.amount)],
        order: intent.order_id.map(Id::new),
        payment: Some(id),
        refund: None,
    };
    ledger::post(tx, ctx, journal).await?;
    let after = payment_intent::Model { version: intent.version + 1, ..intent };
    let facts = json!({ "capture": asked.id, "amount": asked.amount });
    audit::record(tx, ctx, audit::Entry::new("payment.captured", id).facts(&facts)).await?;
    emit(tx, ctx, &after, "payment.captured", facts).await
}

/// A definite no to money that was authorised: an order may wait for it, so staff must
/// look.
async fn failed(tx: &Tx, ctx: &Ctx, asked: &payment_capture::Model, error: &str) -> Result<()> {
    use payment_intent::Column as C;
    let id = Id::<Payment>::new(asked.intent_id);
    let intent = lock_row(tx, id).await?;
    if !close(tx, ctx, asked, "failed", None, Some(error)).await? {
        return Ok(());
    }
    tracing::error!(payment = %id, error, "the provider refused to capture");
    payment_intent::Entity::update_many()
        .col_expr(C::Capturing, Expr::col(C::Capturing).sub(asked.amount))
        .col_expr(C::State, model::name(PaymentState::Conflicted).into())
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .col_expr(C::UpdatedAt, Expr::value(ctx.now))
        .filter(C::Id.eq(asked.intent_id))
        .exec(tx)
        .await?;
    let after = payment_intent::Model { version: intent.version + 1, ..intent };
    audit::record(tx, ctx, audit::Entry::new("payment.capture_failed", id).facts(json!({ "error": error })))
        .await?;
    emit(tx, ctx, &after, "payment.failed", json!({ "reason": "capture_refused", "capture": asked.id })).await
}

/// Ends a capture once; false when another worker has.
async fn close(
    tx: &Tx,
    ctx: &Ctx,
    asked: &payment_capture::Model,
    state: &str,
    reference: Option<&str>,
    error: Option<&str>,
) -> Result<bool> {
    use payment_capture::Column as C;
    let done = payment_capture::Entity::update_many()
        .col_expr(C::State, state.into())
        .col_expr(C::ProviderRef, Expr::value(reference.map(str::to_owned)))
        .col_expr(C::Error, Expr::value(error.map(str::to_owned)))
        .col_expr(C::FinishedAt, Expr::value(ctx.now))
        .filter(C::Id.eq(asked.id))
        .filter(C::State.eq("requested"))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}
