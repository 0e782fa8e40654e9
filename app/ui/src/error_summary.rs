//! What went wrong with a form, on top of it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_types::Problem;

use crate::field::field_id;

/// One answer to correct: the field's form name and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The form name of the field; empty when the whole form is meant.
    pub name: String,
    /// What to do, with an example. The same text stands under the field.
    pub message: String,
}

impl Issue {
    /// An issue of the field called `name`.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into() }
    }
}

/// The message for the field called `name`, if there is one. `addr[city]` and
/// `addr/city` are the same field.
pub fn issue_of(issues: &[Issue], name: &str) -> Option<String> {
    issues.iter().find(|issue| field_id(&issue.name) == field_id(name)).map(|issue| issue.message.clone())
}

/// The issues of a refused form, for components with several fields.
pub fn issues_of(problem: Signal<Option<Problem>>) -> Signal<Vec<Issue>> {
    Signal::derive(move || {
        problem.with(|problem| {
            problem
                .iter()
                .flat_map(|problem| &problem.errors)
                .map(|error| Issue::new(error.field.clone(), error.message.clone()))
                .collect()
        })
    })
}

/// The heading over a list of issues.
pub fn summary_heading(issues: usize) -> String {
    match issues {
        0 => "This didn't work".to_string(),
        1 => "Check 1 answer".to_string(),
        n => format!("Check {n} answers"),
    }
}

/// The list of answers to correct; nothing while there is none. Takes the focus
/// when it appears, with and without JavaScript; its links lead to the fields.
/// The page adds "Error: " to its title.
#[component]
pub fn ErrorSummary(
    /// The answers to correct, in the order of the page.
    #[prop(optional, into)]
    issues: Signal<Vec<Issue>>,
    /// A sentence about the whole form, such as a declined card.
    #[prop(optional, into)]
    message: MaybeProp<String>,
) -> impl IntoView {
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        let wrong = !issues.get().is_empty() || message.get().is_some();
        if let (true, Some(root)) = (wrong, root.get()) {
            let _ = root.focus();
        }
    });
    move || {
        let issues = issues.get();
        let message = message.get();
        let fields = issues.iter().filter(|issue| !issue.name.is_empty()).count();
        (!issues.is_empty() || message.is_some()).then(|| {
            view! {
                <div
                    node_ref=root
                    role="alert"
                    tabindex="-1"
                    autofocus=true
                    class="error-summary rounded-md border-2 border-bad bg-surface p-4 flex flex-col gap-2 scroll-my-24"
                >
                    <h2 class="font-semibold text-bad-fg">{summary_heading(fields)}</h2>
                    {message.map(|text| view! { <p>{text}</p> }.into_any())}
                    {(!issues.is_empty())
                        .then(|| {
                            view! {
                                <ul class="flex flex-col gap-1">
                                    {issues
                                        .into_iter()
                                        .map(|issue| {
                                            if issue.name.is_empty() {
                                                view! { <li>{issue.message}</li> }.into_any()
                                            } else {
                                                let target = field_id(&issue.name);
                                                view! {
                                                    <li>
                                                        <a
                                                            href=format!("#{target}")
                                                            class="inline-block min-h-6 text-fg underline decoration-bad decoration-[1.5px] underline-offset-4 hover:decoration-2"
                                                            on:click=move |event| {
                                                                if focus_field(&target) {
                                                                    event.prevent_default();
                                                                }
                                                            }
                                                        >
                                                            {issue.message}
                                                        </a>
                                                    </li>
                                                }
                                                    .into_any()
                                            }
                                        })
                                        .collect_view()}
                                </ul>
                            }.into_any()
                        })}
                </div>
            }.into_any()
        })
    }
}

/// Moves the focus to the element with this id; false when there is none.
fn focus_field(id: &str) -> bool {
    use leptos::wasm_bindgen::JsCast;
    document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<leptos::web_sys::HtmlElement>().ok())
        .is_some_and(|element| element.focus().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heading_counts_answers() {
        assert_eq!(summary_heading(1), "Check 1 answer");
        assert_eq!(summary_heading(2), "Check 2 answers");
        assert_eq!(summary_heading(0), "This didn't work");
    }

    #[test]
    fn the_first_issue_of_a_field_counts() {
        let issues = [
            Issue::new("email", "Enter an email address, like name@example.com"),
            Issue::new("email", "second"),
        ];
        assert_eq!(
            issue_of(&issues, "email").as_deref(),
            Some("Enter an email address, like name@example.com")
        );
        assert_eq!(issue_of(&issues, "name"), None);
    }

    #[test]
    fn both_spellings_of_a_nested_field_are_one() {
        let issues = [Issue::new("addr/postcode", "Enter a postcode for Greece, like 104 31")];
        assert!(issue_of(&issues, "addr[postcode]").is_some());
        assert!(issue_of(&issues, "addr[city]").is_none());
    }
}
