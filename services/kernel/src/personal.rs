//! The register of personal data: which columns of which table are about a person.

use futures::future::BoxFuture;
use serde_json::Value;
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
    /// Moves what belongs to `from` to `into`.
    fn merge<'a>(
        &'a self,
        tx: &'a Tx,
        ctx: &'a Ctx,
        from: Id<Customer>,
        into: Id<Customer>,
    ) -> BoxFuture<'a, Result<()>>;
}
