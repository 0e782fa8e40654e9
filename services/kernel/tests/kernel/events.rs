use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use stoa_kernel::{Error, Module, NewEvent, Subscriber, events, jobs, new_id};
use stoa_testing::Test;
use stoa_types::Product;

/// Counts in a table of the test's own, so that the effect rolls back with its inbox row.
const COUNTING: Module = Module {
    slug: "counting",
    subscribers: &[Subscriber {
        name: "counting.steady",
        events: &["test.happened"],
        handle: |tx, _, event| {
            Box::pin(async move {
                tx.execute_unprepared(&format!(
                    "INSERT INTO effect (who, event) VALUES ('steady', '{}')",
                    event.id
                ))
                .await?;
                Ok(())
            })
        },
    }],
    ..Module::EMPTY
};

async fn emit(test: &Test, count: usize) {
    let tx = test.app.db.begin().await.unwrap();
    for _ in 0..count {
        let event =
            NewEvent::new("test.happened", new_id::<Product>(), 1).data(serde_json::json!({ "count": 1 }));
        events::emit(&tx, &test.ctx, event).await.unwrap();
    }
    test.app.db.commit(tx).await.unwrap();
}

async fn effects(test: &Test, who: &str) -> i64 {
    test.scalar(&format!("SELECT COUNT(*) FROM effect WHERE who = '{who}'")).await
}

async fn prepare(test: &Test) {
    test.app
        .db
        .write()
        .execute_unprepared("CREATE TABLE effect (who TEXT NOT NULL, event TEXT NOT NULL)")
        .await
        .unwrap();
}

stoa_testing::on_both!(a_rolled_back_change_leaves_no_event, &[&COUNTING], async |test: &Test| {
    prepare(test).await;
    let tx = test.app.db.begin().await.unwrap();
    events::emit(&tx, &test.ctx, NewEvent::new("test.happened", new_id::<Product>(), 1)).await.unwrap();
    drop(tx);
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM outbox_event").await, 0);
});

stoa_testing::on_both!(several_relays_at_once_deliver_each_event_once, &[&COUNTING], async |test: &Test| {
    prepare(test).await;
    emit(test, 200).await;
    let relays = (0..6).map(|_| {
        let app = test.app.clone();
        async move { while events::relay_once(&app).await.unwrap() > 0 {} }
    });
    futures::future::join_all(relays).await;
    test.settle().await;
    assert_eq!(effects(test, "steady").await, 200);
    assert_eq!(test.scalar("SELECT COUNT(DISTINCT event) FROM effect WHERE who = 'steady'").await, 200);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM outbox_event WHERE state = 'delivered'").await, 200);
});

stoa_testing::on_both!(the_envelope_names_records_as_every_wire_does, &[&COUNTING], async |test: &Test| {
    use sea_orm::EntityTrait;

    let product = new_id::<Product>();
    let tx = test.app.db.begin().await.unwrap();
    let event = NewEvent::new("test.happened", product, 3).data(serde_json::json!({ "count": 1 }));
    events::emit(&tx, &test.ctx, event).await.unwrap();
    test.app.db.commit(tx).await.unwrap();
    let row =
        stoa_kernel_entities::outbox_event::Entity::find().one(test.app.db.read()).await.unwrap().unwrap();
    let envelope = events::cloud_event(&row, "https://shop.example");
    assert_eq!(envelope["subject"], product.to_string());
    assert_eq!(
        (&envelope["source"], &envelope["subjectversion"]),
        (&"https://shop.example".into(), &3.into())
    );
    assert!(envelope["id"].as_str().unwrap().starts_with("evt_"));
    // What does not apply is left out: no seller, no trace.
    assert!(envelope.get("sellerid").is_none() && envelope.get("traceparent").is_none(), "{envelope}");
});

stoa_testing::on_both!(an_event_that_failed_for_good_is_put_back, &[&COUNTING], async |test: &Test| {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    use stoa_kernel_entities::outbox_event::{Column, Entity};

    prepare(test).await;
    emit(test, 3).await;
    test.app
        .db
        .write()
        .execute_unprepared("UPDATE outbox_event SET state = 'dead', attempts = 12")
        .await
        .unwrap();
    test.settle().await;
    assert_eq!(effects(test, "steady").await, 0);
    let one = Entity::find().filter(Column::State.eq("dead")).one(test.app.db.read()).await.unwrap().unwrap();
    assert_eq!(events::retry(&test.ctx, Some(one.id.into())).await.unwrap(), 1);
    test.settle().await;
    assert_eq!(effects(test, "steady").await, 1);
    assert_eq!(events::retry(&test.ctx, Some(one.id.into())).await.unwrap(), 0, "it has been delivered");
    assert_eq!(events::retry(&test.ctx, None).await.unwrap(), 2);
    test.settle().await;
    assert_eq!(effects(test, "steady").await, 3);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM outbox_event WHERE attempts = 0").await, 3);
});

mod a_failing_subscriber {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn is_tried_again_without_doubling_the_others() {
        for backend in [stoa_testing::Backend::Sqlite, stoa_testing::Backend::Postgres] {
            let test = Test::new(backend, &[&FLAKY], Default::default()).await;
            prepare(&test).await;
            LEFT.store(2, Ordering::SeqCst);
            let tx = test.app.db.begin().await.unwrap();
            events::emit(&tx, &test.ctx, NewEvent::new("flaky.happened", new_id::<Product>(), 1))
                .await
                .unwrap();
            test.app.db.commit(tx).await.unwrap();
            jobs::drain(&test.app).await.unwrap();
            assert_eq!(effects(&test, "third").await, 1, "{backend:?}: it does not wait for the second");
            for _ in 0..4 {
                jobs::drain(&test.app).await.unwrap();
                test.travel(TimeDelta::minutes(5));
            }
            assert_eq!(effects(&test, "third").await, 1, "{backend:?}");
            assert_eq!(effects(&test, "first").await, 1, "{backend:?}");
            assert_eq!(effects(&test, "second").await, 1, "{backend:?}");
            assert_eq!(test.scalar("SELECT attempts FROM outbox_event").await, 2, "{backend:?}");
        }
    }

    static LEFT: AtomicU32 = AtomicU32::new(0);

    const FLAKY: Module = Module {
        slug: "flaky",
        subscribers: &[
            Subscriber {
                name: "flaky.first",
                events: &["flaky.happened"],
                handle: |tx, _, _| {
                    Box::pin(async move {
                        tx.execute_unprepared("INSERT INTO effect (who, event) VALUES ('first', '')").await?;
                        Ok(())
                    })
                },
            },
            Subscriber {
                name: "flaky.second",
                events: &["flaky.happened"],
                handle: |tx, _, _| {
                    Box::pin(async move {
                        tx.execute_unprepared("INSERT INTO effect (who, event) VALUES ('second', '')")
                            .await?;
                        match LEFT
                            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                        {
                            Ok(_) => Err(Error::internal("not this time")),
                            Err(_) => Ok(()),
                        }
                    })
                },
            },
            Subscriber {
                name: "flaky.third",
                events: &["flaky.happened"],
                handle: |tx, _, _| {
                    Box::pin(async move {
                        tx.execute_unprepared("INSERT INTO effect (who, event) VALUES ('third', '')").await?;
                        Ok(())
                    })
                },
            },
        ],
        ..Module::EMPTY
    };
}
