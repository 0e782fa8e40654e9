use sea_orm::{ConnectionTrait, IdenStatic, Iterable};
use stoa_kernel::{audit, new_id};
use stoa_kernel_entities::audit_record;
use stoa_testing::Test;
use stoa_types::Product;

async fn record(test: &Test, count: usize) {
    let tx = test.app.db.begin().await.unwrap();
    for number in 0..count {
        let entry = audit::Entry::new("product.updated", new_id::<Product>()).diff(
            &serde_json::json!({ "title": "Jug", "same": 1 }),
            &serde_json::json!({ "title": format!("Jug {number}"), "same": 1 }),
        );
        audit::record(&tx, &test.ctx, entry).await.unwrap();
    }
    test.app.db.commit(tx).await.unwrap();
}

stoa_testing::on_both!(
    the_sequencer_numbers_without_gaps_and_the_tree_notices_a_change,
    &[],
    async |test: &Test| {
        record(test, 5).await;
        assert_eq!(audit::sequence(&test.ctx).await.unwrap(), 5);
        record(test, 6).await;
        assert_eq!(audit::sequence(&test.ctx).await.unwrap(), 6);
        assert_eq!(audit::sequence(&test.ctx).await.unwrap(), 0);
        assert_eq!(test.scalar("SELECT MAX(seq) FROM audit_record").await, 10);
        assert!(audit::verify(&test.ctx).await.unwrap());
        // As somebody would who may alter the schema.
        let unguarded = match test.app.db.is_sqlite() {
            true => "DROP TRIGGER tr_audit_record_no_update",
            false => "DROP TRIGGER tr_audit_record_no_update ON audit_record",
        };
        for sql in [unguarded, "UPDATE audit_record SET actor = 'nobody' WHERE seq = 3"] {
            test.app.db.write().execute_unprepared(sql).await.unwrap();
        }
        assert!(!audit::verify(&test.ctx).await.unwrap());
    }
);

stoa_testing::on_both!(many_records_are_numbered_batch_by_batch, &[], async |test: &Test| {
    record(test, 1203).await;
    assert_eq!(audit::sequence(&test.ctx).await.unwrap(), 1203);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM audit_head").await, 3, "500 at a time");
    assert_eq!(test.scalar("SELECT COUNT(DISTINCT seq) FROM audit_record").await, 1203);
    assert_eq!(test.scalar("SELECT MAX(seq) FROM audit_record").await, 1202);
    assert!(audit::verify(&test.ctx).await.unwrap());
});

stoa_testing::on_both!(the_database_itself_refuses_to_alter_the_log, &[], async |test: &Test| {
    record(test, 2).await;
    audit::sequence(&test.ctx).await.unwrap();
    record(test, 1).await;
    let mut changes = vec![
        "DELETE FROM audit_record".to_owned(),
        "DELETE FROM audit_head".to_owned(),
        "UPDATE audit_head SET root = 'x'".to_owned(),
        "UPDATE audit_record SET seq = NULL WHERE seq = 0".to_owned(),
        "UPDATE audit_record SET leaf_hash = 'x' WHERE seq = 0".to_owned(),
    ];
    // Every column there is: one that is added needs its place in the migration.
    for column in audit_record::Column::iter().map(|column| column.as_str().to_owned()) {
        if !["seq", "leaf_hash"].contains(&column.as_str()) {
            changes.push(format!("UPDATE audit_record SET {column} = {column}"));
        }
    }
    if !test.app.db.is_sqlite() {
        changes.push("TRUNCATE audit_record".to_owned());
    }
    for sql in changes {
        let error = test.app.db.write().execute_unprepared(&sql).await.expect_err(&sql);
        assert!(error.to_string().contains("are never altered"), "{sql}: {error}");
    }
    assert_eq!(audit::sequence(&test.ctx).await.unwrap(), 1, "new ones are still numbered");
    assert!(audit::verify(&test.ctx).await.unwrap());
});

stoa_testing::on_both!(only_changed_fields_are_kept, &[], async |test: &Test| {
    record(test, 1).await;
    let text = if test.app.db.is_sqlite() { "changes" } else { "changes::text" };
    assert_eq!(
        test.scalar(&format!(
            "SELECT COUNT(*) FROM audit_record WHERE {text} LIKE '%Jug 0%' AND {text} NOT LIKE '%same%'"
        ))
        .await,
        1
    );
});
