//! One customer with everything that belongs to them.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_identity_types::CustomerKind;
use stoa_ui::{
    Button, ButtonKind, Dialog, DialogActions, Drawn, Field, LinkButton, PageError, PageForm, PageHeader,
    PageTitle, RecordLayout, Section, TextArea, load, resource, use_form, use_form_named,
};

use super::kind_badge;
use crate::text;

/// A customer, ready to read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerRecord {
    pub id: String,
    /// Masked unless revealed.
    pub name: String,
    pub kind: CustomerKind,
    /// Whether the reader sees a mask and may look behind it.
    pub may_reveal: bool,
    pub may_write: bool,
    pub tags: Vec<String>,
    /// Who they are, what they are worth, where they belong.
    pub facts: Drawn,
    /// Orders, addresses, phones, consents.
    pub body: Drawn,
    /// What staff wrote down.
    pub notes: Drawn,
}

/// `/admin/customers/{id}?dialog=reveal`
#[component]
pub fn CustomerPage() -> impl IntoView {
    let params = use_params_map();
    let record = resource(
        move || params.with(|params| params.get("id")).unwrap_or_default(),
        |id| LoadCustomerRecord { id },
    );
    load(record, record_view)
}

fn record_view(record: CustomerRecord) -> AnyView {
    let CustomerRecord { id, name, kind, may_reveal, may_write, tags, facts, body, notes } = record;
    let query = use_query_map();
    let reveal = may_reveal.then(|| {
        let href = format!("{}/{id}?dialog=reveal", super::PATH);
        view! {
            <LinkButton href=href kind=ButtonKind::Outline>
                {text::customer::reveal()}
            </LinkButton>
        }
        .into_any()
    });
    let merge = may_write.then(|| {
        let href = format!("{}/{id}/merge", super::PATH);
        view! {
            <LinkButton href=href kind=ButtonKind::Outline>
                {text::merge::title()}
            </LinkButton>
        }
        .into_any()
    });
    let dialog = {
        let id = id.clone();
        move || {
            let asked = query.with(|query| query.get("dialog")).as_deref() == Some("reveal");
            (asked && may_reveal).then(|| view! { <RevealDialog customer=id.clone()/> })
        }
    };
    let side = view! {
        {facts.view()}
        {tag_section(&id, tags, may_write)}
        {may_write.then(|| super::requests::section(&id))}
    }
    .into_any();
    view! {
        <PageTitle text=name.clone()/>
        <PageHeader
            title=name
            back_label=text::customer::back()
            back_href=super::PATH
            badge=kind_badge(kind)
        >
            {merge} {reveal}
        </PageHeader>
        <RecordLayout side=side>
            {body.view()}
            <Section title=text::customer::notes()>
                {may_write.then(|| note_form(&id))} {notes.view()}
            </Section>
        </RecordLayout>
        {dialog}
    }
    .into_any()
}

fn tag_section(id: &str, tags: Vec<String>, may_write: bool) -> AnyView {
    let list = if tags.is_empty() {
        view! { <p class="text-sm text-muted">{text::customer::tags_none()}</p> }.into_any()
    } else {
        let rows = tags.into_iter().map(|tag| tag_row(id, tag, may_write)).collect_view();
        view! { <ul class="flex flex-col gap-1">{rows}</ul> }.into_any()
    };
    let form = may_write.then(|| {
        let (form, id) = (use_form::<TagCustomer>(), id.to_owned());
        view! {
            <PageForm form=form class="mt-3 flex flex-wrap items-end gap-2">
                <input type="hidden" name="customer" value=id/>
                <Field
                    name="tag"
                    label=text::customer::tag()
                    hint=text::customer::tag_hint()
                    value=form.value("tag")
                    error=form.error("tag")
                    class="flex-1"
                />
                <Button kind=ButtonKind::Outline pending=form.pending()>{text::customer::add_tag()}</Button>
            </PageForm>
        }
        .into_any()
    });
    view! {
        <section class="mt-6 border-t border-line pt-4">
            <h2 class="mb-2 font-semibold">{text::customer::tags()}</h2>
            {list} {form}
        </section>
    }
    .into_any()
}

fn tag_row(id: &str, tag: String, may_write: bool) -> AnyView {
    let form = use_form_named::<UntagCustomer>(tag.clone());
    let off = may_write.then(|| {
        let (id, tag, label) = (id.to_owned(), tag.clone(), text::customer::remove_tag(&tag));
        view! {
            <PageForm form=form>
                <input type="hidden" name="customer" value=id/>
                <input type="hidden" name="tag" value=tag/>
                <Button kind=ButtonKind::Quiet small=true pending=form.pending()>{label}</Button>
            </PageForm>
        }
        .into_any()
    });
    view! {
        <li class="flex flex-wrap items-center justify-between gap-2 text-sm">
            <span class="wrap-anywhere">{tag}</span>
            {off}
        </li>
    }
    .into_any()
}

fn note_form(id: &str) -> AnyView {
    let (form, id) = (use_form::<NoteCustomer>(), id.to_owned());
    view! {
        <PageForm form=form class="mb-5 flex flex-col gap-3">
            <input type="hidden" name="customer" value=id/>
            <TextArea
                name="text"
                label=text::customer::note()
                hint=text::customer::note_hint()
                value=form.value("text")
                error=form.error("text")
                max_length=2000
            />
            <div>
                <Button
                    kind=ButtonKind::Outline
                    pending=form.pending()
                    pending_label=text::customer::adding()
                >
                    {text::customer::add_note()}
                </Button>
            </div>
        </PageForm>
    }
    .into_any()
}

#[component]
fn RevealDialog(customer: String) -> impl IntoView {
    let form = use_form::<RevealHere>();
    let close = format!("{}/{customer}", super::PATH);
    view! {
        <Dialog title=text::customer::reveal_title() close_href=close.clone()>
            <PageForm form=form class="flex flex-col gap-4">
                <p>{text::customer::reveal_body()}</p>
                <input type="hidden" name="customer" value=customer/>
                <Field
                    name="reason"
                    label=text::customer::reason()
                    hint=text::customer::reason_hint()
                    value=form.value("reason")
                    error=form.error("reason")
                    required=true
                />
                <DialogActions>
                    <LinkButton href=close kind=ButtonKind::Outline autofocus=true>
                        {text::customer::keep()}
                    </LinkButton>
                    <Button
                        kind=ButtonKind::Ink
                        pending=form.pending()
                        pending_label=text::customer::revealing()
                    >
                        {text::customer::reveal()}
                    </Button>
                </DialogActions>
            </PageForm>
        </Dialog>
    }
}

/// Everything about one customer.
#[server]
pub async fn load_customer_record(id: String) -> Result<CustomerRecord, PageError> {
    use stoa_identity::customers;
    use stoa_types::PageQuery;

    let ctx = stoa_ui::server::ctx()?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let kept = customers::staff_record(&ctx, id).await?;
    let revealed = customers::revealed(&ctx, &session, id).await?;
    let (customer, addresses, phones) = match revealed {
        Some(revealed) => (revealed.customer, revealed.addresses, revealed.contact_methods),
        None => (
            customers::get(&ctx, id).await?,
            customers::addresses(&ctx, id).await?.items,
            customers::contact_methods(&ctx, id).await?.items,
        ),
    };
    let consents = customers::consents(&ctx, id).await?;
    let sees_orders = ctx.may(stoa_ordering::orders::READ);
    let (orders, value) = if sees_orders {
        let paging = PageQuery { after: None, limit: Some(10) };
        let orders = stoa_ordering::orders::of_customer(&ctx, id, paging).await?.items;
        (orders, stoa_ordering::orders::value_of_customer(&ctx, id).await?)
    } else {
        (Vec::new(), Default::default())
    };
    let mut authors = std::collections::HashMap::new();
    for note in &kept.notes {
        if let (false, Ok(user)) = (authors.contains_key(&note.author), note.author.parse()) {
            let person = stoa_identity::auth::principal_of_user(&ctx.app, user).await?;
            authors.insert(note.author.clone(), person.map(|person| person.name).unwrap_or_default());
        }
    }
    let (name, kind, masked) = (super::shown_name(customer.name.clone()), customer.kind, customer.masked);
    let notes = super::drawn::notes(kept.notes, &authors);
    let tags = kept.tags;
    let facts = super::drawn::facts(&ctx, customer, value, kept.segments, kept.companies);
    let body = super::drawn::body(&ctx, orders, addresses, phones, consents);
    Ok(CustomerRecord {
        id: id.to_string(),
        name,
        kind,
        may_reveal: masked && ctx.may(customers::REVEAL),
        may_write: ctx.may(customers::WRITE),
        tags,
        facts,
        body,
        notes,
    })
}

/// Shows what is masked for a while.
#[server]
pub async fn reveal_here(
    #[server(default)] customer: String,
    #[server(default)] reason: String,
) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::Reveal;

    let ctx = stoa_ui::server::ctx()?;
    let id = customer.parse().map_err(|_| PageError::not_found())?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    customers::reveal_for_a_while(&ctx, &session, id, &Reveal { reason }).await?;
    back(&customer, text::customer::revealed()).await
}

/// Puts a tag on.
#[server]
pub async fn tag_customer(
    #[server(default)] customer: String,
    #[server(default)] tag: String,
) -> Result<(), PageError> {
    use stoa_identity_types::AddTag;

    let ctx = stoa_ui::server::ctx()?;
    let id = customer.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::customers::add_tag(&ctx, id, &AddTag { tag }).await?;
    back(&customer, text::customer::tag_added()).await
}

/// Takes a tag off.
#[server]
pub async fn untag_customer(
    #[server(default)] customer: String,
    #[server(default)] tag: String,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = customer.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::customers::remove_tag(&ctx, id, &tag).await?;
    back(&customer, text::customer::tag_removed()).await
}

/// Writes a note.
#[server]
pub async fn note_customer(
    #[server(default)] customer: String,
    #[server(default)] text: String,
) -> Result<(), PageError> {
    use stoa_identity_types::AddNote;

    let ctx = stoa_ui::server::ctx()?;
    let id = customer.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::customers::add_note(&ctx, id, &AddNote { text }).await?;
    back(&customer, crate::text::customer::note_added()).await
}

#[cfg(feature = "ssr")]
async fn back(customer: &str, said: &'static str) -> Result<(), PageError> {
    stoa_ui::server::redirect_to(&format!("{}/{customer}", super::PATH), said).await
}
