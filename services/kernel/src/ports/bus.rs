use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
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

/// Within this process. The twin between processes is [`super::PostgresBus`].
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
