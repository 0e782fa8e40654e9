//! What of a product's page needs no script, drawn by the server.

use leptos::prelude::*;
use stoa_ui::{
    Breadcrumbs, ButtonKind, Drawn, Link, LinkButton, NavItem, Prose, ShopSection, ShopTitle, i18n::link,
};

use crate::text;

/// The way from the home page to the product; `above` as words and addresses.
pub(super) fn breadcrumb(above: Vec<(String, String)>, title: &str) -> Drawn {
    let items: Vec<NavItem> = above
        .into_iter()
        .map(|(label, href)| NavItem::new(label, href))
        .chain([NavItem::new(title.to_owned(), "")])
        .collect();
    Drawn::of(view! { <Breadcrumbs items=items/> }.into_any())
}

/// Description (sanitised), details by name and value, and similar items.
pub(super) fn below(html: String, details: Vec<(String, String)>, similar: Drawn) -> Drawn {
    let description = (!html.is_empty()).then(|| {
        view! {
            <section class="mt-16">
                <h2 class="display text-2xl mb-4">{text::product::description()}</h2>
                <Prose>
                    <div inner_html=html></div>
                </Prose>
            </section>
        }
    });
    let details = (!details.is_empty()).then(|| {
        let rows = details
            .into_iter()
            .map(|(name, value)| {
                view! {
                    <tr class="border-b border-line">
                        <th scope="row" class="py-2 pe-6 text-start font-normal text-muted align-top w-2/5">
                            {name}
                        </th>
                        <td class="py-2 align-top">{value}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <section class="mt-16 max-w-[66ch]">
                <h2 class="display text-2xl mb-4">{text::product::details()}</h2>
                <table class="w-full">
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
    });
    let similar = (!similar.is_empty())
        .then(|| view! { <ShopSection title=text::product::similar()>{similar.view()}</ShopSection> });
    Drawn::of(
        view! {
            {description}
            {details}
            <div id="similar" class="scroll-mt-6">
                {similar}
            </div>
        }
        .into_any(),
    )
}

/// In place of a product that is no longer sold: its title as it was, and similar items.
pub(super) fn gone(heading: &str, similar: Drawn) -> Drawn {
    let similar = (!similar.is_empty()).then(|| {
        view! { <ShopSection title=text::product::gone_similar()>{similar.view()}</ShopSection> }
    });
    Drawn::of(
        view! {
            <ShopTitle title=heading.to_owned()/>
            <p class="mt-2 text-muted">{text::product::gone()}</p>
            <div class="mt-6">
                <LinkButton href=link("/") kind=ButtonKind::Outline>
                    {text::product::to_home()}
                </LinkButton>
            </div>
            {similar}
        }
        .into_any(),
    )
}

/// Seen only where the redirect was not followed.
pub(super) fn moved(href: String) -> Drawn {
    Drawn::of(
        view! {
            <ShopTitle title=text::product::moved()/>
            <p class="mt-4">
                <Link href=href>{text::product::moved_link()}</Link>
            </p>
        }
        .into_any(),
    )
}
