//! Middleware that gathers what a page needs beside its data.

use axum::{extract::Request, middleware::Next, response::Response};
use http::{Method, request::Parts};
use stoa_kernel::{Actor, Ctx};
use tower_sessions::Session;

use super::{
    context::{accepts_html, cookie},
    locale::locale_of,
    session::{find_form, take_flash},
};
use crate::page::{Density, PageState, Theme, Viewer, Who};

/// Names of the cookies the preferences live in.
pub(super) const THEME: &str = "stoa_theme";
pub(super) const DENSITY: &str = "stoa_density";
pub(super) const LOCALE: &str = "stoa_locale";
pub(super) const CURRENCY: &str = "stoa_currency";

/// Puts [`PageState`] into the request's extensions of every page request. Needs the
/// kernel's `Ctx` and the session there already.
pub async fn page_state(request: Request, next: Next) -> Response {
    // Without its body, which may not be shared across an await.
    let (mut request, body) = request.into_parts();
    if matches!(request.method, Method::GET | Method::HEAD) {
        let state = gather(&request).await;
        request.extensions.insert(state);
    }
    next.run(Request::from_parts(request, body)).await
}

async fn gather(request: &Parts) -> PageState {
    let ctx = request.extensions.get::<Ctx>();
    let headers = &request.headers;
    let mut state = PageState {
        viewer: Viewer {
            who: ctx.map_or(Who::Visitor, who),
            locale: locale_of(request.uri.path(), headers),
            currency: ctx.map(|ctx| ctx.currency.to_string()).unwrap_or_default(),
            theme: cookie(headers, THEME).and_then(Theme::from_name).unwrap_or_default(),
            density: match cookie(headers, DENSITY) {
                Some("comfortable") => Density::Comfortable,
                _ => Density::Compact,
            },
            development: ctx.is_some_and(|ctx| ctx.app.settings.is_development()),
        },
        request_id: ctx.map(|ctx| ctx.request_id.clone()).unwrap_or_default(),
        ..PageState::default()
    };
    // A fetch for data must not eat the message meant for the page.
    let session = request.extensions.get::<Session>().filter(|_| accepts_html(headers));
    if let (Some(session), Some(ctx)) = (session, ctx) {
        state.flash = take_flash(session).await;
        let asked = request.uri.query().and_then(|query| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "form")
                .map(|(_, id)| id.into_owned())
        });
        if let Some(id) = asked {
            let form = find_form(session, &id, ctx.now.timestamp()).await;
            state.form = form.and_then(|form| serde_json::to_string(&form).ok());
        }
    }
    state
}

/// What kind of caller this is. Staff are the people with a permission; a seller's staff act
/// for a seller.
pub(super) fn who(ctx: &Ctx) -> Who {
    match ctx.actor {
        Actor::User(_) if ctx.seller.is_some() => Who::Seller,
        Actor::User(_) if !ctx.permissions.is_empty() => Who::Staff,
        Actor::User(_) => Who::Shopper,
        _ => Who::Visitor,
    }
}
