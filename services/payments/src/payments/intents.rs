//! Payments made by a checkout, and made known to the provider.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use sha2::{Digest, Sha256};
use stoa_kernel::{Ctx, Error, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_payments_entities::payment_intent;
use stoa_payments_types::{PaymentState, PaymentView};
use stoa_types::{Cart, Id, Money, Order, Payment};

use super::{
    AMOUNT_INVALID, INTENT_PROCESSING, INVALID_TRANSITION, NewRegistration, ORDER_ATTACHED,
    PROVIDER_UNAVAILABLE, ProviderError, Providers, RISK_REFUSED, Registered, model,
    queries::{lock_row, may_see, row, view},
    void,
};

/// What the risk check said of a checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskDecision {
    /// Pay and go on.
    Accept,
    /// Pay; a person looks before anything leaves.
    Review,
    /// Don't let them pay.
    Refuse,
}

impl RiskDecision {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Refuse => "refuse",
        }
    }

    pub(super) fn read(text: &str) -> Result<Self> {
        [Self::Accept, Self::Review, Self::Refuse]
            .into_iter()
            .find(|decision| decision.as_str() == text)
            .ok_or_else(|| Error::internal(format!("unknown risk decision {text}")))
    }
}

/// What a checkout has to be paid.
pub struct NewIntent {
    /// Not negative; zero needs no provider.
    pub amount: Money,
    pub cart: Id<Cart>,
    /// [`owner_of`] the cart's token.
    pub owner: String,
    pub risk: RiskDecision,
    pub expires_at: DateTime<Utc>,
}

/// What is stored of a cart's token: its SHA-256, hex.
pub fn owner_of(cart_token: &str) -> String {
    hex::encode(Sha256::digest(cart_token))
}

/// Makes the cart's payment in the caller's transaction. A cart has one at a time: for
/// the same amount the one that is there is renewed, for another amount it is called off
/// and a new one made. [`INTENT_PROCESSING`] while an attempt is under way;
/// [`INVALID_TRANSITION`] once it is paid. Zero is paid at once.
pub async fn create_intent(tx: &Tx, ctx: &Ctx, new: NewIntent) -> Result<Id<Payment>> {
    if new.amount.amount < 0 {
        return Err(AMOUNT_INVALID.error("An amount to pay can't be negative."));
    }
    let live = payment_intent::Entity::find()
        .filter(payment_intent::Column::LiveCart.eq(new.cart.uuid()))
        .one(tx)
        .await?;
    if let Some(live) = live {
        let old = lock_row(tx, Id::new(live.id)).await?;
        if let Some(id) = renew(tx, ctx, &old, &new).await? {
            return Ok(id);
        }
    }
    let id = new_id::<Payment>();
    let free = new.amount.is_zero();
    let state = if free { PaymentState::Succeeded } else { PaymentState::RequiresPaymentMethod };
    let provider = ctx.app.part::<Providers>()?.default_provider()?;
    let row = payment_intent::ActiveModel {
        id: Set(id.uuid()),
        cart_id: Set(new.cart.uuid()),
        live_cart: Set(Some(new.cart.uuid())),
        order_id: Set(None),
        owner: Set(new.owner),
        amount: Set(new.amount.amount),
        currency: Set(new.amount.currency.to_string()),
        captured: Set(0),
        capturing: Set(0),
        refunded: Set(0),
        refunding: Set(0),
        state: Set(model::name(state).to_owned()),
        risk: Set(new.risk.as_str().to_owned()),
        provider: Set(provider.name().to_owned()),
        provider_ref: Set(None),
        provider_version: Set(0),
        client_secret: Set(None),
        challenge_url: Set(None),
        decline_code: Set(None),
        card_brand: Set(None),
        card_last4: Set(None),
        authorised_at: Set(free.then_some(ctx.now)),
        void_state: Set("none".to_owned()),
        void_reason: Set(None),
        expires_at: Set(new.expires_at),
        sync_at: Set(model::next_sync(state, 0, ctx.now)),
        sync_count: Set(0),
        version: Set(1),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    let inserted = payment_intent::Entity::insert(row)
        .on_conflict_do_nothing_on([payment_intent::Column::LiveCart])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&inserted) {
        return Err(
            INTENT_PROCESSING.error("Another window is paying for this cart. Go on there, or wait a moment.")
        );
    }
    let facts = json!({ "payment": id, "cart": new.cart, "amount": new.amount.amount, "currency": new.amount.currency });
    audit::record(tx, ctx, audit::Entry::new("payment.created", id).facts(&facts)).await?;
    if free {
        events::emit(tx, ctx, NewEvent::new("payment.authorized", id, 1).data(facts)).await?;
    }
    Ok(id)
}

/// Keeps the cart's payment if it still fits; `None` after it was called off.
async fn renew(
    tx: &Tx,
    ctx: &Ctx,
    old: &payment_intent::Model,
    new: &NewIntent,
) -> Result<Option<Id<Payment>>> {
    let state = model::read(&old.state)?;
    let id = Id::new(old.id);
    match state {
        PaymentState::Processing => {
            return Err(INTENT_PROCESSING
                .error("Your bank is still answering. Wait a moment before you change anything."));
        }
        state if !state.is_unsettled() => {
            return Err(Error::transition(
                INVALID_TRANSITION,
                model::name(state),
                "requires_payment_method",
                &[],
            ));
        }
        _ => {}
    }
    if old.amount != new.amount.amount || old.currency != new.amount.currency.code() {
        void::call_off(tx, ctx, old, PaymentState::Cancelled, "the cart has changed").await?;
        return Ok(None);
    }
    payment_intent::Entity::update_many()
        .col_expr(payment_intent::Column::ExpiresAt, Expr::value(new.expires_at))
        .col_expr(payment_intent::Column::Risk, new.risk.as_str().into())
        .col_expr(payment_intent::Column::Owner, Expr::value(new.owner.clone()))
        .col_expr(payment_intent::Column::Version, Expr::col(payment_intent::Column::Version).add(1))
        .col_expr(payment_intent::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(payment_intent::Column::Id.eq(old.id))
        .exec(tx)
        .await?;
    Ok(Some(id))
}

/// Makes the payment known to the provider, so that the shopper can pay; again: the same
/// answer. Calls the provider, so never within a transaction. 503
/// [`PROVIDER_UNAVAILABLE`] when it gives no answer: try again.
pub async fn prepare(ctx: &Ctx, id: Id<Payment>) -> Result<PaymentView> {
    let known = row(ctx.db().read(), id).await?;
    may_see(ctx, &known)?;
    let Some(registration) = register(ctx, &known).await? else { return view(ctx, &known) };
    let tx = ctx.db().begin().await?;
    let current = keep(&tx, ctx, id, registration).await?;
    ctx.db().commit(tx).await?;
    view(ctx, &current)
}

/// Tells the provider of a payment it does not know yet; again: the same answer, which
/// [`keep`] writes down.
pub(super) async fn register(ctx: &Ctx, known: &payment_intent::Model) -> Result<Option<Registered>> {
    if known.provider_ref.is_some() || !model::read(&known.state)?.is_unsettled() {
        return Ok(None);
    }
    if RiskDecision::read(&known.risk)? == RiskDecision::Refuse {
        return Err(RISK_REFUSED.error("We can't take this order. Write to us if you think that's wrong."));
    }
    let id = Id::<Payment>::new(known.id);
    let provider = ctx.app.part::<Providers>()?.named(&known.provider)?;
    let registration = NewRegistration {
        payment: id,
        amount: Money::new(known.amount, known.currency.parse()?),
        return_origin: ctx.app.settings.public_url.clone(),
    };
    provider.register(&registration).await.map(Some).map_err(unavailable)
}

/// The payment, locked, with its provider's reference.
pub(super) async fn keep(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Payment>,
    answer: Registered,
) -> Result<payment_intent::Model> {
    let mut current = lock_row(tx, id).await?;
    if current.provider_ref.is_none() {
        payment_intent::Entity::update_many()
            .col_expr(payment_intent::Column::ProviderRef, Expr::value(answer.reference.clone()))
            .col_expr(payment_intent::Column::ClientSecret, Expr::value(answer.client_secret.clone()))
            .filter(payment_intent::Column::Id.eq(current.id))
            .exec(tx)
            .await?;
        current.provider_ref = Some(answer.reference);
        current.client_secret = Some(answer.client_secret);
        // It was called off while we asked: nobody may pay it at the provider either.
        if !model::read(&current.state)?.is_unsettled() {
            void::enqueue(tx, ctx, id).await?;
        }
    }
    Ok(current)
}

/// A provider's failure where nothing can be shown without its answer.
pub(super) fn unavailable(error: ProviderError) -> Error {
    tracing::warn!(%error, "payment provider");
    PROVIDER_UNAVAILABLE
        .error("The payment provider doesn't answer. Nothing was taken. Try again in a moment.")
}

/// Ties the payment to its order, in the transaction that makes the order: one order per
/// payment, or 409 [`ORDER_ATTACHED`].
pub async fn attach_order(tx: &Tx, ctx: &Ctx, id: Id<Payment>, order: Id<Order>) -> Result<()> {
    use payment_intent::Column::{Id as RowId, OrderId, UpdatedAt, Version};
    let done = payment_intent::Entity::update_many()
        .col_expr(OrderId, Expr::value(order.uuid()))
        .col_expr(Version, Expr::col(Version).add(1))
        .col_expr(UpdatedAt, Expr::value(ctx.now))
        .filter(RowId.eq(id.uuid()))
        .filter(sea_orm::Condition::any().add(OrderId.is_null()).add(OrderId.eq(order.uuid())))
        .exec(tx)
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(ORDER_ATTACHED.error("This payment belongs to another order.")),
    }
}
