//! Signing in, for everybody: shoppers, sellers' people and the platform's.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use stoa_ui::{Button, ButtonKind, Field, FieldKind, Link, PageError, PageForm, i18n::link, use_form};

use super::frame::Door;
use crate::text;

/// `/{l}/sign-in?next=`: address and password; leads to `next` or to the person's own surface.
#[component]
pub fn SignInPage() -> impl IntoView {
    let form = use_form::<SignInHere>();
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    view! {
        <Door title=text::sign_in::title()>
            <PageForm form=form class="flex flex-col gap-6">
                <input type="hidden" name="next" value=next/>
                <Field
                    name="email"
                    label=text::sign_in::email()
                    kind=FieldKind::Email
                    autocomplete="username"
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
                <Button
                    kind=ButtonKind::Brand
                    block=true
                    pending=form.pending()
                    pending_label=text::sign_in::pending()
                >
                    {text::sign_in::submit()}
                </Button>
            </PageForm>
            <ul class="flex flex-col gap-3">
                <li>
                    <Link href=link("/recover")>{text::sign_in::forgot()}</Link>
                </li>
                <li>
                    <Link href=link("/sign-in/link")>{text::sign_in::by_link()}</Link>
                </li>
                <li>
                    {text::sign_in::no_account()} " " <Link href=link("/sign-up")>{text::sign_in::sign_up()}</Link>
                </li>
            </ul>
        </Door>
    }
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
    let device = super::frame::device().await?;
    let principal =
        auth::sign_in(&ctx, &SignIn { email, password: Password::new(password) }, &device).await?;
    super::frame::enter(&ctx, &principal, &next).await
}
