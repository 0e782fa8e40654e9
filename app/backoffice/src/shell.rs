//! The frame of the back office.

use leptos::prelude::*;
use stoa_ui::{
    icons,
    staff_shell::{NavGroup, NavItem, StaffShell},
};

use crate::text;

/// Top bar and navigation around the current page.
#[component]
pub fn Shell() -> impl IntoView {
    let groups = vec![
        NavGroup { title: "", items: vec![NavItem::exact(text::shell::home(), "/admin", icons::HOME)] },
        NavGroup {
            title: text::shell::sell(),
            items: vec![NavItem::new(text::shell::orders(), "/admin/orders", icons::RECEIPT)],
        },
        NavGroup {
            title: text::shell::catalog(),
            items: vec![NavItem::new(text::shell::products(), "/admin/products", icons::TAG)],
        },
        NavGroup {
            title: text::shell::grow(),
            items: vec![NavItem::new(text::shell::pages(), "/admin/cms/pages", icons::FILE)],
        },
    ];
    view! { <StaffShell name=text::shell::name() home="/admin" groups=groups/> }
}
