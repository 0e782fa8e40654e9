//! All orders.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use serde::{Deserialize, Serialize};
use stoa_ordering_types::orders::{OrderStatus, PaymentStatus};
use stoa_types::{Id, Order};
use stoa_ui::{
    Badge, Banner, Button, ButtonKind, Column, ColumnRole, CursorPages, DataTable, DateField, Empty,
    EmptyKind, Field, Link, PageError, PageHeader, PageTitle, Row, Select, SelectOption, Stage, Tone, load,
    resource,
};

use crate::text;

const PATH: &str = "/admin/orders";

/// Stands among the statuses for what must not be sent for now, as it does in the list.
const ON_HOLD: &str = "on_hold";

/// What the address asks for, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFilters {
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub payment: String,
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub after: String,
}

impl OrderFilters {
    fn read(query: &ParamsMap) -> Self {
        let get = |name| query.get(name).unwrap_or_default();
        Self {
            q: get("q"),
            status: get("status"),
            payment: get("payment"),
            from: get("from"),
            to: get("to"),
            after: get("after"),
        }
    }

    fn any(&self) -> bool {
        [&self.q, &self.status, &self.payment, &self.from, &self.to].iter().any(|value| !value.is_empty())
    }

    /// The same list at another cursor.
    fn href(&self, after: &str) -> String {
        let mut query = ParamsMap::new();
        let pairs = [
            ("q", self.q.as_str()),
            ("status", &self.status),
            ("payment", &self.payment),
            ("from", &self.from),
            ("to", &self.to),
            ("after", after),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.insert(name, value.to_owned());
        }
        format!("{PATH}{}", query.to_query_string())
    }
}

/// One order in the list; amounts and times as they are read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedOrder {
    pub id: Id<Order>,
    pub number: String,
    pub status: OrderStatus,
    pub payment: PaymentStatus,
    /// What has not left must not leave for now.
    pub on_hold: bool,
    pub customer: String,
    pub items: i64,
    pub sellers: i64,
    pub total: String,
    pub placed: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedOrders {
    pub orders: Vec<ListedOrder>,
    pub next: Option<String>,
    pub prev: Option<String>,
    /// Whether a date could not be read.
    pub date_wrong: bool,
}

/// A status in words.
pub fn status_label(status: OrderStatus) -> &'static str {
    use text::orders::state;
    match status {
        OrderStatus::New => state::new(),
        OrderStatus::Processing => state::processing(),
        OrderStatus::PartiallyShipped => state::partially_shipped(),
        OrderStatus::Shipped => state::shipped(),
        OrderStatus::Delivered => state::delivered(),
        OrderStatus::Completed => state::completed(),
        OrderStatus::Cancelled => state::cancelled(),
    }
}

/// A status as a badge.
pub fn status_badge(status: OrderStatus) -> AnyView {
    let stage = match status {
        OrderStatus::New => Stage::NotStarted,
        OrderStatus::Processing | OrderStatus::PartiallyShipped | OrderStatus::Shipped => Stage::InProgress,
        OrderStatus::Delivered | OrderStatus::Completed => Stage::Done,
        OrderStatus::Cancelled => Stage::Stopped,
    };
    view! { <Badge stage=stage label=status_label(status)/> }.into_any()
}

/// In place of a status while the goods must not leave.
pub fn held_badge() -> AnyView {
    view! { <Badge stage=Stage::NeedsAttention label=text::orders::state::on_hold()/> }.into_any()
}

fn payment_label(status: PaymentStatus) -> &'static str {
    use text::orders::money;
    match status {
        PaymentStatus::Pending => money::pending(),
        PaymentStatus::Authorized => money::authorized(),
        PaymentStatus::Paid => money::paid(),
        PaymentStatus::PartiallyRefunded => money::partially_refunded(),
        PaymentStatus::Refunded => money::refunded(),
        PaymentStatus::Voided => money::voided(),
        PaymentStatus::Failed => money::failed(),
    }
}

/// A payment status as a badge.
pub fn payment_badge(status: PaymentStatus) -> AnyView {
    let stage = match status {
        PaymentStatus::Pending => Stage::NotStarted,
        PaymentStatus::Authorized | PaymentStatus::PartiallyRefunded => Stage::InProgress,
        PaymentStatus::Paid | PaymentStatus::Refunded => Stage::Done,
        PaymentStatus::Voided => Stage::NotApplicable,
        PaymentStatus::Failed => Stage::Stopped,
    };
    view! { <Badge stage=stage label=payment_label(status)/> }.into_any()
}

/// `/admin/orders?q=&status=&payment=&from=&to=&after=`
#[component]
pub fn OrdersPage() -> impl IntoView {
    let query = use_query_map();
    let filters = Memo::new(move |_| query.with(OrderFilters::read));
    let orders = resource(move || filters.get(), |filters| AllOrders { filters });
    view! {
        <PageTitle text=text::orders::title().to_owned()/>
        <PageHeader title=text::orders::title()/>
        {move || view! { <FilterForm filters=filters.get()/> }}
        {load(orders, move |found| table(found, &filters.get()))}
    }
}

#[component]
fn FilterForm(filters: OrderFilters) -> impl IntoView {
    let statuses = OrderStatus::ALL
        .iter()
        .map(|status| SelectOption::new(status.as_str(), status_label(*status)))
        .chain([SelectOption::new(ON_HOLD, text::orders::state::on_hold())])
        .collect::<Vec<_>>();
    let payments = PaymentStatus::ALL
        .iter()
        .map(|status| SelectOption::new(status.as_str(), payment_label(*status)))
        .collect::<Vec<_>>();
    let any = filters.any();
    // The dates' example stands below both, so that all labels are on one line.
    view! {
        <form
            action=PATH
            method="get"
            aria-label=text::orders::filters()
            class="mb-4 flex flex-wrap items-start gap-3"
        >
            <Field name="q" label=text::orders::search() value=filters.q class="w-full sm:w-44"/>
            <Select
                name="status"
                label=text::orders::status()
                options=statuses
                value=filters.status
                empty_label=text::orders::any()
                class="flex-1 sm:flex-none"
            />
            <Select
                name="payment"
                label=text::orders::payment()
                options=payments
                value=filters.payment
                empty_label=text::orders::any()
                class="flex-1 sm:flex-none"
            />
            <fieldset aria-describedby="placed-hint" class="min-w-0 w-full sm:w-auto">
                <legend class="sr-only">{text::orders::placed()}</legend>
                <div class="flex gap-3">
                    <DateField
                        name="from"
                        label=text::orders::from()
                        hint=""
                        value=filters.from
                        class="flex-1 sm:w-32 sm:flex-none"
                    />
                    <DateField
                        name="to"
                        label=text::orders::to()
                        hint=""
                        value=filters.to
                        class="flex-1 sm:w-32 sm:flex-none"
                    />
                </div>
                <p id="placed-hint" class="mt-1 text-sm text-muted">
                    {text::orders::date_hint()}
                </p>
            </fieldset>
            // As far down as the fields below their labels.
            <div class="flex items-center gap-3 sm:pt-7">
                <Button kind=ButtonKind::Outline>{text::orders::apply()}</Button>
                {any.then(|| view! { <Link href=PATH>{text::orders::clear()}</Link> })}
            </div>
        </form>
    }
}

fn table(found: ListedOrders, filters: &OrderFilters) -> AnyView {
    let warning = found.date_wrong.then(
        || view! { <div class="mb-4"><Banner tone=Tone::Warn title=text::orders::date_wrong()/></div> },
    );
    if found.orders.is_empty() {
        let empty = if filters.any() {
            view! {
                <Empty
                    kind=EmptyKind::NoMatch
                    title=text::orders::no_match()
                    text=text::orders::no_match_body()
                    action_label=text::orders::clear()
                    action_href=PATH
                />
            }
            .into_any()
        } else {
            view! { <Empty title=text::orders::none() text=text::orders::none_body()/> }.into_any()
        };
        return view! {
            {warning}
            {empty}
        }
        .into_any();
    }
    let href =
        |cursor: &Option<String>| cursor.as_deref().map(|cursor| filters.href(cursor)).unwrap_or_default();
    let (next, prev) = (href(&found.next), href(&found.prev));
    let summary = text::orders::shown(i64::try_from(found.orders.len()).unwrap_or_default());
    let columns = vec![
        Column::title(text::orders::order()),
        Column::new(text::orders::status()).role(ColumnRole::Status),
        Column::new(text::orders::payment()).role(ColumnRole::Priority),
        Column::new(text::orders::customer()),
        Column::new(text::orders::items()).end(),
        Column::new(text::orders::sellers()).end(),
        Column::new(text::orders::total()).end().role(ColumnRole::Priority),
        Column::new(text::orders::placed()).role(ColumnRole::Priority),
    ];
    let rows = found
        .orders
        .into_iter()
        .map(|order| {
            Row::new(
                format!("{PATH}/{}", order.id),
                vec![
                    order.number.into_any(),
                    if order.on_hold { held_badge() } else { status_badge(order.status) },
                    payment_badge(order.payment),
                    order.customer.into_any(),
                    order.items.into_any(),
                    order.sellers.into_any(),
                    order.total.into_any(),
                    order.placed.into_any(),
                ],
            )
        })
        .collect();
    view! {
        {warning}
        <DataTable caption=text::orders::caption() columns=columns rows=rows/>
        <CursorPages summary=summary prev_href=prev next_href=next/>
    }
    .into_any()
}

/// Midnight UTC at the start of a typed day: "14 May 2026", "2026-05-14" or "14/05/2026".
#[cfg(feature = "ssr")]
fn day(typed: &str) -> Option<stoa_types::DateTime<stoa_types::Utc>> {
    use stoa_types::DateTime;

    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let midnight = format!("{typed} 00:00 +0000");
    ["%d %B %Y", "%Y-%m-%d", "%d/%m/%Y"]
        .into_iter()
        .filter_map(|day| DateTime::parse_from_str(&midnight, &format!("{day} %H:%M %z")).ok())
        .map(|day| day.to_utc())
        // A year of two digits is not the first century.
        .find(|day| *day >= DateTime::UNIX_EPOCH)
}

/// Orders, newest first. A filter that means nothing is left out.
#[server]
pub async fn all_orders(filters: OrderFilters) -> Result<ListedOrders, PageError> {
    use stoa_kernel::format;
    use stoa_ordering_types::orders::OrderQuery;

    let ctx = stoa_ui::server::ctx()?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (from, to) = (day(&filters.from), day(&filters.to));
    let date_wrong =
        (from.is_none() && given(&filters.from).is_some()) || (to.is_none() && given(&filters.to).is_some());
    let status: Option<OrderStatus> = filters.status.parse().ok();
    let query = OrderQuery {
        after: given(&filters.after),
        limit: None,
        status,
        payment_status: filters.payment.parse().ok(),
        on_hold: if filters.status == ON_HOLD { Some(true) } else { status.map(|_| false) },
        seller: None,
        placed_from: from,
        // The last day counts as a whole.
        placed_to: to.map(|day| day + std::time::Duration::from_secs(24 * 60 * 60)),
        q: given(&filters.q),
    };
    let page = stoa_ordering::orders::list(&ctx, query).await?;
    let orders = page
        .items
        .into_iter()
        .map(|row| ListedOrder {
            on_hold: row.on_hold(),
            id: row.id,
            number: row.number,
            status: row.status,
            payment: row.payment_status,
            customer: row.email.unwrap_or(row.name),
            items: row.items,
            sellers: row.sellers,
            total: format::money(row.total, &ctx.locale),
            placed: format::date_time(row.placed_at),
        })
        .collect();
    Ok(ListedOrders { orders, next: page.next, prev: page.prev, date_wrong })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_and_machines_write_it() {
        let day = |typed| day(typed).map(|day| day.to_rfc3339());
        let expected = Some("2026-05-14T00:00:00+00:00".to_owned());
        for typed in ["14 May 2026", " 14  may 2026 ", "2026-05-14", "14/05/2026"] {
            assert_eq!(day(typed), expected, "{typed}");
        }
        for typed in ["", "May", "31 June 2026", "14 May 26", "14 May 2026 12:00"] {
            assert_eq!(day(typed), None, "{typed}");
        }
    }
}
