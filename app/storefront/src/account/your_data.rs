//! A copy of everything held about somebody, and its erasure.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_identity_types::RequestState;
use stoa_ui::{
    Button, ButtonKind, Dialog, DialogActions, LinkButton, PageError, PageForm, Section, i18n::link, load,
    resource, use_form, use_form_named,
};

use super::frame::{Door, DoorForm, token};
use crate::text;

/// A copy that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// When it was asked for, and how far it is.
    pub words: String,
    /// Where it is fetched as JSON and as a table; absent until it is there.
    pub files: Option<(String, String)>,
}

/// An erasure under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    pub request: String,
    /// How far it is.
    pub words: String,
}

/// What the privacy page says about somebody's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YourData {
    pub copies: Vec<Copy>,
    /// Whether they have just proved who they are, so that a copy can be fetched.
    pub is_fresh: bool,
    pub erasure: Option<Erasure>,
    /// What an erasure would wait for.
    pub blockers: Vec<String>,
}

const PATH: &str = "/account/privacy";
const LINK: &str = "underline underline-offset-4 decoration-line-strong hover:decoration-fg";

/// The two sections of the privacy page, and the question before an erasure.
pub(super) fn sections(data: YourData) -> AnyView {
    let YourData { copies, is_fresh, erasure, blockers } = data;
    view! {
        <Section title=text::account_your_data::copy_title() id="copy">
            {copy_section(copies, is_fresh)}
        </Section>
        <Section title=text::account_your_data::delete_title() id="delete">
            {delete_section(erasure, blockers)}
        </Section>
    }
    .into_any()
}

fn copy_section(copies: Vec<Copy>, is_fresh: bool) -> AnyView {
    let form = use_form::<AskCopy>();
    let ready = copies.iter().any(|copy| copy.files.is_some());
    let confirm = (ready && !is_fresh).then(|| {
        view! {
            <p class="mb-3 text-sm text-muted">{text::account_your_data::first_confirm()}</p>
            <div class="mb-4">
                <LinkButton href=stoa_ui::page::step_up_link(&link(PATH)) kind=ButtonKind::Outline>
                    {text::account_your_data::confirm()}
                </LinkButton>
            </div>
        }
        .into_any()
    });
    let list = (!copies.is_empty()).then(|| {
        let rows = copies.into_iter().map(|copy| copy_row(copy, is_fresh)).collect_view();
        view! { <ul class="mb-4 divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
    });
    view! {
        <p class="mb-4 text-muted">{text::account_your_data::copy_note()}</p>
        {list}
        {confirm}
        <PageForm form=form>
            <Button
                kind=ButtonKind::Outline
                pending=form.pending()
                pending_label=text::account_your_data::asking()
            >
                {text::account_your_data::ask_copy()}
            </Button>
        </PageForm>
    }
    .into_any()
}

fn copy_row(Copy { words, files }: Copy, is_fresh: bool) -> AnyView {
    let files = files.filter(|_| is_fresh).map(|(json, table)| file_links(json, table));
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-3">
            <span>{words}</span>
            {files}
        </li>
    }
    .into_any()
}

/// Files are fetched by the browser itself, not by the page.
fn file_links(json: String, table: String) -> AnyView {
    view! {
        <span class="flex flex-wrap gap-x-4">
            <a href=json rel="external" download="" class=LINK>
                {text::account_your_data::json()}
            </a>
            <a href=table rel="external" download="" class=LINK>
                {text::account_your_data::table()}
            </a>
        </span>
    }
    .into_any()
}

fn reasons(blockers: Vec<String>) -> AnyView {
    let rows = blockers.into_iter().map(|reason| view! { <li>{reason}</li> }).collect_view();
    view! { <ul class="mb-4 list-disc ps-5">{rows}</ul> }.into_any()
}

fn delete_section(erasure: Option<Erasure>, blockers: Vec<String>) -> AnyView {
    let waits = (!blockers.is_empty()).then(|| {
        view! {
            <p class="mb-2">{text::account_your_data::waits_for()}</p>
            {reasons(blockers)}
        }
        .into_any()
    });
    if let Some(Erasure { request, words }) = erasure {
        let form = use_form::<KeepData>();
        return view! {
            <p class="mb-4 font-semibold">{words}</p>
            {waits}
            <PageForm form=form>
                <input type="hidden" name="request" value=request/>
                <Button
                    kind=ButtonKind::Outline
                    pending=form.pending()
                    pending_label=text::account_your_data::keeping()
                >
                    {text::account_your_data::keep()}
                </Button>
            </PageForm>
        }
        .into_any();
    }
    let query = use_query_map();
    let dialog = move || {
        let asked = query.with(|query| query.get("dialog")).as_deref() == Some("delete");
        asked.then(|| view! { <DeleteDialog/> })
    };
    view! {
        <p class="mb-4 text-muted">{text::account_your_data::delete_note()}</p>
        {waits}
        <div>
            <LinkButton href=link("/account/privacy?dialog=delete") kind=ButtonKind::Outline>
                {text::account_your_data::delete()}
            </LinkButton>
        </div>
        {dialog}
    }
    .into_any()
}

#[component]
fn DeleteDialog() -> impl IntoView {
    let form = use_form::<AskErasure>();
    let close = link(PATH);
    view! {
        <Dialog title=text::account_your_data::delete_question() close_href=close.clone()>
            <PageForm form=form class="flex flex-col gap-4">
                <p>{text::account_your_data::delete_body()}</p>
                <DialogActions>
                    <LinkButton href=close kind=ButtonKind::Outline autofocus=true>
                        {text::account_your_data::keep()}
                    </LinkButton>
                    <Button
                        kind=ButtonKind::Danger
                        pending=form.pending()
                        pending_label=text::account_your_data::asking()
                    >
                        {text::account_your_data::send_link()}
                    </Button>
                </DialogActions>
            </PageForm>
        </Dialog>
    }
}

/// What the page of a mail's link shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedRequest {
    pub state: RequestState,
    /// "Mon 30 Nov 2026": when an erasure is carried out, or until when a copy is there.
    pub when: String,
    pub blockers: Vec<String>,
    /// Where somebody without an account fetches their copy.
    pub files: Option<(String, String)>,
}

/// `/{l}/data-request?token=`: a button, since mail programs open links by themselves; needs no
/// sign-in.
#[component]
pub fn DataRequestPage() -> impl IntoView {
    let about = resource(token, |token| LoadDataRequest { token });
    load(about, linked)
}

fn linked(about: Option<LinkedRequest>) -> AnyView {
    let said = |title: &'static str, body: String| {
        view! {
            <Door title=title>
                <p>{body}</p>
                <div>
                    <LinkButton href=link("/") kind=ButtonKind::Outline>
                        {text::account_your_data::to_shop()}
                    </LinkButton>
                </div>
            </Door>
        }
        .into_any()
    };
    let Some(LinkedRequest { state, when, blockers, files }) = about else {
        return said(text::account_your_data::over_title(), text::account_your_data::over_body().to_owned());
    };
    match state {
        RequestState::Asked => {
            let form = use_form::<ConfirmErasure>();
            view! {
                <Door title=text::account_your_data::delete_question()>
                    <p>{text::account_your_data::confirm_body()}</p>
                    <DoorForm
                        form=form
                        submit=text::account_your_data::delete_now()
                        pending=text::account_your_data::deleting()
                        hidden=("token", token())
                    />
                </Door>
            }
            .into_any()
        }
        RequestState::Waiting | RequestState::Blocked => {
            let form = use_form_named::<KeepByLink>("keep");
            let (title, body) = match state {
                RequestState::Blocked => (
                    text::account_your_data::blocked_title(),
                    text::account_your_data::waits_for().to_owned(),
                ),
                _ => {
                    (text::account_your_data::waiting_title(), text::account_your_data::waiting_until(&when))
                }
            };
            view! {
                <Door title=title>
                    <div>
                        <p class="mb-2">{body}</p>
                        {reasons(blockers)}
                    </div>
                    <DoorForm
                        form=form
                        submit=text::account_your_data::keep()
                        pending=text::account_your_data::keeping()
                        hidden=("token", token())
                    />
                </Door>
            }
            .into_any()
        }
        RequestState::Ready => match files {
            Some((json, table)) => view! {
                <Door title=text::account_your_data::copy_title()>
                    <p>{text::account_your_data::copy_until(&when)}</p>
                    {file_links(json, table)}
                </Door>
            }
            .into_any(),
            None => view! {
                <Door title=text::account_your_data::copy_title()>
                    <p>{text::account_your_data::copy_in_account()}</p>
                    <div>
                        <LinkButton href=link(PATH) kind=ButtonKind::Brand>
                            {text::account_your_data::to_account()}
                        </LinkButton>
                    </div>
                </Door>
            }
            .into_any(),
        },
        RequestState::Cancelled => {
            said(text::account_your_data::kept_title(), text::account_your_data::kept_body().to_owned())
        }
        RequestState::Done => {
            said(text::account_your_data::done_title(), text::account_your_data::done_body().to_owned())
        }
        RequestState::Working | RequestState::Failed => {
            said(text::account_your_data::copy_title(), text::account_your_data::working_body().to_owned())
        }
        RequestState::Expired => {
            said(text::account_your_data::over_title(), text::account_your_data::over_body().to_owned())
        }
    }
}

/// What the privacy page says about the data of this customer.
#[cfg(feature = "ssr")]
pub(super) async fn of_customer(
    ctx: &stoa_kernel::Ctx,
    id: stoa_types::Id<stoa_types::Customer>,
) -> Result<YourData, PageError> {
    use stoa_identity::{auth::step_up, customers};
    use stoa_identity_types::RequestKind;
    use stoa_kernel::format;

    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let exports = customers::requests(ctx, id, RequestKind::Export).await?.items;
    let erasures = customers::requests(ctx, id, RequestKind::Erasure).await?;
    let copies = exports
        .into_iter()
        .filter(|copy| {
            matches!(copy.state, RequestState::Working | RequestState::Ready | RequestState::Failed)
        })
        .take(5)
        .map(|copy| {
            let asked = format::date(copy.asked_at);
            let ready = copy.expires_at.filter(|_| copy.state == RequestState::Ready);
            let words = match (copy.state, ready) {
                (_, Some(until)) => text::account_your_data::copy_ready(&asked, format::date(until)),
                (RequestState::Failed, _) => text::account_your_data::copy_failed(&asked),
                _ => text::account_your_data::copy_working(&asked),
            };
            let file =
                |as_what: &str| format!("/v1/customers/{id}/data-exports/{}/file?format={as_what}", copy.id);
            Copy { words, files: ready.map(|_| (file("json"), file("csv"))) }
        })
        .collect();
    let open = erasures.items.into_iter().find(|request| request.closed_at.is_none());
    let erasure = open.map(|request| {
        let day = request.effective_at.map(format::date).unwrap_or_default();
        let words = match request.state {
            RequestState::Asked => text::account_your_data::erasure_asked().to_owned(),
            RequestState::Blocked => text::account_your_data::blocked_title().to_owned(),
            _ => text::account_your_data::waiting_until(&day),
        };
        Erasure { request: request.id.to_string(), words }
    });
    Ok(YourData {
        copies,
        is_fresh: step_up::is_fresh(ctx, &session).await?,
        erasure,
        blockers: erasures.blockers,
    })
}

/// Asks for a copy.
#[server]
pub async fn ask_copy() -> Result<(), PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = customers::mine(&ctx).await?;
    customers::ask_export(&ctx, &session, id).await?;
    stoa_ui::server::redirect_to(&link(PATH), text::account_your_data::copy_asked()).await
}

/// Asks for the erasure: a mail goes out.
#[server]
pub async fn ask_erasure() -> Result<(), PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = customers::mine(&ctx).await?;
    customers::ask_erasure(&ctx, &session, id).await?;
    stoa_ui::server::redirect_to(&link(PATH), text::account_your_data::link_sent()).await
}

/// Calls the erasure off.
#[server]
pub async fn keep_data(#[server(default)] request: String) -> Result<(), PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let request = request.parse().map_err(|_| PageError::not_found())?;
    customers::cancel_erasure(&ctx, id, request).await?;
    stoa_ui::server::redirect_to(&link(PATH), text::account_your_data::kept_title()).await
}

/// What a link in a mail is about; nothing for one that is damaged.
#[server]
pub async fn load_data_request(#[server(default)] token: String) -> Result<Option<LinkedRequest>, PageError> {
    use stoa_identity::customers;
    use stoa_kernel::format;

    let ctx = stoa_ui::server::ctx()?;
    let (request, has_account) = match customers::look_at_request(&ctx, &token).await {
        Ok(found) => found,
        Err(error) if error.is(customers::REQUEST_LINK) => {
            stoa_ui::server::set_status(404);
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let over = request.expires_at.is_some_and(|until| until <= ctx.now)
        && matches!(request.state, RequestState::Asked | RequestState::Ready);
    if over {
        stoa_ui::server::set_status(404);
        return Ok(None);
    }
    let when = match request.state {
        RequestState::Ready => request.expires_at,
        _ => request.effective_at,
    };
    let file = |as_what: &str| format!("/v1/customers/data-exports/file?format={as_what}&token={token}");
    Ok(Some(LinkedRequest {
        state: request.state,
        when: when.map(format::date).unwrap_or_default(),
        blockers: request.blockers,
        files: (!has_account).then(|| (file("json"), file("csv"))),
    }))
}

/// Confirms the erasure by the link in the mail.
#[server]
pub async fn confirm_erasure(#[server(default)] token: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    stoa_identity::customers::confirm_erasure(&ctx, &token).await?;
    stoa_ui::server::redirect_to_quietly(&link(&format!("/data-request?token={token}")))
}

/// Calls the erasure off by the link in the mail.
#[server]
pub async fn keep_by_link(#[server(default)] token: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    stoa_identity::customers::cancel_erasure_by_link(&ctx, &token).await?;
    stoa_ui::server::redirect_to_quietly(&link(&format!("/data-request?token={token}")))
}
