//! Where somebody is led to after signing in.

use std::time::Duration;

use stoa_kernel::{Ctx, Result, audit, ports::Rate};
use stoa_types::{Id, User, Uuid, is_local_path};

use super::NEXT_ELSEWHERE;

/// How many refusals from one network are written down.
const REFUSALS: Rate = Rate { name: "auth.next", count: 20, per: Duration::from_secs(60) };

/// Refuses with 400 `auth.next_elsewhere` a place to go afterwards that is not a path of this
/// site, before anything is done: whoever made that address wants somebody who has just signed in
/// to land on a page of theirs. Nothing (`""`) is fine.
pub async fn check_next(ctx: &Ctx, next: &str) -> Result<()> {
    if next.is_empty() || is_local_path(next) {
        return Ok(());
    }
    ctx.limit(REFUSALS).await?;
    let tx = ctx.db().begin().await?;
    // Not the address itself: anybody may have put anything there.
    audit::record(&tx, ctx, audit::Entry::new("auth.next_refused", Id::<User>::new(Uuid::nil()))).await?;
    ctx.db().commit(tx).await?;
    Err(NEXT_ELSEWHERE.error("This link leads away from this site after signing in, so we stopped it."))
}
