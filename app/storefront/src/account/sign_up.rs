//! Making an account: what it needs, and the link that confirms its address.

use leptos::prelude::*;
use stoa_ui::{
    Button, ButtonKind, Field, FieldKind, FormState, Link, PageError, PageForm, i18n::link, load, resource,
    use_form,
};

use super::frame::{Door, check_mail, is_sent, over, token};
use crate::text;

/// `/{l}/sign-up`: address, name and password; then `?sent`.
#[component]
pub fn SignUpPage() -> impl IntoView {
    if is_sent() {
        return check_mail(text::account_sign_up::sent_body(), "/sign-up");
    }
    let form = use_form::<SignUpHere>();
    view! {
        <Door title=text::account_sign_up::title()>
            <PageForm form=form class="flex flex-col gap-6">
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
                <Field
                    name="password"
                    label=text::account_sign_up::password()
                    hint=text::account_sign_up::password_hint()
                    kind=FieldKind::Password
                    autocomplete="new-password"
                    error=form.error("password")
                    required=true
                />
                <Button
                    kind=ButtonKind::Brand
                    block=true
                    pending=form.pending()
                    pending_label=text::account_sign_up::pending()
                >
                    {text::account_sign_up::submit()}
                </Button>
            </PageForm>
            <p>
                {text::account_sign_up::have_one()} " "
                <Link href=link("/sign-in")>{text::account_sign_up::sign_in()}</Link>
            </p>
        </Door>
    }
    .into_any()
}

/// `/{l}/sign-up/confirm?token=`: the password once more, and the account is there.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let address = resource(token, |token| LoadSignUp { token });
    let form = use_form::<ConfirmHere>();
    load(address, move |address| match address {
        Some(address) => confirm(address, form),
        None => over(text::account_sign_up::over_action(), "/sign-up"),
    })
}

fn confirm(address: String, form: FormState) -> AnyView {
    view! {
        <Door title=text::account_sign_up::confirm_title()>
            <p>{text::account_sign_up::confirm_body(&address)}</p>
            <PageForm form=form class="flex flex-col gap-6">
                <input type="hidden" name="token" value=token()/>
                // For password managers, which fill in what belongs to an address.
                <input type="text" name="username" autocomplete="username" value=address readonly hidden/>
                <Field
                    name="password"
                    label=text::account_sign_up::password()
                    kind=FieldKind::Password
                    autocomplete="current-password"
                    error=form.error("password")
                    required=true
                />
                <Button
                    kind=ButtonKind::Brand
                    block=true
                    pending=form.pending()
                    pending_label=text::account_sign_up::confirm_pending()
                >
                    {text::account_sign_up::confirm_submit()}
                </Button>
            </PageForm>
        </Door>
    }
    .into_any()
}

/// The address the link was sent to; nothing for a link that is over.
#[server]
pub async fn load_sign_up(#[server(default)] token: String) -> Result<Option<String>, PageError> {
    super::frame::address_of(&token, stoa_identity_types::LinkPurpose::SignUp).await
}

/// Asks for the account; the page that follows is the same for every address.
#[server]
pub async fn sign_up_here(
    #[server(default)] email: String,
    #[server(default)] name: String,
    #[server(default)] password: String,
) -> Result<(), PageError> {
    use stoa_identity_types::{Password, SignUp};

    let ctx = stoa_ui::server::ctx()?;
    let input = SignUp { email, name, password: Password::new(password) };
    stoa_identity::customers::sign_up(&ctx, &input).await?;
    stoa_ui::server::redirect_to_quietly(&link("/sign-up?sent"))
}

/// Makes the account and signs its owner in.
#[server]
pub async fn confirm_here(
    #[server(default)] token: String,
    #[server(default)] password: String,
) -> Result<(), PageError> {
    use stoa_identity_types::{ConfirmSignUp, Password};

    let ctx = stoa_ui::server::ctx()?;
    let input = ConfirmSignUp { token, password: Password::new(password) };
    let device = super::frame::device().await?;
    let principal = stoa_identity::customers::confirm_sign_up(&ctx, &input, &device).await?;
    stoa_ui::server::flash(text::account_sign_up::done()).await?;
    super::frame::enter(&ctx, &principal, &link("/account")).await
}
