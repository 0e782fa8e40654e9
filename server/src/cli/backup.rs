//! `stoa backup` and `stoa restore`.
//!
//! A backup is a folder: the database (`stoa.db`, or `stoa.dump` of PostgreSQL), the
//! files, the secret, the sandbox bank's file, and `backup.json` that says what it is.
//! `backup.json` is written last, so a backup that was interrupted is none.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};
use stoa_kernel::{App, Db};
use stoa_migration::{Migrator, MigratorTrait};

use super::out;
use crate::{config::Config, progress::bar, wire};

/// How a backup is laid out; a later layout gets the next number.
const LAYOUT: u32 = 1;
const MANIFEST: &str = "backup.json";
const FILES: &str = "objects";
const SECRET: &str = "secret.key";
const BANK: &str = "sandbox.db";

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    layout: u32,
    /// The program that made it.
    stoa: String,
    made_at: chrono::DateTime<chrono::Utc>,
    /// `sqlite` or `postgres`.
    database: String,
    /// The newest migration its schema has.
    schema: Option<String>,
    /// How many files are in it; none when they lie in a bucket.
    files: Option<u64>,
}

/// Makes `folder` with a consistent copy of the database and then the files, while the
/// shop runs. Files are only ever added, each before its row is written, so copying them
/// second loses none.
pub async fn backup(config: &Config, folder: &Path, json: bool) -> Result<()> {
    if folder.exists() {
        bail!("{} exists: name a new folder", folder.display());
    }
    let db = wire::existing_database(config).await?;
    std::fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let schema = Migrator::get_applied_migrations(db.write()).await?.last().map(|one| one.name().to_owned());
    eprintln!("Copying the database …");
    if config.is_sqlite() {
        copy_sqlite(&db, &folder.join("stoa.db")).await?;
    } else {
        let target = folder.join("stoa.dump");
        postgres("pg_dump", config, &["--format=custom", "--file", &target.to_string_lossy()])?;
    }
    let bank = config.data.join(BANK);
    if bank.exists() {
        let bank = Db::connect(&format!("sqlite:{}", bank.display())).await?;
        copy_sqlite(&bank, &folder.join(BANK)).await?;
    }
    if config.data.join(SECRET).exists() {
        copy(&config.data.join(SECRET), &folder.join(SECRET))?;
    }
    let files = match config.s3_url {
        None => Some(copy_files("Copying", &config.data.join(FILES), &folder.join(FILES))?),
        Some(_) => None,
    };
    let app: App = wire::app_over(config, db, None).await?;
    let manifest = Manifest {
        layout: LAYOUT,
        stoa: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: app.now(),
        database: if config.is_sqlite() { "sqlite" } else { "postgres" }.to_owned(),
        schema,
        files,
    };
    std::fs::write(folder.join(MANIFEST), serde_json::to_vec_pretty(&manifest)?)?;
    if files.is_none() {
        eprintln!("Pictures lie in the bucket: back it up by its own means.");
    }
    if json {
        return out::line(serde_json::to_string(&manifest)?);
    }
    out::line(format_args!(
        "The backup in {} is complete ({}). It holds the secret that signs links: keep it where others can't read it.\n\
         Put it back into a new folder with: stoa restore {0} --data NEW",
        folder.display(),
        files.map_or_else(|| "no files".to_owned(), |count| format!("{count} files")),
    ))
}

/// Fills an empty data folder (and an empty PostgreSQL database) from a backup. The
/// database comes last, so what was interrupted is not taken for a shop.
pub async fn restore(config: &Config, folder: &Path, json: bool) -> Result<()> {
    let manifest = read_manifest(folder)?;
    let data = &config.data;
    std::fs::create_dir_all(data).with_context(|| format!("{} can't be made", data.display()))?;
    // A mounted disk has a folder of its own.
    let taken = data.read_dir()?.flatten().find(|entry| entry.file_name() != "lost+found");
    if let Some(taken) = taken {
        bail!(
            "{} is not empty (it has {}): restore into a new folder with --data",
            data.display(),
            taken.file_name().to_string_lossy()
        );
    }
    match (config.is_sqlite(), manifest.database.as_str()) {
        (true, "sqlite") => {}
        (false, "postgres") => {
            let db = wire::database(config).await?;
            let tables =
                "SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_schema = current_schema()";
            let row = db.read().query_one_raw(Statement::from_string(db.backend(), tables)).await?;
            let count: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or(0);
            if count > 0 {
                bail!(
                    "the PostgreSQL database has {count} tables already: restore into an empty one (createdb)"
                );
            }
        }
        (true, _) => bail!("this is a backup of PostgreSQL: set STOA_DATABASE_URL to an empty database"),
        (false, _) => bail!("this is a backup of SQLite: leave out STOA_DATABASE_URL"),
    }
    if folder.join(FILES).exists() {
        let count = copy_files("Putting back", &folder.join(FILES), &data.join(FILES))?;
        if manifest.files != Some(count) {
            bail!(
                "the backup should have {} files and has {count}: it is not whole",
                manifest.files.unwrap_or(0)
            );
        }
    }
    for name in [SECRET, BANK] {
        if folder.join(name).exists() {
            copy(&folder.join(name), &data.join(name))?;
        }
    }
    if config.is_sqlite() {
        let (part, whole) = (data.join("stoa.db.part"), data.join("stoa.db"));
        copy(&folder.join("stoa.db"), &part)?;
        std::fs::rename(&part, &whole)?;
    } else {
        let dump = folder.join("stoa.dump");
        postgres(
            "pg_restore",
            config,
            &[
                "--exit-on-error",
                "--single-transaction",
                "--no-owner",
                "--no-privileges",
                &dump.to_string_lossy(),
            ],
        )?;
    }
    if json {
        return out::line(serde_json::to_string(&manifest)?);
    }
    out::line(format_args!(
        "Restored the shop of {} into {}. Look it over with: stoa doctor --data {1}",
        manifest.made_at.format("%Y-%m-%d %H:%M UTC"),
        data.display()
    ))
}

/// What the backup says of itself, when this program can read it.
fn read_manifest(folder: &Path) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read(&path).with_context(|| {
        format!("{} is no backup that was completed: it has no {MANIFEST}", folder.display())
    })?;
    let manifest: Manifest =
        serde_json::from_slice(&text).with_context(|| format!("{} can't be read", path.display()))?;
    let known = |name: &String| Migrator::migrations().iter().any(|one| one.name() == name);
    if manifest.layout > LAYOUT || manifest.schema.as_ref().is_some_and(|name| !known(name)) {
        bail!("this backup was made by stoa {}, which is newer than this one: update first", manifest.stoa);
    }
    Ok(manifest)
}

/// A copy of a SQLite database that others go on writing.
async fn copy_sqlite(db: &Db, target: &Path) -> Result<()> {
    let into = Statement::from_sql_and_values(
        db.backend(),
        "VACUUM INTO $1",
        [target.to_string_lossy().into_owned().into()],
    );
    db.read().execute_raw(into).await.with_context(|| format!("{} can't be written", target.display()))?;
    Ok(())
}

/// Runs one of PostgreSQL's programs on the configured database. The password goes by
/// the environment: arguments are shown to everybody on the machine.
fn postgres(program: &str, config: &Config, arguments: &[&str]) -> Result<()> {
    let mut url: url::Url = config.database_url().parse().context("STOA_DATABASE_URL is no address")?;
    let mut command = std::process::Command::new(program);
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", percent_decode_str(password).decode_utf8_lossy().as_ref());
        let _ = url.set_password(None);
    }
    let status = command.args(arguments).args(["--dbname", url.as_str()]).status().with_context(|| {
        format!("{program} can't be run: install PostgreSQL's client programs (postgresql-client)")
    })?;
    if !status.success() {
        bail!("{program} failed ({status}); what it said stands above");
    }
    Ok(())
}

/// Copies a folder's files and answers how many there were.
fn copy_files(doing: &str, from: &Path, to: &Path) -> Result<u64> {
    let mut files = Vec::new();
    list(from, &mut files)?;
    let bar = bar(doing, files.len() as u64, "files");
    for file in &files {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)?;
        }
        copy(file, &target)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(files.len() as u64)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in folder.read_dir()? {
        let path = entry?.path();
        // The object store writes beside its target and renames: `name#1` is half a file.
        let half = path.file_name().is_some_and(|name| name.to_string_lossy().contains('#'));
        match path.is_dir() {
            true => list(&path, files)?,
            false if half => {}
            false => files.push(path),
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to)
        .with_context(|| format!("{} can't be copied to {}", from.display(), to.display()))?;
    Ok(())
}
