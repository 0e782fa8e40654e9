//! The aftersales area's answer to somebody who asks for their data or for its erasure.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};
use stoa_aftersales_entities::refund_record;
use stoa_kernel::{BoxFuture, Ctx, Result, Tx, personal::PersonalData};
use stoa_ordering::personal::order_ids_of;
use stoa_types::{Customer, Id, Order, Refund};

/// What aftersales know about a customer: the refunds of their orders.
pub struct AftersalesData;

async fn refunds(conn: &impl ConnectionTrait, customer: Id<Customer>) -> Result<Vec<refund_record::Model>> {
    let orders = order_ids_of(conn, customer).await?;
    let found = refund_record::Entity::find()
        .filter(refund_record::Column::OrderId.is_in(orders.iter().map(|id| id.uuid())))
        .order_by_asc(refund_record::Column::Id);
    Ok(found.all(conn).await?)
}

impl PersonalData for AftersalesData {
    fn export<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let rows = refunds(ctx.db().read(), customer).await?.into_iter().map(|row| {
                json!({
                    "id": Id::<Refund>::new(row.id), "order": Id::<Order>::new(row.order_id), "state": row.state,
                    "reason": row.reason, "note": row.note, "amount": row.amount, "currency": row.currency,
                    "requested_at": row.requested_at, "settled_at": row.settled_at,
                })
            });
            Ok(json!({ "refunds": rows.collect::<Vec<_>>() }))
        })
    }

    fn blockers<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let open = refunds(ctx.db().read(), customer).await?.into_iter();
            let open = open.filter(|row| matches!(row.state.as_str(), "requested" | "submitted")).count();
            Ok(match open {
                0 => Vec::new(),
                1 => vec!["A refund is on its way to you. It has to arrive first.".to_owned()],
                more => vec![format!("{more} refunds are on their way to you. They have to arrive first.")],
            })
        })
    }

    /// Amounts stay with the books; what staff wrote down goes.
    fn erase<'a>(&'a self, tx: &'a Tx, _: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            use refund_record::Column as C;
            let orders = order_ids_of(tx, customer).await?;
            refund_record::Entity::update_many()
                .col_expr(C::Note, Expr::value(Option::<String>::None))
                .col_expr(C::Version, Expr::col(C::Version).add(1))
                .filter(C::OrderId.is_in(orders.iter().map(|id| id.uuid())))
                .exec(tx)
                .await?;
            Ok(())
        })
    }

    fn marks<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let rows = refunds(ctx.db().read(), customer).await?.into_iter();
            Ok(rows.map(|row| Id::<Refund>::new(row.id).to_string()).collect())
        })
    }

    /// Refunds belong to orders, which ordering moves.
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
