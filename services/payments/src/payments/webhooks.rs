//! The provider's messages: kept as they came, once each, and used as a reason to ask.

use chrono::{DateTime, Utc};
use http::HeaderMap;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};
use stoa_kernel::{Actor, Ctx, Error, Result, db, jobs};
use stoa_payments_entities::{payment_intent, webhook_event};
use stoa_types::Uuid;

use super::{ProviderError, Providers, TEXT_INVALID, WEBHOOK_SIGNATURE, sweep};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// Recorded, or seen before.
    Known,
    /// Recorded for a payment we do not know; taken up when we do.
    Parked,
}

/// Takes a provider's message: 401 [`WEBHOOK_SIGNATURE`] unless it is signed and fresh.
/// Each is kept as it came and counts once. What it says is not believed: unless we have
/// seen newer news, a job asks the provider how the payment stands, so the order in which
/// messages arrive does not matter.
pub async fn receive(ctx: &Ctx, provider: &str, headers: &HeaderMap, body: &[u8]) -> Result<Received> {
    let ctx = &Ctx { actor: Actor::System, ..ctx.clone() };
    let provider = ctx.app.part::<Providers>()?.named(provider)?;
    let event = provider.verify(headers, body, ctx.now).map_err(|error| match error {
        ProviderError::Signature => WEBHOOK_SIGNATURE.error("The signature does not fit."),
        _ => TEXT_INVALID.error("The message can't be read."),
    })?;
    let raw = std::str::from_utf8(body).map_err(|_| TEXT_INVALID.error("The message can't be read."))?;
    let tx = ctx.db().begin().await?;
    let intent = intent_of(&tx, provider.name(), &event.reference).await?;
    let current = intent.as_ref().is_some_and(|(_, version)| *version >= event.version);
    let state = match (&intent, current) {
        (None, _) => "parked",
        (Some(_), true) => "processed",
        (Some(_), false) => "received",
    };
    let id = Uuid::now_v7();
    let row = webhook_event::ActiveModel {
        id: Set(id),
        provider: Set(provider.name().to_owned()),
        provider_event_id: Set(event.id),
        kind: Set(event.kind),
        provider_ref: Set(event.reference),
        intent_id: Set(intent.as_ref().map(|(id, _)| *id)),
        raw: Set(raw.to_owned()),
        state: Set(state.to_owned()),
        received_at: Set(ctx.now),
        processed_at: Set(current.then_some(ctx.now)),
    };
    let inserted = webhook_event::Entity::insert(row)
        .on_conflict_do_nothing_on([webhook_event::Column::Provider, webhook_event::Column::ProviderEventId])
        .exec_without_returning(&tx)
        .await?;
    if !db::inserted(&inserted) {
        tx.rollback().await?;
        return Ok(Received::Known);
    }
    if state == "received" {
        jobs::enqueue(&tx, ctx, "payments.webhook", id).await?;
    }
    ctx.db().commit(tx).await?;
    Ok(if state == "parked" { Received::Parked } else { Received::Known })
}

async fn intent_of(
    conn: &impl ConnectionTrait,
    provider: &str,
    reference: &str,
) -> Result<Option<(Uuid, i64)>> {
    Ok(payment_intent::Entity::find()
        .select_only()
        .columns([payment_intent::Column::Id, payment_intent::Column::ProviderVersion])
        .filter(payment_intent::Column::Provider.eq(provider))
        .filter(payment_intent::Column::ProviderRef.eq(reference))
        .into_tuple()
        .one(conn)
        .await?)
}

/// Asks the provider about the payment a message was about.
pub(super) async fn process(ctx: &Ctx, id: Uuid) -> Result<()> {
    let found = webhook_event::Entity::find_by_id(id).one(ctx.db().read()).await?;
    let Some(event) = found.filter(|event| event.state == "received") else { return Ok(()) };
    let intent = event.intent_id.ok_or_else(|| Error::internal("a message without a payment"))?;
    let known = super::queries::row(ctx.db().read(), stoa_types::Id::new(intent)).await?;
    let before = known.provider_version;
    let done = sweep::refresh_any(ctx, known).await?;
    tracing::debug!(event = %event.provider_event_id, before, after = done.provider_version, "provider's message used");
    finish(ctx, id, ctx.app.now()).await
}

async fn finish(ctx: &Ctx, id: Uuid, at: DateTime<Utc>) -> Result<()> {
    webhook_event::Entity::update_many()
        .col_expr(webhook_event::Column::State, "processed".into())
        .col_expr(webhook_event::Column::ProcessedAt, Expr::value(at))
        .filter(webhook_event::Column::Id.eq(id))
        .exec(ctx.db().write())
        .await?;
    Ok(())
}

/// Takes up parked messages whose payment is known by now.
pub(super) async fn unpark(ctx: &Ctx) -> Result<()> {
    for event in sweep::parked(ctx).await? {
        let tx = ctx.db().begin().await?;
        let Some((intent, _)) = intent_of(&tx, &event.provider, &event.provider_ref).await? else {
            tx.rollback().await?;
            continue;
        };
        let done = webhook_event::Entity::update_many()
            .col_expr(webhook_event::Column::State, "received".into())
            .col_expr(webhook_event::Column::IntentId, Expr::value(intent))
            .filter(webhook_event::Column::Id.eq(event.id))
            .filter(webhook_event::Column::State.eq("parked"))
            .exec(&tx)
            .await?;
        if done.rows_affected == 1 {
            jobs::enqueue(&tx, ctx, "payments.webhook", event.id).await?;
        }
        ctx.db().commit(tx).await?;
    }
    Ok(())
}

/// Forgets the words of messages whose time is over. What they were about stays: the same
/// message again is still known.
pub(super) async fn clean_up(ctx: &Ctx) -> Result<()> {
    let before = ctx.now - ctx.app.settings.keep_messages;
    loop {
        // In portions, so that the writer is free in between.
        let some: Vec<Uuid> = webhook_event::Entity::find()
            .select_only()
            .column(webhook_event::Column::Id)
            .filter(webhook_event::Column::ReceivedAt.lt(before))
            .filter(webhook_event::Column::Raw.ne(""))
            .limit(1000)
            .into_tuple()
            .all(ctx.db().read())
            .await?;
        if some.is_empty() {
            return Ok(());
        }
        webhook_event::Entity::update_many()
            .col_expr(webhook_event::Column::Raw, "".into())
            .filter(webhook_event::Column::Id.is_in(some))
            .exec(ctx.db().write())
            .await?;
    }
}
