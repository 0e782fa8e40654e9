//! The product form with its pictures. Files are stored first; then the form goes on as one
//! without files, which keeps what was typed, so that a refused form loses no picture.

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, multipart::Field},
    http::{HeaderValue, header},
    response::Response,
    routing::post,
};
use leptos::server_fn::ServerFn;
use stoa_catalog::media::{self, MediaMeta};
use stoa_kernel::{Ctx, ErrorKind};
use stoa_types::{Id, Seller};
use stoa_ui::{
    PageError,
    server::{handle_server_function, problem_response},
};
use url::form_urlencoded;

use super::{SAVE, save::SaveProduct};
use crate::text;

/// The most files of one form: what a product may show.
const MOST_FILES: usize = 50;
/// The most bytes of everything typed.
const TEXT_LIMIT: usize = 1024 * 1024;

/// `POST /admin/products/save`. `context` is provided to the server function.
pub fn routes<S>(context: impl Fn() + Clone + Send + Sync + 'static) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let save = move |request: Request| save(context.clone(), request);
    // Files are counted one by one, by the same limit as everywhere.
    Router::new().route(SAVE, post(save)).layer(DefaultBodyLimit::disable())
}

async fn save(context: impl Fn() + Clone + Send + 'static, request: Request) -> Response {
    let headers = request.headers().clone();
    match without_files(request).await {
        Ok(request) => handle_server_function(context, request).await,
        Err(error) => problem_response(error, &headers),
    }
}

fn unreadable<E>(_: E) -> PageError {
    PageError::new(400, "request.malformed", text::product::unreadable())
}

/// The same form for its server function, with the pictures' ids (`added[0]`) instead of
/// their bytes, and what was wrong with others (`refused[0]`).
async fn without_files(request: Request) -> Result<Request, PageError> {
    let Some(ctx) = request.extensions().get::<Ctx>().cloned() else {
        return Err(PageError::internal("request.context_missing"));
    };
    let (mut parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let mut form = Multipart::from_request(request, &()).await.map_err(unreadable)?;
    let mut typed: Vec<(String, String)> = Vec::new();
    let mut seller: Option<Id<Seller>> = None;
    let (mut room, mut added, mut refused) = (TEXT_LIMIT, 0, 0);
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file) = field.file_name().map(str::to_owned) else {
            let value = read(field, room).await?.ok_or_else(|| too_large(text::product::too_much()))?;
            room -= value.len();
            let value = String::from_utf8_lossy(&value).into_owned();
            if name == "seller" {
                seller = value.parse().ok();
            }
            // Pictures of a form refused before come along by their ids.
            added += usize::from(name.starts_with("added["));
            typed.push((name, value));
            continue;
        };
        if file.is_empty() {
            continue;
        }
        let stored = if added + refused < MOST_FILES {
            store(&ctx, seller, &file, field).await?
        } else {
            Err(text::product::too_many_files().to_owned())
        };
        match stored {
            Ok(asset) => {
                typed.push((format!("added[{added}]"), asset));
                added += 1;
            }
            Err(message) => {
                typed.push((format!("refused[{refused}]"), message));
                refused += 1;
            }
        }
    }
    parts.uri = SaveProduct::PATH.parse().map_err(unreadable)?;
    parts.headers.remove(header::CONTENT_LENGTH);
    let encoding = HeaderValue::from_static("application/x-www-form-urlencoded");
    parts.headers.insert(header::CONTENT_TYPE, encoding);
    let typed = form_urlencoded::Serializer::new(String::new()).extend_pairs(typed).finish();
    Ok(Request::from_parts(parts, Body::from(typed)))
}

fn too_large(message: &str) -> PageError {
    PageError::new(413, "request.too_large", message)
}

/// The id of the picture; the inner error says why it cannot be used.
async fn store(
    ctx: &Ctx,
    seller: Option<Id<Seller>>,
    name: &str,
    field: Field<'_>,
) -> Result<Result<String, String>, PageError> {
    ctx.require(media::WRITE)?;
    let limit = ctx.app.settings.upload_limit;
    let Some(bytes) = read(field, usize::try_from(limit).unwrap_or(usize::MAX)).await? else {
        let megabytes = limit / 1024 / 1024;
        return Ok(Err(text::product::file_too_large(name, megabytes.to_string())));
    };
    let meta = MediaMeta { seller, file_name: Some(name.to_owned()) };
    match media::store(ctx, bytes, meta).await {
        Ok(asset) => Ok(Ok(asset.id.to_string())),
        Err(error) if is_refusal(error.kind()) => {
            Ok(Err(text::product::file_wrong(name, error.problem(None).detail)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether it is about the file.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Invalid | ErrorKind::TooLarge | ErrorKind::UnsupportedType)
}

/// All bytes of a field; none when there are more than `limit`.
async fn read(mut field: Field<'_>, limit: usize) -> Result<Option<Vec<u8>>, PageError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        if bytes.len() + chunk.len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use stoa_kernel::Permission;
    use stoa_testing::{Backend, Test};

    use super::*;

    /// One pixel.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

    async fn test() -> Test {
        let modules = [stoa_identity::MODULES, stoa_catalog::MODULES].concat();
        Test::new(Backend::Sqlite, &modules, axum::http::Extensions::new()).await
    }

    /// A form of fields (without a file name) and files.
    fn form(ctx: &Ctx, parts: &[(&str, Option<&str>, &[u8])]) -> Request {
        let mut body = Vec::new();
        for (name, file, bytes) in parts {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            body.extend(
                format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        let request = axum::http::Request::builder()
            .method(Method::POST)
            .uri(SAVE)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .extension(ctx.clone());
        request.body(Body::from(body)).expect("a request")
    }

    async fn typed(request: Request) -> Vec<(String, String)> {
        assert_eq!(request.uri().path(), SaveProduct::PATH);
        assert_eq!(request.headers()[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.expect("a body");
        form_urlencoded::parse(&body).into_owned().collect()
    }

    fn staff(test: &Test, permissions: &[Permission]) -> Ctx {
        test.person(None, permissions)
    }

    #[tokio::test]
    async fn pictures_become_ids_and_what_was_typed_stays() {
        let test = test().await;
        let request = form(
            &staff(&test, &[media::WRITE]),
            &[
                ("title", None, "Jug & bowl".as_bytes()),
                ("added[0]", None, b"ast_before"),
                ("pictures", Some(""), b""),
                ("pictures", Some("jug.png"), PNG),
                ("pictures", Some("notes.txt"), b"no picture"),
                ("variants[0][price]", None, b"64,00"),
            ],
        );
        let typed = typed(without_files(request).await.expect("read")).await;
        let names: Vec<&str> = typed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["title", "added[0]", "added[1]", "refused[0]", "variants[0][price]"]);
        assert_eq!((typed[0].1.as_str(), typed[4].1.as_str()), ("Jug & bowl", "64,00"));
        assert!(typed[2].1.starts_with("ast_"), "{typed:?}");
        assert!(typed[3].1.contains("notes.txt"), "{typed:?}");
        assert_eq!(test.scalar("SELECT COUNT(*) FROM asset").await, 1);
    }

    #[tokio::test]
    async fn nobody_stores_a_picture_without_the_permission() {
        let test = test().await;
        for ctx in [staff(&test, &[]), test.visitor()] {
            let refused = without_files(form(&ctx, &[("pictures", Some("jug.png"), PNG)])).await;
            assert!(refused.is_err_and(|error| matches!(error.status(), 401 | 403)));
        }
        assert_eq!(test.scalar("SELECT COUNT(*) FROM asset").await, 0);
    }

    #[tokio::test]
    async fn a_damaged_or_endless_form_is_refused() {
        let test = test().await;
        let ctx = staff(&test, &[media::WRITE]);
        let long = vec![b'x'; TEXT_LIMIT + 1];
        let refused = without_files(form(&ctx, &[("description", None, &long)])).await;
        assert!(refused.is_err_and(|error| error.status() == 413));
        let mut damaged = form(&ctx, &[]);
        *damaged.body_mut() = Body::from("--edge\r\nno header");
        assert!(without_files(damaged).await.is_err_and(|error| error.status() == 400));
    }
}
