//! The shop is killed again and again while people check out; the bank runs on.
//!
//! 200 shoppers are in the middle of their checkouts when the process is killed, at
//! moments that a seed decides. It is started again, and in the end left to its workers.
//! Then every checkout is one paid order, or no order and no charge; stock equals the sum
//! of its ledger, the books balance, and no consumer has missed an event or had it twice.
//!
//! `STOA_TEST_SEED` repeats a run; `STOA_TEST_FULL=1` makes it longer and also waits for
//! what was reserved to run out.

mod bank;
mod books;
mod dice;
mod shopper;
mod world;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use dice::Dice;
use shopper::{Expected, Shopper};
use world::World;

/// How much is done.
#[derive(Clone, Copy)]
pub struct Plan {
    checkouts: usize,
    kills: usize,
    /// Minutes that stock stays reserved.
    reservation: u64,
    /// Whether reservations are waited for until they have run out.
    patient: bool,
}

impl Plan {
    fn chosen() -> Self {
        if std::env::var("STOA_TEST_FULL").is_ok_and(|value| value == "1") {
            Self { checkouts: 1000, kills: 15, reservation: 6, patient: true }
        } else {
            Self { checkouts: 200, kills: 7, reservation: 15, patient: false }
        }
    }
}

/// Answers a shopper gets in one checkout, about: what the kills are spread over.
const STEPS: usize = 5;

async fn survive(name: &str, database: Option<world::Database>) {
    let seed = std::env::var("STOA_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_fields().0));
    println!("{name}: STOA_TEST_SEED={seed} repeats this run");
    let began = Instant::now();
    let plan = Plan::chosen();
    let mut dice = Dice::new(seed);
    let offers = (12 + plan.checkouts / 50).min(30);
    let mut world = World::build(plan, offers, &mut dice, database).await;
    world.serve().await;
    let prepared = began.elapsed();

    let answered = Arc::new(AtomicUsize::new(0));
    let mut shoppers = tokio::task::JoinSet::new();
    for number in 0..plan.checkouts {
        let shopper = Shopper::new(number, &world, answered.clone(), dice.split());
        shoppers.spawn(shopper.check_out());
    }
    let mut outcomes = Vec::new();
    let mut kills = Vec::new();
    let open = AtomicUsize::new(plan.checkouts);
    let killer = async {
        // Spread by progress, not by time, so that a slow machine is killed as often. How many
        // answers make a checkout is an estimate; whoever has left is certain, and so a kill comes
        // at the latest when as few are open as must remain for the kills after it.
        let spread = plan.checkouts * STEPS / (plan.kills + 1);
        for number in 0..plan.kills {
            let due = spread * number + dice.below(spread);
            let fewest = plan.checkouts * (plan.kills - number) / (plan.kills + 1);
            while answered.load(Ordering::Relaxed) < due && open.load(Ordering::Relaxed) > fewest {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            if open.load(Ordering::Relaxed) > fewest {
                tokio::time::sleep(Duration::from_millis(dice.below(250) as u64)).await;
            }
            kills.push((began.elapsed() - prepared, open.load(Ordering::Relaxed)));
            world.kill();
            world.start();
            // Every third time it dies again before it is ready, or soon after.
            if dice.below(3) == 0 {
                tokio::time::sleep(Duration::from_millis(dice.below(1500) as u64)).await;
                world.kill();
                world.start();
            }
            world.ready().await;
        }
    };
    let gather = async {
        while let Some(done) = shoppers.join_next().await {
            open.fetch_sub(1, Ordering::Relaxed);
            outcomes.push(done.expect("a shopper's steps are answered"));
        }
    };
    tokio::join!(killer, gather);
    let shopped = began.elapsed() - prepared;
    for (at, open) in &kills {
        println!("{name}: killed after {:.1} s amid {open} checkouts", at.as_secs_f32());
    }
    assert_eq!(kills.len(), plan.kills, "the shop was killed as often as planned");
    assert!(kills.iter().all(|(_, open)| *open > 0), "each time amid checkouts");

    // Once more, amid what the last shoppers have left to be done.
    tokio::time::sleep(Duration::from_millis(dice.below(400) as u64)).await;
    world.kill();
    world.serve().await;
    world.left_to_its_workers(plan).await;
    let settled = began.elapsed() - prepared - shopped;
    world.kill();
    books::agree(&world, &outcomes).await;
    world.doctor();
    let count = |expected| outcomes.iter().filter(|outcome| outcome.expected == expected).count();
    println!(
        "{name}: {} to be bought, {} not, {} open to chance; prepared {:.1} s, shopped {:.1} s, settled {:.1} s, in all {:.1} s",
        count(Expected::Order),
        count(Expected::Nothing),
        count(Expected::Either),
        prepared.as_secs_f32(),
        shopped.as_secs_f32(),
        settled.as_secs_f32(),
        began.elapsed().as_secs_f32(),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkouts_survive_a_shop_that_keeps_dying_on_sqlite() {
    survive("sqlite", None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkouts_survive_a_shop_that_keeps_dying_on_postgresql() {
    survive("postgresql", Some(world::Database::create().await)).await;
}
