//! Code to read and copy.

use leptos::prelude::*;

use crate::field::given;
use crate::icons::{self, Icon};

/// A block of code with its name and, where scripts run, Copy.
#[component]
pub fn CodeBlock(
    /// What it is: "Request", "Response 201".
    #[prop(into)]
    label: String,
    /// The code.
    #[prop(into)]
    code: String,
    /// The language, for readers of the markup: "json". Empty for none.
    #[prop(optional, into)]
    language: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let text = StoredValue::new(code.clone());
    view! {
        <figure class="min-w-0 rounded-md border border-line bg-sunken overflow-clip">
            <figcaption class="flex items-center justify-between min-h-10 ps-4 pe-2 border-b border-line text-sm">
                <span class="font-semibold">{label.clone()}</span>
                <button
                    type="button"
                    class="noscript:hidden inline-flex items-center gap-1.5 min-h-7 coarse:min-h-11 px-2 rounded-sm cursor-pointer hover:bg-hover"
                    on:click=move |_| {
                        if text.with_value(|text| copy(text)).is_none() {
                            return;
                        }
                        copied.set(true);
                        set_timeout(
                            move || {
                                copied.try_set(false);
                            },
                            std::time::Duration::from_secs(2),
                        );
                    }
                >
                    <Icon glyph=icons::COPY small=true/>
                    <span role="status">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
                </button>
            </figcaption>
            <pre
                tabindex="0"
                role="region"
                aria-label=label
                dir="ltr"
                class="overflow-x-auto p-4 text-sm font-mono focus-visible:-outline-offset-2"
            >
                <code data-language=given(language)>{code}</code>
            </pre>
        </figure>
    }
}

/// Puts a text on the clipboard; `None` where the browser has none to offer
/// (it offers it on secure pages only).
fn copy(text: &str) -> Option<()> {
    use leptos::wasm_bindgen::{JsCast, JsValue};
    use leptos::web_sys::js_sys::{Function, Reflect};
    let get = |of: &JsValue, name: &str| {
        Reflect::get(of, &JsValue::from_str(name)).ok().filter(|value| !value.is_undefined())
    };
    let clipboard = get(&get(&window(), "navigator")?, "clipboard")?;
    let write = get(&clipboard, "writeText")?.dyn_into::<Function>().ok()?;
    write.call1(&clipboard, &JsValue::from_str(text)).ok()?;
    Some(())
}

/// A short piece of code within text, always left to right.
#[component]
pub fn Code(
    /// The code.
    children: Children,
) -> impl IntoView {
    view! {
        <code dir="ltr" class="font-mono text-[.93em] px-1 rounded-xs bg-sunken wrap-anywhere">
            {children()}
        </code>
    }
}
