//! Puts a case under load and counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::http::Client;
use super::process::{Memory, Watched, forget_peak, memory};

/// How long events, jobs and mails of a case may take to be worked off.
const LEFT_BEHIND: Duration = Duration::from_secs(90);

/// One operation, done again and again. The number is another one each time.
pub type Operation = dyn Fn(&mut Client, u64) -> Result<()> + Sync;

/// How a case is measured.
pub struct Load {
    pub port: u16,
    pub connections: usize,
    pub warm_up: Duration,
    pub window: Duration,
    /// Whether operations leave work behind that belongs to them.
    pub leaves_work: bool,
}

/// What was counted.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    pub operations: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    pub elapsed: Duration,
    /// Of each completed operation, in microseconds, the shortest first.
    pub times: Vec<u32>,
    /// Of each request: an operation may take several.
    pub requests: Vec<u32>,
    /// User and system time of the server while requests came, and until it was quiet again.
    pub server: (Duration, Duration),
    /// The same of PostgreSQL.
    pub postgres: (Duration, Duration),
    pub memory: Memory,
}

impl Counted {
    pub fn per_second(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    /// The time within which this share of operations ended, in milliseconds.
    pub fn within(&self, share: f64) -> f64 {
        within(&self.times, share)
    }

    /// The same of single requests.
    pub fn request_within(&self, share: f64) -> f64 {
        within(&self.requests, share)
    }

    /// Milliseconds of CPU for each completed operation, with what it left behind.
    pub fn cpu(&self) -> f64 {
        self.each(self.server.1 + self.postgres.1)
    }

    /// [`Self::cpu`] without what was done after the last answer.
    pub fn cpu_meanwhile(&self) -> f64 {
        self.each(self.server.0 + self.postgres.0)
    }

    /// The part of [`Self::cpu`] that PostgreSQL spent.
    pub fn cpu_of_postgres(&self) -> f64 {
        self.each(self.postgres.1)
    }

    fn each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1000.0 / (self.operations.max(1) as f64)
    }
}

fn within(sorted: &[u32], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let place = (last as f64 * share).ceil() as usize;
    sorted.get(place.min(last)).map_or(0.0, |time| f64::from(*time) / 1000.0)
}

/// Warms up, measures, and waits for what was left behind.
pub fn measure(
    load: &Load,
    watched: &Watched,
    operation: &(dyn Fn(&mut Client, u64) -> Result<()> + Sync),
) -> Result<Counted> {
    let turns = AtomicU64::new(0);
    let warm = Barrier::new(load.connections + 1);
    let go = Barrier::new(load.connections + 1);
    let counted = Mutex::new(Counted::default());
    let begun = std::thread::scope(|scope| -> Result<_> {
        for _ in 0..load.connections {
            scope.spawn(|| {
                let mut client = Client::new(load.port);
                let next = |client: &mut Client| operation(client, turns.fetch_add(1, Ordering::Relaxed));
                let until = Instant::now() + load.warm_up;
                while Instant::now() < until {
                    let _ = next(&mut client);
                }
                client.times.clear();
                warm.wait();
                go.wait();
                let own = repeat(load.window, &mut || next(&mut client));
                if let Ok(mut counted) = counted.lock() {
                    counted.operations += own.operations;
                    counted.errors += own.errors;
                    counted.times.extend(own.times);
                    counted.requests.append(&mut client.times);
                    counted.first_error = counted.first_error.take().or(own.first_error);
                }
            });
        }
        warm.wait();
        // What warming up left behind is not the window's, so it may not run into it. Threads
        // wait at `go` meanwhile and must be let go whatever happens here.
        let settled = if load.leaves_work { watched.settle(LEFT_BEHIND) } else { Ok(()) };
        forget_peak(watched.server);
        let before = settled.and_then(|()| watched.cpu());
        let started = Instant::now();
        go.wait();
        Ok((before?, started))
    });
    let (before, started) = begun?;
    let elapsed = started.elapsed();
    let meanwhile = watched.cpu()?;
    if load.leaves_work {
        watched.settle(LEFT_BEHIND)?;
    }
    let after = watched.cpu()?;
    let mut counted = counted.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    counted.times.sort_unstable();
    counted.requests.sort_unstable();
    counted.elapsed = elapsed;
    counted.server = (meanwhile.0.saturating_sub(before.0), after.0.saturating_sub(before.0));
    counted.postgres = (meanwhile.1.saturating_sub(before.1), after.1.saturating_sub(before.1));
    counted.memory = memory(watched.server)?;
    Ok(counted)
}

/// One connection's share: what begins within the window counts, and is finished.
fn repeat(window: Duration, next: &mut impl FnMut() -> Result<()>) -> Counted {
    let mut counted = Counted::default();
    let started = Instant::now();
    while started.elapsed() < window {
        let began = Instant::now();
        match next() {
            Ok(()) => {
                counted.operations += 1;
                counted.times.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            Err(error) => {
                counted.errors += 1;
                counted.first_error.get_or_insert_with(|| format!("{error:#}"));
                // A server that refuses at once should not be asked a million times.
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_taken_of_the_sorted_times() {
        let counted = Counted { times: (1..=100).map(|ms| ms * 1000).collect(), ..Counted::default() };
        assert_eq!((counted.within(0.5), counted.within(0.99), counted.within(1.0)), (51.0, 100.0, 100.0));
        assert_eq!(Counted::default().within(0.99), 0.0);
    }

    #[test]
    fn cpu_is_shared_by_completed_operations_alone() {
        let counted = Counted {
            operations: 4,
            errors: 10,
            server: (Duration::from_millis(20), Duration::from_millis(40)),
            postgres: (Duration::from_millis(0), Duration::from_millis(8)),
            ..Counted::default()
        };
        assert_eq!((counted.cpu_meanwhile(), counted.cpu(), counted.cpu_of_postgres()), (5.0, 12.0, 2.0));
    }

    #[test]
    fn operations_that_fail_are_counted_apart() {
        let mut turn = 0;
        let counted = repeat(Duration::from_millis(40), &mut || {
            turn += 1;
            if turn % 2 == 0 { anyhow::bail!("even") } else { Ok(()) }
        });
        assert!(counted.errors > 0 && counted.operations > 0);
        assert_eq!(counted.operations as usize, counted.times.len());
        assert_eq!(counted.first_error.as_deref(), Some("even"));
    }

    #[test]
    fn every_connection_is_measured() {
        let watched = Watched { server: std::process::id(), postgres: None };
        let load = Load {
            port: 1,
            connections: 3,
            warm_up: Duration::from_millis(5),
            window: Duration::from_millis(20),
            leaves_work: false,
        };
        let seen = Mutex::new(std::collections::HashSet::new());
        let counted = measure(&load, &watched, &|_, _| {
            seen.lock().unwrap().insert(std::thread::current().id());
            std::thread::sleep(Duration::from_millis(1));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen.into_inner().unwrap().len(), 3);
        assert!(counted.operations >= 3 && counted.elapsed >= Duration::from_millis(20));
    }
}
