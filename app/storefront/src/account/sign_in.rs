//! Signing in, for everybody: shoppers, sellers' people and the platform's.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_identity_types::SocialProvider;
use stoa_ui::{Field, FieldKind, Link, PageError, i18n::link, load, resource, use_form};

use super::{
    frame::{Door, DoorForm, next},
    passkey::{Ask, PasskeyForm},
};
use crate::text;

/// `/{l}/sign-in?next=`: a passkey, or address and password; leads to `next` or to the person's
/// own surface.
#[component]
pub fn SignInPage() -> impl IntoView {
    let form = use_form::<SignInHere>();
    let by_passkey = use_form::<SignInByPasskeyHere>();
    let ways = resource(next, |next| LoadSignIn { next });
    load(ways, move |SignInWays { passkeys, social }| {
        let next = next();
        let elsewhere = super::social::buttons(&social, &next);
        let first = passkeys.then(|| {
            view! {
                <PasskeyForm
                    form=by_passkey
                    ask=Ask::UseAtOnce
                    submit=text::sign_in::passkey()
                    hidden=("next", next.clone())
                />
            }
            .into_any()
        });
        let or_else = (passkeys || !social.is_empty())
            .then(|| view! { <p class="text-muted">{text::sign_in::or_else()}</p> }.into_any());
        // The browser offers its passkeys in the field that says so.
        let autocomplete = if passkeys { "username webauthn" } else { "username" };
        view! {
            <Door title=text::sign_in::title()>
                {super::social::said()} {first} {elsewhere} {or_else}
                <DoorForm
                    form=form
                    submit=text::sign_in::submit()
                    pending=text::sign_in::pending()
                    hidden=("next", next)
                >
                    <Field
                        name="email"
                        label=text::sign_in::email()
                        kind=FieldKind::Email
                        autocomplete=autocomplete
                        value=form.value("email")
                        error=form.error("email")
                        required=true
                    />
                    <Field
                        name="password"
                        label=text::sign_in::password()
                        kind=FieldKind::Password
                        autocomplete="current-password"
                        error=form.error("password")
                        required=true
                    />
                </DoorForm>
                <ul class="flex flex-col gap-3">
                    <li>
                        <Link href=link("/recover")>{text::sign_in::forgot()}</Link>
                    </li>
                    <li>
                        <Link href=link("/sign-in/link")>{text::sign_in::by_link()}</Link>
                    </li>
                    <li>
                        {text::sign_in::no_account()} " "
                        <Link href=link("/sign-up")>{text::sign_in::sign_up()}</Link>
                    </li>
                </ul>
            </Door>
        }
    })
}

/// What there is besides address and password.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInWays {
    /// Whether passkeys are to be had here.
    pub passkeys: bool,
    /// Accounts elsewhere, in the order of their buttons.
    pub social: Vec<SocialProvider>,
}

/// What there is to sign in with here; 400 when `next` is not of this site.
#[server]
pub async fn load_sign_in(#[server(default)] next: String) -> Result<SignInWays, PageError> {
    use stoa_identity::auth;

    let ctx = stoa_ui::server::ctx()?;
    auth::check_next(&ctx, &next).await?;
    let app = ctx.app;
    Ok(SignInWays { passkeys: auth::passkeys::available(&app), social: auth::social_providers(&app) })
}

/// Signs in whoever the passkey belongs to and leads to `next`, else to their own surface.
#[server]
pub async fn sign_in_by_passkey_here(
    #[server(default)] credential: String,
    #[server(default)] next: String,
) -> Result<(), PageError> {
    use stoa_identity_types::UsePasskey;

    let credential = super::passkey::answer(&credential, text::account_passkeys::failed())?;
    let ctx = stoa_ui::server::ctx()?;
    stoa_identity::auth::check_next(&ctx, &next).await?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let device = super::frame::device().await?;
    let input = UsePasskey { credential };
    let principal = stoa_identity::auth::passkeys::sign_in(&ctx, &session, &input, &device).await?;
    super::frame::go_home(&principal, &next)
}

/// Signs the person in and leads to `next`, else to their own surface.
#[server]
pub async fn sign_in_here(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), PageError> {
    use stoa_identity::auth;
    use stoa_identity_types::{Password, SignIn};
    use stoa_types::FieldError;

    let missing = [
        ("email", email.trim().is_empty(), text::sign_in::email_missing()),
        ("password", password.is_empty(), text::sign_in::password_missing()),
    ];
    let errors: Vec<FieldError> = missing
        .into_iter()
        .filter(|(_, missing, _)| *missing)
        .map(|(field, _, message)| FieldError {
            field: field.to_owned(),
            code: format!("auth.{field}_missing"),
            message: message.to_owned(),
        })
        .collect();
    if !errors.is_empty() {
        return Err(PageError::invalid(errors));
    }
    let ctx = stoa_ui::server::ctx()?;
    auth::check_next(&ctx, &next).await?;
    let device = super::frame::device().await?;
    let principal =
        auth::sign_in(&ctx, &SignIn { email, password: Password::new(password) }, &device).await?;
    super::frame::enter(&ctx, &principal, &next).await
}
