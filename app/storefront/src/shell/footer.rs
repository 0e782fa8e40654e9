//! Links, language, currency and appearance at the end of every page.

use leptos::prelude::*;
use stoa_ui::{
    Button, ButtonKind, NavGroup, NavItem, Select, SelectOption, StorefrontFooter,
    i18n::{Locale, link},
    page::Who,
    staff_shell::{SignOut, ThemeChoice},
    viewer,
};

use crate::text;

/// Currencies prices are kept in.
const CURRENCIES: [&str; 1] = ["EUR"];

#[component]
pub fn Footer() -> impl IntoView {
    stoa_ui::still(footer)
}

fn footer() -> AnyView {
    let viewer = viewer();
    let signed_in = viewer.who != Who::Visitor;
    let mut account = vec![NavItem::new(text::footer::cart(), link("/cart"))];
    if !signed_in {
        account.push(NavItem::new(text::footer::sign_in(), link("/sign-in")));
    }
    let groups = vec![
        NavGroup::new(text::footer::shopping(), account),
        NavGroup::new(
            text::footer::selling(),
            vec![
                NavItem::new(text::footer::seller_portal(), "/seller"),
                NavItem::new(text::footer::developers(), "/developers"),
            ],
        ),
    ];
    let currency =
        if viewer.currency.is_empty() { CURRENCIES[0].to_owned() } else { viewer.currency.clone() };
    let locales = Locale::ALL.iter().map(|locale| SelectOption::new(locale.code(), locale.name())).collect();
    let currencies = CURRENCIES.iter().map(|code| SelectOption::new(*code, *code)).collect();
    view! {
        <StorefrontFooter groups=groups note=text::footer::note()>
            <form method="post" action="/preferences" class="flex flex-col gap-5">
                <div class="grid grid-cols-2 gap-4">
                    <Select
                        name="locale"
                        label=text::footer::language()
                        options=locales
                        value=viewer.locale.code()
                        small=true
                    />
                    <Select name="currency" label=text::footer::currency() options=currencies value=currency small=true/>
                </div>
                <div class="flex flex-wrap items-end justify-between gap-4">
                    <ThemeChoice current=viewer.theme row=true/>
                    <Button kind=ButtonKind::Outline small=true>
                        {text::footer::apply()}
                    </Button>
                </div>
            </form>
            {signed_in.then(|| view! { <SignOut/> }.into_any())}
        </StorefrontFooter>
    }
    .into_any()
}
