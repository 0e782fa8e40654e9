//! Giving captured money back.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_kernel::{Ctx, Error, Result, Tx, audit, jobs};
use stoa_payments_entities::{payment_intent, payment_refund};
use stoa_types::{Id, Money, Payment, Refund, Uuid};

use super::{
    AMOUNT_INVALID, ProviderError, Providers, REFUND_EXCEEDS_CAPTURED,
    queries::{lock_row, row},
    record::emit,
};
use crate::ledger::{self, Account, Journal};

/// Money to give back for one refund.
pub struct RefundRequest {
    /// The refund; asked for again it is the same action.
    pub refund: Id<Refund>,
    pub payment: Id<Payment>,
    /// At least 1, in the payment's currency.
    pub amount: Money,
}

/// Asks for money to be given back; a job does it. Together with refunds done and under
/// way it never exceeds what was captured: [`REFUND_EXCEEDS_CAPTURED`] otherwise, with
/// what is left, and nothing was written. The same refund again changes nothing.
pub async fn request_refund(tx: &Tx, ctx: &Ctx, request: RefundRequest) -> Result<()> {
    use payment_intent::Column as C;
    let intent = lock_row(tx, request.payment).await?;
    if request.amount.amount < 1 || request.amount.currency.code() != intent.currency {
        return Err(AMOUNT_INVALID.error(format!("Refund an amount above zero in {}.", intent.currency)));
    }
    // The payment is locked, so nobody else asks for this refund meanwhile.
    if payment_refund::Entity::find_by_id(request.refund.uuid()).one(tx).await?.is_some() {
        return Ok(());
    }
    let wanted = Expr::col(C::Refunded).add(Expr::col(C::Refunding)).add(request.amount.amount);
    let done = payment_intent::Entity::update_many()
        .col_expr(C::Refunding, Expr::col(C::Refunding).add(request.amount.amount))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .col_expr(C::UpdatedAt, Expr::value(ctx.now))
        .filter(C::Id.eq(intent.id))
        .filter(wanted.lte(Expr::col(C::Captured)))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 {
        let left = Money::new(intent.captured - intent.refunded - intent.refunding, request.amount.currency);
        return Err(REFUND_EXCEEDS_CAPTURED
            .error(format!("You can refund up to {} {}.", left.decimal(), left.currency))
            .fact("refundable", left.amount)
            .fact("currency", left.currency));
    }
    let asked = payment_refund::ActiveModel {
        id: Set(request.refund.uuid()),
        intent_id: Set(intent.id),
        amount: Set(request.amount.amount),
        state: Set("requested".to_owned()),
        provider_ref: Set(None),
        error: Set(None),
        requested_at: Set(ctx.now),
        finished_at: Set(None),
    };
    payment_refund::Entity::insert(asked).exec_without_returning(tx).await?;
    let facts = json!({ "refund": request.refund, "amount": request.amount });
    audit::record(tx, ctx, audit::Entry::new("payment.refund_requested", request.payment).facts(facts))
        .await?;
    enqueue(tx, ctx, request.refund.uuid()).await
}

pub(super) async fn enqueue(tx: &Tx, ctx: &Ctx, refund: Uuid) -> Result<()> {
    let options =
        jobs::Options { unique_key: Some(format!("payments.refund:{refund}")), ..Default::default() };
    jobs::enqueue_with(tx, ctx, "payments.refund", refund, options).await.map(|_| ())
}

/// Asks the provider, with the refund's id as key, and records the answer. Silence is an
/// error, so that the job asks again.
pub(super) async fn run(ctx: &Ctx, refund: Uuid) -> Result<()> {
    let found = payment_refund::Entity::find_by_id(refund).one(ctx.db().read()).await?;
    let Some(asked) = found.filter(|row| row.state == "requested") else { return Ok(()) };
    let intent = row(ctx.db().read(), Id::new(asked.intent_id)).await?;
    let provider = ctx.app.part::<Providers>()?.named(&intent.provider)?;
    let reference = intent
        .provider_ref
        .as_deref()
        .ok_or_else(|| Error::internal("a refund without a provider's payment"))?;
    let amount = Money::new(asked.amount, intent.currency.parse()?);
    let answer = provider.refund(reference, amount, &Id::<Refund>::new(refund).to_string()).await;
    let ctx = &ctx.renewed();
    let tx = ctx.db().begin().await?;
    match answer {
        Ok(outcome) if outcome.pending => {
            tx.rollback().await?;
            return Err(Error::internal("the provider is still refunding"));
        }
        Ok(outcome) => finish(&tx, ctx, &asked, Ok((&outcome.reference, outcome.version))).await?,
        Err(ProviderError::Refused { code, message }) => {
            finish(&tx, ctx, &asked, Err(format!("{code}: {message}"))).await?
        }
        Err(error) => {
            tx.rollback().await?;
            return Err(Error::internal(error.to_string()));
        }
    }
    ctx.db().commit(tx).await?;
    Ok(())
}

async fn finish(
    tx: &Tx,
    ctx: &Ctx,
    asked: &payment_refund::Model,
    outcome: Result<(&str, i64), String>,
) -> Result<()> {
    use payment_intent::Column as C;
    let id = Id::<Payment>::new(asked.intent_id);
    let refund = Id::<Refund>::new(asked.id);
    let intent = lock_row(tx, id).await?;
    let (state, reference, error) = match &outcome {
        Ok((reference, _)) => ("succeeded", Some((*reference).to_owned()), None),
        Err(error) => ("failed", None, Some(error.clone())),
    };
    let done = payment_refund::Entity::update_many()
        .col_expr(payment_refund::Column::State, state.into())
        .col_expr(payment_refund::Column::ProviderRef, Expr::value(reference))
        .col_expr(payment_refund::Column::Error, Expr::value(error.clone()))
        .col_expr(payment_refund::Column::FinishedAt, Expr::value(ctx.now))
        .filter(payment_refund::Column::Id.eq(asked.id))
        .filter(payment_refund::Column::State.eq("requested"))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 {
        return Ok(());
    }
    let refunded = if outcome.is_ok() { asked.amount } else { 0 };
    let version = outcome.as_ref().map_or(intent.provider_version, |(_, version)| *version);
    payment_intent::Entity::update_many()
        .col_expr(C::Refunded, Expr::col(C::Refunded).add(refunded))
        .col_expr(C::Refunding, Expr::col(C::Refunding).sub(asked.amount))
        .col_expr(C::ProviderVersion, Ord::max(intent.provider_version, version).into())
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .col_expr(C::UpdatedAt, Expr::value(ctx.now))
        .filter(C::Id.eq(asked.intent_id))
        .exec(tx)
        .await?;
    let after = payment_intent::Model { version: intent.version + 1, ..intent };
    let mut facts = json!({ "refund": refund, "amount": asked.amount });
    if let Some(error) = error {
        facts["reason"] = json!(error);
        audit::record(tx, ctx, audit::Entry::new("payment.refund_failed", id).facts(&facts)).await?;
        return emit(tx, ctx, &after, "payment.refund.failed", facts).await;
    }
    let journal = Journal {
        key: format!("refund:{refund}"),
        description: "Payment refunded".to_owned(),
        currency: after.currency.parse()?,
        lines: vec![(Account::CustomerFunds, asked.amount), (Account::PspClearing, -asked.amount)],
        order: after.order_id.map(Id::new),
        payment: Some(id),
        refund: Some(refund),
    };
    ledger::post(tx, ctx, journal).await?;
    audit::record(tx, ctx, audit::Entry::new("payment.refunded", id).facts(&facts)).await?;
    emit(tx, ctx, &after, "payment.refunded", facts).await
}
