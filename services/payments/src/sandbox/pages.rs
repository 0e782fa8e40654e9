//! The pages of the bank that shoppers see: where the card form posts to, and the
//! bank's question.

use axum::{
    Form, Router,
    extract::{Path, Query, State},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use chrono::Datelike;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use stoa_types::{Currency, Money};
use subtle::ConstantTimeEq;

use super::{
    Sandbox, cards,
    store::{Refusal, Row},
};

pub(super) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/", get(about))
        .route("/hosted/{id}", post(pay))
        .route("/challenge/{id}", get(question).post(answer))
        .with_state(sandbox)
}

#[derive(Deserialize)]
struct CardForm {
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    expiry: String,
    #[serde(default)]
    cvc: String,
    #[serde(default)]
    return_url: String,
}

/// Takes the card form of the shop's page, tries to pay, and sends the shopper back with
/// `payment_result` = `authorised`, `declined`, `processing`, `over` or `invalid` (then
/// `field` names what was wrong). The shop asks for the truth itself.
///
/// After `declined` and `invalid`, `expiry` is what was typed there, so that it need not be
/// typed again: by itself it belongs to no card. Number and security code stay here. The shop
/// asks for them on a form of the bank's so that it never holds them; sent back, they would
/// stand in its addresses and logs, and it would have to be guarded as a bank is.
async fn pay(State(sandbox): State<Sandbox>, Path(id): Path<String>, Form(form): Form<CardForm>) -> Response {
    let row = match sandbox.row(&id).await {
        Ok(Some(row)) if same(&form.client_secret, &row.client_secret) => row,
        Ok(_) => {
            return page(
                StatusCode::NOT_FOUND,
                "This payment can't be found",
                "Go back to the shop and start again.",
                None,
            );
        }
        Err(error) => return failed(&error),
    };
    if !within(&form.return_url, &row.return_origin) {
        return page(
            StatusCode::BAD_REQUEST,
            "This payment can't go on",
            "The shop gave an address that isn't its own.",
            None,
        );
    }
    let expiry = as_expiry(&form.expiry);
    let back = |result: &str, field: Option<&str>| {
        let mut pairs = vec![("payment_result", result)];
        pairs.extend(field.map(|field| ("field", field)));
        let again = matches!(result, "declined" | "invalid");
        pairs.extend(expiry.as_deref().filter(|_| again).map(|expiry| ("expiry", expiry)));
        see_other(&with_query(&form.return_url, &pairs))
    };
    let today = sandbox.now().date_naive();
    let Some(card) = cards::by_number(&form.number) else { return back("invalid", Some("number")) };
    if !expires_later(&form.expiry, today.year(), today.month()) {
        return back("invalid", Some("expiry"));
    }
    let cvc = form.cvc.trim();
    if !(3..=4).contains(&cvc.len()) || !cvc.bytes().all(|byte| byte.is_ascii_digit()) {
        return back("invalid", Some("cvc"));
    }
    match sandbox.attempt(&id, None, card, Some(&form.return_url), false).await {
        Ok(Ok(done)) => match (done.status.as_str(), done.challenge_url) {
            ("challenged", Some(url)) => see_other(&url),
            ("authorised", _) => back("authorised", None),
            ("processing", _) => back("processing", None),
            _ => back("declined", None),
        },
        Ok(Err(Refusal(_, "processing", _))) => back("processing", None),
        Ok(Err(Refusal(_, "already_paid", _))) => back("authorised", None),
        Ok(Err(_)) => back("over", None),
        Err(error) => failed(&error),
    }
}

#[derive(Deserialize)]
struct Secret {
    #[serde(default)]
    secret: String,
}

/// The bank's question.
async fn question(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Query(query): Query<Secret>,
) -> Response {
    match sandbox.row(&id).await {
        Ok(Some(row)) if asked(&row, &query.secret) => {
            let form = format!(
                "<form method=\"post\" action=\"{}/challenge/{}\">\
                 <input type=\"hidden\" name=\"secret\" value=\"{}\">\
                 <button class=\"yes\" name=\"answer\" value=\"approve\">Approve payment</button>\
                 <button name=\"answer\" value=\"decline\">Decline</button></form>",
                escape(&sandbox.0.base_url),
                escape(&row.id),
                escape(&query.secret),
            );
            let text = format!("A shop asks for {}. Is that you?", escape(&amount_of(&row)));
            page(StatusCode::OK, "Is this you?", &text, Some((&form, &row.return_origin)))
        }
        Ok(_) => page(
            StatusCode::NOT_FOUND,
            "There is nothing to confirm",
            "Go back to the shop: the payment was answered or has ended.",
            None,
        ),
        Err(error) => failed(&error),
    }
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    secret: String,
    #[serde(default)]
    answer: String,
}

/// The shopper's answer; back to the shop.
async fn answer(State(sandbox): State<Sandbox>, Path(id): Path<String>, Form(form): Form<Reply>) -> Response {
    let known = match sandbox.row(&id).await {
        Ok(known) => known,
        Err(error) => return failed(&error),
    };
    if !known.is_some_and(|row| asked(&row, &form.secret)) {
        return page(
            StatusCode::NOT_FOUND,
            "There is nothing to confirm",
            "Go back to the shop: the payment was answered or has ended.",
            None,
        );
    }
    match sandbox.answer_challenge(&id, form.answer == "approve").await {
        Ok(Ok(row)) => {
            let result = if row.status == "authorised" { "authorised" } else { "declined" };
            match &row.return_url {
                Some(url) => see_other(&with_query(url, &[("payment_result", result)])),
                None => page(
                    StatusCode::OK,
                    "Thank you",
                    "You can close this page and go back to the shop.",
                    None,
                ),
            }
        }
        Ok(Err(_)) => {
            page(StatusCode::NOT_FOUND, "This payment can't be found", "Go back to the shop.", None)
        }
        Err(error) => failed(&error),
    }
}

/// Which card does what, for people.
async fn about() -> Response {
    let rows: String = cards::CARDS
        .iter()
        .map(|card| {
            let groups: Vec<&str> =
                (0..4).filter_map(|group| card.number.get(group * 4..group * 4 + 4)).collect();
            format!(
                "<tr><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
                groups.join(" "),
                card.shows,
                card.token
            )
        })
        .collect();
    let table = format!(
        "Any expiry in the future and any security code will do.</p><table><thead><tr><th scope=\"col\">Card</th>\
         <th scope=\"col\">What happens</th><th scope=\"col\">Token</th></tr></thead><tbody>{rows}</tbody></table><p>No real money moves here."
    );
    page(StatusCode::OK, "Test cards", &table, None)
}

fn same(given: &str, expected: &str) -> bool {
    bool::from(given.as_bytes().ct_eq(expected.as_bytes()))
}

fn asked(row: &Row, secret: &str) -> bool {
    row.status == "challenged"
        && row.challenge_secret.as_deref().is_some_and(|expected| same(secret, expected))
}

fn amount_of(row: &Row) -> String {
    let currency = row.currency.parse::<Currency>().unwrap_or(Currency::EUR);
    format!("{} {currency}", Money::new(row.amount, currency).decimal())
}

fn within(url: &str, origin: &str) -> bool {
    match (url::Url::parse(url), url::Url::parse(origin)) {
        (Ok(url), Ok(origin)) => {
            url.origin() == origin.origin() && url.username().is_empty() && url.password().is_none()
        }
        _ => false,
    }
}

fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    match url::Url::parse(url) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            url.into()
        }
        Err(_) => url.to_owned(),
    }
}

/// Month and year as typed, without spaces; nothing where something else was typed, which may
/// be a part of the number.
fn as_expiry(text: &str) -> Option<String> {
    let (month, year) = text.split_once('/')?;
    let (month, year) = (month.trim(), year.trim());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = month.len() <= 2 && matches!(year.len(), 2 | 4) && digits(month) && digits(year);
    fits.then(|| format!("{month}/{year}"))
}

/// `MM/YY`, `MM / YY` or `MM/YYYY`, this month or later.
fn expires_later(text: &str, year: i32, month: u32) -> bool {
    let Some((first, second)) = text.split_once('/') else { return false };
    let (Ok(card_month), Ok(card_year)) = (first.trim().parse::<u32>(), second.trim().parse::<i32>()) else {
        return false;
    };
    let card_year = if card_year < 100 { card_year + 2000 } else { card_year };
    (1..=12).contains(&card_month) && (card_year, card_month) >= (year, month) && card_year < year + 50
}

fn see_other(url: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(url) {
        Ok(url) => {
            response.headers_mut().insert(header::LOCATION, url);
            response
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn failed(error: &stoa_kernel::Error) -> Response {
    tracing::error!(%error, "sandbox");
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "Go back to the shop and try again.",
        None,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;min-height:100vh;display:grid;place-items:center;font:1rem/1.5 system-ui,sans-serif;background:#f3f1ec;color:#1d1b18}\
main{box-sizing:border-box;width:min(34rem,100% - 2rem);margin:1rem;padding:2rem;background:#fff;border:1px solid #8a8378;border-radius:.75rem}\
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.2}\
.bank{margin:0 0 1.5rem;font-size:.875rem;color:#57514a}\
form{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}\
button{font:inherit;min-height:2.75rem;padding:0 1.25rem;border-radius:.5rem;border:1px solid #57514a;background:transparent;color:inherit;cursor:pointer}\
.yes{background:#1f4f46;border-color:#1f4f46;color:#fff}\
button:focus-visible{outline:3px solid #b4531f;outline-offset:2px}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .5rem .4rem 0;border-bottom:1px solid #cfc9be;vertical-align:top}\
@media(prefers-color-scheme:dark){body{background:#171513;color:#f0ece5}main{background:#221f1c;border-color:#7d756a}.bank{color:#b9b1a5}button{border-color:#b9b1a5}td,th{border-color:#4a443d}.yes{background:#8fd3c2;border-color:#8fd3c2;color:#10211d}}";

/// A whole page. `text` and the form are HTML; the form may lead back to the shop.
fn page(status: StatusCode, title: &str, text: &str, form: Option<(&str, &str)>) -> Response {
    let (form, origin) = form.unwrap_or_default();
    let html = format!(
        "<!doctype html><html lang=\"en-gb\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title} · Sandbox bank</title><style>{STYLE}</style></head>\
         <body><main><p class=\"bank\">Sandbox bank: a test, no real money moves</p><h1>{title}</h1><p>{text}</p>{form}</main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    // Browsers apply form-action to where the answer leads, too.
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {origin}; frame-ancestors 'none'; base-uri 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_counts_to_the_end_of_its_month() {
        for (text, good) in [
            ("11/26", true),
            ("10/26", false),
            ("12 / 26", true),
            ("01/2027", true),
            ("13/27", false),
            ("1127", false),
            ("11/99", false),
            ("", false),
        ] {
            assert_eq!(expires_later(text, 2026, 11), good, "{text}");
        }
    }

    #[test]
    fn only_an_expiry_is_sent_back_as_one() {
        for (typed, back) in [
            ("12 / 40", Some("12/40")),
            ("1/2040", Some("1/2040")),
            ("13/20", Some("13/20")),
            ("4242424242424242", None),
            ("4242/42424242", None),
            ("123", None),
            ("12/4", None),
            ("ab/cd", None),
            ("", None),
        ] {
            assert_eq!(as_expiry(typed).as_deref(), back, "{typed}");
        }
    }

    #[test]
    fn shoppers_are_only_sent_back_to_the_shop() {
        let shop = "http://localhost:3000";
        for (url, good) in [
            ("http://localhost:3000/en-gb/checkout/return?x=1", true),
            ("http://localhost:3000.evil.example/", false),
            ("http://localhost:3000@evil.example/", false),
            ("https://localhost:3000/", false),
            ("javascript:alert(1)", false),
            ("/relative", false),
        ] {
            assert_eq!(within(url, shop), good, "{url}");
        }
    }
}
