//! An app's API keys: made and revoked; the page to rotate one is its own.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Badge, Button, ButtonKind, CheckboxGroup, Code, CursorPages, Empty, EmptyKind, Field, LinkButton,
    PageError, PageForm, Section, Stage, TextArea, choice::ChoiceOption, load, resource, use_form,
    use_form_named,
};

use super::{AppHead, Part, frame, shown_once};
use crate::text;

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedKey {
    pub id: String,
    pub name: String,
    /// "stoa_dev_…3f9a".
    pub mark: String,
    pub state: KeyState,
    /// The state in words.
    pub words: String,
    pub scopes: Vec<String>,
    pub last_used: String,
    pub ends: String,
    pub networks: String,
}

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    Works,
    /// It works until its successor has taken over.
    Replaced,
    Over,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppKeys {
    pub head: AppHead,
    pub keys: Vec<ListedKey>,
    pub next: Option<String>,
    pub prev: Option<String>,
    /// A key that was just made, this once.
    pub shown: Option<String>,
    /// Permissions a new key may carry, with what they mean.
    pub lendable: Vec<(String, String)>,
    /// Whether the reader may make and end keys.
    pub changes: bool,
}

/// `/developers/apps/:id/keys?after=`
#[component]
pub fn KeysPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked = move || {
        let id = params.with(|params| params.get("id")).unwrap_or_default();
        (id, query.with(|query| query.get("after")).unwrap_or_default())
    };
    let keys = resource(asked, |(id, after)| LoadKeys { id, after });
    load(keys, |found: AppKeys| {
        let AppKeys { head, keys, next, prev, shown, lendable, changes } = found;
        let shown = shown.map(|secret| {
            use text::keys;
            shown_once(keys::shown_title(), keys::shown_body(), keys::shown_label(), secret)
        });
        let list = if keys.is_empty() {
            view! { <Empty kind=EmptyKind::FirstUse title=text::keys::none()/> }.into_any()
        } else {
            let href = |cursor: Option<String>| {
                cursor
                    .map(|cursor| format!("/developers/apps/{}/keys?after={cursor}", head.id))
                    .unwrap_or_default()
            };
            let summary = text::keys::count(i64::try_from(keys.len()).unwrap_or_default());
            let (next, prev) = (href(next), href(prev));
            let rows = keys.into_iter().map(|key| row(&head.id, key, changes)).collect_view();
            view! {
                <div>
                    <ul class="divide-y divide-line border-y border-line">{rows}</ul>
                    <CursorPages summary=summary prev_href=prev next_href=next/>
                </div>
            }
            .into_any()
        };
        let create = changes.then(|| create(&head.id, lendable));
        let content = view! {
            {shown}
            <p class="max-w-[66ch]">{text::keys::lead()}</p>
            {list}
            {create}
        };
        frame(head, Part::Keys, content.into_any())
    })
}

fn row(app: &str, key: ListedKey, changes: bool) -> AnyView {
    let ListedKey { id, name, mark, state, words, scopes, last_used, ends, networks } = key;
    let stage = match state {
        KeyState::Works => Stage::Done,
        KeyState::Replaced => Stage::NeedsAttention,
        KeyState::Over => Stage::Stopped,
    };
    let rotates = (changes && state == KeyState::Works).then(|| rotate(app, &id, &name));
    let revokes = (changes && state != KeyState::Over).then(|| revoke(app, &id, &name));
    view! {
        <li class="flex flex-col gap-3 py-4">
            <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
                <h2 class="font-semibold wrap-anywhere">{name}</h2>
                <Badge stage=stage label=words/>
            </div>
            <dl class="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1 text-sm sm:gap-x-6">
                <dt class="text-muted">{text::keys::key()}</dt>
                <dd>
                    <Code>{mark}</Code>
                </dd>
                <dt class="text-muted">{text::apps::scopes()}</dt>
                <dd class="wrap-anywhere">{scopes.join(", ")}</dd>
                <dt class="text-muted">{text::apps::last_used()}</dt>
                <dd>{last_used}</dd>
                <dt class="text-muted">{text::keys::ends()}</dt>
                <dd>{ends}</dd>
                <dt class="text-muted">{text::keys::networks()}</dt>
                <dd class="wrap-anywhere">{networks}</dd>
            </dl>
            {(changes && state != KeyState::Over)
                .then(|| view! { <div class="flex flex-wrap items-end gap-3">{rotates} {revokes}</div> }.into_any())}
        </li>
    }
    .into_any()
}

fn rotate(app: &str, id: &str, name: &str) -> AnyView {
    let label = text::keys::rotate_one(name);
    view! {
        <LinkButton href=format!("/developers/apps/{app}/keys/{id}/rotate") kind=ButtonKind::Outline>
            <span aria-hidden="true">{text::keys::rotate()}</span>
            <span class="sr-only">{label}</span>
        </LinkButton>
    }
    .into_any()
}

fn revoke(app: &str, id: &str, name: &str) -> AnyView {
    let form = use_form_named::<RevokeKey>(id.to_owned());
    let (app, id, label) = (app.to_owned(), id.to_owned(), text::keys::revoke_one(name));
    view! {
        <PageForm form=form>
            <input type="hidden" name="app" value=app/>
            <input type="hidden" name="key" value=id/>
            <Button kind=ButtonKind::Danger pending=form.pending()>
                <span aria-hidden="true">{text::keys::revoke()}</span>
                <span class="sr-only">{label}</span>
            </Button>
        </PageForm>
    }
    .into_any()
}

fn create(app: &str, lendable: Vec<(String, String)>) -> AnyView {
    let form = use_form::<CreateKey>();
    let app = app.to_owned();
    let options =
        lendable.into_iter().map(|(name, words)| ChoiceOption::new(name.clone(), words).note(name)).collect();
    view! {
        <Section title=text::keys::create_title()>
            <PageForm form=form class="flex max-w-[40rem] flex-col gap-5">
                <input type="hidden" name="app" value=app/>
                <Field
                    name="name"
                    label=text::keys::name()
                    hint=text::keys::name_hint()
                    value=form.value("name")
                    error=form.error("name")
                    required=true
                />
                <CheckboxGroup
                    name="scopes[]"
                    legend=text::keys::scopes()
                    hint=text::keys::scopes_hint()
                    options=options
                    values=form.values("scopes[]")
                    error=form.error("scopes")
                />
                <Field
                    name="expires_at"
                    label=text::keys::ends_on()
                    hint=text::keys::ends_hint()
                    value=form.value("expires_at")
                    error=form.error("expires_at")
                    optional=true
                />
                <TextArea
                    name="networks"
                    label=text::keys::allowed()
                    hint=text::keys::allowed_hint()
                    value=form.value("networks")
                    error=form.error("networks")
                    optional=true
                />
                <div>
                    <Button kind=ButtonKind::Brand pending=form.pending() pending_label=text::keys::creating()>
                        {text::keys::create()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

/// The keys of one app of the reader's, and a new one this once.
#[server]
pub async fn load_keys(id: String, after: String) -> Result<AppKeys, PageError> {
    use stoa_identity::{apps, oauth::scopes::words};
    use stoa_types::PageQuery;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let (app, view) = super::find(&ctx, &id).await?;
    let query = PageQuery { after: Some(after).filter(|after| !after.is_empty()), limit: None };
    let page = apps::list_app_keys(&ctx, app, &query).await?;
    let known: Vec<String> = page.items.iter().map(|key| key.id.to_string()).collect();
    let shown = apps::take_to_show(&ctx, &session, |of| known.iter().any(|id| id == of)).await?;
    let mut lendable: Vec<&String> = ctx.permissions.iter().collect();
    lendable.sort();
    Ok(AppKeys {
        head: AppHead { id, name: view.name },
        keys: page.items.into_iter().map(|key| listed(&ctx, key)).collect(),
        next: page.next,
        prev: page.prev,
        shown: shown.map(|(secret, _)| secret),
        lendable: lendable.into_iter().map(|name| (name.clone(), words(name))).collect(),
        changes: ctx.may(apps::KEYS_WRITE),
    })
}

#[cfg(feature = "ssr")]
fn listed(ctx: &stoa_kernel::Ctx, key: stoa_identity_types::ApiKeyView) -> ListedKey {
    use stoa_identity::oauth::scopes::words;
    use stoa_kernel::format::date_time;

    let over = key.expires_at.is_some_and(|at| at <= ctx.now);
    let (state, said) = match (key.revoked_at, key.expires_at, key.successor) {
        (Some(_), ..) => (KeyState::Over, text::keys::state_revoked().to_owned()),
        (None, Some(_), _) if over => (KeyState::Over, text::keys::state_expired().to_owned()),
        (None, Some(at), Some(_)) => (KeyState::Replaced, text::keys::state_rotated(date_time(at))),
        (None, Some(at), None) => (KeyState::Works, text::keys::state_expiring(date_time(at))),
        (None, None, _) => (KeyState::Works, text::keys::state_live().to_owned()),
    };
    ListedKey {
        id: key.id.to_string(),
        name: key.name,
        mark: format!("{}_…{}", key.prefix, key.last_four),
        state,
        words: said,
        scopes: key.scopes.iter().map(|scope| words(scope)).collect(),
        last_used: match (key.last_used_at, key.last_used_from) {
            (None, _) => text::apps::never().to_owned(),
            (Some(at), None) => date_time(at),
            (Some(at), Some(from)) => text::apps::used_from(date_time(at), &from),
        },
        ends: key.expires_at.map_or_else(|| text::apps::until_revoked().to_owned(), date_time),
        networks: match key.networks.is_empty() {
            true => text::keys::networks_any().to_owned(),
            false => key.networks.join(", "),
        },
    }
}

/// Makes a key, shown once on the page that follows.
#[server]
pub async fn create_key(
    #[server(default)] app: String,
    #[server(default)] name: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] expires_at: String,
    #[server(default)] networks: String,
) -> Result<(), PageError> {
    use stoa_identity::apps;
    use stoa_identity_types::CreateAppKey;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = app.parse().map_err(|_| PageError::not_found())?;
    let ends = typed_day(&expires_at);
    if ends.is_none() && !expires_at.trim().is_empty() {
        return Err(PageError::invalid(vec![stoa_types::FieldError {
            field: "expires_at".to_owned(),
            code: "apps.expiry_unreadable".to_owned(),
            message: text::keys::ends_wrong().to_owned(),
        }]));
    }
    let input = CreateAppKey { name, scopes, expires_at: ends, networks: super::lines(&networks) };
    let made = apps::create_app_key(&ctx, &session, id, input).await?;
    apps::keep_to_show(&ctx, &session, &made.view.id.to_string(), &made.secret).await?;
    let page = format!("/developers/apps/{id}/keys");
    stoa_ui::server::redirect_to(&page, text::keys::created()).await
}

/// Ends a key.
#[server]
pub async fn revoke_key(
    #[server(default)] app: String,
    #[server(default)] key: String,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = app.parse().map_err(|_| PageError::not_found())?;
    let key = key.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::apps::revoke_app_key(&ctx, id, key).await?;
    let page = format!("/developers/apps/{id}/keys");
    stoa_ui::server::redirect_to(&page, text::keys::revoked()).await
}

/// The end of a typed day, UTC: "14 May 2027", "2027-05-14" or "14/05/2027".
#[cfg(feature = "ssr")]
fn typed_day(typed: &str) -> Option<stoa_types::DateTime<stoa_types::Utc>> {
    use stoa_types::DateTime;

    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let last = format!("{typed} 23:59:59 +0000");
    ["%d %B %Y", "%Y-%m-%d", "%d/%m/%Y"]
        .into_iter()
        .filter_map(|day| DateTime::parse_from_str(&last, &format!("{day} %H:%M:%S %z")).ok())
        .map(|day| day.to_utc())
        // A year of two digits is not the first century.
        .find(|day| *day >= DateTime::UNIX_EPOCH)
}
