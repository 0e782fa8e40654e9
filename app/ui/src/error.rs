//! The one error type of every page and every server function.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use stoa_types::{FieldError, Problem};

use crate::text;

/// What a page or a server function failed with (boxed: it is rare and large): the same problem document the REST
/// interface answers, so that a page shows exactly what an integration would read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageError(pub Box<Problem>);

impl PageError {
    /// An error of this status, with a stable code and what to do about it.
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem {
            kind: "about:blank".to_owned(),
            title: title(status).to_owned(),
            status,
            code: code.to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            facts: None,
            request_id: None,
        }))
    }

    /// 422 with every field that was wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut error = Self::new(422, "request.invalid", text::failure::check_answers(errors.len() as i64));
        error.0.errors = errors;
        error
    }

    /// 422 for a single field. `field` is the form field's name, nested ones as `addr/postcode`.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError {
            field: field.to_owned(),
            code: code.to_owned(),
            message: message.into(),
        }])
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(404, "request.not_found", text::failure::not_found_body())
    }

    /// 401: nobody is signed in, or the session is over.
    pub fn signed_out() -> Self {
        Self::new(401, "auth.signed_out", text::failure::signed_out_body())
    }

    /// 403: signed in, but not allowed here.
    pub fn forbidden() -> Self {
        Self::new(403, "auth.forbidden", text::failure::forbidden_body())
    }

    /// 500. `code` says which part failed; nothing about the inside reaches the page.
    pub fn internal(code: &str) -> Self {
        Self::new(500, code, text::failure::internal_body())
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for PageError {}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

#[cfg(feature = "ssr")]
impl From<stoa_kernel::Error> for PageError {
    fn from(error: stoa_kernel::Error) -> Self {
        error.problem(crate::server::request_id()).into()
    }
}

impl FromServerFnError for PageError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // The browser could not reach us: keep what was typed, say that nothing is known.
            ServerFnErrorErr::Request(_) => {
                Self::new(503, "request.unreachable", text::failure::unreachable_body())
            }
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Serialization(_) => {
                Self::new(400, "request.malformed", text::failure::malformed_body())
            }
            ServerFnErrorErr::Deserialization(_) => Self::internal("request.unreadable_answer"),
            _ => Self::internal("request.failed"),
        }
    }
}

/// The reason phrase of the statuses pages answer with.
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
