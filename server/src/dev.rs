//! Pages for development only: the mail that would have gone out.

use axum::{
    Router,
    extract::{Path, State},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use stoa_kernel::App;

/// `/dev/mail` lists the mail folder, newest first; each opens as text.
pub fn router(app: &App) -> Router {
    Router::new().route("/dev/mail", get(list)).route("/dev/mail/{name}", get(show)).with_state(app.clone())
}

async fn list(State(app): State<App>) -> Html<String> {
    let folder = app.settings.data.join("mail");
    let mut mails: Vec<(std::time::SystemTime, String, String)> = Vec::new();
    if let Ok(mut files) = tokio::fs::read_dir(folder).await {
        while let Ok(Some(file)) = files.next_entry().await {
            let name = file.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".eml") {
                continue;
            }
            let (Ok(meta), Ok(text)) = (file.metadata().await, tokio::fs::read_to_string(file.path()).await)
            else {
                continue;
            };
            let head =
                |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("").to_owned();
            let title = format!("{} — {}", head("To: "), head("Subject: "));
            mails.push((meta.modified().unwrap_or(std::time::UNIX_EPOCH), name, title));
        }
    }
    mails.sort_by_key(|mail| std::cmp::Reverse(mail.0));
    let rows: String = mails
        .iter()
        .map(|(_, name, title)| {
            format!("<li><a href=\"/dev/mail/{}\">{}</a></li>", escape(name), escape(title))
        })
        .collect();
    let rows = if rows.is_empty() { "<li>No mail has gone out yet.</li>".to_owned() } else { rows };
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Mail</title><body><h1>Mail</h1><ul>{rows}</ul></body></html>"
    ))
}

async fn show(State(app): State<App>, Path(name): Path<String>) -> Response {
    let plain = name.ends_with(".eml")
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        && !name.contains("..");
    if !plain {
        return StatusCode::NOT_FOUND.into_response();
    }
    match tokio::fs::read_to_string(app.settings.data.join("mail").join(name)).await {
        Ok(text) => ([(http::header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
