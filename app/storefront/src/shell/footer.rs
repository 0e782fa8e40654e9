//! Links, language, currency and appearance at the end of every page.

use leptos::prelude::*;
use stoa_ui::{
    Button, ButtonKind, Select, SelectOption,
    i18n::{Locale, link},
    staff_shell::ThemeChoice,
    viewer,
};

use crate::text;

/// Currencies prices are offered in.
const CURRENCIES: [&str; 1] = ["EUR"];

#[component]
pub fn Footer() -> impl IntoView {
    let viewer = viewer();
    let column = |title: &'static str, links: Vec<(&'static str, String, bool)>| {
        view! {
            <nav aria-label=title class="flex flex-col gap-2">
                <h2 class="text-sm font-semibold">{title}</h2>
                <ul class="flex flex-col">
                    {links
                        .into_iter()
                        .map(|(label, href, outside)| {
                            view! {
                                <li>
                                    <a
                                        href=href
                                        rel=outside.then_some("external")
                                        class="inline-flex min-h-8 items-center text-sm underline-offset-4 hover:underline"
                                    >
                                        {label}
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </nav>
        }
    };
    let currency = if viewer.currency.is_empty() { CURRENCIES[0].to_owned() } else { viewer.currency.clone() };
    view! {
        <footer class="border-t border-line bg-sunken">
            <div class="mx-auto grid max-w-[1280px] gap-10 px-4 py-12 sm:grid-cols-2 md:px-6 lg:grid-cols-4">
                {column(
                    text::footer::help(),
                    vec![(text::footer::cart(), link("/cart"), false), (text::footer::search(), link("/search"), false)],
                )}
                {column(
                    text::footer::selling(),
                    vec![
                        (text::footer::seller_portal(), "/seller".to_owned(), true),
                        (text::footer::developers(), "/developers".to_owned(), true),
                    ],
                )}
                {column(
                    text::footer::account(),
                    vec![(text::footer::sign_in(), link("/sign-in"), false)],
                )}
                <form method="post" action="/preferences" class="flex flex-col gap-4">
                    <Select
                        name="locale"
                        label=text::footer::language()
                        options=Locale::ALL
                            .iter()
                            .map(|locale| SelectOption::new(locale.code(), locale.name()))
                            .collect()
                        value=viewer.locale.code()
                        small=true
                    />
                    <Select
                        name="currency"
                        label=text::footer::currency()
                        options=CURRENCIES.iter().map(|code| SelectOption::new(*code, *code)).collect()
                        value=currency
                        small=true
                    />
                    <ThemeChoice current=viewer.theme/>
                    <Button kind=ButtonKind::Outline small=true>
                        {text::footer::apply()}
                    </Button>
                </form>
            </div>
        </footer>
    }
}
