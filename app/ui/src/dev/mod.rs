//! Every component in every state, on one page: for screenshots and for looking
//! up what there is. In development only.

mod controls;
mod pictures;
mod shop;
mod staff;

use leptos::prelude::*;

use crate::*;

/// The page of all components. `?show=dialog`, `typed`, `record`, `cart`,
/// `filters` open what covers a page.
#[component]
pub fn DevUi() -> impl IntoView {
    let query = leptos_router::hooks::use_query_map();
    let cover = move || {
        let shown = query.with(|query| query.get("show"))?;
        Some(view! { <controls::Cover shown=shown/> })
    };
    view! {
        <ShopPage>
            <ShopTitle title="Components"/>
            <p class="text-muted max-w-[66ch] mt-2">
                "Everything pages are made of, in the states it can have. Comfortable first, compact below."
            </p>
            <Group id="identity" title="Identity">
                <Identity/>
            </Group>
            <Group id="buttons" title="Buttons and links">
                <controls::Buttons/>
            </Group>
            <Group id="fields" title="Fields">
                <controls::Fields/>
            </Group>
            <Group id="choices" title="Choices">
                <controls::Choices/>
            </Group>
            <Group id="forms" title="Whole forms">
                <controls::Forms/>
            </Group>
            <Group id="shop" title="Storefront">
                <shop::Shop/>
            </Group>
            <Group id="messages" title="Messages and states">
                <controls::Messages/>
            </Group>
            <section id="staff" data-density="compact" class="mt-16 pt-6 border-t border-line text-sm">
                <h2 class="display text-2xl mb-6">"Staff, compact"</h2>
                <staff::Staff/>
            </section>
        </ShopPage>
        {cover}
    }
}

/// One part of the page, with an address.
#[component]
fn Group(
    /// Where `#` leads.
    id: &'static str,
    /// What it shows.
    title: &'static str,
    /// The examples.
    children: Children,
) -> impl IntoView {
    view! {
        <section id=id class="mt-16 pt-6 border-t border-line">
            <h2 class="display text-2xl mb-6">{title}</h2>
            <div class="flex flex-col gap-10">{children()}</div>
        </section>
    }
}

/// One example with its name.
#[component]
fn Example(
    /// Its name.
    name: &'static str,
    /// The components.
    children: Children,
) -> impl IntoView {
    view! {
        <div>
            <p class="text-sm text-muted mb-3">{name}</p>
            {children()}
        </div>
    }
}

#[component]
fn Identity() -> impl IntoView {
    // Full class names, as everywhere.
    let colours = [
        ("page", "bg-page"),
        ("surface", "bg-surface"),
        ("raised", "bg-raised"),
        ("sunken", "bg-sunken"),
        ("hover", "bg-hover"),
        ("press", "bg-press"),
        ("selected", "bg-selected"),
        ("ink", "bg-ink"),
        ("brand", "bg-brand"),
        ("brand-soft", "bg-brand-soft"),
        ("ok-soft", "bg-ok-soft"),
        ("warn-soft", "bg-warn-soft"),
        ("bad-soft", "bg-bad-soft"),
        ("info-soft", "bg-info-soft"),
        ("bad", "bg-bad"),
    ];
    view! {
        <Example name="Logo">
            <div class="flex flex-wrap items-end gap-8">
                <Logo width=160/>
                <Logo width=80/>
                <LogoMark size=64/>
                <LogoMark size=32/>
                <LogoMark size=16/>
            </div>
        </Example>
        <Example name="Type">
            <div class="flex flex-col gap-3">
                <p class="display text-5xl">"Made to be used"</p>
                <p class="display text-4xl">"New from the kilns of Sifnos"</p>
                <p class="display text-3xl">"Kitchen and table"</p>
                <p class="text-xl font-semibold">"Orders to ship today"</p>
                <p class="max-w-[66ch]">
                    "Thrown on the wheel in small batches and fired with olive wood, so no two are quite alike. The glaze is food-safe and goes into the dishwasher."
                </p>
                <p class="text-sm text-muted">"14 May 2026, 14:02 CET. €1,234.50, 0123456789"</p>
            </div>
        </Example>
        <Example name="Surfaces">
            <ul class="grid grid-cols-3 md:grid-cols-5 gap-3">
                {colours
                    .into_iter()
                    .map(|(name, class)| {
                        view! {
                            <li class="text-sm">
                                <span class=format!("block h-12 rounded-md border border-line {class}")></span>
                                {name}
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Example>
        <Example name="Icons">
            <div class="flex flex-wrap gap-4">
                {[
                    icons::SEARCH, icons::CART, icons::CLOSE, icons::NAV, icons::MORE, icons::PERSON,
                    icons::TRUCK, icons::PARCEL, icons::CARD, icons::INFO, icons::WARNING, icons::PROBLEM,
                    icons::DONE, icons::DOWNLOAD, icons::UPLOAD, icons::FILTER, icons::SETTINGS, icons::HOME,
                    icons::SHOP, icons::RECEIPT, icons::RETURN, icons::TAG, icons::STOCK, icons::CODE,
                ]
                    .into_iter()
                    .map(|glyph| view! { <Icon glyph=glyph/> })
                    .collect_view()}
            </div>
        </Example>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos_router::{components::Router, location::RequestUrl};

    /// The page as the server sends it.
    fn page(address: &str) -> String {
        let owner = Owner::new_root(None);
        owner.with(|| {
            provide_context(RequestUrl::new(address));
            view! {
                <Router>
                    <DevUi/>
                </Router>
            }
            .to_html()
        })
    }

    /// Set `STOA_DEV_UI` to a folder to get the pages for a look in a browser.
    fn keep(name: &str, html: &str) {
        if let Some(folder) = std::env::var_os("STOA_DEV_UI") {
            let file = std::path::Path::new(&folder).join(name);
            if let Err(error) = std::fs::write(&file, html) {
                panic!("{}: {error}", file.display());
            }
        }
    }

    #[test]
    fn every_id_of_the_page_is_unique() {
        let html = page("/dev/ui");
        keep("ui.html", &html);
        let mut ids: Vec<&str> =
            html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(ids.len() > 100, "only {} ids: the page is not whole", ids.len());
        ids.sort_unstable();
        let doubled: Vec<_> = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert_eq!(doubled, Vec::<&str>::new());
    }

    #[test]
    fn every_description_label_and_popover_names_an_element() {
        let html = page("/dev/ui");
        let mut missing = Vec::new();
        for attribute in ["aria-describedby", "aria-labelledby", "aria-controls", "popovertarget", "for"] {
            for rest in html.split(&format!(" {attribute}=\"")).skip(1) {
                for id in rest.split('"').next().unwrap_or_default().split(' ') {
                    if !html.contains(&format!(" id=\"{id}\"")) {
                        missing.push(format!("{attribute}={id}"));
                    }
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn what_covers_the_page_is_open_in_the_first_html() {
        for shown in ["dialog", "typed", "record", "cart", "filters"] {
            let html = page(&format!("/dev/ui?show={shown}"));
            keep(&format!("ui-{shown}.html"), &html);
            assert!(html.contains("<dialog "), "{shown}");
            assert!(html.contains("href=\"/dev/ui\""), "{shown} has no way to close it");
        }
        assert!(!page("/dev/ui").contains("<dialog "));
    }
}
