//! The app as routes of the server.

use std::sync::OnceLock;

use axum::{
    Extension, Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use leptos::prelude::*;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list, render_app_async_stream_with_context,
};
use stoa_kernel::Ctx;
use stoa_ui::server::{
    Security, guard, handle_server_function, page_state, preferences, problem_response,
    provide_page_security, root, secure,
};
use tower_sessions::Session;

use crate::{App, shell};

/// Every page, the server functions under `/api`, `/` and `/preferences`; unknown addresses
/// get the page that says so.
///
/// Inside are the origin check, security headers, the guard of the staff surfaces and the
/// page state. The caller layers around it, from the inside out, the middleware that puts
/// the kernel's `Ctx` into the request's extensions and the session manager. `context` runs
/// for every page and every server function.
pub fn router(
    options: LeptosOptions,
    security: Security,
    context: impl Fn() + Clone + Send + Sync + 'static,
) -> Router {
    stoa_ui::server::use_bundle(&options);
    let page_context = {
        let (context, security) = (context.clone(), security.clone());
        move || {
            provide_page_security(&security);
            context();
        }
    };
    let render = {
        let options = options.clone();
        move || shell(options.clone())
    };
    // Every page is rendered whole before it is sent, unknown addresses too. Leptos' own
    // helper for routes would also mount the server functions, past our handler.
    let page = render_app_async_stream_with_context(page_context, render);
    let uploads = stoa_backoffice::product::upload::routes(context.clone());
    let functions = move |request: Request<Body>| handle_server_function(context.clone(), request);
    Router::new()
        .route("/", get(root))
        .route("/preferences", post(preferences))
        .route("/sign-out", post(sign_out))
        .route("/api/{*function}", any(functions))
        .merge(uploads)
        .leptos_routes_with_handler(routes(), page.clone())
        .fallback(page)
        .layer(from_fn(page_state))
        .layer(from_fn(support_notice))
        .layer(from_fn(guard))
        .layer(from_fn_with_state(security, secure))
        .with_state(options)
}

/// The addresses of all pages. Made once in a process: while Leptos makes the list, every
/// resource stands still, so making it again would stop the pages of a router that serves.
fn routes() -> Vec<AxumRouteListing> {
    static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    ROUTES.get_or_init(|| generate_route_list(App)).clone()
}

/// In the extensions of every page that somebody of support asks for: for which shop they act, by
/// whose leave and how far, as the reader is told.
#[derive(Debug, Clone)]
pub(crate) struct SupportNotice(pub String);

/// Middleware: puts the [`SupportNotice`] there.
async fn support_notice(request: Request, next: Next) -> Response {
    use stoa_seller::text::team::support as word;
    // Without its body, which may not be shared across an await.
    let (mut parts, body) = request.into_parts();
    let ctx = parts.extensions.get::<Ctx>().filter(|ctx| ctx.support.is_some()).cloned();
    if let Some(ctx) = ctx {
        match stoa_identity::access::support_banner(&ctx).await {
            Ok(Some((shop, name, true))) => {
                parts.extensions.insert(SupportNotice(word::banner_write(&shop, &name)));
            }
            Ok(Some((shop, name, false))) => {
                parts.extensions.insert(SupportNotice(word::banner(&shop, &name)));
            }
            Ok(None) => {}
            // Nothing is shown without the notice.
            Err(error) => return problem_response(error.into(), &parts.headers),
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// `POST /sign-out`: ends the session and leads to the home page.
async fn sign_out(session: Option<Extension<Session>>, headers: HeaderMap) -> Response {
    if let Some(Extension(session)) = session
        && let Err(error) = stoa_identity::auth::session::end(&session).await
    {
        return problem_response(error.into(), &headers);
    }
    (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response()
}
