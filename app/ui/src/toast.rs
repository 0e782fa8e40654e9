//! Toasts: what just happened, at the bottom of the page. Only where scripts
//! run; a plain form gets a [`crate::Flash`] instead.

use std::time::Duration;

use leptos::prelude::*;

use crate::banner::Tone;
use crate::button::IconButton;
use crate::icons::{self, Icon};

/// Toasts shown at once.
const MOST: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    number: u64,
    tone: Tone,
    text: String,
    link: Option<(String, String)>,
}

/// The toasts of the app, from context: `use_toasts().done("Saved jug")`.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: RwSignal<u64>,
    held: RwSignal<bool>,
}

/// Puts the toasts into context; once, at the root of the app.
pub fn provide_toasts() -> Toasts {
    let toasts =
        Toasts { shown: RwSignal::new(Vec::new()), next: RwSignal::new(1), held: RwSignal::new(false) };
    provide_context(toasts);
    toasts
}

/// The toasts of the app; without a provider they go nowhere.
pub fn use_toasts() -> Toasts {
    use_context::<Toasts>().unwrap_or_else(|| Toasts {
        shown: RwSignal::new(Vec::new()),
        next: RwSignal::new(1),
        held: RwSignal::new(false),
    })
}

impl Toasts {
    /// Something was done; leaves after 5 s.
    pub fn done(self, text: impl Into<String>) {
        self.push(Tone::Ok, text.into(), None, Some(Duration::from_secs(5)));
    }

    /// Something was done, with a link to see or undo it; leaves after 8 s.
    pub fn done_with(self, text: impl Into<String>, label: impl Into<String>, href: impl Into<String>) {
        let link = Some((label.into(), href.into()));
        self.push(Tone::Ok, text.into(), link, Some(Duration::from_secs(8)));
    }

    /// Something failed; stays until it is closed. Never the only place of an
    /// error.
    pub fn failed(self, text: impl Into<String>) {
        self.push(Tone::Bad, text.into(), None, None);
    }

    fn push(self, tone: Tone, text: String, link: Option<(String, String)>, stay: Option<Duration>) {
        let number = self.next.get_untracked();
        self.next.set(number + 1);
        self.shown.update(|shown| {
            shown.push(Toast { number, tone, text, link });
            let over = shown.len().saturating_sub(MOST);
            shown.drain(..over);
        });
        if let Some(stay) = stay {
            self.leave_after(number, stay);
        }
    }

    fn leave_after(self, number: u64, stay: Duration) {
        set_timeout(
            move || {
                // A toast that is read or holds the focus stays.
                if self.held.try_get_untracked().unwrap_or(false) {
                    self.leave_after(number, Duration::from_secs(1));
                } else {
                    self.close(number);
                }
            },
            stay,
        );
    }

    fn close(self, number: u64) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.number != number));
    }
}

/// Where the toasts appear; once, in the app's shell.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            use leptos::wasm_bindgen::JsCast;
            let first = root
                .get_untracked()
                .filter(|_| event.key() == "F6")
                .and_then(|root| root.query_selector("a, button").ok().flatten())
                .and_then(|first| first.dyn_into::<leptos::web_sys::HtmlElement>().ok());
            if let Some(first) = first {
                event.prevent_default();
                let _ = first.focus();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let part = move |bad: bool| {
        move || {
            toasts
                .shown
                .get()
                .into_iter()
                .filter(|toast| (toast.tone == Tone::Bad) == bad)
                .map(|toast| {
                    let number = toast.number;
                    view! {
                        <ToastItem
                            tone=toast.tone
                            text=toast.text
                            link=toast.link
                            on:click=move |event| {
                                if closes(&event) {
                                    toasts.close(number);
                                }
                            }
                        />
                    }
                    .into_any()
                })
                .collect_view()
        }
    };
    view! {
        <div
            node_ref=root
            class="fixed bottom-4 start-4 end-4 z-50 flex flex-col items-start gap-2 pointer-events-none"
            on:pointerenter=move |_| toasts.held.set(true)
            on:pointerleave=move |_| toasts.held.set(false)
            on:focusin=move |_| toasts.held.set(true)
            on:focusout=move |_| toasts.held.set(false)
        >
            <div role="status" class="contents">
                {part(false)}
            </div>
            <div role="alert" class="contents">
                {part(true)}
            </div>
        </div>
    }
}

/// Whether a click was on the toast's close button.
fn closes(event: &leptos::ev::MouseEvent) -> bool {
    use leptos::wasm_bindgen::JsCast;
    event
        .target()
        .and_then(|target| target.dyn_into::<leptos::web_sys::Element>().ok())
        .is_some_and(|element| matches!(element.closest("button"), Ok(Some(_))))
}

/// One toast as it looks; pages use [`Toasts`].
#[component]
pub(crate) fn ToastItem(tone: Tone, text: String, link: Option<(String, String)>) -> impl IntoView {
    let bad = tone == Tone::Bad;
    view! {
        <div class="toast pointer-events-auto flex items-center gap-3 min-h-12 max-w-[28rem] ps-4 pe-1.5 rounded-md bg-ink text-on-ink shadow-2">
            <Icon glyph=if bad { icons::PROBLEM } else { icons::CHECK }/>
            <p class="flex-1 min-w-0 py-2 text-sm">{text}</p>
            {link
                .map(|(label, href)| {
                    view! {
                        <a href=href class="text-sm font-semibold underline underline-offset-4">
                            {label}
                        </a>
                    }.into_any()
                })}
            <span class="[&>button]:text-on-ink [&>button]:hover:bg-ink-hover">
                <IconButton label="Close" glyph=icons::CLOSE small=true/>
            </span>
        </div>
    }
}
