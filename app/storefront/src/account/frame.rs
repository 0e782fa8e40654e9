//! What these pages have in common.

use leptos::prelude::*;
use stoa_ui::{
    ButtonKind, LinkButton, NavGroup, NavItem, PageTitle, ShopPage, ShopTitle, SideNav, i18n::link,
};

use crate::text;

/// One narrow column: a title and a form, for whoever is not signed in.
#[component]
pub(super) fn Door(
    /// The page's title.
    title: &'static str,
    /// The form and the ways out.
    children: Children,
) -> impl IntoView {
    view! {
        <PageTitle text=title.to_owned()/>
        <div class="mx-auto flex max-w-[28rem] flex-col gap-6 px-4 py-8 md:py-16">
            <ShopTitle title=title/>
            {children()}
        </div>
    }
}

/// The page after a mail was asked for; the same whoever asked.
pub(super) fn check_mail(body: &'static str, again: &'static str) -> AnyView {
    view! {
        <Door title=text::account_recover::sent_title()>
            <p>{body}</p>
            <p class="text-muted">{text::account_recover::sent_help()}</p>
            <div>
                <LinkButton href=link(again) kind=ButtonKind::Outline>
                    {text::account_recover::again()}
                </LinkButton>
            </div>
        </Door>
    }
    .into_any()
}

/// The page of a link that was used or is over, and the way to another.
pub(super) fn over(action: &'static str, again: &'static str) -> AnyView {
    view! {
        <Door title=text::account_recover::over_title()>
            <p>{text::account_recover::over_body()}</p>
            <div>
                <LinkButton href=link(again) kind=ButtonKind::Brand>
                    {action}
                </LinkButton>
            </div>
        </Door>
    }
    .into_any()
}

/// The pages of an account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Security,
}

/// A page of the account: the way to the others beside its content.
#[component]
pub(super) fn AccountFrame(
    /// Which page it is.
    place: Place,
    /// Its title.
    title: &'static str,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let items = [
        (Place::Overview, text::account::overview(), "/account"),
        (Place::Security, text::account::security(), "/account/security"),
    ];
    let items = items
        .into_iter()
        .map(|(of, label, path)| NavItem::new(label, link(path)).current(of == place))
        .collect();
    view! {
        <PageTitle text=title.to_owned()/>
        <ShopPage>
            <div class="grid gap-x-10 gap-y-6 items-start md:grid-cols-[13.75rem_minmax(0,45rem)]">
                <SideNav label=text::account::navigation() groups=vec![NavGroup::new("", items)]/>
                <div class="min-w-0">
                    <ShopTitle title=title/>
                    {children()}
                </div>
            </div>
        </ShopPage>
    }
}

/// What a link in a mail ends with, from the page's address.
pub(super) fn token() -> String {
    leptos_router::hooks::use_query_map().with_untracked(|query| query.get("token")).unwrap_or_default()
}

/// Whether the page's address says that the mail was sent.
pub(super) fn is_sent() -> bool {
    leptos_router::hooks::use_query_map().with_untracked(|query| query.get("sent").is_some())
}

/// The address a link was sent to while it works, for the page it opens; the status says
/// when it does not.
#[cfg(feature = "ssr")]
pub(super) async fn address_of(
    token: &str,
    purpose: stoa_identity_types::LinkPurpose,
) -> Result<Option<String>, stoa_ui::PageError> {
    use stoa_identity::auth;

    let ctx = stoa_ui::server::ctx()?;
    match auth::look_at_link(&ctx, token, purpose).await {
        Ok(address) => Ok(Some(address)),
        Err(error) if error.is(auth::LINK_INVALID) => {
            stoa_ui::server::set_status(404);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The browser that asks, as sign-in remembers it.
#[cfg(feature = "ssr")]
pub(super) async fn device() -> Result<stoa_identity::auth::Device, stoa_ui::PageError> {
    leptos_axum::extract().await.map_err(|_| stoa_ui::PageError::internal("request.device"))
}

/// Signs `principal` in on this browser and leads to `next`, else to their own surface; first
/// to the second step, where they have turned it on.
#[cfg(feature = "ssr")]
pub(super) async fn enter(
    ctx: &stoa_kernel::Ctx,
    principal: &stoa_identity::auth::Principal,
    next: &str,
) -> Result<(), stoa_ui::PageError> {
    use stoa_identity::auth::session::{self, Started};

    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    if session::start(ctx, &session, principal, &device().await?).await? == Started::SecondStep {
        let page = stoa_ui::page::sign_in_link(next).replacen("/sign-in?", "/sign-in/code?", 1);
        return stoa_ui::server::redirect_to_quietly(&page);
    }
    go_home(principal, next)
}

/// Leads to `next`, else to the person's own surface.
#[cfg(feature = "ssr")]
pub(super) fn go_home(
    principal: &stoa_identity::auth::Principal,
    next: &str,
) -> Result<(), stoa_ui::PageError> {
    let home = match (principal.seller, principal.permissions.is_empty()) {
        (Some(_), _) => "/seller".to_owned(),
        (None, false) => "/admin".to_owned(),
        (None, true) => link("/"),
    };
    stoa_ui::server::redirect_to_quietly(if stoa_ui::page::is_local_path(next) { next } else { &home })
}
