//! Copies of what is read often and changes rarely, kept in this process.
//!
//! A copy lives for seconds. A change made in this process makes its part's copies
//! obsolete at once: it begins a new epoch, and until its transaction has surely
//! ended nothing is kept, so that nobody keeps what they read just before the commit.
//! Changes of other processes (an import beside the server) show when the copy ends.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, LazyLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use stoa_kernel::{Ctx, Result};
use tokio::sync::Mutex;

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

/// How long a turn is remembered; longer than a load takes.
const TURN: Duration = Duration::from_secs(60);

/// World, epoch and the caller's key.
type Key<K> = (u64, u64, K);

/// Copies of values by key.
pub(crate) struct Copies<K, V> {
    kept: moka::sync::Cache<Key<K>, V>,
    /// Who loads while others wait for the copy: many ask for the same when it has run out.
    turns: moka::sync::Cache<Key<K>, Arc<Mutex<()>>>,
    part: Part,
}

impl<K, V> Copies<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub fn new(part: Part, capacity: u64, keep: Duration) -> Self {
        Self {
            kept: moka::sync::Cache::builder().max_capacity(capacity).time_to_live(keep).build(),
            turns: moka::sync::Cache::builder().max_capacity(capacity).time_to_idle(TURN).build(),
            part,
        }
    }

    /// The copy of `key`, or what `load` finds. Of many who ask at once, one loads.
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
        if touch.is_some_and(|touch| touch.at.elapsed() <= UNSETTLED) {
            return load.await;
        }
        let turn = self.turns.get_with_by_ref(&key, Arc::default);
        let _turn = turn.lock().await;
        if let Some(value) = self.kept.get(&key) {
            return Ok(value);
        }
        let value = load.await?;
        self.kept.insert(key, value.clone());
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use stoa_kernel::Error;
    use stoa_testing::{Backend, Test};

    use super::*;

    #[tokio::test]
    async fn of_many_who_ask_at_once_one_loads_and_a_failure_is_nobody_elses() {
        let test = Test::new(Backend::Sqlite, &[], Default::default()).await;
        let ctx = test.visitor();
        let copies: Copies<&str, usize> = Copies::new(Part::Catalogue, 10, Duration::from_secs(60));
        let loads = AtomicUsize::new(0);
        let load = async || {
            let count = loads.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
            // The first fails; whoever waited for it loads by itself.
            if count == 1 { Err(Error::not_found("list")) } else { Ok(count) }
        };
        let asked = futures::future::join_all((0..16).map(|_| copies.get(&ctx, "list", load()))).await;
        assert_eq!(asked.iter().filter(|answer| answer.is_err()).count(), 1);
        assert!(asked.into_iter().flatten().all(|value| value == 2));
        assert_eq!(loads.load(Ordering::SeqCst), 2);

        // After a change everybody reads for themselves until its transaction has surely ended.
        touch(&ctx, Part::Catalogue);
        for expected in 3..5 {
            assert_eq!(copies.get(&ctx, "list", load()).await.ok(), Some(expected));
        }
    }
}
