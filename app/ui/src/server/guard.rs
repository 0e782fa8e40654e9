//! The door of the staff surfaces.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use stoa_kernel::Ctx;

use super::{problem::problem_response, state::who};
use crate::{
    PageError,
    i18n::link,
    page::{Who, sign_in_link},
};

/// In the request's extensions: the person signed in has a role that counts only once they have
/// set up a second step.
#[derive(Debug, Clone, Copy)]
pub struct SetUpFirst;

/// Where they set it up.
const SET_UP: &str = "/account/security/second-step";

/// Middleware: pages under `/seller` open for a seller's staff, pages under `/admin` for the
/// platform's. Whoever is signed out goes to sign-in and comes back, whoever needs a second step
/// goes to set one up, others get 403. A
/// convenience in front of the services' own checks, never instead of them.
pub async fn guard(request: Request, next: Next) -> Response {
    let wanted = match request.uri().path().split('/').nth(1) {
        Some("seller") => Who::Seller,
        Some("admin") => Who::Staff,
        _ => return next.run(request).await,
    };
    match request.extensions().get::<Ctx>().map_or(Who::Visitor, who) {
        found if found == wanted => next.run(request).await,
        _ if request.extensions().get::<SetUpFirst>().is_some() => {
            let location = HeaderValue::try_from(link(SET_UP)).unwrap_or(HeaderValue::from_static("/"));
            (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
        }
        Who::Visitor if matches!(*request.method(), Method::GET | Method::HEAD) => {
            let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
            match HeaderValue::try_from(sign_in_link(here)) {
                Ok(location) => (
                    StatusCode::FOUND,
                    [
                        (header::LOCATION, location),
                        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                    ],
                )
                    .into_response(),
                Err(_) => problem_response(PageError::signed_out(), request.headers()),
            }
        }
        Who::Visitor => problem_response(PageError::signed_out(), request.headers()),
        _ => problem_response(PageError::forbidden(), request.headers()),
    }
}
