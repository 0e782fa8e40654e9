//! Calling a payment off and releasing what was reserved.

use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_kernel::{Ctx, Error, Result, Tx, audit, jobs};
use stoa_payments_entities::payment_intent;
use stoa_payments_types::PaymentState;
use stoa_types::{Id, Payment};

use super::{
    INTENT_PROCESSING, ProviderError, Providers, model,
    queries::{lock_row, row},
    record::emit,
};

/// Calls a payment off: from now on nobody can pay it, and a job releases what the bank
/// has reserved. What is over already stays as it is; while a capture is under way it is
/// refused with [`INTENT_PROCESSING`], and what was taken is refunded instead.
pub async fn request_void(tx: &Tx, ctx: &Ctx, id: Id<Payment>, reason: &str) -> Result<()> {
    let intent = lock_row(tx, id).await?;
    let state = model::read(&intent.state)?;
    let over = [
        PaymentState::Cancelled,
        PaymentState::CancelledPostCapture,
        PaymentState::Expired,
        PaymentState::Failed,
    ];
    if over.contains(&state) {
        return Ok(());
    }
    if intent.capturing > 0 {
        return Err(INTENT_PROCESSING.error("The money is being taken right now. Refund it instead."));
    }
    let to = if intent.captured > 0 { PaymentState::CancelledPostCapture } else { PaymentState::Cancelled };
    model::check(state, to)?;
    call_off(tx, ctx, &intent, to, reason).await
}

/// Ends a locked payment in a state without (further) money and has the provider release
/// what it holds.
pub(super) async fn call_off(
    tx: &Tx,
    ctx: &Ctx,
    intent: &payment_intent::Model,
    to: PaymentState,
    reason: &str,
) -> Result<()> {
    use payment_intent::Column as C;
    let nobody: Option<stoa_types::Uuid> = None;
    let never: Option<chrono::DateTime<chrono::Utc>> = None;
    let known = intent.provider_ref.is_some();
    let mut update = payment_intent::Entity::update_many()
        .col_expr(C::State, model::name(to).into())
        .col_expr(C::SyncAt, Expr::value(never))
        .col_expr(C::VoidState, if known { "requested" } else { "done" }.into())
        .col_expr(C::VoidReason, reason.into())
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .col_expr(C::UpdatedAt, Expr::value(ctx.now))
        .filter(C::Id.eq(intent.id))
        .filter(C::Version.eq(intent.version));
    if to != PaymentState::CancelledPostCapture {
        update = update.col_expr(C::LiveCart, Expr::value(nobody));
    }
    if update.exec(tx).await?.rows_affected != 1 {
        return Err(Error::internal("a payment changed under its lock"));
    }
    let id = Id::<Payment>::new(intent.id);
    let entry = audit::Entry::new("payment.called_off", id).reason(Some(reason.to_owned()));
    audit::record(tx, ctx, entry.facts(json!({ "from": intent.state, "to": model::name(to) }))).await?;
    let after = payment_intent::Model {
        version: intent.version + 1,
        state: model::name(to).to_owned(),
        ..intent.clone()
    };
    if to == PaymentState::Expired {
        emit(tx, ctx, &after, "payment.failed", json!({ "reason": "expired" })).await?;
    }
    if known {
        enqueue(tx, ctx, id).await?;
    } else {
        emit(tx, ctx, &after, "payment.voided", json!({ "reason": reason })).await?;
    }
    Ok(())
}

/// Has the provider release what it holds; marks it as outstanding.
pub(super) async fn enqueue(tx: &Tx, ctx: &Ctx, id: Id<Payment>) -> Result<()> {
    payment_intent::Entity::update_many()
        .col_expr(payment_intent::Column::VoidState, "requested".into())
        .filter(payment_intent::Column::Id.eq(id.uuid()))
        .exec(tx)
        .await?;
    let options = jobs::Options { unique_key: Some(format!("payments.void:{id}")), ..Default::default() };
    jobs::enqueue_with(tx, ctx, "payments.void", id, options).await.map(|_| ())
}

/// Asks the provider and records the answer. Silence is an error, so that the job asks
/// again.
pub(super) async fn run(ctx: &Ctx, id: Id<Payment>) -> Result<()> {
    use payment_intent::Column as C;
    let intent = row(ctx.db().read(), id).await?;
    if intent.void_state != "requested" {
        return Ok(());
    }
    let provider = ctx.app.part::<Providers>()?.named(&intent.provider)?;
    let Some(reference) = intent.provider_ref.as_deref() else { return Ok(()) };
    let answer = provider.void(reference, &format!("{id}:void")).await;
    let ctx = &ctx.renewed();
    let (version, refusal) = match answer {
        Ok(outcome) if outcome.pending => return Err(Error::internal("the provider is still releasing")),
        Ok(outcome) => (outcome.version, None),
        Err(ProviderError::Refused { code, .. }) => (intent.provider_version, Some(code)),
        Err(error) => return Err(Error::internal(error.to_string())),
    };
    let tx = ctx.db().begin().await?;
    let current = lock_row(&tx, id).await?;
    if current.void_state != "requested" {
        tx.rollback().await?;
        return Ok(());
    }
    let mut update = payment_intent::Entity::update_many()
        .col_expr(C::VoidState, "done".into())
        .col_expr(C::ProviderVersion, Ord::max(current.provider_version, version).into())
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .col_expr(C::UpdatedAt, Expr::value(ctx.now))
        .filter(C::Id.eq(id.uuid()));
    if let Some(code) = &refusal {
        tracing::error!(payment = %id, code, "the provider refused to release money");
        update = update.col_expr(C::State, model::name(PaymentState::Conflicted).into());
    }
    update.exec(&tx).await?;
    let after = payment_intent::Model { version: current.version + 1, ..current };
    let reason = refusal.clone().unwrap_or_else(|| after.void_reason.clone().unwrap_or_default());
    let facts = json!({ "reason": reason });
    let (action, event) = match refusal {
        None => ("payment.voided", "payment.voided"),
        Some(_) => ("payment.void_failed", "payment.failed"),
    };
    audit::record(&tx, ctx, audit::Entry::new(action, id).facts(&facts)).await?;
    emit(&tx, ctx, &after, event, facts).await?;
    ctx.db().commit(tx).await?;
    Ok(())
}
