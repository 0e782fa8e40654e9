//! Groups of customers: those put in one by one, or those a rule fits at the moment.
//!
//! A rule is a list of conditions on what this area knows. What people bought is known on
//! higher floors, which may keep static segments by it.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition as Where, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use stoa_identity_entities::{
    address, company_member, contact_preference, customer, customer_tag, segment, segment_member,
};
use stoa_identity_types::{AddToSegment, Condition, CreateSegment, SegmentKind, SegmentView, Segments};
use stoa_kernel::{Ctx, Error, Fields, Result, audit, db, new_id};
use stoa_types::{Customer, Id, Segment};

use super::{
    READ, SEGMENT_NAME, SEGMENT_RULE, SEGMENT_STATIC, SEGMENT_TAKEN, WRITE,
    staff::{staff, tag_of},
};
use crate::{postal, text};

/// Segments there are at most in a list.
const MOST: u64 = 200;

/// Makes a segment. Needs `customers.write`; 422 with every wrong field, 409
/// `customers.segment_taken` for another's name.
pub async fn create_segment(ctx: &Ctx, input: &CreateSegment) -> Result<SegmentView> {
    staff(ctx, WRITE)?;
    let mut fields = Fields::default();
    let name = text::line(&input.name, 80);
    fields.check(name.is_some(), "name", SEGMENT_NAME, "Enter a name of up to 80 characters.");
    let fits = match input.kind {
        SegmentKind::Static => input.conditions.is_empty(),
        SegmentKind::Rule => (1..=10).contains(&input.conditions.len()),
    };
    fields.check(
        fits,
        "conditions",
        SEGMENT_RULE,
        "Give a rule 1 to 10 conditions, and a segment without a rule none.",
    );
    let mut conditions = Vec::new();
    for (at, condition) in input.conditions.iter().enumerate() {
        match cleaned(condition) {
            Ok(condition) => conditions.push(condition),
            Err(message) => fields.add(format!("conditions/{at}/is"), SEGMENT_RULE, message),
        }
    }
    fields.finish()?;
    let Some(name) = name else { return Err(Error::internal("checked above")) };
    let id = new_id::<Segment>();
    let row = segment::Model {
        id: id.uuid(),
        name_key: name.to_lowercase(),
        name,
        kind: input.kind.as_str().to_owned(),
        conditions: serde_json::to_value(&conditions)?,
        created_at: ctx.now,
        version: 1,
    };
    let tx = ctx.db().begin().await?;
    let done = segment::Entity::insert(segment::ActiveModel::from(row.clone()).reset_all())
        .on_conflict_do_nothing_on([segment::Column::NameKey])
        .exec_without_returning(&tx)
        .await?;
    if !db::inserted(&done) {
        return Err(SEGMENT_TAKEN.error("Another segment has this name. Choose another.").field("name"));
    }
    let facts = serde_json::json!({ "name": row.name, "kind": row.kind, "conditions": row.conditions });
    audit::record(&tx, ctx, audit::Entry::new("segment.created", id).facts(facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(view(row))
}

/// A condition as it is kept, or what is wrong with it.
fn cleaned(condition: &Condition) -> Result<Condition, &'static str> {
    Ok(match condition {
        Condition::Tag { is } => {
            Condition::Tag { is: tag_of(is).ok_or("Use up to 40 letters, digits, spaces and hyphens.")? }
        }
        Condition::Country { is } => Condition::Country {
            is: postal::country_code(is).ok_or("Enter the country's two-letter code, like DE.")?,
        },
        other => other.clone(),
    })
}

/// All segments by name. Needs `customers.read` of the platform.
pub async fn segments(ctx: &Ctx) -> Result<Segments> {
    staff(ctx, READ)?;
    let rows = segment::Entity::find().order_by_asc(segment::Column::NameKey).limit(MOST);
    Ok(Segments { items: rows.all(ctx.db().read()).await?.into_iter().map(view).collect() })
}

/// Puts a customer into a segment without a rule; one who is in stays. Needs `customers.write`.
/// 409 `customers.segment_static` for a segment with a rule; 404.
pub async fn add_to_segment(ctx: &Ctx, id: Id<Segment>, input: &AddToSegment) -> Result<()> {
    staff(ctx, WRITE)?;
    let tx = ctx.db().begin().await?;
    let row = segment::Entity::find_by_id(id.uuid()).one(&tx).await?;
    let row = row.ok_or_else(|| Error::not_found("segment"))?;
    if row.kind != SegmentKind::Static.as_str() {
        return Err(SEGMENT_STATIC.error("This segment has a rule: nobody can be put in by hand."));
    }
    let found = customer::Entity::find_by_id(input.customer.uuid()).one(&tx).await?;
    found.ok_or_else(|| Error::not_found("customer"))?;
    let member = segment_member::ActiveModel {
        segment_id: Set(id.uuid()),
        customer_id: Set(input.customer.uuid()),
        created_at: Set(ctx.now),
    };
    let done = segment_member::Entity::insert(member)
        .on_conflict_do_nothing_on([segment_member::Column::SegmentId, segment_member::Column::CustomerId])
        .exec_without_returning(&tx)
        .await?;
    if db::inserted(&done) {
        let facts = serde_json::json!({ "customer": input.customer });
        audit::record(&tx, ctx, audit::Entry::new("segment.member_added", id).facts(facts)).await?;
    }
    Ok(ctx.db().commit(tx).await?)
}

/// Takes a customer out of a segment without a rule; nothing happens where they are not in.
/// Needs `customers.write`.
pub async fn remove_from_segment(ctx: &Ctx, id: Id<Segment>, customer: Id<Customer>) -> Result<()> {
    staff(ctx, WRITE)?;
    let tx = ctx.db().begin().await?;
    let gone = segment_member::Entity::delete_many()
        .filter(segment_member::Column::SegmentId.eq(id.uuid()))
        .filter(segment_member::Column::CustomerId.eq(customer.uuid()))
        .exec(&tx)
        .await?;
    if gone.rows_affected == 1 {
        let facts = serde_json::json!({ "customer": customer });
        audit::record(&tx, ctx, audit::Entry::new("segment.member_removed", id).facts(facts)).await?;
    }
    Ok(ctx.db().commit(tx).await?)
}

/// The segments a customer is in at the moment, by name; for prices and messages as well.
pub async fn of_customer(conn: &impl ConnectionTrait, id: Id<Customer>) -> Result<Vec<SegmentView>> {
    let rows = segment::Entity::find().order_by_asc(segment::Column::NameKey).limit(MOST).all(conn).await?;
    let mut own = Vec::new();
    for row in rows {
        let inside = customer::Entity::find_by_id(id.uuid()).filter(members(&row)?).one(conn).await?;
        if inside.is_some() {
            own.push(view(row));
        }
    }
    Ok(own)
}

/// Who is in the segment, as a condition on `customer`.
pub(super) fn members(row: &segment::Model) -> Result<Where> {
    use customer::Column as C;
    if row.kind == SegmentKind::Static.as_str() {
        let inside = Query::select()
            .column(segment_member::Column::CustomerId)
            .from(segment_member::Entity)
            .and_where(segment_member::Column::SegmentId.eq(row.id))
            .to_owned();
        return Ok(Where::all().add(C::Id.in_subquery(inside)));
    }
    let conditions: Vec<Condition> = serde_json::from_value(row.conditions.clone())?;
    let mut all = Where::all();
    // A rule that says nothing fits nobody, rather than everybody.
    if conditions.is_empty() {
        all = all.add(Expr::value(false));
    }
    for condition in conditions {
        let fits = match condition {
            Condition::Kind { is } => C::Kind.eq(is.as_str()),
            Condition::Since { day } => C::CreatedAt.gte(day),
            Condition::Tag { is } => {
                let tagged = Query::select()
                    .column(customer_tag::Column::CustomerId)
                    .from(customer_tag::Entity)
                    .and_where(customer_tag::Column::Tag.eq(is))
                    .to_owned();
                C::Id.in_subquery(tagged)
            }
            Condition::Country { is } => {
                let there = Query::select()
                    .column(address::Column::Id)
                    .from(address::Entity)
                    .and_where(address::Column::Country.eq(is))
                    .and_where(address::Column::DeletedAt.is_null())
                    .to_owned();
                C::ShippingAddressId.in_subquery(there)
            }
            Condition::Consent { purpose, channel } => {
                let agreed = Query::select()
                    .column(contact_preference::Column::CustomerId)
                    .from(contact_preference::Entity)
                    .and_where(contact_preference::Column::Purpose.eq(purpose.as_str()))
                    .and_where(contact_preference::Column::Channel.eq(channel.as_str()))
                    .and_where(contact_preference::Column::Given.eq(true))
                    .to_owned();
                C::Id.in_subquery(agreed)
            }
            Condition::Business => {
                let members = Query::select()
                    .column(company_member::Column::CustomerId)
                    .from(company_member::Entity)
                    .to_owned();
                C::Id.in_subquery(members)
            }
        };
        all = all.add(fits);
    }
    Ok(all)
}

fn view(row: segment::Model) -> SegmentView {
    SegmentView {
        id: Id::new(row.id),
        name: row.name,
        // A kind of a newer release is shown as what nobody is put into by hand.
        kind: row.kind.parse().unwrap_or(SegmentKind::Rule),
        conditions: serde_json::from_value(row.conditions).unwrap_or_default(),
        version: row.version,
    }
}
