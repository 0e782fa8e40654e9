//! What becomes of a transaction that the database undoes because of another one.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::response::IntoResponse;
use sea_orm::ConnectionTrait;
use stoa_kernel::{Db, Error, Result, db, error::codes};
use stoa_testing::Test;

async fn prepare(test: &Test) {
    for sql in [
        "CREATE TABLE shelf (id INTEGER PRIMARY KEY, units INTEGER NOT NULL)",
        "INSERT INTO shelf VALUES (1, 0), (2, 0)",
    ] {
        test.app.db.write().execute_unprepared(sql).await.unwrap();
    }
}

/// Takes both rows in this order, slowly.
async fn take(db: &Db, order: [i32; 2]) -> Result<()> {
    let tx = db.begin().await?;
    for id in order {
        tx.execute_unprepared(&format!("UPDATE shelf SET units = units + 1 WHERE id = {id}")).await?;
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    db.commit(tx).await?;
    Ok(())
}

stoa_testing::on_both!(two_writers_in_opposite_order_both_get_through, &[], async |test: &Test| {
    prepare(test).await;
    let tries = AtomicU32::new(0);
    let writer = |order: [i32; 2]| {
        let (db, tries) = (&test.app.db, &tries);
        db::repeat(move || {
            tries.fetch_add(1, Ordering::SeqCst);
            take(db, order)
        })
    };
    let (one, other) = tokio::join!(writer([1, 2]), writer([2, 1]));
    one.unwrap();
    other.unwrap();
    assert_eq!(test.scalar("SELECT MIN(units) FROM shelf").await, 2);
    assert_eq!(test.scalar("SELECT MAX(units) FROM shelf").await, 2, "what was undone counts once");
    // SQLite's one writer lets nobody come in between; PostgreSQL has to choose one.
    assert_eq!(tries.load(Ordering::SeqCst), if test.app.db.is_sqlite() { 2 } else { 3 });
});

/// The loser of two at once, neither of whom tries again.
async fn loser(test: &Test) -> Error {
    prepare(test).await;
    let db = &test.app.db;
    if !db.is_sqlite() {
        let (one, other) = tokio::join!(take(db, [1, 2]), take(db, [2, 1]));
        return one.err().or(other.err()).expect("one of the two gives way");
    }
    // Another process, such as an import, holds the file.
    let file = stoa_kernel::db::sqlite_url(test.folder());
    let other = Db::connect(&file).await.unwrap();
    let held = other.begin().await.unwrap();
    db.write().execute_unprepared("PRAGMA busy_timeout = 50").await.unwrap();
    let error = take(db, [1, 2]).await.expect_err("the file is held");
    held.rollback().await.unwrap();
    take(db, [1, 2]).await.expect("the connection is as good as new");
    error
}

stoa_testing::on_both!(whoever_gives_way_is_asked_to_come_again, &[], async |test: &Test| {
    let error = loser(test).await;
    assert!(error.is(codes::BUSY), "{error}");
    let answer = error.into_response();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
});

#[tokio::test]
async fn a_database_out_of_reach_is_503() {
    let error: Error =
        Db::connect("postgres://stoa@127.0.0.1:1/none").await.err().expect("nobody listens").into();
    assert!(error.is(codes::UNAVAILABLE), "{error}");
    assert_eq!(error.into_response().headers()["retry-after"], "5");
}

#[tokio::test]
async fn what_fails_for_other_reasons_is_not_tried_again() {
    let tries = AtomicU32::new(0);
    let outcome: Result<()> = db::repeat(|| async {
        tries.fetch_add(1, Ordering::SeqCst);
        Err(codes::CONFLICT.error("no"))
    })
    .await;
    assert!(outcome.unwrap_err().is(codes::CONFLICT));
    assert_eq!(tries.load(Ordering::SeqCst), 1);
}
