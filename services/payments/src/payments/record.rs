//! The one place where the provider's news becomes our state.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde_json::{Value, json};
use stoa_kernel::{Ctx, NewEvent, Result, Tx, audit, events, new_id};
use stoa_payments_entities::{payment_attempt, payment_intent};
use stoa_payments_types::PaymentState;
use stoa_types::{Cart, Id, Order, Payment, PaymentAttempt};

use super::{AttemptNews, AttemptState, ProviderStatus, Snapshot, model, void};

/// Records what the provider says of a locked payment and answers the row as it is then.
/// Safe to call with the same, older or newer news from any number of callers.
pub(super) async fn apply(
    tx: &Tx,
    ctx: &Ctx,
    row: payment_intent::Model,
    news: &Snapshot,
) -> Result<payment_intent::Model> {
    if news.version < row.provider_version {
        return Ok(row);
    }
    let waiting = record_attempts(tx, ctx, &row, &news.attempts).await?;
    let now = model::read(&row.state)?;
    let same_amount = row.amount == news.amount.amount && row.currency == news.amount.currency.code();
    let to = match news.status {
        ProviderStatus::Authorised | ProviderStatus::Captured if !same_amount => PaymentState::Conflicted,
        ProviderStatus::Authorised | ProviderStatus::Captured => PaymentState::RequiresCapture,
        ProviderStatus::Challenged => PaymentState::RequiresCustomerAction,
        ProviderStatus::Processing => PaymentState::Processing,
        // Our own attempt has not reached them: it may still be on its way.
        ProviderStatus::Open if waiting => PaymentState::Processing,
        ProviderStatus::Open => PaymentState::RequiresPaymentMethod,
        ProviderStatus::Voided => PaymentState::Cancelled,
    };
    let money = matches!(news.status, ProviderStatus::Authorised | ProviderStatus::Captured);
    if !now.is_unsettled() {
        return settled(tx, ctx, row, news, now, money).await;
    }
    let mut after = row.clone();
    after.provider_version = news.version;
    after.challenge_url = news.challenge_url.clone();
    after.updated_at = ctx.now;
    if let Some(last) = news.attempts.last() {
        after.decline_code = last.decline_code.clone();
        after.card_brand = last.card_brand.clone();
        after.card_last4 = last.card_last4.clone();
    }
    if to != now {
        model::check(now, to)?;
        after.state = model::name(to).to_owned();
        after.version += 1;
        after.sync_count = 0;
    } else {
        after.sync_count = Ord::min(row.sync_count + 1, 1000);
    }
    after.sync_at = model::next_sync(to, after.sync_count, ctx.now);
    if to == PaymentState::Cancelled {
        after.live_cart = None;
    }
    if to == PaymentState::RequiresCapture {
        after.authorised_at = Some(ctx.now);
    }
    write(tx, &row, &after).await?;
    if to == now {
        return Ok(after);
    }
    match to {
        PaymentState::RequiresCapture => emit(tx, ctx, &after, "payment.authorized", json!({})).await?,
        PaymentState::Cancelled => {
            emit(tx, ctx, &after, "payment.failed", json!({ "reason": "voided_by_provider" })).await?
        }
        PaymentState::Conflicted => {
            tracing::error!(payment = %Id::<Payment>::new(after.id), "the provider has another amount")
        }
        _ => {}
    }
    let id = Id::<Payment>::new(after.id);
    let facts = json!({ "from": row.state, "to": after.state, "decline": after.decline_code });
    audit::record(tx, ctx, audit::Entry::new("payment.state_changed", id).facts(facts)).await?;
    Ok(after)
}

/// News for a payment whose outcome is known here.
async fn settled(
    tx: &Tx,
    ctx: &Ctx,
    row: payment_intent::Model,
    news: &Snapshot,
    now: PaymentState,
    money: bool,
) -> Result<payment_intent::Model> {
    let mut after = row.clone();
    after.provider_version = news.version;
    after.sync_at = None;
    let over = matches!(now, PaymentState::Cancelled | PaymentState::Expired | PaymentState::Failed);
    if over && news.status == ProviderStatus::Authorised {
        // The bank said yes too late: give it back.
        after.void_state = "requested".to_owned();
        write(tx, &row, &after).await?;
        void::enqueue(tx, ctx, Id::new(row.id)).await?;
        return Ok(after);
    }
    // Between our asking and the provider's doing, only a person can tell; and what the
    // provider closed by itself is gone.
    let lost = now == PaymentState::RequiresCapture
        && news.status == ProviderStatus::Voided
        && row.void_state == "none";
    if lost {
        after.state = model::name(PaymentState::Cancelled).to_owned();
        after.live_cart = None;
        after.version += 1;
        write(tx, &row, &after).await?;
        emit(tx, ctx, &after, "payment.failed", json!({ "reason": "authorisation_lost" })).await?;
        return Ok(after);
    }
    if over && money && news.status == ProviderStatus::Captured {
        tracing::error!(payment = %Id::<Payment>::new(row.id), "money was taken for a payment that is over");
    }
    write(tx, &row, &after).await?;
    Ok(after)
}

/// Writes what may differ. The row is locked, so the version only guards against a bug.
async fn write(tx: &Tx, row: &payment_intent::Model, after: &payment_intent::Model) -> Result<()> {
    use payment_intent::Column as C;
    if row == after {
        return Ok(());
    }
    let done = payment_intent::Entity::update_many()
        .col_expr(C::State, Expr::value(after.state.clone()))
        .col_expr(C::LiveCart, Expr::value(after.live_cart))
        .col_expr(C::ProviderVersion, after.provider_version.into())
        .col_expr(C::ChallengeUrl, Expr::value(after.challenge_url.clone()))
        .col_expr(C::DeclineCode, Expr::value(after.decline_code.clone()))
        .col_expr(C::CardBrand, Expr::value(after.card_brand.clone()))
        .col_expr(C::CardLast4, Expr::value(after.card_last4.clone()))
        .col_expr(C::AuthorisedAt, Expr::value(after.authorised_at))
        .col_expr(C::VoidState, Expr::value(after.void_state.clone()))
        .col_expr(C::SyncAt, Expr::value(after.sync_at))
        .col_expr(C::SyncCount, after.sync_count.into())
        .col_expr(C::Version, after.version.into())
        .col_expr(C::UpdatedAt, Expr::value(after.updated_at))
        .filter(C::Id.eq(row.id))
        .filter(C::Version.eq(row.version))
        .exec(tx)
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(stoa_kernel::Error::internal("a payment changed under its lock")),
    }
}

/// Brings our attempts up to date; true when one of ours is not among the provider's.
async fn record_attempts(
    tx: &Tx,
    ctx: &Ctx,
    row: &payment_intent::Model,
    news: &[AttemptNews],
) -> Result<bool> {
    let known = payment_attempt::Entity::find()
        .filter(payment_attempt::Column::IntentId.eq(row.id))
        .order_by_asc(payment_attempt::Column::Number)
        .all(tx)
        .await?;
    let mut number = known.last().map_or(0, |attempt| attempt.number);
    let matching = |attempt: &payment_attempt::Model, item: &AttemptNews| {
        item.ours.map(Id::<PaymentAttempt>::uuid) == Some(attempt.id)
            || attempt.provider_ref.as_ref() == Some(&item.reference)
    };
    for item in news {
        match known.iter().find(|attempt| matching(attempt, item)) {
            Some(attempt) if attempt.state == item.state.as_str() && attempt.provider_ref.is_some() => {}
            Some(attempt) => update(tx, ctx, attempt, item).await?,
            None => {
                number += 1;
                insert(tx, ctx, row, number, item).await?;
            }
        }
    }
    let started = AttemptState::Started.as_str();
    Ok(known
        .iter()
        .any(|attempt| attempt.state == started && !news.iter().any(|item| matching(attempt, item))))
}

async fn update(tx: &Tx, ctx: &Ctx, attempt: &payment_attempt::Model, item: &AttemptNews) -> Result<()> {
    use payment_attempt::Column as C;
    let mut update = payment_attempt::Entity::update_many()
        .col_expr(C::State, item.state.as_str().into())
        .col_expr(C::ProviderRef, Expr::value(item.reference.clone()))
        .col_expr(C::DeclineCode, Expr::value(item.decline_code.clone()))
        .col_expr(C::CardBrand, Expr::value(item.card_brand.clone()))
        .col_expr(C::CardLast4, Expr::value(item.card_last4.clone()))
        .filter(C::Id.eq(attempt.id));
    if item.state.is_over() {
        let none: Option<String> = None;
        update = update.col_expr(C::FinishedAt, Expr::value(ctx.now)).col_expr(C::Token, Expr::value(none));
    }
    update.exec(tx).await?;
    Ok(())
}

async fn insert(
    tx: &Tx,
    ctx: &Ctx,
    row: &payment_intent::Model,
    number: i32,
    item: &AttemptNews,
) -> Result<()> {
    let attempt = payment_attempt::ActiveModel {
        id: Set(new_id::<PaymentAttempt>().uuid()),
        intent_id: Set(row.id),
        number: Set(number),
        idempotency_key: Set(None),
        state: Set(item.state.as_str().to_owned()),
        token: Set(None),
        return_url: Set(None),
        provider_ref: Set(Some(item.reference.clone())),
        decline_code: Set(item.decline_code.clone()),
        card_brand: Set(item.card_brand.clone()),
        card_last4: Set(item.card_last4.clone()),
        started_at: Set(ctx.now),
        finished_at: Set(item.state.is_over().then_some(ctx.now)),
    };
    payment_attempt::Entity::insert(attempt).exec_without_returning(tx).await?;
    Ok(())
}

/// Emits an event of this payment: its ids and amount, and what belongs to the event.
pub(super) async fn emit(
    tx: &Tx,
    ctx: &Ctx,
    row: &payment_intent::Model,
    name: &'static str,
    more: Value,
) -> Result<()> {
    let id = Id::<Payment>::new(row.id);
    let mut data = json!({
        "payment": id,
        "cart": Id::<Cart>::new(row.cart_id),
        "order": row.order_id.map(Id::<Order>::new),
        "amount": row.amount,
        "currency": row.currency,
    });
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    let event = NewEvent::new(name, id, row.version).data(data);
    let event = if name == "payment.voided" { event.internal() } else { event };
    events::emit(tx, ctx, event).await
}
