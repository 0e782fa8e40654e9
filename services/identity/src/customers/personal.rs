//! The identity area's answer to somebody who asks for their data or for its erasure.

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};
use stoa_identity_entities::{customer, one_time_link};
use stoa_kernel::{BoxFuture, Ctx, Error, Result, Tx, personal::PersonalData};
use stoa_types::{Customer, Id};

/// What identity knows about a customer: the customer record itself.
pub struct IdentityData;

impl PersonalData for IdentityData {
    fn export<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let row = customer::Entity::find_by_id(customer.uuid()).one(ctx.db().read()).await?;
            let row = row.ok_or_else(|| Error::not_found("customer"))?;
            Ok(json!({
                "customer": {
                    "id": customer,
                    "kind": row.kind,
                    "email": row.email,
                    "name": row.name,
                    "created_at": row.created_at,
                }
            }))
        })
    }

    fn blockers<'a>(&'a self, _: &'a Ctx, _: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        // Nothing here keeps a person; open orders and disputes speak for themselves.
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The record stays, since orders refer to it; what it said about a person goes. The
    /// address becomes one that cannot be typed, so that a later guest gets a new record.
    fn erase<'a>(&'a self, tx: &'a Tx, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let pseudonym = format!("erased:{customer}");
            let known = customer::Entity::find_by_id(customer.uuid())
                .select_only()
                .column(customer::Column::EmailNormalised)
                .into_tuple::<String>()
                .one(tx)
                .await?;
            if let Some(address) = known {
                one_time_link::Entity::delete_many()
                    .filter(one_time_link::Column::EmailNormalised.eq(address))
                    .exec(tx)
                    .await?;
            }
            customer::Entity::update_many()
                .col_expr(customer::Column::Email, pseudonym.clone().into())
                .col_expr(customer::Column::EmailNormalised, pseudonym.clone().into())
                .col_expr(customer::Column::Name, "".into())
                .col_expr(customer::Column::UserId, Expr::value(Option::<stoa_types::Uuid>::None))
                .col_expr(customer::Column::UpdatedAt, ctx.now.into())
                .col_expr(customer::Column::Version, Expr::col(customer::Column::Version).add(1))
                .filter(customer::Column::Id.eq(customer.uuid()))
                .filter(customer::Column::EmailNormalised.ne(pseudonym))
                .exec(tx)
                .await?;
            Ok(())
        })
    }

    /// What other areas hold moves to the survivor; the record merged away is blanked.
    fn merge<'a>(
        &'a self,
        tx: &'a Tx,
        ctx: &'a Ctx,
        from: Id<Customer>,
        into: Id<Customer>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { if from == into { Ok(()) } else { self.erase(tx, ctx, from).await } })
    }
}
