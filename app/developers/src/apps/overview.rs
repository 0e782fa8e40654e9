//! An app: what it is, and its end.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, Dialog, DialogActions, Link, LinkButton, PageError, PageForm, Section, load,
    resource, use_form,
};

use super::{AppHead, Part, frame};
use crate::text;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub head: AppHead,
    pub description: Option<String>,
    pub website: Option<String>,
    /// "Registered Thu 14 May".
    pub since: String,
    /// Whether the reader may end it.
    pub ends: bool,
}

/// `/developers/apps/:id/overview?dialog=delete`
#[component]
pub fn OverviewPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id")).unwrap_or_default();
    let app = resource(id, |id| LoadOverview { id });
    let query = use_query_map();
    let asks = move || query.with(|query| query.get("dialog").is_some_and(|dialog| dialog == "delete"));
    load(app, move |app: Overview| {
        let Overview { head, description, website, since, ends } = app;
        let end = ends.then(|| end(&head.id));
        let (app, name) = (head.id.clone(), head.name.clone());
        let dialog = move || (ends && asks()).then(|| dialog(&app, &name));
        let id = head.id.clone();
        let website = website.map(|website| {
            view! {
                <p class="wrap-anywhere">
                    <Link href=website.clone()>{website}</Link>
                </p>
            }
            .into_any()
        });
        let content = view! {
            {description.map(|words| view! { <p class="max-w-[66ch] whitespace-pre-line wrap-anywhere">{words}</p> }.into_any())}
            {website}
            <dl class="grid gap-x-6 gap-y-2 sm:grid-cols-[max-content_1fr]">
                <dt class="text-muted">{text::apps::id()}</dt>
                <dd class="font-mono text-sm wrap-anywhere">{id}</dd>
            </dl>
            <p class="text-sm text-muted">{since}</p>
            {end}
            {dialog}
        };
        frame(head, Part::Overview, content.into_any())
    })
}

fn end(id: &str) -> AnyView {
    let href = format!("/developers/apps/{id}/overview?dialog=delete");
    view! {
        <Section title=text::apps::delete()>
            <p class="mb-4 text-muted">{text::apps::delete_note()}</p>
            <LinkButton href=href kind=ButtonKind::Outline>
                {text::apps::delete_submit()}
            </LinkButton>
        </Section>
    }
    .into_any()
}

fn dialog(id: &str, name: &str) -> AnyView {
    let form = use_form::<DeleteApp>();
    let (id, close) = (id.to_owned(), format!("/developers/apps/{id}/overview"));
    view! {
        <Dialog title=text::apps::delete_title(name) close_href=close.clone()>
            <PageForm form=form>
                <p>{text::apps::delete_note()}</p>
                <input type="hidden" name="app" value=id/>
                <DialogActions>
                    <LinkButton href=close kind=ButtonKind::Outline autofocus=true>
                        {text::apps::delete_keep()}
                    </LinkButton>
                    <Button kind=ButtonKind::Danger pending=form.pending() pending_label=text::apps::deleting()>
                        {text::apps::delete_submit()}
                    </Button>
                </DialogActions>
            </PageForm>
        </Dialog>
    }
    .into_any()
}

/// One app of the reader's; 404 for any other.
#[server]
pub async fn load_overview(id: String) -> Result<Overview, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let (_, app) = super::find(&ctx, &id).await?;
    Ok(Overview {
        head: AppHead { id, name: app.name },
        description: app.description,
        website: app.website,
        since: text::apps::since(stoa_kernel::format::date(app.created_at)),
        ends: ctx.may(stoa_identity::apps::APPS_WRITE),
    })
}

/// Ends an app with its keys and clients.
#[server]
pub async fn delete_app(#[server(default)] app: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = app.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::apps::delete_app(&ctx, id).await?;
    stoa_ui::server::redirect_to("/developers/apps", text::apps::deleted()).await
}
