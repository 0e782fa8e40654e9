//! Buttons: one verb and one object each.

use leptos::prelude::*;

use crate::field::given;
use crate::icons::{Glyph, Icon};

/// How loud a button is. A view has at most one [`ButtonKind::Brand`], and a
/// staff view none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing a shopper is about to do.
    Brand,
    /// The primary action of a staff view.
    #[default]
    Ink,
    /// A secondary action.
    Outline,
    /// An action among content.
    Quiet,
    /// Something that cannot be taken back.
    Danger,
}

const SHAPE: &str = "inline-flex items-center justify-center gap-2 rounded-md font-semibold whitespace-nowrap cursor-pointer select-none transition-colors duration-(--dur-1) ease-out aria-busy:cursor-progress aria-disabled:cursor-not-allowed aria-disabled:border-line aria-disabled:bg-sunken aria-disabled:text-muted";

fn colours(kind: ButtonKind) -> &'static str {
    match kind {
        ButtonKind::Brand => {
            "border border-transparent bg-brand text-on-brand hover:bg-brand-hover active:bg-brand-hover"
        }
        ButtonKind::Ink => {
            "border border-transparent bg-ink text-on-ink hover:bg-ink-hover active:bg-ink-hover"
        }
        ButtonKind::Outline => "border border-control bg-surface text-fg hover:bg-hover active:bg-press",
        ButtonKind::Quiet => {
            "border border-transparent bg-transparent text-fg hover:bg-hover active:bg-press"
        }
        ButtonKind::Danger => "border border-transparent bg-bad text-on-bad hover:bg-bad-fg active:bg-bad-fg",
    }
}

fn size(small: bool, block: bool) -> &'static str {
    match (small, block) {
        (false, false) => "min-h-(--ctl) px-5 compact:px-3.5 text-(length:--ctl-text)",
        (false, true) => "min-h-(--ctl) px-5 compact:px-3.5 w-full text-(length:--ctl-text)",
        (true, false) => "min-h-(--ctl-sm) px-3.5 compact:px-2.5 text-sm",
        (true, true) => "min-h-(--ctl-sm) px-3.5 compact:px-2.5 w-full text-sm",
    }
}

/// The classes of a button, for an element that only looks like one.
pub fn button_class(kind: ButtonKind, small: bool, block: bool) -> String {
    format!("{SHAPE} {} {}", colours(kind), size(small, block))
}

/// A button. Submits its form unless `plain`; `on:click` may be added.
///
/// While `pending` is true the label gives way to `pending_label` without a
/// change of size and further clicks do nothing.
#[component]
pub fn Button(
    /// How loud it is.
    #[prop(optional)]
    kind: ButtonKind,
    /// The lower of the two heights.
    #[prop(optional)]
    small: bool,
    /// As wide as its container.
    #[prop(optional)]
    block: bool,
    /// `type=button`: does nothing by itself.
    #[prop(optional)]
    plain: bool,
    /// Name sent with the form when this button submits it.
    #[prop(optional, into)]
    name: String,
    /// Value sent under `name`.
    #[prop(optional, into)]
    value: String,
    /// Id of the form it belongs to, when it stands outside.
    #[prop(optional, into)]
    form: String,
    /// Where to send the form instead of its own action.
    #[prop(optional, into)]
    formaction: String,
    /// Id of the popover it opens, without JavaScript too.
    #[prop(optional, into)]
    opens: String,
    /// Id of the element.
    #[prop(optional, into)]
    id: String,
    /// Gets the focus when the page loads (the safe button of a dialog).
    #[prop(optional)]
    autofocus: bool,
    /// Drawing before the label.
    #[prop(optional)]
    icon: Option<Glyph>,
    /// True while the action runs.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// The verb in progress: "Paying €91.30".
    #[prop(optional, into)]
    pending_label: String,
    /// The label.
    children: Children,
) -> impl IntoView {
    let label = children();
    let body = if pending_label.is_empty() {
        label
    } else {
        view! {
            <span class="grid">
                <span
                    class="col-start-1 row-start-1 inline-flex items-center justify-center"
                    class:invisible=move || pending.get()
                >
                    {label}
                </span>
                <span
                    class="col-start-1 row-start-1 inline-flex items-center justify-center"
                    class:invisible=move || !pending.get()
                >
                    {pending_label}
                </span>
            </span>
        }
        .into_any()
    };
    view! {
        <button
            type=if plain { "button" } else { "submit" }
            class=button_class(kind, small, block)
            id=given(id)
            name=given(name)
            value=given(value)
            form=given(form)
            formaction=given(formaction)
            popovertarget=given(opens)
            autofocus=autofocus
            aria-busy=move || pending.get().then_some("true")
            on:click=move |event| {
                if pending.get_untracked() {
                    event.prevent_default();
                    event.stop_propagation();
                }
            }
        >
            {icon.map(|glyph| view! { <Icon glyph=glyph/> }.into_any())}
            {body}
        </button>
    }
}

/// A link that looks like a button: going somewhere, not doing something.
#[component]
pub fn LinkButton(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// How loud it is.
    #[prop(optional)]
    kind: ButtonKind,
    /// The lower of the two heights.
    #[prop(optional)]
    small: bool,
    /// As wide as its container.
    #[prop(optional)]
    block: bool,
    /// Drawing before the label.
    #[prop(optional)]
    icon: Option<Glyph>,
    /// Id of the element.
    #[prop(optional, into)]
    id: String,
    /// Gets the focus when the page loads.
    #[prop(optional)]
    autofocus: bool,
    /// The label.
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=button_class(kind, small, block) id=given(id) autofocus=autofocus>
            {icon.map(|glyph| view! { <Icon glyph=glyph/> }.into_any())}
            {children()}
        </a>
    }
}

const SQUARE: &str = "inline-grid place-items-center size-(--ctl) rounded-md text-fg cursor-pointer hover:bg-hover active:bg-press transition-colors duration-(--dur-1) ease-out";
const SQUARE_SMALL: &str = "inline-grid place-items-center size-(--ctl-sm) rounded-md text-fg cursor-pointer hover:bg-hover active:bg-press transition-colors duration-(--dur-1) ease-out";

/// A square button with only an icon: close, more, copy, previous, next, search
/// and cart, nothing else.
#[component]
pub fn IconButton(
    /// What it does, for readers.
    #[prop(into)]
    label: String,
    /// The drawing.
    glyph: Glyph,
    /// The lower of the two heights.
    #[prop(optional)]
    small: bool,
    /// Submits its form; plain otherwise.
    #[prop(optional)]
    submit: bool,
    /// Name sent with the form.
    #[prop(optional, into)]
    name: String,
    /// Value sent under `name`.
    #[prop(optional, into)]
    value: String,
    /// Id of the popover it opens.
    #[prop(optional, into)]
    opens: String,
    /// Turns the drawing round in right-to-left text.
    #[prop(optional)]
    flip: bool,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=if small { SQUARE_SMALL } else { SQUARE }
            aria-label=label
            name=given(name)
            value=given(value)
            popovertarget=given(opens)
        >
            <Icon glyph=glyph flip=flip/>
        </button>
    }
}

/// A square link with only an icon.
#[component]
pub fn IconLink(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// What it is, for readers.
    #[prop(into)]
    label: String,
    /// The drawing.
    glyph: Glyph,
    /// The lower of the two heights.
    #[prop(optional)]
    small: bool,
    /// Turns the drawing round in right-to-left text.
    #[prop(optional)]
    flip: bool,
    /// Id of the element.
    #[prop(optional, into)]
    id: String,
) -> impl IntoView {
    view! {
        <a href=href class=if small { SQUARE_SMALL } else { SQUARE } aria-label=label id=given(id)>
            <Icon glyph=glyph flip=flip/>
        </a>
    }
}
