//! The first page of the back office.

use leptos::prelude::*;
use stoa_ordering_types::orders::{OrderCounts, OrderStatus};
use stoa_ui::{
    Empty, EmptyKind, Link, PageError, PageHeader, PageTitle, Section, Stat, StatStrip, load, resource,
};

use crate::{orders::status_label, text};

/// `/admin`
#[component]
pub fn HomePage() -> impl IntoView {
    let waiting = resource(|| (), |()| WaitingOrders {});
    view! {
        <PageTitle text=text::shell::home().to_owned()/>
        <PageHeader title=text::shell::home()/>
        {load(waiting, |(counts, failed)| needs_you(counts, failed))}
        <p class="mt-6">
            <Link href="/admin/orders">{text::home::see_orders()}</Link>
        </p>
    }
}

fn needs_you(counts: OrderCounts, failed: bool) -> impl IntoView {
    let (new, on_hold) = (counts.of(OrderStatus::New), counts.on_hold);
    let stats: Vec<Stat> = counts
        .standing
        .into_iter()
        .map(|(status, count)| {
            Stat::new(status_label(status), count.to_string()).href(format!("/admin/orders?status={status}"))
        })
        .collect();
    let list = if failed || on_hold > 0 || new > 0 {
        view! {
            <Section title=text::home::needs_you()>
                <ul class="divide-y divide-line">
                    {failed
                        .then(|| {
                            view! {
                                <li class="py-3">
                                    <Link href="/admin/orders?payment=failed">{text::home::failed_some()}</Link>
                                </li>
                            }
                        })}
                    {(on_hold > 0)
                        .then(|| {
                            view! {
                                <li class="py-3">
                                    <Link href="/admin/orders?status=on_hold">{text::home::on_hold(on_hold)}</Link>
                                </li>
                            }
                        })}
                    {(new > 0)
                        .then(|| {
                            view! {
                                <li class="py-3">
                                    <Link href="/admin/orders?status=new">{text::home::new(new)}</Link>
                                </li>
                            }
                        })}
                </ul>
            </Section>
        }
        .into_any()
    } else {
        view! { <Empty kind=EmptyKind::Done title=text::home::nothing() text=text::home::nothing_body()/> }
            .into_any()
    };
    let numbers = (!stats.is_empty())
        .then(|| view! { <Section title=text::home::numbers()><StatStrip stats=stats/></Section> });
    view! {
        {list}
        {numbers}
    }
}

/// How many orders stand where, and whether the money of any could not be taken.
#[server]
pub async fn waiting_orders() -> Result<(OrderCounts, bool), PageError> {
    use stoa_ordering_types::orders::{OrderQuery, PaymentStatus};

    let ctx = stoa_ui::server::ctx()?;
    let counts = stoa_ordering::orders::counts(&ctx).await?;
    let query =
        OrderQuery { payment_status: Some(PaymentStatus::Failed), limit: Some(1), ..OrderQuery::default() };
    let failed = stoa_ordering::orders::list(&ctx, query).await?;
    Ok((counts, !failed.items.is_empty()))
}
