//! One's passkeys: the part of the security page that lists, adds and removes them.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{Button, ButtonKind, Field, PageError, PageForm, Section, use_form, use_form_named};

use super::passkey::{Ask, PasskeyForm};
use crate::text;

/// One passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    pub id: String,
    pub name: String,
    /// "Last used Thu 14 May".
    pub used: String,
}

/// The section; its owner adds and removes them here.
pub(super) fn section(passkeys: Vec<Passkey>) -> AnyView {
    let form = use_form::<AddPasskeyHere>();
    let list = (!passkeys.is_empty()).then(|| {
        view! {
            <ul class="mb-5 divide-y divide-line border-y border-line">
                {passkeys.into_iter().map(row).collect_view()}
            </ul>
        }
        .into_any()
    });
    view! {
        <Section title=text::account_passkeys::title()>
            <p class="mb-4 text-muted">{text::account_passkeys::note()}</p>
            {list} <div class="max-w-[28rem]">
                <PasskeyForm form=form ask=Ask::Make submit=text::account_passkeys::add()>
                    <Field
                        name="name"
                        label=text::account_passkeys::name()
                        hint=text::account_passkeys::name_hint()
                        value=form.value("name")
                        error=form.error("name")
                        max_length=60
                    />
                </PasskeyForm>
            </div>
        </Section>
    }
    .into_any()
}

fn row(passkey: Passkey) -> AnyView {
    let Passkey { id, name, used } = passkey;
    let form = use_form_named::<RemovePasskeyHere>(id.clone());
    let label = text::account_passkeys::remove_of(&name);
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
            <div class="min-w-0">
                <p class="font-semibold wrap-anywhere">
                    <bdi>{name}</bdi>
                </p>
                <p class="text-sm text-muted">{used}</p>
            </div>
            <PageForm form=form>
                <input type="hidden" name="passkey" value=id/>
                <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                    <span aria-hidden="true">{text::account_passkeys::remove()}</span>
                    <span class="sr-only">{label}</span>
                </Button>
            </PageForm>
        </li>
    }
    .into_any()
}

/// The passkeys of the person asking; nothing where there can be none.
#[cfg(feature = "ssr")]
pub(super) async fn load(ctx: &stoa_kernel::Ctx) -> Result<Option<Vec<Passkey>>, PageError> {
    use stoa_identity::auth::passkeys;

    if !passkeys::available(&ctx.app) {
        return Ok(None);
    }
    let view = |passkey: stoa_identity_types::PasskeyView| {
        let used = match passkey.last_used_at {
            Some(at) => text::account_passkeys::used(stoa_kernel::format::day(at)),
            None => text::account_passkeys::never(stoa_kernel::format::day(passkey.created_at)),
        };
        Passkey { id: passkey.id.to_string(), name: passkey.name, used }
    };
    Ok(Some(passkeys::list(ctx).await?.items.into_iter().map(view).collect()))
}

/// Adds the passkey the browser has made.
#[server]
pub async fn add_passkey_here(
    #[server(default)] credential: String,
    #[server(default)] name: String,
) -> Result<(), PageError> {
    use stoa_identity::auth::{passkeys, step_up};
    use stoa_identity_types::AddPasskey;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    // Before anything is said about the answer: the browser was given nothing to answer to.
    step_up::require(&ctx, &session).await?;
    let credential = super::passkey::answer(&credential, text::account_passkeys::none_made())?;
    let missing = super::frame::lacks_second_step(&ctx).await?;
    let name = match name.trim() {
        // After what made it, as the list of devices has it.
        "" => super::devices::named(super::frame::device().await?.user_agent.as_deref().unwrap_or_default()),
        name => name.to_owned(),
    };
    passkeys::add(&ctx, &session, &AddPasskey { name: Some(name), credential }).await?;
    super::frame::set_up_done(&ctx, missing, text::account_passkeys::added()).await
}

/// Removes one of one's own.
#[server]
pub async fn remove_passkey_here(#[server(default)] passkey: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = passkey.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::auth::passkeys::remove(&ctx, &session, id).await?;
    stoa_ui::server::redirect_to(&stoa_ui::i18n::link("/account/security"), text::account_passkeys::removed())
        .await
}
