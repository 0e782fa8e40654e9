//! People who can sign in, and invitations to the platform's team.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Badge, Button, ButtonKind, CheckboxGroup, Column, ColumnRole, CursorPages, DataTable, Empty, EmptyKind,
    Field, FieldKind, Link, PageError, PageForm, PageHeader, PageTitle, Row, Section, Select, Stage,
    choice::ChoiceOption, load, resource, select::SelectOption, use_form, use_form_named,
};

use crate::text;

const PATH: &str = "/admin/settings/team";
/// The filter that shows shoppers and sellers' people too.
const EVERYBODY: &str = "all";

/// Somebody in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPerson {
    pub id: String,
    pub name: String,
    pub email: String,
    pub roles: String,
    pub second_step: bool,
    pub suspended: bool,
    pub since: String,
}

/// An invitation that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedInvitation {
    pub id: String,
    pub email: String,
    pub what: String,
    pub note: String,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    pub people: Vec<ListedPerson>,
    pub next: Option<String>,
    pub prev: Option<String>,
    pub invitations: Vec<ListedInvitation>,
    /// Roles one may invite to: id and name.
    pub open: Vec<(String, String)>,
}

/// `/admin/settings/team?q=&who=&after=`
#[component]
pub fn PeoplePage() -> impl IntoView {
    let query = use_query_map();
    let get = move |name: &'static str| query.with(|query| query.get(name)).unwrap_or_default();
    let asked = move || (get("q"), get("who"), get("after"));
    let people = resource(asked, |(q, who, after)| LoadPeople { q, who, after });
    view! {
        <PageTitle text=text::team::title().to_owned()/>
        <PageHeader title=text::team::title()/>
        {move || filters(get("q"), get("who"))}
        {load(people, move |found| show(found, &get("q"), &get("who")))}
    }
}

fn filters(q: String, who: String) -> AnyView {
    let any = !q.is_empty() || !who.is_empty();
    let options = vec![
        SelectOption::new("", text::team::staff()),
        SelectOption::new(EVERYBODY, text::team::everybody()),
    ];
    view! {
        <form
            action=PATH
            method="get"
            aria-label=text::team::filters()
            class="mb-4 flex flex-wrap items-end gap-3"
        >
            <Field name="q" label=text::team::search() value=q class="w-full sm:w-64"/>
            <Select name="who" label=text::team::who() options=options value=who class="flex-1 sm:flex-none"/>
            <div class="flex items-center gap-3">
                <Button kind=ButtonKind::Outline>{text::team::apply()}</Button>
                {any.then(|| view! { <Link href=PATH>{text::team::clear()}</Link> })}
            </div>
        </form>
    }
    .into_any()
}

fn show(found: People, q: &str, who: &str) -> AnyView {
    let People { people, next, prev, invitations, open } = found;
    view! {
        {table(people, next, prev, q, who)}
        {(!invitations.is_empty()).then(|| waiting(invitations))}
        {(!open.is_empty()).then(|| invite(open))}
    }
    .into_any()
}

fn table(
    people: Vec<ListedPerson>,
    next: Option<String>,
    prev: Option<String>,
    q: &str,
    who: &str,
) -> AnyView {
    if people.is_empty() {
        return view! {
            <Empty
                kind=EmptyKind::NoMatch
                title=text::team::none()
                text=text::team::none_body()
                action_label=text::team::everybody()
                action_href="/admin/settings/team?who=all"
            />
        }
        .into_any();
    }
    let columns = vec![
        Column::title(text::team::name()),
        Column::new(text::team::email()).role(ColumnRole::Priority),
        Column::new(text::team::roles()).role(ColumnRole::Priority),
        Column::new(text::team::second_step()),
        Column::new(text::team::since()),
    ];
    let href = |cursor: Option<String>| {
        cursor.map(|after| {
            let mut query = ParamsMap::new();
            for (name, value) in [("q", q), ("who", who), ("after", &after)] {
                if !value.is_empty() {
                    query.insert(name, value.to_owned());
                }
            }
            format!("{PATH}{}", query.to_query_string())
        })
    };
    let summary = text::team::shown(i64::try_from(people.len()).unwrap_or_default());
    let (next, prev) = (href(next).unwrap_or_default(), href(prev).unwrap_or_default());
    let rows = people
        .into_iter()
        .map(|person| {
            let locked = person.suspended.then(|| {
                view! { " " <Badge stage=Stage::Stopped label=text::team::suspended()/> }.into_any()
            });
            let step =
                if person.second_step { text::team::second_step_on() } else { text::team::second_step_off() };
            Row::new(
                format!("{PATH}/{}", person.id),
                vec![
                    view! { {person.name} {locked} }.into_any(),
                    person.email.into_any(),
                    person.roles.into_any(),
                    step.into_any(),
                    person.since.into_any(),
                ],
            )
        })
        .collect();
    view! {
        <DataTable caption=text::team::caption() columns=columns rows=rows/>
        <CursorPages summary=summary prev_href=prev next_href=next/>
    }
    .into_any()
}

fn waiting(invitations: Vec<ListedInvitation>) -> AnyView {
    let rows = invitations
        .into_iter()
        .map(|row| {
            let form = use_form_named::<WithdrawInvitation>(row.id.clone());
            let words = text::team::withdraw_of(&row.email);
            view! {
                <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
                    <div class="min-w-0">
                        <p class="wrap-anywhere">{row.what}</p>
                        <p class="text-sm text-muted">{row.note}</p>
                    </div>
                    <PageForm form=form>
                        <input type="hidden" name="invitation" value=row.id/>
                        <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                            <span aria-hidden="true">{text::team::withdraw()}</span>
                            <span class="sr-only">{words}</span>
                        </Button>
                    </PageForm>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <Section title=text::team::waiting()>
            <ul class="divide-y divide-line border-y border-line">{rows}</ul>
        </Section>
    }
    .into_any()
}

fn invite(open: Vec<(String, String)>) -> AnyView {
    let form = use_form::<InviteStaff>();
    let options = open.into_iter().map(|(id, name)| ChoiceOption::new(id, name)).collect();
    view! {
        <Section title=text::team::invite() id="invite">
            <p class="mb-4 text-muted">{text::team::invite_note()}</p>
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

/// People, and who is invited to the platform's team.
#[server]
pub async fn load_people(q: String, who: String, after: String) -> Result<People, PageError> {
    use stoa_identity::access;
    use stoa_kernel::format::day;

    use super::{held_names, role_name, role_names};

    let ctx = stoa_ui::server::ctx()?;
    let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let query = access::PeopleQuery {
        q: given(q),
        staff: who != EVERYBODY,
        after: given(after),
        ..Default::default()
    };
    let page = access::list_people(&ctx, &query).await?;
    let mut people = Vec::new();
    for person in page.items {
        people.push(ListedPerson {
            id: person.id.to_string(),
            name: person.name,
            email: person.email,
            roles: held_names(&ctx, &person.roles).await?.join(", "),
            second_step: person.second_step,
            suspended: person.suspended,
            since: stoa_kernel::format::date(person.created_at),
        });
    }
    let invitations =
        access::list_invitations(&ctx, None).await?.items.into_iter().map(|row| ListedInvitation {
            id: row.id.to_string(),
            what: text::team::invitation(&row.email, role_names(&row.roles)),
            note: text::team::invitation_by(&row.invited_by, day(row.expires_at)),
            email: row.email,
        });
    let open = if ctx.may(stoa_identity::auth::ROLES_WRITE) {
        let roles = access::list_roles(&ctx, None).await?.items.into_iter();
        roles
            .filter(|role| role.scope == stoa_identity_types::RoleScope::Platform && role.name != "shopper")
            .filter(|role| role.permissions.iter().all(|name| ctx.permissions.contains(name)))
            .map(|role| (role.id.to_string(), role_name(&role.name, role.built_in)))
            .collect()
    } else {
        Vec::new()
    };
    Ok(People { people, next: page.next, prev: page.prev, invitations: invitations.collect(), open })
}

/// Asks somebody into the platform's team.
#[server]
pub async fn invite_staff(
    #[server(default)] email: String,
    #[server(default)] roles: Vec<String>,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let roles = roles.iter().filter_map(|role| role.parse().ok()).collect();
    let input = stoa_identity_types::InviteMember { email, roles, seller: None };
    let asked = stoa_identity::access::invite(&ctx, &input).await?;
    stoa_ui::server::redirect_to(PATH, text::team::invited(&asked.email)).await
}

/// Takes an invitation back.
#[server]
pub async fn withdraw_invitation(#[server(default)] invitation: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = invitation.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::access::withdraw_invitation(&ctx, id).await?;
    stoa_ui::server::redirect_to(PATH, text::team::withdrawn()).await
}
