//! Proving once more who one is, before something that a borrowed browser must not do.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Field, FieldKind, FormState, Link, PageError, i18n::link, load, resource, staff_shell::SignOut, use_form,
};

use super::{
    frame::{Door, DoorForm, next},
    passkey::{Ask, PasskeyForm},
};
use crate::text;

/// By what the person signed in can prove who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proofs {
    pub passkey: bool,
    pub code: bool,
    pub password: bool,
    /// Whose password it is, for password managers.
    pub username: String,
}

/// `/{l}/sign-in/confirm?next=`: a passkey, a code or the password, whatever the person has;
/// leads back to `next`. Signed out it leads to sign-in.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let proofs = resource(next, |next| LoadProofs { next });
    let form = use_form::<ConfirmItsMe>();
    let by_passkey = use_form::<ConfirmByPasskey>();
    load(proofs, move |proofs: Proofs| {
        let next = next();
        let back = if next.is_empty() { link("/account") } else { next.clone() };
        let passkey = proofs.passkey.then(|| {
            view! {
                <PasskeyForm
                    form=by_passkey
                    ask=Ask::Use
                    submit=text::account_confirm::passkey()
                    hidden=("next", next.clone())
                />
            }
            .into_any()
        });
        let nothing = !(proofs.passkey || proofs.code || proofs.password);
        view! {
            <Door title=text::account_confirm::title()>
                <p>{text::account_confirm::body()}</p>
                {passkey} {(proofs.code || proofs.password).then(|| typed(form, proofs, next))}
                {nothing
                    .then(|| {
                        view! {
                            <p>{text::account_confirm::nothing()}</p>
                            <SignOut/>
                        }
                            .into_any()
                    })}
                <p>
                    <Link href=back>{text::account_confirm::back()}</Link>
                </p>
            </Door>
        }
    })
}

fn typed(form: FormState, proofs: Proofs, next: String) -> AnyView {
    let field = if proofs.code {
        view! {
            <Field
                name="code"
                label=text::account_confirm::code()
                hint=text::account_confirm::code_hint()
                kind=FieldKind::Code
                autocomplete="one-time-code"
                error=form.error("code")
                required=true
            />
        }
        .into_any()
    } else {
        view! {
            <Field
                name="password"
                label=text::account_confirm::password()
                kind=FieldKind::Password
                autocomplete="current-password"
                error=form.error("password")
                required=true
            />
        }
        .into_any()
    };
    let username = if proofs.code { String::new() } else { proofs.username };
    view! {
        <DoorForm
            form=form
            submit=text::account_confirm::submit()
            pending=text::account_confirm::pending()
            hidden=("next", next)
            username=username
        >
            {field}
        </DoorForm>
    }
    .into_any()
}

/// By what the person signed in can prove who they are; 401 for nobody, 400 when `next` is not of
/// this site.
#[server]
pub async fn load_proofs(#[server(default)] next: String) -> Result<Proofs, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    stoa_identity::auth::check_next(&ctx, &next).await?;
    let user = stoa_ui::server::signed_in(&ctx)?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let view = stoa_identity::auth::step_up::view(&ctx, &session).await?;
    let principal = stoa_identity::auth::principal_of_user(&ctx.app, user).await?;
    let username = principal.and_then(|principal| principal.email).unwrap_or_default();
    Ok(Proofs { passkey: view.passkey, code: view.code, password: view.password, username })
}

/// Takes a code or the password and leads back to `next`.
#[server]
pub async fn confirm_its_me(
    #[server(default)] code: Option<String>,
    #[server(default)] password: Option<String>,
    #[server(default)] next: String,
) -> Result<(), PageError> {
    use stoa_identity_types::{Password, StepUp};

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    stoa_identity::auth::check_next(&ctx, &next).await?;
    let input = StepUp { code, password: password.map(Password::new) };
    stoa_identity::auth::step_up::confirm(&ctx, &session, &input).await?;
    go_back(&next).await
}

/// Takes a passkey's answer and leads back to `next`.
#[server]
pub async fn confirm_by_passkey(
    #[server(default)] credential: String,
    #[server(default)] next: String,
) -> Result<(), PageError> {
    use stoa_identity_types::UsePasskey;

    let credential = super::passkey::answer(&credential, text::account_passkeys::failed())?;
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    stoa_identity::auth::check_next(&ctx, &next).await?;
    stoa_identity::auth::passkeys::confirm(&ctx, &session, &UsePasskey { credential }).await?;
    go_back(&next).await
}

#[cfg(feature = "ssr")]
async fn go_back(next: &str) -> Result<(), PageError> {
    let home = link("/account");
    let next = if next.is_empty() { &home } else { next };
    stoa_ui::server::redirect_to(next, text::account_confirm::done()).await
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    #[test]
    fn pages_know_the_code_that_asks_for_a_proof() {
        assert_eq!(stoa_ui::page::STEP_UP, stoa_identity::auth::STEP_UP_REQUIRED.name);
    }
}
