//! The frame of the seller portal.

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
            items: vec![
                StaffNavItem::exact(text::shell::home(), "/seller", icons::HOME),
                StaffNavItem::new(text::shell::orders(), "/seller/orders", icons::RECEIPT),
            ],
        },
        StaffNavGroup {
            title: text::shell::settings(),
            items: vec![StaffNavItem::new(text::shell::team(), "/seller/settings/team", icons::PEOPLE)],
        },
    ];
    view! { <StaffShell name=text::shell::name() home="/seller" groups=groups/> }
}
