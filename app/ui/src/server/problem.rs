//! Answers of the middleware itself, which must not depend on a page that can be rendered.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use stoa_types::Problem;

use super::{bundle::bundle, context::accepts_html};
use crate::{PageError, text};

/// The problem as a page for people and as `application/problem+json` for programs.
pub fn problem_response(error: PageError, headers: &HeaderMap) -> Response {
    let mut problem = *error.0;
    problem.request_id = problem.request_id.or_else(stoa_kernel::http::request_id);
    let (kind, body) = if accepts_html(headers) {
        ("text/html; charset=utf-8", html(&problem))
    } else {
        ("application/problem+json", serde_json::to_string(&problem).unwrap_or_default())
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page of a request that failed on our side, with the id to quote.
pub fn error_page(request_id: Option<String>, headers: &HeaderMap) -> Response {
    let mut error = PageError::internal("request.failed");
    error.0.request_id = request_id;
    problem_response(error, headers)
}

fn html(problem: &Problem) -> String {
    let title = match problem.status {
        401 => text::failure::signed_out_title(),
        403 => text::failure::forbidden_title(),
        404 | 410 => text::failure::not_found_title(),
        _ => text::failure::internal_title(),
    };
    let reference = problem
        .request_id
        .as_ref()
        .map(|id| {
            format!(
                "<p class=\"text-sm text-muted\" dir=\"ltr\">{}</p>",
                escape(&text::failure::reference(id))
            )
        })
        .unwrap_or_default();
    format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{page}</title><link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" href=\"{stylesheet}\"></head>\
         <body><main class=\"mx-auto flex max-w-[66ch] flex-col gap-4 px-4 py-16\">\
         <h1 class=\"text-2xl font-semibold\">{title}</h1><p>{detail}</p>{reference}\
         <p><a class=\"underline underline-offset-4\" href=\"/\">{home}</a></p></main></body></html>",
        stylesheet = escape(&bundle().stylesheet),
        lang = crate::i18n::Locale::default().lang(),
        page = escape(&text::shell::title(title)),
        title = escape(title),
        detail = escape(&problem.detail),
        home = escape(text::failure::home()),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
