//! What the operator decides: flags, then environment, then defaults.
//! `docs/configuration.md` explains each to its reader.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use stoa_kernel::{Environment, Settings, db::sqlite_url};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Env {
    Development,
    Production,
}

/// Options every command takes.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Folder of the SQLite file, pictures, mail and secrets.
    #[arg(long, env = "STOA_DATA", default_value = "./data", global = true)]
    pub data: PathBuf,
    /// Database: a SQLite file in the data folder unless this names PostgreSQL (postgres://…).
    #[arg(long, env = "STOA_DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// `development` has demo sign-ins, /dev pages and plain HTTP cookies; `production` does not.
    #[arg(long = "environment", env = "STOA_ENV", value_enum, default_value = "development", global = true)]
    pub env: Env,
    /// Origin under which shoppers see the shop.
    #[arg(long, env = "STOA_PUBLIC_URL", default_value = "http://localhost:3000", global = true)]
    pub public_url: String,
    /// Pictures and documents in a bucket instead of the data folder (s3://…).
    #[arg(long, env = "STOA_S3_URL", global = true, hide_env_values = true)]
    pub s3_url: Option<String>,
    /// Mail by SMTP instead of files in the data folder (smtp://… or smtps://…).
    #[arg(long, env = "STOA_SMTP_URL", global = true, hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Sender of every mail.
    #[arg(long, env = "STOA_MAIL_FROM", default_value = "Stoa <shop@stoa.example>", global = true)]
    pub mail_from: String,
    /// A sandbox payment provider running as its own process; embedded unless set.
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
    /// Minutes that stock stays reserved for a checkout.
    #[arg(long, env = "STOA_RESERVATION_MINUTES", default_value_t = 15, global = true)]
    pub reservation_minutes: i64,
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
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
    /// Requests a minute that one address or key may send to /v1.
    #[arg(long, env = "STOA_API_RATE", default_value_t = 6000)]
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
        self.env == Env::Development
    }

    /// The kernel's settings; makes the data folder and the secret when they are missing.
    pub fn settings(&self) -> Result<Settings> {
        std::fs::create_dir_all(&self.data).with_context(|| {
            format!("the data folder {} can't be made: choose another with --data", self.data.display())
        })?;
        let data = std::path::absolute(&self.data)?;
        Ok(Settings {
            environment: match self.env {
                Env::Development => Environment::Development,
                Env::Production => Environment::Production,
            },
            public_url: self.public_url.trim_end_matches('/').to_owned(),
            secret: self.secret()?,
            data,
            keep_events: TimeDelta::days(self.keep_events_days),
            keep_jobs: TimeDelta::days(self.keep_jobs_days),
            keep_answers: TimeDelta::hours(self.keep_answers_hours),
            reservation: TimeDelta::minutes(self.reservation_minutes),
            import_limit: self.import_limit,
            upload_limit: self.upload_limit,
        })
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
