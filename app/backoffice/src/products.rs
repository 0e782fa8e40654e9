//! All products.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use serde::{Deserialize, Serialize};
use stoa_catalog_types::ProductStatus;
use stoa_types::{Id, Product};
use stoa_ui::{
    Badge, Button, ButtonKind, Column, ColumnRole, CursorPages, DataTable, Empty, EmptyKind, Field, Link,
    LinkButton, PageError, PageHeader, PageTitle, Row, Select, SelectOption, Stage, load, resource,
};

use crate::text;

const PATH: &str = "/admin/products";

/// What the address asks for, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFilters {
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub after: String,
}

impl ProductFilters {
    fn read(query: &ParamsMap) -> Self {
        let get = |name| query.get(name).unwrap_or_default();
        Self { q: get("q"), status: get("status"), after: get("after") }
    }

    fn any(&self) -> bool {
        !self.q.is_empty() || !self.status.is_empty()
    }

    /// The same list at another cursor.
    fn href(&self, after: &str) -> String {
        let mut query = ParamsMap::new();
        let pairs = [("q", self.q.as_str()), ("status", &self.status), ("after", after)];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.insert(name, value.to_owned());
        }
        format!("{PATH}{}", query.to_query_string())
    }
}

/// One product in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedProduct {
    pub id: Id<Product>,
    pub title: String,
    pub status: ProductStatus,
    pub shop: String,
    pub price: String,
    pub in_stock: bool,
    pub updated: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedProducts {
    pub products: Vec<ListedProduct>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

fn status_label(status: ProductStatus) -> &'static str {
    use text::products::state;
    match status {
        ProductStatus::Draft => state::draft(),
        ProductStatus::Proposed => state::proposed(),
        ProductStatus::Rejected => state::rejected(),
        ProductStatus::Published => state::published(),
        ProductStatus::Archived => state::archived(),
    }
}

/// A product's status as a badge.
pub fn status_badge(status: ProductStatus) -> AnyView {
    let stage = match status {
        ProductStatus::Draft => Stage::NotStarted,
        ProductStatus::Proposed => Stage::InProgress,
        ProductStatus::Rejected => Stage::NeedsAttention,
        ProductStatus::Published => Stage::Done,
        ProductStatus::Archived => Stage::NotApplicable,
    };
    view! { <Badge stage=stage label=status_label(status)/> }.into_any()
}

/// `/admin/products?q=&status=&after=`
#[component]
pub fn ProductsPage() -> impl IntoView {
    let query = use_query_map();
    let filters = Memo::new(move |_| query.with(ProductFilters::read));
    let products = resource(move || filters.get(), |filters| AllProducts { filters });
    view! {
        <PageTitle text=text::products::title().to_owned()/>
        <PageHeader title=text::products::title()>
            <LinkButton href="/admin/products/new" kind=ButtonKind::Ink>{text::products::add()}</LinkButton>
        </PageHeader>
        {move || view! { <FilterForm filters=filters.get()/> }}
        {load(products, move |found| table(found, &filters.get()))}
    }
}

#[component]
fn FilterForm(filters: ProductFilters) -> impl IntoView {
    let statuses = ProductStatus::ALL
        .iter()
        .map(|status| SelectOption::new(status.as_str(), status_label(*status)))
        .collect::<Vec<_>>();
    let any = filters.any();
    view! {
        <form action=PATH method="get" aria-label=text::products::filters() class="mb-4 flex flex-wrap items-end gap-3">
            <Field name="q" label=text::products::search() value=filters.q/>
            <Select
                name="status"
                label=text::products::status()
                options=statuses
                value=filters.status
                empty_label=text::products::any()
            />
            <Button kind=ButtonKind::Outline>{text::products::apply()}</Button>
            {any.then(|| view! { <Link href=PATH>{text::products::clear()}</Link> })}
        </form>
    }
}

fn table(found: ListedProducts, filters: &ProductFilters) -> AnyView {
    if found.products.is_empty() {
        return if filters.any() {
            view! {
                <Empty
                    kind=EmptyKind::NoMatch
                    title=text::products::no_match()
                    text=text::products::no_match_body()
                    action_label=text::products::clear()
                    action_href=PATH
                />
            }
            .into_any()
        } else {
            view! {
                <Empty
                    title=text::products::none()
                    text=text::products::none_body()
                    action_label=text::products::add()
                    action_href="/admin/products/new"
                />
            }
            .into_any()
        };
    }
    let href =
        |cursor: &Option<String>| cursor.as_deref().map(|cursor| filters.href(cursor)).unwrap_or_default();
    let (next, prev) = (href(&found.next), href(&found.prev));
    let summary = text::products::shown(i64::try_from(found.products.len()).unwrap_or_default());
    let columns = vec![
        Column::title(text::products::product()),
        Column::new(text::products::status()).role(ColumnRole::Status),
        Column::new(text::products::shop()).role(ColumnRole::Priority),
        Column::new(text::products::price()).end().role(ColumnRole::Priority),
        Column::new(text::products::stock()).role(ColumnRole::Priority),
        Column::new(text::products::updated()),
    ];
    let rows = found
        .products
        .into_iter()
        .map(|product| {
            let stock =
                if product.in_stock { text::products::in_stock() } else { text::products::sold_out() };
            Row::new(
                format!("{PATH}/{}", product.id),
                vec![
                    product.title.into_any(),
                    status_badge(product.status),
                    product.shop.into_any(),
                    product.price.into_any(),
                    stock.into_any(),
                    product.updated.into_any(),
                ],
            )
        })
        .collect();
    view! {
        <DataTable caption=text::products::caption() columns=columns rows=rows/>
        <CursorPages summary=summary prev_href=prev next_href=next/>
    }
    .into_any()
}

/// Products of every status, newest first.
#[server]
pub async fn all_products(filters: ProductFilters) -> Result<ListedProducts, PageError> {
    use stoa_catalog_types::ProductQuery;
    use stoa_kernel::format;

    let ctx = stoa_ui::server::ctx()?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let query = ProductQuery {
        after: given(&filters.after),
        status: ProductStatus::parse(&filters.status),
        q: given(&filters.q),
        ..ProductQuery::default()
    };
    let page = stoa_catalog::products::list(&ctx, &query).await?;
    let products = page
        .items
        .into_iter()
        .map(|row| {
            let price = row.price_from.map(|from| {
                let amount = format::money(from, &ctx.locale);
                if row.price_to == Some(from) { amount } else { text::products::price_from(&amount) }
            });
            ListedProduct {
                id: row.id,
                title: row.title,
                status: row.status,
                shop: row.seller.name,
                price: price.unwrap_or_default(),
                in_stock: row.in_stock,
                updated: format::date(row.updated_at),
            }
        })
        .collect();
    Ok(ListedProducts { products, next: page.next, prev: page.prev })
}
