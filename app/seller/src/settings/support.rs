//! The end of acting for a shop as support. The banner that offers it stands over every page and is
//! the document's, not this surface's.

use leptos::prelude::*;
use stoa_ui::PageError;

/// Acts for oneself again.
#[server]
pub async fn stop_support() -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    stoa_identity::access::leave_support(&ctx, &session).await?;
    stoa_ui::server::redirect_to("/admin/settings/support", crate::text::team::support::left()).await
}
