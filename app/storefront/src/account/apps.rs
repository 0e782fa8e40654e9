//! The apps that the person lets act for them.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{Button, ButtonKind, Empty, PageError, PageForm, load, resource, use_form_named};

use super::frame::{AccountFrame, Place};
use crate::text;

/// One app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectedApp {
    /// The client's id.
    pub client: String,
    pub name: String,
    /// "Since Thu 14 May".
    pub since: String,
    /// What it may do, in plain words.
    pub scopes: Vec<String>,
}

/// `/{l}/account/apps`.
#[component]
pub fn AppsPage() -> impl IntoView {
    let apps = resource(|| (), |()| LoadConnectedApps {});
    load(apps, |apps: Vec<ConnectedApp>| {
        let none = apps.is_empty();
        let list = if none {
            view! { <Empty title=text::account_apps::none() text=text::account_apps::none_body()/> }
                .into_any()
        } else {
            view! {
                <ul class="mt-4 divide-y divide-line border-y border-line">
                    {apps.into_iter().map(row).collect_view()}
                </ul>
            }
            .into_any()
        };
        view! {
            <AccountFrame place=Place::Apps title=text::account_apps::title()>
                <p class="mt-4 text-muted">{text::account_apps::lead()}</p>
                {list}
            </AccountFrame>
        }
    })
}

fn row(app: ConnectedApp) -> AnyView {
    let ConnectedApp { client, name, since, scopes } = app;
    let form = use_form_named::<DisconnectApp>(client.clone());
    let label = text::account_apps::disconnect_from(&name);
    view! {
        <li class="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 py-3">
            <div class="min-w-0 flex-1">
                <p class="font-semibold wrap-anywhere">{name}</p>
                <p class="text-sm text-muted">{since}</p>
                <ul class="mt-1 list-disc ps-5 text-sm">
                    {scopes.into_iter().map(|words| view! { <li>{words}</li> }).collect_view()}
                </ul>
            </div>
            <PageForm form=form>
                <input type="hidden" name="client" value=client/>
                <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                    <span aria-hidden="true">{text::account_apps::disconnect()}</span>
                    <span class="sr-only">{label}</span>
                </Button>
            </PageForm>
        </li>
    }
    .into_any()
}

/// The apps of the person asking; 401 for nobody.
#[server]
pub async fn load_connected_apps() -> Result<Vec<ConnectedApp>, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let found = stoa_identity::oauth::list_connected_apps(&ctx).await?;
    let view = |app: stoa_identity_types::ConnectedAppView| ConnectedApp {
        client: app.client.to_string(),
        name: app.name,
        since: text::account_apps::since(stoa_kernel::format::day(app.created_at)),
        scopes: app.scopes.into_iter().map(|scope| scope.words).collect(),
    };
    Ok(found.into_iter().map(view).collect())
}

/// Takes back what one app was let do.
#[server]
pub async fn disconnect_app(#[server(default)] client: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    stoa_ui::server::signed_in(&ctx)?;
    let id = client.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::oauth::disconnect_app(&ctx, id).await?;
    let page = stoa_ui::i18n::link("/account/apps");
    stoa_ui::server::redirect_to(&page, text::account_apps::disconnected()).await
}
