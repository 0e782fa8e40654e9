use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use stoa_kernel::{Error, JobHandler, Module, jobs};
use stoa_testing::{Backend, Test};

const WORK: Module = Module {
    slug: "work",
    jobs: &[
        JobHandler {
            kind: "work.once",
            attempts: 3,
            run: |ctx, job| {
                Box::pin(async move {
                    ctx.db()
                        .write()
                        .execute_unprepared(&format!("INSERT INTO effect (job) VALUES ('{}')", job.id))
                        .await?;
                    Ok(())
                })
            },
        },
        JobHandler {
            kind: "work.fails",
            attempts: 3,
            run: |_, _| Box::pin(async { Err(Error::internal("never works")) }),
        },
        JobHandler {
            kind: "work.long",
            attempts: 1,
            run: |ctx, job| Box::pin(async move { jobs::progress(ctx, job, 3, 5).await }),
        },
        JobHandler {
            kind: "work.sends",
            attempts: 1,
            run: |ctx, _| {
                Box::pin(async move {
                    let synced = ctx.db().synced().unwrap_or_default();
                    let note = format!("INSERT INTO effect (job) VALUES ('{synced}')");
                    ctx.db().write().execute_unprepared(&note).await?;
                    Ok(())
                })
            },
        },
        JobHandler { kind: "work.panics", attempts: 1, run: |_, _| Box::pin(async { panic!("on purpose") }) },
    ],
    ..Module::EMPTY
};

async fn prepare(test: &Test) {
    test.app.db.write().execute_unprepared("CREATE TABLE effect (job TEXT NOT NULL)").await.unwrap();
}

stoa_testing::on_both!(many_workers_run_each_job_once, &[&WORK], async |test: &Test| {
    prepare(test).await;
    for _ in 0..60 {
        jobs::enqueue(test.app.db.write(), &test.ctx, "work.once", ()).await.unwrap();
    }
    let workers = (0..6).map(|number| {
        let app = test.app.clone();
        async move {
            while jobs::work_once(&app, jobs::Worker { name: &format!("w{number}"), background: true })
                .await
                .unwrap()
            {}
        }
    });
    futures::future::join_all(workers).await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 60);
    assert_eq!(test.scalar("SELECT COUNT(DISTINCT job) FROM effect").await, 60);
});

stoa_testing::on_both!(
    a_job_begins_when_what_it_reads_survives_a_power_cut,
    &[&WORK],
    async |test: &Test| {
        prepare(test).await;
        let tx = test.app.db.begin().await.unwrap();
        jobs::enqueue(&tx, &test.ctx, "work.sends", ()).await.unwrap();
        test.app.db.commit_inside(tx).await.unwrap();
        let before = test.app.db.synced();
        assert!(jobs::work_once(&test.app, jobs::Worker { name: "one", background: true }).await.unwrap());
        let then = test.scalar("SELECT CAST(job AS BIGINT) FROM effect").await;
        match before {
            Some(before) => assert_eq!(then, before as i64 + 1, "synced between the claim and the handler"),
            None => assert_eq!(then, 0, "PostgreSQL does it itself"),
        }
    }
);

stoa_testing::on_both!(a_picture_never_waits_in_front_of_a_payment, &[&WORK], async |test: &Test| {
    prepare(test).await;
    let conn = test.app.db.write();
    for _ in 0..3 {
        let options = jobs::Options { background: true, ..Default::default() };
        jobs::enqueue_with(conn, &test.ctx, "work.once", (), options).await.unwrap();
    }
    test.travel(TimeDelta::minutes(1));
    let later = stoa_kernel::Ctx::system(&test.app);
    let urgent = jobs::enqueue(conn, &later, "work.once", ()).await.unwrap();
    let all = jobs::Worker { name: "all", background: true };
    assert!(jobs::work_once(&test.app, all).await.unwrap());
    assert_eq!(test.scalar(&format!("SELECT COUNT(*) FROM effect WHERE job = '{}'", urgent.uuid())).await, 1);
    // The worker kept for what people wait for leaves the rest alone.
    let urgent_only = jobs::Worker { name: "urgent", background: false };
    assert!(!jobs::work_once(&test.app, urgent_only).await.unwrap());
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 4);
});

stoa_testing::on_both!(a_job_that_kills_its_workers_is_set_aside, &[&WORK], async |test: &Test| {
    prepare(test).await;
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.once", ()).await.unwrap();
    let killed = "UPDATE job SET state = 'running', attempts = max_attempts + 10, locked_until = run_at";
    test.app.db.write().execute_unprepared(killed).await.unwrap();
    test.travel(TimeDelta::minutes(1));
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 0);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE state = 'dead'").await, 1);
});

stoa_testing::on_both!(a_worker_killed_a_few_times_is_not_the_jobs_fault, &[&WORK], async |test: &Test| {
    prepare(test).await;
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.once", ()).await.unwrap();
    let killed = "UPDATE job SET state = 'running', attempts = max_attempts + 2, locked_until = run_at";
    test.app.db.write().execute_unprepared(killed).await.unwrap();
    test.travel(TimeDelta::minutes(1));
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE state = 'done'").await, 1);
});

stoa_testing::on_both!(a_job_that_keeps_failing_is_set_aside, &[&WORK], async |test: &Test| {
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.fails", ()).await.unwrap();
    for _ in 0..5 {
        test.settle().await;
        test.travel(TimeDelta::minutes(5));
    }
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE state = 'dead' AND attempts = 3").await, 1);
});

stoa_testing::on_both!(a_panicking_job_does_not_take_the_worker_along, &[&WORK], async |test: &Test| {
    prepare(test).await;
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.panics", ()).await.unwrap();
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.once", ()).await.unwrap();
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE state = 'dead'").await, 1);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 1);
});

stoa_testing::on_both!(a_crashed_workers_job_is_taken_over, &[&WORK], async |test: &Test| {
    prepare(test).await;
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.once", ()).await.unwrap();
    // As a worker leaves it that died after claiming.
    test.app
        .db
        .write()
        .execute_unprepared(
            "UPDATE job SET state = 'running', attempts = 1, locked_by = 'gone', locked_until = run_at",
        )
        .await
        .unwrap();
    test.travel(TimeDelta::minutes(3));
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE state = 'done' AND attempts = 2").await, 1);
});

stoa_testing::on_both!(a_restart_takes_over_at_once, &[&WORK], async |test: &Test| {
    prepare(test).await;
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.once", ()).await.unwrap();
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.once", ()).await.unwrap();
    // As a killed process leaves one of them; the other is the command line's, which lives.
    let later = test.app.now() + TimeDelta::minutes(5);
    for (owner, order) in [("gone-0", "ASC"), ("drain", "DESC")] {
        let sql = format!(
            "UPDATE job SET state = 'running', attempts = 1, locked_by = '{owner}', locked_until = '{}' \
             WHERE id = (SELECT id FROM job ORDER BY id {order} LIMIT 1)",
            later.format("%Y-%m-%dT%H:%M:%S%.6f+00:00"),
        );
        test.app.db.write().execute_unprepared(&sql).await.unwrap();
    }
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 0);
    jobs::take_over(&test.app).await.unwrap();
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 1);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE state = 'done' AND attempts = 2").await, 1);
});

stoa_testing::on_both!(a_unique_key_keeps_one_job_waiting, &[&WORK], async |test: &Test| {
    prepare(test).await;
    for _ in 0..3 {
        let options = jobs::Options { unique_key: Some("only".to_owned()), ..Default::default() };
        jobs::enqueue_with(test.app.db.write(), &test.ctx, "work.once", (), options).await.unwrap();
    }
    test.settle().await;
    assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 1);
});

stoa_testing::on_both!(
    what_failed_for_good_is_put_back_with_all_its_attempts,
    &[&WORK],
    async |test: &Test| {
        prepare(test).await;
        let conn = test.app.db.write();
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(jobs::enqueue(conn, &test.ctx, "work.once", ()).await.unwrap());
        }
        // As if what they needed had been missing; the last one has run.
        test.settle().await;
        conn.execute_unprepared("DELETE FROM effect").await.unwrap();
        let broken =
            format!("UPDATE job SET state = 'dead', attempts = 3 WHERE id <> {}", uuid(test, ids[2].uuid()));
        conn.execute_unprepared(&broken).await.unwrap();

        assert_eq!(jobs::retry(&test.ctx, Some(ids[2])).await.unwrap(), 0, "what is done stays done");
        assert_eq!(jobs::retry(&test.ctx, Some(ids[0])).await.unwrap(), 1);
        test.settle().await;
        assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 1);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE state = 'done' AND attempts = 1").await, 2);
        assert_eq!(jobs::retry(&test.ctx, None).await.unwrap(), 1);
        test.settle().await;
        assert_eq!(test.scalar("SELECT COUNT(*) FROM effect").await, 2);
        assert_eq!(jobs::retry(&test.ctx, None).await.unwrap(), 0);
    }
);

/// An id as the database writes it.
fn uuid(test: &Test, id: stoa_types::Uuid) -> String {
    if test.app.db.is_sqlite() { format!("x'{}'", id.simple()) } else { format!("'{id}'") }
}

stoa_testing::on_both!(a_long_job_says_how_far_it_is, &[&WORK], async |test: &Test| {
    jobs::enqueue(test.app.db.write(), &test.ctx, "work.long", ()).await.unwrap();
    test.settle().await;
    assert_eq!(
        test.scalar("SELECT COUNT(*) FROM job WHERE progress_done = 3 AND progress_total = 5").await,
        1
    );
});

/// Writes an event, an audit record and a job, which does the same once more.
const TRACED: Module = Module {
    slug: "traced",
    jobs: &[
        JobHandler { kind: "traced.first", attempts: 1, run: |ctx, _| Box::pin(leave_traces(ctx, true)) },
        JobHandler { kind: "traced.second", attempts: 1, run: |ctx, _| Box::pin(leave_traces(ctx, false)) },
    ],
    ..Module::EMPTY
};

async fn leave_traces(ctx: &stoa_kernel::Ctx, further: bool) -> stoa_kernel::Result<()> {
    use stoa_kernel::{NewEvent, audit, events, new_id};
    let (tx, id) = (ctx.db().begin().await?, new_id::<stoa_types::Product>());
    events::emit(&tx, ctx, NewEvent::new("traced.happened", id, 1)).await?;
    audit::record(&tx, ctx, audit::Entry::new("traced.happened", id)).await?;
    if further {
        jobs::enqueue(&tx, ctx, "traced.second", ()).await?;
    }
    Ok(ctx.db().commit(tx).await?)
}

stoa_testing::on_both!(what_a_job_does_keeps_the_trace_of_who_asked, &[&TRACED], async |test: &Test| {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let asked = stoa_kernel::Ctx { trace: Some(trace.to_owned()), ..test.system() };
    jobs::enqueue(test.app.db.write(), &asked, "traced.first", ()).await.unwrap();
    jobs::enqueue(test.app.db.write(), &test.ctx, "traced.second", ()).await.unwrap();
    test.settle().await;
    for table in ["job", "outbox_event", "audit_record"] {
        let traced = format!("SELECT COUNT(*) FROM {table} WHERE trace = '{trace}'");
        assert_eq!(test.scalar(&traced).await, 2, "{table}: the job's and that of the job it asked for");
        let other = format!("SELECT COUNT(*) FROM {table} WHERE trace IS NULL");
        assert_eq!(test.scalar(&other).await, 1, "{table}: nobody's else");
    }
});

/// Two processes look at the same slot; one of them enqueues.
#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_fires_once_a_slot() {
    static TICKS: AtomicU32 = AtomicU32::new(0);
    const EVERY_MINUTE: Module = Module {
        slug: "minute",
        jobs: &[JobHandler {
            kind: "minute.tick",
            attempts: 1,
            run: |_, _| {
                Box::pin(async {
                    TICKS.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                })
            },
        }],
        crons: &[stoa_kernel::Cron { name: "minute", schedule: "*/20 * * * * *", job: "minute.tick" }],
        ..Module::EMPTY
    };
    for backend in [Backend::Sqlite, Backend::Postgres] {
        TICKS.store(0, Ordering::SeqCst);
        let test = Test::new(backend, &[&EVERY_MINUTE], Default::default()).await;
        futures::future::join_all((0..4).map(|_| jobs::tick(&test.app)))
            .await
            .into_iter()
            .for_each(|tick| tick.unwrap());
        test.settle().await;
        // The slot may have turned between the four looks.
        assert!((1..=2).contains(&TICKS.load(Ordering::SeqCst)), "{backend:?}");
    }
}
