//! What a page loads from the server, and how it is shown.
//!
//! In the browser an answer stays the text it came as until it is drawn. So the machinery of
//! asking, waiting and asking again exists once in the bundle whatever is asked for, and a page
//! adds how its question is written and its answer is read.

use std::{convert::Infallible, fmt, marker::PhantomData, str::FromStr, sync::Arc};

use leptos::{
    prelude::*,
    server::codee::string::FromToStringCodec,
    server_fn::{
        Bytes, ServerFn,
        codec::{IntoReq, PostUrl},
        request::ClientReq,
    },
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{PageError, page::failure};

/// What a page loads: the answer of a server function, asked for again whenever the question
/// changes.
pub struct Loaded<T> {
    answer: Resource<Answer, FromToStringCodec>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Loaded<T> {}

/// Loads the answer of a server function: `call` makes the function's struct from what `source`
/// reads, and runs again when any of that changes.
///
/// ```ignore
/// let order = resource(move || params.with(|params| params.get("id")).unwrap_or_default(), |id| LoadOrder { id });
/// load(order, |order| view! { <Record order=order/> })
/// ```
pub fn resource<S, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    call: impl Fn(S) -> F + Send + Sync + 'static,
) -> Loaded<F::Output>
where
    F: ServerFn<Error = PageError> + IntoReq<PostUrl, Question, PageError> + 'static,
    F::Output: Serialize + DeserializeOwned,
{
    #[cfg(feature = "ssr")]
    let answer = Resource::new_str(String::new, move |_| {
        let answer = untrack(|| call(source())).run_body();
        async move { Answer::of(answer.await.and_then(|found| text_of(&found))) }
    });
    #[cfg(not(feature = "ssr"))]
    let answer = asked(F::PATH, Box::new(move || Question::of(call(source()))));
    Loaded { answer, of: PhantomData }
}

/// Not generic, so that the browser's bundle holds it once. The same question is not asked twice.
#[cfg(not(feature = "ssr"))]
fn asked(
    path: &'static str,
    question: Box<dyn Fn() -> String + Send + Sync>,
) -> Resource<Answer, FromToStringCodec> {
    Resource::new_str(question, move |body| async move { Answer::of(crate::form::send(path, body).await) })
}

/// Shows what `resource` loads, or why it could not be loaded. While newer data is on its
/// way the old stays; the first HTML always holds the loaded content.
pub fn load<T, V>(resource: Loaded<T>, view: impl Fn(T) -> V + Send + Sync + 'static) -> AnyView
where
    T: DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    load_or(resource, move |outcome| match outcome {
        Ok(found) => view(found).into_any(),
        Err(error) => failure(error),
    })
}

/// Like [`load`], for places that show something of their own when loading failed.
pub fn load_or<T>(
    resource: Loaded<T>,
    view: impl Fn(Result<T, PageError>) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    T: DeserializeOwned + 'static,
{
    shown(resource.answer, Arc::new(move |answer| view(answer.read())))
}

/// The part of loading that does not depend on what is loaded.
fn shown(
    answer: Resource<Answer, FromToStringCodec>,
    view: Arc<dyn Fn(Answer) -> AnyView + Send + Sync>,
) -> AnyView {
    let content = move || {
        let view = Arc::clone(&view);
        Suspend::new(async move { view(answer.await) })
    };
    view! { <Transition>{content}</Transition> }.into_any()
}

/// What a server function answered, as JSON: after a `+` its value, after a `-` its problem.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer(Arc<str>);

impl Answer {
    fn of(outcome: Result<String, PageError>) -> Self {
        match outcome {
            Ok(value) => Self(["+", &value].concat().into()),
            Err(error) => Self(["-", &text_of(&error).unwrap_or_default()].concat().into()),
        }
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, PageError> {
        let read = match self.0.strip_prefix('+') {
            Some(value) => serde_json::from_str(value).ok(),
            None => return Err(self.problem()),
        };
        read.ok_or_else(|| PageError::internal("request.unreadable_answer"))
    }

    fn problem(&self) -> PageError {
        self.0
            .strip_prefix('-')
            .and_then(|problem| serde_json::from_str(problem).ok())
            .unwrap_or_else(|| PageError::internal("request.failed"))
    }
}

/// A value as JSON.
fn text_of(value: &impl Serialize) -> Result<String, PageError> {
    serde_json::to_string(value).map_err(|_| PageError::internal("request.unwritable_answer"))
}

// How an answer made while the page was rendered travels to the browser.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Answer {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.into()))
    }
}

/// The body of a call to a server function: a request that is written and not sent.
pub struct Question(String);

impl Question {
    /// The form that calls the function. A question that cannot be written is asked empty, and
    /// the server says what it lacks.
    #[cfg_attr(feature = "ssr", allow(dead_code, reason = "the browser asks"))]
    fn of<F: ServerFn + IntoReq<PostUrl, Self, PageError>>(call: F) -> String {
        call.into_req(F::PATH, "application/json").map(|question| question.0).unwrap_or_default()
    }
}

/// Server functions are called by forms; no other request can be a question.
fn no_form<T>() -> Result<T, PageError> {
    Err(PageError::internal("request.no_form"))
}

impl ClientReq<PageError> for Question {
    type FormData = ();

    fn try_new_req_text(_: &str, _: &str, _: &str, body: String, _: http::Method) -> Result<Self, PageError> {
        Ok(Self(body))
    }

    fn try_new_req_query(_: &str, _: &str, _: &str, _: &str, _: http::Method) -> Result<Self, PageError> {
        no_form()
    }

    fn try_new_req_bytes(_: &str, _: &str, _: &str, _: Bytes, _: http::Method) -> Result<Self, PageError> {
        no_form()
    }

    fn try_new_req_form_data(_: &str, _: &str, _: &str, (): (), _: http::Method) -> Result<Self, PageError> {
        no_form()
    }

    fn try_new_req_multipart(_: &str, _: &str, (): (), _: http::Method) -> Result<Self, PageError> {
        no_form()
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl futures::Stream<Item = Bytes> + Send + 'static,
        _: http::Method,
    ) -> Result<Self, PageError> {
        no_form()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// A server function's struct as far as writing a question goes.
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Order {
        id: String,
        lines: Vec<u32>,
    }

    #[test]
    fn an_answer_arrives_as_it_was_given() {
        let order = Order { id: "</script>\"é".to_owned(), lines: vec![1, 2] };
        let sent = Answer::of(text_of(&order)).to_string();
        let arrived: Answer = sent.parse().expect("every text is an answer");
        assert_eq!(arrived.read::<Order>(), Ok(order));
    }

    #[test]
    fn a_problem_arrives_whole_and_rubbish_is_a_failure() {
        let problem = PageError::field("addr/postcode", "carts.postcode_invalid", "Check the postcode");
        let sent = Answer::of(Err(problem.clone())).to_string();
        let arrived: Answer = sent.parse().expect("every text is an answer");
        assert_eq!(arrived.read::<Order>(), Err(problem));
        for text in ["", "x", "+{}", "-"] {
            let rubbish: Answer = text.parse().expect("every text is an answer");
            assert_eq!(rubbish.read::<Order>().map_err(|error| error.status()), Err(500), "{text}");
        }
    }

    #[test]
    fn a_question_is_the_form_a_browser_would_send() {
        let order = Order { id: "ord 1&2".to_owned(), lines: vec![7] };
        let question: Result<Question, PageError> =
            IntoReq::<PostUrl, Question, PageError>::into_req(order, "/api/x", "application/json");
        assert_eq!(question.map(|question| question.0), Ok("id=ord+1%262&lines[0]=7".to_owned()));
    }
}
