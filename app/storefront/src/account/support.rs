//! What support asked of one's shops, or may do there now: for the owner to agree to and to end.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{Button, ButtonKind, PageError, PageForm, Section, use_form_named};

use crate::text;

/// One of them, ready to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    pub id: String,
    pub what: String,
    pub note: String,
    /// It waits for the owner's answer; else it is given.
    pub open: bool,
    pub wants_write: bool,
}

/// The section of the security page; nothing where there is nothing to say.
pub(super) fn section(leaves: Vec<Leave>) -> AnyView {
    if leaves.is_empty() {
        return ().into_any();
    }
    view! {
        <Section title=text::account_support::title()>
            <p class="text-muted">{text::account_support::note()}</p>
            <ul class="mt-4 divide-y divide-line border-y border-line">
                {leaves.into_iter().map(row).collect_view()}
            </ul>
        </Section>
    }
    .into_any()
}

fn row(leave: Leave) -> AnyView {
    let Leave { id, what, note, open, wants_write } = leave;
    let button = |answer: &'static str, label: &'static str| {
        let form = use_form_named::<AnswerSupportHere>(format!("{id}-{answer}"));
        let (id, words) = (id.clone(), format!("{label}: {what}"));
        view! {
            <PageForm form=form>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="answer" value=answer/>
                <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                    <span aria-hidden="true">{label}</span>
                    <span class="sr-only">{words}</span>
                </Button>
            </PageForm>
        }
        .into_any()
    };
    let look = open.then(|| button("look", text::account_support::look()));
    let change = (open && wants_write).then(|| button("change", text::account_support::change()));
    let end = if open { text::account_support::refuse() } else { text::account_support::end() };
    let end = button("end", end);
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
            <div class="min-w-0">
                <p class="wrap-anywhere">{what.clone()}</p>
                <p class="text-sm text-muted wrap-anywhere">{note}</p>
            </div>
            <div class="flex flex-wrap gap-2">{look} {change} {end}</div>
        </li>
    }
    .into_any()
}

/// What waits for the reader as an owner, and what they have given.
#[cfg(feature = "ssr")]
pub(super) async fn load(ctx: &stoa_kernel::Ctx) -> Result<Vec<Leave>, PageError> {
    use stoa_identity_types::SupportState;
    use text::account_support as word;

    let asked = stoa_identity::access::list_support(ctx).await?.items;
    let leaves = asked.into_iter().filter(|leave| !leave.own).map(|leave| {
        let open = leave.state == SupportState::Asked;
        let (name, shop) = (leave.staff_name, leave.seller_name.unwrap_or_default());
        let until = stoa_kernel::format::date_time(leave.expires_at);
        Leave {
            id: leave.id.to_string(),
            what: match (open, leave.wants_write, leave.write) {
                (true, false, _) => word::asks_look(&name, &shop, leave.minutes),
                (true, true, _) => word::asks_change(&name, &shop, leave.minutes),
                (false, _, false) => word::may_look(&name, &shop),
                (false, _, true) => word::may_change(&name, &shop),
            },
            note: if open {
                word::because(&leave.reason)
            } else {
                word::because_until(&leave.reason, &until)
            },
            open,
            wants_write: leave.wants_write,
        }
    });
    Ok(leaves.collect())
}

/// Answers what support asked, or ends what it was given.
#[server]
pub async fn answer_support_here(
    #[server(default)] id: String,
    #[server(default)] answer: String,
) -> Result<(), PageError> {
    use stoa_identity::access;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let said = match answer.as_str() {
        "look" | "change" => {
            access::consent_to_support(&ctx, id, answer == "change").await?;
            text::account_support::given()
        }
        _ => {
            access::end_support(&ctx, id).await?;
            text::account_support::ended()
        }
    };
    stoa_ui::server::redirect_to(&stoa_ui::i18n::link("/account/security"), said).await
}
