//! Reading payments.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::LockType,
};
use stoa_kernel::{Actor, Ctx, Error, Result, Tx};
use stoa_payments_entities::{payment_attempt, payment_capture, payment_intent, payment_refund};
use stoa_payments_types::{CardView, PaymentState, PaymentStep, PaymentView};
use stoa_types::{Cart, Id, Money, Order, Payment, Uuid};
use subtle::ConstantTimeEq;

use super::{
    PAYMENTS_READ, Providers,
    intents::{RiskDecision, owner_of},
    model,
};

/// A payment as other services work with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    pub id: Id<Payment>,
    pub cart: Id<Cart>,
    /// The one order it pays for.
    pub order: Option<Id<Order>>,
    pub amount: Money,
    pub state: PaymentState,
    /// Hash of the cart's token.
    pub owner: String,
    pub risk: RiskDecision,
    pub captured: Money,
    pub refunded: Money,
    /// Refunds asked for and not answered yet.
    pub refunding: Money,
    pub expires_at: DateTime<Utc>,
    pub authorised_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub version: i64,
}

impl Intent {
    pub(super) fn of(row: &payment_intent::Model) -> Result<Self> {
        let currency = row.currency.parse()?;
        Ok(Self {
            id: Id::new(row.id),
            cart: Id::new(row.cart_id),
            order: row.order_id.map(Id::new),
            amount: Money::new(row.amount, currency),
            state: model::read(&row.state)?,
            owner: row.owner.clone(),
            risk: RiskDecision::read(&row.risk)?,
            captured: Money::new(row.captured, currency),
            refunded: Money::new(row.refunded, currency),
            refunding: Money::new(row.refunding, currency),
            expires_at: row.expires_at,
            authorised_at: row.authorised_at,
            created_at: row.created_at,
            version: row.version,
        })
    }
}

/// The payment, for whoever paid it (by the cart's token) and for staff; 404 for
/// everybody else.
pub async fn get(ctx: &Ctx, id: Id<Payment>) -> Result<PaymentView> {
    let row = row(ctx.db().read(), id).await?;
    may_see(ctx, &row)?;
    view(ctx, &row)
}

/// The payment without any check of who asks.
pub async fn find(conn: &impl ConnectionTrait, id: Id<Payment>) -> Result<Option<Intent>> {
    let row = payment_intent::Entity::find_by_id(id.uuid()).one(conn).await?;
    row.map(|row| Intent::of(&row)).transpose()
}

/// The payment, locked until the transaction ends.
pub async fn lock(tx: &Tx, id: Id<Payment>) -> Result<Intent> {
    Intent::of(&lock_row(tx, id).await?)
}

/// The cart's current payment, else its newest.
pub async fn of_cart(conn: &impl ConnectionTrait, cart: Id<Cart>) -> Result<Option<Intent>> {
    let live = payment_intent::Entity::find()
        .filter(payment_intent::Column::LiveCart.eq(cart.uuid()))
        .one(conn)
        .await?;
    if let Some(row) = live {
        return Intent::of(&row).map(Some);
    }
    let newest = payment_intent::Entity::find()
        .filter(payment_intent::Column::CartId.eq(cart.uuid()))
        .order_by_desc(payment_intent::Column::Id)
        .one(conn)
        .await?;
    newest.map(|row| Intent::of(&row)).transpose()
}

/// Those of these carts a payment of which is not over: somebody may be paying, money is
/// reserved or was taken, or is just being given back.
pub async fn with_live(conn: &impl ConnectionTrait, carts: &[Id<Cart>]) -> Result<HashSet<Id<Cart>>> {
    let over = [PaymentState::Failed, PaymentState::Cancelled, PaymentState::Expired];
    let live = Condition::any()
        .add(payment_intent::Column::State.is_not_in(over.map(model::name)))
        .add(outstanding());
    let found: Vec<Uuid> = payment_intent::Entity::find()
        .select_only()
        .column(payment_intent::Column::CartId)
        .filter(payment_intent::Column::CartId.is_in(carts.iter().map(|cart| cart.uuid())))
        .filter(live)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().map(Id::new).collect())
}

/// Payments authorised before a moment that no order has: for the monitor that completes
/// or releases them. Oldest first, at most 200.
pub async fn unclaimed(conn: &impl ConnectionTrait, authorised_before: DateTime<Utc>) -> Result<Vec<Intent>> {
    let paid = [
        PaymentState::RequiresCapture,
        PaymentState::PartiallyCapturedAndCapturable,
        PaymentState::PartiallyCaptured,
        PaymentState::Succeeded,
    ];
    let rows = payment_intent::Entity::find()
        .filter(payment_intent::Column::OrderId.is_null())
        .filter(payment_intent::Column::State.is_in(paid.map(model::name)))
        .filter(payment_intent::Column::AuthorisedAt.lt(authorised_before))
        .order_by_asc(payment_intent::Column::AuthorisedAt)
        .limit(200)
        .all(conn)
        .await?;
    rows.iter().map(Intent::of).collect()
}

/// What happened to a payment, oldest first. The caller has checked who asks.
pub async fn steps(conn: &impl ConnectionTrait, _ctx: &Ctx, id: Id<Payment>) -> Result<Vec<PaymentStep>> {
    let Some(intent) = payment_intent::Entity::find_by_id(id.uuid()).one(conn).await? else {
        return Ok(Vec::new());
    };
    let currency = intent.currency.parse()?;
    let mut steps = Vec::new();
    let mut push = |kind: &str, state: String, amount: i64, note: Option<String>, at: DateTime<Utc>| {
        steps.push(PaymentStep {
            kind: kind.to_owned(),
            state,
            amount: Money::new(amount, currency),
            note,
            at,
        });
    };
    for row in payment_attempt::Entity::find()
        .filter(payment_attempt::Column::IntentId.eq(intent.id))
        .all(conn)
        .await?
    {
        let card = row
            .card_last4
            .as_ref()
            .map(|last4| format!("{} {last4}", row.card_brand.as_deref().unwrap_or("card")));
        let note = row.decline_code.clone().or(card);
        push("attempt", row.state, intent.amount, note, row.finished_at.unwrap_or(row.started_at));
    }
    for row in payment_capture::Entity::find()
        .filter(payment_capture::Column::IntentId.eq(intent.id))
        .all(conn)
        .await?
    {
        push("capture", row.state, row.amount, row.error, row.finished_at.unwrap_or(row.requested_at));
    }
    for row in payment_refund::Entity::find()
        .filter(payment_refund::Column::IntentId.eq(intent.id))
        .all(conn)
        .await?
    {
        push("refund", row.state, row.amount, row.error, row.finished_at.unwrap_or(row.requested_at));
    }
    if intent.void_state != "none" {
        push(
            "void",
            intent.void_state,
            intent.amount - intent.captured,
            intent.void_reason,
            intent.updated_at,
        );
    }
    steps.sort_by_key(|step| step.at);
    Ok(steps)
}

pub(super) async fn row(conn: &impl ConnectionTrait, id: Id<Payment>) -> Result<payment_intent::Model> {
    payment_intent::Entity::find_by_id(id.uuid()).one(conn).await?.ok_or_else(|| Error::not_found("payment"))
}

pub(super) async fn lock_row(tx: &Tx, id: Id<Payment>) -> Result<payment_intent::Model> {
    let mut query = payment_intent::Entity::find_by_id(id.uuid());
    if tx.get_database_backend() == sea_orm::DbBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    query.one(tx).await?.ok_or_else(|| Error::not_found("payment"))
}

/// Whether the caller holds the token of the cart that is paid.
pub(super) fn is_owner(ctx: &Ctx, row: &payment_intent::Model) -> bool {
    let Some(token) = &ctx.cart_token else { return false };
    bool::from(owner_of(token).as_bytes().ct_eq(row.owner.as_bytes()))
}

/// 404 unless the caller is the payer or the platform's staff.
pub(super) fn may_see(ctx: &Ctx, row: &payment_intent::Model) -> Result<()> {
    if is_owner(ctx, row) || (ctx.may(PAYMENTS_READ) && ctx.seller.is_none()) {
        return Ok(());
    }
    Err(Error::not_found("payment"))
}

/// The payment as the caller may see it; the client secret is the payer's alone.
pub(super) fn view(ctx: &Ctx, row: &payment_intent::Model) -> Result<PaymentView> {
    let intent = Intent::of(row)?;
    let currency = intent.amount.currency;
    let open = intent.state.is_unsettled() && intent.state != PaymentState::Processing;
    let hosted_url = match &row.provider_ref {
        Some(reference) if open => {
            Some(ctx.app.part::<Providers>()?.named(&row.provider)?.hosted_url(reference))
        }
        _ => None,
    };
    let payer = is_owner(ctx, row) || ctx.actor == Actor::System;
    let declined =
        intent.state == PaymentState::RequiresPaymentMethod || intent.state == PaymentState::Failed;
    Ok(PaymentView {
        id: intent.id,
        cart: intent.cart,
        order: intent.order,
        state: intent.state,
        amount: intent.amount,
        captured: intent.captured,
        refunded: intent.refunded,
        refundable: Money::new(row.captured - row.refunded - row.refunding, currency),
        client_secret: row.client_secret.clone().filter(|_| hosted_url.is_some() && payer),
        hosted_url,
        challenge_url: row
            .challenge_url
            .clone()
            .filter(|_| intent.state == PaymentState::RequiresCustomerAction && payer),
        decline: row.decline_code.as_deref().filter(|_| declined).map(model::decline),
        card: row
            .card_last4
            .clone()
            .map(|last4| CardView { brand: row.card_brand.clone().unwrap_or_default(), last4 }),
        expires_at: intent.expires_at,
        created_at: intent.created_at,
        version: intent.version,
    })
}

/// Whether something a job does for this payment is outstanding.
pub(super) fn outstanding() -> Condition {
    Condition::any()
        .add(payment_intent::Column::Capturing.gt(0))
        .add(payment_intent::Column::Refunding.gt(0))
        .add(payment_intent::Column::VoidState.eq("requested"))
}
