//! The parts every page of a surface is made of: its header, its sections, its
//! columns.

use leptos::prelude::*;

use crate::field::given;
use crate::link::{Link, LinkKind};

/// The header of a staff page: back link, title with count or badge, actions.
/// The title takes the focus after a client navigation.
#[component]
pub fn PageHeader(
    /// The page's title.
    #[prop(into)]
    title: String,
    /// How many there are, formatted; empty for none.
    #[prop(optional, into)]
    count: String,
    /// Words of the back link; empty for none.
    #[prop(optional, into)]
    back_label: String,
    /// Where it leads.
    #[prop(optional, into)]
    back_href: String,
    /// A badge beside the title.
    #[prop(optional)]
    badge: Option<AnyView>,
    /// The actions, the primary one last.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="flex flex-col gap-1 pt-4 pb-3">
            {given(back_label)
                .map(|label| {
                    view! {
                        <Link href=back_href kind=LinkKind::Back>
                            {label}
                        </Link>
                    }.into_any()
                })}
            <div class="flex flex-wrap items-center gap-x-4 gap-y-2 min-h-8">
                <div class="flex flex-wrap items-center gap-x-3 gap-y-1 flex-1 min-w-[min(100%,16rem)]">
                    <h1 tabindex="-1" class="text-xl font-semibold wrap-anywhere outline-none">
                        {title}
                    </h1>
                    {given(count).map(|count| view! { <span class="text-muted tabular-nums">{count}</span> }.into_any())}
                    {badge}
                </div>
                {children
                    .map(|children| {
                        view! { <div class="flex flex-wrap items-center gap-2">{children()}</div> }.into_any()
                    })}
            </div>
        </header>
    }
}

/// The title of a storefront page.
#[component]
pub fn ShopTitle(
    /// The title.
    #[prop(into)]
    title: String,
    /// How many items, formatted; empty for none.
    #[prop(optional, into)]
    count: String,
) -> impl IntoView {
    view! {
        <div class="flex flex-wrap items-baseline gap-x-3">
            <h1 tabindex="-1" class="display text-3xl outline-none">
                {title}
            </h1>
            {given(count).map(|count| view! { <p class="text-muted tabular-nums">{count}</p> }.into_any())}
        </div>
    }
}

/// The content column of a storefront page: gutters and the widest width.
#[component]
pub fn ShopPage(
    /// The content.
    children: Children,
) -> impl IntoView {
    view! { <div class="mx-auto w-full max-w-[80rem] px-4 md:px-6 py-6 md:py-8">{children()}</div> }
}

/// A band of a storefront page with a display heading.
#[component]
pub fn ShopSection(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Words of the link to more; empty for none.
    #[prop(optional, into)]
    more_label: String,
    /// Where it leads.
    #[prop(optional, into)]
    more_href: String,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="mt-16 md:mt-24">
            <div class="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 mb-6">
                <h2 class="display text-2xl md:text-3xl">{title}</h2>
                {given(more_label).map(|label| view! { <Link href=more_href>{label}</Link> }.into_any())}
            </div>
            {children()}
        </section>
    }
}

/// A record: main column of at most 860 px in sections, and a side column.
#[component]
pub fn RecordLayout(
    /// Facts, people, tags.
    #[prop(optional)]
    side: Option<AnyView>,
    /// The sections.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="flex flex-col xl:flex-row gap-x-10 gap-y-6 items-stretch xl:items-start">
            <div class="flex-1 min-w-0 max-w-[53.75rem]">{children()}</div>
            {side
                .map(|side| {
                    view! {
                        <aside
                            aria-label="Summary"
                            class="xl:w-80 shrink-0 xl:[--facts:5.5rem] xl:border-s xl:border-line xl:ps-8 max-xl:border-t max-xl:border-line max-xl:pt-5"
                        >
                            {side}
                        </aside>
                    }.into_any()
                })}
        </div>
    }
}

/// A section of a record: heading, actions, content; a hairline splits it from
/// the one before.
#[component]
pub fn Section(
    /// The heading.
    #[prop(into)]
    title: String,
    /// What stands at the heading's end.
    #[prop(optional)]
    end: Option<AnyView>,
    /// Id, to link to.
    #[prop(optional, into)]
    id: String,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <section id=given(id) class="border-t border-line first:border-t-0 py-5 scroll-mt-24">
            <div class="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 min-h-8 mb-3">
                <h2 class="font-semibold">{title}</h2>
                {end}
            </div>
            {children()}
        </section>
    }
}

/// A section of a form: its title in a column at the start on large screens.
#[component]
pub fn FormSection(
    /// The title.
    #[prop(into)]
    title: String,
    /// Help below the title; empty for none.
    #[prop(optional, into)]
    note: String,
    /// Id, to link to.
    #[prop(optional, into)]
    id: String,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <section
            id=given(id)
            class="grid lg:grid-cols-[12.5rem_minmax(0,40rem)] gap-x-8 gap-y-4 border-t border-line first:border-t-0 py-6 scroll-mt-24"
        >
            <div>
                <h2 class="font-semibold">{title}</h2>
                {given(note).map(|note| view! { <p class="text-sm text-muted mt-1">{note}</p> }.into_any())}
            </div>
            <div class="flex flex-col gap-5 min-w-0 max-w-[40rem]">{children()}</div>
        </section>
    }
}

/// Names and values of a record, one pair a line.
#[component]
pub fn Facts(
    /// The pairs.
    facts: Vec<(String, AnyView)>,
) -> impl IntoView {
    view! {
        <dl class="flex flex-col gap-2">
            {facts
                .into_iter()
                .map(|(name, value)| {
                    view! {
                        <div class="grid grid-cols-[var(--facts,7.5rem)_1fr] gap-3">
                            <dt class="text-sm text-muted">{name}</dt>
                            <dd class="text-sm min-w-0 wrap-anywhere">{value}</dd>
                        </div>
                    }.into_any()
                })
                .collect_view()}
        </dl>
    }
}

/// Running text: at most 66 characters a line, headings and lists spaced.
#[component]
pub fn Prose(
    /// The text.
    children: Children,
) -> impl IntoView {
    view! { <div class="prose">{children()}</div> }
}
