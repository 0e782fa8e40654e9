//! The first page of the seller portal: what waits for the shop's people.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    ButtonKind, Empty, EmptyKind, Link, LinkButton, PageError, PageHeader, PageTitle, Section, load, resource,
};

use crate::{
    orders::{ListedOrder, order_table},
    text,
};

/// What waits, and what came in last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// Orders of which nothing has left.
    pub new: i64,
    /// Orders of which something has.
    pub rest: i64,
    /// Orders that must not be sent for now.
    pub on_hold: i64,
    /// The newest first.
    pub latest: Vec<ListedOrder>,
}

/// `/seller`
#[component]
pub fn HomePage() -> impl IntoView {
    let waiting = resource(|| (), |()| OrdersToShip {});
    view! {
        <PageTitle text=text::shell::home().to_owned()/>
        <PageHeader title=text::shell::home()/>
        {load(waiting, |waiting| view! { {needs_you(&waiting)} {latest(waiting.latest)} })}
    }
}

fn needs_you(waiting: &Waiting) -> AnyView {
    let Waiting { new, rest, on_hold, .. } = *waiting;
    if new + rest + on_hold == 0 {
        return view! {
            <Empty
                kind=EmptyKind::Done
                title=text::home::nothing()
                text=text::home::nothing_body()
                action_label=text::home::see_orders()
                action_href="/seller/orders"
            />
        }
        .into_any();
    }
    let row = |count: i64, line: String, status: &str, action: &'static str, kind: ButtonKind| {
        let href = format!("/seller/orders?status={status}");
        (count > 0).then(|| {
            view! {
                <li class="flex flex-wrap items-center justify-between gap-3 py-3">
                    <span>{line}</span>
                    <LinkButton href=href kind=kind small=true>
                        {action}
                    </LinkButton>
                </li>
            }
            .into_any()
        })
    };
    let look = text::home::look();
    view! {
        <Section title=text::home::needs_you()>
            <ul class="divide-y divide-line">
                {row(new, text::home::to_ship(new), "processing", text::home::ship(), ButtonKind::Ink)}
                {row(rest, text::home::rest_to_ship(rest), "partially_shipped", look, ButtonKind::Outline)}
                {row(on_hold, text::home::on_hold(on_hold), "on_hold", look, ButtonKind::Outline)}
            </ul>
        </Section>
    }
    .into_any()
}

/// The orders that came in last; nothing for a shop without any.
fn latest(orders: Vec<ListedOrder>) -> AnyView {
    if orders.is_empty() {
        return ().into_any();
    }
    let all = view! { <Link href="/seller/orders">{text::home::see_orders()}</Link> }.into_any();
    view! {
        <Section title=text::home::latest() end=all>
            {order_table(orders)}
        </Section>
    }
    .into_any()
}

/// What waits for the shop's people.
#[server]
pub async fn orders_to_ship() -> Result<Waiting, PageError> {
    use stoa_ordering_types::orders::{OrderQuery, OrderStatus};

    let ctx = stoa_ui::server::ctx()?;
    let counts = stoa_ordering::orders::counts(&ctx).await?;
    let query = OrderQuery { limit: Some(5), ..OrderQuery::default() };
    let latest = crate::orders::listed(&ctx, query).await?.orders;
    Ok(Waiting {
        new: counts.of(OrderStatus::Processing),
        rest: counts.of(OrderStatus::PartiallyShipped),
        on_hold: counts.on_hold,
        latest,
    })
}
