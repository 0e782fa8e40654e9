//! Tabs that are links: each has an address.

use leptos::prelude::*;

/// One tab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TabItem {
    /// Its words.
    pub label: String,
    /// Its page.
    pub href: String,
    /// The page shown now.
    pub current: bool,
    /// How many it holds, formatted; empty for none.
    pub count: String,
}

impl TabItem {
    /// A tab.
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), current, count: String::new() }
    }

    /// The same with a count.
    pub fn count(mut self, count: impl Into<String>) -> Self {
        self.count = count.into();
        self
    }
}

/// A row of tabs, as navigation.
#[component]
pub fn Tabs(
    /// What they switch, for readers: "Order views".
    #[prop(into)]
    label: String,
    /// The tabs.
    items: Vec<TabItem>,
) -> impl IntoView {
    view! {
        <nav aria-label=label class="tab-fade border-b border-line overflow-x-auto">
            <ul class="flex gap-5 w-max min-w-full">
                {items
                    .into_iter()
                    .map(|item| {
                        view! {
                            <li>
                                <a
                                    href=item.href
                                    aria-current=item.current.then_some("page")
                                    class="inline-flex items-center gap-1.5 min-h-10 coarse:min-h-11 border-b-2 border-transparent text-sm text-muted whitespace-nowrap hover:text-fg aria-[current=page]:border-brand aria-[current=page]:text-fg aria-[current=page]:font-semibold focus-visible:-outline-offset-2"
                                >
                                    {item.label}
                                    {(!item.count.is_empty())
                                        .then(|| {
                                            view! {
                                                <span class="font-normal text-muted tabular-nums">{item.count}</span>
                                            }.into_any()
                                        })}
                                </a>
                            </li>
                        }.into_any()
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}
