//! The outbox and its relay.
//!
//! [`emit`] writes an event in the transaction of its change. The relay hands each
//! event to its subscribers, at least once; a subscriber's effect and its inbox row
//! are one transaction, so what it does to the database happens exactly once. What
//! must leave the program (mail, a provider's call) a subscriber enqueues as a job.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};
use serde::Serialize;
use serde_json::{Value, json};
use stoa_kernel_entities::{inbox, outbox_event};
use stoa_types::{Event as EventKind, Id, Kind, Seller, Uuid, id_text};

use crate::{App, Ctx, Result, Tx, db, new_id};

/// How often an event is tried before it is set aside as `dead`.
const ATTEMPTS: i32 = 12;
/// Events handled in one transaction: on SQLite the writer is theirs for so long.
pub(crate) const BATCH: u64 = 16;

/// An event as its subscribers see it.
pub type Event = outbox_event::Model;

/// An event to be written. `subject_version` is the aggregate's version after the change.
pub struct NewEvent {
    name: &'static str,
    subject_kind: &'static str,
    subject_id: Uuid,
    subject_version: i64,
    seller: Option<Uuid>,
    data: Value,
    internal: bool,
}

impl NewEvent {
    pub fn new<K: Kind>(name: &'static str, subject: Id<K>, subject_version: i64) -> Self {
        Self {
            name,
            subject_kind: K::NAME,
            subject_id: subject.uuid(),
            subject_version,
            seller: None,
            data: Value::Null,
            internal: false,
        }
    }

    /// The seller whose webhooks may see it.
    pub fn seller(mut self, seller: Option<Id<Seller>>) -> Self {
        self.seller = seller.map(Id::uuid);
        self
    }

    /// Facts about the change: ids and values, never personal data.
    pub fn data(mut self, data: impl Serialize) -> Self {
        self.data = serde_json::to_value(data).unwrap_or_default();
        self
    }

    /// Never shown outside the program.
    pub fn internal(mut self) -> Self {
        self.internal = true;
        self
    }
}

/// Writes the event in the caller's transaction.
pub async fn emit(tx: &Tx, ctx: &Ctx, event: NewEvent) -> Result<()> {
    emit_all(tx, ctx, [event]).await
}

/// Writes the events in their order in the caller's transaction, hundreds in a statement.
pub async fn emit_all(tx: &Tx, ctx: &Ctx, events: impl IntoIterator<Item = NewEvent>) -> Result<()> {
    let rows: Vec<_> = events.into_iter().map(|event| row(ctx, event)).collect();
    for rows in rows.chunks(db::ROWS) {
        outbox_event::Entity::insert_many(rows.iter().cloned()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// An event that nobody in the program waits for is delivered as it is written: it stays
/// for those who read the outbox, and spares the relay a look.
fn row(ctx: &Ctx, event: NewEvent) -> outbox_event::ActiveModel {
    let mut subscribers = ctx.app.modules.iter().flat_map(|module| module.subscribers);
    let wanted = subscribers.any(|subscriber| subscriber.events.contains(&event.name));
    outbox_event::ActiveModel {
        id: Set(new_id::<EventKind>().uuid()),
        name: Set(event.name.to_owned()),
        data_version: Set(1),
        subject_kind: Set(event.subject_kind.to_owned()),
        subject_id: Set(event.subject_id),
        subject_version: Set(event.subject_version),
        seller_id: Set(event.seller),
        actor: Set(ctx.actor.to_string()),
        trace: Set(ctx.trace.clone()),
        data: Set(event.data),
        internal: Set(event.internal),
        occurred_at: Set(ctx.now),
        state: Set(if wanted { "pending" } else { "delivered" }.to_owned()),
        attempts: Set(0),
        next_at: Set(ctx.now),
        delivered_at: Set((!wanted).then_some(ctx.now)),
        last_error: Set(None),
    }
}

/// The event as CloudEvents 1.0 (JSON form), as webhooks and `stoa events tail` show it;
/// `origin` is the marketplace's public address. Attributes that do not apply are left out.
pub fn cloud_event(event: &Event, origin: &str) -> Value {
    let mut envelope = json!({
        "specversion": "1.0",
        "id": Id::<EventKind>::new(event.id),
        "type": event.name,
        "source": origin,
        "time": event.occurred_at,
        "datacontenttype": "application/json",
        "dataversion": event.data_version,
        "subject": id_text(&event.subject_kind, event.subject_id),
        "subjectversion": event.subject_version,
        "sellerid": event.seller_id.map(Id::<Seller>::new),
        "actor": event.actor,
        "traceparent": event.trace,
        "data": event.data,
    });
    if let Some(attributes) = envelope.as_object_mut() {
        attributes.retain(|_, value| !value.is_null());
    }
    envelope
}

/// A service's reaction to other services' events. It gets the transaction in which
/// its inbox row is written, writes its effect there and calls nothing outside.
pub struct Subscriber {
    /// Stable name, such as `orders.on_payment_captured`; the inbox is keyed by it.
    pub name: &'static str,
    /// Event names it wants.
    pub events: &'static [&'static str],
    pub handle: for<'a> fn(&'a Tx, &'a Ctx, &'a Event) -> BoxFuture<'a, Result<()>>,
}

/// Delivers what is due; answers how many events were looked at. Safe to run in
/// several processes at once.
pub async fn relay_once(app: &App) -> Result<u64> {
    let ctx = Ctx::system(app);
    let due = outbox_event::Entity::find()
        .filter(outbox_event::Column::State.eq("pending"))
        .filter(outbox_event::Column::NextAt.lte(ctx.now));
    // A look by a reader first, so that an idle relay never takes the writer.
    let any = due.clone().select_only().column(outbox_event::Column::Id).limit(1).into_tuple::<Uuid>();
    if any.one(app.db.read()).await?.is_none() {
        return Ok(0);
    }
    let tx = app.db.begin().await?;
    let mut query =
        due.order_by_asc(outbox_event::Column::NextAt).order_by_asc(outbox_event::Column::Id).limit(BATCH);
    if !app.db.is_sqlite() {
        query = query.lock_with_behavior(
            sea_orm::sea_query::LockType::Update,
            sea_orm::sea_query::LockBehavior::SkipLocked,
        );
    }
    let due = query.all(&tx).await?;
    let mut delivered = Vec::with_capacity(due.len());
    for event in &due {
        match deliver(&tx, &ctx, event).await {
            Ok(()) => delivered.push(event.id),
            Err(error) => postpone(&tx, event, &error.to_string(), ctx.now).await?,
        }
    }
    if !delivered.is_empty() {
        outbox_event::Entity::update_many()
            .col_expr(outbox_event::Column::State, "delivered".into())
            .col_expr(outbox_event::Column::DeliveredAt, ctx.now.into())
            .filter(outbox_event::Column::Id.is_in(delivered))
            .exec(&tx)
            .await?;
    }
    if due.is_empty() {
        tx.rollback().await?;
    } else {
        // Lost with the power, it is done again: the events are then pending, too.
        app.db.commit_inside(tx).await?;
    }
    Ok(due.len() as u64)
}

/// Delivers what is due instead of leaving it to the relay: for a door whose next page shows
/// what follows from the change it has just made. What fails is left to the relay.
pub async fn deliver_now(ctx: &Ctx) {
    loop {
        match relay_once(&ctx.app).await {
            Ok(count) if count >= BATCH => {}
            Ok(_) => return,
            Err(error) => return tracing::warn!(%error, "events left to the relay"),
        }
    }
}

async fn deliver(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let mut outcome = Ok(());
    // What follows from an event belongs to the same trace.
    let ctx = &Ctx { trace: event.trace.clone(), ..ctx.clone() };
    let subscribers = ctx.app.modules.iter().flat_map(|module| module.subscribers);
    for subscriber in subscribers.filter(|subscriber| subscriber.events.contains(&event.name.as_str())) {
        // A savepoint each: one failing subscriber undoes its own effect, not the others'.
        let inner = tx.begin().await?;
        let seen = inbox::ActiveModel {
            consumer: Set(subscriber.name.to_owned()),
            event_id: Set(event.id),
            handled_at: Set(ctx.now),
        };
        let fresh =
            inbox::Entity::insert(seen).on_conflict_do_nothing().exec_without_returning(&inner).await?;
        if !db::inserted(&fresh) {
            inner.rollback().await?;
            continue;
        }
        match (subscriber.handle)(&inner, ctx, event).await {
            Ok(()) => inner.commit().await?,
            Err(error) => {
                inner.rollback().await?;
                tracing::warn!(subscriber = subscriber.name, event = %event.name, %error, "event not handled, will be tried again");
                outcome = Err(error);
            }
        }
    }
    outcome
}

async fn postpone(tx: &Tx, event: &Event, error: &str, now: DateTime<Utc>) -> Result<()> {
    let attempts = event.attempts + 1;
    let state = if attempts >= ATTEMPTS { "dead" } else { "pending" };
    outbox_event::Entity::update_many()
        .col_expr(outbox_event::Column::State, state.into())
        .col_expr(outbox_event::Column::Attempts, attempts.into())
        .col_expr(outbox_event::Column::NextAt, (now + back_off(attempts)).into())
        .col_expr(outbox_event::Column::LastError, error.chars().take(2000).collect::<String>().into())
        .filter(outbox_event::Column::Id.eq(event.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// 1 s, 2 s, 4 s … at most an hour.
pub(crate) fn back_off(attempts: i32) -> TimeDelta {
    TimeDelta::seconds((1_i64 << attempts.clamp(1, 12).saturating_sub(1)).min(3600))
}

/// Puts an event that a subscriber failed on for good back in line, or all of them; answers
/// how many. Subscribers that handled it already are not asked again.
pub async fn retry(ctx: &Ctx, which: Option<Id<EventKind>>) -> Result<u64> {
    let mut update = outbox_event::Entity::update_many()
        .col_expr(outbox_event::Column::State, "pending".into())
        .col_expr(outbox_event::Column::Attempts, 0.into())
        .col_expr(outbox_event::Column::NextAt, ctx.now.into())
        .filter(outbox_event::Column::State.eq("dead"));
    if let Some(id) = which {
        update = update.filter(outbox_event::Column::Id.eq(id.uuid()));
    }
    Ok(update.exec(ctx.db().write()).await?.rows_affected)
}
