//! What somebody has ordered.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{CursorPages, Drawn, Empty, PageError, i18n::link, load, resource};

use super::frame::{AccountFrame, Place};
use crate::text;

/// A page of orders, drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    pub count: i64,
    pub list: Drawn,
    pub next: Option<String>,
    pub prev: Option<String>,
}

/// `/{l}/account/orders?after=`
#[component]
pub fn OrdersPage() -> impl IntoView {
    let query = use_query_map();
    let orders = resource(
        move || query.with(|query| query.get("after")).unwrap_or_default(),
        |after| LoadOrders { after },
    );
    load(orders, |Ordered { count, list, next, prev }| {
        let body = if list.is_empty() {
            view! {
                <Empty
                    title=text::account_orders::none()
                    text=text::account_orders::none_body()
                    action_label=text::account_orders::shop()
                    action_href=link("/")
                />
            }
            .into_any()
        } else {
            let href = |cursor: Option<String>| {
                cursor.map(|cursor| link(&format!("/account/orders?after={cursor}"))).unwrap_or_default()
            };
            view! {
                <div class="mt-6">{list.view()}</div>
                <CursorPages
                    summary=text::account_orders::shown(count)
                    prev_href=href(prev)
                    next_href=href(next)
                />
            }
            .into_any()
        };
        view! {
            <AccountFrame place=Place::Orders title=text::account_orders::title()>{body}</AccountFrame>
        }
    })
}

/// Orders of the person, the newest first; 401 for nobody.
#[server]
pub async fn load_orders(#[server(default)] after: String) -> Result<Ordered, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = stoa_identity::customers::mine(&ctx).await?;
    let after = Some(after).filter(|after| !after.is_empty());
    let paging = stoa_types::PageQuery { after, limit: None };
    let page = stoa_ordering::orders::of_customer(&ctx, id, paging).await?;
    let count = i64::try_from(page.items.len()).unwrap_or_default();
    let list = if page.items.is_empty() { Drawn::default() } else { Drawn::of(rows(&ctx, page.items)) };
    Ok(Ordered { count, list, next: page.next, prev: page.prev })
}

/// Each order with the way to its page.
#[cfg(feature = "ssr")]
pub(super) fn rows(ctx: &stoa_kernel::Ctx, orders: Vec<stoa_ordering_types::orders::OrderRow>) -> AnyView {
    use stoa_kernel::format;
    use stoa_ordering_types::orders::OrderStatus;
    use stoa_ui::{Badge, Column, ColumnRole, DataTable, Row, Stage};

    let badge = |status: OrderStatus| {
        let (stage, label) = match status {
            OrderStatus::New => (Stage::NotStarted, text::account_orders::new()),
            OrderStatus::Processing => (Stage::InProgress, text::account_orders::processing()),
            OrderStatus::PartiallyShipped => (Stage::InProgress, text::account_orders::partially_shipped()),
            OrderStatus::Shipped => (Stage::InProgress, text::account_orders::shipped()),
            OrderStatus::Delivered => (Stage::Done, text::account_orders::delivered()),
            OrderStatus::Completed => (Stage::Done, text::account_orders::completed()),
            OrderStatus::Cancelled => (Stage::Stopped, text::account_orders::cancelled()),
        };
        view! { <Badge stage=stage label=label/> }.into_any()
    };
    let columns = vec![
        Column::title(text::account_orders::order()),
        Column::new(text::account_orders::status()).role(ColumnRole::Status),
        Column::new(text::account_orders::placed()).role(ColumnRole::Priority),
        Column::new(text::account_orders::items()).end(),
        Column::new(text::account_orders::total()).end().role(ColumnRole::Priority),
    ];
    let rows = orders
        .into_iter()
        .map(|order| {
            let token = stoa_ordering::orders::access_token(&ctx.app, order.id);
            Row::new(
                link(&format!("/order/{token}")),
                vec![
                    order.number.into_any(),
                    badge(order.status),
                    format::date(order.placed_at).into_any(),
                    order.items.into_any(),
                    format::money(order.total, &ctx.locale).into_any(),
                ],
            )
        })
        .collect();
    view! { <DataTable caption=text::account_orders::caption() columns=columns rows=rows/> }.into_any()
}
