//! All apps, and registering one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, Column, ColumnRole, CursorPages, DataTable, Empty, Field, FieldKind, LinkButton,
    PageError, PageForm, PageHeader, PageTitle, Row, TextArea, load, resource, use_form,
};

use crate::text;

/// One app in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedApp {
    pub id: String,
    pub name: String,
    /// Whom it works for, in words.
    pub owner: String,
    pub created: String,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedApps {
    pub apps: Vec<ListedApp>,
    pub next: Option<String>,
    pub prev: Option<String>,
    /// Whether the reader may register one.
    pub registers: bool,
}

/// `/developers/apps?after=`
#[component]
pub fn AppsPage() -> impl IntoView {
    let query = use_query_map();
    let after = move || query.with(|query| query.get("after")).unwrap_or_default();
    let apps = resource(after, |after| LoadApps { after });
    view! {
        <PageTitle text=text::apps::title().to_owned()/>
        <div class="mx-auto max-w-[80rem] px-4 pb-16 md:px-6">
            <PageHeader title=text::apps::title()/>
            <p class="mb-6 max-w-[66ch]">{text::apps::lead()}</p>
            {load(apps, table)}
        </div>
    }
}

fn table(found: ListedApps) -> AnyView {
    const NEW: &str = "/developers/apps/new";
    if found.apps.is_empty() {
        let label = if found.registers { text::apps::register() } else { "" };
        return view! {
            <Empty title=text::apps::none() text=text::apps::none_body() action_label=label action_href=NEW/>
        }
        .into_any();
    }
    let register = found.registers.then(|| {
        view! {
            <div class="mb-4">
                <LinkButton href=NEW kind=ButtonKind::Brand>
                    {text::apps::register()}
                </LinkButton>
            </div>
        }
        .into_any()
    });
    let href = |cursor: Option<String>| {
        cursor.map(|cursor| format!("/developers/apps?after={cursor}")).unwrap_or_default()
    };
    let summary = text::apps::shown(i64::try_from(found.apps.len()).unwrap_or_default());
    let columns = vec![
        Column::title(text::apps::name()),
        Column::new(text::apps::owner()).role(ColumnRole::Priority),
        Column::new(text::apps::created()).role(ColumnRole::Priority),
    ];
    let rows = found.apps.into_iter().map(|app| {
        let cells = vec![app.name.into_any(), app.owner.into_any(), app.created.into_any()];
        Row::new(format!("/developers/apps/{}/overview", app.id), cells)
    });
    view! {
        {register}
        <DataTable caption=text::apps::caption() columns=columns rows=rows.collect()/>
        <CursorPages summary=summary prev_href=href(found.prev) next_href=href(found.next)/>
    }
    .into_any()
}

/// `/developers/apps/new`
#[component]
pub fn NewAppPage() -> impl IntoView {
    let form = use_form::<RegisterApp>();
    let allowed = resource(|| (), |()| MayRegister {});
    load(allowed, move |()| {
        view! {
            <PageTitle text=text::apps::new_title().to_owned()/>
            <div class="mx-auto max-w-[80rem] px-4 pb-16 md:px-6">
                <PageHeader title=text::apps::new_title() back_label=text::apps::back() back_href="/developers/apps"/>
                <PageForm form=form class="flex max-w-[40rem] flex-col gap-5">
                    <Field
                        name="name"
                        label=text::apps::name()
                        hint=text::apps::name_hint()
                        value=form.value("name")
                        error=form.error("name")
                        required=true
                    />
                    <TextArea
                        name="description"
                        label=text::apps::description()
                        value=form.value("description")
                        error=form.error("description")
                        optional=true
                    />
                    <Field
                        name="website"
                        label=text::apps::website()
                        hint=text::apps::website_hint()
                        kind=FieldKind::Url
                        value=form.value("website")
                        error=form.error("website")
                        optional=true
                    />
                    <div>
                        <Button kind=ButtonKind::Brand pending=form.pending() pending_label=text::apps::saving()>
                            {text::apps::save()}
                        </Button>
                    </div>
                </PageForm>
            </div>
        }
    })
}

/// The apps the reader may see, the newest first; 401 for nobody, 403 without the permission.
#[server]
pub async fn load_apps(after: String) -> Result<ListedApps, PageError> {
    use stoa_identity::apps;
    use stoa_types::PageQuery;

    let ctx = stoa_ui::server::ctx()?;
    stoa_ui::server::signed_in(&ctx)?;
    let query = PageQuery { after: Some(after).filter(|after| !after.is_empty()), limit: None };
    let page = apps::list_apps(&ctx, &query).await?;
    let listed = |app: stoa_identity_types::AppView| ListedApp {
        id: app.id.to_string(),
        name: app.name,
        owner: match app.seller {
            None => text::apps::owner_platform().to_owned(),
            Some(seller) if ctx.seller == Some(seller) => text::apps::owner_seller().to_owned(),
            Some(_) => text::apps::owner_other().to_owned(),
        },
        created: stoa_kernel::format::date(app.created_at),
    };
    Ok(ListedApps {
        apps: page.items.into_iter().map(listed).collect(),
        next: page.next,
        prev: page.prev,
        registers: ctx.may(apps::APPS_WRITE),
    })
}

/// Whether the reader may register an app: 401 for nobody, 403 without the permission.
#[server]
pub async fn may_register() -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    stoa_ui::server::signed_in(&ctx)?;
    Ok(ctx.require(stoa_identity::apps::APPS_WRITE)?)
}

/// Registers an app and leads to its keys.
#[server]
pub async fn register_app(
    #[server(default)] name: String,
    #[server(default)] description: String,
    #[server(default)] website: String,
) -> Result<(), PageError> {
    use stoa_identity_types::CreateApp;

    let ctx = stoa_ui::server::ctx()?;
    let input = CreateApp { name, description: Some(description), website: Some(website), seller: None };
    let app = stoa_identity::apps::create_app(&ctx, input).await?;
    let page = format!("/developers/apps/{}/keys", app.id);
    stoa_ui::server::redirect_to(&page, text::apps::saved(&app.name)).await
}
