//! Adding a product and changing one.

mod form;
mod save;
#[cfg(feature = "ssr")]
pub mod upload;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_catalog_types::ProductStatus;
use stoa_ui::{PageError, PageHeader, PageTitle, load, resource};

use crate::text;

/// Where the form is sent, with its pictures.
pub const SAVE: &str = "/admin/products/save";

/// A product as the form shows it, and what it lets choose from.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ProductForm {
    /// Empty for a new product.
    pub id: String,
    pub version: i64,
    pub status: Option<ProductStatus>,
    pub title: String,
    pub slug: String,
    pub maker: String,
    pub description: String,
    pub category: String,
    /// The shop's id; empty for a new product.
    pub seller: String,
    pub seller_name: String,
    /// When it was last saved, as it is read.
    pub saved: String,
    /// Names of the options and their values in a line.
    pub options: Vec<(String, String)>,
    pub variants: Vec<VariantForm>,
    pub pictures: Vec<PictureForm>,
    /// Ids, and names with their parents.
    pub categories: Vec<(String, String)>,
    /// Ids and names; empty where a product cannot change hands.
    pub sellers: Vec<(String, String)>,
    /// Of the prices.
    pub currency: String,
    /// The currency's sign.
    pub symbol: String,
}

/// One variant with its offer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct VariantForm {
    /// Empty for the first one of a new product.
    pub sku: String,
    /// "Sand, Large".
    pub title: String,
    pub code: String,
    pub price: String,
    pub stock: String,
    pub weight: String,
    pub active: bool,
}

/// One picture of the product.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PictureForm {
    pub asset: String,
    pub alt: String,
    pub src: String,
    /// Why it cannot be shown; empty where it can.
    pub error: String,
}

/// `/admin/products/new`
#[component]
pub fn NewProductPage() -> impl IntoView {
    let empty = resource(|| (), |()| LoadProductForm { id: String::new() });
    view! {
        <PageTitle text=text::product::new_title().to_owned()/>
        <PageHeader
            title=text::product::new_title()
            back_label=text::product::back()
            back_href="/admin/products"
        />
        {load(empty, form::form)}
    }
}

/// `/admin/products/{id}`
#[component]
pub fn ProductPage() -> impl IntoView {
    let params = use_params_map();
    let found = resource(
        move || params.with(|params| params.get("id")).unwrap_or_default(),
        |id| LoadProductForm { id },
    );
    load(found, form::record)
}

/// A product for its form; the empty form without an id.
#[server]
pub async fn load_product_form(id: String) -> Result<ProductForm, PageError> {
    use stoa_catalog_types::{CategoryNode, PictureFormat};
    use stoa_fulfilment::inventory;
    use stoa_kernel::format;
    use stoa_types::{Id, PageQuery, Sku};

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
    let mut form = ProductForm {
        currency: ctx.currency.code().to_owned(),
        symbol: ctx.currency.symbol(),
        ..ProductForm::default()
    };
    walk(&stoa_catalog::storefront::category_tree(&ctx).await?, "", &mut form.categories);
    if id.is_empty() {
        let mut after = None;
        loop {
            let page = stoa_identity::sellers::list(&ctx, &PageQuery { after, limit: Some(100) }).await?;
            form.sellers.extend(page.items.into_iter().map(|seller| (seller.id.to_string(), seller.name)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        form.sellers.sort_by_key(|(_, name)| name.to_lowercase());
        form.variants.push(VariantForm { active: true, ..VariantForm::default() });
        return Ok(form);
    }
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let product = stoa_catalog::products::get(&ctx, id).await?;
    // What a shop has in stock is its own.
    ctx.scope(inventory::INVENTORY_READ)?.allows(Some(product.seller.id.uuid()), "product")?;
    let skus: Vec<Id<Sku>> = product.skus.iter().map(|sku| sku.id).collect();
    let stock = inventory::on_hand(ctx.db().read(), &skus).await?;
    Ok(ProductForm {
        id: product.id.to_string(),
        version: product.version,
        status: Some(product.status),
        title: product.title,
        slug: product.slug,
        maker: product.maker.unwrap_or_default(),
        description: product.description,
        category: product.category.map(|category| category.id.to_string()).unwrap_or_default(),
        seller: product.seller.id.to_string(),
        seller_name: product.seller.name,
        saved: format::date_time(product.updated_at),
        options: product
            .options
            .into_iter()
            .map(|option| {
                let values: Vec<String> = option.values.into_iter().map(|value| value.value).collect();
                (option.name, values.join(", "))
            })
            .collect(),
        variants: product
            .skus
            .into_iter()
            .map(|sku| VariantForm {
                sku: sku.id.to_string(),
                title: sku.title,
                code: sku.code,
                price: sku.price.map(|price| price.decimal()).unwrap_or_default(),
                stock: stock.get(&sku.id).copied().unwrap_or_default().to_string(),
                weight: sku.weight_grams.map(|grams| grams.to_string()).unwrap_or_default(),
                active: sku.active,
            })
            .collect(),
        pictures: product
            .media
            .into_iter()
            .map(|media| PictureForm {
                asset: media.picture.asset.to_string(),
                src: media.picture.url(320, PictureFormat::Webp),
                alt: media.picture.alt,
                error: media.error.unwrap_or_default(),
            })
            .collect(),
        ..form
    })
}
