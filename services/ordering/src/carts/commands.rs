//! Changing carts.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_fulfilment::{inventory::INSUFFICIENT_STOCK, shipping};
use stoa_identity::email;
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, events, new_id, ports::Rate, sign};
use stoa_ordering_entities::{cart, cart_line};
use stoa_ordering_types::carts::{
    AddLine, Address, CartView, CreateCart, DeliveryChoice, MAX_LINES, MAX_QUANTITY, NewCart, UpdateCart,
};
use stoa_payments::payments::owner_of;
use stoa_types::{Cart, CartLine, Id, Order, Uuid};

use super::{
    address, checkout, codes,
    model::{DEFAULT_COUNTRY, check_personalisation, check_quantity, personalisation_key},
    queries::{current_row, lines, opens},
    view::{Facts, Rows, work_out},
};

/// Carts made and changed from one network: a hand is slower, a script that would fill the
/// database is not.
const CHANGES: Rate = Rate { name: "carts.change", count: 50, per: Duration::from_secs(10) };

/// A new cart with its first lines. The answer holds the token that opens it, once.
pub async fn create(ctx: &Ctx, input: CreateCart) -> Result<NewCart> {
    ctx.limit(CHANGES).await?;
    let token = sign::random_token::<24>()?;
    let country = match &input.country {
        None => DEFAULT_COUNTRY.to_owned(),
        Some(text) => country(text)?,
    };
    let cart = cart::Model {
        id: new_id::<Cart>().uuid(),
        token_hash: owner_of(&token),
        customer_id: None,
        currency: input.currency.unwrap_or(ctx.currency).to_string(),
        country,
        email: None,
        address: None,
        delivery: json!({}),
        state: "open".to_owned(),
        order_id: None,
        checkout_id: None,
        version: 1,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let tx = ctx.db().begin().await?;
    cart::Entity::insert(cart::ActiveModel::from(cart.clone())).exec_without_returning(&tx).await?;
    let mut rows = Rows { cart, lines: Vec::new() };
    let skus: Vec<_> = input.lines.iter().map(|line| line.sku).collect();
    let facts = Facts::load(&tx, ctx, rows.currency()?, rows.id(), &skus).await?;
    for line in &input.lines {
        put(&tx, ctx, &mut rows, &facts, line).await?;
    }
    let view = finish(&tx, ctx, rows, facts).await?;
    ctx.db().commit(tx).await?;
    Ok(NewCart { token, cart: view })
}

/// Puts units into the caller's open cart, or into a new one: then the answer holds its
/// token as well, and delivery is worked out for `country` where it is one we deliver to.
pub async fn add_to_current(
    ctx: &Ctx,
    input: AddLine,
    country: Option<&str>,
) -> Result<(CartView, Option<String>)> {
    match current_row(ctx.db().read(), ctx).await? {
        Some(cart) => Ok((add_line(ctx, Id::new(cart.id), input).await?, None)),
        None => {
            let country = country.and_then(address::country_code);
            let new =
                create(ctx, CreateCart { lines: vec![input], country, ..CreateCart::default() }).await?;
            Ok((new.cart, Some(new.token)))
        }
    }
}

/// Puts units into a cart. The same offer with the same texts is one line: its units are
/// added up, also when two windows add at once.
pub async fn add_line(ctx: &Ctx, id: Id<Cart>, input: AddLine) -> Result<CartView> {
    ctx.limit(CHANGES).await?;
    let tx = ctx.db().begin().await?;
    let mut rows = change(&tx, ctx, id, None).await?;
    let mut skus: Vec<_> = rows.lines.iter().map(|line| Id::new(line.sku_id)).collect();
    skus.push(input.sku);
    let facts = Facts::load(&tx, ctx, rows.currency()?, id, &skus).await?;
    put(&tx, ctx, &mut rows, &facts, &input).await?;
    let view = finish(&tx, ctx, rows, facts).await?;
    ctx.db().commit(tx).await?;
    Ok(view)
}

/// Sets a line's quantity; 0 removes it. With a `version`, 412 when the cart has another.
pub async fn set_quantity(
    ctx: &Ctx,
    id: Id<Cart>,
    line: Id<CartLine>,
    quantity: i64,
    version: Option<i64>,
) -> Result<CartView> {
    ctx.limit(CHANGES).await?;
    check_quantity(quantity, 0, "quantity")?;
    let tx = ctx.db().begin().await?;
    let mut rows = change(&tx, ctx, id, version).await?;
    let Some(place) = rows.lines.iter().position(|row| row.id == line.uuid()) else {
        return Err(Error::not_found("cart line"));
    };
    let facts = all_facts(&tx, ctx, &rows).await?;
    if quantity == 0 {
        cart_line::Entity::delete_by_id(line.uuid()).exec(&tx).await?;
        rows.lines.remove(place);
    } else {
        let row = &rows.lines[place];
        if quantity > row.quantity {
            enough(&facts, &rows, row.sku_id, quantity - row.quantity)?;
        }
        write_quantity(&tx, line.uuid(), quantity).await?;
        rows.lines[place].quantity = quantity;
    }
    let view = finish(&tx, ctx, rows, facts).await?;
    ctx.db().commit(tx).await?;
    Ok(view)
}

/// Takes a line out; a line that is gone already is fine.
pub async fn remove_line(ctx: &Ctx, id: Id<Cart>, line: Id<CartLine>) -> Result<CartView> {
    match set_quantity(ctx, id, line, 0, None).await {
        Err(error) if error.is(stoa_kernel::error::codes::NOT_FOUND) => super::get(ctx, id).await,
        other => other,
    }
}

/// Email, address, delivery choices and consents in one step. With a `version`, 412 when
/// the cart has another.
pub async fn update(ctx: &Ctx, id: Id<Cart>, version: Option<i64>, input: UpdateCart) -> Result<CartView> {
    ctx.limit(CHANGES).await?;
    let mut fields = Fields::default();
    let email = input.email.as_deref().map(|text| email::normalise(text).map(|email| email.original));
    fields.check(email != Some(None), "email", codes::EMAIL, "Enter an email address, like name@example.com");
    let address = input.address.as_ref().map(|given| address::check(given, &mut fields));
    // Said with everything else where the choice comes with the address.
    if let Some(address) = &address {
        let rings = input.delivery.iter().any(|choice| shipping::needs_phone(&choice.option));
        phone_given(address.phone.is_some(), rings, &mut fields);
    }
    fields.finish()?;
    let moved = match (&address, &input.country) {
        (Some(address), _) => Some(address.country.clone()),
        (None, Some(text)) => Some(country(text)?),
        (None, None) => None,
    };

    let tx = ctx.db().begin().await?;
    let mut rows = change(&tx, ctx, id, version).await?;
    let facts = all_facts(&tx, ctx, &rows).await?;
    if let Some(Some(email)) = email {
        rows.cart.email = Some(email);
    }
    if let Some(address) = &address {
        rows.cart.address = Some(serde_json::to_value(address)?);
    }
    if let Some(country) = moved {
        rows.cart.country = country;
    }
    if !input.delivery.is_empty() {
        let mut choices: BTreeMap<String, String> = rows.choices();
        choices
            .extend(input.delivery.iter().map(|choice| (choice.seller.to_string(), choice.option.clone())));
        rows.cart.delivery = serde_json::to_value(&choices)?;
    }
    accept_rises(&tx, &mut rows, &facts, &input.accept_prices).await?;
    cart::Entity::update_many()
        .col_expr(cart::Column::Email, Expr::value(rows.cart.email.clone()))
        .col_expr(cart::Column::Address, Expr::value(rows.cart.address.clone()))
        .col_expr(cart::Column::Country, Expr::value(rows.cart.country.clone()))
        .col_expr(cart::Column::Delivery, Expr::value(rows.cart.delivery.clone()))
        .filter(cart::Column::Id.eq(id.uuid()))
        .exec(&tx)
        .await?;
    let view = finish(&tx, ctx, rows, facts).await?;
    check_delivery(&view, &input, address.is_some())?;
    ctx.db().commit(tx).await?;
    Ok(view)
}

/// Email and address, as the delivery step sends them.
pub async fn set_address(ctx: &Ctx, id: Id<Cart>, email: String, address: Address) -> Result<CartView> {
    update(ctx, id, None, UpdateCart { email: Some(email), address: Some(address), ..UpdateCart::default() })
        .await
}

/// How the parcels travel.
pub async fn choose_delivery(ctx: &Ctx, id: Id<Cart>, delivery: Vec<DeliveryChoice>) -> Result<CartView> {
    update(ctx, id, None, UpdateCart { delivery, ..UpdateCart::default() }).await
}

/// What was chosen must be offered, and an address must be one we deliver to: refused
/// here, not at payment.
fn check_delivery(view: &CartView, input: &UpdateCart, addressed: bool) -> Result<()> {
    let mut fields = Fields::default();
    let undeliverable =
        view.parcels.iter().any(|parcel| parcel.chosen.is_none() && !parcel.subtotal.is_zero());
    if addressed && undeliverable {
        let message =
            format!("We can't deliver everything in your cart to {}", address::country_name(&view.country));
        fields.add("address/country", codes::NOT_DELIVERABLE, message);
    }
    for (place, choice) in input.delivery.iter().enumerate() {
        let parcel = view.parcels.iter().find(|parcel| parcel.seller == choice.seller);
        let offered =
            parcel.is_some_and(|parcel| parcel.options.iter().any(|option| option.code == choice.option));
        let field = format!("delivery/{place}");
        fields.check(offered, &field, codes::UNKNOWN_DELIVERY, "Choose one of the delivery options shown");
    }
    // A choice without an address is not done yet: the freeze looks again.
    if addressed {
        check_phone(view, &mut fields);
    }
    fields.finish()
}

/// A courier who rings must have a number to ring.
pub(super) fn check_phone(view: &CartView, fields: &mut Fields) {
    let wanted = view.parcels.iter().any(|parcel| {
        let chosen = parcel.chosen.as_ref();
        parcel.options.iter().any(|option| option.needs_phone && Some(&option.code) == chosen)
    });
    let given = view.address.as_ref().is_some_and(|address| address.phone.is_some());
    phone_given(given, wanted, fields);
}

fn phone_given(given: bool, wanted: bool, fields: &mut Fields) {
    fields.check(
        given || !wanted,
        "address/phone",
        codes::ADDRESS_INCOMPLETE,
        "Enter a phone number for the courier, like +30 210 123 4567",
    );
}

/// Takes over risen prices of the named lines.
async fn accept_rises(tx: &Tx, rows: &mut Rows, facts: &Facts, accepted: &[Id<CartLine>]) -> Result<()> {
    for line in rows.lines.iter_mut().filter(|line| accepted.contains(&Id::new(line.id))) {
        let Some(now) = facts.price(Id::new(line.sku_id)) else { continue };
        if now.price.amount > line.unit_price {
            line.unit_price = now.price.amount;
            write_price(tx, line).await?;
        }
    }
    Ok(())
}

fn country(text: &str) -> Result<String> {
    address::country_code(text).ok_or_else(|| {
        let mut fields = Fields::default();
        fields.add("country", codes::NOT_DELIVERABLE, "We don't deliver there yet. Choose another country");
        Error::invalid(fields.into_inner())
    })
}

/// Begins a change: raises the version under the cart's lock, ends an active checkout,
/// and reads the lines as they are now.
async fn change(tx: &Tx, ctx: &Ctx, id: Id<Cart>, version: Option<i64>) -> Result<Rows> {
    let changed = cart::Entity::update_many()
        .col_expr(cart::Column::Version, Expr::col(cart::Column::Version).add(1))
        .col_expr(cart::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(cart::Column::Id.eq(id.uuid()))
        .filter(cart::Column::State.eq("open"))
        .exec_with_returning(tx)
        .await?
        .pop();
    let Some(mut cart) = changed.filter(|cart| opens(ctx, cart)) else {
        let found = cart::Entity::find_by_id(id.uuid()).one(tx).await?.filter(|cart| opens(ctx, cart));
        return Err(found.map_or_else(|| Error::not_found("cart"), |cart| completed(&cart)));
    };
    if version.is_some_and(|version| version != cart.version - 1) {
        return Err(Error::stale(cart.version - 1));
    }
    checkout::supersede(tx, ctx, &mut cart).await?;
    let lines = lines(tx, &cart).await?;
    Ok(Rows { cart, lines })
}

/// The refusal for a cart that became an order.
pub(super) fn completed(cart: &cart::Model) -> Error {
    let order = cart.order_id.map(|id| Id::<Order>::new(id).to_string()).unwrap_or_default();
    codes::COMPLETED.error("This cart has become an order. Start a new one.").fact("order", order)
}

async fn all_facts(tx: &Tx, ctx: &Ctx, rows: &Rows) -> Result<Facts> {
    let skus: Vec<_> = rows.lines.iter().map(|line| Id::new(line.sku_id)).collect();
    Facts::load(tx, ctx, rows.currency()?, rows.id(), &skus).await
}

/// Adds units to the rows, in memory and in the table.
async fn put(tx: &Tx, ctx: &Ctx, rows: &mut Rows, facts: &Facts, input: &AddLine) -> Result<()> {
    check_quantity(input.quantity, 1, "quantity")?;
    let texts = check_personalisation(&input.personalisation)?;
    let key = personalisation_key(&texts);
    let Some(card) = facts.cards.get(&input.sku) else {
        let mut fields = Fields::default();
        fields.add("sku", codes::UNKNOWN_SKU, "There is no such offer.");
        return Err(Error::invalid(fields.into_inner()));
    };
    let price = facts.price(input.sku).ok_or_else(|| {
        codes::UNAVAILABLE.error(format!("{} is no longer sold.", card.title)).fact("sku", input.sku)
    })?;
    enough(facts, rows, input.sku.uuid(), input.quantity)?;
    let same = |row: &&mut cart_line::Model| row.sku_id == input.sku.uuid() && row.personalisation_key == key;
    if let Some(row) = rows.lines.iter_mut().find(same) {
        let sum = row.quantity + input.quantity;
        check_quantity(sum, 1, "quantity")?;
        row.quantity = sum;
        return write_quantity(tx, row.id, sum).await;
    }
    if rows.lines.len() >= MAX_LINES {
        return Err(
            codes::TOO_MANY_LINES.error(format!("A cart holds up to {MAX_LINES} lines. Buy these first."))
        );
    }
    let row = cart_line::Model {
        id: new_id::<CartLine>().uuid(),
        cart_id: rows.cart.id,
        sku_id: input.sku.uuid(),
        seller_id: card.seller.uuid(),
        position: rows.lines.last().map_or(0, |last| last.position + 1),
        quantity: input.quantity,
        unit_price: price.price.amount,
        personalisation: serde_json::to_value(&texts)?,
        personalisation_key: key,
        added_at: ctx.now,
    };
    cart_line::Entity::insert(cart_line::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    rows.lines.push(row);
    Ok(())
}

/// Refuses when the cart would ask for more of an offer than there is.
fn enough(facts: &Facts, rows: &Rows, sku: Uuid, more: i64) -> Result<()> {
    let has: i64 = rows.lines.iter().filter(|line| line.sku_id == sku).map(|line| line.quantity).sum();
    let available = Ord::max(facts.stock.get(&Id::new(sku)).copied().unwrap_or(0), 0);
    if has + more <= available {
        return Ok(());
    }
    let detail = match available {
        0 => "This is sold out.".to_owned(),
        1 => "Only 1 is left.".to_owned(),
        some => format!("Only {some} are left."),
    };
    let detail =
        if has > 0 && available > 0 { format!("{detail} You have {has} in your cart.") } else { detail };
    Err(INSUFFICIENT_STOCK
        .error(detail)
        .fact("sku", Id::<stoa_types::Sku>::new(sku))
        .fact("available", available)
        .fact("most", Ord::min(available, MAX_QUANTITY)))
}

async fn write_quantity(tx: &Tx, line: Uuid, quantity: i64) -> Result<()> {
    cart_line::Entity::update_many()
        .col_expr(cart_line::Column::Quantity, quantity.into())
        .filter(cart_line::Column::Id.eq(line))
        .exec(tx)
        .await?;
    Ok(())
}

async fn write_price(tx: &Tx, line: &cart_line::Model) -> Result<()> {
    cart_line::Entity::update_many()
        .col_expr(cart_line::Column::UnitPrice, line.unit_price.into())
        .filter(cart_line::Column::Id.eq(line.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends a change: says so to the world and answers the whole cart.
async fn finish(tx: &Tx, ctx: &Ctx, rows: Rows, facts: Facts) -> Result<CartView> {
    let view = work_out(tx, ctx, &rows, facts).await?.view;
    let data = json!({ "cart": view.id, "items": view.items });
    events::emit(tx, ctx, NewEvent::new("cart.updated", view.id, view.version).data(data)).await?;
    Ok(view)
}

/// Closes a cart for ever because it became an order.
pub(crate) async fn close(tx: &Tx, ctx: &Ctx, cart: &cart::Model, order: Id<Order>) -> Result<()> {
    let none: Option<Uuid> = None;
    cart::Entity::update_many()
        .col_expr(cart::Column::State, "completed".into())
        .col_expr(cart::Column::OrderId, Expr::value(order.uuid()))
        .col_expr(cart::Column::CheckoutId, Expr::value(none))
        .col_expr(cart::Column::Version, Expr::col(cart::Column::Version).add(1))
        .col_expr(cart::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(cart::Column::Id.eq(cart.id))
        .exec(tx)
        .await?;
    Ok(())
}
