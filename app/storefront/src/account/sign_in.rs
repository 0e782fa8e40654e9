//! Signing in, for everybody: shoppers, sellers' people and the platform's.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use stoa_ui::{Button, ButtonKind, Field, FieldKind, PageError, PageForm, PageTitle, ShopTitle, use_form};

use crate::text;

/// `/{l}/sign-in?next=`: address and password; leads to `next` or to the person's own surface.
#[component]
pub fn SignInPage() -> impl IntoView {
    let form = use_form::<SignInHere>();
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    view! {
        <PageTitle text=text::sign_in::title().to_owned()/>
        <div class="mx-auto max-w-[28rem] px-4 py-8 md:py-16">
            <ShopTitle title=text::sign_in::title()/>
            <PageForm form=form class="mt-6 flex flex-col gap-6">
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
        </div>
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
    use stoa_ui::page::is_local_path;

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
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let device: auth::Device =
        leptos_axum::extract().await.map_err(|_| PageError::internal("request.device"))?;
    let principal =
        auth::sign_in(&ctx, &SignIn { email, password: Password::new(password) }, &device).await?;
    auth::session::start(&ctx, &session, &principal, &device).await?;
    let home = match (principal.seller, principal.permissions.is_empty()) {
        (Some(_), _) => "/seller".to_owned(),
        (None, false) => "/admin".to_owned(),
        (None, true) => stoa_ui::i18n::link("/"),
    };
    stoa_ui::server::redirect_to_quietly(if is_local_path(&next) { &next } else { &home })
}
