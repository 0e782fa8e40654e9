//! The shop's orders.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ordering_types::orders::OrderStatus;
use stoa_types::{Id, Order};
use stoa_ui::{
    Badge, Column, ColumnRole, CursorPages, DataTable, Empty, EmptyKind, PageError, PageHeader, PageTitle,
    Row, Stage, TabItem, Tabs, load, resource,
};

use crate::text;

/// One order in the list; amounts and times as they are read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedOrder {
    pub id: Id<Order>,
    pub number: String,
    pub status: OrderStatus,
    /// What has not left must not leave for now.
    pub on_hold: bool,
    pub name: String,
    pub items: i64,
    pub total: String,
    pub placed: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedOrders {
    pub orders: Vec<ListedOrder>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

/// A status in the seller's words.
pub fn status_badge(status: OrderStatus) -> AnyView {
    use text::orders::state;
    let (stage, label) = match status {
        OrderStatus::New => (Stage::NotStarted, state::new()),
        OrderStatus::Processing => (Stage::NotStarted, state::processing()),
        OrderStatus::PartiallyShipped => (Stage::InProgress, state::partially_shipped()),
        OrderStatus::Shipped => (Stage::InProgress, state::shipped()),
        OrderStatus::Delivered => (Stage::Done, state::delivered()),
        OrderStatus::Completed => (Stage::Done, state::completed()),
        OrderStatus::Cancelled => (Stage::Stopped, state::cancelled()),
    };
    view! { <Badge stage=stage label=label/> }.into_any()
}

/// In place of a status while the goods must not leave.
pub fn held_badge() -> AnyView {
    view! { <Badge stage=Stage::NeedsAttention label=text::orders::state::on_hold()/> }.into_any()
}

/// The view of what must not be sent for now, in place of a status.
const ON_HOLD: &str = "on_hold";

/// `/seller/orders?status=&after=`
#[component]
pub fn OrdersPage() -> impl IntoView {
    let query = use_query_map();
    let status = move || query.with(|query| query.get("status")).unwrap_or_default();
    let orders = resource(
        move || (status(), query.with(|query| query.get("after"))),
        |(status, after)| OwnOrders { status, after },
    );
    view! {
        <PageTitle text=text::orders::title().to_owned()/>
        <PageHeader title=text::orders::title()/>
        {move || {
            use text::orders::state;
            let chosen = status();
            let tabs = [
                ("", text::orders::all()),
                ("processing", text::orders::to_ship()),
                ("partially_shipped", state::partially_shipped()),
                (ON_HOLD, state::on_hold()),
                ("shipped", state::shipped()),
                ("delivered", state::delivered()),
                ("cancelled", state::cancelled()),
            ]
            .into_iter()
            .map(|(word, label)| TabItem::new(label, list_href(word, None), word == chosen))
            .collect::<Vec<_>>();
            view! { <Tabs label=text::orders::views() items=tabs/> }
        }}
        {load(orders, move |found| table(found, &status()))}
    }
}

fn list_href(status: &str, after: Option<&str>) -> String {
    let pairs = [("status", Some(status)), ("after", after)];
    let query: Vec<String> = pairs
        .iter()
        .filter_map(|(name, value)| {
            value.filter(|value| !value.is_empty()).map(|value| format!("{name}={value}"))
        })
        .collect();
    if query.is_empty() { "/seller/orders".to_owned() } else { format!("/seller/orders?{}", query.join("&")) }
}

fn table(found: ListedOrders, status: &str) -> AnyView {
    if found.orders.is_empty() {
        return if status.is_empty() {
            view! { <Empty title=text::orders::none() text=text::orders::none_body()/> }.into_any()
        } else {
            view! {
                <Empty
                    kind=EmptyKind::NoMatch
                    title=text::orders::no_match()
                    text=text::orders::no_match_body()
                    action_label=text::orders::clear()
                    action_href="/seller/orders"
                />
            }
            .into_any()
        };
    }
    let href = |cursor: &Option<String>| {
        cursor.as_deref().map(|cursor| list_href(status, Some(cursor))).unwrap_or_default()
    };
    let (next, prev) = (href(&found.next), href(&found.prev));
    let summary = text::orders::shown(i64::try_from(found.orders.len()).unwrap_or_default());
    view! {
        {order_table(found.orders)}
        <CursorPages summary=summary prev_href=prev next_href=next/>
    }
    .into_any()
}

/// Orders as a table, each leading to its page.
pub fn order_table(orders: Vec<ListedOrder>) -> AnyView {
    let columns = vec![
        Column::title(text::orders::order()),
        Column::new(text::orders::status()).role(ColumnRole::Status),
        Column::new(text::orders::customer()).role(ColumnRole::Priority),
        Column::new(text::orders::items()).end(),
        Column::new(text::orders::total()).end().role(ColumnRole::Priority),
        Column::new(text::orders::placed()).role(ColumnRole::Priority),
    ];
    let rows = orders
        .into_iter()
        .map(|order| {
            Row::new(
                format!("/seller/orders/{}", order.id),
                vec![
                    order.number.into_any(),
                    if order.on_hold { held_badge() } else { status_badge(order.status) },
                    order.name.into_any(),
                    order.items.into_any(),
                    order.total.into_any(),
                    order.placed.into_any(),
                ],
            )
        })
        .collect();
    view! { <DataTable caption=text::orders::caption() columns=columns rows=rows/> }.into_any()
}

/// The shop's own parts of orders, newest first.
#[server]
pub async fn own_orders(status: String, after: Option<String>) -> Result<ListedOrders, PageError> {
    use stoa_ordering_types::orders::OrderQuery;

    // What is on hold has a view of its own: the others show what can go on.
    let known: Option<OrderStatus> = status.parse().ok();
    let on_hold = if status == ON_HOLD { Some(true) } else { known.map(|_| false) };
    let query = OrderQuery { status: known, on_hold, after, ..OrderQuery::default() };
    listed(&stoa_ui::server::ctx()?, query).await
}

/// A page of the shop's orders, ready to read.
#[cfg(feature = "ssr")]
pub(crate) async fn listed(
    ctx: &stoa_kernel::Ctx,
    query: stoa_ordering_types::orders::OrderQuery,
) -> Result<ListedOrders, PageError> {
    use stoa_kernel::format;

    let page = stoa_ordering::orders::list(ctx, query).await?;
    let orders = page
        .items
        .into_iter()
        .map(|row| ListedOrder {
            on_hold: row.on_hold(),
            id: row.id,
            number: row.number,
            status: row.status,
            name: row.name,
            items: row.items,
            total: format::money(row.total, &ctx.locale),
            placed: format::date(row.placed_at),
        })
        .collect();
    Ok(ListedOrders { orders, next: page.next, prev: page.prev })
}
