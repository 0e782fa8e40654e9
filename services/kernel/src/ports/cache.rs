use std::time::Duration;

use async_trait::async_trait;
use moka::{Expiry, future::Cache as Moka};

use crate::Result;

/// Short-lived copies of what the database knows; losing all of it loses nothing.
#[async_trait]
pub trait Cache: Send + Sync {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>>;
    async fn put(&self, key: &str, value: Vec<u8>, keep: Duration) -> Result<()>;
    async fn remove(&self, key: &str) -> Result<()>;
}

/// In this process, at most 64 MiB. The twin for several is [`super::Redis`].
pub struct MemoryCache(Moka<String, (Duration, Vec<u8>)>);

struct PerEntry;

impl Expiry<String, (Duration, Vec<u8>)> for PerEntry {
    fn expire_after_create(
        &self,
        _: &String,
        value: &(Duration, Vec<u8>),
        _: std::time::Instant,
    ) -> Option<Duration> {
        Some(value.0)
    }

    fn expire_after_update(
        &self,
        _: &String,
        value: &(Duration, Vec<u8>),
        _: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(value.0)
    }
}

impl Default for MemoryCache {
    fn default() -> Self {
        let cache = Moka::builder()
            .max_capacity(64 * 1024 * 1024)
            .weigher(|key: &String, value: &(Duration, Vec<u8>)| {
                (key.len() + value.1.len()).try_into().unwrap_or(u32::MAX)
            })
            .expire_after(PerEntry)
            .build();
        Self(cache)
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.get(key).await.map(|entry| entry.1))
    }

    async fn put(&self, key: &str, value: Vec<u8>, keep: Duration) -> Result<()> {
        self.0.insert(key.to_owned(), (keep, value)).await;
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.0.invalidate(key).await;
        Ok(())
    }
}
