//! `stoa events`: what happens in the shop, and putting back what could not be delivered.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Result, bail};
use chrono::TimeDelta;
use clap::Subcommand;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use stoa_kernel::{Ctx, Db, Event, events};
use stoa_kernel_entities::outbox_event::{Column, Entity};
use stoa_types::{Event as EventKind, Id, id_text};
use uuid::Uuid;

use super::{
    jobs::{Which, put_back},
    out,
};
use crate::{config::Config, wire};

/// An event gets its id when it is written, and is seen when its transaction commits: one
/// with an earlier id may come later. So we look back this far, again and again.
const LOOK_BACK: TimeDelta = TimeDelta::seconds(30);
const PAGE: u64 = 500;

#[derive(Subcommand)]
pub enum Events {
    /// Print every event as CloudEvents JSON, one a line, and wait for more
    Tail {
        /// How many earlier ones first
        #[arg(long, default_value_t = 10)]
        last: u64,
        /// Stop instead of waiting
        #[arg(long)]
        no_follow: bool,
    },
    /// Those that a subscriber failed on for good, the latest first
    Dead {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u64,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Put events that failed for good back in line; who handled them already is not asked again
    Retry {
        #[command(flatten)]
        which: Which<EventKind>,
    },
}

pub async fn run(config: &Config, command: Events) -> Result<()> {
    match command {
        Events::Tail { last, no_follow } => tail(config, last, no_follow).await,
        Events::Dead { limit, json } => dead(config, limit, json).await,
        Events::Retry { which } => {
            let app = wire::existing(config).await?;
            let count = events::retry(&Ctx::system(&app), which.id).await?;
            if count == 0
                && let Some(id) = which.id
            {
                match Entity::find_by_id(id.uuid()).one(app.db.read()).await? {
                    Some(event) => bail!("{id} is {}: only what failed for good is put back", event.state),
                    None => bail!("there is no {id} (`stoa events dead` shows those that failed)"),
                }
            }
            put_back(count, "event")
        }
    }
}

async fn dead(config: &Config, limit: u64, json: bool) -> Result<()> {
    let db = wire::existing_database(config).await?;
    let rows = Entity::find().filter(Column::State.eq("dead")).order_by_desc(Column::Id);
    let rows = rows.limit(limit.saturating_add(1)).all(db.read()).await?;
    for event in rows.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        let id = Id::<EventKind>::new(event.id);
        let subject = id_text(&event.subject_kind, event.subject_id);
        let Event { name, occurred_at, attempts, .. } = event;
        let error = event.last_error.as_deref().unwrap_or_default();
        if json {
            out::line(json!({
                "id": id,
                "type": name,
                "subject": subject,
                "time": occurred_at,
                "attempts": attempts,
                "trace": event.trace,
                "error": error,
            }))?;
        } else {
            let at = occurred_at.format("%Y-%m-%d %H:%M:%S");
            let error = error.lines().next().unwrap_or_default();
            out::line(format_args!("{id}  {name:<28} {subject}  {attempts} tries  {at}  {error}"))?;
        }
    }
    if rows.len() as u64 > limit {
        eprintln!("There are more: --limit shows them.");
    }
    Ok(())
}

async fn tail(config: &Config, last: u64, no_follow: bool) -> Result<()> {
    let db = wire::existing_database(config).await?;
    let mut earlier: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .order_by_desc(Column::Id)
        .limit(last)
        .into_tuple()
        .all(db.read())
        .await?;
    earlier.reverse();
    let newest = Entity::find().select_only().column(Column::Id).order_by_desc(Column::Id).limit(1);
    let newest: Option<Uuid> = newest.into_tuple().one(db.read()).await?;
    // What stands before the earliest that is printed counts as printed.
    let first = match (earlier.first(), newest) {
        (Some(first), _) => Some(*first),
        (None, newest) => newest,
    };
    let mut seen = match newest {
        Some(newest) => {
            let known = ids_after(&db, look_back(newest)).await?;
            known.into_iter().filter(|id| Some(*id) < first || earlier.contains(id) || last == 0).collect()
        }
        None => BTreeSet::new(),
    };
    print(config, &db, &earlier).await?;
    seen.extend(earlier);
    if no_follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let from = seen.last().map_or(Uuid::nil(), |newest| look_back(*newest));
        let mut fresh = ids_after(&db, from).await?;
        fresh.retain(|id| !seen.contains(id));
        print(config, &db, &fresh).await?;
        seen.extend(fresh);
        seen = seen.split_off(&from);
    }
}

/// The smallest id of an event written [`LOOK_BACK`] before this one.
fn look_back(id: Uuid) -> Uuid {
    let millis = id.get_timestamp().map_or(0, |time| {
        let (seconds, nanos) = time.to_unix();
        seconds.saturating_mul(1000).saturating_add(u64::from(nanos) / 1_000_000)
    });
    let from = millis.saturating_sub(LOOK_BACK.num_milliseconds().unsigned_abs());
    uuid::Builder::from_unix_timestamp_millis(from, &[0; 10]).into_uuid()
}

/// Ids after this one, in order.
async fn ids_after(db: &Db, mut after: Uuid) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    loop {
        let page: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(PAGE)
            .into_tuple()
            .all(db.read())
            .await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = *last;
        found.extend(page);
    }
}

async fn print(config: &Config, db: &Db, ids: &[Uuid]) -> Result<()> {
    for ids in ids.chunks(PAGE as usize) {
        let rows = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).order_by_asc(Column::Id);
        for row in rows.all(db.read()).await? {
            out::line(events::cloud_event(&row, &config.public_url()))?;
        }
    }
    Ok(())
}
