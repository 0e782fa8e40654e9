//! Text fields and the frame every control shares: label above, hint between,
//! message below, tied together for readers.

use leptos::prelude::*;

/// `None` for an empty text, so that an attribute disappears.
pub(crate) fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// The element id of the control called `name`: `addr[postcode]` becomes
/// `f-addr-postcode`. Error summaries link to it.
pub fn field_id(name: &str) -> String {
    let mut id = String::with_capacity(name.len() + 2);
    id.push('f');
    let mut gap = true;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            if gap {
                id.push('-');
                gap = false;
            }
            id.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    id
}

/// The look of a text control; `aria-invalid` and `readonly` change it.
pub(crate) const CONTROL: &str = "block w-full min-h-(--ctl) rounded-md border border-control bg-surface px-3 compact:px-2.5 text-(length:--ctl-text) text-fg placeholder:text-muted transition-colors duration-(--dur-1) hover:border-fg aria-invalid:border-2 aria-invalid:border-bad read-only:border-transparent read-only:bg-sunken scroll-my-24";

/// The ids a control is described by: its hint always, its message while there
/// is one.
pub(crate) fn described_by(
    id: &str,
    hint: bool,
    error: MaybeProp<String>,
) -> impl Fn() -> Option<String> + Clone + Send + Sync + 'static + use<> {
    let id = id.to_string();
    move || match (hint, error.get().is_some()) {
        (true, true) => Some(format!("{id}-hint {id}-error")),
        (true, false) => Some(format!("{id}-hint")),
        (false, true) => Some(format!("{id}-error")),
        (false, false) => None,
    }
}

/// The message below a control.
#[component]
pub(crate) fn FieldError(id: String, error: MaybeProp<String>) -> impl IntoView {
    view! {
        {move || {
            error
                .get()
                .map(|text| {
                    view! {
                        <p id=format!("{id}-error") class="text-sm font-semibold text-bad-fg">
                            {text}
                        </p>
                    }.into_any()
                })
        }}
    }
}

/// Label, hint, control and message of one field, around a control of your own.
/// The control's id is `field_id(name)`; describe it by `{id}-hint` and
/// `{id}-error`.
#[component]
pub fn FieldFrame(
    /// The form name of the control.
    #[prop(into)]
    name: String,
    /// The label above it.
    #[prop(into)]
    label: String,
    /// Help between label and control.
    #[prop(optional, into)]
    hint: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Marks it "(optional)".
    #[prop(optional)]
    optional: bool,
    /// Keeps the label for readers only.
    #[prop(optional)]
    label_hidden: bool,
    /// Classes of the frame (width, grid place).
    #[prop(optional, into)]
    class: String,
    /// The control.
    children: Children,
) -> impl IntoView {
    let id = field_id(&name);
    view! {
        <div class=format!("flex flex-col gap-1.5 min-w-0 {class}")>
            <label
                for=id.clone()
                class=if label_hidden { "sr-only" } else { "text-sm font-semibold" }
            >
                {label}
                {optional
                    .then(|| view! { <span class="font-normal text-muted">" (optional)"</span> }.into_any())}
            </label>
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <p id=format!("{id}-hint") class="text-sm text-muted -mt-1">
                            {hint}
                        </p>
                    }.into_any()
                })}
            {children()}
            <FieldError id=id error=error/>
        </div>
    }
}

/// What is typed into a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Any words.
    #[default]
    Text,
    /// An email address.
    Email,
    /// A telephone number.
    Tel,
    /// Digits only, still a text.
    Number,
    /// A number with decimals, still a text.
    Decimal,
    /// A secret, with Show.
    Password,
    /// A web address.
    Url,
    /// A code read letter by letter (SKU, tracking number): mono, left to right.
    Code,
}

impl FieldKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Tel => "tel",
            Self::Password => "password",
            Self::Url => "url",
            Self::Text | Self::Number | Self::Decimal | Self::Code => "text",
        }
    }

    fn input_mode(self) -> Option<&'static str> {
        match self {
            Self::Number => Some("numeric"),
            Self::Decimal => Some("decimal"),
            _ => None,
        }
    }

    /// Machine texts stay left to right in every language.
    fn dir(self) -> Option<&'static str> {
        match self {
            Self::Email | Self::Tel | Self::Url | Self::Code => Some("ltr"),
            _ => None,
        }
    }

    fn machine(self) -> bool {
        matches!(self, Self::Email | Self::Url | Self::Code | Self::Password)
    }
}

/// One line of text.
#[component]
pub fn Field(
    /// The form name.
    #[prop(into)]
    name: String,
    /// The label above it.
    #[prop(into)]
    label: String,
    /// What it starts with.
    #[prop(optional, into)]
    value: String,
    /// The message below it; sets `aria-invalid`.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Help between label and input.
    #[prop(optional, into)]
    hint: String,
    /// What is typed.
    #[prop(optional)]
    kind: FieldKind,
    /// The autocomplete token, such as `shipping postal-code`.
    #[prop(optional, into)]
    autocomplete: String,
    /// An example inside the empty input; never instead of a label.
    #[prop(optional, into)]
    placeholder: String,
    /// Sets `required`; give the form `novalidate` so that the server's words show.
    #[prop(optional)]
    required: bool,
    /// Marks it "(optional)".
    #[prop(optional)]
    optional: bool,
    /// Shows the value without letting it change.
    #[prop(optional)]
    read_only: bool,
    /// The most characters.
    #[prop(optional)]
    max_length: Option<u32>,
    /// Keeps the label for readers only.
    #[prop(optional)]
    label_hidden: bool,
    /// Text directly after the input, such as a unit.
    #[prop(optional, into)]
    unit: String,
    /// Id of the form it belongs to, when it stands outside.
    #[prop(optional, into)]
    form: String,
    /// Classes of the frame.
    #[prop(optional, into)]
    class: String,
) -> impl IntoView {
    let id = field_id(&name);
    let described = described_by(&id, !hint.is_empty(), error);
    let shown = RwSignal::new(false);
    let secret = kind == FieldKind::Password;
    let input_class = match kind {
        FieldKind::Code => format!("{CONTROL} font-mono"),
        FieldKind::Password => format!("{CONTROL} pe-18"),
        _ => CONTROL.to_string(),
    };
    let input = view! {
        <input
            type=move || {
                if secret && shown.get() { "text" } else { kind.input_type() }
            }
            id=id.clone()
            name=name.clone()
            value=value
            class=input_class
            inputmode=kind.input_mode()
            dir=kind.dir()
            autocomplete=given(autocomplete)
            autocapitalize=kind.machine().then_some("none")
            spellcheck=kind.machine().then_some("false")
            placeholder=given(placeholder)
            required=required
            readonly=read_only
            maxlength=max_length.map(|n| n.to_string())
            form=given(form)
            aria-invalid=move || error.get().map(|_| "true")
            aria-describedby=described
        />
    };
    let control = if secret {
        view! {
            <div class="relative">
                {input}
                <button
                    type="button"
                    class="noscript:hidden absolute inset-y-1 end-1 px-3 rounded-sm text-sm font-semibold cursor-pointer hover:bg-hover"
                    aria-pressed=move || shown.get().to_string()
                    aria-controls=id.clone()
                    on:click=move |_| shown.update(|on| *on = !*on)
                >
                    {move || if shown.get() { "Hide" } else { "Show" }}
                    <span class="sr-only">" password"</span>
                </button>
            </div>
        }
        .into_any()
    } else if unit.is_empty() {
        input.into_any()
    } else {
        view! {
            <div class="flex items-center gap-2">
                {input} <span class="text-sm text-muted whitespace-nowrap">{unit}</span>
            </div>
        }
        .into_any()
    };
    view! {
        <FieldFrame
            name=name
            label=label
            hint=hint
            error=error
            optional=optional
            label_hidden=label_hidden
            class=class
        >
            {control}
        </FieldFrame>
    }
}

/// Whether a text of `length` characters has come close enough to its limit to
/// show a counter: from 80 % on.
pub fn counter_shows(length: usize, limit: u32) -> bool {
    length * 5 >= limit as usize * 4
}

/// Several lines of text; grows with what is typed.
#[component]
pub fn TextArea(
    /// The form name.
    #[prop(into)]
    name: String,
    /// The label above it.
    #[prop(into)]
    label: String,
    /// What it starts with.
    #[prop(optional, into)]
    value: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Help between label and input.
    #[prop(optional, into)]
    hint: String,
    /// Lines shown at first.
    #[prop(default = 3)]
    rows: u8,
    /// The most characters; from 80 % of it a counter shows.
    #[prop(optional)]
    max_length: Option<u32>,
    /// Sets `required`.
    #[prop(optional)]
    required: bool,
    /// Marks it "(optional)".
    #[prop(optional)]
    optional: bool,
    /// Shows the value without letting it change.
    #[prop(optional)]
    read_only: bool,
    /// Classes of the frame.
    #[prop(optional, into)]
    class: String,
) -> impl IntoView {
    let id = field_id(&name);
    let described = described_by(&id, !hint.is_empty(), error);
    let length = RwSignal::new(value.chars().count());
    view! {
        <FieldFrame name=name.clone() label=label hint=hint error=error optional=optional class=class>
            <textarea
                id=id
                name=name
                rows=rows.to_string()
                class=format!("{CONTROL} py-2.5 compact:py-1.5 field-sizing-content resize-y")
                maxlength=max_length.map(|n| n.to_string())
                required=required
                readonly=read_only
                aria-invalid=move || error.get().map(|_| "true")
                aria-describedby=described
                on:input=move |event| length.set(event_target_value(&event).chars().count())
            >
                {value}
            </textarea>
            {max_length
                .map(|limit| {
                    view! {
                        {move || {
                            counter_shows(length.get(), limit)
                                .then(|| {
                                    view! {
                                        <p class="text-sm text-muted">
                                            {format!("{} of {limit} characters", length.get())}
                                        </p>
                                    }.into_any()
                                })
                        }}
                    }.into_any()
                })}
        </FieldFrame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_valid() {
        assert_eq!(field_id("email"), "f-email");
        assert_eq!(field_id("addr[postcode]"), "f-addr-postcode");
        assert_eq!(field_id("f.status"), "f-f-status");
        assert_eq!(field_id("lines[0][qty]"), "f-lines-0-qty");
    }

    #[test]
    fn the_counter_shows_from_eighty_per_cent() {
        assert!(!counter_shows(79, 100));
        assert!(counter_shows(80, 100));
        assert!(counter_shows(120, 100));
    }
}
