//! The first page of the seller portal: what waits for the shop's people.

use leptos::prelude::*;
use stoa_ui::{
    ButtonKind, Empty, EmptyKind, Link, LinkButton, PageError, PageHeader, PageTitle, Section, load,
};

use crate::text;

/// `/seller`
#[component]
pub fn HomePage() -> impl IntoView {
    let waiting = Resource::new(|| (), |()| orders_to_ship());
    view! {
        <PageTitle text=text::shell::home().to_owned()/>
        <PageHeader title=text::shell::home()/>
        {load(waiting, |(new, rest)| needs_you(new, rest))}
    }
}

fn needs_you(new: i64, rest: i64) -> AnyView {
    if new + rest == 0 {
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
    view! {
        <Section title=text::home::needs_you()>
            <ul class="divide-y divide-line">
                {(new > 0)
                    .then(|| {
                        view! {
                            <li class="flex flex-wrap items-center justify-between gap-3 py-3">
                                <span>{text::home::to_ship(new)}</span>
                                <LinkButton href="/seller/orders?status=processing" kind=ButtonKind::Brand small=true>
                                    {text::orders::to_ship()}
                                </LinkButton>
                            </li>
                        }
                    })}
                {(rest > 0)
                    .then(|| {
                        view! {
                            <li class="py-3">
                                <Link href="/seller/orders?status=partially_shipped">{text::home::rest_to_ship(rest)}</Link>
                            </li>
                        }
                    })}
            </ul>
        </Section>
        <p class="mt-6">
            <Link href="/seller/orders">{text::home::see_orders()}</Link>
        </p>
    }
    .into_any()
}

/// How many orders wait for their parcel, and how many for the rest of it.
#[server]
pub async fn orders_to_ship() -> Result<(i64, i64), PageError> {
    use stoa_ordering_types::orders::OrderStatus;

    let ctx = stoa_ui::server::ctx()?;
    let counts = stoa_ordering::orders::counts(&ctx).await?;
    let of = |status| counts.iter().filter(|(known, _)| *known == status).map(|(_, count)| count).sum();
    Ok((of(OrderStatus::Processing), of(OrderStatus::PartiallyShipped)))
}
