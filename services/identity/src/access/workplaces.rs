//! What somebody who belongs to several sellers acts for.

use stoa_identity_types::{ChooseWorkplace, Workplace, Workplaces};
use stoa_kernel::{Ctx, Error, Result};
use tower_sessions::Session;

use crate::{
    auth::{self, session},
    sellers,
};

/// Everything the person asking works for, the usual first; nothing for a shopper. 401 for a
/// visitor.
pub async fn list_workplaces(ctx: &Ctx) -> Result<Workplaces> {
    let user = ctx.user()?;
    let places = auth::sellers_of(&ctx.app, user).await?;
    let ids: Vec<_> = places.iter().copied().flatten().collect();
    let mut names = sellers::names(ctx.db().read(), &ids).await?;
    let mut items = Vec::new();
    for seller in places {
        // A shopper is at home on the platform, but does not work for it.
        let works = seller.is_some()
            || auth::principal_at(&ctx.app, user, None).await?.is_some_and(|known| known.is_staff());
        if works {
            let name = seller.and_then(|seller| names.remove(&seller)).map(|seller| seller.name);
            items.push(Workplace { seller, name: name.unwrap_or_default(), current: seller == ctx.seller });
        }
    }
    Ok(Workplaces { items })
}

/// Acts for another of one's sellers, or the platform, in this browser's session from the next
/// request on. 404 for one that the person does not belong to.
pub async fn choose_workplace(ctx: &Ctx, session: &Session, input: &ChooseWorkplace) -> Result<()> {
    let places = auth::sellers_of(&ctx.app, ctx.user()?).await?;
    if !places.contains(&input.seller) {
        return Err(Error::not_found("seller"));
    }
    session::choose_workplace(session, input.seller).await
}
