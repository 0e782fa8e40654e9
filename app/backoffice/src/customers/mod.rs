//! All customers: what is about a person is masked.

#[cfg(feature = "ssr")]
mod drawn;
pub mod merge;
pub mod record;
pub mod requests;

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use serde::{Deserialize, Serialize};
use stoa_identity_types::CustomerKind;
use stoa_ui::{
    Badge, Button, ButtonKind, Column, ColumnRole, CursorPages, DataTable, Empty, EmptyKind, Field, Link,
    LinkButton, PageError, PageHeader, PageTitle, Row, Select, SelectOption, Stage, load, resource,
};

use crate::text;

const PATH: &str = "/admin/customers";

/// What the address asks for, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerFilters {
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub tag: String,
    #[serde(default)]
    pub segment: String,
    #[serde(default)]
    pub after: String,
}

impl CustomerFilters {
    fn read(query: &ParamsMap) -> Self {
        let get = |name| query.get(name).unwrap_or_default();
        Self { q: get("q"), kind: get("kind"), tag: get("tag"), segment: get("segment"), after: get("after") }
    }

    fn any(&self) -> bool {
        [&self.q, &self.kind, &self.tag, &self.segment].iter().any(|value| !value.is_empty())
    }

    /// The same list at another cursor.
    fn href(&self, after: &str) -> String {
        let mut query = ParamsMap::new();
        let pairs = [
            ("q", self.q.as_str()),
            ("kind", &self.kind),
            ("tag", &self.tag),
            ("segment", &self.segment),
            ("after", after),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.insert(name, value.to_owned());
        }
        format!("{PATH}{}", query.to_query_string())
    }
}

/// One customer in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedCustomer {
    pub id: String,
    pub name: String,
    pub email: String,
    pub kind: CustomerKind,
    pub tags: String,
    pub since: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedCustomers {
    pub customers: Vec<ListedCustomer>,
    /// Ids and names.
    pub segments: Vec<(String, String)>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

fn kind_label(kind: CustomerKind) -> &'static str {
    match kind {
        CustomerKind::Guest => text::customers::guest(),
        CustomerKind::Registered => text::customers::registered(),
    }
}

/// Whether somebody has an account, as a badge.
pub(crate) fn kind_badge(kind: CustomerKind) -> AnyView {
    let stage = match kind {
        CustomerKind::Guest => Stage::NotApplicable,
        CustomerKind::Registered => Stage::Done,
    };
    view! { <Badge stage=stage label=kind_label(kind)/> }.into_any()
}

/// `/admin/customers?q=&kind=&tag=&segment=&after=`
#[component]
pub fn CustomersPage() -> impl IntoView {
    let query = use_query_map();
    let filters = Memo::new(move |_| query.with(CustomerFilters::read));
    let customers = resource(move || filters.get(), |filters| AllCustomers { filters });
    view! {
        <PageTitle text=text::customers::title().to_owned()/>
        <PageHeader title=text::customers::title()>
            <LinkButton href="/admin/customers/privacy" kind=ButtonKind::Outline>
                {text::data_requests::title()}
            </LinkButton>
        </PageHeader>
        {load(customers, move |found| list(found, &filters.get()))}
    }
}

fn filter_form(filters: &CustomerFilters, segments: Vec<(String, String)>) -> AnyView {
    let kinds = CustomerKind::ALL
        .iter()
        .map(|kind| SelectOption::new(kind.as_str(), kind_label(*kind)))
        .collect::<Vec<_>>();
    let any = filters.any();
    let segments = (!segments.is_empty()).then(|| {
        let options = segments.into_iter().map(|(id, name)| SelectOption::new(id, name)).collect::<Vec<_>>();
        view! {
            <Select
                name="segment"
                label=text::customers::segment()
                options=options
                value=filters.segment.clone()
                empty_label=text::customers::any()
                class="flex-1 sm:flex-none"
            />
        }
        .into_any()
    });
    view! {
        <form
            action=PATH
            method="get"
            aria-label=text::customers::filters()
            class="mb-4 flex flex-wrap items-end gap-3"
        >
            <Field
                name="q"
                label=text::customers::search()
                hint=text::customers::search_hint()
                value=filters.q.clone()
                class="w-full sm:w-64"
            />
            <Select
                name="kind"
                label=text::customers::kind()
                options=kinds
                value=filters.kind.clone()
                empty_label=text::customers::any()
                class="flex-1 sm:flex-none"
            />
            <Field name="tag" label=text::customers::tag() value=filters.tag.clone() class="w-full sm:w-40"/>
            {segments}
            <div class="flex items-center gap-3">
                <Button kind=ButtonKind::Outline>{text::customers::apply()}</Button>
                {any.then(|| view! { <Link href=PATH>{text::customers::clear()}</Link> })}
            </div>
        </form>
    }
    .into_any()
}

fn list(found: ListedCustomers, filters: &CustomerFilters) -> AnyView {
    let form = filter_form(filters, found.segments);
    if found.customers.is_empty() {
        let empty = if filters.any() {
            view! {
                <Empty
                    kind=EmptyKind::NoMatch
                    title=text::customers::no_match()
                    text=text::customers::no_match_body()
                    action_label=text::customers::clear()
                    action_href=PATH
                />
            }
            .into_any()
        } else {
            view! { <Empty title=text::customers::none() text=text::customers::none_body()/> }.into_any()
        };
        return view! {
            {form}
            {empty}
        }
        .into_any();
    }
    let href =
        |cursor: &Option<String>| cursor.as_deref().map(|cursor| filters.href(cursor)).unwrap_or_default();
    let (next, prev) = (href(&found.next), href(&found.prev));
    let summary = text::customers::shown(i64::try_from(found.customers.len()).unwrap_or_default());
    let columns = vec![
        Column::title(text::customers::name()),
        Column::new(text::customers::kind()).role(ColumnRole::Status),
        Column::new(text::customers::email()).role(ColumnRole::Priority),
        Column::new(text::customers::tags()).role(ColumnRole::Priority),
        Column::new(text::customers::since()).role(ColumnRole::Priority),
    ];
    let rows = found
        .customers
        .into_iter()
        .map(|customer| {
            Row::new(
                format!("{PATH}/{}", customer.id),
                vec![
                    customer.name.into_any(),
                    kind_badge(customer.kind),
                    customer.email.into_any(),
                    customer.tags.into_any(),
                    customer.since.into_any(),
                ],
            )
        })
        .collect();
    view! {
        {form}
        <DataTable caption=text::customers::caption() columns=columns rows=rows/>
        <CursorPages summary=summary prev_href=prev next_href=next/>
    }
    .into_any()
}

/// Customers, newest first. A filter that means nothing is left out.
#[server]
pub async fn all_customers(filters: CustomerFilters) -> Result<ListedCustomers, PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::CustomerQuery;

    let ctx = stoa_ui::server::ctx()?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let query = CustomerQuery {
        after: given(&filters.after),
        limit: None,
        kind: filters.kind.parse().ok(),
        tag: given(&filters.tag),
        segment: filters.segment.parse().ok(),
        q: given(&filters.q),
    };
    let page = customers::list(&ctx, &query).await?;
    let segments = customers::segments(&ctx).await?.items;
    let customers = page
        .items
        .into_iter()
        .map(|row| ListedCustomer {
            id: row.id.to_string(),
            name: shown_name(row.name),
            email: row.email,
            kind: row.kind,
            tags: row.tags.join(", "),
            since: stoa_kernel::format::date(row.created_at),
        })
        .collect();
    let segments = segments.into_iter().map(|segment| (segment.id.to_string(), segment.name)).collect();
    Ok(ListedCustomers { customers, segments, next: page.next, prev: page.prev })
}

/// A customer's name, or what stands there for somebody who has been forgotten.
#[cfg(feature = "ssr")]
fn shown_name(name: String) -> String {
    if name.trim().is_empty() { text::customers::nobody().to_owned() } else { name }
}
