//! The second step at sign-in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{Checkbox, Field, FieldKind, FormState, Link, PageError, i18n::link, load, resource, use_form};

use super::{
    frame::{Door, DoorForm, code_link, next},
    passkey::{Ask, PasskeyForm},
    sign_in::SignInByPasskeyHere,
};
use crate::text;

/// What the second step can be taken by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    pub code: bool,
    pub passkey: bool,
}

/// `/{l}/sign-in/code?next=`: the code of the app; with `?recovery` one of the codes kept for
/// when it is lost; or a passkey. Who has not taken the first step is led to it.
#[component]
pub fn CodePage() -> impl IntoView {
    let awaited = resource(next, |next| LoadCodeStep { next });
    let form = use_form::<SendCode>();
    let by_passkey = use_form::<SignInByPasskeyHere>();
    load(awaited, move |ways: Ways| {
        let next = next();
        let passkey = ways.passkey.then(|| {
            view! {
                {(!ways.code).then(|| view! { <p>{text::account_code::passkey_body()}</p> }.into_any())}
                <PasskeyForm
                    form=by_passkey
                    ask=Ask::Use
                    submit=text::account_code::passkey()
                    hidden=("next", next.clone())
                />
            }
            .into_any()
        });
        view! {
            <Door title=text::account_code::title()>
                // Where the address asks for a recovery code instead the page stays, and this changes.
                {ways.code.then_some(move || by_code(form, next.clone()))} {passkey}
                <p>
                    <Link href=link("/sign-in")>{text::account_code::back()}</Link>
                </p>
            </Door>
        }
    })
}

fn by_code(form: FormState, next: String) -> AnyView {
    let recovery = use_query_map().with(|query| query.get("recovery").is_some());
    let here = code_link(&next);
    let (body, label, kind, other, href) = if recovery {
        let label = text::account_code::recovery();
        (text::account_code::recovery_body(), label, FieldKind::Code, text::account_code::with_app(), here)
    } else {
        let label = text::account_code::code();
        let href = format!("{here}&recovery");
        (text::account_code::body(), label, FieldKind::Number, text::account_code::with_recovery(), href)
    };
    view! {
        <p>{body}</p>
        <DoorForm
            form=form
            submit=text::sign_in::submit()
            pending=text::sign_in::pending()
            hidden=("next", next)
        >
            <Field
                name="code"
                label=label
                kind=kind
                autocomplete="one-time-code"
                error=form.error("code")
                required=true
            />
            <Checkbox
                name="remember"
                label=text::account_code::remember()
                note=text::account_code::remember_hint()
                checked=form.checked("remember", "true", false)
            />
        </DoorForm>
        <p>
            <Link href=href>{other}</Link>
        </p>
    }
    .into_any()
}

/// What the second step can be taken by; leads to the sign-in when it is not awaited. 400 when
/// `next` is not of this site.
#[server]
pub async fn load_code_step(#[server(default)] next: String) -> Result<Ways, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    stoa_identity::auth::check_next(&ctx, &next).await?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    match stoa_identity::auth::second_factor::awaits(&ctx, &session).await? {
        Some(asked) => Ok(Ways { code: asked.code, passkey: asked.passkey }),
        None => {
            stoa_ui::server::redirect_to_quietly(&link("/sign-in"))?;
            Ok(Ways::default())
        }
    }
}

/// Takes the second step and leads to `next`, else to the person's own surface.
#[server]
pub async fn send_code(
    #[server(default)] code: String,
    #[server(default)] remember: bool,
    #[server(default)] next: String,
) -> Result<(), PageError> {
    use stoa_identity::auth::{SECOND_STEP_OVER, check_next, second_factor};

    let ctx = stoa_ui::server::ctx()?;
    check_next(&ctx, &next).await?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let device = super::frame::device().await?;
    let input = stoa_identity_types::TakeSecondStep { code, remember };
    match second_factor::verify(&ctx, &session, &input, &device).await {
        Ok((principal, remembered)) => {
            if let Some(remembered) = remembered {
                super::frame::set_cookie(&remembered.cookie(&ctx.app))?;
            }
            super::frame::go_home(&principal, &next)
        }
        Err(error) if error.is(SECOND_STEP_OVER) => {
            let page = stoa_ui::page::sign_in_link(&next);
            stoa_ui::server::redirect_to(&page, text::account_code::over()).await
        }
        Err(error) => Err(error.into()),
    }
}
