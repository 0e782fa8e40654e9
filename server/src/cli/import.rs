//! `stoa import`: catalogue files of other programs.

use std::{fs::File, io::IsTerminal, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use stoa_channels::channels::{self, Format, ImportRequest};
use stoa_channels_types::{ImportReport, Outcome, Severity};
use stoa_identity::sellers;
use stoa_kernel::Ctx;

use super::out;
use crate::{config::Config, wire};

#[derive(Subcommand)]
pub enum Import {
    /// A product CSV exported from Shopify
    Shopify(ImportArgs),
    /// The products.csv of Vendure's importer
    Vendure(ImportArgs),
}

#[derive(Args)]
pub struct ImportArgs {
    /// The CSV file
    file: PathBuf,
    /// Shop the products belong to (`stoa seller list` shows them)
    #[arg(long, value_name = "SLUG")]
    seller: String,
    /// What the prices in the file are in
    #[arg(long, default_value = "EUR")]
    currency: String,
    /// Category for every product, such as kitchen/jugs, instead of the file's
    #[arg(long, value_name = "PATH")]
    category: Option<String>,
    /// Folder of pictures the file names; `images` beside the file unless given
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// Show what has a price, a picture and a category to shoppers
    #[arg(long)]
    publish: bool,
    /// Say what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The report as one JSON object
    #[arg(long)]
    json: bool,
}

/// Exit code 0 when every product went in, 3 when some were refused.
pub async fn run(config: &Config, import: Import) -> Result<ExitCode> {
    let (format, args) = match import {
        Import::Shopify(args) => (Format::Shopify, args),
        Import::Vendure(args) => (Format::Vendure, args),
    };
    let Ok(currency) = args.currency.parse() else {
        bail!("“{}” is not a currency: give its three letters, such as EUR", args.currency);
    };
    let file = File::open(&args.file).with_context(|| format!("{} can't be opened", args.file.display()))?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        bail!("{} is not a file", args.file.display());
    }
    let app = wire::existing(config).await?;
    let ctx = Ctx::system(&app);
    let seller = sellers::by_slug(&ctx, &args.seller)
        .await
        .with_context(|| format!("no shop is called “{}”: `stoa seller list` shows them", args.seller))?;
    let request = ImportRequest {
        reader: Box::new(file),
        size: facts.len(),
        format: Some(format),
        seller: seller.id,
        currency,
        category: args.category.as_deref().map(category),
        publish: args.publish,
        dry_run: args.dry_run,
        images: args.images.clone().or_else(|| beside(&args.file)),
    };
    let bar = ProgressBar::new(facts.len()).with_style(
        ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}  {msg}  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let report = channels::import(&ctx, request, &mut |progress| {
        bar.set_position(progress.bytes.min(progress.size));
        bar.set_message(format!("{} products", progress.products));
    })
    .await;
    bar.finish_and_clear();
    let report = report?;
    if args.json {
        out::line(serde_json::to_string(&report)?)?;
    } else {
        print(&report)?;
    }
    Ok(if report.counts.refused > 0 { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

/// `Kitchen > Jugs` or `kitchen/jugs`.
fn category(path: &str) -> Vec<String> {
    let separator = if path.contains('>') { '>' } else { '/' };
    path.split(separator).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Where pictures lie when nobody says: `images` beside the file, or the file's folder.
fn beside(file: &std::path::Path) -> Option<PathBuf> {
    let folder = std::path::absolute(file).ok()?.parent()?.to_owned();
    let images = folder.join("images");
    Some(if images.is_dir() { images } else { folder })
}

fn print(report: &ImportReport) -> Result<()> {
    for entry in
        report.rows.iter().filter(|entry| !entry.issues.is_empty() || entry.outcome == Outcome::Refused)
    {
        let name = if entry.handle.is_empty() { "(no name)" } else { &entry.handle };
        out::line(format_args!(
            "rows {:>5}–{:<5}  {:<9}  {name}",
            entry.row,
            entry.last_row,
            word(entry.outcome)
        ))?;
        for issue in &entry.issues {
            let weight = match issue.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let column = issue.column.as_deref().map(|column| format!(", {column}")).unwrap_or_default();
            out::line(format_args!(
                "  row {}{column}: {weight}: {} [{}]",
                issue.row, issue.message, issue.code
            ))?;
        }
    }
    if report.truncated {
        out::line("More rows have issues than are shown; the counts are complete.")?;
    }
    let counts = &report.counts;
    let (made, changed) = match report.dry_run {
        true => ("would be created", "would be updated"),
        false => ("created", "updated"),
    };
    out::line(format_args!(
        "{} products: {} {made}, {} {changed}, {} unchanged, {} refused; {} warnings",
        counts.products(),
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.refused,
        counts.warnings
    ))?;
    if report.dry_run {
        out::line("This was a dry run: nothing was written.")?;
    }
    Ok(())
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Refused => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_named_with_either_separator() {
        assert_eq!(category("kitchen/jugs"), ["kitchen", "jugs"]);
        assert_eq!(category(" Home & Garden > Pots / Planters "), ["Home & Garden", "Pots / Planters"]);
        assert!(category(" / ").is_empty());
    }
}
