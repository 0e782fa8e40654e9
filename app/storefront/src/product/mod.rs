//! The product page: pictures, choice of variant, price and the way into the cart.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_catalog_types::Picture;
use stoa_ui::{
    Breadcrumbs, Button, ButtonKind, FormState, Gallery, Link, LinkButton, NavItem, PageError, PageForm,
    PageTitle, Price, Prose, Quantity, ShopPage, ShopSection, ShopTitle, VariantLook, VariantOption,
    VariantPicker, VariantValue, i18n::link, load, use_form,
};

use crate::{
    cards::{Card, Cost, grid, source as picture_source},
    list::query_pairs,
    text,
};

#[cfg(feature = "ssr")]
mod source;

/// What a product's address leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Found(Box<ProductView>),
    /// No longer sold.
    Gone {
        title: String,
        similar: Vec<Card>,
    },
    /// The page has this address now; the server redirects there.
    Moved {
        href: String,
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
    /// Words and addresses from the home page on, without the product.
    pub breadcrumb: Vec<(String, String)>,
    /// The chosen variant's picture first.
    pub gallery: Vec<Picture>,
    pub options: Vec<Choice>,
    /// Absent without a price in the visitor's currency.
    pub price: Option<Cost>,
    /// What goes into the cart; empty when this choice cannot be bought.
    pub sku: String,
    /// "In stock", or why it cannot be bought.
    pub availability: String,
    /// Sanitised.
    pub description_html: String,
    pub attributes: Vec<(String, String)>,
    pub similar: Vec<Card>,
    /// For search engines; empty for none.
    pub page_title: String,
    pub page_description: String,
    /// The page's path.
    pub action: String,
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
    let product = Resource::new(
        move || (params.get().get("slug").unwrap_or_default(), query()),
        |(slug, query)| load_product(slug, query),
    );
    view! {
        <ShopPage>
            {load(product, move |answer| match answer {
                Answer::Found(product) => found(*product, form),
                Answer::Gone { title, similar } => gone(&title, similar),
                Answer::Moved { href } => moved(href),
            })}
        </ShopPage>
    }
}

fn found(product: ProductView, form: FormState) -> AnyView {
    let title =
        if product.page_title.is_empty() { product.title.clone() } else { product.page_title.clone() };
    let crumbs = product
        .breadcrumb
        .iter()
        .map(|(label, href)| NavItem::new(label.clone(), href.clone()))
        .chain([NavItem::new(product.title.clone(), "")])
        .collect::<Vec<_>>();
    let pictures = product.gallery.iter().map(picture_source).collect::<Vec<_>>();
    let pictures = (!pictures.is_empty()).then(|| {
        view! { <Gallery label=text::product::pictures(&product.title) pictures=pictures/> }
    });
    let html = product.description_html.clone();
    let description = (!html.is_empty()).then(|| {
        view! {
            <section class="mt-16">
                <h2 class="display text-2xl mb-4">{text::product::description()}</h2>
                <Prose>
                    <div inner_html=html></div>
                </Prose>
            </section>
        }
    });
    let details = (!product.attributes.is_empty()).then(|| {
        let rows = product
            .attributes
            .iter()
            .map(|(name, value)| {
                view! {
                    <tr class="border-b border-line">
                        <th scope="row" class="py-2 pe-6 text-start font-normal text-muted align-top w-2/5">
                            {name.clone()}
                        </th>
                        <td class="py-2 align-top">{value.clone()}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <section class="mt-16 max-w-[66ch]">
                <h2 class="display text-2xl mb-4">{text::product::details()}</h2>
                <table class="w-full">
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
    });
    let similar = product.similar.clone();
    let similar = (!similar.is_empty()).then(|| {
        view! { <ShopSection title=text::product::similar()>{grid(similar, false, false)}</ShopSection> }
    });
    let meta = (!product.page_description.is_empty()).then(|| {
        view! { <leptos_meta::Meta name="description" content=product.page_description.clone()/> }
    });
    view! {
        <PageTitle text=title/>
        {meta}
        <Breadcrumbs items=crumbs/>
        <div class="mt-4 grid grid-cols-1 md:grid-cols-2 lg:grid-cols-12 gap-8 lg:gap-12 items-start">
            <div class="min-w-0 lg:col-span-7">{pictures}</div>
            <div class="min-w-0 lg:col-span-5 lg:sticky lg:top-6">{buy_box(product, form)}</div>
        </div>
        {description}
        {details}
        {similar}
    }
    .into_any()
}

/// Title, price, choices and the way into the cart.
fn buy_box(product: ProductView, form: FormState) -> AnyView {
    let options = product.options.into_iter().map(option).collect::<Vec<_>>();
    let picker = (!options.is_empty()).then(|| {
        view! { <VariantPicker action=product.action options=options/> }
    });
    let price = product.price.map(|price| {
        let mut price = price.text();
        price.note = text::product::tax_note().to_owned();
        view! { <Price price=price large=true/> }
    });
    let buy = (!product.sku.is_empty()).then(|| {
        view! {
            <PageForm form=form class="flex flex-col gap-6">
                <input type="hidden" name="sku" value=product.sku/>
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
    });
    view! {
        <div class="flex flex-col gap-6">
            <div class="flex flex-col gap-2">
                <h1 tabindex="-1" class="display text-3xl outline-none">
                    {product.title}
                </h1>
                {(!product.maker.is_empty())
                    .then(|| view! { <p class="text-muted">{text::product::by(&product.maker)}</p> })}
            </div>
            {price}
            {picker}
            <p>{product.availability}</p>
            {buy}
            <dl class="flex flex-col gap-3 border-t border-line pt-6">
                <div class="flex flex-wrap gap-x-2">
                    <dt class="text-muted">{text::product::sold_by()}</dt>
                    <dd>
                        <Link href=product.seller_href>{product.seller}</Link>
                    </dd>
                </div>
                <div>
                    <dt class="text-muted">{text::product::delivery()}</dt>
                    <dd>{text::product::delivery_line()}</dd>
                </div>
            </dl>
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

/// A product that is no longer sold; answers 410.
fn gone(title: &str, similar: Vec<Card>) -> AnyView {
    #[cfg(feature = "ssr")]
    stoa_ui::server::set_status(410);
    let heading = text::product::gone_title(title);
    let similar = (!similar.is_empty()).then(|| {
        view! { <ShopSection title=text::product::gone_similar()>{grid(similar, false, false)}</ShopSection> }
    });
    view! {
        <PageTitle text=heading.clone()/>
        <ShopTitle title=heading/>
        <p class="mt-2 text-muted">{text::product::gone()}</p>
        <div class="mt-6">
            <LinkButton href=link("/") kind=ButtonKind::Outline>
                {text::product::to_home()}
            </LinkButton>
        </div>
        {similar}
    }
    .into_any()
}

/// Seen only where the redirect was not followed.
fn moved(href: String) -> AnyView {
    view! {
        <PageTitle text=text::product::moved().to_owned()/>
        <ShopTitle title=text::product::moved()/>
        <p class="mt-4">
            <Link href=href>{text::product::moved_link()}</Link>
        </p>
    }
    .into_any()
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
/// to the cart. 422 for a quantity that is none; what the cart refuses comes through.
#[server]
pub async fn add_to_cart(
    #[server(default)] sku: String,
    #[server(default)] quantity: String,
) -> Result<(), PageError> {
    use stoa_ordering_types::carts::{AddLine, MAX_QUANTITY};

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
    let (_, token) = stoa_ordering::carts::add_to_current(&ctx, AddLine::new(sku, units)).await?;
    if let Some(token) = token {
        source::keep_cart(&ctx, &token)?;
    }
    stoa_ui::server::redirect_to(&link("/cart"), text::product::added()).await
}
