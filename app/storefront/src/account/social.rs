//! Signing in with an account elsewhere: the buttons at sign-in, and the list of those one has.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_identity_types::SocialProvider;
use stoa_ui::{Banner, Button, ButtonKind, PageError, PageForm, Section, Tone, button_class, use_form_named};

use super::devices::{self, Device};
use crate::text;

/// The accounts elsewhere that sign somebody in, and those they could add.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Social {
    pub have: Vec<Device>,
    pub offered: Vec<SocialProvider>,
}

/// A link that leaves the site by way of the server.
fn away(provider: &SocialProvider, query: &str, label: String) -> AnyView {
    let href = format!("/v1/auth/social/{}/begin?{query}", provider.key);
    view! {
        <a href=href rel="external" class=button_class(ButtonKind::Outline, false, true)>
            {label}
        </a>
    }
    .into_any()
}

/// The buttons at sign-in, which come back to `next`.
pub(super) fn buttons(providers: &[SocialProvider], next: &str) -> AnyView {
    // The same encoding as that of every page that leads on.
    let query = stoa_ui::page::door_link("", next);
    let query = query.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    providers
        .iter()
        .map(|provider| away(provider, &query, text::account_social::with_provider(&provider.label)))
        .collect_view()
        .into_any()
}

/// What came of the last attempt, from the page's address.
pub(super) fn said() -> AnyView {
    let code = use_query_map().with_untracked(|query| query.get("social"));
    let (tone, title) = match code.as_deref() {
        None => return ().into_any(),
        Some("linked") => (Tone::Ok, text::account_social::added()),
        Some("social_unverified") => (Tone::Warn, text::account_social::unverified()),
        Some("social_confirm_first") => (Tone::Warn, text::account_social::confirm_first()),
        Some("social_taken") => (Tone::Warn, text::account_social::taken()),
        Some(_) => (Tone::Warn, text::account_social::failed()),
    };
    view! { <Banner tone=tone title=title/> }.into_any()
}

/// The part of the security page; nothing where no provider is configured and none is used.
pub(super) fn section(Social { have, offered }: Social) -> AnyView {
    if have.is_empty() && offered.is_empty() {
        return ().into_any();
    }
    let list = (!have.is_empty()).then(|| {
        view! {
            <ul class="mb-5 divide-y divide-line border-y border-line">
                {have.into_iter().map(row).collect_view()}
            </ul>
        }
        .into_any()
    });
    let offers = offered
        .iter()
        .map(|provider| away(provider, "link=true", text::account_social::add(&provider.label)))
        .collect_view();
    view! {
        <Section title=text::account_social::title()>
            <p class="mb-4 text-muted">{text::account_social::note()}</p>
            {list} <div class="flex max-w-[28rem] flex-col gap-3">{offers}</div>
        </Section>
    }
    .into_any()
}

fn row(account: Device) -> AnyView {
    let form = use_form_named::<RemoveSocial>(account.id.clone());
    let (label, id) = (text::account_social::remove_of(&account.name), account.id.clone());
    let end = view! {
        <PageForm form=form>
            <input type="hidden" name="account" value=id/>
            <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                <span aria-hidden="true">{text::account_social::remove()}</span>
                <span class="sr-only">{label}</span>
            </Button>
        </PageForm>
    };
    devices::row(account, end.into_any())
}

/// The accounts elsewhere of the person asking, and what else there is.
#[cfg(feature = "ssr")]
pub(super) async fn load(ctx: &stoa_kernel::Ctx) -> Result<Social, PageError> {
    use stoa_identity::auth;

    let known = auth::social_accounts::list(ctx).await?.items;
    let mut offered = auth::social_providers(&ctx.app);
    offered.retain(|provider| known.iter().all(|account| account.provider != provider.key));
    let have = known.into_iter().map(|account| Device {
        id: account.id.to_string(),
        name: account.label,
        seen: account.email.unwrap_or_default(),
        current: false,
    });
    Ok(Social { have: have.collect(), offered })
}

/// Ends that an account elsewhere signs its owner in.
#[server]
pub async fn remove_social(#[server(default)] account: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = account.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::auth::social_accounts::unlink(&ctx, &session, id).await?;
    stoa_ui::server::redirect_to(&stoa_ui::i18n::link("/account/security"), text::account_social::removed())
        .await
}
