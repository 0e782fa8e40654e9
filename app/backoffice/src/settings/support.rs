//! Acting for shops with their owner's leave: asking, beginning, ending.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, Checkbox, Field, FieldKind, PageError, PageForm, PageHeader, PageTitle, Section,
    load, resource, use_form, use_form_named,
};

use crate::text;

/// What was asked for, ready to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    pub id: String,
    pub shop: String,
    pub what: String,
    pub reason: String,
    pub given: bool,
}

/// `/admin/settings/support`
#[component]
pub fn SupportPage() -> impl IntoView {
    let leaves = resource(|| (), |()| LoadLeaves {});
    view! {
        <PageTitle text=text::support::title().to_owned()/>
        <PageHeader title=text::support::title()/>
        <p class="mb-4 max-w-[66ch] text-muted">{text::support::note()}</p>
        {load(leaves, |leaves: Vec<Leave>| {
            view! {
                <Section title=text::support::current()>{rows(leaves)}</Section>
                {ask()}
            }
        })}
    }
}

fn rows(leaves: Vec<Leave>) -> AnyView {
    if leaves.is_empty() {
        return view! { <p class="text-muted">{text::support::none()}</p> }.into_any();
    }
    let rows = leaves
        .into_iter()
        .map(|leave| {
            let Leave { id, shop, what, reason, given } = leave;
            let begin = given.then(|| {
                let form = use_form_named::<BeginSupport>(id.clone());
                button(form, &id, text::support::begin(), text::support::begin_for(&shop))
            });
            let form = use_form_named::<EndSupport>(id.clone());
            let end = button(form, &id, text::support::end(), text::support::end_for(&shop));
            view! {
                <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
                    <div class="min-w-0">
                        <p class="wrap-anywhere">{what}</p>
                        <p class="text-sm text-muted wrap-anywhere">{reason}</p>
                    </div>
                    <div class="flex flex-wrap gap-2">{begin} {end}</div>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
}

fn button(form: stoa_ui::FormState, id: &str, label: &'static str, words: String) -> AnyView {
    let id = id.to_owned();
    view! {
        <PageForm form=form>
            <input type="hidden" name="id" value=id/>
            <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                <span aria-hidden="true">{label}</span>
                <span class="sr-only">{words}</span>
            </Button>
        </PageForm>
    }
    .into_any()
}

fn ask() -> AnyView {
    let form = use_form::<AskForSupport>();
    view! {
        <Section title=text::support::ask()>
            <PageForm form=form class="flex max-w-[40rem] flex-col gap-5">
                <Field
                    name="seller"
                    label=text::support::seller()
                    hint=text::support::seller_hint()
                    value=form.value("seller")
                    error=form.error("seller")
                    required=true
                />
                <Field
                    name="reason"
                    label=text::support::reason()
                    hint=text::support::reason_hint()
                    value=form.value("reason")
                    error=form.error("reason")
                    required=true
                />
                <Field
                    name="minutes"
                    label=text::support::minutes()
                    hint=text::support::minutes_hint()
                    kind=FieldKind::Number
                    value=form.value_or("minutes", "60")
                    error=form.error("minutes")
                    required=true
                />
                <Checkbox
                    name="write"
                    label=text::support::write()
                    checked=form.checked("write", "true", false)
                />
                <div>
                    <Button pending=form.pending() pending_label=text::support::asking()>
                        {text::support::submit()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

/// What the reader has asked for.
#[server]
pub async fn load_leaves() -> Result<Vec<Leave>, PageError> {
    use stoa_identity::access;
    use stoa_identity_types::SupportState;
    use stoa_kernel::format::date_time;

    let ctx = stoa_ui::server::ctx()?;
    ctx.require(access::SUPPORT_WRITE)?;
    let found = access::list_support(&ctx).await?.items.into_iter().filter(|leave| leave.own);
    let leaves = found.map(|leave| {
        let (shop, until) = (leave.seller_name.unwrap_or_default(), date_time(leave.expires_at));
        let given = leave.state == SupportState::Given;
        let what = match (given, leave.write) {
            (false, _) => text::support::waits(&shop, &until),
            (true, false) => text::support::given(&shop, &until),
            (true, true) => text::support::given_write(&shop, &until),
        };
        Leave { id: leave.id.to_string(), shop, what, reason: leave.reason, given }
    });
    Ok(leaves.collect())
}

/// Asks a shop's owners.
#[server]
pub async fn ask_for_support(
    #[server(default)] seller: String,
    #[server(default)] reason: String,
    #[server(default)] minutes: String,
    #[server(default)] write: bool,
) -> Result<(), PageError> {
    use stoa_identity::access;

    let ctx = stoa_ui::server::ctx()?;
    // Before the look, so that who may nothing learns nothing.
    ctx.require(access::SUPPORT_WRITE)?;
    let Some(Some(seller)) = super::seller_of(&ctx, &seller).await? else {
        return Err(PageError::field("seller", "kernel.invalid", text::support::seller_unknown()));
    };
    let Ok(minutes) = minutes.trim().parse() else {
        return Err(PageError::field("minutes", "kernel.invalid", text::support::minutes_wrong()));
    };
    let input = stoa_identity_types::AskSupport { seller, reason, write, minutes };
    access::ask_support(&ctx, &input).await?;
    stoa_ui::server::redirect_to("/admin/settings/support", text::support::asked()).await
}

/// Acts for the shop from now on.
#[server]
pub async fn begin_support(#[server(default)] id: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::access::begin_support(&ctx, &session, id).await?;
    stoa_ui::server::redirect_to("/seller", text::support::begun()).await
}

/// Takes back what was asked for, or ends what was given.
#[server]
pub async fn end_support(#[server(default)] id: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::access::end_support(&ctx, id).await?;
    stoa_ui::server::redirect_to("/admin/settings/support", text::support::ended()).await
}
