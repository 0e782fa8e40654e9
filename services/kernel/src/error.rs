//! Errors with stable codes, turned into problem documents in one place.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use sea_orm::DbErr;
use stoa_types::{FieldError, MoneyError, Problem};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of refusal a code is; decides the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    BadRequest,
    Unauthenticated,
    PaymentRequired,
    Forbidden,
    NotFound,
    WrongMethod,
    TimedOut,
    Conflict,
    Gone,
    Stale,
    TooLarge,
    UnsupportedType,
    Invalid,
    PreconditionRequired,
    TooMany,
    Internal,
    BadGateway,
    Unavailable,
}

impl ErrorKind {
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Gone => StatusCode::GONE,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadGateway => StatusCode::BAD_GATEWAY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A stable error code, `<service>.<name>`, a constant of its service.
///
/// `pub const SKU_TAKEN: Code = Code::new("products.sku_taken", ErrorKind::Conflict);`
/// and `return Err(SKU_TAKEN.error("Another product uses this SKU."))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    pub kind: ErrorKind,
}

impl Code {
    pub const fn new(name: &'static str, kind: ErrorKind) -> Self {
        Self { name, kind }
    }

    /// The error with this code; `detail` says what happened and what to do.
    pub fn error(self, detail: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            code: self,
            detail: detail.into(),
            fields: Vec::new(),
            facts: BTreeMap::new(),
            source: None,
        }))
    }
}

/// Codes that belong to no service.
pub mod codes {
    use super::{Code, ErrorKind};

    pub const MALFORMED: Code = Code::new("kernel.malformed", ErrorKind::BadRequest);
    pub const UNKNOWN_PARAMETER: Code = Code::new("kernel.unknown_parameter", ErrorKind::BadRequest);
    pub const BAD_CURSOR: Code = Code::new("kernel.bad_cursor", ErrorKind::BadRequest);
    pub const KEY_MISSING: Code = Code::new("kernel.idempotency_key_missing", ErrorKind::BadRequest);
    pub const SIGN_IN: Code = Code::new("kernel.sign_in_required", ErrorKind::Unauthenticated);
    pub const FORBIDDEN: Code = Code::new("kernel.forbidden", ErrorKind::Forbidden);
    pub const NOT_FOUND: Code = Code::new("kernel.not_found", ErrorKind::NotFound);
    pub const WRONG_METHOD: Code = Code::new("kernel.method_not_allowed", ErrorKind::WrongMethod);
    pub const TIMED_OUT: Code = Code::new("kernel.timed_out", ErrorKind::TimedOut);
    pub const CONFLICT: Code = Code::new("kernel.conflict", ErrorKind::Conflict);
    pub const KEY_RUNNING: Code = Code::new("kernel.idempotency_key_running", ErrorKind::Conflict);
    pub const STALE: Code = Code::new("kernel.stale_version", ErrorKind::Stale);
    pub const TOO_LARGE: Code = Code::new("kernel.too_large", ErrorKind::TooLarge);
    pub const UNSUPPORTED_TYPE: Code = Code::new("kernel.unsupported_type", ErrorKind::UnsupportedType);
    pub const INVALID: Code = Code::new("kernel.invalid", ErrorKind::Invalid);
    pub const KEY_REUSED: Code = Code::new("kernel.idempotency_key_reused", ErrorKind::Invalid);
    pub const IF_MATCH_MISSING: Code = Code::new("kernel.if_match_missing", ErrorKind::PreconditionRequired);
    pub const TOO_MANY: Code = Code::new("kernel.too_many_requests", ErrorKind::TooMany);
    pub const INTERNAL: Code = Code::new("kernel.internal", ErrorKind::Internal);
    pub const UNAVAILABLE: Code = Code::new("kernel.unavailable", ErrorKind::Unavailable);
    pub const BUSY: Code = Code::new("kernel.busy", ErrorKind::Unavailable);

    pub const ALL: &[Code] = &[
        MALFORMED,
        UNKNOWN_PARAMETER,
        BAD_CURSOR,
        KEY_MISSING,
        SIGN_IN,
        FORBIDDEN,
        NOT_FOUND,
        WRONG_METHOD,
        TIMED_OUT,
        CONFLICT,
        KEY_RUNNING,
        STALE,
        TOO_LARGE,
        UNSUPPORTED_TYPE,
        INVALID,
        KEY_REUSED,
        IF_MATCH_MISSING,
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
        BUSY,
    ];
}

/// A refusal or a failure of any use case.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    detail: String,
    fields: Vec<FieldError>,
    facts: BTreeMap<String, String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of ours: logged with its cause, shown without it.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut error = codes::INTERNAL.error("Something went wrong on our side. Try again in a moment.");
        error.0.source = Some(source.into());
        error
    }

    /// `what` as in "order"; the caller may not learn whether it exists.
    pub fn not_found(what: &str) -> Self {
        codes::NOT_FOUND.error(format!("There is no such {what}."))
    }

    /// The version sent is not the current one.
    pub fn stale(current: i64) -> Self {
        codes::STALE
            .error("Somebody changed this in the meantime. Load it again and repeat your change.")
            .fact("current_version", current)
    }

    /// The errors of several fields in one answer.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let detail = match fields.len() {
            1 => fields[0].message.clone(),
            count => format!("Check {count} answers."),
        };
        let mut error = codes::INVALID.error(detail);
        error.0.fields = fields;
        error
    }

    /// A state machine refused: 409 with what is allowed from here.
    pub fn transition(code: Code, from: &str, to: &str, allowed: &[&str]) -> Self {
        let list = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        code.error(format!("This can't go from {from} to {to}. Allowed from here: {list}."))
            .fact("from", from)
            .fact("allowed", allowed.join(","))
    }

    /// Adds a fact that belongs to the code, such as `available`.
    pub fn fact(mut self, name: &str, value: impl ToString) -> Self {
        self.0.facts.insert(name.to_owned(), value.to_string());
        self
    }

    /// Ties the error to a field.
    pub fn field(mut self, field: &str) -> Self {
        let error = FieldError {
            field: field.to_owned(),
            code: self.0.code.name.to_owned(),
            message: self.0.detail.clone(),
        };
        self.0.fields.push(error);
        self
    }

    pub fn code(&self) -> &'static str {
        self.0.code.name
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind
    }

    pub fn is(&self, code: Code) -> bool {
        self.0.code == code
    }

    pub fn facts(&self) -> &BTreeMap<String, String> {
        &self.0.facts
    }

    /// The problem document (RFC 9457) for whoever asked. What it keeps to itself, the cause
    /// of a failure, goes into the log.
    pub fn problem(&self, request_id: Option<String>) -> Problem {
        if self.kind() == ErrorKind::Internal {
            tracing::error!(error = %self, request_id, "request failed");
        } else if self.0.source.is_some() {
            tracing::warn!(error = %self, request_id, "request put off");
        }
        let status = self.0.code.kind.status();
        Problem {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: self.0.code.name.to_owned(),
            detail: self.0.detail.clone(),
            errors: self.0.fields.clone(),
            facts: (!self.0.facts.is_empty()).then(|| self.0.facts.clone()),
            request_id,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code.name, self.0.detail)?;
        for field in &self.0.fields {
            write!(f, " [{}: {} {}]", field.field, field.code, field.message)?;
        }
        match &self.0.source {
            Some(source) => write!(f, " ({source})"),
            None => Ok(()),
        }
    }
}
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
impl std::error::Error for Error {}

/// 400 ([`codes::MALFORMED`]) for a value the database cannot hold, such as text with a NUL
/// character or a date before the calendar began. 503 with `Retry-After` where the same again may succeed: [`codes::BUSY`] when the
/// database let another transaction go first (nothing was changed), and
/// [`codes::UNAVAILABLE`] when it is out of reach.
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let mut refusal = if crate::db::gave_way(&error) {
            codes::BUSY
                .error("Too many changes at once. Nothing was changed. Send it again.")
                .fact("retry_after", 1)
        } else if crate::db::is_out_of_reach(&error) {
            codes::UNAVAILABLE
                .error("The database can't be reached right now. Try again in a moment.")
                .fact("retry_after", 5)
        } else if crate::db::is_impossible_value(&error) {
            codes::MALFORMED.error(
                "A value can't be used: text must be without control characters, and dates and numbers must be \
                 within what a calendar and a ledger hold.",
            )
        } else {
            return Self::internal(error);
        };
        refusal.0.source = Some(error.into());
        refusal
    }
}
impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::not_found("file"),
            other => Self::internal(other),
        }
    }
}
/// Sums of stored amounts do not overflow unless something is badly wrong;
/// amounts from outside are checked before they are added.
impl From<MoneyError> for Error {
    fn from(error: MoneyError) -> Self {
        codes::INVALID.error(format!("The amounts don't work: {error}."))
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let request_id = crate::http::request_id();
        let problem = self.problem(request_id);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (self.kind().status(), body).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(Ok(seconds)) = self.facts().get("retry_after").map(|text| HeaderValue::from_str(text)) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// Collects every field that is wrong, so that one answer names them all.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    pub fn add(&mut self, field: impl Into<String>, code: Code, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), code: code.name.to_owned(), message: message.into() });
    }

    /// Adds the error unless `ok`; says whether it was ok.
    pub fn check(&mut self, ok: bool, field: &str, code: Code, message: &str) -> bool {
        if !ok {
            self.add(field, code, message);
        }
        ok
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ok when nothing was wrong, otherwise one 422 with every field.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::invalid(self.0)) }
    }

    pub fn into_inner(self) -> Vec<FieldError> {
        self.0
    }
}
