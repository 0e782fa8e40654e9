//! Freezing a cart for payment.

use std::{collections::HashMap, time::Duration};

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};
use stoa_fulfilment::inventory::{self, NewReservation};
use stoa_identity::{customers, sellers};
use stoa_identity_types::SellerTerms;
use stoa_kernel::{Ctx, Error, Fields, Result, Tx, db, ports::Rate};
use stoa_ordering_entities::{cart, cart_checkout};
use stoa_ordering_types::carts::{CartLineView, CheckoutIntentView, ParcelView};
use stoa_payments::payments::{self, NewIntent, RiskDecision};
use stoa_types::{Cart, Id, Money, Payment, Seller, Uuid};

use super::{
    codes,
    commands::{check_phone, completed},
    queries::{lines, opens},
    snapshot::{Line, Parcel, Snapshot},
    view::{Facts, Rows, Worked, work_out},
};

/// States of a frozen checkout.
pub(crate) const ACTIVE: &str = "active";
pub(crate) const SUPERSEDED: &str = "superseded";
pub(crate) const REFUSED: &str = "refused";
pub(crate) const COMPLETED: &str = "completed";

/// Checkouts from one network: each keeps stock from everybody else for a while.
const CHECKOUTS: Rate = Rate { name: "carts.checkout", count: 10, per: Duration::from_secs(60) };

/// Freezes the cart: keeps its stock, fixes the amount and makes the payment, in one
/// transaction. For the same version of the cart the answer is the same checkout while
/// it lives, whatever the key, so a repetition does nothing twice.
///
/// 409 when the cart is empty, has a line in the way, or stock is gone; 422 naming
/// email and address when they are missing.
pub async fn checkout_intent(ctx: &Ctx, id: Id<Cart>, _key: &str) -> Result<CheckoutIntentView> {
    ctx.limit(CHECKOUTS).await?;
    db::repeat(|| freeze_and_reserve(ctx, id)).await
}

async fn freeze_and_reserve(ctx: &Ctx, id: Id<Cart>) -> Result<CheckoutIntentView> {
    let tx = ctx.db().begin().await?;
    let mut cart = lock(&tx, ctx, id.uuid())
        .await?
        .filter(|cart| opens(ctx, cart))
        .ok_or_else(|| Error::not_found("cart"))?;
    if cart.state != "open" {
        return Err(completed(&cart));
    }
    if let Some(active) = active(&tx, &cart).await? {
        if active.cart_version == cart.version && active.expires_at > ctx.now {
            let unpaid = payments::find(&tx, Id::new(active.payment_id)).await?;
            if unpaid.is_some_and(|intent| intent.state.is_unsettled() || intent.state.is_paid()) {
                return view(&active);
            }
        }
        supersede(&tx, ctx, &mut cart).await?;
    }
    let lines = lines(&tx, &cart).await?;
    let rows = Rows { cart, lines };
    let skus: Vec<_> = rows.lines.iter().map(|line| Id::new(line.sku_id)).collect();
    let facts = Facts::load(&tx, ctx, rows.currency()?, id, &skus).await?;
    let worked = work_out(&tx, ctx, &rows, facts).await?;
    let snapshot = freeze(&tx, ctx, worked).await?;

    let expires_at = ctx.now + ctx.app.settings.reservation;
    let wanted = snapshot
        .parcels
        .iter()
        .flat_map(|parcel| parcel.lines.iter().map(|line| (line.sku, parcel.seller, line.quantity)));
    let reservation = inventory::reserve(
        &tx,
        ctx,
        NewReservation { reference: id.to_string(), lines: wanted.collect(), expires_at },
    )
    .await?;
    let amount = Money::new(snapshot.total, snapshot.currency);
    let intent = NewIntent {
        amount,
        cart: id,
        owner: rows.cart.token_hash.clone(),
        // Scoring comes with the fraud service; until then a checkout that passed the
        // checks above is accepted.
        risk: RiskDecision::Accept,
        expires_at,
    };
    let payment = payments::create_intent(&tx, ctx, intent).await?;
    let row = cart_checkout::Model {
        id: Uuid::now_v7(),
        cart_id: id.uuid(),
        cart_version: rows.cart.version,
        payment_id: payment.uuid(),
        reservation_id: reservation.uuid(),
        amount: amount.amount,
        currency: amount.currency.to_string(),
        snapshot: serde_json::to_value(&snapshot)?,
        state: ACTIVE.to_owned(),
        expires_at,
        created_at: ctx.now,
        closed_at: None,
    };
    let answer = view(&row)?;
    cart::Entity::update_many()
        .col_expr(cart::Column::CheckoutId, Expr::value(row.id))
        .filter(cart::Column::Id.eq(id.uuid()))
        .exec(&tx)
        .await?;
    cart_checkout::Entity::insert(cart_checkout::ActiveModel::from(row)).exec_without_returning(&tx).await?;
    ctx.db().commit(tx).await?;
    Ok(answer)
}

/// The cart's row, locked until the transaction ends.
pub(crate) async fn lock(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<Option<cart::Model>> {
    let mut query = cart::Entity::find_by_id(id);
    if !ctx.db().is_sqlite() {
        query = query.lock(LockType::Update);
    }
    Ok(query.one(tx).await?)
}

async fn active(tx: &Tx, cart: &cart::Model) -> Result<Option<cart_checkout::Model>> {
    match cart.checkout_id {
        Some(id) => {
            Ok(cart_checkout::Entity::find_by_id(id).one(tx).await?.filter(|row| row.state == ACTIVE))
        }
        None => Ok(None),
    }
}

/// Ends the locked cart's active checkout, if there is one: its stock is free again and
/// its payment is called off.
pub(super) async fn supersede(tx: &Tx, ctx: &Ctx, cart: &mut cart::Model) -> Result<()> {
    let Some(active) = active(tx, cart).await? else { return Ok(()) };
    end(tx, ctx, &active, SUPERSEDED).await?;
    inventory::release(tx, ctx, Id::new(active.reservation_id)).await?;
    call_off(tx, ctx, Id::new(active.payment_id), "the cart has changed").await?;
    let none: Option<Uuid> = None;
    cart::Entity::update_many()
        .col_expr(cart::Column::CheckoutId, Expr::value(none))
        .filter(cart::Column::Id.eq(cart.id))
        .exec(tx)
        .await?;
    cart.checkout_id = None;
    Ok(())
}

/// Closes a checkout in a state.
pub(crate) async fn end(tx: &Tx, ctx: &Ctx, checkout: &cart_checkout::Model, state: &str) -> Result<()> {
    cart_checkout::Entity::update_many()
        .col_expr(cart_checkout::Column::State, state.into())
        .col_expr(cart_checkout::Column::ClosedAt, Expr::value(ctx.now))
        .filter(cart_checkout::Column::Id.eq(checkout.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Gives back what the shopper's bank has reserved; nothing to do where nothing was to
/// be paid.
pub(crate) async fn call_off(tx: &Tx, ctx: &Ctx, payment: Id<Payment>, reason: &str) -> Result<()> {
    match payments::find(tx, payment).await? {
        Some(intent) if !intent.amount.is_zero() => payments::request_void(tx, ctx, payment, reason).await,
        _ => Ok(()),
    }
}

fn view(row: &cart_checkout::Model) -> Result<CheckoutIntentView> {
    Ok(CheckoutIntentView {
        cart: Id::new(row.cart_id),
        cart_version: row.cart_version,
        payment: Id::new(row.payment_id),
        reservation: Id::new(row.reservation_id),
        amount: Money::new(row.amount, row.currency.parse()?),
        expires_at: row.expires_at,
    })
}

/// Checks that the cart can be bought as it is and keeps everything its order needs.
async fn freeze(tx: &Tx, ctx: &Ctx, worked: Worked) -> Result<Snapshot> {
    let Worked { view, facts, tax } = worked;
    if view.parcels.is_empty() {
        return Err(codes::EMPTY.error("Your cart is empty."));
    }
    let mut fields = Fields::default();
    fields.check(
        view.email.is_some(),
        "email",
        codes::EMAIL,
        "Enter an email address, like name@example.com",
    );
    fields.check(view.address.is_some(), "address", codes::ADDRESS_INCOMPLETE, "Enter where it should go");
    if view.parcels.iter().any(|parcel| parcel.chosen.is_none() && !parcel.subtotal.is_zero()) {
        let message =
            format!("We can't deliver everything in your cart to {}", super::country_name(&view.country));
        fields.add("address/country", codes::NOT_DELIVERABLE, message);
    }
    check_phone(&view, &mut fields);
    let terms =
        sellers::terms(tx, &view.parcels.iter().map(|parcel| parcel.seller).collect::<Vec<_>>()).await?;
    let closed = |seller: Id<Seller>| !terms.get(&seller).is_some_and(|terms| terms.live);
    let blocked: Vec<String> = view
        .parcels
        .iter()
        .flat_map(|parcel| parcel.lines.iter().map(move |line| (parcel.seller, line)))
        .filter(|(seller, line)| closed(*seller) || line.problems.iter().any(|problem| problem.blocks()))
        .map(|(_, line)| line.id.to_string())
        .collect();
    if !blocked.is_empty() {
        return Err(codes::PROBLEMS
            .error("Something in your cart has changed. Look at the lines marked there.")
            .fact("lines", blocked.join(",")));
    }
    fields.finish()?;
    let (Some(email), Some(address)) = (view.email, view.address) else {
        return Err(Error::internal("email and address were checked above"));
    };
    let parcels: Vec<Parcel> = view
        .parcels
        .into_iter()
        .map(|parcel| frozen_parcel(parcel, &facts, &tax, &terms))
        .collect::<Result<_>>()?;
    Ok(Snapshot {
        currency: view.currency,
        locale: ctx.locale.clone(),
        customer: customers::shopper(tx, ctx).await?,
        email,
        address,
        items: view.totals.items.amount,
        shipping: view.totals.shipping.amount,
        tax: view.totals.tax.amount,
        total: view.totals.total.amount,
        parcels,
    })
}

type Taxes = HashMap<String, stoa_pricing_types::TaxedLine>;

fn frozen_parcel(
    parcel: ParcelView,
    facts: &Facts,
    tax: &Taxes,
    terms: &HashMap<Id<Seller>, SellerTerms>,
) -> Result<Parcel> {
    let option = parcel
        .options
        .iter()
        .find(|option| Some(&option.code) == parcel.chosen.as_ref())
        .ok_or_else(|| Error::internal("a parcel without its delivery option"))?;
    let commission_bp = terms.get(&parcel.seller).map_or(0, |terms| terms.commission_bp);
    let shipping_tax = tax.get(&parcel.seller.to_string());
    Ok(Parcel {
        seller: parcel.seller,
        seller_name: parcel.seller_name.clone(),
        seller_slug: parcel.seller_slug.clone(),
        delivery: option.code.clone(),
        delivery_name: option.name.clone(),
        arrives_from: option.arrives_from,
        arrives_to: option.arrives_to,
        shipping: parcel.shipping.amount,
        shipping_tax_bp: shipping_tax.map_or(0, |line| line.rate_bp),
        shipping_tax: shipping_tax.map_or(0, |line| line.tax.amount),
        lines: parcel
            .lines
            .into_iter()
            .map(|line| frozen_line(line, facts, tax, commission_bp))
            .collect::<Result<_>>()?,
    })
}

fn frozen_line(line: CartLineView, facts: &Facts, tax: &Taxes, commission_bp: i64) -> Result<Line> {
    let card = facts.cards.get(&line.sku).ok_or_else(|| Error::internal("a line without its offer"))?;
    let taxed = tax.get(&line.id.to_string());
    Ok(Line {
        sku: line.sku,
        product: card.product,
        sku_code: card.code.clone(),
        title: line.title,
        slug: line.slug,
        options: line.options,
        personalisation: line.personalisation,
        picture: line.picture,
        quantity: line.quantity,
        unit_price: line.unit_price.amount,
        total: line.total.amount,
        tax_class: card.tax_class.clone(),
        tax_bp: taxed.map_or(0, |line| line.rate_bp),
        tax: taxed.map_or(0, |line| line.tax.amount),
        commission_bp,
        commission: line.total.share(commission_bp)?.amount,
    })
}
