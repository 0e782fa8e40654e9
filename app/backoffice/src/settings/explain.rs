//! Why somebody may do something, and who may.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Badge, Banner, Button, ButtonKind, Field, Link, PageError, PageHeader, PageTitle, Section, Select, Stage,
    Tone, load, resource, select::SelectOption,
};

use crate::text;

const PATH: &str = "/admin/settings/access";

/// One person's answer, ready to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub id: String,
    pub name: String,
    pub email: String,
    pub allowed: bool,
    pub lines: Vec<String>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Every permission: name and what it lets one do.
    pub permissions: Vec<(String, String)>,
    /// Why nothing can be explained, where something typed means nothing.
    pub problem: String,
    /// What it lets one do; empty while nothing was asked.
    pub words: String,
    pub carried_by: String,
    pub people: Vec<Answer>,
}

/// `/admin/settings/access?permission=&person=&seller=`
#[component]
pub fn ExplainPage() -> impl IntoView {
    let query = use_query_map();
    let get = move |name: &'static str| query.with(|query| query.get(name)).unwrap_or_default();
    let asked = move || (get("permission"), get("person"), get("seller"));
    let found = resource(asked, |(permission, person, seller)| ExplainAccess { permission, person, seller });
    view! {
        <PageTitle text=text::roles::why::title().to_owned()/>
        <PageHeader title=text::roles::why::title() back_label=text::roles::back() back_href="/admin/settings/roles"/>
        {load(found, move |found| show(found, asked()))}
    }
}

fn show(found: Explained, (permission, person, seller): (String, String, String)) -> AnyView {
    let Explained { permissions, problem, words, carried_by, people } = found;
    let options = permissions
        .into_iter()
        .map(|(name, words)| SelectOption::new(name.clone(), format!("{words} ({name})")))
        .collect::<Vec<_>>();
    let answer = if !problem.is_empty() {
        view! { <Banner tone=Tone::Warn title=problem/> }.into_any()
    } else if words.is_empty() {
        view! { <p class="text-muted">{text::roles::why::intro()}</p> }.into_any()
    } else {
        view! {
            <Section title=words>
                <p class="mb-4 text-muted">{carried_by}</p>
                {answers(people)}
            </Section>
        }
        .into_any()
    };
    view! {
        <form
            action=PATH
            method="get"
            aria-label=text::roles::why::filters()
            class="mb-4 flex max-w-[40rem] flex-col gap-5"
        >
            <Select
                name="permission"
                label=text::roles::why::permission()
                options=options
                value=permission
                empty_label=text::roles::why::choose()
            />
            <Field
                name="person"
                label=text::roles::why::person()
                hint=text::roles::why::person_hint()
                value=person
                optional=true
            />
            <Field
                name="seller"
                label=text::roles::why::seller()
                hint=text::roles::why::seller_hint()
                value=seller
                optional=true
            />
            <div>
                <Button kind=ButtonKind::Outline>{text::roles::why::ask()}</Button>
            </div>
        </form>
        {answer}
    }
    .into_any()
}

fn answers(people: Vec<Answer>) -> AnyView {
    if people.is_empty() {
        return view! { <p>{text::roles::why::nobody()}</p> }.into_any();
    }
    let rows = people
        .into_iter()
        .map(|person| {
            let (stage, label) = if person.allowed {
                (Stage::Done, text::roles::why::allowed())
            } else {
                (Stage::Stopped, text::roles::why::refused())
            };
            let href = format!("/admin/settings/team/{}", person.id);
            let lines = person
                .lines
                .into_iter()
                .map(|line| view! { <li class="text-sm">{line}</li> }.into_any())
                .collect_view();
            view! {
                <li class="py-3">
                    <p class="flex flex-wrap items-center gap-x-3">
                        <Link href=href>{person.name}</Link>
                        <span class="text-sm text-muted wrap-anywhere">{person.email}</span>
                        <Badge stage=stage label=label/>
                    </p>
                    <ul class="mt-1">{lines}</ul>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any()
}

/// Through which roles somebody may do something, or everybody who may.
#[server]
pub async fn explain_access(
    permission: String,
    person: String,
    seller: String,
) -> Result<Explained, PageError> {
    use stoa_identity::{access, auth, oauth::scopes};
    use stoa_identity_types::WhyNot;
    use stoa_kernel::format::day;
    use text::roles::why;

    use super::{held_names, role_names};

    let ctx = stoa_ui::server::ctx()?;
    ctx.require(auth::USERS_READ)?;
    let mut names: Vec<&str> = auth::roles::registry(&ctx.app).map(|known| known.0).collect();
    names.sort_unstable();
    let known = names.contains(&permission.trim());
    let mut page = Explained {
        permissions: names.into_iter().map(|name| (name.to_owned(), scopes::words(name))).collect(),
        problem: String::new(),
        words: String::new(),
        carried_by: String::new(),
        people: Vec::new(),
    };
    if !known {
        return Ok(page);
    }
    let Some(seller) = super::seller_of(&ctx, &seller).await? else {
        page.problem = why::seller_unknown().to_owned();
        return Ok(page);
    };
    let user = match person.trim() {
        "" => None,
        email => match access::person_of(&ctx, email).await? {
            Some(user) => Some(user),
            None => {
                page.problem = why::person_unknown().to_owned();
                return Ok(page);
            }
        },
    };
    let found = access::explain(&ctx, &permission, user, seller).await?;
    page.words = scopes::words(&found.permission);
    page.carried_by = if found.roles.is_empty() {
        why::carried_by_none().to_owned()
    } else {
        why::carried_by(role_names(&found.roles))
    };
    for person in found.people {
        let through = held_names(&ctx, &person.through).await?;
        let without = held_names(&ctx, &person.without).await?;
        let mut lines: Vec<String> = person
            .through
            .iter()
            .zip(through)
            .map(|(held, role)| match &held.given_by_name {
                Some(name) => why::through(&role, name, day(held.given_at)),
                None => why::through_other(&role, day(held.given_at)),
            })
            .collect();
        match person.why_not {
            Some(WhyNot::Suspended) => lines.push(why::suspended().to_owned()),
            Some(WhyNot::NoRole) => lines.push(why::no_role().to_owned()),
            Some(WhyNot::RolesWithout) => lines.extend(without.iter().map(why::without)),
            None => {}
        }
        page.people.push(Answer {
            id: person.user.to_string(),
            name: person.name,
            email: person.email,
            allowed: person.allowed,
            lines,
        });
    }
    Ok(page)
}
