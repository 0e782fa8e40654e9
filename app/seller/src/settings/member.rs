//! One person of the team.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, PageError, PageForm, PageHeader, PageTitle, Section, Select, load, resource,
    select::SelectOption, use_form, use_form_named,
};

use crate::text;

/// A role the person holds here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub role: String,
    pub name: String,
    /// Who gave it when.
    pub given: String,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    pub id: String,
    pub name: String,
    pub email: String,
    pub held: Vec<Held>,
    /// Roles they could get: id and name.
    pub open: Vec<(String, String)>,
    /// The reader themselves.
    pub own: bool,
    /// Whether the reader may change the team.
    pub changes: bool,
    /// Whether the reader owns the shop, and so may pass it on to them.
    pub passes: bool,
}

/// `/seller/settings/team/:id`
#[component]
pub fn MemberPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id")).unwrap_or_default();
    let member = resource(id, |id| LoadMember { id });
    load(member, |member| {
        let MemberView { id, name, email, held, open, own, changes, passes } = member;
        let leaving = own || changes;
        let rows = held.into_iter().map(|held| row(&id, held, leaving)).collect_view();
        view! {
            <PageTitle text=name.clone()/>
            <PageHeader title=name.clone() back_label=text::team::back() back_href="/seller/settings/team"/>
            <p class="mb-4 text-muted wrap-anywhere">{email}</p>
            <Section title=text::team::member_roles()>
                <ul class="divide-y divide-line border-y border-line">
                    {rows}
                </ul>
            </Section>
            {(changes && !open.is_empty()).then(|| add(&id, open))}
            {(passes && !own).then(|| pass(&id, &name))}
            {leaving.then(|| remove(&id, own))}
        }
    })
}

fn row(user: &str, held: Held, leaving: bool) -> AnyView {
    let user = user.to_owned();
    let Held { role, name, given } = held;
    let end = leaving.then(|| {
        let form = use_form_named::<TakeMemberRole>(role.clone());
        let words = text::team::take_of(&name);
        view! {
            <PageForm form=form>
                <input type="hidden" name="user" value=user/>
                <input type="hidden" name="role" value=role/>
                <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                    <span aria-hidden="true">{text::team::take()}</span>
                    <span class="sr-only">{words}</span>
                </Button>
            </PageForm>
        }
        .into_any()
    });
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
            <div class="min-w-0">
                <p class="font-semibold wrap-anywhere">{name}</p>
                <p class="text-sm text-muted">{given}</p>
            </div>
            {end}
        </li>
    }
    .into_any()
}

fn add(user: &str, open: Vec<(String, String)>) -> AnyView {
    let user = user.to_owned();
    let form = use_form::<GiveMemberRole>();
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

fn pass(user: &str, name: &str) -> AnyView {
    let (user, note) = (user.to_owned(), text::team::ownership_note(name));
    let form = use_form::<OfferShop>();
    view! {
        <Section title=text::team::ownership()>
            <p class="mb-4 text-muted">{note}</p>
            <PageForm form=form>
                <input type="hidden" name="user" value=user/>
                <Button kind=ButtonKind::Outline pending=form.pending() pending_label=text::team::saving()>
                    {text::team::ownership_submit()}
                </Button>
            </PageForm>
        </Section>
    }
    .into_any()
}

fn remove(user: &str, own: bool) -> AnyView {
    let user = user.to_owned();
    let form = use_form::<RemoveMember>();
    let (title, note) = if own {
        (text::team::leave(), text::team::leave_note())
    } else {
        (text::team::remove(), text::team::remove_note())
    };
    view! {
        <Section title=title>
            <p class="mb-4 text-muted">{note}</p>
            <PageForm form=form>
                <input type="hidden" name="user" value=user/>
                <Button kind=ButtonKind::Danger pending=form.pending() pending_label=text::team::saving()>
                    {title}
                </Button>
            </PageForm>
        </Section>
    }
    .into_any()
}

/// Somebody of the team; 404 for everybody else.
#[server]
pub async fn load_member(id: String) -> Result<MemberView, PageError> {
    use stoa_identity::access;
    use stoa_kernel::format::day;

    use super::role_name;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let person = access::get_person(&ctx, id).await?;
    let me = ctx.user().ok();
    let mut passes = false;
    if let Some(me) = me {
        let own = access::held_roles(&ctx, me).await?.items;
        passes = own.iter().any(|held| held.built_in && held.name == "seller");
    }
    let roles = access::list_roles(&ctx, ctx.seller).await?.items;
    let open = roles
        .into_iter()
        .filter(|role| person.roles.iter().all(|held| held.role != role.id))
        .filter(|role| role.permissions.iter().all(|name| ctx.permissions.contains(name)))
        .map(|role| (role.id.to_string(), role_name(&role.name, role.built_in)))
        .collect();
    let held = person.roles.into_iter().map(|held| Held {
        role: held.role.to_string(),
        name: role_name(&held.name, held.built_in),
        given: match held.given_by_name {
            Some(name) => text::team::given_by(&name, day(held.given_at)),
            None => text::team::given(day(held.given_at)),
        },
    });
    Ok(MemberView {
        own: me == Some(person.id),
        id: person.id.to_string(),
        name: person.name,
        email: person.email,
        held: held.collect(),
        open,
        changes: ctx.may(access::TEAM_WRITE),
        passes,
    })
}

/// Gives a role.
#[server]
pub async fn give_member_role(
    #[server(default)] user: String,
    #[server(default)] role: String,
) -> Result<(), PageError> {
    use stoa_identity_types::{GiveRole, Outcome};

    let ctx = stoa_ui::server::ctx()?;
    let id = user.parse().map_err(|_| PageError::not_found())?;
    let Ok(role) = role.parse() else {
        return Err(PageError::field("role", "kernel.invalid", text::team::add_missing()));
    };
    let given = stoa_identity::access::give_role(&ctx, id, &GiveRole { role, seller: ctx.seller }).await?;
    let said = match given.outcome {
        Outcome::Done => text::team::added(),
        Outcome::AwaitingApproval => text::team::added_waits(),
    };
    stoa_ui::server::redirect_to(&format!("/seller/settings/team/{user}"), said).await
}

/// Takes a role.
#[server]
pub async fn take_member_role(
    #[server(default)] user: String,
    #[server(default)] role: String,
) -> Result<(), PageError> {
    use stoa_identity::access;

    let ctx = stoa_ui::server::ctx()?;
    let id = user.parse().map_err(|_| PageError::not_found())?;
    let role = role.parse().map_err(|_| PageError::not_found())?;
    access::take_role(&ctx, id, role, ctx.seller).await?;
    // Whoever has no role left is no member any more and has no page.
    let there = access::get_person(&ctx, id).await.is_ok();
    let page =
        if there { format!("/seller/settings/team/{user}") } else { "/seller/settings/team".to_owned() };
    stoa_ui::server::redirect_to(&page, text::team::taken()).await
}

/// Offers the shop.
#[server]
pub async fn offer_shop(#[server(default)] user: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let user = user.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::access::offer_ownership(&ctx, &stoa_identity_types::OfferOwnership { user }).await?;
    stoa_ui::server::redirect_to("/seller/settings/team", text::team::offered()).await
}

/// Removes somebody, or oneself.
#[server]
pub async fn remove_member(#[server(default)] user: String) -> Result<(), PageError> {
    use stoa_identity::access;

    let ctx = stoa_ui::server::ctx()?;
    let id = user.parse().map_err(|_| PageError::not_found())?;
    if ctx.user()? == id {
        access::remove_member(&ctx, id, ctx.seller).await?;
        return stoa_ui::server::redirect_to("/", text::team::left()).await;
    }
    let name = access::get_person(&ctx, id).await?.name;
    access::remove_member(&ctx, id, ctx.seller).await?;
    stoa_ui::server::redirect_to("/seller/settings/team", text::team::removed(&name)).await
}
