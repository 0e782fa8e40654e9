//! Two records of one person made one: looked at first.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_identity_types::CustomerKind;
use stoa_ui::{
    Button, ButtonKind, Field, LinkButton, PageError, PageForm, PageHeader, PageTitle, Section, load,
    resource, use_form,
};

use super::kind_badge;
use crate::text;

/// One of the two.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Side {
    pub id: String,
    /// Masked.
    pub name: String,
    /// Masked.
    pub email: String,
    pub kind: CustomerKind,
    pub since: String,
    pub version: i64,
}

/// What a merge would do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preview {
    pub from: Side,
    pub into: Side,
    /// "3 orders".
    pub moves: Vec<String>,
    pub losses: Vec<String>,
    pub obstacles: Vec<String>,
}

/// What the page shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Merging {
    /// Which record is meant is not said yet, or there is none like it.
    Asking {
        typed: String,
        unknown: bool,
    },
    Seen(Box<Preview>),
}

/// `/admin/customers/{id}/merge?with=`
#[component]
pub fn MergePage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let id = params.with(|params| params.get("id")).unwrap_or_default();
        (id, query.with(|query| query.get("with")).unwrap_or_default())
    });
    let merging = resource(move || asked.get(), |(id, with)| LoadMerge { id, with });
    load(merging, move |merging| {
        let id = asked.get_untracked().0;
        let shown = match merging {
            Merging::Asking { typed, unknown } => asking(&id, typed, unknown),
            Merging::Seen(preview) => seen(*preview),
        };
        view! {
            <PageTitle text=text::merge::title().to_owned()/>
            <PageHeader
                title=text::merge::title()
                back_label=text::merge::back()
                back_href=format!("{}/{id}", super::PATH)
            />
            {shown}
        }
        .into_any()
    })
}

fn asking(id: &str, typed: String, unknown: bool) -> AnyView {
    view! {
        <form
            action=format!("{}/{id}/merge", super::PATH)
            method="get"
            class="flex max-w-[36rem] flex-col gap-4"
        >
            <p class="text-muted">{text::merge::note()}</p>
            <Field
                name="with"
                label=text::merge::with()
                hint=text::merge::with_hint()
                value=typed
                error=if unknown { text::merge::unknown().to_owned() } else { String::new() }
                required=true
            />
            <div>
                <Button kind=ButtonKind::Ink>{text::merge::preview()}</Button>
            </div>
        </form>
    }
    .into_any()
}

fn side(title: &'static str, Side { id, name, email, kind, since, .. }: Side) -> AnyView {
    view! {
        <Section title=title end=kind_badge(kind)>
            <p class="font-semibold">{name}</p>
            <p>
                <bdi>{email}</bdi>
            </p>
            <p class="text-sm text-muted">{text::merge::since(&since)}</p>
            <p class="font-mono text-xs text-muted wrap-anywhere">{id}</p>
        </Section>
    }
    .into_any()
}

fn points(title: &'static str, points: Vec<String>) -> Option<AnyView> {
    (!points.is_empty()).then(|| {
        let rows = points.into_iter().map(|point| view! { <li>{point}</li> }).collect_view();
        view! {
            <Section title=title>
                <ul class="list-disc ps-5">{rows}</ul>
            </Section>
        }
        .into_any()
    })
}

fn seen(Preview { from, into, moves, losses, obstacles }: Preview) -> AnyView {
    let form = use_form::<MergeHere>();
    let back = format!("{}/{}", super::PATH, into.id);
    let possible = obstacles.is_empty();
    let moves = if moves.is_empty() { vec![text::merge::nothing().to_owned()] } else { moves };
    let (ids, versions) = ((from.id.clone(), into.id.clone()), (from.version, into.version));
    let act = possible.then(|| {
        view! {
            <PageForm form=form class="mt-4 flex max-w-[36rem] flex-col gap-4">
                <input type="hidden" name="from" value=ids.0/>
                <input type="hidden" name="into" value=ids.1/>
                <input type="hidden" name="from_version" value=versions.0.to_string()/>
                <input type="hidden" name="into_version" value=versions.1.to_string()/>
                <Field
                    name="reason"
                    label=text::merge::reason()
                    hint=text::merge::reason_hint()
                    value=form.value("reason")
                    error=form.error("reason")
                    required=true
                />
                <div class="flex flex-wrap gap-3">
                    <LinkButton href=back kind=ButtonKind::Outline>
                        {text::merge::keep()}
                    </LinkButton>
                    <Button
                        kind=ButtonKind::Danger
                        pending=form.pending()
                        pending_label=text::merge::merging()
                    >
                        {text::merge::merge()}
                    </Button>
                </div>
            </PageForm>
        }
        .into_any()
    });
    view! {
        <div class="max-w-[45rem]">
            <div class="grid gap-x-8 sm:grid-cols-2">
                <div>{side(text::merge::stays(), into)}</div>
                <div>{side(text::merge::goes(), from)}</div>
            </div>
            {points(text::merge::against(), obstacles)} {points(text::merge::moves(), moves)}
            {points(text::merge::lost(), losses)} {act}
        </div>
    }
    .into_any()
}

/// Both records, once it is said which.
#[server]
pub async fn load_merge(
    #[server(default)] id: String,
    #[server(default)] with: String,
) -> Result<Merging, PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::{CustomerQuery, CustomerView};

    let ctx = stoa_ui::server::ctx()?;
    let into = id.parse().map_err(|_| PageError::not_found())?;
    let query = CustomerQuery { q: Some(with.clone()), limit: Some(2), ..CustomerQuery::default() };
    let typed = !with.trim().is_empty();
    let found = if typed { customers::list(&ctx, &query).await?.items } else { Vec::new() };
    // An address may be a guest's and an account's: the other one is meant.
    let Some(from) = found.into_iter().map(|row| row.id).find(|id| *id != into) else {
        customers::staff_record(&ctx, into).await?;
        return Ok(Merging::Asking { typed: with, unknown: typed });
    };
    let preview = customers::preview_merge(&ctx, into, from).await?;
    let side = |record: CustomerView| Side {
        id: record.id.to_string(),
        name: record.name,
        email: record.email,
        kind: record.kind,
        since: stoa_kernel::format::date(record.created_at),
        version: record.version,
    };
    let moves = preview.moves.into_iter().map(|held| moved(&held.what, held.count)).collect();
    Ok(Merging::Seen(Box::new(Preview {
        from: side(preview.from),
        into: side(preview.into),
        moves,
        losses: preview.losses,
        obstacles: preview.obstacles,
    })))
}

/// "3 orders".
#[cfg(feature = "ssr")]
fn moved(what: &str, count: i64) -> String {
    match what {
        "orders" => text::merge::orders(count),
        "addresses" => text::merge::addresses(count),
        "contact_methods" => text::merge::contact_methods(count),
        "consents" => text::merge::consents(count),
        "tags" => text::merge::tags(count),
        "notes" => text::merge::notes(count),
        "segments" => text::merge::segments(count),
        "companies" => text::merge::companies(count),
        other => format!("{count} {other}"),
    }
}

/// Makes the two one.
#[server]
pub async fn merge_here(
    #[server(default)] from: String,
    #[server(default)] into: String,
    #[server(default)] from_version: i64,
    #[server(default)] into_version: i64,
    #[server(default)] reason: String,
) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::MergeCustomers;

    let ctx = stoa_ui::server::ctx()?;
    let wish = MergeCustomers {
        from: from.parse().map_err(|_| PageError::not_found())?,
        into: into.parse().map_err(|_| PageError::not_found())?,
        from_version,
        into_version,
        reason,
    };
    customers::merge_customers(&ctx, &wish).await?;
    stoa_ui::server::redirect_to(&format!("{}/{into}", super::PATH), text::merge::merged()).await
}
