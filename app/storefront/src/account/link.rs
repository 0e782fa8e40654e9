//! Signing in by a link in a mail instead of a password.

use leptos::prelude::*;
use stoa_ui::{PageError, load, resource, use_form};

use super::{
    frame::{Door, DoorForm, by_query, check_mail, is_sent, over, token},
    recover::address_form,
};
use crate::text;

/// `/{l}/sign-in/link`: the address to send a link to; then `?sent`; with the link's
/// `?token=` a button, since mail programs open links by themselves.
#[component]
pub fn SignInLinkPage() -> impl IntoView {
    by_query(sign_in_link)
}

fn sign_in_link() -> AnyView {
    if is_sent() {
        return check_mail(text::account_recover::sent_body(), "/sign-in/link");
    }
    if !token().is_empty() {
        return use_link();
    }
    let form = use_form::<SendSignInLink>();
    view! {
        <Door title=text::sign_in::link_title()>
            <p>{text::sign_in::link_body()}</p>
            {address_form(form, text::sign_in::link_submit())}
        </Door>
    }
    .into_any()
}

fn use_link() -> AnyView {
    let address = resource(token, |token| LoadSignInLink { token });
    let form = use_form::<UseSignInLink>();
    load(address, move |address| {
        let Some(address) = address else {
            return over(text::account_recover::over_action(), "/sign-in/link");
        };
        view! {
            <Door title=text::sign_in::use_title()>
                <p>{text::sign_in::use_body(&address)}</p>
                <DoorForm
                    form=form
                    submit=text::sign_in::use_submit()
                    pending=text::sign_in::pending()
                    hidden=("token", token())
                />
            </Door>
        }
        .into_any()
    })
}

/// The address the link was sent to; nothing for a link that is over.
#[server]
pub async fn load_sign_in_link(#[server(default)] token: String) -> Result<Option<String>, PageError> {
    super::frame::address_of(&token, stoa_identity_types::LinkPurpose::SignIn).await
}

/// Sends the link; the page that follows is the same for every address.
#[server]
pub async fn send_sign_in_link(#[server(default)] email: String) -> Result<(), PageError> {
    use stoa_identity_types::{LinkWanted, RequestLink};

    let ctx = stoa_ui::server::ctx()?;
    stoa_identity::auth::request_link(&ctx, &RequestLink { email, purpose: LinkWanted::SignIn }).await?;
    stoa_ui::server::redirect_to_quietly(&stoa_ui::i18n::link("/sign-in/link?sent"))
}

/// Uses the link up and signs its owner in.
#[server]
pub async fn use_sign_in_link(#[server(default)] token: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let input = stoa_identity_types::UseLink { token };
    let principal = stoa_identity::auth::sign_in_by_link(&ctx, &input).await?;
    super::frame::enter(&ctx, &principal, "").await
}
