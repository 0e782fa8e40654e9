use sea_orm::ConnectionTrait;
use stoa_kernel::{audit, new_id};
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
        test.app
            .db
            .write()
            .execute_unprepared("UPDATE audit_record SET actor = 'nobody' WHERE seq = 3")
            .await
            .unwrap();
        assert!(!audit::verify(&test.ctx).await.unwrap());
    }
);

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
