//! Copies of what is read often and changes rarely, kept in this process.
//!
//! A copy lives for seconds. A change made in this process makes its part's copies
//! obsolete at once: it begins a new epoch, and until its transaction has surely
//! ended nothing is kept, so that nobody keeps what they read just before the commit.
//! Changes of other processes (an import beside the server) show when the copy ends.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{LazyLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use stoa_kernel::{Ctx, Result};

/// What is obsolete together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Products, prices, stock, categories, content.
    Catalogue,
    /// Pictures that have arrived.
    Media,
}

/// How long after a change nothing is kept.
const UNSETTLED: Duration = Duration::from_secs(2);

#[derive(Clone, Copy)]
struct Touch {
    epoch: u64,
    at: Instant,
}

static TOUCHES: LazyLock<RwLock<HashMap<(u64, Part), Touch>>> = LazyLock::new(RwLock::default);

/// Tells the databases of one process apart: tests run many at once.
fn world(ctx: &Ctx) -> u64 {
    let mut hasher = DefaultHasher::new();
    ctx.app.settings.data.hash(&mut hasher);
    hasher.finish()
}

/// Says that `part` has changed; call it in the change's transaction.
pub(crate) fn touch(ctx: &Ctx, part: Part) {
    let mut touches = TOUCHES.write().unwrap_or_else(PoisonError::into_inner);
    let touch = touches.entry((world(ctx), part)).or_insert(Touch { epoch: 0, at: Instant::now() });
    *touch = Touch { epoch: touch.epoch + 1, at: Instant::now() };
}

/// Copies of values by key.
pub(crate) struct Copies<K, V> {
    kept: moka::sync::Cache<(u64, u64, K), V>,
    part: Part,
}

impl<K, V> Copies<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub fn new(part: Part, capacity: u64, keep: Duration) -> Self {
        Self { kept: moka::sync::Cache::builder().max_capacity(capacity).time_to_live(keep).build(), part }
    }

    /// The copy of `key`, or what `load` finds.
    pub async fn get<F>(&self, ctx: &Ctx, key: K, load: F) -> Result<V>
    where
        F: Future<Output = Result<V>>,
    {
        let world = world(ctx);
        let touch = TOUCHES.read().unwrap_or_else(PoisonError::into_inner).get(&(world, self.part)).copied();
        let epoch = touch.map_or(0, |touch| touch.epoch);
        let key = (world, epoch, key);
        if let Some(value) = self.kept.get(&key) {
            return Ok(value);
        }
        let value = load.await?;
        if touch.is_none_or(|touch| touch.at.elapsed() > UNSETTLED) {
            self.kept.insert(key, value.clone());
        }
        Ok(value)
    }
}
