use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use futures::stream::BoxStream;
use sea_orm::{ConnectionTrait, DbBackend, Statement, sqlx::postgres::PgListener};
use tokio::{sync::OnceCell, task::JoinHandle};

use super::{Bus, LocalBus, bus};
use crate::{Db, Error, Result};

/// The one channel; topics are told apart by what is said.
const CHANNEL: &str = "stoa";
/// What PostgreSQL takes in one notification, in bytes.
const LONGEST: usize = 7999;

/// Between all processes on one PostgreSQL, by its `NOTIFY`. The first listener of a
/// process takes one connection of the pool for good; a process that only speaks takes none.
/// Messages are short: some 5,000 bytes.
pub struct PostgresBus {
    db: Db,
    /// Hands on to the listeners of this process.
    here: Arc<LocalBus>,
    listening: OnceCell<Listening>,
}

/// Listens until it is dropped.
struct Listening(JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl PostgresBus {
    /// On the database that is PostgreSQL; another one is refused at its first use.
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone(), here: Arc::default(), listening: OnceCell::new() }
    }

    async fn listen(&self) -> Result<Listening> {
        if self.db.is_sqlite() {
            return Err(Error::internal("this bus needs PostgreSQL"));
        }
        let pool = self.db.write().get_postgres_connection_pool();
        let mut listener = PgListener::connect_with(pool).await.map_err(Error::internal)?;
        listener.listen(CHANNEL).await.map_err(Error::internal)?;
        let here = self.here.clone();
        Ok(Listening(tokio::spawn(async move {
            loop {
                match listener.recv().await {
                    Ok(said) => {
                        if let Some((topic, message)) = read(said.payload()) {
                            // The local bus never fails.
                            let _ = here.publish(topic, &message).await;
                        }
                    }
                    // It connects anew by itself; what was said meanwhile is missed.
                    Err(error) => {
                        tracing::warn!(%error, "the bus does not hear");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        })))
    }
}

fn read(payload: &str) -> Option<(&str, Vec<u8>)> {
    let (topic, message) = payload.split_once('\n')?;
    Some((topic, STANDARD_NO_PAD.decode(message).ok()?))
}

#[async_trait]
impl Bus for PostgresBus {
    async fn publish(&self, topic: &str, message: &[u8]) -> Result<()> {
        let payload = format!("{topic}\n{}", STANDARD_NO_PAD.encode(message));
        if payload.len() > LONGEST {
            return Err(Error::internal(format!("a message of {} bytes is too long", message.len())));
        }
        let sql = "SELECT pg_notify($1, $2)";
        let say = Statement::from_sql_and_values(DbBackend::Postgres, sql, [CHANNEL.into(), payload.into()]);
        self.db.write().execute_raw(say).await?;
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Result<BoxStream<'static, Vec<u8>>> {
        self.listening.get_or_try_init(|| self.listen()).await?;
        bus::from_now(self, &self.here, topic).await
    }
}
