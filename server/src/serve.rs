//! `stoa serve`: pages, API, pictures and, unless told not to, the workers.

use std::{net::SocketAddr, panic::AssertUnwindSafe, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use axum::{
    Extension, Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::FutureExt;
use http::{HeaderValue, StatusCode, header};
use leptos::config::LeptosOptions;
use stoa_identity::auth::session;
use stoa_kernel::{App, jobs};
use stoa_payments::sandbox::Sandbox;
use stoa_ui::server::{Security, error_page, secure_api};
use tokio::sync::watch;
use tower_http::{
    compression::{CompressionLayer, CompressionLevel},
    services::ServeDir,
    set_header::SetResponseHeaderLayer,
};

use crate::{
    api,
    config::{Config, ServeConfig},
    context::{self, Caller},
    wire,
};

/// Everything the program answers.
pub fn router(app: &App, config: &Config, serve: &ServeConfig) -> Router {
    let caller = Caller { app: app.clone(), api_rate: serve.api_rate, trust_proxy: serve.trust_proxy };
    let sessions = session::layer(app);
    let security = Security::from_settings(&app.settings).leading_to(config.sandbox_url());
    let document = Arc::new(serde_json::to_value(api::document()).unwrap_or_default());
    let api = api::router(app, document.clone())
        .layer(middleware::from_fn_with_state(security.clone(), secure_api));
    let pages = stoa_app::router(leptos_options(serve), security, || {});
    let compress = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let inner = Router::new()
        .merge(api)
        .merge(pages)
        // Inside of the context, where the request's id is known.
        .layer(middleware::from_fn(catch_panic))
        .layer(Extension(document))
        .layer(middleware::from_fn_with_state(caller, context::middleware))
        .layer(sessions)
        .layer(compress);
    let mut router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready).with_state(app.clone()))
        .nest("/pkg", pkg(&serve.site));
    for file in ["favicon.svg", "logo.svg", "passkeys.js", "robots.txt"] {
        let path = serve.site.join(file);
        if path.exists() {
            router = router.route_service(&format!("/{file}"), tower_http::services::ServeFile::new(path));
        }
    }
    if config.is_development() {
        router = router.merge(crate::dev::router(app, config.smtp_url.is_some()));
    }
    if let Ok(sandbox) = app.part::<Sandbox>() {
        router = router.nest("/sandbox", sandbox.router());
    }
    router.fallback_service(inner).layer(middleware::from_fn(catch_panic))
}

/// Answers what panics with the page for our own failures.
async fn catch_panic(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => error_page(stoa_kernel::http::request_id(), &headers),
    }
}

/// The bundle: names with a hash never change, so browsers keep them for a year.
fn pkg(site: &Path) -> Router {
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    Router::new()
        .fallback_service(ServeDir::new(site.join("pkg")).precompressed_br().precompressed_gzip())
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, forever))
}

fn leptos_options(serve: &ServeConfig) -> LeptosOptions {
    let hashes = std::path::absolute(serve.site.join("hash.txt")).unwrap_or_default();
    LeptosOptions::builder()
        .output_name("stoa")
        .site_root(serve.site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .hash_files(hashes.exists())
        .hash_file(Arc::<str>::from(hashes.to_string_lossy()))
        .site_addr(serve.bind)
        .build()
}

/// 200 when the database answers and its schema is current.
async fn ready(State(app): State<App>) -> impl IntoResponse {
    match wire::pending(&app.db).await {
        Ok(0) => (StatusCode::OK, "ready".to_owned()),
        Ok(count) => (StatusCode::SERVICE_UNAVAILABLE, format!("{count} migrations to run: stoa migrate")),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer".to_owned()),
    }
}

/// Serves until the process is asked to stop, then finishes what is running.
pub async fn run(mut config: Config, serve: ServeConfig) -> Result<()> {
    let _lock = if config.is_sqlite() { Some(crate::lock::take(&config.data)?) } else { None };
    if config.is_sqlite() && serve.no_workers {
        bail!(
            "on SQLite one process does everything: leave out --no-workers, or use PostgreSQL (STOA_DATABASE_URL)"
        );
    }
    // Before anything else: a port that is taken should be told at once.
    let listener = tokio::net::TcpListener::bind(serve.bind)
        .await
        .with_context(|| format!("{} is taken or not allowed: choose another with --bind", serve.bind))?;
    let address = listener.local_addr()?;
    config.check_exposure(Some(address))?;
    config.api_rate = serve.api_rate;
    config.public_url.get_or_insert_with(|| format!("http://localhost:{}", address.port()));
    let app = wire::app_at(&config, Some(address)).await?;
    if config.is_sqlite() {
        // The lock says that nobody else serves: what is marked as running was killed.
        jobs::take_over(&app).await.context("the last run's work can't be taken over")?;
    }
    let router = router(&app, &config, &serve);
    let (stop, stopped) = watch::channel(false);
    if let Ok(sandbox) = app.part::<Sandbox>() {
        tokio::spawn(sandbox.deliver(stopped.clone()));
    }
    let workers = match serve.no_workers {
        false => tokio::spawn(jobs::run(app.clone(), serve.workers, stopped.clone())),
        // The workers of other processes learn by it of what is written here.
        true => tokio::spawn(jobs::announce(app.clone(), stopped.clone())),
    };
    println!(
        "Stoa serves {} on http://{address} (data in {})",
        config.public_url(),
        app.settings.data.display()
    );
    let mut until = stopped.clone();
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { drop(until.wait_for(|stop| *stop).await) });
    let server = tokio::spawn(server.into_future());
    asked_to_stop().await;
    println!("Stopping: finishing open requests and jobs.");
    stop.send(true)?;
    let _ = tokio::time::timeout(Duration::from_secs(20), server).await;
    let _ = tokio::time::timeout(Duration::from_secs(20), workers).await;
    Ok(())
}

/// `stoa worker`: events, schedules and jobs in a process of their own.
pub async fn work(config: Config, workers: usize) -> Result<()> {
    if config.is_sqlite() {
        bail!(
            "SQLite serves one process: `stoa serve` already runs the workers. Set STOA_DATABASE_URL to PostgreSQL to add more."
        );
    }
    config.check_exposure(None)?;
    let app = wire::app(&config).await?;
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(jobs::run(app, workers, stopped));
    println!("{workers} workers run. Ctrl+C stops them.");
    asked_to_stop().await;
    stop.send(true)?;
    let _ = tokio::time::timeout(Duration::from_secs(20), running).await;
    Ok(())
}

async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
