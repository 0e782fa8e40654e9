//! Adding a product and changing one.
// A form's server function takes one argument for each field.
#![allow(clippy::too_many_arguments)]

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_catalog_types::{ProductStatus, ProductView};
use stoa_ui::{
    Banner, Button, ButtonKind, Field, FormSection, FormState, Link, MoneyField, PageError, PageForm,
    PageHeader, PageTitle, SaveBar, Select, SelectOption, TextArea, Tone, i18n::link, load, use_form,
};

use crate::{products::status_badge, text};

/// What the form lets choose from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProductChoices {
    /// Ids and names with their parents.
    pub categories: Vec<(String, String)>,
    /// Ids and names; empty when a product cannot change hands.
    pub sellers: Vec<(String, String)>,
    pub currency: String,
    /// The currency's sign.
    pub symbol: String,
}

fn options(pairs: Vec<(String, String)>) -> Vec<SelectOption> {
    pairs.into_iter().map(|(value, label)| SelectOption::new(value, label)).collect()
}

/// `/admin/products/new`
#[component]
pub fn NewProductPage() -> impl IntoView {
    let choices = Resource::new(|| (), |()| load_product_choices());
    view! {
        <PageTitle text=text::product::new_title().to_owned()/>
        <PageHeader
            title=text::product::new_title()
            back_label=text::product::back()
            back_href="/admin/products"
        />
        {load(choices, |choices| view! { <NewForm choices=choices/> })}
    }
}

#[component]
fn NewForm(choices: ProductChoices) -> impl IntoView {
    let form = use_form::<AddProduct>();
    view! {
        <PageForm form=form>
            <FormSection title=text::product::basics()>
                <Select
                    name="seller"
                    label=text::product::seller()
                    options=options(choices.sellers)
                    value=form.value("seller")
                    error=form.error("seller")
                    empty_label=text::product::choose_seller()
                    required=true
                />
                {basics(form, "", "", "", "", choices.categories)}
            </FormSection>
            <FormSection title=text::product::offer()>
                <Field
                    name="sku"
                    label=text::product::sku()
                    hint=text::product::sku_new_hint()
                    optional=true
                    value=form.value("sku")
                    error=form.error("sku")
                />
                <MoneyField
                    name="price"
                    label=text::product::price()
                    currency=choices.symbol
                    value=form.value("price")
                    error=form.error("price")
                    required=true
                />
                <input type="hidden" name="currency" value=choices.currency/>
            </FormSection>
            <SaveBar discard_href="/admin/products" label=text::product::create() pending=form.pending()/>
        </PageForm>
    }
}

fn basics(
    form: FormState,
    title: &str,
    maker: &str,
    description: &str,
    category: &str,
    categories: Vec<(String, String)>,
) -> impl IntoView + use<> {
    view! {
        <Field
            name="title"
            label=text::product::name()
            value=form.value_or("title", title)
            error=form.error("title")
            required=true
        />
        <Field
            name="maker"
            label=text::product::maker()
            value=form.value_or("maker", maker)
            error=form.error("maker")
            optional=true
        />
        <TextArea
            name="description"
            label=text::product::description()
            hint=text::product::description_hint()
            rows=8
            value=form.value_or("description", description)
            error=form.error("description")
            optional=true
        />
        <Select
            name="category"
            label=text::product::category()
            options=options(categories)
            value=form.value_or("category", category)
            error=form.error("category")
            empty_label=text::product::no_category()
        />
    }
}

/// `/admin/products/{id}`
#[component]
pub fn ProductPage() -> impl IntoView {
    let params = use_params_map();
    let found = Resource::new(
        move || params.with(|params| params.get("id")).unwrap_or_default(),
        |id| async move { Ok::<_, PageError>((product_record(id).await?, load_product_choices().await?)) },
    );
    load(found, |(product, choices)| view! { <Record product=product choices=choices/> })
}

#[component]
fn Record(product: ProductView, choices: ProductChoices) -> impl IntoView {
    let form = use_form::<SaveProduct>();
    let status = use_form::<MoveProduct>();
    let here = format!("/admin/products/{}", product.id);
    let reload = here.clone();
    let problem = form.problem();
    let stale = move || {
        let stale = problem
            .with(|problem| problem.as_ref().is_some_and(|problem| problem.code == "kernel.stale_version"));
        let reload = reload.clone();
        stale.then(|| {
            view! {
                <Banner tone=Tone::Warn title=text::product::stale()>
                    <a href=reload rel="external" class="underline">{text::product::reload()}</a>
                </Banner>
            }
        })
    };
    let action = |intent: &'static str, kind: ButtonKind, label: &'static str| {
        view! {
            <Button kind=kind name="intent" value=intent pending=status.pending() pending_label=text::product::working()>
                {label}
            </Button>
        }
        .into_any()
    };
    let actions = match product.status {
        ProductStatus::Published => vec![action("archive", ButtonKind::Outline, text::product::archive())],
        ProductStatus::Archived => vec![action("revive", ButtonKind::Outline, text::product::revive())],
        _ => vec![
            action("archive", ButtonKind::Outline, text::product::archive()),
            action("publish", ButtonKind::Brand, text::product::publish()),
        ],
    };
    let see = (product.status == ProductStatus::Published).then(|| {
        let href = link(&format!("/p/{}", product.slug));
        view! { <Link href=href new_tab=true>{text::product::view()}</Link> }
    });
    let category = product.category.as_ref().map(|category| category.id.to_string()).unwrap_or_default();
    let symbol = choices.symbol;
    let single = product.skus.len() == 1;
    let skus = product
        .skus
        .into_iter()
        .map(|sku| {
            let (code, price) = (format!("code[{}]", sku.id), format!("price[{}]", sku.id));
            let (code_label, price_label) = if single {
                (text::product::sku().to_owned(), text::product::price().to_owned())
            } else {
                (text::product::sku_of(&sku.title), text::product::price_of(&sku.title))
            };
            let amount = sku.price.map(|price| price.decimal()).unwrap_or_default();
            view! {
                <div class="grid gap-4 sm:grid-cols-2">
                    <Field
                        label=code_label
                        hint=text::product::sku_hint()
                        value=form.value_or(&code, sku.code)
                        error=form.error(&code)
                        name=code
                        required=true
                    />
                    <MoneyField
                        label=price_label
                        currency=symbol.clone()
                        value=form.value_or(&price, amount)
                        error=form.error(&price)
                        name=price
                    />
                </div>
            }
        })
        .collect_view();
    let id = product.id.to_string();
    let moved_id = id.clone();
    let basics = basics(
        form,
        &product.title,
        product.maker.as_deref().unwrap_or_default(),
        &product.description,
        &category,
        choices.categories,
    )
    .into_any();
    view! {
        <PageTitle text=product.title.clone()/>
        <PageHeader
            title=product.title.clone()
            back_label=text::product::back()
            back_href="/admin/products"
            badge=status_badge(product.status)
        >
            {see}
            <PageForm form=status class="flex flex-wrap gap-2">
                <input type="hidden" name="id" value=moved_id/>
                {actions}
            </PageForm>
        </PageHeader>
        {stale}
        <PageForm form=form>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="version" value=product.version.to_string()/>
            <input type="hidden" name="currency" value=choices.currency/>
            <FormSection title=text::product::basics() note=product.seller.name>
                {basics}
            </FormSection>
            <FormSection title=text::product::offer()>{skus}</FormSection>
            <SaveBar discard_href=here label=text::product::save() pending=form.pending()/>
        </PageForm>
    }
}

/// Categories, shops and the currency of the prices.
#[server]
pub async fn load_product_choices() -> Result<ProductChoices, PageError> {
    use stoa_catalog_types::CategoryNode;
    use stoa_types::PageQuery;

    fn walk(nodes: &[CategoryNode], above: &str, into: &mut Vec<(String, String)>) {
        for node in nodes {
            let name = if above.is_empty() {
                node.category.name.clone()
            } else {
                format!("{above} / {}", node.category.name)
            };
            into.push((node.category.id.to_string(), name.clone()));
            walk(&node.children, &name, into);
        }
    }

    let ctx = stoa_ui::server::ctx()?;
    let mut categories = Vec::new();
    walk(&stoa_catalog::storefront::category_tree(&ctx).await?, "", &mut categories);
    let mut sellers = Vec::new();
    let mut after = None;
    loop {
        let page = stoa_identity::sellers::list(&ctx, &PageQuery { after, limit: Some(100) }).await?;
        sellers.extend(page.items.into_iter().map(|seller| (seller.id.to_string(), seller.name)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    sellers.sort_by_key(|(_, name)| name.to_lowercase());
    Ok(ProductChoices {
        categories,
        sellers,
        currency: ctx.currency.code().to_owned(),
        symbol: ctx.currency.symbol(),
    })
}

/// One product for the form.
#[server]
pub async fn product_record(id: String) -> Result<ProductView, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    Ok(stoa_catalog::products::get(&ctx, id).await?)
}

/// A typed amount in the currency the form was shown in, or the field's error.
#[cfg(feature = "ssr")]
fn typed_price(
    field: &str,
    typed: &str,
    currency: &str,
) -> Result<stoa_types::Money, stoa_types::FieldError> {
    let wrong = || stoa_types::FieldError {
        field: field.to_owned(),
        code: "prices.malformed".to_owned(),
        message: text::product::price_wrong().to_owned(),
    };
    let currency = currency.parse().map_err(|_| wrong())?;
    let price = stoa_types::Money::parse_decimal(typed.trim(), currency).map_err(|_| wrong())?;
    if price.amount < 0 { Err(wrong()) } else { Ok(price) }
}

#[cfg(feature = "ssr")]
fn given(text: String) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Adds a product as a draft, with one offer and its price.
#[server]
pub async fn add_product(
    #[server(default)] seller: String,
    #[server(default)] title: String,
    #[server(default)] maker: String,
    #[server(default)] description: String,
    #[server(default)] category: String,
    #[server(default)] sku: String,
    #[server(default)] price: String,
    #[server(default)] currency: String,
) -> Result<(), PageError> {
    use stoa_catalog::products;
    use stoa_catalog_types::{CreateProduct, VariantInput};
    use stoa_pricing_types::SetPrice;
    use stoa_types::FieldError;

    let ctx = stoa_ui::server::ctx()?;
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: &str| {
        let code = format!("products.{field}_unknown");
        errors.push(FieldError { field: field.to_owned(), code, message: message.to_owned() });
    };
    let seller = seller.parse().ok();
    if seller.is_none() {
        wrong("seller", text::product::seller_missing());
    }
    let category_id = category.parse().ok();
    if category_id.is_none() && !category.is_empty() {
        wrong("category", text::product::category_wrong());
    }
    let price = match typed_price("price", &price, &currency) {
        Ok(price) => Some(price),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let Some(price) = price.filter(|_| errors.is_empty()) else { return Err(PageError::invalid(errors)) };
    let input = CreateProduct {
        title,
        seller,
        maker: given(maker),
        description: given(description),
        category: category_id,
        variants: vec![VariantInput { sku: given(sku), ..VariantInput::default() }],
        ..CreateProduct::default()
    };
    let product = products::create(&ctx, input).await?;
    for sku in &product.skus {
        stoa_pricing::prices::set(&ctx, sku.id, SetPrice { price, compare_at: None }).await?;
    }
    stoa_ui::server::redirect_to(&format!("/admin/products/{}", product.id), text::product::created_flash())
        .await
}

/// Changes a product, its codes and prices, unless somebody else saved it meanwhile.
#[server]
pub async fn save_product(
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] title: String,
    #[server(default)] maker: String,
    #[server(default)] description: String,
    #[server(default)] category: String,
    #[server(default)] code: BTreeMap<String, String>,
    #[server(default)] price: BTreeMap<String, String>,
    #[server(default)] currency: String,
) -> Result<(), PageError> {
    use stoa_catalog::products;
    use stoa_catalog_types::{Change, UpdateProduct, UpdateSku};
    use stoa_pricing_types::SetPrice;
    use stoa_types::FieldError;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let mut errors: Vec<FieldError> = Vec::new();
    let mut prices = BTreeMap::new();
    // An empty price leaves the offer as it is.
    for (sku, typed) in price.iter().filter(|(_, typed)| !typed.trim().is_empty()) {
        match typed_price(&format!("price/{sku}"), typed, &currency) {
            Ok(price) => {
                prices.insert(sku.clone(), price);
            }
            Err(error) => errors.push(error),
        }
    }
    let category_id = match (category.parse(), category.is_empty()) {
        (Ok(category), _) => Change::Set(category),
        (Err(_), true) => Change::Clear,
        (Err(_), false) => {
            let (code, message) =
                ("products.category_unknown".to_owned(), text::product::category_wrong().to_owned());
            errors.push(FieldError { field: "category".to_owned(), code, message });
            Change::Keep
        }
    };
    if !errors.is_empty() {
        return Err(PageError::invalid(errors));
    }
    let input = UpdateProduct {
        title: Some(title),
        maker: given(maker).map_or(Change::Clear, Change::Set),
        description: Some(description),
        category: category_id,
        ..UpdateProduct::default()
    };
    let product = products::update(&ctx, id, version, input).await?;
    for sku in &product.skus {
        let key = sku.id.to_string();
        if let Some(code) = code.get(&key).map(|code| code.trim()).filter(|code| *code != sku.code) {
            let change = UpdateSku { code: Some(code.to_owned()), ..UpdateSku::default() };
            products::update_sku(&ctx, id, sku.id, change).await?;
        }
        if let Some(price) = prices.get(&key).copied().filter(|price| sku.price != Some(*price)) {
            let compare_at = sku
                .compare_at
                .filter(|before| before.currency == price.currency && before.amount > price.amount);
            stoa_pricing::prices::set(&ctx, sku.id, SetPrice { price, compare_at }).await?;
        }
    }
    stoa_ui::server::redirect_to(&format!("/admin/products/{id}"), text::product::saved_flash()).await
}

/// Publishes, archives or revives a product.
#[server]
pub async fn move_product(
    #[server(default)] id: String,
    #[server(default)] intent: String,
) -> Result<(), PageError> {
    use stoa_catalog::products;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let message = match intent.as_str() {
        "publish" => {
            products::publish(&ctx, id).await?;
            text::product::published_flash()
        }
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
