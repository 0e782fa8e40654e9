//! The frame of the back office.

use leptos::prelude::*;
use stoa_ui::{
    icons,
    staff_shell::{StaffNavGroup, StaffNavItem, StaffShell},
};

use crate::text;

/// Top bar and navigation around the current page.
#[component]
pub fn Shell() -> impl IntoView {
    let groups = vec![
        StaffNavGroup {
            title: "",
            items: vec![StaffNavItem::exact(text::shell::home(), "/admin", icons::HOME)],
        },
        StaffNavGroup {
            title: text::shell::sell(),
            items: vec![
                StaffNavItem::new(text::shell::orders(), "/admin/orders", icons::RECEIPT),
                StaffNavItem::new(text::shell::customers(), "/admin/customers", icons::PEOPLE),
            ],
        },
        StaffNavGroup {
            title: text::shell::catalog(),
            items: vec![StaffNavItem::new(text::shell::products(), "/admin/products", icons::TAG)],
        },
        StaffNavGroup {
            title: text::shell::grow(),
            items: vec![StaffNavItem::new(text::shell::pages(), "/admin/cms/pages", icons::FILE)],
        },
        StaffNavGroup {
            title: text::shell::settings(),
            items: vec![
                StaffNavItem::new(text::shell::people(), "/admin/settings/team", icons::PEOPLE),
                StaffNavItem::new(text::shell::roles(), "/admin/settings/roles", icons::LOCK),
                StaffNavItem::new(text::shell::support(), "/admin/settings/support", icons::SHOP),
            ],
        },
    ];
    view! { <StaffShell name=text::shell::name() home="/admin" groups=groups/> }
}
