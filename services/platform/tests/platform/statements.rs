//! The trail is numbered and read at once, not record by record.

use stoa_kernel::{audit, new_id};
use stoa_platform::{
    MODULES,
    audit::{READ, RecordsQuery, records},
};
use stoa_testing::{Test, no_more_statements, on_both};
use stoa_types::{PageQuery, Product};

on_both!(twenty_records_take_no_more_statements_than_two, MODULES, async |test: &Test| {
    let (system, staff) = (test.system(), test.person(None, &[READ]));
    let mut before: Vec<Vec<String>> = Vec::new();
    for count in [2, 20] {
        let tx = system.db().begin().await.expect("a transaction");
        let entries = (0..count).map(|_| audit::Entry::new("product.updated", new_id::<Product>()));
        let (done, written) = test.statements(audit::record_all(&tx, &system, entries)).await;
        done.expect("written");
        system.db().commit(tx).await.expect("committed");
        let (numbered, sequenced) = test.statements(audit::sequence(&system)).await;
        assert_eq!(numbered.expect("numbered"), count);
        let page = PageQuery { limit: Some(count as u32), ..PageQuery::default() };
        let query = RecordsQuery { page, ..RecordsQuery::default() };
        let (page, read) = test.statements(records(&staff, &query)).await;
        assert_eq!(page.expect("the trail").items.len(), count);
        let now = vec![written, sequenced, read];
        for (few, many) in before.iter().zip(&now) {
            no_more_statements(few, many);
        }
        before = now;
    }
    assert!(audit::verify(&system).await.expect("an answer"));
});
