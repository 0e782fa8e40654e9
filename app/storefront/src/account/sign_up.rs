//! Making an account: what it needs, and the link that confirms its address.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{Field, FieldKind, FormState, Link, PageError, i18n::link, load, resource, use_form};

use super::frame::{Door, DoorForm, by_query, check_mail, is_sent, over, token};
use crate::text;

/// `/{l}/sign-up`: address, name and password; with `?passkey` no password, since a passkey is
/// added once the account is there; then `?sent`.
#[component]
pub fn SignUpPage() -> impl IntoView {
    by_query(sign_up)
}

fn sign_up() -> AnyView {
    if is_sent() {
        return check_mail(text::account_sign_up::sent_body(), "/sign-up");
    }
    let form = use_form::<SignUpHere>();
    let by_passkey = use_query_map().with_untracked(|query| query.get("passkey").is_some());
    let password = (!by_passkey).then(|| {
        view! {
            <Field
                name="password"
                label=text::account_sign_up::password()
                hint=text::account_sign_up::password_hint()
                kind=FieldKind::Password
                autocomplete="new-password"
                error=form.error("password")
                required=true
            />
        }
        .into_any()
    });
    let (other, href) = if by_passkey {
        (text::account_sign_up::with_password(), "/sign-up")
    } else {
        (text::account_sign_up::with_passkey(), "/sign-up?passkey")
    };
    view! {
        <Door title=text::account_sign_up::title()>
            {by_passkey.then(|| view! { <p>{text::account_sign_up::passkey_body()}</p> }.into_any())}
            <DoorForm
                form=form
                submit=text::account_sign_up::submit()
                pending=text::account_sign_up::pending()
            >
                <Field
                    name="email"
                    label=text::account_sign_up::email()
                    hint=text::account_sign_up::email_hint()
                    kind=FieldKind::Email
                    autocomplete="username"
                    value=form.value("email")
                    error=form.error("email")
                    required=true
                />
                <Field
                    name="name"
                    label=text::account_sign_up::name()
                    autocomplete="name"
                    value=form.value("name")
                    error=form.error("name")
                    required=true
                />
                {password}
            </DoorForm>
            <p>
                <Link href=link(href)>{other}</Link>
            </p>
            <p>
                {text::account_sign_up::have_one()} " "
                <Link href=link("/sign-in")>{text::account_sign_up::sign_in()}</Link>
            </p>
        </Door>
    }
    .into_any()
}

/// Somebody whose address is to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub email: String,
    /// Whether a password was chosen, which is typed once more.
    pub has_password: bool,
}

/// `/{l}/sign-up/confirm?token=`: the password once more, and the account is there.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let address = resource(token, |token| LoadSignUp { token });
    let form = use_form::<ConfirmHere>();
    load(address, move |waiting| match waiting {
        Some(waiting) => confirm(waiting, form),
        None => over(text::account_sign_up::over_action(), "/sign-up"),
    })
}

fn confirm(Waiting { email, has_password }: Waiting, form: FormState) -> AnyView {
    let (title, body, submit) = if has_password {
        let body = text::account_sign_up::confirm_body(&email);
        (text::account_sign_up::confirm_title(), body, text::account_sign_up::confirm_submit())
    } else {
        let body = text::account_sign_up::create_body(&email);
        (text::account_sign_up::create_title(), body, text::account_sign_up::create_submit())
    };
    let username = if has_password { email } else { String::new() };
    let password = has_password.then(|| {
        view! {
            <Field
                name="password"
                label=text::account_sign_up::password()
                kind=FieldKind::Password
                autocomplete="current-password"
                error=form.error("password")
                required=true
            />
        }
        .into_any()
    });
    view! {
        <Door title=title>
            <p>{body}</p>
            <DoorForm
                form=form
                submit=submit
                pending=text::account_sign_up::confirm_pending()
                hidden=("token", token())
                username=username
            >
                {password}
            </DoorForm>
        </Door>
    }
    .into_any()
}

/// Who is to be confirmed; nothing for a link that is over.
#[server]
pub async fn load_sign_up(#[server(default)] token: String) -> Result<Option<Waiting>, PageError> {
    let link = super::frame::look_at(&token, stoa_identity_types::LinkPurpose::SignUp).await?;
    Ok(link.map(|link| Waiting { email: link.email, has_password: link.has_password }))
}

/// Asks for the account; the page that follows is the same for every address.
#[server]
pub async fn sign_up_here(
    #[server(default)] email: String,
    #[server(default)] name: String,
    // The page for a passkey has no such field.
    #[server(default)] password: Option<String>,
) -> Result<(), PageError> {
    use stoa_identity_types::{Password, SignUp};

    let ctx = stoa_ui::server::ctx()?;
    let input = SignUp { email, name, password: password.map(Password::new) };
    stoa_identity::customers::sign_up(&ctx, &input).await?;
    stoa_ui::server::redirect_to_quietly(&link("/sign-up?sent"))
}

/// Makes the account and signs its owner in.
#[server]
pub async fn confirm_here(
    #[server(default)] token: String,
    #[server(default)] password: Option<String>,
) -> Result<(), PageError> {
    use stoa_identity_types::{ConfirmSignUp, Password};

    let ctx = stoa_ui::server::ctx()?;
    let input = ConfirmSignUp { token, password: password.map(Password::new) };
    let device = super::frame::device().await?;
    let principal = stoa_identity::customers::confirm_sign_up(&ctx, &input, &device).await?;
    let (said, next) = if input.password.is_some() {
        (text::account_sign_up::done(), "/account")
    } else {
        (text::account_sign_up::done_add_passkey(), "/account/security")
    };
    stoa_ui::server::flash(said).await?;
    super::frame::enter(&ctx, &principal, &link(next)).await
}
