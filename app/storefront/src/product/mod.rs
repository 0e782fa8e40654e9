//! The product page: pictures, choice of variant, price and the way into the cart.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_catalog_types::Picture;
use stoa_ui::{
    Button, ButtonKind, Drawn, FormState, Gallery, Link, LinkButton, PageError, PageForm, PageTitle, Price,
    Quantity, ShopPage, VariantLook, VariantOption, VariantPicker, VariantValue, load, resource, use_form,
};

use crate::{
    cards::{Cost, source as picture_source},
    list::query_pairs,
    text,
};

#[cfg(feature = "ssr")]
mod delivery;
#[cfg(feature = "ssr")]
mod drawn;
#[cfg(feature = "ssr")]
mod source;

/// The id of the form that puts the product into the cart.
const BUY: &str = "buy";

/// What a product's address leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Found(Box<ProductView>),
    /// Words instead of it: it is no longer sold, or has another address now.
    Instead {
        title: String,
        body: Drawn,
    },
}

/// A product with one of its variants chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductView {
    pub title: String,
    /// Empty where no maker is known.
    pub maker: String,
    pub seller: String,
    /// The list of what the seller offers.
    pub seller_href: String,
    pub breadcrumb: Drawn,
    /// The chosen variant's picture first.
    pub gallery: Vec<Picture>,
    pub options: Vec<Choice>,
    /// Absent without a price in the visitor's currency.
    pub price: Option<Cost>,
    /// What goes into the cart; empty when this choice cannot be bought.
    pub sku: String,
    /// "In stock", or why it cannot be bought.
    pub availability: String,
    /// When it arrives and what that costs; empty for what cannot be bought.
    pub delivery: Drawn,
    /// Description, details and similar items.
    pub below: Drawn,
    pub has_similar: bool,
    /// For search engines; empty for none.
    pub page_title: String,
    pub page_description: String,
    /// The page's path.
    pub action: String,
    /// The options' names in the address and what is chosen.
    pub picks: Vec<(String, String)>,
    /// The page's address with what is chosen.
    pub here: String,
}

/// An option of the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The name in the address.
    pub key: String,
    pub label: String,
    pub chosen: String,
    pub values: Vec<ChoiceValue>,
}

/// A value of an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceValue {
    pub value: String,
    /// `#rrggbb`; empty for none.
    pub colour: String,
    pub sold_out: bool,
    /// Why it does not go with the other choices; empty when it does.
    pub impossible: String,
}

/// `/{l}/p/{slug}`: the variant is chosen by the address.
#[component]
pub fn ProductPage() -> impl IntoView {
    let params = use_params_map();
    let query = query_pairs();
    let form = use_form::<AddToCart>();
    let product = resource(
        move || (params.get().get("slug").unwrap_or_default(), query()),
        |(slug, query)| LoadProduct { slug, query },
    );
    view! {
        <ShopPage>
            {load(product, move |answer| match answer {
                Answer::Found(product) => found(*product, form),
                Answer::Instead { title, body } => view! {
                    <PageTitle text=title/>
                    {body.view()}
                }
                .into_any(),
            })}
        </ShopPage>
    }
}

fn found(product: ProductView, form: FormState) -> AnyView {
    let title =
        if product.page_title.is_empty() { product.title.clone() } else { product.page_title.clone() };
    let pictures = product.gallery.iter().map(picture_source).collect::<Vec<_>>();
    let pictures = (!pictures.is_empty()).then(|| {
        view! { <Gallery label=text::product::pictures(&product.title) pictures=pictures/> }.into_any()
    });
    let meta = (!product.page_description.is_empty()).then(|| {
        view! { <leptos_meta::Meta name="description" content=product.page_description.clone()/> }.into_any()
    });
    let bar = product.price.clone().filter(|_| !product.sku.is_empty()).map(|price| buy_bar(price, form));
    let (breadcrumb, drawn, has_similar) =
        (product.breadcrumb.clone(), product.below.clone(), product.has_similar);
    // The bar must not lie over the end of the page.
    let below = if bar.is_some() { "relative max-md:pb-16" } else { "relative" };
    view! {
        <PageTitle text=title/>
        {meta}
        {breadcrumb.view()}
        <div class="mt-4 grid grid-cols-1 md:grid-cols-2 lg:grid-cols-12 gap-8 lg:gap-12 items-start">
            <div class="min-w-0 lg:col-span-7">{pictures}</div>
            <div class="min-w-0 lg:col-span-5 lg:sticky lg:top-6">{buy_box(product, has_similar, form)}</div>
        </div>
        <div class=below>
            {drawn.view()} {bar}
        </div>
    }
    .into_any()
}

/// On small screens, price and button once the buy box has left the view: they stick to the
/// lower edge from about a screen below it on, so that two buttons never show at once.
fn buy_bar(price: Cost, form: FormState) -> AnyView {
    view! {
        <div class="md:hidden pointer-events-none absolute inset-x-0 top-[calc(100dvh-16rem)] bottom-0 flex flex-col justify-end">
            <div class="pointer-events-auto sticky bottom-0 z-20 -mx-4 flex min-h-16 items-center justify-between gap-4 border-t border-line bg-surface px-4 py-2">
                <Price price=price.text()/>
                <Button
                    kind=ButtonKind::Brand
                    form=BUY
                    pending=form.pending()
                    pending_label=text::product::adding()
                >
                    {text::product::add()}
                </Button>
            </div>
        </div>
    }
    .into_any()
}

/// Title, price, choices and the way into the cart.
fn buy_box(product: ProductView, has_similar: bool, form: FormState) -> AnyView {
    let options = product.options.into_iter().map(option).collect::<Vec<_>>();
    let action = product.action.clone();
    let picker =
        (!options.is_empty()).then(|| view! { <VariantPicker action=action options=options/> }.into_any());
    let price = product.price.map(|price| {
        let mut price = price.text();
        price.note = text::product::tax_note().to_owned();
        view! { <Price price=price large=true/> }.into_any()
    });
    let buyable = !product.sku.is_empty();
    let buy = if buyable {
        view! {
            <PageForm form=form id=BUY class="flex flex-col gap-6">
                <input type="hidden" name="sku" value=product.sku/>
                <input type="hidden" name="back" value=product.here/>
                <Quantity
                    name="quantity"
                    label=text::product::quantity()
                    label_shown=true
                    value=form.value("quantity").parse().unwrap_or(1)
                    max=999
                    error=form.error("quantity")
                />
                <Button
                    kind=ButtonKind::Brand
                    block=true
                    pending=form.pending()
                    pending_label=text::product::adding()
                >
                    {text::product::add()}
                </Button>
            </PageForm>
        }
        .into_any()
    } else if has_similar {
        view! {
            <LinkButton href="#similar" kind=ButtonKind::Outline block=true attr:rel="external">
                {text::product::to_similar()}
            </LinkButton>
        }
        .into_any()
    } else {
        ().into_any()
    };
    let dot =
        if buyable { "size-2.5 rounded-full bg-fg" } else { "size-2.5 rounded-full border-2 border-control" };
    let arrives = product.delivery;
    view! {
        <div class="flex flex-col gap-6">
            <div class="flex flex-col gap-2">
                <h1 tabindex="-1" class="display text-3xl outline-none">
                    {product.title}
                </h1>
                {(!product.maker.is_empty())
                    .then(|| view! { <p class="text-muted">{text::product::by(&product.maker)}</p> }.into_any())}
            </div>
            {price}
            {picker}
            <p class="flex items-center gap-2.5">
                <span aria-hidden="true" class=dot></span>
                {product.availability}
            </p>
            {buy}
            {arrives.view()}
            <p class="flex flex-wrap gap-x-2 border-t border-line pt-6">
                <span class="text-muted">{text::product::sold_by()}</span>
                <Link href=product.seller_href>{product.seller}</Link>
            </p>
        </div>
    }
    .into_any()
}

fn option(choice: Choice) -> VariantOption {
    let look = if choice.values.iter().any(|value| !value.colour.is_empty()) {
        VariantLook::Swatches
    } else if choice.values.iter().all(|value| value.value.chars().count() <= 4) {
        VariantLook::Sizes
    } else {
        VariantLook::Pills
    };
    VariantOption {
        name: choice.key,
        label: choice.label,
        chosen: choice.chosen,
        look,
        values: choice
            .values
            .into_iter()
            .map(|value| VariantValue {
                label: value.value.clone(),
                value: value.value,
                colour: value.colour,
                sold_out: value.sold_out,
                impossible: value.impossible,
            })
            .collect(),
    }
}

/// The product of this slug, with the variant the query chooses. An old slug is answered
/// with a permanent redirect.
#[server]
pub async fn load_product(
    #[server(default)] slug: String,
    #[server(default)] query: Vec<String>,
) -> Result<Answer, PageError> {
    source::product(&slug, &query).await
}

/// Puts units of an offer into the visitor's cart, starting one where there is none, and leads
/// back to the product at `back` with the cart open beside it, else to the cart's own page.
/// 422 for a quantity that is none; what the cart refuses comes through.
#[server]
pub async fn add_to_cart(
    #[server(default)] sku: String,
    #[server(default)] quantity: String,
    #[server(default)] back: String,
) -> Result<(), PageError> {
    use stoa_ordering_types::carts::{AddLine, MAX_QUANTITY};
    use stoa_ui::i18n::link;

    let ctx = stoa_ui::server::ctx()?;
    let units = quantity.trim().parse::<i64>().ok().filter(|units| (1..=MAX_QUANTITY).contains(units));
    let Some(units) = units else {
        return Err(PageError::field(
            "quantity",
            "carts.quantity_invalid",
            text::product::quantity_invalid(),
        ));
    };
    let sku = sku.parse().map_err(|_| PageError::not_found())?;
    let place = crate::place::Place::kept();
    let country = place.as_ref().map(|place| place.country.as_str());
    let (_, token) = stoa_ordering::carts::add_to_current(&ctx, AddLine::new(sku, units), country).await?;
    if let Some(token) = token {
        source::keep_cart(&ctx, &token)?;
    }
    if stoa_ui::page::is_local_path(&back) && back.starts_with(&link("/p/")) && !back.contains('#') {
        let mark = if back.contains('?') { '&' } else { '?' };
        return stoa_ui::server::redirect_to_quietly(&format!("{back}{mark}panel=cart"));
    }
    stoa_ui::server::redirect_to(&link("/cart"), text::product::added()).await
}
