//! Pages for development only: the mail that would have gone out.

use std::{fmt::Write as _, path::PathBuf, time::SystemTime};

use axum::{
    Router,
    extract::{Path, State},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, StatusCode, header};
use stoa_kernel::{App, ports::ReadMail};

/// Where mails lie, and whether they lie there at all.
#[derive(Clone)]
struct Outbox {
    folder: PathBuf,
    by_smtp: bool,
}

/// `/dev/mail` lists the mail folder, newest first; each opens as its reader sees it, as
/// plain text, and as it was written.
pub fn router(app: &App, by_smtp: bool) -> Router {
    Router::new()
        .route("/dev/mail", get(list))
        .route("/dev/mail/{name}", get(show))
        .route("/dev/mail/{name}/html", get(html))
        .route("/dev/mail/{name}/source", get(source))
        .with_state(Outbox { folder: app.settings.data.join("mail"), by_smtp })
}

/// More than this many are not listed.
const MOST: usize = 200;

async fn list(State(outbox): State<Outbox>) -> Response {
    let mut files: Vec<(SystemTime, String)> = Vec::new();
    if let Ok(mut folder) = tokio::fs::read_dir(&outbox.folder).await {
        while let Ok(Some(file)) = folder.next_entry().await {
            let name = file.file_name().to_string_lossy().into_owned();
            if let (true, Ok(facts)) = (is_mail(&name), file.metadata().await) {
                files.push((facts.modified().unwrap_or(SystemTime::UNIX_EPOCH), name));
            }
        }
    }
    files.sort_unstable_by(|a, b| b.cmp(a));
    let mut rows = String::new();
    for (_, name) in files.iter().take(MOST) {
        let Some(mail) = read(&outbox, name).await else { continue };
        let _ = write!(
            rows,
            "<li><a href=\"/dev/mail/{name}\"><strong>{}</strong><span>{}</span><small>{}</small></a></li>",
            escape(or(&mail.subject, "(no subject)")),
            escape(&mail.to),
            escape(or(&mail.date, "")),
            name = escape(name),
        );
    }
    let note = match (outbox.by_smtp, files.len()) {
        (true, 0) => "Mail goes out by SMTP (STOA_SMTP_URL), so none is kept here.".to_owned(),
        (false, 0) => "No mail has gone out yet. Buy something: its confirmation shows here.".to_owned(),
        (true, _) => "Mail goes out by SMTP now (STOA_SMTP_URL); these were written before.".to_owned(),
        (false, 1) => "1 mail, kept here instead of being sent.".to_owned(),
        (false, count) if count > MOST => {
            format!("{count} mails, kept here instead of being sent; the newest {MOST}.")
        }
        (false, count) => format!("{count} mails, kept here instead of being sent; the newest first."),
    };
    page("Mail", &format!("<h1>Mail</h1><p class=\"note\">{note}</p><ul class=\"mails\">{rows}</ul>"))
}

async fn show(State(outbox): State<Outbox>, Path(name): Path<String>) -> Response {
    let Some(mail) = read(&outbox, &name).await else { return missing() };
    let name = escape(&name);
    let subject = escape(or(&mail.subject, "(no subject)"));
    let mut body = format!(
        "<p><a href=\"/dev/mail\">All mail</a></p><h1>{subject}</h1><dl>\
         <dt>From</dt><dd>{}</dd><dt>To</dt><dd>{}</dd><dt>Sent</dt><dd>{}</dd></dl>",
        escape(&mail.from),
        escape(&mail.to),
        escape(&mail.date),
    );
    if !mail.html.is_empty() {
        let _ = write!(
            body,
            "<h2>As a page</h2><iframe title=\"{subject}\" src=\"/dev/mail/{name}/html\" \
             sandbox=\"allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation\"></iframe>"
        );
    }
    if !mail.text.is_empty() {
        let _ = write!(body, "<h2>As plain text</h2><pre>{}</pre>", linked(&mail.text));
    }
    let _ = write!(body, "<p><a href=\"/dev/mail/{name}/source\">Its source</a></p>");
    page(&subject, &body)
}

/// The mail's own page, for the frame: nothing in it runs, and its links open in the window.
async fn html(State(outbox): State<Outbox>, Path(name): Path<String>) -> Response {
    let Some(mail) = read(&outbox, &name).await.filter(|mail| !mail.html.is_empty()) else {
        return missing();
    };
    let base = "<base target=\"_top\">";
    let html = match mail.html.find("<head>") {
        Some(head) => {
            let (before, after) = mail.html.split_at(head + "<head>".len());
            format!("{before}{base}{after}")
        }
        None => format!("{base}{}", mail.html),
    };
    with_policy(
        Html(html).into_response(),
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox \
         allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
    )
}

async fn source(State(outbox): State<Outbox>, Path(name): Path<String>) -> Response {
    if !is_mail(&name) {
        return missing();
    }
    match tokio::fs::read(outbox.folder.join(name)).await {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        Err(_) => missing(),
    }
}

async fn read(outbox: &Outbox, name: &str) -> Option<ReadMail> {
    if !is_mail(name) {
        return None;
    }
    let bytes = tokio::fs::read(outbox.folder.join(name)).await.ok()?;
    Some(ReadMail::parse(&bytes))
}

/// Names as the mail folder has them, so that nothing else can be asked for.
fn is_mail(name: &str) -> bool {
    name.strip_suffix(".eml").is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn or<'a>(text: &'a str, instead: &'a str) -> &'a str {
    if text.is_empty() { instead } else { text }
}

/// Escaped, with addresses as links.
fn linked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("http://").into_iter().chain(rest.find("https://")).min() {
        let (before, from) = rest.split_at(start);
        let end =
            from.find(|letter: char| letter.is_whitespace() || "<>\"".contains(letter)).unwrap_or(from.len());
        let (address, after) = from.split_at(end);
        let address = escape(address);
        let _ = write!(out, "{}<a href=\"{address}\">{address}</a>", escape(before));
        rest = after;
    }
    out.push_str(&escape(rest));
    out
}

fn missing() -> Response {
    (
        StatusCode::NOT_FOUND,
        page("No such mail", "<h1>There is no such mail</h1><p><a href=\"/dev/mail\">All mail</a></p>"),
    )
        .into_response()
}

/// These pages stand alone: they work before the browser bundle is built.
fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} · Stoa</title>\
         <link rel=\"icon\" href=\"/favicon.svg\"><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    );
    with_policy(
        Html(html).into_response(),
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    )
}

fn with_policy(mut response: Response, policy: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "\
:root{color-scheme:light dark;--page:light-dark(oklch(.984 .003 95),oklch(.21 .012 266));\
--surface:light-dark(oklch(1 0 0),oklch(.245 .013 265));--fg:light-dark(oklch(.235 .009 72),oklch(.925 .006 262));\
--muted:light-dark(oklch(.51 .012 82),oklch(.77 .011 262));--line:light-dark(oklch(.92 .007 92),oklch(.32 .015 264));\
--hover:light-dark(oklch(.965 .005 95),oklch(.28 .014 265));--link:light-dark(oklch(.475 .12 42),oklch(.735 .13 50));\
--focus:light-dark(oklch(.53 .135 254),oklch(.725 .12 250))}\
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--fg);font:1.0625rem/1.55 system-ui,sans-serif}\
main{max-width:48rem;margin:0 auto;padding:2rem 1rem 4rem}h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem;\
overflow-wrap:anywhere}h2{font-size:1.1875rem;margin:2rem 0 .5rem}a{color:var(--link)}\
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}.note,dt,small{color:var(--muted)}\
.mails{list-style:none;margin:1.5rem 0;padding:0;border-top:1px solid var(--line)}\
.mails a{display:grid;grid-template-columns:1fr auto;gap:0 1rem;padding:.75rem .5rem;border-bottom:1px solid var(--line);\
color:inherit;text-decoration:none}.mails a:hover{background:var(--hover)}.mails strong{grid-column:1/-1;\
font-weight:600;overflow-wrap:anywhere}.mails span{overflow-wrap:anywhere}.mails small{font-size:.9375rem}\
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1rem 0}dd{margin:0;overflow-wrap:anywhere}\
iframe{width:100%;height:70vh;min-height:28rem;border:1px solid var(--line);border-radius:6px;background:#fff;\
color-scheme:light}pre{margin:0;padding:1rem;border:1px solid var(--line);border-radius:6px;background:var(--surface);\
white-space:pre-wrap;overflow-wrap:anywhere;font:.9375rem/1.5 ui-monospace,monospace}\
@media(max-width:30rem){.mails a{grid-template-columns:1fr}main{padding-top:1.25rem}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mails_of_the_folder_are_named() {
        assert!(is_mail("2f83a1d4-5257-4cbb-b4c4-9bfac262d8f1.eml"));
        for wrong in ["../secret.key", "..eml", ".eml", "a/b.eml", "a.eml/../x.eml", "a.json", "a b.eml"] {
            assert!(!is_mail(wrong), "{wrong}");
        }
    }

    #[test]
    fn text_is_escaped_and_its_addresses_are_links() {
        assert_eq!(
            linked("<b> https://a.example/x?a=1&b=2 http://b.example\nend"),
            "&lt;b&gt; <a href=\"https://a.example/x?a=1&amp;b=2\">https://a.example/x?a=1&amp;b=2</a> \
             <a href=\"http://b.example\">http://b.example</a>\nend"
        );
        assert_eq!(linked("none"), "none");
    }
}
