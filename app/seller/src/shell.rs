//! The frame of the seller portal.

use leptos::prelude::*;
use stoa_ui::{
    icons,
    staff_shell::{NavGroup, NavItem, StaffShell},
};

use crate::text;

/// Top bar and navigation around the current page.
#[component]
pub fn Shell() -> impl IntoView {
    let groups = vec![NavGroup {
        title: "",
        items: vec![
            NavItem::exact(text::shell::home(), "/seller", icons::HOME),
            NavItem::new(text::shell::orders(), "/seller/orders", icons::RECEIPT),
        ],
    }];
    view! { <StaffShell name=text::shell::name() home="/seller" groups=groups/> }
}
