//! The second step at sign-in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use stoa_ui::{
    Button, ButtonKind, Field, FieldKind, Link, PageError, PageForm, i18n::link, load, resource, use_form,
};

use super::frame::Door;
use crate::text;

/// `/{l}/sign-in/code?next=`: the code of the app; with `?recovery` one of the codes kept for
/// when it is lost. Who has not taken the first step is led to it.
#[component]
pub fn CodePage() -> impl IntoView {
    let awaited = resource(|| (), |()| LoadCodeStep {});
    let form = use_form::<SendCode>();
    load(awaited, move |_: bool| {
        let query = use_query_map();
        let next = query.with_untracked(|query| query.get("next")).unwrap_or_default();
        let recovery = query.with_untracked(|query| query.get("recovery").is_some());
        let here = stoa_ui::page::sign_in_link(&next).replacen("/sign-in?", "/sign-in/code?", 1);
        let (body, label, kind, other, href) = if recovery {
            let label = text::account_code::recovery();
            (
                text::account_code::recovery_body(),
                label,
                FieldKind::Code,
                text::account_code::with_app(),
                here,
            )
        } else {
            let label = text::account_code::code();
            let href = format!("{here}&recovery");
            (text::account_code::body(), label, FieldKind::Number, text::account_code::with_recovery(), href)
        };
        view! {
            <Door title=text::account_code::title()>
                <p>{body}</p>
                <PageForm form=form class="flex flex-col gap-6">
                    <input type="hidden" name="next" value=next/>
                    <Field
                        name="code"
                        label=label
                        kind=kind
                        autocomplete="one-time-code"
                        error=form.error("code")
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
                        <Link href=href>{other}</Link>
                    </li>
                    <li>
                        <Link href=link("/sign-in")>{text::account_code::back()}</Link>
                    </li>
                </ul>
            </Door>
        }
    })
}

/// Whether the second step is awaited; leads to the sign-in when it is not.
#[server]
pub async fn load_code_step() -> Result<bool, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let awaited = stoa_identity::auth::second_factor::is_awaited(&ctx, &session).await?;
    if !awaited {
        stoa_ui::server::redirect_to_quietly(&link("/sign-in"))?;
    }
    Ok(awaited)
}

/// Takes the second step and leads to `next`, else to the person's own surface.
#[server]
pub async fn send_code(
    #[server(default)] code: String,
    #[server(default)] next: String,
) -> Result<(), PageError> {
    use stoa_identity::auth::{SECOND_STEP_OVER, second_factor};

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let device = super::frame::device().await?;
    let input = stoa_identity_types::VerifyCode { code };
    match second_factor::verify(&ctx, &session, &input, &device).await {
        Ok(principal) => super::frame::go_home(&principal, &next),
        Err(error) if error.is(SECOND_STEP_OVER) => {
            let page = stoa_ui::page::sign_in_link(&next);
            stoa_ui::server::redirect_to(&page, text::account_code::over()).await
        }
        Err(error) => Err(error.into()),
    }
}
