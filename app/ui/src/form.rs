//! Forms that behave the same with and without WebAssembly: what was typed and what was
//! wrong survive a refusal, and a repeated submit has one effect.
//!
//! Without WebAssembly the browser posts the form to the server function's address;
//! [`crate::server::handle_server_function`] keeps a refused form in the session and sends
//! the browser back to the page with `?form=…`, where [`use_form`] finds it. With
//! WebAssembly the action holds the error and the inputs hold their values.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use stoa_types::Problem;

use crate::{
    PageError,
    error_summary::{ErrorSummary, Issue},
    page::{PageState, STEP_UP, TitleError},
    text,
};

/// The name of the hidden input that tells several forms of one server function apart.
pub const FORM_NAME: &str = "_form";

/// A refused form: what was sent, without secrets, and why it was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredForm {
    /// What `?form=` names it by.
    pub id: String,
    /// The server function's path.
    pub action: String,
    /// Which form of the page, when the function has several.
    pub name: String,
    /// Field names and values in the order sent.
    pub values: Vec<(String, String)>,
    pub problem: Problem,
    /// Unix seconds after which it counts for nothing.
    pub expires: i64,
}

/// The state of one form on the page.
#[derive(Clone, Copy)]
pub struct FormState {
    action: &'static str,
    name: StoredValue<String>,
    values: StoredValue<Vec<(String, String)>>,
    problem: RwSignal<Option<Problem>>,
    /// The answers to what was done since the page stands, as JSON: how many, and the last.
    done: RwSignal<(u32, String)>,
    pending: RwSignal<bool>,
}

/// The state of the page's only form of the server function `S`.
pub fn use_form<S: ServerFn<Error = PageError>>() -> FormState {
    use_form_named::<S>("")
}

/// The state of one of several forms of the same server function; `name` tells them apart,
/// such as the id of the row.
pub fn use_form_named<S: ServerFn<Error = PageError>>(name: impl Into<String>) -> FormState {
    form_state(S::PATH, name.into())
}

/// Not generic, so that the browser's bundle holds it once.
fn form_state(action: &'static str, name: String) -> FormState {
    let stored = stored_form(action, &name);
    FormState {
        action,
        name: StoredValue::new(name),
        // Whoever was sent to prove who they are comes back to what they typed, not to an error.
        problem: RwSignal::new(
            stored.as_ref().filter(|form| form.problem.code != STEP_UP).map(|form| form.problem.clone()),
        ),
        values: StoredValue::new(stored.map(|form| form.values).unwrap_or_default()),
        done: RwSignal::new((0, String::new())),
        pending: RwSignal::new(false),
    }
}

/// The refused form that `?form=` names, if it is this one.
fn stored_form(action: &str, name: &str) -> Option<StoredForm> {
    let asked = use_query_map().with_untracked(|query| query.get("form"))?;
    with_context::<PageState, _>(|state| state.form.clone())
        .flatten()
        .and_then(|form| serde_json::from_str::<StoredForm>(&form).ok())
        .filter(|form| form.id == asked && form.action == action && form.name == name)
}

/// `addr[postcode]`, `addr.postcode` and `addr/postcode` are the same field.
fn same_field(a: &str, b: &str) -> bool {
    fn parts(name: &str) -> impl Iterator<Item = &str> {
        name.split(['/', '[', ']', '.']).filter(|part| !part.is_empty())
    }
    parts(a).eq(parts(b))
}

/// `addr/postcode` as a form spells it: `addr[postcode]`.
fn form_name(field: &str) -> String {
    let mut parts = field.split('/').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| format!("{name}[{part}]"))
}

impl FormState {
    /// What was typed into `field` before the form was refused, else nothing.
    pub fn value(&self, field: &str) -> String {
        self.value_or(field, "")
    }

    /// What was typed into `field` before the form was refused, else `current`.
    pub fn value_or(&self, field: &str, current: impl Into<String>) -> String {
        self.values
            .with_value(|values| {
                values.iter().find(|(name, _)| same_field(name, field)).map(|(_, value)| value.clone())
            })
            .unwrap_or_else(|| current.into())
    }

    /// Every value sent for `field`, for lists of checkboxes.
    pub fn values(&self, field: &str) -> Vec<String> {
        self.values.with_value(|values| {
            values
                .iter()
                .filter(|(name, _)| same_field(name, field))
                .map(|(_, value)| value.clone())
                .collect()
        })
    }

    /// Whether the box or radio `field` with this `value` was ticked; `current` decides while
    /// nothing was sent.
    pub fn checked(&self, field: &str, value: &str, current: bool) -> bool {
        if self.was_sent() { self.values(field).iter().any(|sent| sent == value) } else { current }
    }

    /// Whether the page shows what was typed into a refused form.
    pub fn was_sent(&self) -> bool {
        self.values.with_value(|values| !values.is_empty())
    }

    /// The message below `field`.
    pub fn error(&self, field: &str) -> Signal<Option<String>> {
        let (problem, field) = (self.problem, field.to_owned());
        Signal::derive(move || {
            problem.with(|problem| {
                let errors = &problem.as_ref()?.errors;
                errors
                    .iter()
                    .find(|error| same_field(&error.field, &field))
                    .map(|error| error.message.clone())
            })
        })
    }

    /// `aria-invalid` of `field`.
    pub fn invalid(&self, field: &str) -> Signal<Option<&'static str>> {
        let error = self.error(field);
        Signal::derive(move || error.with(|error| error.is_some().then_some("true")))
    }

    /// Every answer to correct, under its form name, for components that show several fields.
    pub fn issues(&self) -> Signal<Vec<Issue>> {
        let problem = self.problem;
        Signal::derive(move || {
            problem.with(|problem| {
                let errors = problem.as_ref().map(|problem| problem.errors.as_slice()).unwrap_or_default();
                errors
                    .iter()
                    .map(|error| Issue::new(form_name(&error.field), error.message.clone()))
                    .collect()
            })
        })
    }

    /// Why the form was refused, if it was.
    pub fn problem(&self) -> Signal<Option<Problem>> {
        self.problem.into()
    }

    /// True while the form is on its way.
    pub fn pending(&self) -> Signal<bool> {
        self.pending.into()
    }

    /// How often the form was done while the page stands: read it in a resource's source to
    /// load again what the form changed.
    pub fn done(&self) -> Signal<u32> {
        let done = self.done;
        Signal::derive(move || done.with(|(times, _)| *times))
    }

    /// What the server function last answered while the page stands; nothing without
    /// WebAssembly, where an answered form is another page.
    pub fn output<T: DeserializeOwned>(&self) -> Option<T> {
        self.done.with(|(_, answer)| serde_json::from_str(answer).ok())
    }
}

/// The form of a server function: posts without WebAssembly, is sent in place with it, shows
/// the error summary on top and moves the focus there when it was refused.
#[component]
pub fn PageForm(
    /// Its state, from [`use_form`].
    form: FormState,
    /// Id of the form element, for buttons outside of it.
    #[prop(optional, into)]
    id: Option<String>,
    /// Classes of the form element.
    #[prop(optional, into)]
    class: String,
    /// The fields and buttons.
    children: Children,
) -> impl IntoView {
    let name = form.name.get_value();
    let problem = form.problem;
    let issues = form.issues();
    let message = Signal::derive(move || problem.with(|problem| whole_form_message(problem.as_ref()?)));
    let failed = use_context::<TitleError>();
    Effect::new(move |before: Option<()>| {
        let refused = problem.with(Option::is_some);
        // The first run follows the page's load: the title is right already.
        if let (Some(()), Some(failed)) = (before, failed) {
            failed.0.set(refused);
        }
    });
    view! {
        <form
            action=form.action
            method="post"
            novalidate=true
            id=id
            class=class
            on:submit=move |event| submit(&event, form)
        >
            {(!name.is_empty()).then(|| view! { <input type="hidden" name=FORM_NAME value=name.clone()/> }.into_any())}
            <ErrorSummary issues=issues message=message/>
            {children()}
        </form>
    }
}

/// Sends the form in place instead of letting the browser leave the page.
fn submit(event: &leptos::ev::SubmitEvent, form: FormState) {
    use leptos::{
        wasm_bindgen::JsCast,
        web_sys::{HtmlFormElement, UrlSearchParams},
    };
    if event.default_prevented() {
        return;
    }
    // A form we cannot read is sent by the browser itself.
    let Ok(data) = leptos::form::form_data_from_event(event) else { return };
    // A button without a name comes along as a nameless pair.
    data.delete("");
    let Ok(body) = UrlSearchParams::new_with_str_sequence_sequence(&data) else { return };
    let Some(body) = body.to_string().as_string() else { return };
    event.prevent_default();
    if form.pending.get_untracked() {
        return;
    }
    form.pending.set(true);
    let element = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    leptos::task::spawn_local(async move {
        let answer = send(form.action, body).await;
        // The page may have gone meanwhile, with all its signals.
        match answer {
            Ok(answer) => {
                form.problem.try_set(None);
                form.done.try_update(|done| *done = (done.0 + 1, answer));
            }
            // Sent once more by the browser itself: the server keeps what was typed and leads on.
            Err(error) if error.0.code == STEP_UP && element.as_ref().is_some_and(|e| e.submit().is_ok()) => {
                return;
            }
            Err(error) => {
                form.problem.try_set(Some(*error.0));
            }
        }
        form.pending.try_set(false);
    });
}

/// Posts a form to a server function and follows its redirect; the answer as JSON.
pub(crate) async fn send(action: &str, body: String) -> Result<String, PageError> {
    use leptos::server_fn::{
        client::{Client, browser::BrowserClient},
        redirect::call_redirect_hook,
        request::{ClientReq, browser::BrowserRequest},
        response::ClientRes,
    };
    let encoding = "application/x-www-form-urlencoded";
    let request =
        <BrowserRequest as ClientReq<PageError>>::try_new_post(action, encoding, "application/json", body)?;
    let response = <BrowserClient as Client<PageError>>::send(request).await?;
    let failed = ClientRes::<PageError>::status(&response) >= 400;
    let target =
        ClientRes::<PageError>::has_redirect(&response).then(|| ClientRes::<PageError>::location(&response));
    let answer: String = ClientRes::<PageError>::try_into_string(response).await?;
    if failed {
        return Err(serde_json::from_str(&answer).unwrap_or_else(|_| PageError::internal("request.failed")));
    }
    if let Some(target) = target {
        call_redirect_hook(&target);
    }
    Ok(answer)
}

/// The sentence about the whole form: everything that belongs to no field, with the id to
/// quote where the failure is ours.
pub(crate) fn whole_form_message(problem: &Problem) -> Option<String> {
    if problem.status >= 500 {
        let reference = problem.request_id.as_ref().map(|id| format!(" {}.", text::failure::reference(id)));
        return Some(format!("{}{}", problem.detail, reference.unwrap_or_default()));
    }
    problem.errors.is_empty().then(|| problem.detail.clone())
}

/// A hidden key that makes a repeated submit of the same form one effect. Stays the same
/// while the outcome is unknown, so that trying again is safe, and changes once the server
/// has refused, so that the corrected form is a new request.
#[component]
pub fn IdempotencyKey(
    /// The form it belongs to.
    form: FormState,
) -> impl IntoView {
    let key = RwSignal::new(SharedValue::new(new_key).into_inner());
    Effect::new(move |before: Option<()>| {
        let answered =
            form.problem.with(|problem| problem.as_ref().is_some_and(|problem| problem.status < 500));
        if before.is_some() && answered {
            key.set(new_key());
        }
    });
    view! { <input type="hidden" name="idempotency_key" prop:value=move || key.get() value=key.get_untracked()/> }
}

/// 128 random bits in hex.
fn new_key() -> String {
    #[cfg(feature = "ssr")]
    {
        crate::server::random_id()
    }
    #[cfg(not(feature = "ssr"))]
    {
        // Unique, not secret: it is only ever looked up together with its sender.
        (0..4)
            .map(|_| format!("{:08x}", (leptos::web_sys::js_sys::Math::random() * 4_294_967_296.0) as u32))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_a_nested_field_are_one() {
        assert!(same_field("addr[postcode]", "addr/postcode"));
        assert!(same_field("lines[0][qty]", "lines/0/qty"));
        assert!(same_field("email", "email"));
        assert!(!same_field("addr[postcode]", "postcode"));
        assert!(!same_field("addr", "addr/postcode"));
        assert_eq!(form_name("lines/0/qty"), "lines[0][qty]");
        assert_eq!(form_name("email"), "email");
    }
}
