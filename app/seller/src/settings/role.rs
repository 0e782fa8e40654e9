//! A role of the shop's own.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, CheckboxGroup, Field, PageError, PageForm, PageHeader, PageTitle, Section,
    choice::ChoiceOption, load, resource, use_form,
};

use crate::text;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleForm {
    /// Empty for a new role.
    pub id: String,
    pub name: String,
    pub version: i64,
    pub held: u64,
    pub chosen: Vec<String>,
    /// Permissions to choose from: name and what it lets one do.
    pub open: Vec<(String, String)>,
}

/// `/seller/settings/team/roles/new`
#[component]
pub fn NewRolePage() -> impl IntoView {
    page(String::new())
}

/// `/seller/settings/team/roles/:id`
#[component]
pub fn RolePage() -> impl IntoView {
    page(use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default())
}

fn page(id: String) -> AnyView {
    let role = resource(move || id.clone(), |id| LoadTeamRole { id });
    load(role, show)
}

fn show(role: RoleForm) -> AnyView {
    let form = use_form::<SaveTeamRole>();
    let title = if role.id.is_empty() { text::team::role_new_title().to_owned() } else { role.name.clone() };
    let options = role
        .open
        .into_iter()
        .map(|(name, words)| ChoiceOption::new(name.clone(), words).note(name))
        .collect();
    let chosen = if form.was_sent() { form.values("permissions[]") } else { role.chosen };
    let deletes = (!role.id.is_empty() && role.held == 0).then(|| delete(&role.id));
    view! {
        <PageTitle text=title.clone()/>
        <PageHeader title=title back_label=text::team::back() back_href="/seller/settings/team"/>
        <PageForm form=form class="flex max-w-[40rem] flex-col gap-5 py-4">
            <input type="hidden" name="role" value=role.id/>
            <input type="hidden" name="version" value=role.version.to_string()/>
            <Field
                name="name"
                label=text::team::role_name()
                value=form.value_or("name", role.name)
                error=form.error("name")
                required=true
            />
            <CheckboxGroup
                name="permissions[]"
                legend=text::team::role_permissions()
                options=options
                values=chosen
                error=form.error("permissions")
            />
            <div>
                <Button pending=form.pending() pending_label=text::team::saving()>
                    {text::team::role_save()}
                </Button>
            </div>
        </PageForm>
        {deletes}
    }
    .into_any()
}

fn delete(id: &str) -> AnyView {
    let id = id.to_owned();
    let form = use_form::<DeleteTeamRole>();
    view! {
        <Section title=text::team::role_delete()>
            <p class="mb-4 text-muted">{text::team::role_delete_note()}</p>
            <PageForm form=form>
                <input type="hidden" name="role" value=id/>
                <Button kind=ButtonKind::Danger pending=form.pending() pending_label=text::team::saving()>
                    {text::team::role_delete()}
                </Button>
            </PageForm>
        </Section>
    }
    .into_any()
}

/// A role to change, or an empty one.
#[server]
pub async fn load_team_role(id: String) -> Result<RoleForm, PageError> {
    use stoa_identity::{access, oauth};

    let ctx = stoa_ui::server::ctx()?;
    let roles = access::list_roles(&ctx, ctx.seller).await?;
    let role = roles.items.into_iter().find(|role| role.id.to_string() == id && !role.built_in);
    if role.is_none() && !id.is_empty() {
        return Err(PageError::not_found());
    }
    let chosen = role.as_ref().map(|role| role.permissions.clone()).unwrap_or_default();
    // What it carries already may stay, whoever edits it.
    let names: std::collections::BTreeSet<String> =
        roles.permissions.into_iter().chain(chosen.iter().cloned()).collect();
    Ok(RoleForm {
        id,
        name: role.as_ref().map(|role| role.name.clone()).unwrap_or_default(),
        version: role.as_ref().map_or(0, |role| role.version),
        held: role.map_or(0, |role| role.holders),
        chosen,
        open: names.into_iter().map(|name| (name.clone(), oauth::scopes::words(&name))).collect(),
    })
}

/// Makes or changes a role.
#[server]
pub async fn save_team_role(
    #[server(default)] role: String,
    #[server(default)] version: i64,
    #[server(default)] name: String,
    #[server(default)] permissions: Vec<String>,
) -> Result<(), PageError> {
    use stoa_identity::access;
    use stoa_identity_types::{CreateRole, Outcome, UpdateRole};

    let ctx = stoa_ui::server::ctx()?;
    let mut outcome = Outcome::Done;
    if role.is_empty() {
        access::create_role(&ctx, CreateRole { name, seller: ctx.seller, permissions }).await?;
    } else {
        let id = role.parse().map_err(|_| PageError::not_found())?;
        let change = UpdateRole { name: Some(name), permissions: Some(permissions) };
        outcome = access::update_role(&ctx, id, change, version).await?.outcome;
    }
    let said = match outcome {
        Outcome::Done => text::team::role_saved(),
        Outcome::AwaitingApproval => text::team::role_waits(),
    };
    stoa_ui::server::redirect_to("/seller/settings/team", said).await
}

/// Deletes a role that nobody holds.
#[server]
pub async fn delete_team_role(#[server(default)] role: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = role.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::access::delete_role(&ctx, id).await?;
    stoa_ui::server::redirect_to("/seller/settings/team", text::team::role_deleted()).await
}
