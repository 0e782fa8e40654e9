//! A secret on its way to the one page that shows it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use stoa_kernel::{Ctx, Error, Result};
use tower_sessions::Session;

use crate::seal;

/// Where in a session's data it waits.
const PLACE: &str = "apps.shown";
/// How long it waits for its page.
const WAITS: TimeDelta = TimeDelta::minutes(5);

#[derive(Serialize, Deserialize)]
struct Waiting {
    /// Whose secret it is: the page of anything else does not show it.
    of: String,
    sealed: String,
    until: DateTime<Utc>,
}

/// Keeps the secret of a key or client, sealed, until the page that follows shows it.
pub async fn keep_to_show(ctx: &Ctx, browser: &Session, of: &str, secret: &str) -> Result<()> {
    let sealed = seal::seal(&ctx.app, &place(of), secret)?;
    let waiting = Waiting { of: of.to_owned(), sealed, until: ctx.now + WAITS };
    browser.insert(PLACE, waiting).await.map_err(Error::internal)
}

/// The secret that was kept for this page, with whose it is, this once; `None` when there is
/// none, or it waited for too long. `is_here` says whether it belongs here; what does not is
/// left for its own page.
pub async fn take_to_show(
    ctx: &Ctx,
    browser: &Session,
    is_here: impl Fn(&str) -> bool,
) -> Result<Option<(String, String)>> {
    let Some(waiting) = browser.get::<Waiting>(PLACE).await.map_err(Error::internal)? else {
        return Ok(None);
    };
    let over = waiting.until <= ctx.now;
    if !over && !is_here(&waiting.of) {
        return Ok(None);
    }
    browser.remove::<Waiting>(PLACE).await.map_err(Error::internal)?;
    if over {
        return Ok(None);
    }
    Ok(Some((seal::open(&ctx.app, &place(&waiting.of), &waiting.sealed)?, waiting.of)))
}

fn place(of: &str) -> String {
    format!("session.shown.{of}")
}
