//! What stands over a table: search, columns, export, and the bulk bar.

use leptos::prelude::*;

use crate::button::{Button, ButtonKind};
use crate::choice::{CheckboxGroup, ChoiceOption};
use crate::icons;
use crate::menu::Popover;
use crate::search_box::Keep;

/// The row over a table: start side (search, filters) and end side (columns,
/// export).
#[component]
pub fn TableToolbar(
    /// What stands at the end.
    #[prop(optional)]
    end: Option<AnyView>,
    /// What stands at the start.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="flex flex-wrap items-start gap-2 py-2">
            <div class="flex flex-wrap items-center gap-2 flex-1 min-w-[min(100%,20rem)]">{children()}</div>
            {end.map(|end| view! { <div class="flex items-center gap-1">{end}</div> }.into_any())}
        </div>
    }
}

/// Which columns a table shows: a GET form in a popover, sent as `cols`.
#[component]
pub fn ColumnsMenu(
    /// The page of the table.
    #[prop(into)]
    action: String,
    /// Every column that can be shown.
    options: Vec<ChoiceOption>,
    /// The ones shown.
    shown: Vec<String>,
    /// The other parameters of the page.
    #[prop(optional)]
    keep: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <Popover id="columns" label="Columns" kind=ButtonKind::Quiet>
            <form method="get" action=action class="flex flex-col gap-3 p-3 min-w-56">
                <Keep pairs=keep/>
                <CheckboxGroup name="cols" legend="Show columns" options=options values=shown/>
                <Button small=true>"Apply"</Button>
            </form>
        </Popover>
    }
}

/// The bar of actions on selected rows: a form that the table's checkboxes
/// belong to. At most three buttons.
#[component]
pub fn BulkBar(
    /// Id of the form; the table's `select_form`.
    #[prop(into)]
    form: String,
    /// Where it is sent.
    #[prop(into)]
    action: String,
    /// What is selected: "Selected orders".
    #[prop(into)]
    label: String,
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <form id=form method="post" action=action>
            <div role="toolbar" aria-label=label.clone() class="flex flex-wrap items-center gap-2 py-2">
                <span class="text-sm text-muted me-2">{label.clone()}</span>
                {children()}
            </div>
        </form>
    }
}

/// The link that downloads the current view.
#[component]
pub fn ExportLink(
    /// The file of this view.
    #[prop(into)]
    href: String,
) -> impl IntoView {
    view! {
        <a
            href=href
            download=""
            rel="external"
            class=crate::button::button_class(ButtonKind::Quiet, true, false)
        >
            <icons::Icon glyph=icons::DOWNLOAD small=true/>
            "Export"
        </a>
    }
}
