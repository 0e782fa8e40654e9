//! An app's OAuth clients.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, Checkbox, CheckboxGroup, Code, Empty, EmptyKind, Link, PageError, PageForm, Section,
    TextArea, choice::ChoiceOption, load, resource, use_form, use_form_named,
};

use super::{AppHead, Part, frame, shown_once};
use crate::text;

/// One client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedClient {
    pub id: String,
    /// The secret's end, "…3f9a"; absent for a client without one.
    pub secret: Option<String>,
    pub redirects: Vec<String>,
    pub scopes: Vec<String>,
    pub own_tokens: bool,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppClients {
    pub head: AppHead,
    pub clients: Vec<ListedClient>,
    /// A secret that was just made, this once.
    pub shown: Option<String>,
    /// Scopes a new client may ask for, with what they mean.
    pub scopes: Vec<(String, String)>,
    /// The discovery document's address.
    pub discovery: String,
    /// Whether the reader may register and end clients.
    pub changes: bool,
}

/// `/developers/apps/:id/oauth`
#[component]
pub fn OAuthPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id")).unwrap_or_default();
    let clients = resource(id, |id| LoadClients { id });
    load(clients, |found: AppClients| {
        let AppClients { head, clients, shown, scopes, discovery, changes } = found;
        let shown = shown.map(|secret| {
            use text::oauth;
            shown_once(oauth::shown_title(), oauth::shown_body(), oauth::shown_label(), secret)
        });
        let list = if clients.is_empty() {
            view! { <Empty kind=EmptyKind::FirstUse title=text::oauth::none()/> }.into_any()
        } else {
            let rows = clients.into_iter().map(|client| row(&head.id, client, changes)).collect_view();
            view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
        };
        let create = changes.then(|| create(&head.id, scopes));
        let content = view! {
            {shown}
            <p class="max-w-[66ch]">{text::oauth::lead()}</p>
            <p class="wrap-anywhere">
                {text::oauth::discovery()} " " <Link href=discovery.clone()>{discovery}</Link>
            </p>
            {list}
            {create}
        };
        frame(head, Part::OAuth, content.into_any())
    })
}

fn row(app: &str, client: ListedClient, changes: bool) -> AnyView {
    let ListedClient { id, secret, redirects, scopes, own_tokens } = client;
    let kind = match secret {
        Some(end) => format!("{} ({end})", text::oauth::confidential()),
        None => text::oauth::public().to_owned(),
    };
    let revoke = changes.then(|| {
        let form = use_form_named::<RevokeClient>(id.clone());
        let (app, id, label) = (app.to_owned(), id.clone(), text::oauth::revoke_one(&id));
        view! {
            <PageForm form=form>
                <input type="hidden" name="app" value=app/>
                <input type="hidden" name="client" value=id/>
                <Button kind=ButtonKind::Danger pending=form.pending()>
                    <span aria-hidden="true">{text::oauth::revoke()}</span>
                    <span class="sr-only">{label}</span>
                </Button>
            </PageForm>
        }
        .into_any()
    });
    let sends = (!redirects.is_empty()).then(|| {
        view! {
            <dt class="text-muted">{text::oauth::redirects()}</dt>
            <dd class="wrap-anywhere">{redirects.join(", ")}</dd>
        }
        .into_any()
    });
    view! {
        <li class="flex flex-col gap-3 py-4">
            <h2 class="font-semibold wrap-anywhere">
                <span class="sr-only">{text::oauth::client_id()} " "</span>
                <Code>{id.clone()}</Code>
            </h2>
            <p class="text-sm text-muted">{kind}</p>
            {own_tokens.then(|| view! { <p class="text-sm text-muted">{text::oauth::own()}</p> }.into_any())}
            <dl class="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1 text-sm sm:gap-x-6">
                {sends} <dt class="text-muted">{text::oauth::scopes()}</dt>
                <dd class="wrap-anywhere">{scopes.join(", ")}</dd>
            </dl>
            {revoke}
        </li>
    }
    .into_any()
}

fn create(app: &str, scopes: Vec<(String, String)>) -> AnyView {
    let form = use_form::<CreateClient>();
    let app = app.to_owned();
    let options =
        scopes.into_iter().map(|(name, words)| ChoiceOption::new(name.clone(), words).note(name)).collect();
    view! {
        <Section title=text::oauth::create_title()>
            <PageForm form=form class="flex max-w-[40rem] flex-col gap-5">
                <input type="hidden" name="app" value=app/>
                <TextArea
                    name="redirect_uris"
                    label=text::oauth::addresses()
                    hint=text::oauth::addresses_hint()
                    value=form.value("redirect_uris")
                    error=form.error("redirect_uris")
                />
                <CheckboxGroup
                    name="scopes[]"
                    legend=text::oauth::scopes()
                    hint=text::oauth::scopes_hint()
                    options=options
                    values=form.values("scopes[]")
                    error=form.error("scopes")
                />
                <Checkbox
                    name="confidential"
                    label=text::oauth::secret()
                    note=text::oauth::secret_note()
                    checked=form.checked("confidential", "true", true)
                />
                <Checkbox
                    name="own_tokens"
                    label=text::oauth::own_label()
                    note=text::oauth::own_note()
                    checked=form.checked("own_tokens", "true", false)
                    error=form.error("own_tokens")
                />
                <div>
                    <Button kind=ButtonKind::Brand pending=form.pending() pending_label=text::oauth::creating()>
                        {text::oauth::create()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

/// The OAuth clients of one app of the reader's, and a new secret this once.
#[server]
pub async fn load_clients(id: String) -> Result<AppClients, PageError> {
    use stoa_identity::{apps, oauth};

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let (app, view) = super::find(&ctx, &id).await?;
    let found = oauth::list_clients(&ctx, app).await?;
    let known: Vec<String> = found.iter().map(|client| client.id.to_string()).collect();
    let shown = apps::take_to_show(&ctx, &session, |of| known.iter().any(|id| id == of)).await?;
    let listed = |client: stoa_identity_types::OAuthClientView| ListedClient {
        id: client.id.to_string(),
        secret: client.secret_last_four.map(|end| format!("…{end}")),
        redirects: client.redirect_uris,
        scopes: client.scopes.iter().map(|scope| oauth::scopes::words(scope)).collect(),
        own_tokens: client.own_tokens,
    };
    let open = oauth::lendable(&ctx, view.seller.is_some());
    Ok(AppClients {
        head: AppHead { id, name: view.name },
        clients: found.into_iter().map(listed).collect(),
        shown: shown.map(|(secret, _)| secret),
        scopes: open.into_iter().map(|name| (name.to_owned(), oauth::scopes::words(name))).collect(),
        discovery: format!("{}/.well-known/openid-configuration", ctx.app.settings.public_url),
        changes: ctx.may(apps::APPS_WRITE),
    })
}

/// Registers a client; its secret is shown once on the page that follows.
#[server]
pub async fn create_client(
    #[server(default)] app: String,
    #[server(default)] redirect_uris: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] confidential: bool,
    #[server(default)] own_tokens: bool,
) -> Result<(), PageError> {
    use stoa_identity::{apps, oauth};
    use stoa_identity_types::CreateOAuthClient;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = app.parse().map_err(|_| PageError::not_found())?;
    let input =
        CreateOAuthClient { redirect_uris: super::lines(&redirect_uris), scopes, confidential, own_tokens };
    let made = oauth::create_client(&ctx, &session, id, input).await.map_err(|error| {
        let mut error = PageError::from(error);
        // The form has one field for all addresses.
        for field in &mut error.0.errors {
            if field.field.starts_with("redirect_uris/") {
                "redirect_uris".clone_into(&mut field.field);
            }
        }
        error
    })?;
    if let Some(secret) = &made.secret {
        apps::keep_to_show(&ctx, &session, &made.view.id.to_string(), secret).await?;
    }
    let page = format!("/developers/apps/{id}/oauth");
    stoa_ui::server::redirect_to(&page, text::oauth::created()).await
}

/// Ends a client.
#[server]
pub async fn revoke_client(
    #[server(default)] app: String,
    #[server(default)] client: String,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = app.parse().map_err(|_| PageError::not_found())?;
    let client = client.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::oauth::revoke_client(&ctx, id, client).await?;
    let page = format!("/developers/apps/{id}/oauth");
    stoa_ui::server::redirect_to(&page, text::oauth::revoked()).await
}
