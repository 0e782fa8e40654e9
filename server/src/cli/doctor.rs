//! `stoa doctor`: looks, and changes nothing.

use std::{collections::BTreeMap, process::ExitCode};

use anyhow::Result;
use object_store::ObjectStoreExt;
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;
use stoa_catalog::media;
use stoa_kernel::{App, Ctx, Db, audit};

use super::out;
use crate::{config::Config, wire};

/// One thing looked at.
#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    /// What was seen, and what to do about it.
    detail: String,
}

/// Prints findings as they are made.
struct Report {
    json: bool,
    clean: bool,
}

impl Report {
    fn add(&mut self, check: &'static str, found: Result<String, String>) -> Result<()> {
        let ok = found.is_ok();
        self.clean &= ok;
        let finding = Finding { check, ok, detail: found.unwrap_or_else(|bad| bad) };
        if self.json {
            return out::line(serde_json::to_string(&finding)?);
        }
        let mark = if ok { "ok  " } else { "LOOK" };
        out::line(format_args!("{mark}  {:<10} {}", finding.check, finding.detail))
    }
}

/// Exit code 0 when all is well, 3 when there is something to look at.
pub async fn run(config: &Config, json: bool) -> Result<ExitCode> {
    let mut report = Report { json, clean: true };
    look(config, &mut report).await?;
    Ok(if report.clean { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

async fn look(config: &Config, report: &mut Report) -> Result<()> {
    let db = wire::existing_database(config).await?;
    report.add("settings", settings(config))?;
    report.add("database", database(&db).await?)?;
    let pending = wire::pending(&db).await?;
    report.add(
        "schema",
        if pending == 0 {
            Ok("current".to_owned())
        } else {
            Err(format!("{pending} migrations to run: stoa migrate"))
        },
    )?;
    if pending > 0 {
        // What follows reads tables as this release knows them.
        return Ok(());
    }
    let app = wire::app_over(config, db, None).await?;
    let ctx = Ctx::system(&app);
    report.add("books", books(&app).await?)?;
    report.add("stock", stock(&ctx).await?)?;
    report.add("files", files(&ctx).await?)?;
    report.add(
        "audit",
        if audit::verify(&ctx).await? {
            Ok("the chain is whole".to_owned())
        } else {
            Err("the chain is broken: records were changed or removed after they were written. Compare with a backup (stoa restore into a new folder)".to_owned())
        },
    )?;
    report.add("events", dead(&app, "outbox_event", "stoa events dead", "stoa events retry").await?)?;
    report.add("jobs", dead(&app, "job", "stoa jobs list --state dead", "stoa jobs retry").await?)
}

/// What is well enough for trying and not for trading.
fn settings(config: &Config) -> Result<String, String> {
    if config.is_development() {
        return Ok("development: demo sign-ins and /dev pages are on".to_owned());
    }
    let mut wrong = Vec::new();
    if !config.public_url().starts_with("https://") {
        wrong.push("shoppers' links and cookies go without TLS: set STOA_PUBLIC_URL to the https address");
    }
    if config.smtp_url.is_none() {
        wrong.push("mail is only written to files: set STOA_SMTP_URL");
    }
    if wrong.is_empty() { Ok("fit for production".to_owned()) } else { Err(wrong.join("; ")) }
}

async fn database(db: &Db) -> Result<Result<String, String>> {
    if !db.is_sqlite() {
        return Ok(Ok("PostgreSQL answers".to_owned()));
    }
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), "PRAGMA quick_check(5)")).await?;
    let lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    Ok(if lines == ["ok"] {
        Ok("the SQLite file is whole".to_owned())
    } else {
        Err(format!("the SQLite file is damaged: {}. Restore the last backup", lines.join("; ")))
    })
}

async fn books(app: &App) -> Result<Result<String, String>> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for account in stoa_payments::ledger::trial_balance(app.db.read()).await? {
        *sums.entry(account.currency.to_string()).or_default() += account.balance;
    }
    let off: Vec<String> = sums
        .into_iter()
        .filter(|(_, sum)| *sum != 0)
        .map(|(currency, sum)| format!("{currency} by {sum}"))
        .collect();
    Ok(if off.is_empty() {
        Ok("all accounts sum to zero".to_owned())
    } else {
        Err(format!("accounts do not sum to zero (minor units): {}", off.join(", ")))
    })
}

async fn stock(ctx: &Ctx) -> Result<Result<String, String>> {
    let wrong = stoa_fulfilment::inventory::verify_ledger(ctx).await?;
    let Some(first) = wrong.first() else {
        return Ok(Ok("every level equals the sum of its movements".to_owned()));
    };
    Ok(Err(format!(
        "{} counters differ from their movements; the first: {} of {} is {}, its movements say {}, orders and reservations {}",
        wrong.len(),
        first.counter,
        first.sku,
        first.stock,
        first.ledger,
        first.promised
    )))
}

async fn files(ctx: &Ctx) -> Result<Result<String, String>> {
    // A store that does not answer is a finding, not the end of the visit.
    if let Err(error) = ctx.app.objects.head(&object_store::path::Path::from("media")).await
        && !matches!(error, object_store::Error::NotFound { .. })
    {
        return Ok(Err(format!("the file store does not answer: {error}")));
    }
    let report = media::verify_files(ctx).await?;
    let mut wrong = Vec::new();
    if !report.missing.is_empty() {
        wrong.push(format!(
            "{} files are missing ({}): put them back from a backup",
            report.missing.len(),
            some(&report.missing)
        ));
    }
    if !report.orphaned.is_empty() {
        wrong.push(format!(
            "{} files belong to nothing ({}): they can be deleted",
            report.orphaned.len(),
            some(&report.orphaned)
        ));
    }
    Ok(if wrong.is_empty() {
        Ok(format!("all {} are there, and no others", report.known))
    } else {
        Err(wrong.join("; "))
    })
}

/// The first few of many.
fn some(names: &[String]) -> String {
    let mut shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 3 {
        shown.push_str(", …");
    }
    shown
}

async fn dead(app: &App, table: &str, list: &str, retry: &str) -> Result<Result<String, String>> {
    let sql = format!("SELECT COUNT(*) AS n FROM {table} WHERE state = 'dead'");
    let row = app.db.read().query_one_raw(Statement::from_string(app.db.backend(), sql)).await?;
    let count: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or(0);
    Ok(if count == 0 {
        Ok("none failed for good".to_owned())
    } else {
        Err(format!("{count} failed for good: `{list}` says why, `{retry} --all-dead` tries them again"))
    })
}
