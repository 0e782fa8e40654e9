//! A strip of numbers.

use leptos::prelude::*;

use crate::field::given;

/// One number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// What is counted.
    pub label: String,
    /// The number, formatted.
    pub value: String,
    /// How it changed, in words: "Up 6.2% on last week". Empty for nothing.
    pub change: String,
    /// Where it is looked into; empty for nowhere.
    pub href: String,
}

impl Stat {
    /// A number with its name.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), ..Self::default() }
    }

    /// The same with its change in words.
    pub fn change(mut self, change: impl Into<String>) -> Self {
        self.change = change.into();
        self
    }

    /// The same with a page behind it.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

/// Up to four numbers side by side, split by hairlines.
#[component]
pub fn StatStrip(
    /// The numbers.
    stats: Vec<Stat>,
) -> impl IntoView {
    view! {
        <dl class="stat-strip">
            {stats
                .into_iter()
                .map(|stat| {
                    let value = match given(stat.href) {
                        Some(href) => {
                            view! {
                                <a href=href class="hover:underline underline-offset-4 rounded-xs">
                                    {stat.value}
                                </a>
                            }
                                .into_any()
                        }
                        None => stat.value.into_any(),
                    };
                    view! {
                        <div class="flex flex-col gap-0.5 min-w-0">
                            <dt class="text-sm text-muted">{stat.label}</dt>
                            <dd class="text-xl font-semibold tabular-nums">{value}</dd>
                            {(!stat.change.is_empty())
                                .then(|| view! { <dd class="text-sm text-muted">{stat.change}</dd> }.into_any())}
                        </div>
                    }.into_any()
                })
                .collect_view()}
        </dl>
    }
}
