//! Joining a team by the link of an invitation.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    ButtonKind, Field, FieldKind, LinkButton, PageError, load, page::sign_in_link, resource, use_form,
};

use super::frame::{DoorForm, over, token};
use crate::text;

/// How the reader can accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// With the account they are signed in with.
    Accept,
    /// The address has an account: sign in to it.
    SignIn,
    /// Signed in, but with another address.
    Other,
    /// With a new account.
    New,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub email: String,
    pub team: String,
    pub body: String,
    pub way: Way,
}

/// `/{l}/invitation?token=`: what one is asked to join, and a button, since mail programs open
/// links by themselves.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let invited = resource(token, |token| LoadInvitation { token });
    let form = use_form::<AcceptHere>();
    load(invited, move |invited| {
        let Some(Invited { email, team, body, way }) = invited else {
            return over(text::account_invitation::over_action(), "/sign-in");
        };
        let next = format!("{}?token={}", stoa_ui::i18n::link("/invitation"), token());
        let rest = match way {
            Way::Accept => view! {
                <DoorForm
                    form=form
                    submit=text::account_invitation::join()
                    pending=text::account_invitation::joining()
                    hidden=("token", token())
                />
            }
            .into_any(),
            Way::SignIn => view! {
                <p>{text::account_invitation::sign_in_body()}</p>
                <div>
                    <LinkButton href=sign_in_link(&next) kind=ButtonKind::Brand>
                        {text::account_invitation::sign_in()}
                    </LinkButton>
                </div>
            }
            .into_any(),
            Way::Other => view! { <p>{text::account_invitation::other_body()}</p> }.into_any(),
            Way::New => view! {
                <p>{text::account_invitation::new_body()}</p>
                <DoorForm
                    form=form
                    submit=text::account_invitation::join()
                    pending=text::account_invitation::joining()
                    hidden=("token", token())
                    username=email
                >
                    <Field
                        name="name"
                        label=text::account_invitation::name()
                        autocomplete="name"
                        value=form.value("name")
                        error=form.error("name")
                        required=true
                    />
                    <Field
                        name="password"
                        label=text::account_invitation::password()
                        hint=text::account_invitation::password_hint()
                        kind=FieldKind::Password
                        autocomplete="new-password"
                        error=form.error("password")
                        required=true
                    />
                </DoorForm>
            }
            .into_any(),
        };
        view! {
            <stoa_ui::PageTitle text=text::account_invitation::title(&team)/>
            <div class="mx-auto flex max-w-[28rem] flex-col gap-6 px-4 py-8 md:py-16">
                <stoa_ui::ShopTitle title=text::account_invitation::title(&team)/>
                <p class="wrap-anywhere">{body}</p>
                {rest}
            </div>
        }
        .into_any()
    })
}

/// What the link invites to; nothing for one that is over.
#[server]
pub async fn load_invitation(#[server(default)] token: String) -> Result<Option<Invited>, PageError> {
    use stoa_identity::access;

    let ctx = stoa_ui::server::ctx()?;
    let offer = match access::look_at_invitation(&ctx, &token).await {
        Ok(offer) => offer,
        Err(error) if error.is(access::INVITATION_INVALID) => {
            stoa_ui::server::set_status(404);
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let team = offer.seller.unwrap_or_else(|| text::account_invitation::platform().to_owned());
    let roles = offer.roles.iter().map(|role| role_name(role)).collect::<Vec<_>>().join(", ");
    let way = match (offer.account, offer.signed_in, ctx.user().is_ok()) {
        (true, true, _) => Way::Accept,
        (_, false, true) => Way::Other,
        (true, ..) => Way::SignIn,
        (false, ..) => Way::New,
    };
    let body = text::account_invitation::body(&offer.invited_by, &offer.email, &team, &roles);
    Ok(Some(Invited { email: offer.email, team, body, way }))
}

/// A role in the reader's words.
#[cfg(feature = "ssr")]
fn role_name(name: &str) -> &str {
    use text::account_invitation::built_in;
    match name {
        "catalog" => built_in::catalog(),
        "orders" => built_in::orders(),
        "finance" => built_in::finance(),
        "support" => built_in::support(),
        "staff" => built_in::staff(),
        "admin" => built_in::admin(),
        other => other,
    }
}

/// Joins the team.
#[server]
pub async fn accept_here(
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] password: String,
) -> Result<(), PageError> {
    use stoa_identity::access;
    use stoa_identity_types::{AcceptInvitation, ChooseWorkplace, Password};

    let ctx = stoa_ui::server::ctx()?;
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let input = AcceptInvitation { token, name: given(name), password: given(password).map(Password::new) };
    let accepted = access::accept_invitation(&ctx, &input).await?;
    stoa_ui::server::flash(text::account_invitation::done()).await?;
    if accepted.new {
        return super::frame::enter(&ctx, &accepted.principal, "").await;
    }
    // Whoever belongs to several works for the one just joined.
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    access::choose_workplace(&ctx, &session, &ChooseWorkplace { seller: accepted.seller }).await?;
    super::frame::go_home(&accepted.principal, "")
}
