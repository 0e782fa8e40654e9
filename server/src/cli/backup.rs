//! `stoa backup` and `stoa restore`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use sea_orm::{ConnectionTrait, Statement};

use crate::{config::Config, wire};

/// What lies in the data folder beside the database and belongs to a backup.
const KEPT: &[&str] = &["objects", "secret.key", "sandbox.db"];

/// Makes `folder` with a consistent copy of the database, then the files. Files are
/// only ever added while the shop runs, so copying them second loses none.
pub async fn backup(config: &Config, folder: &Path) -> Result<()> {
    if folder.exists() {
        bail!("{} exists: name a new folder", folder.display());
    }
    std::fs::create_dir_all(folder)?;
    if config.is_sqlite() {
        let db = wire::database(config).await?;
        let target = folder.join("stoa.db");
        let into = Statement::from_sql_and_values(
            db.backend(),
            "VACUUM INTO $1",
            [target.to_string_lossy().into_owned().into()],
        );
        db.read().execute_raw(into).await.context("the database can't be copied")?;
    } else {
        let url = config.database_url();
        command(
            "pg_dump",
            &["--format=custom", "--file", &folder.join("stoa.dump").to_string_lossy(), &url],
        )?;
    }
    for name in KEPT {
        let from = config.data.join(name);
        if from.exists() {
            copy(&from, &folder.join(name))?;
        }
    }
    println!("Backup complete in {}. Put it back with: stoa restore {0} --data NEW", folder.display());
    Ok(())
}

/// Fills an empty data folder (or an empty PostgreSQL database) from a backup.
pub async fn restore(config: &Config, folder: &Path) -> Result<()> {
    if !folder.join("stoa.db").exists() && !folder.join("stoa.dump").exists() {
        bail!("{} holds no backup: it has neither stoa.db nor stoa.dump", folder.display());
    }
    std::fs::create_dir_all(&config.data)?;
    let taken = config.data.read_dir()?.next().is_some();
    if taken {
        bail!("{} is not empty: restore into a new folder with --data", config.data.display());
    }
    if config.is_sqlite() {
        if !folder.join("stoa.db").exists() {
            bail!("this is a backup of PostgreSQL: set STOA_DATABASE_URL to an empty database");
        }
        std::fs::copy(folder.join("stoa.db"), config.data.join("stoa.db"))?;
    } else {
        let url = config.database_url();
        command(
            "pg_restore",
            &["--exit-on-error", "--no-owner", "--dbname", &url, &folder.join("stoa.dump").to_string_lossy()],
        )?;
    }
    for name in KEPT {
        let from = folder.join(name);
        if from.exists() {
            copy(&from, &config.data.join(name))?;
        }
    }
    println!("Restored into {}. Check it with: stoa doctor", config.data.display());
    Ok(())
}

fn command(program: &str, arguments: &[&str]) -> Result<()> {
    let status = std::process::Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("{program} is not installed: install PostgreSQL's client programs"))?;
    if !status.success() {
        bail!("{program} failed: {status}");
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        std::fs::copy(from, to).with_context(|| format!("{} can't be copied", from.display()))?;
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
