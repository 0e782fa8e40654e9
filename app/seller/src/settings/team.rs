//! The people of the shop, what waits, and its roles.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Badge, Button, ButtonKind, CheckboxGroup, Column, ColumnRole, DataTable, Field, FieldKind, LinkButton,
    PageError, PageForm, PageHeader, PageTitle, Row, Section, Stage, choice::ChoiceOption, load, resource,
    use_form, use_form_named,
};

use crate::text;

/// Somebody of the team, ready to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: String,
    pub name: String,
    pub email: String,
    pub roles: String,
    pub second_step: bool,
    pub suspended: bool,
}

/// Something that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub id: String,
    /// An invitation rather than a change.
    pub invitation: bool,
    pub what: String,
    /// Who asked, and until when it waits.
    pub note: String,
    /// Whether the reader may agree.
    pub yours: bool,
    /// Whether the reader may take it back or say no.
    pub stops: bool,
    pub own: bool,
}

/// A role to choose or to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRole {
    pub id: String,
    pub name: String,
    pub note: String,
    /// Whether the reader could give it, and an invitation may.
    pub open: bool,
    pub own: bool,
    pub carries: String,
    pub holders: String,
}

/// A shop the reader works for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// Empty for the platform.
    pub id: String,
    pub name: String,
    pub current: bool,
}

/// What support asked of the shop, or may do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub id: String,
    pub what: String,
    pub note: String,
    /// It waits for the reader's answer; else it is given.
    pub open: bool,
    pub wants_write: bool,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub support: Vec<Asked>,
    pub members: Vec<Member>,
    pub waiting: Vec<Waiting>,
    pub roles: Vec<TeamRole>,
    pub shops: Vec<Shop>,
    /// Whether the reader may change anything.
    pub changes: bool,
    /// Whether another owner has to agree.
    pub asks: bool,
}

/// `/seller/settings/team`
#[component]
pub fn TeamPage() -> impl IntoView {
    let team = resource(|| (), |()| LoadTeam {});
    view! {
        <PageTitle text=text::team::title().to_owned()/>
        <PageHeader title=text::team::title()/>
        {load(team, show)}
    }
}

fn show(team: Team) -> AnyView {
    let Team { support, members, waiting, roles, shops, changes, asks } = team;
    let offered = roles.iter().filter(|role| role.open).cloned().collect();
    view! {
        {(shops.len() > 1).then(|| shops_section(shops))}
        <Section title=text::team::people()>{people(members)}</Section>
        <Section title=text::team::waiting()>
            {(!support.is_empty()).then(|| support_rows(support))} {waits(waiting)}
        </Section>
        {changes.then(|| invite(offered, asks))}
        {own_roles(roles, changes)}
    }
    .into_any()
}

fn people(members: Vec<Member>) -> AnyView {
    let columns = vec![
        Column::title(text::team::name()),
        Column::new(text::team::email()).role(ColumnRole::Priority),
        Column::new(text::team::roles()).role(ColumnRole::Priority),
        Column::new(text::team::second_step()),
    ];
    let rows = members
        .into_iter()
        .map(|member| {
            let step = if member.second_step {
                text::team::second_step_on().into_any()
            } else {
                text::team::second_step_off().into_any()
            };
            let locked = member.suspended.then(|| {
                view! { " " <Badge stage=Stage::Stopped label=text::team::suspended()/> }.into_any()
            });
            Row::new(
                format!("/seller/settings/team/{}", member.id),
                vec![
                    view! { {member.name} {locked} }.into_any(),
                    member.email.into_any(),
                    member.roles.into_any(),
                    step,
                ],
            )
        })
        .collect();
    view! { <DataTable caption=text::team::caption() columns=columns rows=rows/> }.into_any()
}

fn waits(waiting: Vec<Waiting>) -> AnyView {
    if waiting.is_empty() {
        return view! { <p class="text-muted">{text::team::waiting_none()}</p> }.into_any();
    }
    let rows = waiting
        .into_iter()
        .map(|row| {
            let Waiting { id, invitation, what, note, yours, stops, own } = row;
            let agree = yours
                .then(|| answer(&id, invitation, "agree", text::team::agree(), text::team::agree_to(&what)));
            let stop = stops.then(|| {
                let (label, words) = match (own || invitation, invitation) {
                    (true, true) => (text::team::withdraw(), text::team::withdraw_of(&what)),
                    (true, false) => (text::team::withdraw(), text::team::take_back_of(&what)),
                    _ => (text::team::refuse(), text::team::refuse_of(&what)),
                };
                answer(&id, invitation, "stop", label, words)
            });
            view! {
                <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
                    <div class="min-w-0">
                        <p class="wrap-anywhere">{what}</p>
                        <p class="text-sm text-muted">{note}</p>
                    </div>
                    <div class="flex gap-2">{agree} {stop}</div>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
}

fn support_rows(asked: Vec<Asked>) -> AnyView {
    let rows = asked
        .into_iter()
        .map(|row| {
            let button = |word: &'static str, label: &'static str| {
                let form = use_form_named::<AnswerSupport>(format!("{}-{word}", row.id));
                let (id, words) = (row.id.clone(), format!("{label}: {}", row.what));
                view! {
                    <PageForm form=form>
                        <input type="hidden" name="id" value=id/>
                        <input type="hidden" name="answer" value=word/>
                        <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                            <span aria-hidden="true">{label}</span>
                            <span class="sr-only">{words}</span>
                        </Button>
                    </PageForm>
                }
                .into_any()
            };
            let look = row.open.then(|| button("look", text::team::support::let_look()));
            let change =
                (row.open && row.wants_write).then(|| button("change", text::team::support::let_change()));
            let end = if row.open { text::team::refuse() } else { text::team::support::end() };
            let end = button("end", end);
            view! {
                <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
                    <div class="min-w-0">
                        <p class="wrap-anywhere">{row.what.clone()}</p>
                        <p class="text-sm text-muted wrap-anywhere">{row.note}</p>
                    </div>
                    <div class="flex flex-wrap gap-2">{look} {change} {end}</div>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ul class="mb-4 divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
}

fn answer(id: &str, invitation: bool, word: &'static str, label: &'static str, words: String) -> AnyView {
    let form = use_form_named::<AnswerWaiting>(format!("{id}-{word}"));
    let id = id.to_owned();
    view! {
        <PageForm form=form>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="invitation" value=invitation.to_string()/>
            <input type="hidden" name="answer" value=word/>
            <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                <span aria-hidden="true">{label}</span>
                <span class="sr-only">{words}</span>
            </Button>
        </PageForm>
    }
    .into_any()
}

fn invite(roles: Vec<TeamRole>, asks: bool) -> AnyView {
    let form = use_form::<InviteSomebody>();
    let note = if asks { text::team::invite_note_owners() } else { text::team::invite_note() };
    let options =
        roles.into_iter().map(|role| ChoiceOption::new(role.id, role.name).note(role.note)).collect();
    view! {
        <Section title=text::team::invite() id="invite">
            <p class="mb-4 text-muted">{note}</p>
            <PageForm form=form class="flex max-w-[40rem] flex-col gap-5">
                <Field
                    name="email"
                    label=text::team::email()
                    kind=FieldKind::Email
                    value=form.value("email")
                    error=form.error("email")
                    required=true
                />
                <CheckboxGroup
                    name="roles[]"
                    legend=text::team::invite_roles()
                    options=options
                    values=form.values("roles[]")
                    error=form.error("roles")
                />
                <div>
                    <Button pending=form.pending() pending_label=text::team::inviting()>
                        {text::team::invite_submit()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

fn own_roles(roles: Vec<TeamRole>, changes: bool) -> AnyView {
    let columns = vec![
        Column::title(text::team::role()),
        Column::new(text::team::carries()).role(ColumnRole::Priority),
        Column::new(text::team::holders()).role(ColumnRole::Priority),
    ];
    let rows = roles
        .into_iter()
        .map(|role| {
            let href = if role.own && changes {
                format!("/seller/settings/team/roles/{}", role.id)
            } else {
                String::new()
            };
            Row::new(href, vec![role.name.into_any(), role.carries.into_any(), role.holders.into_any()])
        })
        .collect();
    view! {
        <Section title=text::team::own_roles()>
            <p class="mb-4 text-muted">{text::team::own_roles_note()}</p>
            <DataTable caption=text::team::own_roles() columns=columns rows=rows/>
            {changes
                .then(|| {
                    view! {
                        <div class="mt-4">
                            <LinkButton href="/seller/settings/team/roles/new" kind=ButtonKind::Outline>
                                {text::team::new_role()}
                            </LinkButton>
                        </div>
                    }
                        .into_any()
                })}
        </Section>
    }
    .into_any()
}

fn shops_section(shops: Vec<Shop>) -> AnyView {
    let rows = shops
        .into_iter()
        .map(|shop| {
            let end = if shop.current {
                view! { <span class="text-sm text-muted">{text::team::shop_now()}</span> }.into_any()
            } else {
                let form = use_form_named::<WorkFor>(shop.id.clone());
                let words = text::team::choose_of(&shop.name);
                view! {
                    <PageForm form=form>
                        <input type="hidden" name="shop" value=shop.id/>
                        <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                            <span aria-hidden="true">{text::team::choose()}</span>
                            <span class="sr-only">{words}</span>
                        </Button>
                    </PageForm>
                }
                .into_any()
            };
            view! {
                <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
                    <p class="font-semibold wrap-anywhere">{shop.name}</p>
                    {end}
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <Section title=text::team::shops()>
            <p class="mb-4 text-muted">{text::team::shops_note()}</p>
            <ul class="divide-y divide-line border-y border-line">{rows}</ul>
        </Section>
    }
    .into_any()
}

/// The team of the seller one works for.
#[server]
pub async fn load_team() -> Result<Team, PageError> {
    use stoa_identity::access;
    use stoa_kernel::format::day;

    use super::{role_name, role_names, role_note};

    let ctx = stoa_ui::server::ctx()?;
    let seller = ctx.seller;
    let query = access::PeopleQuery { seller, limit: Some(100), ..Default::default() };
    let people = access::list_people(&ctx, &query).await?.items;
    let owner = |member: &stoa_identity_types::PersonView| {
        member.roles.iter().any(|role| role.built_in && role.name == "seller")
    };
    let me = ctx.user().ok();
    let asks = people.iter().any(|member| owner(member) && !member.suspended && Some(member.id) != me);
    let members = people.into_iter().map(|member| {
        let roles: Vec<String> =
            member.roles.iter().map(|role| role_name(&role.name, role.built_in)).collect();
        Member {
            id: member.id.to_string(),
            name: if Some(member.id) == me {
                format!("{} ({})", member.name, text::team::you())
            } else {
                member.name
            },
            email: member.email,
            roles: roles.join(", "),
            second_step: member.second_step,
            suspended: member.suspended,
        }
    });
    let changes = ctx.may(access::TEAM_WRITE);
    let mut waiting = Vec::new();
    for invitation in access::list_invitations(&ctx, seller).await?.items {
        let unsent = invitation.state == stoa_identity_types::InvitationState::AwaitingApproval;
        waiting.push(Waiting {
            id: invitation.id.to_string(),
            invitation: true,
            what: text::team::invitation(&invitation.email, role_names(&invitation.roles)),
            note: if unsent {
                text::team::invitation_waits(&invitation.invited_by)
            } else {
                text::team::invitation_by(&invitation.invited_by, day(invitation.expires_at))
            },
            yours: unsent && changes && !invitation.own,
            stops: changes,
            own: invitation.own,
        });
    }
    for request in access::list_requests(&ctx, seller).await?.items {
        use stoa_identity_types::RoleRequestKind::{Give, Ownership, Widen};
        let name = request.user_name.unwrap_or_default();
        let role = request.role.map(|role| role_names(&[role])).unwrap_or_default();
        waiting.push(Waiting {
            id: request.id.to_string(),
            invitation: false,
            what: match request.kind {
                Give => text::team::request_give(&name, &role),
                Widen => text::team::request_widen(&role, request.permissions.join(", ")),
                Ownership => text::team::request_ownership(&name),
            },
            note: text::team::request_by(&request.asked_by, day(request.expires_at)),
            yours: request.yours,
            stops: request.yours || request.own,
            own: request.own,
        });
    }
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let roles = access::list_roles(&ctx, seller).await?.items.into_iter().map(|role| TeamRole {
        id: role.id.to_string(),
        name: role_name(&role.name, role.built_in),
        note: role_note(&role.name, role.built_in),
        open: role.name != "seller" && role.permissions.iter().all(|name| ctx.permissions.contains(name)),
        own: !role.built_in,
        carries: text::team::permissions(count(role.permissions.len() as u64)),
        holders: text::team::held_by(count(role.holders)),
    });
    let shops = access::list_workplaces(&ctx).await?.items.into_iter().map(|place| Shop {
        id: place.seller.map(|seller| seller.to_string()).unwrap_or_default(),
        name: if place.name.is_empty() { text::team::platform().to_owned() } else { place.name },
        current: place.current,
    });
    let mut support = Vec::new();
    for asked in access::list_support(&ctx).await?.items {
        use text::team::support as word;
        let open = asked.state == stoa_identity_types::SupportState::Asked;
        let until = stoa_kernel::format::date_time(asked.expires_at);
        support.push(Asked {
            id: asked.id.to_string(),
            what: match (open, asked.wants_write, asked.write) {
                (true, false, _) => word::look(&asked.staff_name, asked.minutes),
                (true, true, _) => word::change(&asked.staff_name, asked.minutes),
                (false, _, false) => word::may_look(&asked.staff_name),
                (false, _, true) => word::may_change(&asked.staff_name),
            },
            note: if open { word::reason(&asked.reason) } else { word::reason_until(&asked.reason, &until) },
            open,
            wants_write: asked.wants_write,
        });
    }
    Ok(Team {
        support,
        members: members.collect(),
        waiting,
        roles: roles.collect(),
        shops: shops.collect(),
        changes,
        asks,
    })
}

/// Asks somebody into the team.
#[server]
pub async fn invite_somebody(
    #[server(default)] email: String,
    #[server(default)] roles: Vec<String>,
) -> Result<(), PageError> {
    use stoa_identity_types::{InvitationState, InviteMember};

    let ctx = stoa_ui::server::ctx()?;
    let ids = roles.iter().filter_map(|role| role.parse().ok()).collect();
    let asked =
        stoa_identity::access::invite(&ctx, &InviteMember { email, roles: ids, seller: ctx.seller }).await?;
    let said = match asked.state {
        InvitationState::AwaitingApproval => text::team::invited_waits(&asked.email),
        _ => text::team::invited(&asked.email),
    };
    stoa_ui::server::redirect_to("/seller/settings/team", said).await
}

/// Agrees to something that waits, or stops it.
#[server]
pub async fn answer_waiting(
    #[server(default)] id: String,
    #[server(default)] invitation: bool,
    #[server(default)] answer: String,
) -> Result<(), PageError> {
    use stoa_identity::access;

    let ctx = stoa_ui::server::ctx()?;
    let agree = answer == "agree";
    let said = match (invitation, agree) {
        (true, true) => {
            access::approve_invitation(&ctx, id.parse().map_err(|_| PageError::not_found())?).await?;
            text::team::agreed()
        }
        (true, false) => {
            access::withdraw_invitation(&ctx, id.parse().map_err(|_| PageError::not_found())?).await?;
            text::team::withdrawn()
        }
        (false, true) => {
            access::accept_request(&ctx, id.parse().map_err(|_| PageError::not_found())?).await?;
            text::team::agreed()
        }
        (false, false) => {
            access::refuse_request(&ctx, id.parse().map_err(|_| PageError::not_found())?).await?;
            text::team::refused()
        }
    };
    stoa_ui::server::redirect_to("/seller/settings/team", said).await
}

/// Answers what support asked, or ends what it was given.
#[server]
pub async fn answer_support(
    #[server(default)] id: String,
    #[server(default)] answer: String,
) -> Result<(), PageError> {
    use stoa_identity::access;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let said = if answer == "end" {
        access::end_support(&ctx, id).await?;
        text::team::support::ended()
    } else {
        access::consent_to_support(&ctx, id, answer == "change").await?;
        text::team::support::given()
    };
    stoa_ui::server::redirect_to("/seller/settings/team", said).await
}

/// Works for another of one's shops from now on.
#[server]
pub async fn work_for(#[server(default)] shop: String) -> Result<(), PageError> {
    use stoa_identity::access;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let seller = match shop.as_str() {
        "" => None,
        shop => Some(shop.parse().map_err(|_| PageError::not_found())?),
    };
    let places = access::list_workplaces(&ctx).await?.items;
    access::choose_workplace(&ctx, &session, &stoa_identity_types::ChooseWorkplace { seller }).await?;
    let name = places.into_iter().find(|place| place.seller == seller).map(|place| place.name);
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| text::team::platform().to_owned());
    let home = if seller.is_some() { "/seller" } else { "/admin" };
    stoa_ui::server::redirect_to(home, text::team::chosen(&name)).await
}
