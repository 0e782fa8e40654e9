use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::Result;

/// Says to everybody who listens now what has just happened. It is a hint: a listener that
/// is away or too slow misses it, so what must not be missed is in the outbox.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Tells all listeners of the topic; nobody listening is fine.
    async fn publish(&self, topic: &str, message: &[u8]) -> Result<()>;

    /// What is published on the topic from now on, in the order of each publisher.
    async fn subscribe(&self, topic: &str) -> Result<BoxStream<'static, Vec<u8>>>;
}

/// Messages a listener may be behind before it misses the oldest.
const BACKLOG: usize = 1024;

/// Within this process. The twins between processes are [`super::PostgresBus`] and [`super::Redis`].
#[derive(Default)]
pub struct LocalBus(Mutex<HashMap<String, broadcast::Sender<Vec<u8>>>>);

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, topic: &str, message: &[u8]) -> Result<()> {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The last listener has gone: so does the topic.
        if topics.get(topic).is_some_and(|sender| sender.send(message.to_vec()).is_err()) {
            topics.remove(topic);
        }
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Result<BoxStream<'static, Vec<u8>>> {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = topics.entry(topic.to_owned()).or_insert_with(|| broadcast::Sender::new(BACKLOG));
        let heard = stream::unfold(sender.subscribe(), |mut receiver| async move {
            loop {
                match receiver.recv().await {
                    Ok(message) => return Some((message, receiver)),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        });
        Ok(heard.boxed())
    }
}

/// How long a new listener waits until what was said before it has passed.
const PASSING: Duration = Duration::from_secs(2);

/// What is published on a topic from now on, where `here` hears what `bus` carries between
/// processes. What was published before is still on its way to us: it has passed when a mark
/// sent after it comes by.
pub(super) async fn from_now(
    bus: &dyn Bus,
    here: &LocalBus,
    topic: &str,
) -> Result<BoxStream<'static, Vec<u8>>> {
    let mark = uuid::Uuid::now_v7().to_string();
    let mut passing = here.subscribe(&mark).await?;
    bus.publish(&mark, &[]).await?;
    if tokio::time::timeout(PASSING, passing.next()).await.is_err() {
        tracing::debug!("the bus is slow");
    }
    here.subscribe(topic).await
}
