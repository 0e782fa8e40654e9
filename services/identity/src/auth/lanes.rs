//! Who waits where for a password to be hashed.
//!
//! Hashing is what a flood of sign-ins costs most. A network whose attempts came to nothing lately,
//! or are still under way, waits in a lane of its own, where one attempt at a time is served for
//! all such networks together. So however many networks guess, whoever comes from a quiet one
//! stands behind two of them at most; and whoever has mistyped stands behind others who have,
//! not behind those who go on guessing.
//!
//! The network alone decides, never the account: known and unknown addresses wait alike.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use stoa_kernel::{Ctx, Error, Result, error::codes};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// With up to so many attempts that came to nothing or are under way somebody has mistyped;
/// with more they guess.
const MISTYPED: u32 = 5;
/// How long a network is remembered.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);
/// How many wait in a lane, the one being served included.
const PLACES: usize = 8;
/// How long one of them waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// What those are told to wait who find no place, in seconds.
const COME_BACK: u64 = 10;

/// The lanes of one process. Wired by the server; without it everybody is served alike.
#[derive(Clone)]
pub struct Lanes {
    /// Attempts of each network that are under way or came to nothing.
    unsettled: Cache<String, Arc<AtomicU32>>,
    mistyped: Lane,
    guessers: Lane,
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            unsettled: Cache::builder().max_capacity(100_000).time_to_live(REMEMBERED).build(),
            mistyped: Lane::new(),
            guessers: Lane::new(),
        }
    }
}

/// Where one at a time is served.
#[derive(Clone)]
struct Lane {
    places: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl Lane {
    fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(PLACES)), turn: Arc::new(Semaphore::new(1)) }
    }

    async fn turn(self) -> Result<Turn> {
        let place = self.places.try_acquire_owned().map_err(|_| full())?;
        let turn = tokio::time::timeout(PATIENCE, self.turn.acquire_owned()).await;
        Ok(Turn { _turn: turn.map_err(|_| full())?.map_err(Error::internal)?, _place: place })
    }
}

/// An attempt that may have a password hashed now.
pub(super) struct Attempt {
    unsettled: Option<Arc<AtomicU32>>,
    turn: Option<Turn>,
}

/// A turn in a lane; it ends when this is dropped.
pub(super) struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Attempt {
    /// Lets an attempt from `network` begin, in the lane it belongs to.
    ///
    /// 429 with `retry_after` when too many wait in that lane already.
    pub(super) async fn begin(ctx: &Ctx, network: &str) -> Result<Self> {
        let Ok(lanes) = ctx.app.part::<Lanes>() else { return Ok(Self { unsettled: None, turn: None }) };
        let unsettled = lanes.unsettled.get_with_by_ref(network, Arc::default);
        let turn = match unsettled.fetch_add(1, Ordering::Relaxed) {
            0 => None,
            1..=MISTYPED => Some(lanes.mistyped.turn().await?),
            _ => Some(lanes.guessers.turn().await?),
        };
        Ok(Self { unsettled: Some(unsettled), turn })
    }

    /// What is to be held until the hash is computed.
    pub(super) fn turn(&mut self) -> Option<Turn> {
        self.turn.take()
    }

    /// It came to something: nothing is held against its network.
    pub(super) fn succeeded(self) {
        if let Some(unsettled) = self.unsettled {
            unsettled.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn full() -> Error {
    codes::TOO_MANY
        .error(format!(
            "Many sign-ins are going wrong right now, some of them from your network. Try again in {COME_BACK} seconds."
        ))
        .fact("retry_after", COME_BACK)
}
