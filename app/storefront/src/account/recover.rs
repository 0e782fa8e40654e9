//! A new password for whoever has forgotten theirs.

use leptos::prelude::*;
use stoa_ui::{Field, FieldKind, FormState, Link, PageError, i18n::link, load, resource, use_form};

use super::frame::{Door, DoorForm, by_query, check_mail, is_sent, over, token};
use crate::text;

/// `/{l}/recover`: the address to send a link to; then `?sent`.
#[component]
pub fn RecoverPage() -> impl IntoView {
    by_query(recover)
}

fn recover() -> AnyView {
    if is_sent() {
        return check_mail(text::account_recover::sent_body(), "/recover");
    }
    let form = use_form::<RecoverHere>();
    view! {
        <Door title=text::account_recover::title()>
            <p>{text::account_recover::body()}</p>
            {address_form(form, text::account_recover::submit())}
        </Door>
    }
    .into_any()
}

/// The one field of a page that sends a link, and the way back.
pub(super) fn address_form(form: FormState, submit: &'static str) -> AnyView {
    view! {
        <DoorForm form=form submit=submit pending=text::account_recover::pending()>
            <Field
                name="email"
                label=text::account_recover::email()
                kind=FieldKind::Email
                autocomplete="username"
                value=form.value("email")
                error=form.error("email")
                required=true
            />
        </DoorForm>
        <p>
            <Link href=link("/sign-in")>{text::account_recover::back()}</Link>
        </p>
    }
    .into_any()
}

/// `/{l}/recover/password?token=`: the new password.
#[component]
pub fn NewPasswordPage() -> impl IntoView {
    let address = resource(token, |token| LoadRecovery { token });
    let form = use_form::<ResetHere>();
    load(address, move |address| match address {
        Some(address) => new_password(address, form),
        None => over(text::account_recover::over_action(), "/recover"),
    })
}

fn new_password(address: String, form: FormState) -> AnyView {
    view! {
        <Door title=text::account_recover::new_title()>
            <p>{text::account_recover::new_body(&address)}</p>
            <DoorForm
                form=form
                submit=text::account_recover::new_submit()
                pending=text::account_recover::new_pending()
                hidden=("token", token())
                username=address
            >
                <Field
                    name="password"
                    label=text::account_recover::new_password()
                    hint=text::account_recover::new_hint()
                    kind=FieldKind::Password
                    autocomplete="new-password"
                    error=form.error("password")
                    required=true
                />
            </DoorForm>
        </Door>
    }
    .into_any()
}

/// The address the link was sent to; nothing for a link that is over.
#[server]
pub async fn load_recovery(#[server(default)] token: String) -> Result<Option<String>, PageError> {
    super::frame::address_of(&token, stoa_identity_types::LinkPurpose::Reset).await
}

/// Sends the link; the page that follows is the same for every address.
#[server]
pub async fn recover_here(#[server(default)] email: String) -> Result<(), PageError> {
    use stoa_identity_types::{LinkWanted, RequestLink};

    let ctx = stoa_ui::server::ctx()?;
    stoa_identity::auth::request_link(&ctx, &RequestLink { email, purpose: LinkWanted::Reset }).await?;
    stoa_ui::server::redirect_to_quietly(&link("/recover?sent"))
}

/// Saves the new password and leads to the sign-in.
#[server]
pub async fn reset_here(
    #[server(default)] token: String,
    #[server(default)] password: String,
) -> Result<(), PageError> {
    use stoa_identity_types::{Password, ResetPassword};

    let ctx = stoa_ui::server::ctx()?;
    let input = ResetPassword { token, password: Password::new(password) };
    stoa_identity::auth::reset_password(&ctx, &input).await?;
    stoa_ui::server::redirect_to(&link("/sign-in"), text::account_recover::new_done()).await
}
