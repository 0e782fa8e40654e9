//! What people asked about their data, with the law's clock.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use serde::{Deserialize, Serialize};
use stoa_identity_types::{RequestKind, RequestState};
use stoa_ui::{
    Badge, Button, ButtonKind, Column, ColumnRole, CursorPages, DataTable, Empty, PageError, PageForm,
    PageHeader, PageTitle, Row, Select, SelectOption, Stage, load, resource, use_form_named,
};

use crate::text;

const PATH: &str = "/admin/customers/privacy";

/// One request in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedRequest {
    pub customer: String,
    /// Masked.
    pub name: String,
    pub kind: RequestKind,
    pub state: RequestState,
    pub asked: String,
    /// "12 Dec 2026, in 19 days".
    pub due: String,
    pub overdue: bool,
    /// What an erasure waits for.
    pub waits_for: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedRequests {
    pub requests: Vec<ListedRequest>,
    pub next: Option<String>,
    pub prev: Option<String>,
}

/// What the address asks for, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestFilters {
    #[serde(default)]
    pub kind: String,
    /// `open` unless told; `all`.
    #[serde(default)]
    pub show: String,
    #[serde(default)]
    pub after: String,
}

impl RequestFilters {
    fn read(query: &ParamsMap) -> Self {
        let get = |name| query.get(name).unwrap_or_default();
        Self { kind: get("kind"), show: get("show"), after: get("after") }
    }

    fn href(&self, after: &str) -> String {
        let mut query = ParamsMap::new();
        let pairs = [("kind", self.kind.as_str()), ("show", &self.show), ("after", after)];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.insert(name, value.to_owned());
        }
        format!("{PATH}{}", query.to_query_string())
    }
}

fn kind_label(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Export => text::data_requests::export(),
        RequestKind::Erasure => text::data_requests::erasure(),
    }
}

fn state_badge(state: RequestState) -> AnyView {
    let (stage, label) = match state {
        RequestState::Asked => (Stage::NotStarted, text::data_requests::asked()),
        RequestState::Waiting => (Stage::InProgress, text::data_requests::waiting()),
        RequestState::Blocked => (Stage::NeedsAttention, text::data_requests::blocked()),
        RequestState::Working => (Stage::InProgress, text::data_requests::working()),
        RequestState::Ready => (Stage::Done, text::data_requests::ready()),
        RequestState::Done => (Stage::Done, text::data_requests::done()),
        RequestState::Cancelled => (Stage::NotApplicable, text::data_requests::cancelled()),
        RequestState::Expired => (Stage::NotApplicable, text::data_requests::expired()),
        RequestState::Failed => (Stage::Stopped, text::data_requests::failed()),
    };
    view! { <Badge stage=stage label=label/> }.into_any()
}

/// `/admin/customers/privacy?kind=&show=&after=`
#[component]
pub fn DataRequestsPage() -> impl IntoView {
    let query = use_query_map();
    let filters = Memo::new(move |_| query.with(RequestFilters::read));
    let requests = resource(move || filters.get(), |filters| AllDataRequests { filters });
    view! {
        <PageTitle text=text::data_requests::title().to_owned()/>
        <PageHeader
            title=text::data_requests::title()
            back_label=text::customer::back()
            back_href=super::PATH
        />
        <p class="mb-4 text-muted">{text::data_requests::law()}</p>
        {load(requests, move |found| list(found, &filters.get()))}
    }
}

fn list(found: ListedRequests, filters: &RequestFilters) -> AnyView {
    let kinds = RequestKind::ALL
        .iter()
        .map(|kind| SelectOption::new(kind.as_str(), kind_label(*kind)))
        .collect::<Vec<_>>();
    let show = vec![SelectOption::new("all", text::data_requests::all())];
    let form = view! {
        <form
            action=PATH
            method="get"
            aria-label=text::data_requests::filters()
            class="mb-4 flex flex-wrap items-end gap-3"
        >
            <Select
                name="kind"
                label=text::data_requests::kind()
                options=kinds
                value=filters.kind.clone()
                empty_label=text::data_requests::both()
                class="flex-1 sm:flex-none"
            />
            <Select
                name="show"
                label=text::data_requests::show()
                options=show
                value=filters.show.clone()
                empty_label=text::data_requests::open()
                class="flex-1 sm:flex-none"
            />
            <Button kind=ButtonKind::Outline>{text::data_requests::apply()}</Button>
        </form>
    };
    if found.requests.is_empty() {
        return view! {
            {form}
            <Empty title=text::data_requests::none() text=text::data_requests::none_body()/>
        }
        .into_any();
    }
    let href =
        |cursor: &Option<String>| cursor.as_deref().map(|cursor| filters.href(cursor)).unwrap_or_default();
    let (next, prev) = (href(&found.next), href(&found.prev));
    let summary = text::data_requests::shown(i64::try_from(found.requests.len()).unwrap_or_default());
    let columns = vec![
        Column::title(text::data_requests::who()),
        Column::new(text::data_requests::state()).role(ColumnRole::Status),
        Column::new(text::data_requests::kind()).role(ColumnRole::Priority),
        Column::new(text::data_requests::due()).role(ColumnRole::Priority),
        Column::new(text::data_requests::when()).role(ColumnRole::Priority),
        Column::new(text::data_requests::waits_for()).role(ColumnRole::Priority),
    ];
    let rows = found
        .requests
        .into_iter()
        .map(|request| {
            let due = if request.overdue {
                view! { <Badge stage=Stage::NeedsAttention label=request.due/> }.into_any()
            } else {
                request.due.into_any()
            };
            Row::new(
                format!("{}/{}", super::PATH, request.customer),
                vec![
                    request.name.into_any(),
                    state_badge(request.state),
                    kind_label(request.kind).into_any(),
                    due,
                    request.asked.into_any(),
                    request.waits_for.into_any(),
                ],
            )
        })
        .collect();
    view! {
        {form}
        <DataTable caption=text::data_requests::caption() columns=columns rows=rows/>
        <CursorPages summary=summary prev_href=prev next_href=next/>
    }
    .into_any()
}

/// The record's part: what staff may start for somebody who asked them, such as a guest.
pub(super) fn section(id: &str) -> AnyView {
    let (copy, erasure) =
        (use_form_named::<StartRequest>("export"), use_form_named::<StartRequest>("erasure"));
    let button = |form, kind: RequestKind, label: &'static str| {
        let id = id.to_owned();
        view! {
            <PageForm form=form>
                <input type="hidden" name="customer" value=id/>
                <input type="hidden" name="kind" value=kind.as_str()/>
                <Button kind=ButtonKind::Outline small=true pending=form.pending()>{label}</Button>
            </PageForm>
        }
        .into_any()
    };
    view! {
        <section class="mt-6 border-t border-line pt-4">
            <h2 class="mb-2 font-semibold">{text::data_requests::title()}</h2>
            <p class="mb-3 text-sm text-muted">{text::data_requests::start_note()}</p>
            <div class="flex flex-wrap gap-2">
                {button(copy, RequestKind::Export, text::data_requests::start_export())}
                {button(erasure, RequestKind::Erasure, text::data_requests::start_erasure())}
            </div>
        </section>
    }
    .into_any()
}

/// What people asked, the most urgent first where it is open.
#[server]
pub async fn all_data_requests(filters: RequestFilters) -> Result<ListedRequests, PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::DataRequestQuery;

    let ctx = stoa_ui::server::ctx()?;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let query = DataRequestQuery {
        after: given(&filters.after),
        limit: None,
        kind: filters.kind.parse().ok(),
        open: (filters.show != "all").then_some(true),
    };
    let page = customers::data_requests(&ctx, &query).await?;
    let requests = page
        .items
        .into_iter()
        .map(|row| {
            let request = row.request;
            let day = stoa_kernel::format::date(request.due_at);
            let left = (request.due_at.date_naive() - ctx.now.date_naive()).num_days();
            let due = match (request.closed_at.is_some(), row.overdue) {
                (true, false) => day,
                (_, true) => text::data_requests::overdue(&day),
                (false, false) => format!("{day}, {}", text::data_requests::due_in(left)),
            };
            ListedRequest {
                customer: request.customer.to_string(),
                name: super::shown_name(row.name),
                kind: request.kind,
                state: request.state,
                asked: stoa_kernel::format::date(request.asked_at),
                due,
                overdue: row.overdue,
                waits_for: request.blockers.join(" "),
            }
        })
        .collect();
    Ok(ListedRequests { requests, next: page.next, prev: page.prev })
}

/// Starts a request for somebody: a mail goes to them.
#[server]
pub async fn start_request(
    #[server(default)] customer: String,
    #[server(default)] kind: String,
) -> Result<(), PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = customer.parse().map_err(|_| PageError::not_found())?;
    let said = match kind.parse().map_err(|()| PageError::not_found())? {
        RequestKind::Export => {
            customers::ask_export(&ctx, &session, id).await?;
            text::data_requests::export_started()
        }
        RequestKind::Erasure => {
            customers::ask_erasure(&ctx, &session, id).await?;
            text::data_requests::erasure_started()
        }
    };
    stoa_ui::server::redirect_to(&format!("{}/{customer}", super::PATH), said).await
}
