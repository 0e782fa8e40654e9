//! REST routes of tax.

use stoa_kernel::{
    Ctx, Result,
    http::{Json, Query, Router},
};
use stoa_pricing_types::{RateQuery, TaxQuote, TaxRatesView, TaxResult};
use stoa_types::Problem;
use utoipa_axum::routes;

/// The routes.
pub fn routes() -> Router {
    Router::new().routes(routes!(quote_taxes)).routes(routes!(list_tax_rates))
}

/// Quote tax
///
/// The tax within amounts that include it; nothing is stored. Public.
#[utoipa::path(post, path = "/v1/taxes/quote", tag = "tax", request_body = TaxQuote,
    responses((status = 200, body = TaxResult), (status = 422, body = Problem)))]
async fn quote_taxes(ctx: Ctx, Json(quote): Json<TaxQuote>) -> Result<Json<TaxResult>> {
    Ok(Json(super::quote(ctx.db().read(), &ctx, &quote).await?))
}

/// List tax rates
///
/// Those that hold now. With a postcode, the rate of its territory; none where no tax
/// is collected. Public.
#[utoipa::path(get, path = "/v1/taxes/rates", tag = "tax", params(RateQuery),
    responses((status = 200, body = TaxRatesView), (status = 422, body = Problem)))]
async fn list_tax_rates(ctx: Ctx, Query(query): Query<RateQuery>) -> Result<Json<TaxRatesView>> {
    Ok(Json(super::rates(&ctx, &query).await?))
}
