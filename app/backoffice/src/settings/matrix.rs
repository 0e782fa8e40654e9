//! Which role carries which permission.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    ButtonKind, Link, LinkButton, PageError, PageHeader, PageTitle,
    icons::{self, Icon},
    load, resource,
};

use crate::text;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRole {
    pub id: String,
    pub name: String,
    pub holders: String,
    /// Whether the reader may change it.
    pub changes: bool,
}

/// A permission, and whether each role carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRow {
    pub name: String,
    pub words: String,
    pub carried: Vec<bool>,
}

/// The permissions of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixGroup {
    pub service: String,
    pub rows: Vec<MatrixRow>,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    pub roles: Vec<MatrixRole>,
    pub groups: Vec<MatrixGroup>,
    pub changes: bool,
}

/// `/admin/settings/roles`
#[component]
pub fn RolesPage() -> impl IntoView {
    let matrix = resource(|| (), |()| LoadMatrix {});
    load(matrix, |matrix| {
        let new = matrix.changes.then(|| {
            view! { <LinkButton href="/admin/settings/roles/new">{text::roles::new()}</LinkButton> }
                .into_any()
        });
        view! {
            <PageTitle text=text::roles::title().to_owned()/>
            <PageHeader title=text::roles::title()>
                <LinkButton href="/admin/settings/access" kind=ButtonKind::Outline>
                    {text::roles::explain()}
                </LinkButton>
                {new}
            </PageHeader>
            <p class="mb-4 max-w-[66ch] text-muted">{text::roles::note()}</p>
            {table(matrix)}
        }
    })
}

fn table(matrix: Matrix) -> AnyView {
    let Matrix { roles, groups, .. } = matrix;
    let names: Vec<String> = roles.iter().map(|role| role.name.clone()).collect();
    let columns = names.len() + 1;
    let heads = roles
        .into_iter()
        .map(|role| {
            let name = if role.changes {
                let href = format!("/admin/settings/roles/{}", role.id);
                view! { <Link href=href>{role.name}</Link> }.into_any()
            } else {
                role.name.into_any()
            };
            view! {
                <th scope="col" class="px-3 py-2 text-start align-bottom font-semibold">
                    {name}
                    <span class="block text-xs font-normal text-muted whitespace-nowrap">{role.holders}</span>
                </th>
            }
            .into_any()
        })
        .collect_view();
    let bodies = groups
        .into_iter()
        .map(|group| {
            let rows = group.rows.into_iter().map(|row| line(row, &names)).collect_view();
            view! {
                <tbody>
                    <tr class="border-t border-line">
                        <th scope="rowgroup" colspan=columns.to_string() class="px-3 pt-4 pb-1 text-start text-xs text-muted">
                            {group.service}
                        </th>
                    </tr>
                    {rows}
                </tbody>
            }
            .into_any()
        })
        .collect_view();
    // `relative`: what only screen readers see would else make the page itself as wide as the table.
    view! {
        <div
            class="relative max-w-full overflow-x-auto rounded-md border border-line"
            role="region"
            aria-label=text::roles::matrix()
            tabindex="0"
        >
            <table class="w-full text-sm">
                <caption class="sr-only">{text::roles::matrix()}</caption>
                <thead>
                    <tr>
                        <th scope="col" class="px-3 py-2 text-start align-bottom font-semibold">
                            {text::roles::permission()}
                        </th>
                        {heads}
                    </tr>
                </thead>
                {bodies}
            </table>
        </div>
    }
    .into_any()
}

fn line(row: MatrixRow, roles: &[String]) -> AnyView {
    let MatrixRow { name, words, carried } = row;
    let why = format!("/admin/settings/access?permission={name}");
    let cells = carried
        .into_iter()
        .zip(roles)
        .map(|(carried, _)| {
            let mark = if carried {
                view! {
                    <Icon glyph=icons::CHECK small=true/>
                    <span class="sr-only">{text::roles::yes()}</span>
                }
                .into_any()
            } else {
                view! { <span class="sr-only">{text::roles::no()}</span> }.into_any()
            };
            view! { <td class="px-3 py-1.5">{mark}</td> }.into_any()
        })
        .collect_view();
    view! {
        <tr class="border-t border-line hover:bg-hover">
            <th scope="row" class="min-w-48 px-3 py-1.5 text-start font-normal">
                <Link href=why>{words}</Link>
                <span class="block font-mono text-xs text-muted">{name}</span>
            </th>
            {cells}
        </tr>
    }
    .into_any()
}

/// Every permission of the services in use, and every role that is not one shop's own.
#[server]
pub async fn load_matrix() -> Result<Matrix, PageError> {
    use std::collections::BTreeMap;

    use stoa_identity::{access, auth, oauth::scopes};

    let ctx = stoa_ui::server::ctx()?;
    let found = access::list_roles(&ctx, None).await?.items;
    let changes = ctx.may(auth::ROLES_WRITE);
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut names: Vec<&str> = auth::roles::registry(&ctx.app).map(|permission| permission.0).collect();
    names.sort_unstable();
    for name in names {
        services.entry(name.split('.').next().unwrap_or(name)).or_default().push(name);
    }
    let groups = services.into_iter().map(|(service, names)| MatrixGroup {
        service: service.replace('_', " "),
        rows: names
            .into_iter()
            .map(|name| MatrixRow {
                name: name.to_owned(),
                words: scopes::words(name),
                carried: found.iter().map(|role| role.permissions.iter().any(|held| held == name)).collect(),
            })
            .collect(),
    });
    let groups = groups.collect();
    let roles = found.into_iter().map(|role| MatrixRole {
        id: role.id.to_string(),
        name: super::role_name(&role.name, role.built_in),
        holders: text::roles::holders(i64::try_from(role.holders).unwrap_or(i64::MAX)),
        changes: changes && !role.built_in,
    });
    Ok(Matrix { roles: roles.collect(), groups, changes })
}
