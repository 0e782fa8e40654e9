//! The register of personal data: which columns of which table are about a person.

use futures::future::BoxFuture;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::Value;
use stoa_kernel_entities::idempotency_key;
use stoa_types::{Customer, Id};

use crate::{Ctx, Result, Tx};

/// One table and its personal columns. Every table of a service is listed, with no
/// columns where it holds nothing personal; a test fails on a table that is not.
#[derive(Debug, Clone, Copy)]
pub struct PersonalTable {
    pub table: &'static str,
    pub columns: &'static [&'static str],
}

/// What an area does when a person asks for their data or for its erasure. `server`
/// collects one per area; identity drives them.
pub trait PersonalData: Send + Sync {
    /// Everything held about the person, as JSON.
    fn export<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Value>>;
    /// Reasons why nothing may be erased yet, such as an open order.
    fn blockers<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>>;
    /// Erases or blanks; repeatable.
    fn erase<'a>(&'a self, tx: &'a Tx, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<()>>;
    /// How much of what belongs to them, such as `("orders", 3)`: what a merge would move.
    fn holdings<'a>(
        &'a self,
        _: &'a Ctx,
        _: Id<Customer>,
    ) -> BoxFuture<'a, Result<Vec<(&'static str, i64)>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// Ids and addresses by which a stored answer about the person is recognised.
    fn marks<'a>(&'a self, _: &'a Ctx, _: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// Moves what belongs to `from` to `into`.
    fn merge<'a>(
        &'a self,
        tx: &'a Tx,
        ctx: &'a Ctx,
        from: Id<Customer>,
        into: Id<Customer>,
    ) -> BoxFuture<'a, Result<()>>;
}

/// Stored answers looked at in one portion.
const PORTION: u64 = 500;

/// Blanks the stored answers that speak of any of `marks` (ids, addresses), in the caller's
/// transaction; their requests, sent once more, get the status alone and do nothing again. No
/// index knows what they say, and there are those of a day or two only.
pub async fn forget(tx: &Tx, marks: &[String]) -> Result<()> {
    use idempotency_key::Column as C;
    let marks: Vec<&[u8]> = marks.iter().map(String::as_bytes).filter(|mark| !mark.is_empty()).collect();
    let mut last = (String::new(), String::new());
    loop {
        let (scope, key) = last.clone();
        let rows: Vec<(String, String, Option<Vec<u8>>)> = idempotency_key::Entity::find()
            .select_only()
            .columns([C::Scope, C::Key, C::Body])
            .filter(C::Scope.gt(&scope).or(C::Scope.eq(&scope).and(C::Key.gt(key))))
            .order_by_asc(C::Scope)
            .order_by_asc(C::Key)
            .limit(PORTION)
            .into_tuple()
            .all(tx)
            .await?;
        let Some((scope, key, _)) = rows.last() else { return Ok(()) };
        last = (scope.clone(), key.clone());
        for (scope, key, body) in &rows {
            let body = body.as_deref().unwrap_or_default();
            let speaks = |mark: &&[u8]| body.windows(mark.len()).any(|part| part == *mark);
            if marks.iter().any(speaks) {
                idempotency_key::Entity::update_many()
                    .col_expr(C::Body, Expr::value(Some(Vec::<u8>::new())))
                    .filter(C::Scope.eq(scope))
                    .filter(C::Key.eq(key))
                    .exec(tx)
                    .await?;
            }
        }
    }
}
