//! The running program: settings, database, ports and the services' parts.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use object_store::ObjectStore;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use stoa_kernel_entities::{idempotency_key, inbox, job, outbox_event};

use crate::{
    Ctx, Db, Module, Result,
    ctx::to_micros,
    jobs::JobHandler,
    ports::{Bus, Cache, Mailer, RateLimiter},
};

/// Where the program runs; only development has demo conveniences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

/// What the operator decides. `docs/configuration.md` lists where each comes from.
#[derive(Debug, Clone)]
pub struct Settings {
    pub environment: Environment,
    /// Origin under which shoppers see the shop, without a trailing slash.
    pub public_url: String,
    /// Folder of the SQLite file, objects, mail and secrets.
    pub data: PathBuf,
    /// Key for signed links and tokens, 32 bytes.
    pub secret: [u8; 32],
    /// How long delivered events, finished jobs and idempotent answers are kept.
    pub keep_events: TimeDelta,
    pub keep_jobs: TimeDelta,
    pub keep_answers: TimeDelta,
    /// After how long without a change an open cart is deleted.
    pub keep_carts: TimeDelta,
    /// How long the words of payment providers' messages are kept.
    pub keep_messages: TimeDelta,
    /// How long stock stays reserved for a checkout.
    pub reservation: TimeDelta,
    /// How many times as much as their constants say the limits per network allow: 1 in
    /// production, more while developing and under a load test.
    pub allowance: u32,
    /// Largest import file in bytes.
    pub import_limit: u64,
    /// Largest upload of one picture in bytes.
    pub upload_limit: u64,
}

impl Settings {
    /// Development settings over a data folder, as tests and `start` use them.
    pub fn development(data: PathBuf) -> Self {
        Self {
            environment: Environment::Development,
            public_url: "http://localhost:3000".to_owned(),
            data,
            secret: [7; 32],
            keep_events: TimeDelta::days(30),
            keep_jobs: TimeDelta::days(14),
            keep_answers: TimeDelta::hours(48),
            keep_carts: TimeDelta::days(90),
            keep_messages: TimeDelta::days(90),
            reservation: TimeDelta::minutes(15),
            allowance: 1,
            import_limit: 512 * 1024 * 1024,
            upload_limit: 25 * 1024 * 1024,
        }
    }

    pub fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }

    /// Whether shoppers reach the shop by TLS, so that cookies may ask for it.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The name under which a browser keeps our cookie: with `__Host-` under TLS, so that
    /// no other host of the domain can set it.
    pub fn cookie(&self, name: &str) -> String {
        if self.is_https() { format!("__Host-{name}") } else { name.to_owned() }
    }
}

/// Shared by every request and worker; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub settings: Settings,
    pub db: Db,
    pub objects: Arc<dyn ObjectStore>,
    pub mail: Arc<dyn Mailer>,
    pub rate: Arc<dyn RateLimiter>,
    pub cache: Arc<dyn Cache>,
    pub bus: Arc<dyn Bus>,
    pub modules: Vec<&'static Module>,
    clock: Clock,
    parts: http::Extensions,
    jobs: HashMap<&'static str, &'static JobHandler>,
}

/// What an [`App`] is made of.
pub struct Parts {
    pub settings: Settings,
    pub db: Db,
    pub objects: Arc<dyn ObjectStore>,
    pub mail: Arc<dyn Mailer>,
    pub rate: Arc<dyn RateLimiter>,
    pub cache: Arc<dyn Cache>,
    pub bus: Arc<dyn Bus>,
    pub modules: Vec<&'static Module>,
    /// Implementations that lower areas ask for by type, such as the payment providers.
    pub parts: http::Extensions,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        let mut modules = vec![&crate::module::KERNEL];
        modules.extend(parts.modules);
        let jobs = modules.iter().flat_map(|module| module.jobs).map(|job| (job.kind, job)).collect();
        Self(Arc::new(Inner {
            settings: parts.settings,
            db: parts.db,
            objects: parts.objects,
            mail: parts.mail,
            rate: parts.rate,
            cache: parts.cache,
            bus: parts.bus,
            modules,
            clock: Clock::default(),
            parts: parts.parts,
            jobs,
        }))
    }

    /// The present, UTC, whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        to_micros(self.0.clock.now())
    }

    /// Tests only: moves the clock by `by`.
    pub fn travel(&self, by: TimeDelta) {
        self.0.clock.travel(by);
    }

    /// A part that `server` wired for a lower area, by its type.
    pub fn part<T: Clone + Send + Sync + 'static>(&self) -> Result<T> {
        self.0
            .parts
            .get::<T>()
            .cloned()
            .ok_or_else(|| crate::Error::internal(format!("{} is not wired", std::any::type_name::<T>())))
    }

    pub(crate) fn job_handler(&self, kind: &str) -> Option<&'static JobHandler> {
        self.0.jobs.get(kind).copied()
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

mod clock {
    use std::sync::atomic::{AtomicI64, Ordering};

    use chrono::{DateTime, TimeDelta, Utc};

    /// The machine's clock, plus what a test has travelled.
    #[derive(Default)]
    pub struct Clock(AtomicI64);

    impl Clock {
        #[allow(clippy::disallowed_methods, reason = "this is the one clock")]
        pub fn now(&self) -> DateTime<Utc> {
            Utc::now() + TimeDelta::microseconds(self.0.load(Ordering::Relaxed))
        }

        pub fn travel(&self, by: TimeDelta) {
            self.0.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::Relaxed);
        }
    }
}

pub(crate) const CLEAN_UP: JobHandler =
    JobHandler { kind: "kernel.clean_up", attempts: 3, run: |ctx, _| Box::pin(clean_up(ctx)) };

/// Deletes delivered events, finished jobs and old answers after their time.
async fn clean_up(ctx: &Ctx) -> Result<()> {
    let (db, settings) = (ctx.db().write(), &ctx.app.settings);
    outbox_event::Entity::delete_many()
        .filter(outbox_event::Column::State.eq("delivered"))
        .filter(outbox_event::Column::DeliveredAt.lt(ctx.now - settings.keep_events))
        .exec(db)
        .await?;
    inbox::Entity::delete_many()
        .filter(inbox::Column::HandledAt.lt(ctx.now - settings.keep_events - TimeDelta::days(1)))
        .exec(db)
        .await?;
    job::Entity::delete_many()
        .filter(job::Column::State.eq("done"))
        .filter(job::Column::FinishedAt.lt(ctx.now - settings.keep_jobs))
        .exec(db)
        .await?;
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::CreatedAt.lt(ctx.now - settings.keep_answers))
        .exec(db)
        .await?;
    Ok(())
}
