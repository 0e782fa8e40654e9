use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::{StreamExt, stream::BoxStream};
use stoa_kernel::{
    App, Ctx, Db, Module, NewEvent, Settings, Subscriber,
    app::Parts,
    events, jobs, new_id,
    ports::{Bus, LocalBus, PostgresBus},
};
use stoa_testing::{Backend, Test};
use stoa_types::Product;

pub async fn next(listener: &mut BoxStream<'static, Vec<u8>>) -> Option<Vec<u8>> {
    tokio::time::timeout(Duration::from_secs(5), listener.next()).await.expect("a message in time")
}

pub async fn contract(bus: Arc<dyn Bus>) {
    bus.publish("orders", b"nobody listens").await.unwrap();
    let (mut one, mut two) = (bus.subscribe("orders").await.unwrap(), bus.subscribe("orders").await.unwrap());
    let mut other = bus.subscribe("prices").await.unwrap();
    for number in 0..100_u8 {
        bus.publish("orders", &[number]).await.unwrap();
    }
    for listener in [&mut one, &mut two] {
        for number in 0..100 {
            assert_eq!(next(listener).await, Some(vec![number]), "everybody hears all, in order");
        }
    }
    bus.publish("prices", b"other").await.unwrap();
    assert_eq!(next(&mut other).await.as_deref(), Some(&b"other"[..]), "and nothing of other topics");

    // One that does not listen keeps nobody from publishing, and the others from hearing.
    for _ in 0..2_000 {
        bus.publish("orders", b"many").await.unwrap();
    }
    drop(one);
    let mut late = bus.subscribe("orders").await.unwrap();
    bus.publish("orders", b"last").await.unwrap();
    assert_eq!(next(&mut late).await.as_deref(), Some(&b"last"[..]), "what was before is not repeated");
    while next(&mut two).await.as_deref() != Some(&b"last"[..]) {}
    drop((two, late));
    bus.publish("orders", b"gone").await.unwrap();
    let mut again = bus.subscribe("orders").await.unwrap();
    bus.publish("orders", b"back").await.unwrap();
    assert_eq!(next(&mut again).await.as_deref(), Some(&b"back"[..]));
}

#[tokio::test]
async fn messages_reach_everybody_in_this_process() {
    contract(Arc::new(LocalBus::default())).await;
}

/// Another process on the test's PostgreSQL database, as far as a pool and a bus are one.
async fn process(test: &Test) -> App {
    let sql = "SELECT current_database()::text AS name";
    let row = sea_orm::ConnectionTrait::query_one_raw(
        test.app.db.read(),
        sea_orm::Statement::from_string(test.app.db.backend(), sql),
    );
    let name: String = row.await.unwrap().unwrap().try_get("", "name").unwrap();
    let server = std::env::var("STOA_TEST_POSTGRES_URL").unwrap();
    let db = Db::connect(&format!("{}/{name}", server.rsplit_once('/').unwrap().0)).await.unwrap();
    let app = &test.app;
    App::new(Parts {
        settings: Settings::development(test.folder().to_owned()),
        objects: app.objects.clone(),
        mail: app.mail.clone(),
        rate: app.rate.clone(),
        cache: app.cache.clone(),
        bus: Arc::new(PostgresBus::new(&db)),
        modules: vec![&HEARING],
        parts: Default::default(),
        db,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_reach_everybody_on_the_same_postgresql() {
    let test = Test::new(Backend::Postgres, &[], Default::default()).await;
    contract(process(&test).await.bus.clone()).await;
    // And from one process to another.
    let (speaks, hears) = (process(&test).await, process(&test).await);
    let mut listener = hears.bus.subscribe("orders").await.unwrap();
    for number in 0..100_u8 {
        speaks.bus.publish("orders", &[number, 0, 255]).await.unwrap();
    }
    for number in 0..100 {
        assert_eq!(next(&mut listener).await, Some(vec![number, 0, 255]));
    }
    assert!(speaks.bus.publish("orders", &[0; 8000]).await.is_err(), "too long is told, not cut");
}

static HEARD: Mutex<Vec<Instant>> = Mutex::new(Vec::new());

const HEARING: Module = Module {
    slug: "hearing",
    subscribers: &[Subscriber {
        name: "hearing.all",
        events: &["test.said"],
        handle: |_, _, _| {
            Box::pin(async {
                HEARD.lock().unwrap().push(Instant::now());
                Ok(())
            })
        },
    }],
    ..Module::EMPTY
};

/// Without the bus the worker looks once a second, and never sooner than that after it has
/// found something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_of_another_process_does_not_wait_for_its_next_look() {
    let test = Test::new(Backend::Postgres, &[], Default::default()).await;
    let (shop, worker) = (process(&test).await, process(&test).await);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = [
        tokio::spawn(jobs::announce(shop.clone(), stopped.clone())),
        tokio::spawn(jobs::run(worker.clone(), 1, stopped)),
    ];
    // Until it listens.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut waits = Vec::new();
    for number in 1..=7 {
        let ctx = Ctx::system(&shop);
        let tx = shop.db.begin().await.unwrap();
        events::emit(&tx, &ctx, NewEvent::new("test.said", new_id::<Product>(), 1)).await.unwrap();
        let said = Instant::now();
        shop.db.commit(tx).await.unwrap();
        let heard = loop {
            if let Some(heard) = HEARD.lock().unwrap().get(number - 1).copied() {
                break heard;
            }
            assert!(said.elapsed() < Duration::from_secs(30), "it is heard in the end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        waits.push(heard.saturating_duration_since(said));
        // Past the relay's own commit, which wakes it once more.
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    waits.sort();
    println!("an event reached the other process after {waits:?}");
    assert!(waits[3] < Duration::from_millis(500), "half of them sooner than half a look: {waits:?}");
    stop.send(true).unwrap();
    for task in running {
        task.await.unwrap();
    }
}
