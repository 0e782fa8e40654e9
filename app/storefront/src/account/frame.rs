//! What these pages have in common.

use leptos::prelude::*;
use stoa_ui::{
    Button, ButtonKind, FormState, LinkButton, NavGroup, NavItem, PageForm, PageTitle, ShopPage, ShopTitle,
    SideNav, i18n::link,
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

/// The form of a door: its fields above one wide button.
#[component]
pub(super) fn DoorForm(
    /// Its state.
    form: FormState,
    /// What the button does.
    submit: &'static str,
    /// The same while it is under way.
    pending: &'static str,
    /// A field nobody sees, such as what the page's address ends with.
    #[prop(optional)]
    hidden: Option<(&'static str, String)>,
    /// Whose password is typed, where no field says so: password managers keep it under that.
    #[prop(optional, into)]
    username: String,
    /// The fields; none where the button is all.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <PageForm form=form class="flex flex-col gap-6">
            {hidden.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }.into_any())}
            {(!username.is_empty())
                .then(|| {
                    view! {
                        <input type="text" name="username" autocomplete="username" value=username readonly hidden/>
                    }
                        .into_any()
                })} {children.map(|children| children())}
            <Button kind=ButtonKind::Brand block=true pending=form.pending() pending_label=pending>
                {submit}
            </Button>
        </PageForm>
    }
}

/// Where the second step of a sign-in is taken, coming back to `next` afterwards.
pub(super) fn code_link(next: &str) -> String {
    stoa_ui::page::door_link("/sign-in/code", next)
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
    Orders,
    Profile,
    Addresses,
    Privacy,
    Security,
    Apps,
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
        (Place::Orders, text::account::orders(), "/account/orders"),
        (Place::Profile, text::account::profile(), "/account/profile"),
        (Place::Addresses, text::account::addresses(), "/account/addresses"),
        (Place::Privacy, text::account::privacy(), "/account/privacy"),
        (Place::Security, text::account::security(), "/account/security"),
        (Place::Apps, text::account_apps::title(), "/account/apps"),
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

/// A page with several states that its address tells apart, drawn anew for each: the router keeps a
/// page that only gets another query.
pub(super) fn by_query(page: fn() -> AnyView) -> impl IntoView {
    let query = leptos_router::hooks::use_query_map();
    move || {
        // Read, not only tracked: a memo that nobody has read tells nobody.
        query.with(|_| ());
        page()
    }
}

/// Where the page's address says to go on afterwards; empty for nowhere in particular. The server
/// has yet to say whether that is on this site.
pub(super) fn next() -> String {
    leptos_router::hooks::use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default()
}

/// Whether the page's address says that the mail was sent.
pub(super) fn is_sent() -> bool {
    leptos_router::hooks::use_query_map().with_untracked(|query| query.get("sent").is_some())
}

/// The address a link was sent to while it works, for the page it opens.
#[cfg(feature = "ssr")]
pub(super) async fn address_of(
    token: &str,
    purpose: stoa_identity_types::LinkPurpose,
) -> Result<Option<String>, stoa_ui::PageError> {
    Ok(look_at(token, purpose).await?.map(|link| link.email))
}

/// A link while it works, for the page it opens; the status says when it does not.
#[cfg(feature = "ssr")]
pub(super) async fn look_at(
    token: &str,
    purpose: stoa_identity_types::LinkPurpose,
) -> Result<Option<stoa_identity::auth::SeenLink>, stoa_ui::PageError> {
    use stoa_identity::auth;

    let ctx = stoa_ui::server::ctx()?;
    match auth::look_at_link(&ctx, token, purpose).await {
        Ok(link) => Ok(Some(link)),
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

/// Gives the browser a cookie, as the header that sets it.
#[cfg(feature = "ssr")]
pub(super) fn set_cookie(cookie: &str) -> Result<(), stoa_ui::PageError> {
    use axum::http::{HeaderValue, header};

    let value = HeaderValue::try_from(cookie).map_err(|_| stoa_ui::PageError::internal("request.cookie"))?;
    let options = use_context::<leptos_axum::ResponseOptions>()
        .ok_or_else(|| stoa_ui::PageError::internal("request.context_missing"))?;
    options.append_header(header::SET_COOKIE, value);
    Ok(())
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
    match session::start(ctx, &session, principal, &device().await?).await? {
        Started::SecondStep(_) => stoa_ui::server::redirect_to_quietly(&code_link(next)),
        Started::SignedIn => go_home(principal, next),
    }
}

/// Whether the role of the person asking needs a second step that they have not set up.
#[cfg(feature = "ssr")]
pub(super) async fn lacks_second_step(ctx: &stoa_kernel::Ctx) -> Result<bool, stoa_ui::PageError> {
    let user = stoa_ui::server::signed_in(ctx)?;
    let principal = stoa_identity::auth::principal_of_user(&ctx.app, user).await?;
    Ok(principal.is_some_and(|principal| principal.second_step_missing))
}

/// After a second step was set up: whoever had to is led to what they came for, others back to
/// where they look after such things. `said` is shown there.
#[cfg(feature = "ssr")]
pub(super) async fn set_up_done(
    ctx: &stoa_kernel::Ctx,
    had_to: bool,
    said: &'static str,
) -> Result<(), stoa_ui::PageError> {
    stoa_ui::server::flash(said).await?;
    let user = stoa_ui::server::signed_in(ctx)?;
    match stoa_identity::auth::principal_of_user(&ctx.app, user).await? {
        Some(principal) if had_to => go_home(&principal, ""),
        _ => stoa_ui::server::redirect_to_quietly(&link("/account/security")),
    }
}

/// Leads to `next`, else to the person's own surface; first to a second step that their role
/// needs and that they have not set up.
#[cfg(feature = "ssr")]
pub(super) fn go_home(
    principal: &stoa_identity::auth::Principal,
    next: &str,
) -> Result<(), stoa_ui::PageError> {
    if principal.second_step_missing {
        return stoa_ui::server::redirect_to_quietly(&link("/account/security/second-step"));
    }
    let home = match (principal.seller, principal.permissions.is_empty()) {
        (Some(_), _) => "/seller".to_owned(),
        (None, false) => "/admin".to_owned(),
        (None, true) => link("/"),
    };
    stoa_ui::server::redirect_to_quietly(if stoa_ui::page::is_local_path(next) { next } else { &home })
}
