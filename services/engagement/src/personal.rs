//! The engagement area's answer to somebody who asks for their data or for its erasure.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
};
use serde_json::{Value, json};
use stoa_engagement_entities::notification;
use stoa_identity::customers;
use stoa_kernel::{BoxFuture, Ctx, Result, Tx, personal::PersonalData};
use stoa_ordering::personal::order_ids_of;
use stoa_types::{Customer, Id};

/// What engagement knows about a customer: the messages they were sent.
pub struct EngagementData;

/// About their orders, or to an address they have proved.
async fn messages(conn: &impl ConnectionTrait, customer: Id<Customer>) -> Result<Condition> {
    use notification::Column as C;
    let orders = order_ids_of(conn, customer).await?;
    let addresses = customers::proved_addresses(conn, customer).await?;
    Ok(Condition::any()
        .add(C::OrderId.is_in(orders.iter().map(|id| id.uuid())))
        .add(C::Recipient.is_in(addresses)))
}

impl PersonalData for EngagementData {
    fn export<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let conn = ctx.db().read();
            let rows = notification::Entity::find()
                .filter(messages(conn, customer).await?)
                .order_by_asc(notification::Column::Id)
                .all(conn)
                .await?;
            let rows = rows.into_iter().map(|row| {
                json!({
                    "channel": row.channel, "recipient": row.recipient, "subject": row.subject, "state": row.state,
                    "sent_at": row.sent_at,
                })
            });
            Ok(json!({ "messages": rows.collect::<Vec<_>>() }))
        })
    }

    fn blockers<'a>(&'a self, _: &'a Ctx, _: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn erase<'a>(&'a self, tx: &'a Tx, _: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            notification::Entity::update_many()
                .col_expr(notification::Column::Recipient, Expr::value(Option::<String>::None))
                .filter(messages(tx, customer).await?)
                .exec(tx)
                .await?;
            Ok(())
        })
    }

    /// Messages belong to orders, which ordering moves, and to addresses.
    fn merge<'a>(
        &'a self,
        _: &'a Tx,
        _: &'a Ctx,
        _: Id<Customer>,
        _: Id<Customer>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
