//! Menus and popovers: native popovers that open without JavaScript.

use leptos::prelude::*;

use crate::button::{ButtonKind, button_class};
use crate::field::given;
use crate::icons::{self, Icon};

/// What a menu entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuAction {
    /// Goes to an address.
    Link(String),
    /// Submits the form with this id, sending `name=value`.
    Submit {
        /// The form's id.
        form: String,
        /// The name sent.
        name: String,
        /// The value sent.
        value: String,
    },
}

/// One entry of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuItem {
    /// Verb and object.
    pub label: String,
    /// What it does.
    pub action: MenuAction,
    /// Cannot be taken back: stands last, after a line.
    pub danger: bool,
}

impl MenuItem {
    /// An entry that goes somewhere.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), action: MenuAction::Link(href.into()), danger: false }
    }

    /// An entry that submits the form with this id.
    pub fn submit(
        label: impl Into<String>,
        form: impl Into<String>,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            label: label.into(),
            action: MenuAction::Submit { form: form.into(), name: name.into(), value: value.into() },
            danger: false,
        }
    }

    /// The same, marked as one that cannot be taken back.
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }
}

/// A button that opens a panel with anything in it.
#[component]
pub fn Popover(
    /// Id of the panel, unique on the page.
    #[prop(into)]
    id: String,
    /// The words of the button.
    #[prop(into)]
    label: String,
    /// How loud the button is.
    #[prop(default = ButtonKind::Outline)]
    kind: ButtonKind,
    /// Only an icon on the button: More.
    #[prop(optional)]
    more: bool,
    /// The panel.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="inline-block">
            {if more {
                view! {
                    <button
                        type="button"
                        popovertarget=id.clone()
                        aria-label=label
                        class="inline-grid place-items-center size-(--ctl-sm) rounded-md cursor-pointer hover:bg-hover active:bg-press"
                    >
                        <Icon glyph=icons::MORE/>
                    </button>
                }
                    .into_any()
            } else {
                view! {
                    <button
                        type="button"
                        popovertarget=id.clone()
                        class=button_class(kind, true, false)
                    >
                        {label}
                        <Icon glyph=icons::CHEVRON_DOWN small=true/>
                    </button>
                }
                    .into_any()
            }}
            <div popover="auto" id=id class="panel">
                {children()}
            </div>
        </div>
    }
}

const ENTRY: &str = "flex w-full items-center min-h-(--ctl-sm) coarse:min-h-11 px-3 rounded-sm text-start text-sm cursor-pointer hover:bg-hover focus-visible:-outline-offset-2";
const ENTRY_DANGER: &str = "flex w-full items-center min-h-(--ctl-sm) coarse:min-h-11 px-3 rounded-sm text-start text-sm text-bad-fg cursor-pointer hover:bg-hover focus-visible:-outline-offset-2";

/// A menu of actions. Destructive ones move to the end, after a line.
#[component]
pub fn Menu(
    /// Id of the panel, unique on the page.
    #[prop(into)]
    id: String,
    /// The words of the button ("More actions" for `more`).
    #[prop(into)]
    label: String,
    /// The entries.
    items: Vec<MenuItem>,
    /// How loud the button is.
    #[prop(default = ButtonKind::Outline)]
    kind: ButtonKind,
    /// Only an icon on the button.
    #[prop(optional)]
    more: bool,
) -> impl IntoView {
    view! {
        <Popover id=id label=label kind=kind more=more>
            <MenuList items=items/>
        </Popover>
    }
}

/// The entries of a menu, inside a panel of your own.
#[component]
pub fn MenuList(
    /// The entries.
    items: Vec<MenuItem>,
) -> impl IntoView {
    let (last, first): (Vec<MenuItem>, Vec<MenuItem>) = items.into_iter().partition(|item| item.danger);
    let line = !first.is_empty() && !last.is_empty();
    let entry = |item: MenuItem| {
        let class = if item.danger { ENTRY_DANGER } else { ENTRY };
        let action = match item.action {
            MenuAction::Link(href) => view! {
                <a href=href class=class>
                    {item.label}
                </a>
            }
            .into_any(),
            MenuAction::Submit { form, name, value } => view! {
                <button type="submit" form=form name=given(name) value=given(value) class=class>
                    {item.label}
                </button>
            }
            .into_any(),
        };
        view! { <li>{action}</li> }
    };
    view! {
        <ul class="p-1 min-w-48" on:keydown=move_focus>
            {first.into_iter().map(entry).collect_view()}
            {line.then(|| view! { <li role="separator" class="my-1 border-t border-line"></li> }.into_any())}
            {last.into_iter().map(entry).collect_view()}
        </ul>
    }
}

/// Up, Down, Home and End move among the entries.
fn move_focus(event: leptos::ev::KeyboardEvent) {
    use leptos::wasm_bindgen::JsCast;
    use leptos::web_sys::{Element, HtmlElement};
    let key = event.key();
    if !matches!(key.as_str(), "ArrowDown" | "ArrowUp" | "Home" | "End") {
        return;
    }
    let Some(list) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return;
    };
    let entries: Vec<HtmlElement> =
        std::iter::successors(list.first_element_child(), Element::next_element_sibling)
            .filter_map(|item| item.first_element_child()?.dyn_into().ok())
            .collect();
    let active = document().active_element();
    let now = entries
        .iter()
        .position(|entry| active.as_ref().is_some_and(|active| entry.is_same_node(Some(active))));
    event.prevent_default();
    if let Some(entry) = next_entry(&key, now, entries.len()).and_then(|next| entries.get(next)) {
        let _ = entry.focus();
    }
}

/// The entry a key leads to from the entry `now`, of `count`; the ends meet.
fn next_entry(key: &str, now: Option<usize>, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some(match (key, now) {
        ("Home", _) | ("ArrowDown", None) => 0,
        ("End", _) | ("ArrowUp", None) => last,
        ("ArrowDown", Some(now)) if now >= last => 0,
        ("ArrowDown", Some(now)) => now + 1,
        ("ArrowUp", Some(0)) => last,
        ("ArrowUp", Some(now)) => now - 1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_round_the_entries() {
        assert_eq!(next_entry("ArrowDown", None, 3), Some(0));
        assert_eq!(next_entry("ArrowDown", Some(2), 3), Some(0));
        assert_eq!(next_entry("ArrowUp", Some(0), 3), Some(2));
        assert_eq!(next_entry("End", Some(0), 3), Some(2));
        assert_eq!(next_entry("Home", Some(2), 3), Some(0));
        assert_eq!(next_entry("ArrowDown", None, 0), None);
    }
}
