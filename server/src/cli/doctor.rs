//! `stoa doctor`.

use std::{collections::BTreeMap, process::ExitCode};

use anyhow::Result;
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;
use stoa_kernel::{App, Ctx, audit};

use crate::{config::Config, wire};

/// One thing looked at.
#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    detail: String,
}

pub async fn run(config: &Config, json: bool) -> Result<ExitCode> {
    let findings = look(config).await?;
    for finding in &findings {
        if json {
            println!("{}", serde_json::to_string(finding)?);
        } else {
            println!(
                "{}  {:<10} {}",
                if finding.ok { "ok  " } else { "LOOK" },
                finding.check,
                finding.detail
            );
        }
    }
    Ok(if findings.iter().all(|finding| finding.ok) { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

async fn look(config: &Config) -> Result<Vec<Finding>> {
    let db = wire::database(config).await?;
    let pending = wire::pending(&db).await?;
    let mut findings = vec![Finding {
        check: "schema",
        ok: pending == 0,
        detail: if pending == 0 {
            "current".to_owned()
        } else {
            format!("{pending} migrations to run: stoa migrate")
        },
    }];
    if pending > 0 {
        return Ok(findings);
    }
    let app = wire::app_over(config, db, None).await?;
    let ctx = Ctx::system(&app);
    let mut add = |check, ok, good: &str, bad: String| {
        findings.push(Finding { check, ok, detail: if ok { good.to_owned() } else { bad } });
    };
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for account in stoa_payments::ledger::trial_balance(app.db.read()).await? {
        *sums.entry(account.currency.to_string()).or_default() += account.balance;
    }
    let off: Vec<String> =
        sums.into_iter().filter(|(_, sum)| *sum != 0).map(|(currency, _)| currency).collect();
    add(
        "books",
        off.is_empty(),
        "all accounts sum to zero",
        format!("do not sum to zero in {}", off.join(", ")),
    );
    let stock = stoa_fulfilment::inventory::verify_ledger(&ctx).await?;
    add(
        "stock",
        stock.is_empty(),
        "every level equals the sum of its movements",
        format!("{} levels differ from their movements", stock.len()),
    );
    let audit = audit::verify(&ctx).await?;
    add(
        "audit",
        audit,
        "the chain is whole",
        "the chain is broken: records were changed after they were written".to_owned(),
    );
    let events = count(&app, "SELECT COUNT(*) AS n FROM outbox_event WHERE state = 'dead'").await?;
    add(
        "events",
        events == 0,
        "none failed for good",
        format!("{events} failed for good; read outbox_event.last_error"),
    );
    let jobs = count(&app, "SELECT COUNT(*) AS n FROM job WHERE state = 'dead'").await?;
    add("jobs", jobs == 0, "none failed for good", format!("{jobs} failed for good; read job.last_error"));
    Ok(findings)
}

async fn count(app: &App, sql: &str) -> Result<i64> {
    let row = app.db.read().query_one_raw(Statement::from_string(app.db.backend(), sql)).await?;
    Ok(row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or(0))
}
