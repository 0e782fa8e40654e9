//! What payments say about the person who paid. Whose a cart is, the areas above know.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde_json::{Value, json};
use stoa_kernel::{Result, Tx};
use stoa_payments_entities::{payment_attempt, payment_intent, webhook_event};
use stoa_types::{Cart, Id, Payment, Uuid};

async fn intents(conn: &impl ConnectionTrait, carts: &[Id<Cart>]) -> Result<Vec<payment_intent::Model>> {
    let found = payment_intent::Entity::find()
        .filter(payment_intent::Column::CartId.is_in(carts.iter().map(|id| id.uuid())));
    Ok(found.all(conn).await?)
}

/// Everything about the payments for these carts, for a copy of somebody's data.
pub async fn export_of(conn: &impl ConnectionTrait, carts: &[Id<Cart>]) -> Result<Value> {
    let rows = intents(conn, carts).await?.into_iter().map(|row| {
        json!({
            "id": Id::<Payment>::new(row.id), "amount": row.amount, "currency": row.currency, "state": row.state,
            "card_brand": row.card_brand, "card_last_four": row.card_last4, "captured": row.captured,
            "refunded": row.refunded, "created_at": row.created_at,
        })
    });
    Ok(rows.collect())
}

/// Ids of the payments for these carts.
pub async fn ids_of(conn: &impl ConnectionTrait, carts: &[Id<Cart>]) -> Result<Vec<Id<Payment>>> {
    Ok(intents(conn, carts).await?.into_iter().map(|row| Id::new(row.id)).collect())
}

/// Blanks what the payments for these carts say about a person, in the caller's transaction:
/// amounts and what the provider calls them stay, since the books rest on them.
pub async fn erase_of(tx: &Tx, carts: &[Id<Cart>]) -> Result<()> {
    let ids: Vec<Uuid> = payment_intent::Entity::find()
        .filter(payment_intent::Column::CartId.is_in(carts.iter().map(|id| id.uuid())))
        .select_only()
        .column(payment_intent::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    let none = || Expr::value(Option::<String>::None);
    payment_intent::Entity::update_many()
        .col_expr(payment_intent::Column::CardBrand, none())
        .col_expr(payment_intent::Column::CardLast4, none())
        .filter(payment_intent::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    payment_attempt::Entity::update_many()
        .col_expr(payment_attempt::Column::CardBrand, none())
        .col_expr(payment_attempt::Column::CardLast4, none())
        .col_expr(payment_attempt::Column::Token, none())
        .filter(payment_attempt::Column::IntentId.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    webhook_event::Entity::update_many()
        .col_expr(webhook_event::Column::Raw, "".into())
        .filter(webhook_event::Column::IntentId.is_in(ids))
        .exec(tx)
        .await?;
    Ok(())
}
