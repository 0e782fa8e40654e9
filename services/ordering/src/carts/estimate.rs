//! What delivery would be before anything is in a cart.

use stoa_catalog::products;
use stoa_fulfilment::shipping::{self, ParcelNeed};
use stoa_kernel::{Ctx, Error, Fields, Result};
use stoa_ordering_types::carts::DeliveryEstimate;
use stoa_pricing::prices;
use stoa_types::{Id, Sku};

use super::{
    address::{country_code, postcode as written},
    codes,
    model::DEFAULT_COUNTRY,
    queries::current_row,
    view::delivery_option,
};

/// When one unit of the offer arrives, and for how much, in the caller's currency.
///
/// Without a `country` the one of the caller's cart counts, else the shop's own. An empty
/// `postcode` is not asked for. 422 on `country` where nothing is delivered and on `postcode`
/// for one that country does not have; 404 for an offer nobody can buy.
pub async fn delivery_estimate(
    ctx: &Ctx,
    sku: Id<Sku>,
    country: Option<&str>,
    postcode: &str,
) -> Result<DeliveryEstimate> {
    let conn = ctx.db().read();
    let country = match country.filter(|text| !text.trim().is_empty()) {
        Some(text) => country_code(text).ok_or_else(|| {
            wrong("country", codes::NOT_DELIVERABLE, "We don't deliver there yet. Choose another country")
        })?,
        None => {
            let cart = current_row(conn, ctx).await?;
            cart.map_or_else(|| DEFAULT_COUNTRY.to_owned(), |cart| cart.country)
        }
    };
    let postcode = match postcode.trim() {
        "" => None,
        text => {
            let found = written(&country, text);
            Some(found.map_err(|message| wrong("postcode", codes::ADDRESS_POSTCODE, &message))?)
        }
    };
    let card = products::sku_cards(conn, ctx, &[sku]).await?.remove(&sku).filter(|card| card.sellable);
    let price = prices::current(conn, ctx, &[sku]).await?.remove(&sku);
    let (Some(card), Some(price)) = (card, price) else { return Err(Error::not_found("offer")) };
    let need = ParcelNeed { seller: card.seller, weight_grams: card.weight_grams, value: price.price };
    let found =
        shipping::options(conn, ctx, &country, postcode.as_deref().unwrap_or_default(), &[need]).await?;
    let options = found.into_iter().flat_map(|parcel| parcel.options).collect::<Vec<_>>();
    let free_over = options.first().and_then(|cheapest| cheapest.free_over);
    Ok(DeliveryEstimate {
        country,
        postcode,
        options: options.into_iter().map(delivery_option).collect(),
        free_over,
    })
}

fn wrong(field: &str, code: stoa_kernel::Code, message: &str) -> Error {
    let mut fields = Fields::default();
    fields.add(field, code, message);
    Error::invalid(fields.into_inner())
}
