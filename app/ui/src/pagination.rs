//! Moving through a long list.

use leptos::prelude::*;

use crate::field::given;
use crate::icons::{self, Icon};

/// The pages to offer on page `page` of `last`: the first, the last, and the
/// neighbours of the current one; `None` stands for a gap. A gap of one page is
/// shown as that page.
pub fn page_window(page: u32, last: u32) -> Vec<Option<u32>> {
    let last = last.max(1);
    let page = page.clamp(1, last);
    let mut pages: Vec<u32> = [1, last]
        .into_iter()
        .chain(page.saturating_sub(1).max(1)..=page.saturating_add(1).min(last))
        .collect();
    pages.sort_unstable();
    pages.dedup();
    let mut window = Vec::with_capacity(pages.len() + 2);
    let mut before: Option<u32> = None;
    for page in pages {
        match before.map(|before| page - before) {
            Some(2) => window.push(Some(page - 1)),
            Some(gap) if gap > 2 => window.push(None),
            _ => {}
        }
        window.push(Some(page));
        before = Some(page);
    }
    window
}

const STEP: &str = "inline-flex items-center gap-1.5 min-h-(--ctl-sm) min-w-(--ctl-sm) justify-center px-3 rounded-md text-sm font-semibold hover:bg-hover";
const STEP_OFF: &str = "inline-flex items-center gap-1.5 min-h-(--ctl-sm) min-w-(--ctl-sm) justify-center px-3 rounded-md text-sm text-muted bg-sunken cursor-not-allowed select-none";

/// A step to the page before or after; where there is none it keeps its place, is no link and
/// says so.
fn step(href: Option<String>, rel: &'static str, content: AnyView) -> AnyView {
    match href {
        Some(href) => view! {
            <a href=href rel=rel class=STEP>
                {content}
            </a>
        }
        .into_any(),
        None => view! {
            <span role="link" aria-disabled="true" class=STEP_OFF>
                {content}
            </span>
        }
        .into_any(),
    }
}

/// The step to the page before. `label` is its class: numbered pages have no room for the word
/// on a narrow screen.
fn back(href: Option<String>, label: &'static str) -> AnyView {
    let content = view! {
        <Icon glyph=icons::PREVIOUS small=true flip=true/>
        <span class=label>"Previous"</span>
    };
    step(href, "prev", content.into_any())
}

/// The step to the page after.
fn on(href: Option<String>, label: &'static str) -> AnyView {
    let content = view! {
        <span class=label>"Next"</span>
        <Icon glyph=icons::NEXT small=true flip=true/>
    };
    step(href, "next", content.into_any())
}

/// Numbered pages, for the storefront.
#[component]
pub fn Pages(
    /// The page now, from 1.
    page: u32,
    /// The last page.
    last: u32,
    /// The address up to the number: `/en-gb/c/kitchen?sort=new&page=`.
    #[prop(into)]
    href_prefix: String,
    /// What the list holds, for readers: "Pages of Kitchen".
    #[prop(default = "Pages".to_string(), into)]
    label: String,
) -> impl IntoView {
    let page = page.clamp(1, last.max(1));
    (last > 1).then(|| {
        let to = |n: u32| format!("{href_prefix}{n}");
        view! {
            <nav aria-label=label class="flex flex-wrap items-center justify-center sm:gap-1">
                {back((page > 1).then(|| to(page - 1)), "max-sm:sr-only")}
                {page_window(page, last)
                    .into_iter()
                    .map(|step| match step {
                        Some(n) if n == page => {
                            view! {
                                <a
                                    href=to(n)
                                    aria-current="page"
                                    aria-label=format!("Page {n}")
                                    class="inline-flex items-center justify-center min-h-(--ctl-sm) min-w-(--ctl-sm) px-2 text-sm font-semibold tabular-nums border-b-2 border-brand"
                                >
                                    {n.to_string()}
                                </a>
                            }
                                .into_any()
                        }
                        Some(n) => {
                            view! {
                                <a
                                    href=to(n)
                                    aria-label=format!("Page {n}")
                                    class="inline-flex items-center justify-center min-h-(--ctl-sm) min-w-(--ctl-sm) px-2 rounded-md text-sm tabular-nums hover:bg-hover"
                                >
                                    {n.to_string()}
                                </a>
                            }
                                .into_any()
                        }
                        None => {
                            view! {
                                <span class="px-1 text-muted" aria-hidden="true">
                                    "…"
                                </span>
                            }
                                .into_any()
                        }
                    })
                    .collect_view()}
                {on((page < last).then(|| to(page + 1)), "max-sm:sr-only")}
            </nav>
        }.into_any()
    })
}

/// Previous and next by cursor, for staff lists; on a list of one page only how long it is.
#[component]
pub fn CursorPages(
    /// Where in the list one is: "1–50 of 12,408".
    #[prop(into)]
    summary: String,
    /// The page before; empty on the first.
    #[prop(optional, into)]
    prev_href: String,
    /// The page after; empty on the last.
    #[prop(optional, into)]
    next_href: String,
    /// What the list holds, for readers.
    #[prop(default = "Pages".to_string(), into)]
    label: String,
) -> impl IntoView {
    // A list of one page has nowhere to go.
    let steps = (!prev_href.is_empty() || !next_href.is_empty()).then(|| {
        view! {
            <div class="flex items-center gap-1">{back(given(prev_href), "")} {on(given(next_href), "")}</div>
        }
    });
    let summary = view! { <p class="text-sm text-muted tabular-nums">{summary}</p> };
    match steps {
        Some(steps) => view! {
            <nav aria-label=label class="flex items-center justify-between gap-4 min-h-11">{summary} {steps}</nav>
        }
        .into_any(),
        None => view! { <div class="flex items-center min-h-11">{summary}</div> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: u32, last: u32) -> String {
        page_window(page, last)
            .into_iter()
            .map(|n| n.map_or("…".to_string(), |n| n.to_string()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn few_pages_are_all_shown() {
        assert_eq!(shown(1, 1), "1");
        assert_eq!(shown(2, 3), "1 2 3");
        assert_eq!(shown(3, 5), "1 2 3 4 5");
    }

    #[test]
    fn many_pages_have_gaps_but_never_of_one_page() {
        assert_eq!(shown(1, 10), "1 2 … 10");
        assert_eq!(shown(4, 10), "1 2 3 4 5 … 10");
        assert_eq!(shown(5, 10), "1 … 4 5 6 … 10");
        assert_eq!(shown(10, 10), "1 … 9 10");
    }

    #[test]
    fn a_page_out_of_range_is_brought_in() {
        assert_eq!(shown(0, 4), "1 2 3 4");
        assert_eq!(shown(99, 2), "1 2");
        assert_eq!(shown(u32::MAX, u32::MAX).split(' ').count(), 4);
    }
}
