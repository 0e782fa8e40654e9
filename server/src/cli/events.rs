//! `stoa events tail`.

use std::time::Duration;

use anyhow::Result;
use clap::Subcommand;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stoa_kernel::events;
use stoa_kernel_entities::outbox_event;

use crate::{config::Config, wire};

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
}

pub async fn run(config: &Config, command: Events) -> Result<()> {
    let Events::Tail { last, no_follow } = command;
    let db = wire::database(config).await?;
    let mut rows = outbox_event::Entity::find()
        .order_by_desc(outbox_event::Column::Id)
        .limit(last)
        .all(db.read())
        .await?;
    rows.reverse();
    let mut after = rows.last().map(|row| row.id);
    loop {
        for row in &rows {
            println!("{}", events::cloud_event(row, &config.public_url));
        }
        if no_follow {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut query = outbox_event::Entity::find().order_by_asc(outbox_event::Column::Id).limit(500);
        if let Some(after) = after {
            query = query.filter(outbox_event::Column::Id.gt(after));
        }
        rows = query.all(db.read()).await?;
        after = rows.last().map(|row| row.id).or(after);
    }
}
