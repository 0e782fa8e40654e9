//! One person: roles, where they are signed in, and locking them out.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Badge, Button, ButtonKind, Field, Link, PageError, PageForm, PageHeader, PageTitle, Section, Select,
    Stage, load, resource, select::SelectOption, use_form, use_form_named,
};

use crate::text;

/// A role the person holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub role: String,
    /// Empty for a role of the platform.
    pub seller: String,
    pub name: String,
    pub given: String,
}

/// Where the person is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub id: String,
    pub device: String,
    pub seen: String,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    pub id: String,
    pub name: String,
    pub email: String,
    pub suspended: bool,
    pub held: Vec<Held>,
    /// Roles one may give: id and name. Empty for whoever may give none.
    pub open: Vec<(String, String)>,
    pub sessions: Vec<SignedIn>,
    /// Whether the reader may end sessions and lock the person out.
    pub locks: bool,
    /// Whether the reader may take roles.
    pub takes: bool,
}

/// `/admin/settings/team/:id`
#[component]
pub fn PersonPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id")).unwrap_or_default();
    let person = resource(id, |id| LoadPerson { id });
    load(person, |person| {
        let PersonRecord { id, name, email, suspended, held, open, sessions, locks, takes } = person;
        let badge = suspended
            .then(|| view! { <Badge stage=Stage::Stopped label=text::team::suspended()/> }.into_any());
        let (held, sessions) = (roles(&id, held, takes), signed_in(&id, sessions, locks));
        let why = format!("/admin/settings/access?person={}", email.replace('+', "%2B"));
        let title = view! { <PageHeader title=name.clone() back_label=text::team::back() back_href="/admin/settings/team"/> };
        view! {
            <PageTitle text=name.clone()/>
            {title}
            <p class="mb-2 flex flex-wrap gap-x-3 text-muted wrap-anywhere">{email} {badge}</p>
            <p class="mb-4">
                <Link href=why>{text::team::why_link()}</Link>
            </p>
            <Section title=text::team::held()>{held}</Section>
            {(!open.is_empty()).then(|| add(&id, open))}
            <Section title=text::team::sessions()>{sessions}</Section>
            {locks.then(|| lock(&id, suspended))}
        }
    })
}

fn roles(user: &str, held: Vec<Held>, takes: bool) -> AnyView {
    if held.is_empty() {
        return view! { <p class="text-muted">{text::team::held_none()}</p> }.into_any();
    }
    let rows = held
        .into_iter()
        .map(|held| {
            let end = takes.then(|| {
                let form = use_form_named::<TakeRole>(format!("{}{}", held.role, held.seller));
                let words = text::team::take_of(&held.name);
                let (user, role, seller) = (user.to_owned(), held.role.clone(), held.seller.clone());
                view! {
                    <PageForm form=form>
                        <input type="hidden" name="user" value=user/>
                        <input type="hidden" name="role" value=role/>
                        <input type="hidden" name="seller" value=seller/>
                        <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                            <span aria-hidden="true">{text::team::take()}</span>
                            <span class="sr-only">{words}</span>
                        </Button>
                    </PageForm>
                }
                .into_any()
            });
            line(held.name, held.given, end)
        })
        .collect_view();
    view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
}

fn line(title: String, note: String, end: Option<AnyView>) -> AnyView {
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
            <div class="min-w-0">
                <p class="font-semibold wrap-anywhere">{title}</p>
                <p class="text-sm text-muted">{note}</p>
            </div>
            {end}
        </li>
    }
    .into_any()
}

fn add(user: &str, open: Vec<(String, String)>) -> AnyView {
    let user = user.to_owned();
    let form = use_form::<GiveRole>();
    let options = open.into_iter().map(|(id, name)| SelectOption::new(id, name)).collect::<Vec<_>>();
    view! {
        <Section title=text::team::add()>
            <PageForm form=form class="flex max-w-[40rem] flex-col gap-5">
                <input type="hidden" name="user" value=user/>
                <Select
                    name="role"
                    label=text::team::add_role()
                    options=options
                    value=form.value("role")
                    empty_label=text::team::add_choose()
                    error=form.error("role")
                    required=true
                />
                <Field
                    name="seller"
                    label=text::team::add_seller()
                    hint=text::team::add_seller_hint()
                    value=form.value("seller")
                    error=form.error("seller")
                    optional=true
                />
                <div>
                    <Button pending=form.pending() pending_label=text::team::saving()>
                        {text::team::add_submit()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

fn signed_in(user: &str, sessions: Vec<SignedIn>, locks: bool) -> AnyView {
    if sessions.is_empty() {
        return view! { <p class="text-muted">{text::team::sessions_none()}</p> }.into_any();
    }
    let rows = sessions
        .into_iter()
        .map(|session| {
            let end = locks.then(|| {
                let form = use_form_named::<EndSession>(session.id.clone());
                let words = text::team::sign_out_of(&session.device);
                let (user, id) = (user.to_owned(), session.id.clone());
                view! {
                    <PageForm form=form>
                        <input type="hidden" name="user" value=user/>
                        <input type="hidden" name="session" value=id/>
                        <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                            <span aria-hidden="true">{text::team::sign_out()}</span>
                            <span class="sr-only">{words}</span>
                        </Button>
                    </PageForm>
                }
                .into_any()
            });
            line(session.device, session.seen, end)
        })
        .collect_view();
    view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
}

fn lock(user: &str, suspended: bool) -> AnyView {
    let user = user.to_owned();
    if suspended {
        let form = use_form::<LetIn>();
        return view! {
            <Section title=text::team::unlock()>
                <p class="mb-4 text-muted">{text::team::unlock_note()}</p>
                <PageForm form=form>
                    <input type="hidden" name="user" value=user/>
                    <Button kind=ButtonKind::Outline pending=form.pending() pending_label=text::team::saving()>
                        {text::team::unlock()}
                    </Button>
                </PageForm>
            </Section>
        }
        .into_any();
    }
    let form = use_form::<LockOut>();
    view! {
        <Section title=text::team::lock()>
            <p class="mb-4 text-muted">{text::team::lock_note()}</p>
            <PageForm form=form class="flex max-w-[40rem] flex-col gap-5">
                <input type="hidden" name="user" value=user/>
                <Field
                    name="reason"
                    label=text::team::lock_reason()
                    hint=text::team::lock_reason_hint()
                    value=form.value("reason")
                    error=form.error("reason")
                    optional=true
                />
                <div>
                    <Button kind=ButtonKind::Danger pending=form.pending() pending_label=text::team::saving()>
                        {text::team::lock()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

/// Somebody with everything access knows of them.
#[server]
pub async fn load_person(id: String) -> Result<PersonRecord, PageError> {
    use stoa_identity::{access, auth};
    use stoa_kernel::format::day;

    use super::{held_names, role_name};

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let person = access::get_person(&ctx, id).await?;
    let names = held_names(&ctx, &person.roles).await?;
    let held = person.roles.into_iter().zip(names).map(|(held, name)| Held {
        role: held.role.to_string(),
        seller: held.seller.map(|seller| seller.to_string()).unwrap_or_default(),
        name,
        given: match held.given_by_name {
            Some(name) => text::team::given_by(&name, day(held.given_at)),
            None => text::team::given(day(held.given_at)),
        },
    });
    let held = held.collect();
    let takes = ctx.may(auth::ROLES_WRITE);
    let mut open = Vec::new();
    if takes {
        for role in access::list_roles(&ctx, None).await?.items {
            if role.permissions.iter().all(|name| ctx.permissions.contains(name)) {
                open.push((role.id.to_string(), role_name(&role.name, role.built_in)));
            }
        }
    }
    let sessions = access::list_sessions(&ctx, id).await?.items.into_iter().map(|session| {
        let seen = day(session.last_seen_at);
        SignedIn {
            id: session.id.to_string(),
            device: session.user_agent.unwrap_or_else(|| text::team::session_unknown().to_owned()),
            seen: match session.address {
                Some(address) => text::team::session_seen_from(&seen, &address),
                None => text::team::session_seen(&seen),
            },
        }
    });
    Ok(PersonRecord {
        id: person.id.to_string(),
        name: person.name,
        email: person.email,
        suspended: person.suspended,
        held,
        open,
        sessions: sessions.collect(),
        locks: ctx.may(auth::USERS_WRITE) && ctx.user().ok() != Some(id),
        takes,
    })
}

#[cfg(feature = "ssr")]
fn page(user: &str) -> String {
    format!("/admin/settings/team/{user}")
}

/// Gives a role.
#[server]
pub async fn give_role(
    #[server(default)] user: String,
    #[server(default)] role: String,
    #[server(default)] seller: String,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = user.parse().map_err(|_| PageError::not_found())?;
    let Ok(role) = role.parse() else {
        return Err(PageError::field("role", "kernel.invalid", text::team::add_missing()));
    };
    // Before the look, so that who may nothing learns nothing.
    ctx.require(stoa_identity::auth::ROLES_WRITE)?;
    let Some(seller) = super::seller_of(&ctx, &seller).await? else {
        return Err(PageError::field("seller", "kernel.invalid", text::team::add_seller_unknown()));
    };
    stoa_identity::access::give_role(&ctx, id, &stoa_identity_types::GiveRole { role, seller }).await?;
    stoa_ui::server::redirect_to(&page(&user), text::team::added()).await
}

/// Takes a role.
#[server]
pub async fn take_role(
    #[server(default)] user: String,
    #[server(default)] role: String,
    #[server(default)] seller: String,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = user.parse().map_err(|_| PageError::not_found())?;
    let role = role.parse().map_err(|_| PageError::not_found())?;
    let seller = match seller.as_str() {
        "" => None,
        seller => Some(seller.parse().map_err(|_| PageError::not_found())?),
    };
    stoa_identity::access::take_role(&ctx, id, role, seller).await?;
    stoa_ui::server::redirect_to(&page(&user), text::team::taken()).await
}

/// Ends one of somebody's sessions.
#[server]
pub async fn end_session(
    #[server(default)] user: String,
    #[server(default)] session: String,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = user.parse().map_err(|_| PageError::not_found())?;
    let session = session.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::access::revoke_session(&ctx, id, session).await?;
    stoa_ui::server::redirect_to(&page(&user), text::team::signed_out()).await
}

/// Locks somebody out.
#[server]
pub async fn lock_out(
    #[server(default)] user: String,
    #[server(default)] reason: String,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = user.parse().map_err(|_| PageError::not_found())?;
    let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    stoa_identity::access::suspend(&ctx, id, reason).await?;
    stoa_ui::server::redirect_to(&page(&user), text::team::locked()).await
}

/// Lets somebody in again.
#[server]
pub async fn let_in(#[server(default)] user: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = user.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::access::reinstate(&ctx, id).await?;
    stoa_ui::server::redirect_to(&page(&user), text::team::unlocked()).await
}
