//! Who did what: rows written in the transaction of the change, numbered afterwards.
//!
//! Writers never queue behind a chain head: they insert rows without a number, and
//! one sequencer job numbers them without gaps and grows an RFC 6962 Merkle tree.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value as SqlValue,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use stoa_kernel_entities::{audit_head, audit_record};
use stoa_types::{AuditRecord, Id, Kind, Seller};

use crate::{Ctx, Error, JobHandler, Result, Tx, db, new_id};

/// An entry to be written.
pub struct Entry {
    action: &'static str,
    entity_kind: &'static str,
    entity_id: stoa_types::Uuid,
    seller: Option<stoa_types::Uuid>,
    reason: Option<String>,
    changes: Value,
}

impl Entry {
    /// `action` is the event-like name of what was done, such as `product.published`.
    pub fn new<K: Kind>(action: &'static str, entity: Id<K>) -> Self {
        Self {
            action,
            entity_kind: K::NAME,
            entity_id: entity.uuid(),
            seller: None,
            reason: None,
            changes: Value::Object(Map::new()),
        }
    }

    pub fn seller(mut self, seller: Option<Id<Seller>>) -> Self {
        self.seller = seller.map(Id::uuid);
        self
    }

    pub fn reason(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }

    /// The fields that differ between two views of the record, before and after.
    pub fn diff(mut self, before: &impl Serialize, after: &impl Serialize) -> Self {
        self.changes = diff(&to_value(before), &to_value(after));
        self
    }

    /// Facts instead of a difference, for what is created or done.
    pub fn facts(mut self, facts: impl Serialize) -> Self {
        self.changes = to_value(&facts);
        self
    }
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn diff(before: &Value, after: &Value) -> Value {
    let empty = Map::new();
    let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let mut changes = Map::new();
    for key in before.keys().chain(after.keys()) {
        let (old, new) = (before.get(key).unwrap_or(&Value::Null), after.get(key).unwrap_or(&Value::Null));
        if old != new {
            changes.insert(key.clone(), json!({ "before": old, "after": new }));
        }
    }
    Value::Object(changes)
}

/// Writes the entry in the caller's transaction; if it fails, the change fails.
pub async fn record(tx: &Tx, ctx: &Ctx, entry: Entry) -> Result<()> {
    record_all(tx, ctx, [entry]).await
}

/// Writes the entries in their order in the caller's transaction, hundreds in a statement;
/// if it fails, the change fails.
pub async fn record_all(tx: &Tx, ctx: &Ctx, entries: impl IntoIterator<Item = Entry>) -> Result<()> {
    let rows: Vec<_> = entries.into_iter().map(|entry| row(ctx, entry)).collect();
    for rows in rows.chunks(db::ROWS) {
        audit_record::Entity::insert_many(rows.iter().cloned()).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn row(ctx: &Ctx, mut entry: Entry) -> audit_record::ActiveModel {
    // Somebody let an app act for them: both are to be read from the trail.
    if let (Some(app), Some(facts)) = (ctx.via, entry.changes.as_object_mut()) {
        facts.insert("via".to_owned(), json!(app));
    }
    // Nor is it hidden whose leave support has.
    if let (Some(owner), Some(facts)) = (ctx.support, entry.changes.as_object_mut()) {
        facts.insert("on_behalf_of".to_owned(), json!(owner));
    }
    audit_record::ActiveModel {
        id: Set(new_id::<AuditRecord>().uuid()),
        seq: Set(None),
        at: Set(ctx.now),
        actor: Set(ctx.actor.to_string()),
        action: Set(entry.action.to_owned()),
        entity_kind: Set(entry.entity_kind.to_owned()),
        entity_id: Set(entry.entity_id),
        seller_id: Set(entry.seller),
        request_id: Set(ctx.request_id.clone()),
        trace: Set(ctx.trace.clone()),
        reason: Set(entry.reason),
        changes: Set(entry.changes),
        leaf_hash: Set(None),
    }
}

pub(crate) const SEQUENCE: JobHandler = JobHandler {
    kind: "audit.sequence",
    attempts: 5,
    run: |ctx, _| Box::pin(async move { sequence(ctx).await.map(|_| ()) }),
};

/// Records numbered in one transaction: the only writer of SQLite is held no longer than
/// for one statement over them.
const BATCH: u64 = 500;

/// Numbers the records that have no number yet and extends the tree, batch by batch; answers
/// how many. Two at once are safe: the head's primary key lets one of them win each batch.
pub async fn sequence(ctx: &Ctx) -> Result<usize> {
    let mut numbered = 0;
    loop {
        let batch = sequence_batch(ctx).await?;
        numbered += batch;
        if (batch as u64) < BATCH {
            return Ok(numbered);
        }
    }
}

async fn sequence_batch(ctx: &Ctx) -> Result<usize> {
    let tx = ctx.db().begin().await?;
    let head = audit_head::Entity::find().order_by_desc(audit_head::Column::Size).one(&tx).await?;
    let (mut size, mut frontier) = match head {
        Some(head) => (head.size, serde_json::from_value::<Vec<(u64, String)>>(head.frontier)?),
        None => (0, Vec::new()),
    };
    let fresh = audit_record::Entity::find()
        .filter(audit_record::Column::Seq.is_null())
        .order_by_asc(audit_record::Column::At)
        .order_by_asc(audit_record::Column::Id)
        .limit(BATCH)
        .all(&tx)
        .await?;
    if fresh.is_empty() {
        tx.rollback().await?;
        return Ok(0);
    }
    let mut leaves = Vec::with_capacity(fresh.len());
    for record in &fresh {
        let leaf = leaf_hash(size, record)?;
        push(&mut frontier, leaf)?;
        leaves.push((record.id, size, hex::encode(leaf)));
        size += 1;
    }
    number(&tx, &leaves).await?;
    let row = audit_head::ActiveModel {
        size: Set(size),
        root: Set(hex::encode(root(&frontier)?)),
        frontier: Set(serde_json::to_value(&frontier)?),
        at: Set(ctx.now),
    };
    audit_head::Entity::insert(row).exec_without_returning(&tx).await?;
    ctx.db().commit(tx).await?;
    Ok(fresh.len())
}

/// Writes numbers and leaf hashes in one statement.
async fn number(tx: &Tx, leaves: &[(stoa_types::Uuid, i64, String)]) -> Result<()> {
    let (id, seq) = match tx.get_database_backend() {
        // PostgreSQL takes bare parameters in a list of values for text.
        sea_orm::DbBackend::Postgres => ("::uuid", "::bigint"),
        _ => ("", ""),
    };
    let mut sql = "WITH leaf (id, seq, leaf_hash) AS (VALUES ".to_owned();
    let mut values: Vec<SqlValue> = Vec::with_capacity(leaves.len() * 3);
    for (place, (record, number, leaf)) in leaves.iter().enumerate() {
        let (comma, first) = (if place == 0 { "" } else { ", " }, place * 3 + 1);
        sql.push_str(&format!("{comma}(${first}{id}, ${}{seq}, ${})", first + 1, first + 2));
        values.extend([(*record).into(), (*number).into(), leaf.clone().into()]);
    }
    sql.push_str(
        ") UPDATE audit_record SET seq = leaf.seq, leaf_hash = leaf.leaf_hash FROM leaf WHERE audit_record.id = leaf.id",
    );
    let done = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    if done.rows_affected() != leaves.len() as u64 {
        return Err(Error::internal("the audit trail changed while it was numbered"));
    }
    Ok(())
}

/// Recomputes every leaf and the root; true when the tree still says the same.
pub async fn verify(ctx: &Ctx) -> Result<bool> {
    let Some(head) =
        audit_head::Entity::find().order_by_desc(audit_head::Column::Size).one(ctx.db().read()).await?
    else {
        return Ok(true);
    };
    let (mut frontier, mut after) = (Vec::new(), -1_i64);
    loop {
        let records = audit_record::Entity::find()
            .filter(audit_record::Column::Seq.gt(after))
            .filter(audit_record::Column::Seq.lt(head.size))
            .order_by_asc(audit_record::Column::Seq)
            .limit(1000)
            .all(ctx.db().read())
            .await?;
        for record in &records {
            let seq = record.seq.unwrap_or(-1);
            let leaf = leaf_hash(seq, record)?;
            if seq != after + 1 || record.leaf_hash.as_deref() != Some(hex::encode(leaf).as_str()) {
                return Ok(false);
            }
            push(&mut frontier, leaf)?;
            after = seq;
        }
        if records.is_empty() {
            return Ok(after + 1 == head.size && hex::encode(root(&frontier)?) == head.root);
        }
    }
}

/// RFC 6962 section 2.1: SHA-256 of 0x00 and the record's canonical JSON.
fn leaf_hash(seq: i64, record: &audit_record::Model) -> Result<[u8; 32]> {
    let text = serde_json::to_vec(&json!([
        seq,
        record.id,
        record.at,
        record.actor,
        record.action,
        record.entity_kind,
        record.entity_id,
        record.seller_id,
        record.request_id,
        record.trace,
        record.reason,
        record.changes,
    ]))?;
    Ok(Sha256::new().chain_update([0]).chain_update(text).finalize().into())
}

fn node_hash(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Complete subtrees as (leaves, root), largest first.
type Frontier = Vec<(u64, String)>;

fn push(frontier: &mut Frontier, leaf: [u8; 32]) -> Result<()> {
    let (mut leaves, mut hash) = (1_u64, leaf);
    while let Some((size, root)) = frontier.last() {
        if *size != leaves {
            break;
        }
        hash = node_hash(decode(root)?, hash);
        leaves *= 2;
        frontier.pop();
    }
    frontier.push((leaves, hex::encode(hash)));
    Ok(())
}

fn root(frontier: &Frontier) -> Result<[u8; 32]> {
    let mut parts = frontier.iter().rev();
    let Some((_, smallest)) = parts.next() else { return Ok(Sha256::digest([]).into()) };
    parts.try_fold(decode(smallest)?, |right, (_, left)| Ok(node_hash(decode(left)?, right)))
}

fn decode(text: &str) -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let mut split = 1;
                while split * 2 < leaves.len() {
                    split *= 2;
                }
                node_hash(tree(&leaves[..split]), tree(&leaves[split..]))
            }
        }
    }

    #[test]
    fn the_frontier_grows_the_same_tree_as_rfc_6962() {
        let (mut frontier, mut leaves) = (Vec::new(), Vec::new());
        for number in 0..70_u8 {
            let leaf: [u8; 32] = Sha256::digest([number]).into();
            leaves.push(leaf);
            push(&mut frontier, leaf).unwrap();
            assert_eq!(root(&frontier).unwrap(), tree(&leaves), "{number}");
        }
    }
}
