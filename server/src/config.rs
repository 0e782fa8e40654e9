//! What the operator decides: flags, then environment, then defaults.
//! `docs/configuration.md` explains each to its reader.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use stoa_identity::auth::{OidcProvider, OidcSettings, SecondStepPolicy, SocialLogin, SocialLogins};
use stoa_kernel::{Environment, Settings, db::sqlite_url};

/// Requests a minute that one network may send to /v1 unless told otherwise.
const API_RATE: u32 = 6000;
/// How much more a network may do while developing, where journeys and hands are one address.
const WHILE_DEVELOPING: u32 = 20;
/// What `--sandbox-url` says for the bank inside the program.
const EMBEDDED: &str = "embedded";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Env {
    Development,
    Production,
}

/// The file that `--social-login` names.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Providers {
    #[serde(default)]
    provider: Vec<OidcSettings>,
}

/// Whether something has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wanted {
    Required,
    Optional,
}

/// Options every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Config {
    /// Folder of the SQLite file, pictures, mail and secrets.
    #[arg(long, env = "STOA_DATA", default_value = "./data", global = true)]
    pub data: PathBuf,
    /// Database: a SQLite file in the data folder unless this names PostgreSQL (postgres://…).
    #[arg(long, env = "STOA_DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// `development` has demo sign-ins, /dev pages and plain HTTP cookies; `production` does not.
    /// Unless set, it is development, and serves this machine alone.
    #[arg(long = "environment", env = "STOA_ENV", value_enum, global = true)]
    pub env: Option<Env>,
    /// Origin under which shoppers see the shop; `http://localhost:` and the port served on unless set.
    #[arg(long, env = "STOA_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,
    /// Pictures and documents in a bucket instead of the data folder (s3://…).
    #[arg(long, env = "STOA_S3_URL", global = true, hide_env_values = true)]
    pub s3_url: Option<String>,
    /// Mail by SMTP instead of files in the data folder (smtp://… or smtps://…).
    #[arg(long, env = "STOA_SMTP_URL", global = true, hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Allowances, short-lived copies and word between processes in Redis or Valkey instead of
    /// in this process (redis://… or rediss://…).
    #[arg(long, env = "STOA_REDIS_URL", global = true, hide_env_values = true)]
    pub redis_url: Option<String>,
    /// Sender of every mail.
    #[arg(long, env = "STOA_MAIL_FROM", default_value = "Stoa <shop@stoa.example>", global = true)]
    pub mail_from: String,
    /// A sandbox payment provider running as its own process; `embedded` for the one inside,
    /// which production does not use unless it is asked for by this word.
    #[arg(long, env = "STOA_SANDBOX_URL", global = true)]
    pub sandbox_url: Option<String>,
    /// Secret for signed links, 64 hexadecimal digits; made and kept in the data folder unless set.
    #[arg(long, env = "STOA_SECRET", global = true, hide_env_values = true)]
    pub secret: Option<String>,
    /// Largest import file in bytes.
    #[arg(long, env = "STOA_IMPORT_LIMIT", default_value_t = 512 * 1024 * 1024, global = true)]
    pub import_limit: u64,
    /// Largest picture in bytes.
    #[arg(long, env = "STOA_UPLOAD_LIMIT", default_value_t = 25 * 1024 * 1024, global = true)]
    pub upload_limit: u64,
    /// Days that delivered events are kept.
    #[arg(long, env = "STOA_KEEP_EVENTS_DAYS", default_value_t = 30, global = true)]
    pub keep_events_days: i64,
    /// Days that finished jobs are kept.
    #[arg(long, env = "STOA_KEEP_JOBS_DAYS", default_value_t = 14, global = true)]
    pub keep_jobs_days: i64,
    /// Hours that answers to repeatable requests are kept.
    #[arg(long, env = "STOA_KEEP_ANSWERS_HOURS", default_value_t = 48, global = true)]
    pub keep_answers_hours: i64,
    /// Days without a change after which an open cart is deleted.
    #[arg(long, env = "STOA_KEEP_CARTS_DAYS", default_value_t = 90, global = true,
        value_parser = clap::value_parser!(i64).range(1..=36_500))]
    pub keep_carts_days: i64,
    /// Days that the words of payment providers' messages are kept.
    #[arg(long, env = "STOA_KEEP_MESSAGES_DAYS", default_value_t = 90, global = true,
        value_parser = clap::value_parser!(i64).range(1..=36_500))]
    pub keep_messages_days: i64,
    /// Minutes that stock stays reserved for a checkout.
    #[arg(long, env = "STOA_RESERVATION_MINUTES", default_value_t = 15, global = true)]
    pub reservation_minutes: i64,
    /// Whether people with a role of the platform must have a second step (an authenticator app
    /// or a passkey) before it counts; `required` in production unless set.
    #[arg(long, env = "STOA_STAFF_SECOND_STEP", value_enum, global = true)]
    pub staff_second_step: Option<Wanted>,
    /// The same for sellers' people.
    #[arg(long, env = "STOA_SELLER_SECOND_STEP", value_enum, default_value_t = Wanted::Optional, global = true)]
    pub seller_second_step: Wanted,
    /// Folder of the keys that OAuth tokens are signed with (PKCS#8 in `.pem` files); `oauth` in
    /// the data folder unless set, and made there when there are none.
    #[arg(long, env = "STOA_OAUTH_KEYS", global = true)]
    pub oauth_keys: Option<PathBuf>,
    /// A TOML file that names the OpenID Connect providers people may sign in with.
    #[arg(long, env = "STOA_SOCIAL_LOGIN", global = true)]
    pub social_login: Option<PathBuf>,
    /// What `serve` was told by `--api-rate`; the limits of single use cases follow it.
    #[arg(skip = API_RATE)]
    pub api_rate: u32,
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options")]
pub struct ServeConfig {
    /// Address to listen on.
    #[arg(long, env = "STOA_BIND", default_value = "127.0.0.1:3000")]
    pub bind: SocketAddr,
    /// Folder of the browser bundle; pages work without it, without scripts.
    #[arg(long, env = "STOA_SITE", default_value = "./site")]
    pub site: PathBuf,
    /// Leave events and jobs to `stoa worker` (PostgreSQL only).
    #[arg(long, env = "STOA_NO_WORKERS")]
    pub no_workers: bool,
    /// Job loops in this process.
    #[arg(long, env = "STOA_WORKERS", default_value_t = 2)]
    pub workers: usize,
    /// Requests a minute that one network may send to /v1; the limits on forms, carts,
    /// checkouts and payments rise with it.
    #[arg(long, env = "STOA_API_RATE", default_value_t = API_RATE)]
    pub api_rate: u32,
    /// Take the caller's address from `X-Forwarded-For`: set only behind a proxy that writes it.
    #[arg(long, env = "STOA_TRUST_PROXY")]
    pub trust_proxy: bool,
}

impl Config {
    pub fn database_url(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| sqlite_url(&self.data))
    }

    pub fn is_sqlite(&self) -> bool {
        self.database_url().starts_with("sqlite:")
    }

    pub fn is_development(&self) -> bool {
        self.env != Some(Env::Production)
    }

    /// Whose role counts only with a second step. Development asks nobody, so that its demo
    /// sign-ins work.
    pub fn second_step(&self) -> SecondStepPolicy {
        let staff = match self.staff_second_step {
            Some(wanted) => wanted == Wanted::Required,
            None => !self.is_development(),
        };
        SecondStepPolicy { staff, sellers: self.seller_second_step == Wanted::Required }
    }

    /// The providers people may sign in with; none unless a file names them.
    pub fn social_logins(&self) -> Result<SocialLogins> {
        let Some(file) = &self.social_login else { return Ok(SocialLogins::default()) };
        let named = || format!("the providers in {} can't be used", file.display());
        let text = std::fs::read_to_string(file).with_context(named)?;
        let Providers { provider } = toml::from_str(&text).with_context(named)?;
        let mut keys = std::collections::HashSet::new();
        if let Some(twice) = provider.iter().find(|one| !keys.insert(one.key.clone())) {
            return Err(anyhow::anyhow!("{} is there twice", twice.key)).with_context(named);
        }
        let wire = |settings| -> Result<Arc<dyn SocialLogin>> {
            let provider = OidcProvider::new(settings, self.is_development());
            Ok(Arc::new(provider.map_err(|wrong| anyhow::anyhow!(wrong))?))
        };
        let wired: Vec<_> = provider.into_iter().map(wire).collect::<Result<_>>().with_context(named)?;
        Ok(SocialLogins(wired.into()))
    }

    /// Where the sandbox payment provider runs; `None` when it is the one inside.
    pub fn sandbox_url(&self) -> Option<&str> {
        self.sandbox_url.as_deref().filter(|url| *url != EMBEDDED)
    }

    /// Says what a shop that takes no real money should know, and refuses what would give
    /// goods or mails away unasked: test cards in production, development for the whole
    /// network. `bind` is the address served on, if one is.
    pub fn check_exposure(&self, bind: Option<SocketAddr>) -> Result<()> {
        let open = bind.filter(|bind| !bind.ip().to_canonical().is_loopback());
        match (self.env, open) {
            (None, Some(bind)) => bail!(
                "{bind} can be reached by others, and development shows everybody's mail at /dev/mail: set \
                 --environment production, or --environment development where that is meant"
            ),
            (Some(Env::Development), Some(bind)) => {
                tracing::warn!("{bind} can be reached by others, and /dev/mail shows everybody's mail");
            }
            (Some(Env::Production), _) if self.sandbox_url.is_none() => bail!(
                "there is no payment provider for production yet, and the sandbox takes its test cards for money: \
                 to try production all the same, set --sandbox-url embedded, or the address of a `stoa sandbox`"
            ),
            (Some(Env::Production), _) => {
                tracing::warn!("payments are played by the sandbox: anybody can pay with its test cards");
            }
            _ => {}
        }
        Ok(())
    }

    /// Origin under which shoppers see the shop, without a trailing slash.
    pub fn public_url(&self) -> String {
        let url = self.public_url.as_deref().unwrap_or("http://localhost:3000");
        url.trim_end_matches('/').to_owned()
    }

    /// The kernel's settings; makes the data folder and the secret when they are missing.
    pub fn settings(&self) -> Result<Settings> {
        std::fs::create_dir_all(&self.data).with_context(|| {
            format!("the data folder {} can't be made: choose another with --data", self.data.display())
        })?;
        let data = std::path::absolute(&self.data)?;
        Ok(Settings {
            environment: if self.is_development() {
                Environment::Development
            } else {
                Environment::Production
            },
            public_url: self.public_url(),
            secret: self.secret()?,
            data,
            keep_events: TimeDelta::days(self.keep_events_days),
            keep_jobs: TimeDelta::days(self.keep_jobs_days),
            keep_answers: TimeDelta::hours(self.keep_answers_hours),
            keep_carts: TimeDelta::days(self.keep_carts_days),
            keep_messages: TimeDelta::days(self.keep_messages_days),
            reservation: TimeDelta::minutes(self.reservation_minutes),
            allowance: self.allowance(),
            import_limit: self.import_limit,
            upload_limit: self.upload_limit,
        })
    }

    fn allowance(&self) -> u32 {
        let developing = if self.is_development() { WHILE_DEVELOPING } else { 1 };
        (self.api_rate / API_RATE).max(1).saturating_mul(developing)
    }

    fn secret(&self) -> Result<[u8; 32]> {
        let text = match &self.secret {
            Some(text) => text.clone(),
            None => kept_secret(&self.data.join("secret.key"))?,
        };
        let mut secret = [0; 32];
        if hex::decode_to_slice(text.trim(), &mut secret).is_err() {
            bail!("the secret must be 64 hexadecimal digits: make one with `openssl rand -hex 32`");
        }
        Ok(secret)
    }
}

/// The secret in the file, made on first use and readable by its owner alone.
fn kept_secret(file: &std::path::Path) -> Result<String> {
    if let Ok(text) = std::fs::read_to_string(file) {
        return Ok(text);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let text = hex::encode(bytes);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(mut open) => std::io::Write::write_all(&mut open, text.as_bytes())?,
        // Another process was first: its secret counts.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Ok(std::fs::read_to_string(file)?);
        }
        Err(error) => return Err(error).with_context(|| format!("{} can't be written", file.display())),
    }
    Ok(text)
}
