//! The API reference, made from the OpenAPI document of the server itself.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Code, CodeBlock, Column, ColumnRole, DataTable, Empty, Link, PageError, PageTitle, Row, ShopPage,
    SideNav, load,
    navigation::{NavGroup, NavItem},
    resource,
};

use crate::text;

/// The operations of one area.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TagLinks {
    pub tag: String,
    pub operations: Vec<OperationLink>,
}

/// One operation in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OperationLink {
    pub slug: String,
    pub title: String,
    pub method: String,
    pub path: String,
}

/// Everything about one operation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OperationDoc {
    pub title: String,
    pub method: String,
    pub path: String,
    /// Paragraphs.
    pub prose: Vec<String>,
    pub parameters: Vec<Parameter>,
    /// Name of the request's type; empty without a body.
    pub request_kind: String,
    pub request: Vec<Member>,
    pub answers: Vec<Answer>,
    pub curl: String,
}

/// A parameter of the address or a header.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameter {
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    pub kind: String,
    pub required: bool,
    pub description: String,
}

/// A field of a body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    pub name: String,
    pub kind: String,
    pub required: bool,
    pub description: String,
}

/// An answer the operation may give.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    pub code: String,
    pub description: String,
    pub kind: String,
    pub members: Vec<Member>,
}

fn href(slug: &str) -> String {
    format!("/developers/reference/{slug}")
}

/// `/developers/reference`: every operation by area.
#[component]
pub fn ReferencePage() -> impl IntoView {
    let tags = resource(|| (), |()| ReferenceList {});
    view! {
        <PageTitle text=text::reference::title().to_owned()/>
        <ShopPage>
            <h1 tabindex="-1" class="text-3xl font-semibold outline-none">{text::reference::title()}</h1>
            <p class="mt-3 max-w-[66ch]">{text::reference::lead()}</p>
            {load(tags, |tags: Vec<TagLinks>| {
                if tags.is_empty() {
                    return view! { <Empty title=text::reference::none()/> }.into_any();
                }
                tags.into_iter().map(tag_list).collect_view().into_any()
            })}
        </ShopPage>
    }
}

fn tag_list(tag: TagLinks) -> impl IntoView {
    let operations = tag
        .operations
        .into_iter()
        .map(|operation| {
            view! {
                <li class="flex flex-wrap items-baseline gap-x-4 gap-y-1 py-2">
                    <Link href=href(&operation.slug)>{operation.title}</Link>
                    <span class="text-sm text-muted wrap-anywhere">
                        <Code>{format!("{} {}", operation.method, operation.path)}</Code>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="mt-10">
            <h2 class="text-xl font-semibold first-letter:uppercase">{tag.tag}</h2>
            <ul class="mt-3 divide-y divide-line">{operations}</ul>
        </section>
    }
}

/// `/developers/reference/{op}`
#[component]
pub fn OperationPage() -> impl IntoView {
    let params = use_params_map();
    let slug = move || params.with(|params| params.get("op")).unwrap_or_default();
    let found = resource(slug, |slug| ReferenceOperation { slug });
    view! {
        <ShopPage>
            {load(found, |(slug, list, operation)| view! { <OperationView slug=slug list=list operation=operation/> })}
        </ShopPage>
    }
}

#[component]
fn OperationView(slug: String, list: Vec<TagLinks>, operation: OperationDoc) -> impl IntoView {
    let groups = list
        .into_iter()
        .map(|tag| {
            let items = tag
                .operations
                .into_iter()
                .map(|link| NavItem::new(link.title, href(&link.slug)).current(link.slug == slug))
                .collect();
            NavGroup::new(tag.tag, items)
        })
        .collect::<Vec<_>>();
    let address = format!("{} {}", operation.method, operation.path);
    let prose =
        operation.prose.into_iter().map(|part| view! { <p class="max-w-[66ch]">{part}</p> }).collect_view();
    let parameters = (!operation.parameters.is_empty()).then(|| parameters(operation.parameters));
    let request = (!operation.request_kind.is_empty()).then(|| {
        view! {
            <section class="flex flex-col gap-3">
                <h2 class="text-xl font-semibold">{text::reference::request()}</h2>
                <p><Code>{operation.request_kind}</Code></p>
                {members(text::reference::request().to_owned(), operation.request)}
            </section>
        }
    });
    let answers = operation.answers.into_iter().map(answer).collect_view();
    view! {
        <PageTitle text=operation.title.clone()/>
        <div class="grid gap-8 pb-16 lg:grid-cols-[15rem_minmax(0,1fr)] xl:grid-cols-[15rem_minmax(0,1fr)_24rem]">
            <div class="order-last lg:order-none">
                <SideNav label=text::reference::operations() groups=groups/>
            </div>
            <div class="flex min-w-0 flex-col gap-6">
                <h1 tabindex="-1" class="text-3xl font-semibold outline-none">{operation.title}</h1>
                <p class="wrap-anywhere"><Code>{address}</Code></p>
                {prose}
                {parameters}
                {request}
                <section class="flex flex-col gap-4">
                    <h2 class="text-xl font-semibold">{text::reference::responses()}</h2>
                    {answers}
                </section>
            </div>
            <div class="min-w-0 lg:col-start-2 xl:col-start-3">
                <h2 class="mb-3 text-xl font-semibold">{text::reference::example()}</h2>
                <CodeBlock label=text::reference::example() language="shell" code=operation.curl/>
            </div>
        </div>
    }
}

fn yes_or_no(yes: bool) -> AnyView {
    if yes { text::reference::yes() } else { text::reference::no() }.into_any()
}

fn parameters(parameters: Vec<Parameter>) -> impl IntoView {
    let columns = vec![
        Column::title(text::reference::name()),
        Column::new(text::reference::place()).role(ColumnRole::Priority),
        Column::new(text::reference::kind()).role(ColumnRole::Priority),
        Column::new(text::reference::required()),
        Column::new(text::reference::description()).role(ColumnRole::Priority),
    ];
    let rows = parameters
        .into_iter()
        .map(|parameter| {
            Row::new(
                "",
                vec![
                    view! { <Code>{parameter.name}</Code> }.into_any(),
                    parameter.place.into_any(),
                    parameter.kind.into_any(),
                    yes_or_no(parameter.required),
                    parameter.description.into_any(),
                ],
            )
        })
        .collect();
    view! {
        <section class="flex flex-col gap-3">
            <h2 class="text-xl font-semibold">{text::reference::parameters()}</h2>
            <DataTable caption=text::reference::parameters() columns=columns rows=rows/>
        </section>
    }
}

fn members(caption: String, members: Vec<Member>) -> Option<AnyView> {
    if members.is_empty() {
        return None;
    }
    let columns = vec![
        Column::title(text::reference::member()),
        Column::new(text::reference::kind()).role(ColumnRole::Priority),
        Column::new(text::reference::required()),
        Column::new(text::reference::description()).role(ColumnRole::Priority),
    ];
    let rows = members
        .into_iter()
        .map(|member| {
            Row::new(
                "",
                vec![
                    view! { <Code>{member.name}</Code> }.into_any(),
                    member.kind.into_any(),
                    yes_or_no(member.required),
                    member.description.into_any(),
                ],
            )
        })
        .collect();
    Some(view! { <DataTable caption=caption columns=columns rows=rows/> }.into_any())
}

fn answer(answer: Answer) -> impl IntoView {
    let title = text::reference::status(&answer.code);
    let kind = if answer.kind.is_empty() {
        view! { <p class="text-muted">{text::reference::no_body()}</p> }.into_any()
    } else {
        view! { <p><Code>{answer.kind}</Code></p> }.into_any()
    };
    let description = (!answer.description.is_empty()).then(|| view! { <p>{answer.description}</p> });
    view! {
        <section class="flex flex-col gap-2">
            <h3 class="font-semibold">{title.clone()}</h3>
            {description}
            {kind}
            {members(title, answer.members)}
        </section>
    }
}

/// Every operation by area.
#[server]
pub async fn reference_list() -> Result<Vec<TagLinks>, PageError> {
    let document = stoa_ui::server::extension::<std::sync::Arc<serde_json::Value>>()?;
    Ok(crate::document::tags(&document))
}

/// One operation, by its address, which comes back with it, among all.
#[server]
pub async fn reference_operation(slug: String) -> Result<(String, Vec<TagLinks>, OperationDoc), PageError> {
    let document = stoa_ui::server::extension::<std::sync::Arc<serde_json::Value>>()?;
    let ctx = stoa_ui::server::ctx()?;
    let base = ctx.app.settings.public_url.clone();
    let operation = crate::document::operation(&document, &slug, base.trim_end_matches('/'))
        .ok_or_else(PageError::not_found)?;
    Ok((slug, crate::document::tags(&document), operation))
}
