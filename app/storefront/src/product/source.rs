//! Where the product page comes from, and the cookie that keeps the visitor's cart.

use axum::http::{Method, StatusCode, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use stoa_catalog::storefront;
use stoa_catalog_types::{OfferView, ProductLookup, ProductPage};
use stoa_kernel::{Ctx, format};
use stoa_ui::{Drawn, PageError, i18n::link};

use super::{
    Answer, Choice, ChoiceValue, ProductView,
    delivery::{self, Delivery},
    drawn,
};
use crate::{
    cards::{Cost, drawn_grid},
    checkout::bill::delivery_price,
    list::address,
    place::{Place, keep_cookie},
    text,
};

/// 30 days, the life of a cart nobody touches.
const CART_SECONDS: u32 = 30 * 24 * 60 * 60;

/// The product of this slug; `query` as `name=value`.
pub(super) async fn product(slug: &str, query: &[String]) -> Result<Answer, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    match storefront::product_page(&ctx, slug).await? {
        ProductLookup::Found { page } => {
            let mut view = view(*page, query);
            if let Some(found) = arrival(&ctx, &view, query).await {
                view.delivery = delivery::draw(found, view.action.clone(), view.picks.clone());
            }
            Ok(Answer::Found(Box::new(view)))
        }
        ProductLookup::Gone { title, similar, .. } => {
            if page_asked() {
                stoa_ui::server::set_status(410);
            }
            let title = text::product::gone_title(&title);
            Ok(Answer::Instead { body: drawn::gone(&title, drawn_grid(similar)), title })
        }
        ProductLookup::Moved { slug } => {
            let href = link(&format!("/p/{slug}"));
            moved_to(&href)?;
            Ok(Answer::Instead { title: text::product::moved().to_owned(), body: drawn::moved(href) })
        }
    }
}

/// Whether the answer is a page, and not data for one that stands.
fn page_asked() -> bool {
    with_context::<Parts, _>(|parts| parts.method == Method::GET).unwrap_or(false)
}

/// Leads to `href`; for good where a page was asked for.
fn moved_to(href: &str) -> Result<(), PageError> {
    stoa_ui::server::redirect_to_quietly(href)?;
    if let Some(options) = use_context::<ResponseOptions>().filter(|_| page_asked()) {
        options.set_status(StatusCode::MOVED_PERMANENTLY);
    }
    Ok(())
}

fn view(page: ProductPage, query: &[String]) -> ProductView {
    let keys: Vec<&str> = page.options.iter().map(|option| option.key.as_str()).collect();
    let wanted = wanted(&page, query);
    let offer = page.offers.iter().find(|offer| offer.options == wanted);
    let price = match offer {
        Some(offer) => offer.price.clone(),
        None => page.price.clone(),
    };
    let (sku, availability) = match offer {
        None if keys.is_empty() => (String::new(), text::product::sold_out()),
        None => (String::new(), text::product::not_made()),
        Some(offer) if offer.price.is_none() => (String::new(), text::product::not_priced()),
        Some(offer) if offer.in_stock => (offer.sku.to_string(), text::product::in_stock()),
        Some(_) if page.in_stock && !keys.is_empty() => (String::new(), text::product::sold_out_choice()),
        Some(_) => (String::new(), text::product::sold_out()),
    };
    let options = choices(&page, &wanted);
    let action = link(&format!("/p/{}", page.slug));
    let picks: Vec<(String, String)> =
        keys.iter().map(|key| (*key).to_owned()).zip(wanted.iter().cloned()).collect();
    let mut gallery = page.gallery;
    if let Some(picture) = offer.and_then(|offer| offer.picture.as_ref()) {
        // Stable: the others keep their order.
        gallery.sort_by_key(|one| one.asset != *picture);
    }
    let has_similar = !page.similar.is_empty();
    let home = (text::product::home().to_owned(), link("/"));
    let path = page.breadcrumb.iter().map(|above| (above.name.clone(), link(&format!("/c/{}", above.path))));
    ProductView {
        maker: page.maker.unwrap_or_default(),
        seller: page.seller.name,
        seller_href: link(&format!("/search?f.seller={}", page.seller.slug)),
        breadcrumb: drawn::breadcrumb(std::iter::once(home).chain(path).collect(), &page.title),
        gallery,
        options,
        price: price.map(Cost::from),
        sku,
        availability: availability.to_owned(),
        below: drawn::below(
            page.description_html,
            attributes(page.attributes.into_iter().map(|attribute| (attribute.name, attribute.value))),
            drawn_grid(page.similar),
        ),
        has_similar,
        page_title: page.seo_title.unwrap_or_default(),
        page_description: page.seo_description.unwrap_or_default(),
        here: address(&action, &picks),
        picks,
        action,
        delivery: Drawn::default(),
        title: page.title,
    }
}

/// Several values of one name as one row.
fn attributes(pairs: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs {
        match rows.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => {
                values.push_str(", ");
                values.push_str(&value);
            }
            None => rows.push((name, value)),
        }
    }
    rows
}

/// When the chosen variant arrives at the place the query names (`to`, `postcode`), else at
/// the one the visitor told us earlier; a place we can deliver to is remembered. Nothing for
/// what cannot be bought: a page without it is better than none.
async fn arrival(ctx: &Ctx, view: &ProductView, query: &[String]) -> Option<Delivery> {
    use stoa_ordering::carts;

    let sku = view.sku.parse().ok()?;
    let asked = |name: &str| {
        let pairs = query.iter().filter_map(|pair| pair.split_once('='));
        pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next()
    };
    let before = Place::kept().unwrap_or_default();
    let place = match asked("to") {
        Some(country) => Place { country, postcode: asked("postcode").unwrap_or_default() },
        None => before.clone(),
    };
    let estimate = async |place: &Place| {
        carts::delivery_estimate(ctx, sku, Some(&place.country), &place.postcode)
            .await
            .map_err(PageError::from)
    };
    let (found, error) = match estimate(&place).await {
        Ok(found) => (found, String::new()),
        Err(error) => {
            let message = error.0.errors.first().map(|field| field.message.clone()).unwrap_or_default();
            match estimate(&before).await {
                Ok(found) => (found, message),
                // An old cookie is no reason to say nothing.
                Err(_) => (estimate(&Place::default()).await.ok()?, message),
            }
        }
    };
    let kept = Place { country: found.country.clone(), postcode: found.postcode.clone().unwrap_or_default() };
    if error.is_empty() && asked("to").is_some() && kept != before {
        // Without the cookie the next page asks again, no more.
        let _ = kept.keep(ctx);
    }
    let country = carts::country_name(&found.country);
    let free = found.free_over.filter(|_| found.options.first().is_some_and(|way| !way.price.is_zero()));
    Some(Delivery {
        place: match &found.postcode {
            Some(postcode) => text::product::to_postcode(postcode, country.trim_start_matches("the ")),
            None => text::product::to_country(country),
        },
        ways: found
            .options
            .iter()
            .map(|way| {
                let days = format::day_range(way.arrives_from, way.arrives_to);
                (days, way.name.clone(), delivery_price(way.price, &ctx.locale))
            })
            .collect(),
        free: free
            .map(|least| text::product::free_over(format::money(least, &ctx.locale), &view.seller))
            .unwrap_or_default(),
        country: if error.is_empty() { kept.country } else { place.country },
        postcode: if error.is_empty() { kept.postcode } else { place.postcode },
        countries: carts::countries()
            .into_iter()
            .map(|(code, name)| (code.to_owned(), name.trim_start_matches("the ").to_owned()))
            .collect(),
        error,
    })
}

/// The value wanted on each axis: what the query names, else what the offer that can be bought
/// first and fits the rest has. `v=sku_…` names a whole offer.
fn wanted(page: &ProductPage, query: &[String]) -> Vec<String> {
    let asked = |key: &str| {
        query
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    };
    let named = asked("v").and_then(|sku| page.offers.iter().find(|offer| offer.sku.to_string() == sku));
    if let Some(offer) = named {
        return offer.options.clone();
    }
    let picked: Vec<Option<&str>> = page
        .options
        .iter()
        .map(|option| {
            asked(&option.key).filter(|value| option.values.iter().any(|known| known.value == *value))
        })
        .collect();
    let fits = |offer: &&OfferView| {
        picked.iter().zip(&offer.options).all(|(picked, value)| picked.is_none_or(|picked| picked == value))
    };
    let buyable = |offer: &&OfferView| offer.in_stock && offer.price.is_some();
    let best = page
        .offers
        .iter()
        .filter(fits)
        .find(buyable)
        .or_else(|| page.offers.iter().find(fits))
        .or_else(|| page.offers.iter().find(buyable))
        .or(page.offers.first());
    picked
        .iter()
        .enumerate()
        .filter_map(|(axis, picked)| match picked {
            Some(value) => Some((*value).to_owned()),
            None => best.and_then(|offer| offer.options.get(axis)).cloned(),
        })
        .collect()
}

/// The axes with their values, each judged together with the other axes' chosen values.
fn choices(page: &ProductPage, wanted: &[String]) -> Vec<Choice> {
    page.options
        .iter()
        .enumerate()
        .map(|(axis, option)| Choice {
            key: option.key.clone(),
            label: option.name.clone(),
            chosen: wanted.get(axis).cloned().unwrap_or_default(),
            values: option
                .values
                .iter()
                .map(|value| {
                    // One swatch among words would look like a mark.
                    let painted = option.values.iter().all(|value| value.colour.is_some());
                    let mut tuple = wanted.to_vec();
                    if let Some(place) = tuple.get_mut(axis) {
                        place.clone_from(&value.value);
                    }
                    let offer = page.offers.iter().find(|offer| offer.options == tuple);
                    let others: Vec<String> = wanted
                        .iter()
                        .enumerate()
                        .filter(|(other, _)| *other != axis)
                        .map(|(_, value)| value.clone())
                        .collect();
                    ChoiceValue {
                        value: value.value.clone(),
                        colour: value.colour.clone().filter(|_| painted).unwrap_or_default(),
                        sold_out: offer.is_some_and(|offer| !offer.in_stock),
                        impossible: match offer {
                            Some(_) => String::new(),
                            None => text::product::not_with(others.join(", ")),
                        },
                    }
                })
                .collect(),
        })
        .collect()
}

/// Gives the visitor the cookie of the cart with this token.
pub(super) fn keep_cart(ctx: &Ctx, token: &str) -> Result<(), PageError> {
    keep_cookie(ctx, "stoa_cart", token, CART_SECONDS)
}

#[cfg(test)]
mod tests {
    use stoa_catalog_types::{OptionValueView, OptionView, PriceTag, SellerRef};
    use stoa_types::{Currency, Id, Money, Uuid};

    use super::*;

    fn axis(key: &str, values: &[&str]) -> OptionView {
        let values =
            values.iter().map(|&value| OptionValueView { value: value.to_owned(), colour: None }).collect();
        OptionView { name: key.to_uppercase(), key: key.to_owned(), values }
    }

    fn offer(number: u128, options: &[&str], in_stock: bool) -> OfferView {
        let now = Money::new(2400, Currency::EUR);
        let price = PriceTag { now, now_text: "€24.00".to_owned(), was: None, was_text: None, from: false };
        let options = options.iter().map(|&value| value.to_owned()).collect();
        let sku = Id::new(Uuid::from_u128(number));
        OfferView { sku, options, title: String::new(), price: Some(price), in_stock, picture: None }
    }

    fn jug() -> ProductPage {
        ProductPage {
            id: Id::new(Uuid::nil()),
            title: "Salt-glazed jug".to_owned(),
            slug: "jug".to_owned(),
            maker: None,
            description_html: String::new(),
            seller: SellerRef {
                id: Id::new(Uuid::nil()),
                name: "Kleio".to_owned(),
                slug: "kleio".to_owned(),
            },
            breadcrumb: Vec::new(),
            gallery: Vec::new(),
            options: vec![axis("glaze", &["Sand", "Iron"]), axis("size", &["S", "L"])],
            offers: vec![
                offer(1, &["Sand", "S"], false),
                offer(2, &["Sand", "L"], true),
                offer(3, &["Iron", "S"], true),
            ],
            price: None,
            in_stock: true,
            attributes: Vec::new(),
            similar: Vec::new(),
            seo_title: None,
            seo_description: None,
        }
    }

    fn shown(query: &[&str]) -> ProductView {
        view(jug(), &query.iter().map(|&pair| pair.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn without_a_choice_the_first_that_can_be_bought_is_shown() {
        let page = shown(&[]);
        assert_eq!((page.options[0].chosen.as_str(), page.options[1].chosen.as_str()), ("Sand", "L"));
        assert!(!page.sku.is_empty());
        assert!(page.options[1].values[0].sold_out);
    }

    #[test]
    fn one_choice_brings_a_fitting_other() {
        let page = shown(&["glaze=Iron"]);
        assert_eq!(page.options[1].chosen, "S");
        assert_eq!(page.options[1].values[1].impossible, text::product::not_with("Iron"));
    }

    #[test]
    fn what_is_sold_out_or_not_made_cannot_be_bought() {
        let sold_out = shown(&["glaze=Sand", "size=S"]);
        assert_eq!(
            (sold_out.sku.as_str(), sold_out.availability.as_str()),
            ("", text::product::sold_out_choice())
        );
        let not_made = shown(&["glaze=Iron", "size=L"]);
        assert_eq!((not_made.sku.as_str(), not_made.availability.as_str()), ("", text::product::not_made()));
    }

    #[test]
    fn what_is_chosen_is_in_the_address_and_values_of_one_name_are_one_row() {
        let page = shown(&["glaze=Iron"]);
        assert_eq!(page.here, format!("{}?glaze=Iron&size=S", page.action));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let rows = attributes(
            [pair("Colour", "Blue"), pair("Care", "By hand"), pair("Colour", "Beige")].into_iter(),
        );
        assert_eq!(rows, [pair("Colour", "Blue, Beige"), pair("Care", "By hand")]);
    }

    #[test]
    fn swatches_are_shown_for_all_values_of_an_axis_or_for_none() {
        let swatches = |colours: [Option<&str>; 2]| {
            let mut page = jug();
            for (value, colour) in page.options[0].values.iter_mut().zip(colours) {
                value.colour = colour.map(str::to_owned);
            }
            let shown = choices(&page, &wanted(&page, &[]));
            shown[0].values.iter().filter(|value| !value.colour.is_empty()).count()
        };
        assert_eq!(swatches([Some("#d8c5a0"), Some("#4a4d52")]), 2);
        assert_eq!(swatches([Some("#d8c5a0"), None]), 0);
    }

    #[test]
    fn an_offer_can_be_named_as_a_whole() {
        let page = jug();
        let query = format!("v={}", page.offers[2].sku);
        assert_eq!(wanted(&page, &[query]), ["Iron", "S"]);
        assert_eq!(wanted(&page, &["glaze=Purple".to_owned()]), ["Sand", "L"]);
    }
}
