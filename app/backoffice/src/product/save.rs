//! What the product form sends.
// A form's server function takes one argument for each field.
#![allow(clippy::too_many_arguments)]

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::PageError;

#[cfg(feature = "ssr")]
use crate::text;

/// Values to add to an option.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OptionRow {
    pub name: String,
    /// Separated by commas.
    pub add: String,
}

/// A variant as typed, and what its price and stock were when the form was shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VariantRow {
    pub sku: String,
    pub code: String,
    pub price: String,
    pub price_shown: String,
    pub stock: String,
    pub stock_shown: String,
    pub weight_grams: String,
    /// `true` where it is offered.
    pub active: String,
}

/// A picture that was there already.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PictureRow {
    pub alt: String,
    /// Its place in the gallery, from 1.
    pub place: String,
    /// Not empty to take it off.
    pub remove: String,
}

/// Saves a product with its prices, stock and pictures, all or nothing. An empty `id` makes
/// a new one; `added` are pictures just stored, `refused` what was wrong with others.
#[server]
pub async fn save_product(
    #[server(default)] id: String,
    #[server(default)] version: String,
    #[server(default)] seller: String,
    #[server(default)] title: String,
    #[server(default)] maker: String,
    #[server(default)] description: String,
    #[server(default)] category: String,
    #[server(default)] currency: String,
    #[server(default)] options: Vec<OptionRow>,
    #[server(default)] variants: Vec<VariantRow>,
    #[server(default)] pictures: BTreeMap<String, PictureRow>,
    #[server(default)] added: Vec<String>,
    #[server(default)] refused: Vec<String>,
    #[server(default)] intent: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), PageError> {
    use stoa_catalog::products;
    use stoa_catalog_types::{OptionEdit, ProductEdit};
    use stoa_channels::channels::{SaveProduct, save};
    use stoa_types::{Currency, Id, Product};

    let ctx = stoa_ui::server::ctx()?;
    let known: Option<Id<Product>> = match id.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| PageError::not_found())?),
    };
    let mut wrong = Wrong::default();
    let seller = seller.parse().ok();
    if seller.is_none() && known.is_none() {
        wrong.add("seller", "products.seller_missing", text::product::seller_missing());
    }
    let category = match category.as_str() {
        "" => None,
        id => match id.parse() {
            Ok(id) => Some(id),
            Err(_) => {
                wrong.add("category", "products.category_unknown", text::product::category_wrong());
                None
            }
        },
    };
    for message in &refused {
        wrong.add("pictures", "media.refused", message);
    }
    let currency: Currency = currency.parse().unwrap_or(ctx.currency);
    let (rows, offers) = read_variants(&variants, currency, known.is_none(), &mut wrong);
    let product = ProductEdit {
        product: known.map(|id| (id, version.parse().unwrap_or_default())),
        seller,
        title,
        maker: Some(maker),
        description,
        category,
        options: options
            .into_iter()
            .map(|row| OptionEdit {
                name: row.name,
                add: row.add.split([',', '\n']).map(|value| value.trim().to_owned()).collect(),
            })
            .collect(),
        variants: rows,
        pictures: read_pictures(pictures, added, &mut wrong),
    };
    if !wrong.0.is_empty() {
        // What is wrong besides is named with it.
        let known: Vec<_> = products::edit_problems(&product);
        wrong.0.extend(known);
        return Err(in_form(PageError::invalid(wrong.0)));
    }
    let publish = intent == "publish";
    let saved = save(&ctx, SaveProduct { product, offers, publish }, &idempotency_key).await;
    let id = saved.map_err(|error| in_form(error.into()))?;
    let flash = match (publish, known) {
        (true, _) => text::product::published_flash(),
        (false, Some(_)) => text::product::saved_flash(),
        (false, None) => text::product::created_flash(),
    };
    stoa_ui::server::redirect_to(&format!("/admin/products/{id}"), flash).await
}

/// A refusal as the form shows it: what is missing for publishing at the field where it is
/// given, everything in the order of the page.
#[cfg(feature = "ssr")]
fn in_form(mut error: PageError) -> PageError {
    const ORDER: [&str; 8] =
        ["seller", "title", "maker", "description", "category", "pictures", "options", "variants"];
    let place = |field: &str| {
        let part = field.split('/').next().unwrap_or_default();
        ORDER.iter().position(|known| *known == part).unwrap_or(ORDER.len())
    };
    if error.0.code == "kernel.stale_version" {
        error.0.detail = text::product::stale_detail().to_owned();
    }
    for field in &mut error.0.errors {
        match field.field.as_str() {
            "media" => field.field = "pictures".to_owned(),
            "skus" => field.field = "variants/0/price".to_owned(),
            _ => {}
        }
    }
    error.0.errors.sort_by_key(|error| place(&error.field));
    error
}

/// What cannot even be read.
#[cfg(feature = "ssr")]
#[derive(Default)]
struct Wrong(Vec<stoa_types::FieldError>);

#[cfg(feature = "ssr")]
impl Wrong {
    fn add(&mut self, field: impl Into<String>, code: &str, message: &str) {
        let (field, code, message) = (field.into(), code.to_owned(), message.to_owned());
        self.0.push(stoa_types::FieldError { field, code, message });
    }
}

#[cfg(feature = "ssr")]
fn read_variants(
    rows: &[VariantRow],
    currency: stoa_types::Currency,
    new: bool,
    wrong: &mut Wrong,
) -> (Vec<stoa_catalog_types::VariantEdit>, Vec<stoa_channels::channels::OfferEdit>) {
    use stoa_catalog_types::VariantEdit;
    use stoa_channels::channels::{Edited, OfferEdit};

    let mut variants = Vec::with_capacity(rows.len());
    let mut offers = Vec::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        let at = |field: &str| format!("variants/{place}/{field}");
        let number = |typed: &str| typed.trim().parse::<i64>();
        let mut offer = OfferEdit::default();
        match typed_price(&row.price, currency) {
            // An empty price leaves the offer as it is.
            None if row.price.trim().is_empty() && !new => {}
            None => wrong.add(at("price"), "prices.malformed", text::product::price_wrong()),
            Some(wanted) => {
                offer.price = Some(Edited { shown: typed_price(&row.price_shown, currency), wanted });
            }
        }
        match number(&row.stock) {
            Err(_) if row.stock.trim().is_empty() => {}
            Err(_) => wrong.add(at("stock"), "channels.stock_invalid", text::product::stock_wrong()),
            Ok(wanted) => offer.stock = Some(Edited { shown: number(&row.stock_shown).ok(), wanted }),
        }
        let weight_grams = match number(&row.weight_grams) {
            Ok(grams) => Some(grams),
            Err(_) if row.weight_grams.trim().is_empty() => None,
            Err(_) => {
                wrong.add(at("weight_grams"), "products.weight_invalid", text::product::weight_wrong());
                None
            }
        };
        offers.push(offer);
        variants.push(VariantEdit {
            sku: row.sku.parse().ok(),
            code: Some(row.code.trim().to_owned()).filter(|code| !code.is_empty()),
            weight_grams,
            active: row.active == "true",
        });
    }
    (variants, offers)
}

/// An amount as people type it: `64`, `64.00` or `64,00`.
#[cfg(feature = "ssr")]
fn typed_price(typed: &str, currency: stoa_types::Currency) -> Option<stoa_types::Money> {
    let typed = typed.trim();
    let typed = if typed.contains('.') { typed.replace(',', "") } else { typed.replace(',', ".") };
    stoa_types::Money::parse_decimal(&typed, currency).ok().filter(|price| price.amount >= 0)
}

/// The pictures in the order asked for, those just stored last.
#[cfg(feature = "ssr")]
fn read_pictures(
    rows: BTreeMap<String, PictureRow>,
    added: Vec<String>,
    wrong: &mut Wrong,
) -> Vec<stoa_catalog_types::PictureEdit> {
    use stoa_catalog_types::PictureEdit;

    let mut placed: Vec<(u32, PictureEdit)> = Vec::with_capacity(rows.len() + added.len());
    for (asset, row) in rows {
        let Ok(id) = asset.parse() else { continue };
        if !row.remove.is_empty() {
            continue;
        }
        let place = row.place.trim().parse().unwrap_or_else(|_| {
            wrong.add(
                format!("pictures/{asset}/place"),
                "products.media_unclear",
                text::product::place_wrong(),
            );
            0
        });
        placed.push((place, PictureEdit { asset: id, alt: row.alt }));
    }
    placed.sort_by_key(|(place, _)| *place);
    let added = added.iter().filter_map(|asset| asset.parse().ok());
    let added = added.map(|asset| PictureEdit { asset, alt: String::new() });
    placed.into_iter().map(|(_, picture)| picture).chain(added).collect()
}

/// Takes a product away from shoppers, or makes it a draft again.
#[server]
pub async fn move_product(
    #[server(default)] id: String,
    #[server(default)] intent: String,
) -> Result<(), PageError> {
    use stoa_catalog::products;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let message = match intent.as_str() {
        "archive" => {
            products::archive(&ctx, id).await?;
            text::product::archived_flash()
        }
        "revive" => {
            products::revive(&ctx, id).await?;
            text::product::revived_flash()
        }
        _ => return Err(PageError::not_found()),
    };
    stoa_ui::server::redirect_to(&format!("/admin/products/{id}"), message).await
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use stoa_types::Currency;

    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        let read = |typed| typed_price(typed, Currency::EUR).map(|price| price.amount);
        assert_eq!(
            [read("64"), read(" 64.00 "), read("64,5"), read("1,234.50")].map(Option::unwrap),
            [6400, 6400, 6450, 123_450]
        );
        assert_eq!([read(""), read("free"), read("-1"), read("1.234,50")], [None; 4]);
    }

    #[test]
    fn pictures_come_in_the_order_asked_for() {
        let asset = |n: u128| stoa_types::Id::<stoa_types::Asset>::new(stoa_types::Uuid::from_u128(n));
        let row = |place: &str, remove: &str| PictureRow {
            place: place.to_owned(),
            remove: remove.to_owned(),
            ..PictureRow::default()
        };
        let rows = BTreeMap::from([
            (asset(1).to_string(), row("3", "")),
            (asset(2).to_string(), row("1", "")),
            (asset(3).to_string(), row("2", "true")),
        ]);
        let mut wrong = Wrong::default();
        let pictures = read_pictures(rows, vec![asset(4).to_string(), "nonsense".to_owned()], &mut wrong);
        let ids: Vec<_> = pictures.into_iter().map(|picture| picture.asset).collect();
        assert_eq!(ids, [asset(2), asset(1), asset(4)]);
        assert!(wrong.0.is_empty());
    }
}
