//! Deciding refunds.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stoa_aftersales_entities::{refund_line, refund_record};
use stoa_aftersales_types::refunds::{CreateRefund, RefundReason, RefundState, RefundView};
use stoa_kernel::{
    Ctx, Error, Fields, NewEvent, Result, Scope, Tx, audit, db,
    error::codes::{KEY_REUSED, KEY_RUNNING},
    events, new_id,
    text::nfc,
};
use stoa_ordering::orders::{self, RefundAsk, RefundPart};
use stoa_payments::payments::{self, RefundRequest};
use stoa_types::{Currency, Id, Money, Order, Payment, Refund, Uuid};

use super::{AMOUNT_INVALID, CHANGED, NOT_PAID, NOTHING, READ, WRITE, queries};

/// Gives money of an order back: units of lines and delivery cost, or a free amount.
/// Everything is decided and written at once; the provider is asked afterwards by a job.
///
/// Needs `refunds.write` of the platform. The same `key` of the same caller again is the
/// same refund (422 with other wishes). 409 [`super::EXCEEDS_REFUNDABLE`] for more than is
/// left, and [`NOT_PAID`] where no money is held; 422 [`NOTHING`].
pub async fn refund_order(ctx: &Ctx, order: Id<Order>, input: CreateRefund, key: &str) -> Result<RefundView> {
    decide(ctx, order, input, None, key).await
}

/// [`refund_order`], refused with 409 [`super::CHANGED`] when it comes to another amount
/// than the one somebody agreed to.
pub async fn refund_as_shown(
    ctx: &Ctx,
    order: Id<Order>,
    input: CreateRefund,
    shown: Money,
    key: &str,
) -> Result<RefundView> {
    decide(ctx, order, input, Some(shown), key).await
}

/// [`refund_order`] of the order that a payment paid.
pub async fn refund_payment(
    ctx: &Ctx,
    payment: Id<Payment>,
    input: CreateRefund,
    key: &str,
) -> Result<RefundView> {
    let Scope::Platform = ctx.scope(WRITE)? else { return Err(Error::not_found("payment")) };
    let order = orders::of_payment(ctx, payment).await?.ok_or_else(|| Error::not_found("payment"))?;
    decide(ctx, order, input, None, key).await
}

/// What a refund would come to; it only reads. Needs `refunds.read` of the platform;
/// refused as the refund itself would be.
pub async fn quote(ctx: &Ctx, order: Id<Order>, input: &CreateRefund) -> Result<Money> {
    let Scope::Platform = ctx.scope(READ)? else { return Err(Error::not_found("order")) };
    let ask = check(ctx, order, input).await?;
    let currency = orders::refundable(ctx.db().read(), order).await?.currency;
    let taken = orders::quote_refund(ctx.db().read(), order, &ask).await?;
    Ok(Money::new(taken.iter().map(|part| part.amount).sum(), currency))
}

async fn decide(
    ctx: &Ctx,
    order: Id<Order>,
    input: CreateRefund,
    shown: Option<Money>,
    key: &str,
) -> Result<RefundView> {
    let Scope::Platform = ctx.scope(WRITE)? else { return Err(Error::not_found("order")) };
    // Keys belong to whoever sends them: two partners may use the same text.
    let key = format!("{}:{key}", ctx.actor);
    let key = key.as_str();
    let hash = hex::encode(Sha256::digest(serde_json::to_vec(&(order, &input))?));
    if let Some(known) = by_key(ctx.db().read(), key).await? {
        return repeated(ctx, known, &hash).await;
    }
    let ask = check(ctx, order, &input).await?;
    let wish = Wish { key, hash: &hash, shown, reason: input.reason, note: note(&input) };
    let tx = ctx.db().begin().await?;
    let made = match refund_in(&tx, ctx, order, &ask, wish).await {
        Ok(Some(id)) => {
            ctx.db().commit(tx).await?;
            id
        }
        other => {
            drop(tx);
            // Another request with this key may have come first and taken what this one
            // wanted.
            if let Some(known) = by_key(ctx.db().write(), key).await? {
                return repeated(ctx, known, &hash).await;
            }
            other?;
            return Err(NOTHING.error("There is nothing left to refund there."));
        }
    };
    queries::load(ctx.db().write(), Scope::Platform, made).await
}

fn note(input: &CreateRefund) -> Option<String> {
    let text: String = nfc(input.note.as_deref().unwrap_or_default().trim()).chars().take(1000).collect();
    Some(text).filter(|text| !text.is_empty())
}

async fn by_key(conn: &impl ConnectionTrait, key: &str) -> Result<Option<refund_record::Model>> {
    Ok(refund_record::Entity::find().filter(refund_record::Column::Key.eq(key)).one(conn).await?)
}

async fn repeated(ctx: &Ctx, known: refund_record::Model, hash: &str) -> Result<RefundView> {
    if known.body_hash != hash {
        return Err(KEY_REUSED.error("This key was used for another refund. Use a new key for a new refund."));
    }
    queries::load(ctx.db().write(), Scope::Platform, Id::new(known.id)).await
}

/// What is asked for, in minor units of the order's currency.
async fn check(ctx: &Ctx, order: Id<Order>, input: &CreateRefund) -> Result<RefundAsk> {
    let currency = orders::refundable(ctx.db().read(), order).await?.currency;
    let mut fields = Fields::default();
    for (name, amount) in [("amount", input.amount), ("shipping", input.shipping)] {
        let Some(amount) = amount else { continue };
        let fine = amount.currency == currency && amount.amount > 0;
        fields.check(fine, name, AMOUNT_INVALID, &format!("Enter an amount above zero in {currency}."));
    }
    let mixed = input.amount.is_some() && (input.shipping.is_some() || !input.lines.is_empty());
    fields.check(
        !mixed,
        "amount",
        AMOUNT_INVALID,
        "Refund units and delivery, or an amount of your own, not both.",
    );
    fields.finish()?;
    if input.amount.is_none() && input.shipping.is_none() && input.lines.is_empty() {
        let mut fields = Fields::default();
        fields.add("lines", NOTHING, "Choose what to refund.");
        return Err(Error::invalid(fields.into_inner()));
    }
    Ok(RefundAsk {
        lines: input.lines.iter().map(|line| (line.order_line, line.quantity)).collect(),
        parcels: Vec::new(),
        shipping: input.shipping.map(|money| money.amount),
        amount: input.amount.map(|money| money.amount),
    })
}

/// What belongs to a refund beside its shares.
pub(super) struct Wish<'a> {
    pub key: &'a str,
    pub hash: &'a str,
    /// What it must come to, where somebody agreed to an amount.
    pub shown: Option<Money>,
    pub reason: RefundReason,
    pub note: Option<String>,
}

/// Decides a refund in the caller's transaction and asks for the money, at once where the
/// payment has been taken, else when it is. `None` when no money goes back.
pub(super) async fn refund_in(
    tx: &Tx,
    ctx: &Ctx,
    order: Id<Order>,
    ask: &RefundAsk,
    wish: Wish<'_>,
) -> Result<Option<Id<Refund>>> {
    let taken = orders::take_refund(tx, ctx, order, ask).await?;
    let amount: i64 = taken.iter().map(|part| part.amount).sum();
    if amount == 0 {
        return Ok(None);
    }
    let facts = orders::refundable(tx, order).await?;
    if wish.shown.is_some_and(|shown| shown != Money::new(amount, facts.currency)) {
        return Err(CHANGED
            .error("The order has changed meanwhile, and the amount with it. Look at what is left.")
            .fact("amount", amount));
    }
    // The lock makes a capture that is just being recorded come before or after this.
    let intent = payments::lock(tx, facts.payment).await?;
    if !intent.state.is_paid() {
        return Err(NOT_PAID.error("No money is held for this order, so there is nothing to refund."));
    }
    let state = if intent.captured.is_zero() { RefundState::Requested } else { RefundState::Submitted };
    let id = new_id::<Refund>();
    insert(tx, ctx, id, order, facts.payment, facts.currency, &taken, state, &wish).await?;
    let money = Money::new(amount, facts.currency);
    if state == RefundState::Submitted {
        payments::request_refund(
            tx,
            ctx,
            RefundRequest { refund: id, payment: facts.payment, amount: money },
        )
        .await?;
    }
    orders::note_refund(tx, ctx, order, id, "refund_requested", money, Some(wish.reason.as_str())).await?;
    let data = event_data(id, order, facts.payment, money);
    let entry = audit::Entry::new("refund.initiated", id).reason(wish.note.clone());
    audit::record(tx, ctx, entry.facts(&data)).await?;
    events::emit(tx, ctx, NewEvent::new("refund.initiated", id, 1).data(data)).await?;
    Ok(Some(id))
}

pub(super) fn event_data(refund: Id<Refund>, order: Id<Order>, payment: Id<Payment>, amount: Money) -> Value {
    json!({ "refund": refund, "order": order, "payment": payment, "amount": amount.amount, "currency": amount.currency })
}

#[allow(clippy::too_many_arguments, reason = "one row's columns")]
async fn insert(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Refund>,
    order: Id<Order>,
    payment: Id<Payment>,
    currency: Currency,
    taken: &[RefundPart],
    state: RefundState,
    wish: &Wish<'_>,
) -> Result<()> {
    let sum = |of: fn(&RefundPart) -> i64| taken.iter().map(of).sum::<i64>();
    let items: i64 = taken.iter().filter(|part| part.order_line.is_some()).map(|part| part.amount).sum();
    let record = refund_record::ActiveModel {
        id: Set(id.uuid()),
        order_id: Set(order.uuid()),
        payment_id: Set(payment.uuid()),
        key: Set(wish.key.to_owned()),
        body_hash: Set(wish.hash.to_owned()),
        state: Set(state.as_str().to_owned()),
        reason: Set(wish.reason.as_str().to_owned()),
        note: Set(wish.note.clone()),
        currency: Set(currency.to_string()),
        amount: Set(sum(|part| part.amount)),
        items_amount: Set(items),
        shipping_amount: Set(sum(|part| part.amount) - items),
        tax_amount: Set(sum(|part| part.tax)),
        commission_amount: Set(sum(|part| part.commission)),
        failure: Set(None),
        requested_by: Set(ctx.actor.to_string()),
        requested_at: Set(ctx.now),
        settled_at: Set(None),
        version: Set(1),
    };
    let done = refund_record::Entity::insert(record)
        .on_conflict_do_nothing_on([refund_record::Column::Key])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&done) {
        return Err(KEY_RUNNING.error("A refund with this key has just been made."));
    }
    let lines = taken.iter().map(|part| refund_line::ActiveModel {
        id: Set(Uuid::now_v7()),
        refund_id: Set(id.uuid()),
        order_line_id: Set(part.order_line.map(Id::uuid)),
        seller_order_id: Set(part.seller_order.uuid()),
        seller_id: Set(part.seller.uuid()),
        quantity: Set(part.quantity),
        amount: Set(part.amount),
        tax_amount: Set(part.tax),
        commission_amount: Set(part.commission),
    });
    refund_line::Entity::insert_many(lines).exec_without_returning(tx).await?;
    Ok(())
}

/// Moves a refund from one state to another, once; false when it is not there any more.
pub(super) async fn move_on(
    tx: &Tx,
    ctx: &Ctx,
    record: &refund_record::Model,
    to: RefundState,
    failure: Option<&str>,
) -> Result<bool> {
    use refund_record::Column as C;
    let settled = matches!(to, RefundState::Succeeded | RefundState::Failed).then_some(ctx.now);
    let done = refund_record::Entity::update_many()
        .col_expr(C::State, to.as_str().into())
        .col_expr(C::Failure, Expr::value(failure.map(str::to_owned)))
        .col_expr(C::SettledAt, Expr::value(settled))
        .col_expr(C::Version, (record.version + 1).into())
        .filter(C::Id.eq(record.id))
        .filter(C::Version.eq(record.version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}
