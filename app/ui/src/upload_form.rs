//! A form that brings files along.

use leptos::prelude::*;

use crate::{
    error_summary::ErrorSummary,
    form::{FormState, whole_form_message},
};

/// A multipart form, which the browser sends itself with and without WebAssembly. The
/// address stores the files and hands the rest on to the server function of `form`, so that
/// what was typed and what was wrong come back as in a [`PageForm`](crate::PageForm).
#[component]
pub fn UploadForm(
    /// The state of the server function's form, from [`use_form`](crate::use_form).
    form: FormState,
    /// Where it is sent.
    #[prop(into)]
    action: String,
    /// Classes of the form element.
    #[prop(optional, into)]
    class: String,
    /// The fields and buttons.
    children: Children,
) -> impl IntoView {
    let problem = form.problem();
    let message = Signal::derive(move || problem.with(|problem| whole_form_message(problem.as_ref()?)));
    view! {
        <form action=action method="post" enctype="multipart/form-data" novalidate=true class=class>
            <ErrorSummary issues=form.issues() message=message/>
            {children()}
        </form>
    }
}
