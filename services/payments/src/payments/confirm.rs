//! Paying with a token.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use stoa_kernel::{Ctx, Error, Fields, Result, Tx, jobs, new_id, ports::Rate};
use stoa_payments_entities::{payment_attempt, payment_intent};
use stoa_payments_types::{Confirm, PaymentState, PaymentView};
use stoa_types::{Id, Payment, PaymentAttempt};

use super::{
    AttemptState, CARD_NUMBER_REFUSED, INTENT_EXPIRED, INTENT_PROCESSING, INVALID_TRANSITION, PAYMENTS_WRITE,
    ProviderError, Providers, RISK_REFUSED, RiskDecision, TEXT_INVALID, holds_card_number,
    intents::{keep, register},
    model,
    queries::{is_owner, lock_row, row, view},
    record,
};

/// Attempts on one cart: enough for wrong cards and second thoughts, too few for trying out
/// stolen ones.
const ATTEMPTS: Rate = Rate { name: "payments.confirm", count: 10, per: Duration::from_secs(60) };

/// Tries to pay with a provider's token. The attempt is written and committed before the
/// provider is asked. A decline is an answer (state `requires_payment_method` with
/// `decline`), and so is silence (state `processing`; jobs find the outcome).
///
/// Twice at once makes one attempt: the second is refused with [`INTENT_PROCESSING`], or
/// answered with the first's outcome. What is paid is never charged again. The same
/// idempotency key answers how its attempt stands.
pub async fn confirm(ctx: &Ctx, id: Id<Payment>, input: Confirm) -> Result<PaymentView> {
    let known = row(ctx.db().read(), id).await?;
    let staff = ctx.may(PAYMENTS_WRITE) && ctx.seller.is_none();
    if !staff && !is_owner(ctx, &known) {
        return Err(Error::not_found("payment"));
    }
    let return_url = check(ctx, &input)?;
    if !staff {
        ctx.limit_each(ATTEMPTS, &known.cart_id.to_string()).await?;
    }
    if RiskDecision::read(&known.risk)? == RiskDecision::Refuse {
        return Err(RISK_REFUSED.error("We can't take this order. Write to us if you think that's wrong."));
    }
    let registration = register(ctx, &known).await?;
    let tx = ctx.db().begin().await?;
    let current = match registration {
        Some(registration) => keep(&tx, ctx, id, registration).await?,
        None => lock_row(&tx, id).await?,
    };
    let may_start = may_start(&tx, ctx, &current).await;
    if !matches!(may_start, Ok(true)) {
        // What the provider has just told stays known, whatever the answer.
        ctx.db().commit(tx).await?;
        return may_start.and_then(|_| view(ctx, &current));
    }
    let attempt = start(&tx, ctx, &current, &input.payment_method, return_url.as_deref()).await?;
    ctx.db().commit(tx).await?;
    let Some(reference) = current.provider_ref else {
        return Err(Error::internal("a payment without the provider's reference"));
    };
    let done =
        ask(ctx, id, &current.provider, &reference, attempt, &input.payment_method, return_url.as_deref())
            .await?;
    view(ctx, &done)
}

/// Whether an attempt may be made; `false` when the answer is how the payment stands.
async fn may_start(tx: &Tx, ctx: &Ctx, current: &payment_intent::Model) -> Result<bool> {
    if let Some(key) = &ctx.idempotency_key
        && tried(tx, current, key).await?
    {
        return Ok(false);
    }
    let state = model::read(&current.state)?;
    if state.is_paid() {
        return Ok(false);
    }
    if state == PaymentState::Processing {
        return Err(INTENT_PROCESSING.error("Your bank is still answering. Don't pay again; wait a moment."));
    }
    if !state.is_unsettled() {
        let allowed: Vec<&str> = model::next(state).iter().map(|state| model::name(*state)).collect();
        return Err(Error::transition(INVALID_TRANSITION, model::name(state), "processing", &allowed));
    }
    if current.expires_at <= ctx.now {
        return Err(INTENT_EXPIRED
            .error("The time to pay is over. Nothing was taken. Go back to your cart and start again."));
    }
    Ok(true)
}

/// Asks the provider for an attempt's outcome and records it; without an answer the
/// attempt stays as it is and is asked about later.
pub(super) async fn ask(
    ctx: &Ctx,
    id: Id<Payment>,
    provider: &str,
    reference: &str,
    attempt: Id<PaymentAttempt>,
    token: &str,
    return_url: Option<&str>,
) -> Result<payment_intent::Model> {
    let provider = ctx.app.part::<Providers>()?.named(provider)?;
    let answer = provider.confirm(reference, attempt, token, return_url).await;
    // A no may mean that the shopper has paid by another window: look before believing it.
    let standing = match &answer {
        Err(ProviderError::Refused { .. }) => provider.fetch(reference).await.ok(),
        _ => None,
    };
    let ctx = &ctx.renewed();
    let tx = ctx.db().begin().await?;
    let current = lock_row(&tx, id).await?;
    let done = match answer {
        Ok(news) => record::apply(&tx, ctx, current, &news).await?,
        Err(ProviderError::Refused { code, .. }) => {
            close_attempt(&tx, ctx, id, attempt, &code).await?;
            let done = match standing {
                Some(news) => record::apply(&tx, ctx, current, &news).await?,
                None => current,
            };
            refused(&tx, ctx, done).await?
        }
        Err(error) => {
            tracing::warn!(payment = %id, %error, "no answer to a payment attempt");
            // Soon, since the shopper waits; after that the sweeper asks.
            enqueue_sync(&tx, ctx, id, 0).await?;
            current
        }
    };
    ctx.db().commit(tx).await?;
    Ok(done)
}

/// Asks about the payment again soon: after 2, 4, 8 … seconds, by how often it was asked.
pub(super) async fn enqueue_sync(tx: &Tx, ctx: &Ctx, id: Id<Payment>, asked: i64) -> Result<()> {
    let options = jobs::Options {
        run_at: Some(ctx.now + chrono::TimeDelta::seconds(2 << asked.clamp(0, 5))),
        unique_key: Some(format!("payments.sync:{id}:{asked}")),
        ..Default::default()
    };
    jobs::enqueue_with(tx, ctx, "payments.sync", (id, asked), options).await.map(|_| ())
}

/// The provider would not even try.
async fn close_attempt(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Payment>,
    attempt: Id<PaymentAttempt>,
    code: &str,
) -> Result<()> {
    tracing::warn!(payment = %id, code, "the provider refused a payment attempt");
    let none: Option<String> = None;
    payment_attempt::Entity::update_many()
        .col_expr(payment_attempt::Column::State, AttemptState::Declined.as_str().into())
        .col_expr(payment_attempt::Column::DeclineCode, code.into())
        .col_expr(payment_attempt::Column::Token, Expr::value(none))
        .col_expr(payment_attempt::Column::FinishedAt, Expr::value(ctx.now))
        .filter(payment_attempt::Column::Id.eq(attempt.uuid()))
        .filter(payment_attempt::Column::State.eq(AttemptState::Started.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Lets the shopper try again, unless the payment turned out to stand otherwise.
async fn refused(tx: &Tx, ctx: &Ctx, current: payment_intent::Model) -> Result<payment_intent::Model> {
    let state = model::read(&current.state)?;
    if !matches!(state, PaymentState::Processing | PaymentState::RequiresPaymentMethod) {
        return Ok(current);
    }
    let open = PaymentState::RequiresPaymentMethod;
    payment_intent::Entity::update_many()
        .col_expr(payment_intent::Column::State, model::name(open).into())
        .col_expr(payment_intent::Column::DeclineCode, "provider_refused".into())
        .col_expr(payment_intent::Column::SyncAt, Expr::value(model::next_sync(open, 0, ctx.now)))
        .col_expr(payment_intent::Column::Version, Expr::col(payment_intent::Column::Version).add(1))
        .col_expr(payment_intent::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(payment_intent::Column::Id.eq(current.id))
        .exec(tx)
        .await?;
    lock_row(tx, Id::new(current.id)).await
}

async fn tried(tx: &Tx, intent: &payment_intent::Model, key: &str) -> Result<bool> {
    let found = payment_attempt::Entity::find()
        .filter(payment_attempt::Column::IntentId.eq(intent.id))
        .filter(payment_attempt::Column::IdempotencyKey.eq(key))
        .one(tx)
        .await?;
    Ok(found.is_some())
}

/// Writes the attempt and the state that keeps a second one out.
async fn start(
    tx: &Tx,
    ctx: &Ctx,
    intent: &payment_intent::Model,
    token: &str,
    return_url: Option<&str>,
) -> Result<Id<PaymentAttempt>> {
    let last: Option<i32> = payment_attempt::Entity::find()
        .select_only()
        .column(payment_attempt::Column::Number)
        .filter(payment_attempt::Column::IntentId.eq(intent.id))
        .order_by_desc(payment_attempt::Column::Number)
        .into_tuple()
        .one(tx)
        .await?;
    let id = new_id::<PaymentAttempt>();
    let attempt = payment_attempt::ActiveModel {
        id: Set(id.uuid()),
        intent_id: Set(intent.id),
        number: Set(last.unwrap_or(0) + 1),
        idempotency_key: Set(ctx.idempotency_key.clone()),
        state: Set(AttemptState::Started.as_str().to_owned()),
        token: Set(Some(token.to_owned())),
        return_url: Set(return_url.map(str::to_owned)),
        provider_ref: Set(None),
        decline_code: Set(None),
        card_brand: Set(None),
        card_last4: Set(None),
        started_at: Set(ctx.now),
        finished_at: Set(None),
    };
    payment_attempt::Entity::insert(attempt).exec_without_returning(tx).await?;
    let to = PaymentState::Processing;
    let done = payment_intent::Entity::update_many()
        .col_expr(payment_intent::Column::State, model::name(to).into())
        .col_expr(payment_intent::Column::SyncAt, Expr::value(model::next_sync(to, 3, ctx.now)))
        .col_expr(payment_intent::Column::SyncCount, 0.into())
        .col_expr(payment_intent::Column::Version, Expr::col(payment_intent::Column::Version).add(1))
        .col_expr(payment_intent::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(payment_intent::Column::Id.eq(intent.id))
        .filter(payment_intent::Column::State.eq(&intent.state))
        .exec(tx)
        .await?;
    match done.rows_affected {
        1 => Ok(id),
        _ => Err(INTENT_PROCESSING.error("Your bank is still answering. Don't pay again; wait a moment.")),
    }
}

/// The return address, if it is a page of ours.
fn check(ctx: &Ctx, input: &Confirm) -> Result<Option<String>> {
    let mut fields = Fields::default();
    let token = &input.payment_method;
    let plain = (1..=200).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    fields.check(plain, "payment_method", TEXT_INVALID, "Send the provider's token, like tok_approved.");
    if holds_card_number(token.as_bytes()) {
        fields.add("payment_method", CARD_NUMBER_REFUSED, "Send the provider's token, never a card number.");
    }
    if let Some(url) = &input.return_url {
        let ours = within(url, &ctx.app.settings.public_url);
        fields.check(ours, "return_url", TEXT_INVALID, "Send the address of a page of this shop.");
    }
    fields.finish()?;
    Ok(input.return_url.clone())
}

/// Whether an address lies under an origin.
fn within(url: &str, origin: &str) -> bool {
    match (url::Url::parse(url), url::Url::parse(origin)) {
        (Ok(url), Ok(origin)) => {
            url.origin() == origin.origin() && url.username().is_empty() && url.password().is_none()
        }
        _ => false,
    }
}
