//! The colonnade: how far one has come.

use leptos::prelude::*;

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub label: String,
    /// Where a done step can be looked at again; empty for nowhere.
    pub href: String,
}

impl Step {
    /// A step with an address to return to.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// The sentence of a stepper at step `now` (from 1).
pub fn step_sentence(labels: &[String], now: usize) -> String {
    let now = now.clamp(1, labels.len().max(1));
    let here = labels.get(now - 1).map(String::as_str).unwrap_or_default();
    match labels.get(now) {
        Some(next) => format!("Step {now} of {}: {here}. Next: {next}", labels.len()),
        None => format!("Step {now} of {}: {here}", labels.len()),
    }
}

/// A roof over one column for each step, with the sentence beside it.
#[component]
pub fn Stepper(
    /// The steps.
    steps: Vec<Step>,
    /// The step now, from 1.
    now: usize,
) -> impl IntoView {
    let labels: Vec<String> = steps.iter().map(|step| step.label.clone()).collect();
    let count = steps.len();
    let now = now.clamp(1, count.max(1));
    // Columns 5 wide, 6 apart, under a roof that stands out by 2 at each end.
    let width = (count * 11).saturating_sub(6) + 4;
    let columns = (0..count)
        .map(|place| {
            let class = match (place + 1).cmp(&now) {
                std::cmp::Ordering::Less => "fill-ink",
                std::cmp::Ordering::Equal => "fill-brand",
                std::cmp::Ordering::Greater => "fill-line-strong",
            };
            view! { <rect x=(2 + place * 11).to_string() y="6" width="5" height="22" class=class/> }
                .into_any()
        })
        .collect_view();
    view! {
        <div class="flex items-end gap-4">
            <svg
                width=width.to_string()
                height="28"
                viewBox=format!("0 0 {width} 28")
                aria-hidden="true"
                class="shrink-0"
            >
                <rect x="0" y="0" width=width.to_string() height="3" class="fill-brand"/>
                {columns}
            </svg>
            <p class="text-sm">{step_sentence(&labels, now)}</p>
            <ol class="sr-only">
                {steps
                    .into_iter()
                    .enumerate()
                    .map(|(place, step)| {
                        let done = place + 1 < now;
                        let here = place + 1 == now;
                        view! {
                            <li aria-current=here.then_some("step")>
                                {if done && !step.href.is_empty() {
                                    view! { <a href=step.href>{step.label}", done"</a> }.into_any()
                                } else if done {
                                    view! { {step.label}", done" }.into_any()
                                } else {
                                    step.label.into_any()
                                }}
                            </li>
                        }.into_any()
                    })
                    .collect_view()}
            </ol>
        </div>
    }
}

/// A done step as one line: what was answered, and Change.
#[component]
pub fn SummaryRow(
    /// The question: "Contact".
    #[prop(into)]
    label: String,
    /// The answer.
    #[prop(into)]
    value: String,
    /// Where to change it; empty when it cannot be.
    #[prop(optional, into)]
    change_href: String,
) -> impl IntoView {
    view! {
        <div class="grid grid-cols-[1fr_auto] sm:grid-cols-[6rem_1fr_auto] items-baseline gap-x-4 py-3 border-b border-line">
            <span class="max-sm:col-span-2 text-sm text-muted">{label.clone()}</span>
            <span class="min-w-0 wrap-anywhere">{value}</span>
            {(!change_href.is_empty())
                .then(|| {
                    view! {
                        <a
                            href=change_href
                            class="text-sm underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2 rounded-xs"
                        >
                            "Change"
                            <span class="sr-only">{format!(" {label}")}</span>
                        </a>
                    }.into_any()
                })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_this_step_and_the_next() {
        let labels: Vec<String> = ["Your shop", "You", "Documents", "Get paid"].map(String::from).to_vec();
        assert_eq!(step_sentence(&labels, 3), "Step 3 of 4: Documents. Next: Get paid");
        assert_eq!(step_sentence(&labels, 4), "Step 4 of 4: Get paid");
        assert_eq!(step_sentence(&labels, 9), "Step 4 of 4: Get paid");
    }
}
