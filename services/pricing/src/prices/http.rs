//! REST routes of prices.

use serde::{Deserialize, Serialize};
use stoa_kernel::{
    Ctx, Result,
    http::{IfMatch, Json, Path, Query, Router, Versioned},
};
use stoa_pricing_types::{PriceListView, PriceQuery, PricesPut, PricesView, PutPrices};
use stoa_types::{Id, PageQuery, PriceList, Problem};
use utoipa_axum::routes;

/// The routes.
pub fn routes() -> Router {
    Router::new()
        .routes(routes!(list_prices))
        .routes(routes!(list_price_lists))
        .routes(routes!(get_price_list))
        .routes(routes!(put_price_list_prices))
}

/// The lists there are; few enough for one answer.
#[derive(Serialize, utoipa::ToSchema)]
struct PriceLists {
    items: Vec<PriceListView>,
}

/// Which of a list's prices are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Paging {
    /// Cursor from `next` of an earlier answer.
    after: Option<String>,
    /// Prices a page, 1 to 100; 25 unless told.
    limit: Option<u32>,
}

/// Find prices
///
/// What SKUs cost now, with the rule that gave each price. Public for published
/// products; others need `prices.read`.
#[utoipa::path(get, path = "/v1/prices", tag = "prices", params(PriceQuery),
    responses((status = 200, body = PricesView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn list_prices(ctx: Ctx, Query(query): Query<PriceQuery>) -> Result<Json<PricesView>> {
    Ok(Json(super::find(&ctx, &query).await?))
}

/// List price lists
///
/// Without their prices. Needs `prices.read`.
#[utoipa::path(get, path = "/v1/price-lists", tag = "prices", responses((status = 200, body = PriceLists)))]
async fn list_price_lists(ctx: Ctx) -> Result<Json<PriceLists>> {
    Ok(Json(PriceLists { items: super::lists(&ctx).await? }))
}

/// Get a price list
///
/// With a page of its prices; a seller sees the own ones. Needs `prices.read`.
#[utoipa::path(get, path = "/v1/price-lists/{id}", tag = "prices", params(("id" = String, Path), Paging),
    responses((status = 200, body = PriceListView), (status = 404, body = Problem)))]
async fn get_price_list(
    ctx: Ctx,
    Path(id): Path<Id<PriceList>>,
    Query(paging): Query<Paging>,
) -> Result<Versioned<PriceListView>> {
    let query = PageQuery { after: paging.after, limit: paging.limit };
    let view = super::list(&ctx, id, &query).await?;
    let version = view.version;
    Ok(Versioned(view, version))
}

/// Put prices on a list
///
/// Up to 500, all or none; an error for each row that is wrong. Sellers name their own
/// SKUs, by id or code. Send `If-Match` with the list's version you changed; other sellers'
/// prices do not count in it. Needs `prices.write`.
#[utoipa::path(put, path = "/v1/price-lists/{id}/prices", tag = "prices",
    params(("id" = String, Path), ("If-Match" = String, Header)), request_body = PutPrices,
    responses((status = 200, body = PricesPut), (status = 404, body = Problem), (status = 412, body = Problem),
        (status = 422, body = Problem), (status = 428, body = Problem)))]
async fn put_price_list_prices(
    ctx: Ctx,
    Path(id): Path<Id<PriceList>>,
    IfMatch(version): IfMatch,
    Json(input): Json<PutPrices>,
) -> Result<Versioned<PricesPut>> {
    let put = super::put_prices(&ctx, id, version, input).await?;
    Ok(Versioned(put, put.version))
}
