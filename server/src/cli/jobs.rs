//! `stoa jobs`: what runs in the background, and putting back what failed for good.

use anyhow::{Result, bail};
use clap::{Subcommand, ValueEnum};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use stoa_kernel::{Ctx, Job, jobs};
use stoa_kernel_entities::job::{Column, Entity};
use stoa_types::{Id, Job as JobKind};

use super::out;
use crate::{config::Config, wire};

#[derive(Subcommand)]
pub enum Jobs {
    /// What waits, runs or failed for good, the latest first
    List {
        /// Only jobs in these states; all but done unless told
        #[arg(long, value_enum, value_delimiter = ',')]
        state: Vec<State>,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u64,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Put jobs that failed for good back in line, with all their attempts before them
    Retry {
        #[command(flatten)]
        which: Which<JobKind>,
    },
}

/// One that failed for good, or all of them.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Which<K: stoa_types::Kind> {
    /// Its id, as `list` shows it
    #[arg(value_name = "ID")]
    pub id: Option<Id<K>>,
    /// Every one that failed for good
    #[arg(long)]
    pub all_dead: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum State {
    /// Waits for its time or a worker
    Queued,
    /// A worker has it
    Running,
    /// Has succeeded
    Done,
    /// Failed for good
    Dead,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

pub async fn run(config: &Config, command: Jobs) -> Result<()> {
    match command {
        Jobs::List { state, limit, json } => list(config, &state, limit, json).await,
        Jobs::Retry { which } => {
            let app = wire::existing(config).await?;
            let ctx = Ctx::system(&app);
            let count = jobs::retry(&ctx, which.id).await?;
            if count == 0
                && let Some(id) = which.id
            {
                match Entity::find_by_id(id.uuid()).one(app.db.read()).await? {
                    Some(job) => bail!("{id} is {}: only what failed for good is put back", job.state),
                    None => bail!("there is no {id} (`stoa jobs list` shows what there is)"),
                }
            }
            put_back(count, "job")
        }
    }
}

/// Says how many will be tried again.
pub fn put_back(count: u64, what: &str) -> Result<()> {
    out::line(match count {
        0 => format!("No {what} failed for good."),
        1 => format!("1 {what} is tried again."),
        many => format!("{many} {what}s are tried again."),
    })
}

async fn list(config: &Config, states: &[State], limit: u64, json: bool) -> Result<()> {
    let states: &[State] = match states {
        [] => &[State::Queued, State::Running, State::Dead],
        some => some,
    };
    let db = wire::existing_database(config).await?;
    let chosen = Entity::find().filter(Column::State.is_in(states.iter().map(|state| state.name())));
    let rows = chosen.order_by_desc(Column::Id).limit(limit.saturating_add(1)).all(db.read()).await?;
    let more = rows.len() as u64 > limit;
    for job in rows.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        if json {
            out::line(view(job))?;
        } else {
            out::line(text(job))?;
        }
    }
    if more {
        eprintln!("There are more: --limit shows them.");
    }
    Ok(())
}

/// What operators see of a job. Its payload stays inside: it may name people.
fn view(job: &Job) -> Value {
    json!({
        "id": Id::<JobKind>::new(job.id),
        "kind": job.kind,
        "state": job.state,
        "background": job.background,
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "created_at": job.created_at,
        "run_at": job.run_at,
        "finished_at": job.finished_at,
        "progress": job.progress_total.map(|total| json!({ "done": job.progress_done, "total": total })),
        "trace": job.trace,
        "error": job.last_error,
    })
}

fn text(job: &Job) -> String {
    let mut text = format!(
        "{}  {:<7} {:<28} {}/{} tries  {}",
        Id::<JobKind>::new(job.id),
        job.state,
        job.kind,
        job.attempts,
        job.max_attempts,
        job.run_at.format("%Y-%m-%d %H:%M:%S"),
    );
    if let Some(total) = job.progress_total {
        text.push_str(&format!("  {} of {total}", job.progress_done));
    }
    if let Some(error) = job.last_error.as_deref().and_then(|error| error.lines().next()) {
        text.push_str(&format!("  {error}"));
    }
    text
}
