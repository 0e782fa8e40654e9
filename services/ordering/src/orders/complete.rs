//! The one way an order comes to be.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use stoa_fulfilment::{
    inventory::{self, INSUFFICIENT_STOCK, NewReservation, RESERVATION_OVER},
    shipping::{self, FulfilmentLineInput, NewFulfilment},
};
use stoa_identity::{customers, email};
use stoa_kernel::{Ctx, Error, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_ordering_entities::{cart, cart_checkout, order, order_line, seller_order};
use stoa_ordering_types::orders::{LineState, OrderStatus, OrderView, PaymentStatus};
use stoa_payments::payments;
use stoa_types::{Cart, Id, Money, Order, OrderLine, Payment, SellerOrder, Uuid};

use super::{codes, model, progress::note, queries, view};
use crate::carts::{self, Snapshot, checkout};

/// What became of a completion. Either is to be committed: a refusal has called the
/// payment off.
pub enum Completion {
    /// The order, made now or before.
    Placed(Id<Order>),
    /// Why there is none.
    Refused(Error),
}

/// Places the order of an authorised payment, or answers the one that was placed. Any
/// number of callers at once get the same order. The caller has made sure that whoever
/// asks may see it.
///
/// 409 [`codes::NOT_PAID`] while the payment is not authorised; [`codes::CART_CHANGED`],
/// [`codes::STOCK_GONE`] and [`codes::ALREADY_PLACED`] after the payment was given back.
pub async fn complete(ctx: &Ctx, payment: Id<Payment>) -> Result<OrderView> {
    db::repeat(|| complete_once(ctx, payment)).await
}

async fn complete_once(ctx: &Ctx, payment: Id<Payment>) -> Result<OrderView> {
    let tx = ctx.db().begin().await?;
    let outcome = complete_in(&tx, ctx, payment).await?;
    match outcome {
        Completion::Placed(order) => {
            let view = view::load(&tx, ctx, order, view::Reader::Shopper).await?;
            ctx.db().commit(tx).await?;
            Ok(view)
        }
        Completion::Refused(error) => {
            ctx.db().commit(tx).await?;
            Err(error)
        }
    }
}

/// [`complete`] in the caller's transaction, which must be committed whatever the answer,
/// unless it is an error.
pub async fn complete_in(tx: &Tx, ctx: &Ctx, payment: Id<Payment>) -> Result<Completion> {
    let Some(cart) = cart_of(tx, payment).await? else { return Err(Error::not_found("payment")) };
    // The cart's row is the one lock: every change of the cart and every caller of this
    // takes it first.
    let cart = checkout::lock(tx, ctx, cart).await?.ok_or_else(|| Error::not_found("cart"))?;
    if let Some(order) = cart.order_id {
        return placed_before(tx, ctx, payment, order).await;
    }
    let checkout = cart_checkout::Entity::find()
        .filter(cart_checkout::Column::PaymentId.eq(payment.uuid()))
        .order_by_desc(cart_checkout::Column::Id)
        .one(tx)
        .await?
        .ok_or_else(|| Error::not_found("payment"))?;
    if checkout.state == carts::SUPERSEDED || cart.version != checkout.cart_version {
        return refuse(
            tx,
            ctx,
            payment,
            codes::CART_CHANGED.error(
                "Your cart has changed since you began to pay. Nothing was taken. Look at it and pay again.",
            ),
        )
        .await;
    }
    let intent = payments::lock(tx, payment).await?;
    if !intent.state.is_paid() {
        let status = serde_json::to_value(intent.state)?;
        return Err(codes::NOT_PAID
            .error("The payment isn't confirmed yet.")
            .fact("status", status.as_str().unwrap_or_default()));
    }
    if intent.amount != Money::new(checkout.amount, checkout.currency.parse()?) {
        return refuse(
            tx,
            ctx,
            payment,
            codes::CART_CHANGED.error("The amount paid is not the cart's. Nothing was taken."),
        )
        .await;
    }
    let snapshot: Snapshot = serde_json::from_value(checkout.snapshot.clone())?;
    let order = new_id::<Order>();
    if let Err(error) = take_stock(tx, ctx, &cart, &checkout, &snapshot, order).await? {
        checkout::end(tx, ctx, &checkout, carts::REFUSED).await?;
        return refuse(tx, ctx, payment, error).await;
    }
    write(tx, ctx, &cart, &snapshot, order, &intent).await?;
    checkout::end(tx, ctx, &checkout, carts::COMPLETED).await?;
    carts::close(tx, ctx, &cart, order).await?;
    payments::attach_order(tx, ctx, payment, order).await?;
    if !intent.amount.is_zero() {
        payments::request_capture(tx, ctx, payment, intent.amount).await?;
    }
    Ok(Completion::Placed(order))
}

async fn cart_of(tx: &Tx, payment: Id<Payment>) -> Result<Option<Uuid>> {
    Ok(cart_checkout::Entity::find()
        .select_only()
        .column(cart_checkout::Column::CartId)
        .filter(cart_checkout::Column::PaymentId.eq(payment.uuid()))
        .limit(1)
        .into_tuple::<Uuid>()
        .one(tx)
        .await?)
}

/// The cart has its order: the same one for its own payment, and nothing for another.
async fn placed_before(tx: &Tx, ctx: &Ctx, payment: Id<Payment>, order: Uuid) -> Result<Completion> {
    let order = Id::<Order>::new(order);
    if queries::payment_of(tx, order).await? == Some(payment) {
        return Ok(Completion::Placed(order));
    }
    let error = codes::ALREADY_PLACED
        .error("This cart was paid for already. This payment was given back.")
        .fact("order", order);
    refuse(tx, ctx, payment, error).await
}

async fn refuse(tx: &Tx, ctx: &Ctx, payment: Id<Payment>, error: Error) -> Result<Completion> {
    checkout::call_off(tx, ctx, payment, error.code()).await?;
    Ok(Completion::Refused(error))
}

/// Turns what the checkout keeps into the order's stock. The inner error is the refusal
/// when some is gone.
async fn take_stock(
    tx: &Tx,
    ctx: &Ctx,
    cart: &cart::Model,
    checkout: &cart_checkout::Model,
    snapshot: &Snapshot,
    order: Id<Order>,
) -> Result<Result<(), Error>> {
    let mut taken = inventory::commit(tx, ctx, Id::new(checkout.reservation_id), order).await;
    if taken.as_ref().is_err_and(|error| error.is(RESERVATION_OVER)) {
        // It was given back meanwhile; try to have the stock anew.
        let lines = snapshot
            .parcels
            .iter()
            .flat_map(|parcel| parcel.lines.iter().map(move |line| (line.sku, parcel.seller, line.quantity)));
        let again = NewReservation {
            reference: Id::<Cart>::new(cart.id).to_string(),
            lines: lines.collect(),
            expires_at: ctx.now + ctx.app.settings.reservation,
        };
        taken = match inventory::reserve(tx, ctx, again).await {
            Ok(reservation) => inventory::commit(tx, ctx, reservation, order).await,
            Err(error) => Err(error),
        };
    }
    match taken {
        Ok(()) => Ok(Ok(())),
        Err(error) if error.is(INSUFFICIENT_STOCK) => {
            let short =
                error.facts().get("shortages").or(error.facts().get("sku")).cloned().unwrap_or_default();
            Ok(Err(codes::STOCK_GONE
                .error("Something in your cart sold out while you paid. Nothing was taken; your cart is as it was.")
                .fact("lines", short)))
        }
        Err(error) => Err(error),
    }
}

/// Writes the order with its parts, lines, packing lists and first timeline entry.
async fn write(
    tx: &Tx,
    ctx: &Ctx,
    cart: &cart::Model,
    snapshot: &Snapshot,
    id: Id<Order>,
    payment: &payments::Intent,
) -> Result<()> {
    let customer = match snapshot.customer {
        // Signed in at the checkout, whatever address the receipt goes to.
        Some(customer) => customer,
        None => customers::buyer(tx, ctx, &snapshot.email, &snapshot.address.name).await?,
    };
    let email_key = email::normalise(&snapshot.email)
        .map_or_else(|| snapshot.email.to_lowercase(), |email| email.normalised);
    let free = snapshot.total == 0;
    let currency = snapshot.currency.to_string();
    let units = |parcel: &carts::Parcel| parcel.lines.iter().map(|line| line.quantity).sum::<i64>();
    let row = order::ActiveModel {
        id: Set(id.uuid()),
        number: Set(String::new()),
        cart_id: Set(cart.id),
        payment_id: Set(payment.id.uuid()),
        customer_id: Set(Some(customer.uuid())),
        email: Set(snapshot.email.clone()),
        email_key: Set(email_key),
        name: Set(snapshot.address.name.clone()),
        address: Set(serde_json::to_value(&snapshot.address)?),
        country: Set(snapshot.address.country.clone()),
        locale: Set(snapshot.locale.clone()),
        currency: Set(currency.clone()),
        items_amount: Set(snapshot.items),
        shipping_amount: Set(snapshot.shipping),
        tax_amount: Set(snapshot.tax),
        total_amount: Set(snapshot.total),
        refunded_amount: Set(0),
        settled_refund_amount: Set(0),
        unit_count: Set(snapshot.parcels.iter().map(units).sum()),
        seller_count: Set(snapshot.parcels.len() as i64),
        status: Set(OrderStatus::Processing.as_str().to_owned()),
        payment_status: Set(if free { PaymentStatus::Paid } else { PaymentStatus::Authorized }
            .as_str()
            .to_owned()),
        payment_version: Set(payment.version),
        version: Set(1),
        placed_at: Set(ctx.now),
        paid_at: Set(free.then_some(ctx.now)),
        updated_at: Set(ctx.now),
    };
    let number = insert_numbered(tx, row).await?;

    let mut parts = Vec::with_capacity(snapshot.parcels.len());
    let mut lines = Vec::new();
    let mut position = 0;
    for (place, parcel) in snapshot.parcels.iter().enumerate() {
        let part = new_id::<SellerOrder>();
        let mut packing = Vec::with_capacity(parcel.lines.len());
        for line in &parcel.lines {
            let line_id = new_id::<OrderLine>();
            packing.push(FulfilmentLineInput {
                order_line: line_id,
                sku: line.sku,
                title: if line.options.is_empty() {
                    line.title.clone()
                } else {
                    format!("{}, {}", line.title, line.options)
                },
                quantity: line.quantity,
            });
            lines.push(line_row(id, part, parcel, line, line_id, position, &currency)?);
            position += 1;
        }
        let fulfilment = shipping::create_fulfilment(
            tx,
            ctx,
            NewFulfilment {
                order: id,
                seller_order: part,
                seller: parcel.seller,
                ship_to: serde_json::to_value(&snapshot.address)?,
                delivery: parcel.delivery.clone(),
                lines: packing,
            },
        )
        .await?;
        let items: i64 = parcel.lines.iter().map(|line| line.total).sum();
        parts.push(seller_order::ActiveModel {
            id: Set(part.uuid()),
            order_id: Set(id.uuid()),
            seller_id: Set(parcel.seller.uuid()),
            number: Set(format!("{number}-{}", place + 1)),
            seller_name: Set(parcel.seller_name.clone()),
            seller_slug: Set(parcel.seller_slug.clone()),
            fulfilment_id: Set(Some(fulfilment.uuid())),
            delivery: Set(parcel.delivery.clone()),
            delivery_name: Set(parcel.delivery_name.clone()),
            arrives_from: Set(parcel.arrives_from),
            arrives_to: Set(parcel.arrives_to),
            items_amount: Set(items),
            shipping_amount: Set(parcel.shipping),
            shipping_tax_bp: Set(parcel.shipping_tax_bp),
            shipping_tax_amount: Set(parcel.shipping_tax),
            tax_amount: Set(parcel.shipping_tax + parcel.lines.iter().map(|line| line.tax).sum::<i64>()),
            total_amount: Set(items + parcel.shipping),
            commission_amount: Set(parcel.lines.iter().map(|line| line.commission).sum()),
            refunded_shipping: Set(0),
            refunded_shipping_tax: Set(0),
            settled_refund_amount: Set(0),
            unit_count: Set(units(parcel)),
            status: Set(OrderStatus::Processing.as_str().to_owned()),
            version: Set(1),
            placed_at: Set(ctx.now),
            updated_at: Set(ctx.now),
        });
    }
    let part_ids: Vec<Id<SellerOrder>> = parts.iter().map(|part| Id::new(*part.id.as_ref())).collect();
    seller_order::Entity::insert_many(parts).exec_without_returning(tx).await?;
    order_line::Entity::insert_many(lines).exec_without_returning(tx).await?;
    note(tx, ctx, id, None, "placed", true, json!({})).await?;
    let data = json!({
        "order": id, "cart": Id::<Cart>::new(cart.id), "seller_orders": part_ids,
        "total": snapshot.total, "currency": snapshot.currency, "payment": payment.id,
    });
    audit::record(tx, ctx, audit::Entry::new("order.placed", id).facts(&data)).await?;
    events::emit(tx, ctx, NewEvent::new("order.created", id, 1).data(data)).await
}

/// Inserts the order under a number nobody has; a number that is taken is drawn again.
async fn insert_numbered(tx: &Tx, row: order::ActiveModel) -> Result<String> {
    for _ in 0..8 {
        let number = model::number(getrandom::u64().map_err(|error| Error::internal(error.to_string()))?);
        let row = order::ActiveModel { number: Set(number.clone()), ..row.clone() };
        let done = order::Entity::insert(row)
            .on_conflict_do_nothing_on([order::Column::Number])
            .exec_without_returning(tx)
            .await?;
        if db::inserted(&done) {
            return Ok(number);
        }
    }
    Err(Error::internal("no free order number found"))
}

fn line_row(
    order: Id<Order>,
    part: Id<SellerOrder>,
    parcel: &carts::Parcel,
    line: &carts::Line,
    id: Id<OrderLine>,
    position: i32,
    currency: &str,
) -> Result<order_line::ActiveModel> {
    Ok(order_line::ActiveModel {
        id: Set(id.uuid()),
        order_id: Set(order.uuid()),
        seller_order_id: Set(part.uuid()),
        seller_id: Set(parcel.seller.uuid()),
        position: Set(position),
        product_id: Set(line.product.uuid()),
        sku_id: Set(line.sku.uuid()),
        sku_code: Set(line.sku_code.clone()),
        title: Set(line.title.clone()),
        slug: Set(line.slug.clone()),
        options: Set(line.options.clone()),
        personalisation: Set(serde_json::to_value(&line.personalisation)?),
        picture: Set(line.picture.as_ref().map(serde_json::to_value).transpose()?),
        quantity: Set(line.quantity),
        unit_price: Set(line.unit_price),
        total_amount: Set(line.total),
        currency: Set(currency.to_owned()),
        tax_class: Set(line.tax_class.clone()),
        tax_bp: Set(line.tax_bp),
        tax_amount: Set(line.tax),
        commission_bp: Set(line.commission_bp),
        commission_amount: Set(line.commission),
        state: Set(LineState::Allocated.as_str().to_owned()),
        allocated_quantity: Set(line.quantity),
        shipped_quantity: Set(0),
        delivered_quantity: Set(0),
        cancelled_quantity: Set(0),
        refunded_quantity: Set(0),
        refunded_amount: Set(0),
        refunded_tax: Set(0),
        refunded_commission: Set(0),
    })
}
