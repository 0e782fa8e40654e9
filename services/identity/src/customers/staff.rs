//! What the platform's staff see of customers, and what they write down about them.

use std::collections::HashMap;

use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Query,
};
use stoa_identity_entities::{contact_method, customer, customer_note, customer_tag, segment};
use stoa_identity_types::{
    AddNote, AddTag, CustomerQuery, CustomerRow, MAX_TAGS, NoteView, Reveal, Revealed, StaffRecord,
};
use stoa_kernel::{
    Ctx, Error, Fields, Result, Scope, audit, db, new_id,
    page::{self, Cursor},
};
use stoa_types::{Customer, CustomerNote, DateTime, Id, Page, PageQuery, Utc, Uuid};
use tower_sessions::Session;

use super::{
    NOTE_INVALID, READ, REASON_INVALID, REVEAL, TAG_INVALID, TAGS_FULL, WRITE,
    access::{self, kind, mask_email, mask_name},
    addresses, companies, contacts, segments,
};
use crate::{email, text};

/// Notes in a record.
const NOTES: u64 = 100;

/// The platform's staff with this permission; sellers' people get 404, since customers are the
/// platform's.
pub(super) fn staff(ctx: &Ctx, permission: stoa_kernel::Permission) -> Result<()> {
    match ctx.scope(permission)? {
        Scope::Platform => Ok(()),
        Scope::Seller(_) => Err(Error::not_found("customer")),
    }
}

/// The customer index, newest first, masked. Needs `customers.read` of the platform.
///
/// `q` is a whole address or an id: who looks for somebody knows them, and nobody leafs through
/// addresses by their beginning. 404 for a segment there isn't.
pub async fn list(ctx: &Ctx, query: &CustomerQuery) -> Result<Page<CustomerRow>> {
    staff(ctx, READ)?;
    let conn = ctx.db().read();
    let paging = PageQuery { after: query.after.clone(), limit: query.limit };
    let (limit, cursor) = (page::limit(&paging)?, Cursor::<Uuid>::read(&paging)?);
    use customer::Column as C;
    let mut select = customer::Entity::find()
        .apply_if(query.kind, |select, kind| select.filter(C::Kind.eq(kind.as_str())))
        .apply_if(query.tag.as_deref().and_then(tag_of), |select, tag| {
            let tagged = Query::select()
                .column(customer_tag::Column::CustomerId)
                .from(customer_tag::Entity)
                .and_where(customer_tag::Column::Tag.eq(tag))
                .to_owned();
            select.filter(C::Id.in_subquery(tagged))
        });
    if let Some(id) = query.segment {
        let row = segment::Entity::find_by_id(id.uuid()).one(conn).await?;
        let row = row.ok_or_else(|| Error::not_found("segment"))?;
        select = select.filter(segments::members(&row)?);
    }
    if let Some(asked) = query.q.as_deref().map(str::trim).filter(|asked| !asked.is_empty()) {
        let id = asked.parse::<Id<Customer>>().ok().map(Id::uuid);
        let address = email::normalise(asked).map(|address| address.normalised);
        let mut found = Condition::any();
        if let Some(id) = id {
            found = found.add(C::Id.eq(id));
        }
        found = found.add(C::EmailNormalised.eq(address.unwrap_or_else(|| asked.to_owned())));
        select = select.filter(found);
    }
    let select = match &cursor {
        Cursor::Start => select.order_by_desc(C::Id),
        Cursor::After(last) => select.filter(C::Id.lt(*last)).order_by_desc(C::Id),
        Cursor::Before(first) => select.filter(C::Id.gt(*first)).order_by_asc(C::Id),
    };
    let rows = select.limit(limit + 1).all(conn).await?;
    let page = page::build(rows, limit, &cursor, |row| row.id);
    let mut tags = tags_of(conn, page.items.iter().map(|row| row.id)).await?;
    Ok(page.map(|row| CustomerRow {
        id: Id::new(row.id),
        kind: kind(&row.kind),
        email: mask_email(&row.email),
        name: mask_name(&row.name),
        tags: tags.remove(&row.id).unwrap_or_default(),
        created_at: row.created_at,
    }))
}

async fn tags_of(
    conn: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<String>>> {
    let rows = customer_tag::Entity::find()
        .filter(customer_tag::Column::CustomerId.is_in(ids))
        .order_by_asc(customer_tag::Column::Tag)
        .all(conn)
        .await?;
    let mut tags: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in rows {
        tags.entry(row.customer_id).or_default().push(row.tag);
    }
    Ok(tags)
}

/// Shows staff what is masked elsewhere, and writes into the audit trail who looked and why.
/// Needs `customers.reveal`; 422 on `reason`.
pub async fn reveal(ctx: &Ctx, id: Id<Customer>, input: &Reveal) -> Result<Revealed> {
    staff(ctx, REVEAL)?;
    let reason = text::line(&input.reason, 200).filter(|reason| reason.chars().count() >= 3);
    let mut fields = Fields::default();
    fields.check(
        reason.is_some(),
        "reason",
        REASON_INVALID,
        "Say why you need to see it, in 3 to 200 characters, like “Asked about order K7QM-2XPAC”",
    );
    fields.finish()?;
    let tx = ctx.db().begin().await?;
    let row = customer::Entity::find_by_id(id.uuid()).one(&tx).await?;
    let row = row.ok_or_else(|| Error::not_found("customer"))?;
    let facts = serde_json::json!({ "reason": reason });
    audit::record(&tx, ctx, audit::Entry::new("customer.revealed", id).facts(facts)).await?;
    let seen = behind(ctx, &tx, row).await?;
    ctx.db().commit(tx).await?;
    Ok(seen)
}

/// Where a session keeps whom its person sees unmasked.
const REVEALED: &str = "customers.revealed";
/// How long one reveal lasts on the pages.
const REVEALED_FOR: TimeDelta = TimeDelta::minutes(10);

/// [`reveal`], and for the next ten minutes [`revealed`] in this session: a page is loaded
/// more than once for one look.
pub async fn reveal_for_a_while(
    ctx: &Ctx,
    session: &Session,
    id: Id<Customer>,
    input: &Reveal,
) -> Result<Revealed> {
    let seen = reveal(ctx, id, input).await?;
    session.insert(REVEALED, (id, ctx.now + REVEALED_FOR)).await.map_err(Error::internal)?;
    Ok(seen)
}

/// What the person asking has revealed in this session in the last ten minutes; `None` where
/// they have not, or may not any more.
pub async fn revealed(ctx: &Ctx, session: &Session, id: Id<Customer>) -> Result<Option<Revealed>> {
    let kept: Option<(Id<Customer>, DateTime<Utc>)> = session.get(REVEALED).await.map_err(Error::internal)?;
    let fresh = kept.is_some_and(|(of, until)| of == id && until > ctx.now);
    if !fresh || staff(ctx, REVEAL).is_err() {
        return Ok(None);
    }
    let conn = ctx.db().read();
    let row = customer::Entity::find_by_id(id.uuid()).one(conn).await?;
    let row = row.ok_or_else(|| Error::not_found("customer"))?;
    behind(ctx, conn, row).await.map(Some)
}

/// What is behind the mask.
async fn behind(ctx: &Ctx, conn: &impl ConnectionTrait, row: customer::Model) -> Result<Revealed> {
    let addresses = addresses::book(conn, &row).await?;
    let phones = contact_method::Entity::find()
        .filter(contact_method::Column::CustomerId.eq(row.id))
        .all(conn)
        .await?;
    let contact_methods = phones.into_iter().filter_map(|row| contacts::view(ctx.now, row)).collect();
    let customer = access::view(conn, row, false).await?;
    Ok(Revealed { customer, addresses, contact_methods })
}

/// What staff keep about a customer. Needs `customers.read` of the platform.
pub async fn staff_record(ctx: &Ctx, id: Id<Customer>) -> Result<StaffRecord> {
    staff(ctx, READ)?;
    let conn = ctx.db().read();
    let row = customer::Entity::find_by_id(id.uuid()).one(conn).await?;
    let row = row.ok_or_else(|| Error::not_found("customer"))?;
    let notes = customer_note::Entity::find()
        .filter(customer_note::Column::CustomerId.eq(id.uuid()))
        .order_by_desc(customer_note::Column::Id)
        .limit(NOTES)
        .all(conn)
        .await?;
    Ok(StaffRecord {
        tags: tags_of(conn, [row.id].into_iter()).await?.remove(&row.id).unwrap_or_default(),
        notes: notes.into_iter().map(note_view).collect(),
        segments: segments::of_customer(conn, id).await?,
        companies: companies::memberships_of(conn, id).await?,
    })
}

/// Puts a tag on a customer; one that is there already stays. Needs `customers.write`; 422 on
/// `tag`, 409 `customers.tags_full` at 50.
pub async fn add_tag(ctx: &Ctx, id: Id<Customer>, input: &AddTag) -> Result<Vec<String>> {
    staff(ctx, WRITE)?;
    let tag = tag_of(&input.tag);
    let mut fields = Fields::default();
    fields.check(
        tag.is_some(),
        "tag",
        TAG_INVALID,
        "Use up to 40 letters, digits, spaces and hyphens, like wholesale",
    );
    fields.finish()?;
    let Some(tag) = tag else { return Err(Error::internal("checked above")) };
    let tx = ctx.db().begin().await?;
    // Locks the customer, so that the limit holds.
    let owner = super::profile::take(&tx, ctx, id).await?;
    let row = customer_tag::ActiveModel {
        customer_id: Set(id.uuid()),
        tag: Set(tag.clone()),
        created_at: Set(ctx.now),
    };
    let done = customer_tag::Entity::insert(row)
        .on_conflict_do_nothing_on([customer_tag::Column::CustomerId, customer_tag::Column::Tag])
        .exec_without_returning(&tx)
        .await?;
    let tags = tags_of(&tx, [id.uuid()].into_iter()).await?.remove(&id.uuid()).unwrap_or_default();
    if !db::inserted(&done) {
        return Ok(tags);
    }
    if tags.len() > MAX_TAGS {
        return Err(TAGS_FULL.error(format!("A customer has at most {MAX_TAGS} tags. Take one off first.")));
    }
    // Not which: the trail outlives the person, and nothing alters it.
    audit::record(&tx, ctx, audit::Entry::new("customer.tagged", id)).await?;
    super::profile::tell_change(&tx, ctx, id, owner.version, &["tags"]).await?;
    ctx.db().commit(tx).await?;
    Ok(tags)
}

/// Takes a tag off; nothing happens where it is not on. Needs `customers.write`.
pub async fn remove_tag(ctx: &Ctx, id: Id<Customer>, tag: &str) -> Result<()> {
    staff(ctx, WRITE)?;
    let tag = tag_of(tag).ok_or_else(|| Error::not_found("tag"))?;
    let tx = ctx.db().begin().await?;
    let owner = super::profile::take(&tx, ctx, id).await?;
    let gone = customer_tag::Entity::delete_many()
        .filter(customer_tag::Column::CustomerId.eq(id.uuid()))
        .filter(customer_tag::Column::Tag.eq(&tag))
        .exec(&tx)
        .await?;
    if gone.rows_affected == 0 {
        return Ok(());
    }
    audit::record(&tx, ctx, audit::Entry::new("customer.untagged", id)).await?;
    super::profile::tell_change(&tx, ctx, id, owner.version, &["tags"]).await?;
    Ok(ctx.db().commit(tx).await?)
}

/// Writes a note about a customer, for staff alone. Needs `customers.write`; 422 on `text`.
pub async fn add_note(ctx: &Ctx, id: Id<Customer>, input: &AddNote) -> Result<NoteView> {
    staff(ctx, WRITE)?;
    let written = text::paragraph(&input.text, 2_000).flatten();
    let mut fields = Fields::default();
    fields.check(written.is_some(), "text", NOTE_INVALID, "Write a note of up to 2,000 characters.");
    fields.finish()?;
    let Some(written) = written else { return Err(Error::internal("checked above")) };
    let tx = ctx.db().begin().await?;
    if customer::Entity::find_by_id(id.uuid()).count(&tx).await? == 0 {
        return Err(Error::not_found("customer"));
    }
    let note = new_id::<CustomerNote>();
    let row = customer_note::Model {
        id: note.uuid(),
        customer_id: id.uuid(),
        text: written,
        author: ctx.actor.to_string(),
        created_at: ctx.now,
    };
    customer_note::Entity::insert(customer_note::ActiveModel::from(row.clone()).reset_all())
        .exec_without_returning(&tx)
        .await?;
    let facts = serde_json::json!({ "customer": id });
    audit::record(&tx, ctx, audit::Entry::new("customer_note.added", note).facts(facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(note_view(row))
}

fn note_view(row: customer_note::Model) -> NoteView {
    NoteView { id: Id::new(row.id), text: row.text, author: row.author, at: row.created_at }
}

/// A tag as it is kept: lower case, single spaces; `None` for what is none.
pub(super) fn tag_of(typed: &str) -> Option<String> {
    let words = text::line(typed, 80)?.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = words.chars().count() <= 40
        && words.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-'));
    fits.then_some(words)
}

#[cfg(test)]
mod tests {
    use super::tag_of;

    #[test]
    fn a_tag_is_kept_in_one_form() {
        assert_eq!(tag_of("  Whole  Sale-B2B ").as_deref(), Some("whole sale-b2b"));
        assert_eq!(tag_of("čaj").as_deref(), Some("čaj"));
        for wrong in ["", " ", "a/b", "<b>", &"x".repeat(41)] {
            assert_eq!(tag_of(wrong), None, "{wrong}");
        }
    }
}
