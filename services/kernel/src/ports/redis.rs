use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use redis::{
    AsyncCommands, Client, RedisError, RedisResult, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::{sync::OnceCell, task::JoinHandle};

use super::{Bus, Cache, LocalBus, MemoryCache, MemoryRateLimiter, Rate, RateLimiter, bus};
use crate::{Error, Result};

/// How long Redis may take for an answer before a process goes on by itself.
const PATIENCE: Duration = Duration::from_millis(500);

/// Counts by the generic cell rate algorithm, on Redis's clock, in one step: answers 0, or
/// the microseconds to wait. A key's value is when its allowance is whole again. Numbers of
/// this size need all their digits, which Lua's own way of writing them cuts off.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
         local now = time[1] * 1000000 + time[2]
         local step, count = tonumber(ARGV[1]), tonumber(ARGV[2])
         local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + step
         local wait = whole - step * count - now
         if wait > 0 then return string.format('%.0f', wait) end
         local keep = math.ceil((whole - now) / 1000)
         redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', string.format('%.0f', keep))
         return '0'",
    )
});

/// What the processes of an installation share for a while, on one Redis or Valkey server:
/// copies, allowances and word of what has just happened.
///
/// While it is away each process goes on by itself, as it would without it: allowances are
/// counted per process, and word reaches nobody else. Nothing that must last is kept here.
pub struct Redis {
    client: Client,
    commands: ConnectionManager,
    /// Keeps apart the databases of one server, whose channels are all in one.
    prefix: String,
    cache: MemoryCache,
    rate: MemoryRateLimiter,
    /// Hands word on to the listeners of this process.
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

impl Redis {
    /// Connects to `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.
    ///
    /// # Errors
    /// When the address is none or nobody answers there.
    pub async fn connect(url: &str) -> Result<Self> {
        let failed = |error: RedisError| Error::internal(format!("Redis can't be used: {error}"));
        let client = Client::open(url).map_err(failed)?;
        let database = url::Url::parse(url).map(|url| url.path().trim_matches('/').to_owned());
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let commands = client.get_connection_manager_with_config(config).await.map_err(failed)?;
        Ok(Self {
            client,
            commands,
            prefix: format!("stoa:{}:", database.unwrap_or_default()),
            cache: MemoryCache::default(),
            rate: MemoryRateLimiter::default(),
            here: Arc::default(),
            listening: OnceCell::new(),
        })
    }

    fn key(&self, kind: &str, key: &str) -> String {
        format!("{}{kind}:{key}", self.prefix)
    }

    fn channel(&self) -> String {
        self.key("bus", "")
    }

    async fn listen(&self) -> RedisResult<Listening> {
        let (client, channel, here) = (self.client.clone(), self.channel(), self.here.clone());
        let mut heard = messages(&client, &channel).await?;
        Ok(Listening(tokio::spawn(async move {
            loop {
                while let Some(message) = heard.next().await {
                    if let Some((topic, message)) = read(&message) {
                        // The local bus never fails.
                        let _ = here.publish(topic, message).await;
                    }
                }
                tracing::warn!("Redis is away: word of other processes is missed");
                heard = loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    match messages(&client, &channel).await {
                        Ok(heard) => break heard,
                        Err(error) => tracing::debug!(%error, "Redis is still away"),
                    }
                };
            }
        })))
    }
}

/// What is said on the channel until the connection ends.
async fn messages(client: &Client, channel: &str) -> RedisResult<BoxStream<'static, Vec<u8>>> {
    let mut listener = client.get_async_pubsub().await?;
    listener.subscribe(channel).await?;
    Ok(listener.into_on_message().map(|message| message.get_payload_bytes().to_vec()).boxed())
}

/// A topic, a line's end, and the message.
fn read(payload: &[u8]) -> Option<(&str, &[u8])> {
    let end = payload.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&payload[..end]).ok()?, &payload[end + 1..]))
}

fn away(error: &RedisError) {
    tracing::warn!(%error, "Redis is away: this process goes on by itself");
}

#[async_trait]
impl Cache for Redis {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        match self.commands.clone().get(self.key("cache", key)).await {
            Ok(value) => Ok(value),
            Err(error) => {
                away(&error);
                self.cache.get(key).await
            }
        }
    }

    async fn put(&self, key: &str, value: Vec<u8>, keep: Duration) -> Result<()> {
        let millis = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX).max(1);
        let put: RedisResult<()> =
            self.commands.clone().pset_ex(self.key("cache", key), value.as_slice(), millis).await;
        match put {
            Ok(()) => self.cache.remove(key).await,
            Err(error) => {
                away(&error);
                self.cache.put(key, value, keep).await
            }
        }
    }

    async fn remove(&self, key: &str) -> Result<()> {
        let removed: RedisResult<()> = self.commands.clone().del(self.key("cache", key)).await;
        if let Err(error) = removed {
            away(&error);
        }
        self.cache.remove(key).await
    }
}

#[async_trait]
impl RateLimiter for Redis {
    async fn take(&self, rate: Rate, key: &str) -> Result<Option<Duration>> {
        let step = rate.per.as_micros().checked_div(rate.count.into()).filter(|step| *step > 0);
        let step = step.ok_or_else(|| Error::internal("a rate of none"))?;
        let Rate { name, count, per } = rate;
        let key_there = self.key("rate", &format!("{name}:{count}:{}:{key}", per.as_millis()));
        let mut asked = TAKE.key(key_there);
        let step = u64::try_from(step).map_err(Error::internal)?;
        match asked.arg(step).arg(count).invoke_async::<u64>(&mut self.commands.clone()).await {
            Ok(0) => Ok(None),
            Ok(wait) => Ok(Some(Duration::from_micros(wait))),
            Err(error) => {
                away(&error);
                self.rate.take(rate, key).await
            }
        }
    }
}

#[async_trait]
impl Bus for Redis {
    async fn publish(&self, topic: &str, message: &[u8]) -> Result<()> {
        let payload = [topic.as_bytes(), b"\n", message].concat();
        let said: RedisResult<()> = self.commands.clone().publish(self.channel(), payload).await;
        match said {
            Ok(()) => Ok(()),
            Err(error) => {
                away(&error);
                self.here.publish(topic, message).await
            }
        }
    }

    async fn subscribe(&self, topic: &str) -> Result<BoxStream<'static, Vec<u8>>> {
        let listening = self.listening.get_or_try_init(|| self.listen()).await;
        listening.map_err(|error| Error::internal(format!("Redis is away: {error}")))?;
        bus::from_now(self, &self.here, topic).await
    }
}
