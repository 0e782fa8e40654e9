//! `GET /media/{asset}/{file}`: the files pages show.

use axum::http::{HeaderValue, header};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use object_store::{ObjectStoreExt, path::Path as ObjectPath};
use sea_orm::{EntityTrait, QuerySelect};
use stoa_catalog_entities::{asset, asset_derivative};
use stoa_catalog_types::PictureFormat;
use stoa_kernel::{
    App, Error, Result,
    http::{Path, Router},
};
use stoa_types::{Asset, Id};

/// The route of the files; public, and no part of the REST interface.
pub fn file_route() -> Router {
    Router::new().route("/media/{asset}/{file}", get(file))
}

async fn file(State(app): State<App>, Path((id, file)): Path<(Id<Asset>, String)>) -> Result<Response> {
    let (width, format) = parse(&file).ok_or_else(|| Error::not_found("picture"))?;
    let key = (id.uuid(), format.extension().to_owned(), width);
    let object: Option<String> = asset_derivative::Entity::find_by_id(key)
        .select_only()
        .column(asset_derivative::Column::Object)
        .into_tuple()
        .one(app.db.read())
        .await?;
    if let Some(object) = object {
        match app.objects.get(&ObjectPath::from(object)).await {
            Ok(found) => return Ok(picture(found, format)),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    placeholder(&app, id).await
}

/// `640.webp` as width and format.
fn parse(file: &str) -> Option<(i32, PictureFormat)> {
    let (width, ending) = file.split_once('.')?;
    let format =
        [PictureFormat::Webp, PictureFormat::Avif].into_iter().find(|format| format.extension() == ending)?;
    if width.starts_with('0') || !width.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((width.parse().ok()?, format))
}

fn picture(found: object_store::GetResult, format: PictureFormat) -> Response {
    let length = found.meta.size;
    let mut response = Response::new(Body::from_stream(found.into_stream()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.mime()));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    // An address shows the same picture for ever.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    guard(headers);
    response
}

fn guard(headers: &mut axum::http::HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
}

/// A plain area in the picture's colour, for what is on its way or could not be had.
/// It is kept for seconds, so that the picture shows once it is there.
async fn placeholder(app: &App, id: Id<Asset>) -> Result<Response> {
    let colour: Option<String> = asset::Entity::find_by_id(id.uuid())
        .select_only()
        .column(asset::Column::Placeholder)
        .into_tuple()
        .one(app.db.read())
        .await?;
    let colour = colour.ok_or_else(|| Error::not_found("picture"))?;
    let colour = if super::model::is_colour(&colour) { colour } else { "#e6e4df".to_owned() };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 4 5\" preserveAspectRatio=\"none\"><rect width=\"4\" height=\"5\" fill=\"{colour}\"/></svg>"
    );
    let mut response = svg.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=15"));
    guard(headers);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_our_own_are_files() {
        assert_eq!(parse("640.webp"), Some((640, PictureFormat::Webp)));
        assert_eq!(parse("1600.avif"), Some((1600, PictureFormat::Avif)));
        for wrong in
            ["640", "640.png", "0640.webp", "-1.webp", "+5.webp", "../x.webp", "99999999999.webp", ".webp"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
