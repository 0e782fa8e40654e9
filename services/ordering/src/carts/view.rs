//! Works a cart out: prices, stock, delivery, tax, problems and totals of this moment.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveTime;
use sea_orm::ConnectionTrait;
use stoa_catalog_types::{Picture, PictureFormat, SkuCard};
use stoa_fulfilment::{inventory, shipping};
use stoa_fulfilment_types::DeliveryOption;
use stoa_identity::sellers;
use stoa_kernel::{Ctx, Error, Result};
use stoa_ordering_entities::{cart, cart_line};
use stoa_ordering_types::carts::{
    Address, CartLineView, CartState, CartTotals, CartView, DeliveryOptionView, LinePicture, LineProblem,
    ParcelView,
};
use stoa_pricing::{prices, tax};
use stoa_pricing_types::{SkuPrice, TaxLine, TaxQuote, TaxedLine};
use stoa_types::{Cart, Currency, Id, Money, Seller, Sku};

use super::model::effective_price;

/// Class of the delivery cost.
const SHIPPING_CLASS: &str = "standard";

/// A cart's rows.
pub(crate) struct Rows {
    pub cart: cart::Model,
    /// By position.
    pub lines: Vec<cart_line::Model>,
}

impl Rows {
    pub fn id(&self) -> Id<Cart> {
        Id::new(self.cart.id)
    }

    pub fn currency(&self) -> Result<Currency> {
        self.cart.currency.parse().map_err(Error::internal)
    }

    pub fn address(&self) -> Option<Address> {
        self.cart.address.clone().and_then(|json| serde_json::from_value(json).ok())
    }

    /// Seller id → code of the chosen delivery option.
    pub fn choices(&self) -> BTreeMap<String, String> {
        serde_json::from_value(self.cart.delivery.clone()).unwrap_or_default()
    }
}

/// What other areas say about offers at this moment.
pub(crate) struct Facts {
    pub cards: HashMap<Id<Sku>, SkuCard>,
    pub prices: HashMap<Id<Sku>, SkuPrice>,
    pub stock: HashMap<Id<Sku>, i64>,
}

impl Facts {
    /// Asks catalog, prices and inventory, one statement each. What the cart itself has
    /// reserved counts as available to it.
    pub async fn load(
        conn: &impl ConnectionTrait,
        ctx: &Ctx,
        currency: Currency,
        cart: Id<Cart>,
        skus: &[Id<Sku>],
    ) -> Result<Self> {
        if skus.is_empty() {
            return Ok(Self { cards: HashMap::new(), prices: HashMap::new(), stock: HashMap::new() });
        }
        Ok(Self {
            cards: stoa_catalog::products::sku_cards(conn, ctx, skus).await?,
            prices: prices::current_in(conn, ctx, currency, skus).await?,
            stock: inventory::available_to(conn, ctx, skus, &cart.to_string()).await?,
        })
    }

    /// The price now, if the offer is sold at all.
    pub fn price(&self, sku: Id<Sku>) -> Option<&SkuPrice> {
        self.cards.get(&sku).filter(|card| card.sellable).and_then(|_| self.prices.get(&sku))
    }
}

/// A cart worked out, with what a checkout freezes beside the view.
pub(crate) struct Worked {
    pub view: CartView,
    pub facts: Facts,
    /// By reference: the line's id, or the seller's id for delivery.
    pub tax: HashMap<String, TaxedLine>,
}

/// Works the cart out from its rows and facts about (at least) all their offers.
pub(crate) async fn work_out(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    rows: &Rows,
    facts: Facts,
) -> Result<Worked> {
    let currency = rows.currency()?;
    let lines: Vec<(Id<Seller>, CartLineView)> = rows
        .lines
        .iter()
        .map(|row| Ok((Id::new(row.seller_id), line_view(row, &facts, currency)?)))
        .collect::<Result<_>>()?;
    let mut order: Vec<Id<Seller>> = Vec::new();
    for (seller, _) in &lines {
        if !order.contains(seller) {
            order.push(*seller);
        }
    }
    let names = if order.is_empty() { HashMap::new() } else { sellers::names(conn, &order).await? };
    let mut parcels: Vec<ParcelView> = order
        .iter()
        .map(|seller| {
            let name = names.get(seller);
            ParcelView {
                seller: *seller,
                seller_name: name.map(|name| name.name.clone()).unwrap_or_default(),
                seller_slug: name.map(|name| name.slug.clone()).unwrap_or_default(),
                lines: Vec::new(),
                subtotal: Money::zero(currency),
                options: Vec::new(),
                chosen: None,
                shipping: Money::zero(currency),
            }
        })
        .collect();
    for (seller, line) in lines {
        if let Some(parcel) = parcels.iter_mut().find(|parcel| parcel.seller == seller) {
            if sold(&line) {
                parcel.subtotal = parcel.subtotal.plus(line.total)?;
            }
            parcel.lines.push(line);
        }
    }
    deliver(conn, ctx, rows, &facts, &mut parcels).await?;
    let tax = taxes(conn, ctx, rows, currency, &facts, &parcels).await?;
    let items = Money::sum(currency, parcels.iter().map(|parcel| parcel.subtotal))?;
    let shipping = Money::sum(currency, parcels.iter().map(|parcel| parcel.shipping))?;
    let totals = CartTotals {
        items,
        shipping,
        tax: Money::sum(currency, tax.values().map(|line| line.tax))?,
        total: items.plus(shipping)?,
    };
    let blocked = parcels
        .iter()
        .flat_map(|parcel| &parcel.lines)
        .flat_map(|line| &line.problems)
        .any(LineProblem::blocks);
    let view = CartView {
        id: rows.id(),
        version: rows.cart.version,
        state: if rows.cart.state == "open" { CartState::Open } else { CartState::Completed },
        currency,
        country: rows.cart.country.clone(),
        email: rows.cart.email.clone(),
        address: rows.address(),
        parcels,
        totals,
        items: rows.lines.iter().map(|line| line.quantity).sum(),
        blocked,
        order: rows.cart.order_id.map(Id::new),
        updated_at: rows.cart.updated_at,
    };
    Ok(Worked { view, facts, tax })
}

/// Whether the line can be bought at all; only such lines count in the totals.
fn sold(line: &CartLineView) -> bool {
    !line.problems.contains(&LineProblem::Unavailable)
}

fn line_view(row: &cart_line::Model, facts: &Facts, currency: Currency) -> Result<CartLineView> {
    let sku = Id::new(row.sku_id);
    let card = facts.cards.get(&sku);
    let now = facts.price(sku);
    let (unit, problem) = effective_price(row.unit_price, now.map(|price| price.price.amount), currency);
    let mut problems: Vec<LineProblem> = problem.into_iter().collect();
    let available = facts.stock.get(&sku).copied().unwrap_or(0).max(0);
    if now.is_some() && available < row.quantity {
        problems.push(LineProblem::InsufficientStock { available });
    }
    let unit_price = Money::new(unit, currency);
    Ok(CartLineView {
        id: Id::new(row.id),
        sku,
        product: card.map(|card| card.product),
        title: card.map_or_else(|| "No longer sold".to_owned(), |card| card.title.clone()),
        slug: card.map(|card| card.slug.clone()).unwrap_or_default(),
        options: card.map(|card| card.options.clone()).unwrap_or_default(),
        personalisation: serde_json::from_value(row.personalisation.clone()).unwrap_or_default(),
        picture: card.and_then(|card| card.picture.as_ref()).map(picture),
        quantity: row.quantity,
        unit_price,
        compare_at: now.and_then(|price| price.compare_at).filter(|was| was.amount > unit),
        total: unit_price.times(row.quantity)?,
        problems,
    })
}

pub(crate) fn picture(picture: &Picture) -> LinePicture {
    LinePicture {
        src: picture.src(),
        srcset: Some(picture.srcset(PictureFormat::Webp)).filter(|srcset| !srcset.is_empty()),
        alt: picture.alt.clone(),
        width: picture.width,
        height: picture.height,
        placeholder: picture.placeholder.clone(),
    }
}

/// Fills in the delivery options and what is chosen: the shopper's choice where it is
/// still offered, else the cheapest.
async fn deliver(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    rows: &Rows,
    facts: &Facts,
    parcels: &mut [ParcelView],
) -> Result<()> {
    let needs: Vec<shipping::ParcelNeed> = parcels
        .iter()
        .filter(|parcel| parcel.lines.iter().any(sold))
        .map(|parcel| shipping::ParcelNeed {
            seller: parcel.seller,
            weight_grams: parcel
                .lines
                .iter()
                .filter(|line| sold(line))
                .filter_map(|line| {
                    facts.cards.get(&line.sku).map(|card| card.weight_grams.saturating_mul(line.quantity))
                })
                .fold(0, i64::saturating_add),
            value: parcel.subtotal,
        })
        .collect();
    if needs.is_empty() {
        return Ok(());
    }
    let postcode = rows.address().map(|address| address.postcode).unwrap_or_default();
    let offered = shipping::options(conn, ctx, &rows.cart.country, &postcode, &needs).await?;
    let choices = rows.choices();
    for found in offered {
        let Some(parcel) = parcels.iter_mut().find(|parcel| parcel.seller == found.seller) else { continue };
        parcel.options = found.options.into_iter().map(delivery_option).collect();
        let wanted = choices.get(&parcel.seller.to_string());
        let option =
            parcel.options.iter().find(|option| Some(&option.code) == wanted).or(parcel.options.first());
        parcel.chosen = option.map(|option| option.code.clone());
        parcel.shipping = option.map_or(parcel.shipping, |option| option.price);
    }
    Ok(())
}

/// The option as carts show it: days as the midnight (UTC) they begin with.
pub(super) fn delivery_option(option: DeliveryOption) -> DeliveryOptionView {
    DeliveryOptionView {
        code: option.code,
        name: option.name,
        price: option.price,
        arrives_from: option.arrives_from.and_time(NaiveTime::MIN).and_utc(),
        arrives_to: option.arrives_to.and_time(NaiveTime::MIN).and_utc(),
        needs_phone: option.needs_phone,
    }
}

async fn taxes(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    rows: &Rows,
    currency: Currency,
    facts: &Facts,
    parcels: &[ParcelView],
) -> Result<HashMap<String, TaxedLine>> {
    let mut lines = Vec::new();
    for parcel in parcels {
        for line in parcel.lines.iter().filter(|line| sold(line)) {
            let class = facts.cards.get(&line.sku).map_or(SHIPPING_CLASS, |card| card.tax_class.as_str());
            lines.push(TaxLine {
                reference: line.id.to_string(),
                amount: line.total,
                class: class.to_owned(),
            });
        }
        if !parcel.shipping.is_zero() {
            lines.push(TaxLine {
                reference: parcel.seller.to_string(),
                amount: parcel.shipping,
                class: SHIPPING_CLASS.to_owned(),
            });
        }
    }
    if lines.is_empty() {
        return Ok(HashMap::new());
    }
    let quote = TaxQuote {
        country: Some(rows.cart.country.clone()),
        postcode: rows.address().map(|address| address.postcode).filter(|postcode| !postcode.is_empty()),
        currency,
        at: None,
        lines,
    };
    let result = tax::quote(conn, ctx, &quote).await?;
    Ok(result.lines.into_iter().map(|line| (line.reference.clone(), line)).collect())
}
