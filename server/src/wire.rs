//! Puts the program together: ports by configuration, services by area.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result, bail};
use sea_orm::ConnectionTrait;
use stoa_identity::customers::{IdentityData, PersonalRegister};
use stoa_identity::{auth::Lanes, oauth::KeyFolder};
use stoa_kernel::{
    App, Db, Module, Settings,
    app::Parts,
    ports::{
        Bus, Cache, FolderMailer, LocalBus, Mailer, MemoryCache, MemoryRateLimiter, PostgresBus, RateLimiter,
        Redis, SmtpMailer, local_objects, s3_objects,
    },
};
use stoa_migration::{Migrator, MigratorTrait};
use stoa_payments::{
    payments::{Provider, Providers},
    sandbox::{Credentials, Sandbox, SandboxConfig, SandboxProvider},
};

use crate::config::Config;

/// Every service there is, lower floors first.
pub fn modules() -> Vec<&'static Module> {
    [
        stoa_identity::MODULES,
        stoa_platform::MODULES,
        stoa_catalog::MODULES,
        stoa_pricing::MODULES,
        stoa_fulfilment::MODULES,
        stoa_payments::MODULES,
        stoa_ordering::MODULES,
        stoa_aftersales::MODULES,
        stoa_engagement::MODULES,
        stoa_channels::MODULES,
    ]
    .concat()
}

/// Opens the database without changing it.
pub async fn database(config: &Config) -> Result<Db> {
    let url = config.database_url();
    std::fs::create_dir_all(&config.data)?;
    Db::connect(&url).await.with_context(|| match config.is_sqlite() {
        true => format!("the database in {} can't be opened", config.data.display()),
        false => "PostgreSQL doesn't answer: check STOA_DATABASE_URL and that the server runs".to_owned(),
    })
}

/// [`database`], where there is one already: looking must not make an empty shop.
pub async fn existing_database(config: &Config) -> Result<Db> {
    if config.database_url.is_none() && !config.data.join("stoa.db").is_file() {
        bail!(
            "there is no shop in {}: name its folder with --data, or make one with `stoa seed demo` or `stoa serve`",
            config.data.display()
        );
    }
    database(config).await
}

/// The running program over a database that is there, brought up to date.
pub async fn existing(config: &Config) -> Result<App> {
    let db = existing_database(config).await?;
    migrate(&db).await?;
    app_over(config, db, None).await
}

/// The advisory lock under which one process at a time changes PostgreSQL's schema: "stoa" in
/// ASCII.
const SCHEMA_LOCK: i64 = 0x7374_6f61;

/// Brings the schema up to date. Processes that start together wait for the first.
pub async fn migrate(db: &Db) -> Result<()> {
    let lock = if db.is_sqlite() {
        None
    } else {
        let tx = db.begin().await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")).await?;
        Some(tx)
    };
    Migrator::up(db.write(), None).await.context("the schema can't be brought up to date")?;
    if let Some(lock) = lock {
        lock.rollback().await?;
    }
    Ok(())
}

/// Migrations that have not run yet.
pub async fn pending(db: &Db) -> Result<usize> {
    Ok(Migrator::get_pending_migrations(db.write()).await?.len())
}

/// The running program over a migrated database.
pub async fn app(config: &Config) -> Result<App> {
    app_at(config, None).await
}

/// [`app`], listening at `bind` for the embedded sandbox's webhooks.
pub async fn app_at(config: &Config, bind: Option<SocketAddr>) -> Result<App> {
    let db = database(config).await?;
    migrate(&db).await?;
    app_over(config, db, bind).await
}

/// The program over this database.
pub async fn app_over(config: &Config, db: Db, bind: Option<SocketAddr>) -> Result<App> {
    let settings = config.settings()?;
    let objects = match &config.s3_url {
        Some(url) => s3_objects(url)?,
        None => local_objects(&settings.data.join("objects"))?,
    };
    let mail: Arc<dyn Mailer> = match &config.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(&config.mail_from, url)?),
        None => Arc::new(FolderMailer::new(&config.mail_from, settings.data.join("mail"))?),
    };
    let (rate, cache, bus): (Arc<dyn RateLimiter>, Arc<dyn Cache>, Arc<dyn Bus>) = match &config.redis_url {
        Some(url) => {
            let redis = Arc::new(Redis::connect(url).await?);
            (redis.clone(), redis.clone(), redis)
        }
        // On SQLite one process serves; on PostgreSQL the database carries word to the others.
        None => (
            Arc::new(MemoryRateLimiter::default()),
            Arc::new(MemoryCache::default()),
            if db.is_sqlite() { Arc::new(LocalBus::default()) } else { Arc::new(PostgresBus::new(&db)) },
        ),
    };
    Ok(App::new(Parts {
        db,
        objects,
        mail,
        rate,
        cache,
        bus,
        modules: modules(),
        parts: providers(config, &settings, bind).await?,
        settings,
    }))
}

/// What each area does when somebody asks for their data or its erasure, lower areas first. An
/// area whose tables declare personal columns belongs here; a test says which is missing.
pub fn personal_register() -> PersonalRegister {
    PersonalRegister(Arc::new([
        ("identity", Arc::new(IdentityData)),
        ("ordering", Arc::new(stoa_ordering::personal::OrderingData)),
        ("aftersales", Arc::new(stoa_aftersales::personal::AftersalesData)),
        ("engagement", Arc::new(stoa_engagement::personal::EngagementData)),
    ]))
}

/// The payment providers: the sandbox, in this process or as its own.
async fn providers(
    config: &Config,
    settings: &Settings,
    bind: Option<SocketAddr>,
) -> Result<http::Extensions> {
    let credentials = Credentials::derive(&settings.secret);
    let mut parts = http::Extensions::new();
    let provider: Arc<dyn Provider> = match config.sandbox_url() {
        Some(url) => Arc::new(SandboxProvider::remote(url, credentials)?),
        None => {
            let webhook = bind.map(|bind| format!("http://{bind}/v1/payments/webhooks/sandbox"));
            let sandbox =
                open_sandbox(config, format!("{}/sandbox", settings.public_url), webhook, credentials)
                    .await?;
            let provider = SandboxProvider::embedded(&sandbox);
            parts.insert(sandbox);
            Arc::new(provider)
        }
    };
    parts.insert(Providers::new(vec![provider]));
    parts.insert(personal_register());
    parts.insert(config.second_step());
    parts.insert(config.social_logins()?);
    parts.insert(Lanes::default());
    parts.insert(KeyFolder(config.oauth_keys.clone().unwrap_or_else(|| settings.data.join("oauth"))));
    Ok(parts)
}

async fn open_sandbox(
    config: &Config,
    base_url: String,
    webhook_url: Option<String>,
    credentials: Credentials,
) -> Result<Sandbox> {
    let mut settings = SandboxConfig::new(config.data.join("sandbox.db"), base_url, credentials);
    settings.webhook_url = webhook_url;
    Ok(Sandbox::open(settings).await?)
}

/// `stoa sandbox`: the provider as a process of its own, with its own file.
pub async fn run_sandbox(config: &Config, bind: SocketAddr, webhook: String) -> Result<()> {
    let settings = config.settings()?;
    let base = config.sandbox_url().map_or_else(|| format!("http://{bind}"), str::to_owned);
    let sandbox =
        open_sandbox(config, base.clone(), Some(webhook), Credentials::derive(&settings.secret)).await?;
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(sandbox.clone().deliver(stopped));
    let listener = tokio::net::TcpListener::bind(bind)
        .await
        .with_context(|| format!("{bind} is taken: choose another with --bind"))?;
    println!(
        "The sandbox bank answers on {base}. Start the shop with STOA_SANDBOX_URL={base} and the same secret."
    );
    axum::serve(listener, sandbox.router()).await?;
    Ok(())
}
