//! Drawers: a panel at the edge, opened by an address.

use leptos::prelude::*;

use crate::button::IconLink;
use crate::dialog::make_modal;
use crate::field::given;
use crate::icons;

/// Where a drawer stands and how wide it is. Below 768 px the ones at the end
/// become a sheet from the bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DrawerKind {
    /// At the end, 480 px: staff.
    #[default]
    Record,
    /// At the end, 420 px: the cart.
    Cart,
    /// The whole height on a narrow screen: filters.
    Sheet,
    /// At the start: navigation.
    Start,
}

/// A drawer that is open because the address says so (`?panel=`).
#[component]
pub fn Drawer(
    /// What it holds: "Your cart".
    #[prop(into)]
    title: String,
    /// The same page without the drawer.
    #[prop(into)]
    close_href: String,
    /// Where it stands.
    #[prop(optional)]
    kind: DrawerKind,
    /// Id, when a page could show two.
    #[prop(default = "drawer".to_string(), into)]
    id: String,
    /// What stays at its bottom: totals and the primary action.
    #[prop(optional)]
    footer: Option<AnyView>,
    /// The content.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Dialog>::new();
    let close_id = format!("{id}-close");
    let title_id = format!("{id}-title");
    make_modal(node, close_id.clone());
    let class = match kind {
        DrawerKind::Record => {
            "modal fixed inset-y-0 start-auto end-0 z-50 m-0 w-full md:w-[30rem] h-dvh max-h-none max-w-none max-md:inset-y-auto max-md:bottom-0 max-md:h-auto max-md:max-h-[85dvh] max-md:rounded-t-lg bg-raised text-fg shadow-3 open:flex flex-col"
        }
        DrawerKind::Cart => {
            "modal fixed inset-y-0 start-auto end-0 z-50 m-0 w-full md:w-[26.25rem] h-dvh max-h-none max-w-none max-md:inset-y-auto max-md:bottom-0 max-md:h-auto max-md:max-h-[85dvh] max-md:rounded-t-lg bg-raised text-fg shadow-3 open:flex flex-col"
        }
        DrawerKind::Sheet => {
            "modal fixed inset-y-0 start-auto end-0 z-50 m-0 w-full md:w-[26.25rem] h-dvh max-h-none max-w-none bg-raised text-fg shadow-3 open:flex flex-col"
        }
        DrawerKind::Start => {
            "modal fixed inset-y-0 start-0 end-auto z-50 m-0 w-[min(20rem,calc(100vw-3rem))] h-dvh max-h-none max-w-none bg-raised text-fg shadow-3 open:flex flex-col"
        }
    };
    view! {
        <a
            href=close_href.clone()
            class="fixed inset-0 z-40 bg-scrim"
            tabindex="-1"
            aria-hidden="true"
        ></a>
        <dialog
            node_ref=node
            open=true
            id=given(id)
            closedby="any"
            aria-labelledby=title_id.clone()
            class=class
        >
            <div class="flex items-center gap-4 min-h-14 ps-5 pe-3 border-b border-line">
                <h2 id=title_id.clone() class="flex-1 text-lg font-semibold">
                    {title}
                </h2>
                <IconLink href=close_href label="Close" glyph=icons::CLOSE small=true id=close_id/>
            </div>
            <div class="flex-1 min-h-0 overflow-y-auto px-5 py-4">{children()}</div>
            {footer.map(|footer| view! { <div class="border-t border-line px-5 py-4">{footer}</div> }.into_any())}
        </dialog>
    }
}
