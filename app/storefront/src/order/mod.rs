//! The order's page: thanks, and where everything is. Whoever has the address may read it.

#[cfg(feature = "ssr")]
mod source;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    AddressText, ButtonKind, LinkButton, PageError, PageTitle, Section, ShopPage, ShopTitle, Stage, Timeline,
    TimelineEvent,
    i18n::link,
    icons, load,
    page::{Who, viewer},
    resource,
};

use crate::{
    checkout::bill::{Goods, Sums, goods_list, sum_list},
    text,
};

/// The order as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderContent {
    pub title: String,
    pub number: String,
    pub placed: String,
    pub email: String,
    pub address: Vec<String>,
    pub parcels: Vec<OrderParcel>,
    pub sums: Sums,
    /// "Delivery to Greece".
    pub delivery_to: String,
}

/// One seller's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderParcel {
    pub seller: String,
    /// The carrier's page of a parcel still on its way; empty for none.
    pub tracking: String,
    pub goods: Vec<Goods>,
    pub events: Vec<Happening>,
}

/// Something that happened or is to come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    pub title: String,
    pub detail: String,
    /// Empty while it is to come.
    pub time: String,
    /// RFC 3339.
    pub datetime: String,
    pub kind: Kind,
    /// The carrier's page; empty for none.
    pub tracking: String,
}

/// How a happening is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    #[default]
    Done,
    ToCome,
    Wrong,
    Stopped,
}

/// `/{l}/order/{token}`.
#[component]
pub fn OrderPage() -> impl IntoView {
    let params = use_params_map();
    let order = resource(
        move || params.with(|params| params.get("token")).unwrap_or_default(),
        |token| LoadOrderPage { token },
    );
    view! { <ShopPage>{load(order, order_view)}</ShopPage> }
}

fn order_view(order: OrderContent) -> impl IntoView {
    // One parcel on its way is what the page is for; several have their links in their own parts.
    let tracked: Vec<&String> =
        order.parcels.iter().map(|parcel| &parcel.tracking).filter(|href| !href.is_empty()).collect();
    let track = match tracked.as_slice() {
        [href] => Some(view! {
            <div class="pt-4">
                <LinkButton
                    href=(*href).clone()
                    kind=ButtonKind::Brand
                    icon=icons::TRUCK
                    attr:rel="external noopener"
                    attr:target="_blank"
                >
                    {text::order::tracking()}
                    <span class="sr-only">{text::order::new_tab()}</span>
                </LinkButton>
            </div>
        }),
        _ => None,
    };
    let parcels = order.parcels.into_iter().map(parcel_view).collect_view();
    view! {
        <leptos_meta::Meta name="robots" content="noindex"/>
        <PageTitle text=order.title.clone()/>
        <div class="flex flex-col gap-2">
            <ShopTitle title=order.title/>
            <p class="text-muted">{text::order::number(&order.number, order.placed)}</p>
            {(!order.email.is_empty()).then(|| view! { <p>{text::order::emailed(&order.email)}</p> }.into_any())}
            <p class="text-sm text-muted">{text::order::keep_link()}</p>
            {track}
        </div>
        <div class="mt-8 grid gap-8 items-start lg:grid-cols-[minmax(0,1fr)_20rem] lg:gap-16">
            <div class="flex flex-col min-w-0 border-t border-line lg:border-t-0">{parcels}</div>
            <div class="flex flex-col border-t border-line lg:border-t-0 lg:sticky lg:top-6">
                <Section title=text::order::totals()>{sum_list(order.sums, &order.delivery_to)}</Section>
                <Section title=text::order::address()>
                    <AddressText lines=order.address/>
                </Section>
                <Section title=text::order::help()>
                    <p>{text::order::help_text(&order.number)}</p>
                </Section>
                {(viewer().who == Who::Visitor).then(next_time)}
            </div>
        </div>
    }
}

/// The way to an account, for whoever bought without one.
fn next_time() -> AnyView {
    view! {
        <Section title=text::order::next_time()>
            <p class="mb-4">{text::order::next_time_text()}</p>
            <LinkButton href=link("/sign-up?passkey") kind=ButtonKind::Outline>
                {text::order::add_passkey()}
            </LinkButton>
        </Section>
    }
    .into_any()
}

fn parcel_view(parcel: OrderParcel) -> impl IntoView {
    let title = text::order::parcel(&parcel.seller);
    let events = parcel
        .events
        .into_iter()
        .map(|event| TimelineEvent {
            title: event.title,
            detail: event.detail,
            time: event.time,
            datetime: event.datetime,
            stage: match event.kind {
                Kind::Done => Stage::Done,
                Kind::ToCome => Stage::NotStarted,
                Kind::Wrong => Stage::NeedsAttention,
                Kind::Stopped => Stage::Stopped,
            },
            link_label: if event.tracking.is_empty() {
                String::new()
            } else {
                text::order::tracking().to_owned()
            },
            link_href: event.tracking,
            ..TimelineEvent::default()
        })
        .collect();
    view! {
        <Section title=title.clone()>
            <Timeline label=title events=events/>
            <div class="mt-3">{goods_list(parcel.goods)}</div>
        </Section>
    }
}

/// The order an address opens; 404 for any other.
#[server]
pub async fn load_order_page(token: String) -> Result<OrderContent, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let page = stoa_ordering::orders::order_page(&ctx, &token).await?;
    Ok(source::content(page.order, ctx.locale.as_ref(), ctx.now))
}
