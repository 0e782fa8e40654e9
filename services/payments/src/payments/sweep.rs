//! Asking the provider how unsettled payments stand.

use futures::{StreamExt, stream};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use stoa_kernel::{Ctx, Result};
use stoa_payments_entities::{
    payment_attempt, payment_capture, payment_intent, payment_refund, webhook_event,
};
use stoa_payments_types::{PaymentState, PaymentView};
use stoa_types::{Id, Payment, PaymentAttempt, Uuid};

use super::{
    AttemptState, ProviderError, Providers, capture, confirm, model,
    queries::{lock_row, may_see, outstanding, row, view},
    record, refund, void, webhooks,
};

/// After how long a job that should have ended is enqueued again.
const STUCK: chrono::TimeDelta = chrono::TimeDelta::minutes(15);
/// Payments looked at in one sweep.
const BATCH: u64 = 200;
/// Payments asked about at the same time.
const AT_ONCE: usize = 8;

/// Asks the provider how the payment stands, records it and answers it: for the page the
/// shopper returns to. When the provider gives no answer, what is known.
pub async fn sync(ctx: &Ctx, id: Id<Payment>) -> Result<PaymentView> {
    let known = row(ctx.db().read(), id).await?;
    may_see(ctx, &known)?;
    view(ctx, &refresh(ctx, known).await?)
}

/// Asks the provider about one unsettled payment and records the answer.
pub(super) async fn refresh(ctx: &Ctx, known: payment_intent::Model) -> Result<payment_intent::Model> {
    if !model::read(&known.state)?.is_unsettled() {
        return Ok(known);
    }
    refresh_any(ctx, known).await
}

/// [`refresh`] for settled payments too: a message may tell of money that came too late.
pub(super) async fn refresh_any(ctx: &Ctx, known: payment_intent::Model) -> Result<payment_intent::Model> {
    let id = Id::<Payment>::new(known.id);
    let state = model::read(&known.state)?;
    let Some(reference) = known.provider_ref.clone() else { return expire(ctx, known).await };
    let provider = ctx.app.part::<Providers>()?.named(&known.provider)?;
    let answer = provider.fetch(&reference).await;
    let ctx = &ctx.renewed();
    let news = match answer {
        Ok(news) => news,
        Err(error) => {
            match error {
                ProviderError::Unknown(_) => {
                    tracing::warn!(payment = %id, %error, "no answer about a payment")
                }
                _ => tracing::error!(payment = %id, %error, "the provider does not know a payment"),
            }
            return postpone(ctx, &known, state).await;
        }
    };
    let tx = ctx.db().begin().await?;
    let current = lock_row(&tx, id).await?;
    let mut done = record::apply(&tx, ctx, current, &news).await?;
    let lost = lost_attempt(&tx, ctx, &done, &news).await?;
    ctx.db().commit(tx).await?;
    if let Some(attempt) = lost
        && let Some(token) = &attempt.token
    {
        // The provider never got it: the same request again, under the same key.
        let attempt_id = Id::<PaymentAttempt>::new(attempt.id);
        done = confirm::ask(
            ctx,
            id,
            &known.provider,
            &reference,
            attempt_id,
            token,
            attempt.return_url.as_deref(),
        )
        .await?;
    }
    expire(ctx, done).await
}

/// Our last attempt, if the provider does not know it although it should by now.
async fn lost_attempt(
    tx: &stoa_kernel::Tx,
    ctx: &Ctx,
    row: &payment_intent::Model,
    news: &super::Snapshot,
) -> Result<Option<payment_attempt::Model>> {
    if model::read(&row.state)? != PaymentState::Processing {
        return Ok(None);
    }
    let attempt = payment_attempt::Entity::find()
        .filter(payment_attempt::Column::IntentId.eq(row.id))
        .filter(payment_attempt::Column::State.eq(AttemptState::Started.as_str()))
        .filter(payment_attempt::Column::StartedAt.lt(ctx.now - chrono::TimeDelta::seconds(5)))
        .order_by_desc(payment_attempt::Column::Number)
        .one(tx)
        .await?;
    Ok(attempt.filter(|attempt| news.attempts.iter().all(|item| item.ours.map(Id::uuid) != Some(attempt.id))))
}

/// Ends a payment that nobody paid in time. One whose answer is outstanding waits for it.
async fn expire(ctx: &Ctx, known: payment_intent::Model) -> Result<payment_intent::Model> {
    let open = |row: &payment_intent::Model| -> Result<bool> {
        let state = model::read(&row.state)?;
        Ok(state.is_unsettled() && state != PaymentState::Processing && row.expires_at <= ctx.now)
    };
    if !open(&known)? {
        return Ok(known);
    }
    let tx = ctx.db().begin().await?;
    let current = lock_row(&tx, Id::new(known.id)).await?;
    if !open(&current)? {
        tx.rollback().await?;
        return Ok(current);
    }
    void::call_off(&tx, ctx, &current, PaymentState::Expired, "nobody paid in time").await?;
    let done = lock_row(&tx, Id::new(known.id)).await?;
    ctx.db().commit(tx).await?;
    Ok(done)
}

async fn postpone(
    ctx: &Ctx,
    known: &payment_intent::Model,
    state: PaymentState,
) -> Result<payment_intent::Model> {
    use payment_intent::Column as C;
    payment_intent::Entity::update_many()
        .col_expr(C::SyncAt, Expr::value(model::next_sync(state, known.sync_count + 1, ctx.now)))
        .col_expr(C::SyncCount, Expr::col(C::SyncCount).add(1))
        .filter(C::Id.eq(known.id))
        .filter(C::State.eq(&known.state))
        .exec(ctx.db().write())
        .await?;
    row(ctx.db().write(), Id::new(known.id)).await
}

/// Looks after everything whose outcome is outstanding: asks about unsettled payments
/// that are due, enqueues captures, refunds and voids again whose job was given up, and
/// takes up messages that came before their payment was known. Answers how many payments
/// were asked about.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    let due: Vec<Uuid> = payment_intent::Entity::find()
        .select_only()
        .column(payment_intent::Column::Id)
        .filter(payment_intent::Column::SyncAt.lte(ctx.now))
        .order_by_asc(payment_intent::Column::SyncAt)
        .limit(BATCH)
        .into_tuple()
        .all(ctx.db().read())
        .await?;
    // Several at once: a provider that is slow to answer about one holds up few others.
    let ask = |id: Uuid| {
        let (ctx, id) = (ctx.renewed(), Id::<Payment>::new(id));
        async move {
            let asked = async { refresh(&ctx, row(ctx.db().read(), id).await?).await };
            // One payment's trouble is not the others'.
            if let Err(error) = asked.await {
                tracing::error!(payment = %id, %error, "a payment could not be asked about");
            }
        }
    };
    stream::iter(due.iter().copied().map(ask)).for_each_concurrent(AT_ONCE, |asked| asked).await;
    revive(ctx).await?;
    webhooks::unpark(ctx).await?;
    Ok(due.len() as u64)
}

/// Enqueues jobs again that should have ended long ago; a job that still waits or runs
/// is not doubled.
async fn revive(ctx: &Ctx) -> Result<()> {
    let before = ctx.now - STUCK;
    let stuck = payment_intent::Entity::find()
        .filter(outstanding())
        .filter(payment_intent::Column::UpdatedAt.lt(before))
        .limit(BATCH)
        .all(ctx.db().read())
        .await?;
    for intent in stuck {
        let tx = ctx.db().begin().await?;
        if intent.capturing > 0 {
            let open = payment_capture::Entity::find()
                .filter(payment_capture::Column::IntentId.eq(intent.id))
                .filter(payment_capture::Column::State.eq("requested"))
                .all(&tx)
                .await?;
            for row in open {
                capture::enqueue(&tx, ctx, row.id).await?;
            }
        }
        if intent.refunding > 0 {
            let open = payment_refund::Entity::find()
                .filter(payment_refund::Column::IntentId.eq(intent.id))
                .filter(payment_refund::Column::State.eq("requested"))
                .all(&tx)
                .await?;
            for row in open {
                refund::enqueue(&tx, ctx, row.id).await?;
            }
        }
        if intent.void_state == "requested" {
            void::enqueue(&tx, ctx, Id::new(intent.id)).await?;
        }
        ctx.db().commit(tx).await?;
    }
    Ok(())
}

/// A message waits for a payment we do not know yet.
pub(super) async fn parked(ctx: &Ctx) -> Result<Vec<webhook_event::Model>> {
    Ok(webhook_event::Entity::find()
        .filter(webhook_event::Column::State.eq("parked"))
        .filter(webhook_event::Column::ReceivedAt.gt(ctx.now - chrono::TimeDelta::days(7)))
        .limit(BATCH)
        .all(ctx.db().read())
        .await?)
}
