//! Two records of one person made one: looked at first, then done by staff, in one transaction.

use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use stoa_identity_entities::{
    address, company_member, consent_record, contact_method, contact_preference, customer, customer_note,
    customer_tag, data_request, segment_member,
};
use stoa_identity_types::{CustomerView, Holding, MergeCustomers, MergePreview};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, events, new_id};
use stoa_types::{ConsentRecord, Customer, Id, Uuid};

use super::{
    MERGE_IMPOSSIBLE, PersonalRegister, READ, REASON_INVALID, WRITE,
    access::view,
    profile::{tell_change, touched},
    requests,
    staff::staff,
};
use crate::{
    auth::{self, session},
    text,
};

/// What merging `from` into `into` would move, lose, and what speaks against it. Needs
/// `customers.read` of the platform.
pub async fn preview_merge(ctx: &Ctx, into: Id<Customer>, from: Id<Customer>) -> Result<MergePreview> {
    staff(ctx, READ)?;
    let conn = ctx.db().read();
    let (gone, stays) = (record(conn, from).await?, record(conn, into).await?);
    let register = ctx.app.part::<PersonalRegister>()?;
    let mut moves = Vec::new();
    for (_, area) in register.0.iter() {
        let held = area.holdings(ctx, from).await?.into_iter().filter(|(_, count)| *count > 0);
        moves.extend(held.map(|(what, count)| Holding { what: what.to_owned(), count }));
    }
    let losses = match gone.user_id {
        Some(_) => vec!["The sign-in of the record that goes: its password, passkeys and devices".to_owned()],
        None => Vec::new(),
    };
    let obstacles = obstacles(ctx, conn, &gone, &stays).await?;
    Ok(MergePreview {
        from: view(conn, gone, true).await?,
        into: view(conn, stays, true).await?,
        moves,
        losses,
        obstacles,
    })
}

async fn record(conn: &impl ConnectionTrait, id: Id<Customer>) -> Result<customer::Model> {
    let row = customer::Entity::find_by_id(id.uuid()).one(conn).await?;
    row.ok_or_else(|| Error::not_found("customer"))
}

async fn obstacles(
    ctx: &Ctx,
    conn: &impl ConnectionTrait,
    gone: &customer::Model,
    stays: &customer::Model,
) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut say = |wrong: bool, what: &str| {
        if wrong {
            all.push(what.to_owned());
        }
    };
    say(gone.id == stays.id, "Both are the same record.");
    say(gone.erased_at.is_some() || stays.erased_at.is_some(), "One of them was erased or merged before.");
    say(
        gone.user_id.is_some() && stays.user_id.is_none(),
        "The one that goes has an account and the other has none. Merge them the other way round.",
    );
    let open = data_request::Entity::find()
        .filter(data_request::Column::CustomerId.is_in([gone.id, stays.id]))
        .filter(data_request::Column::OpenKey.is_not_null())
        .one(conn)
        .await?;
    say(open.is_some(), "A request for their data is under way. Wait until it is over.");
    if let Some(user) = requests::user_of(gone)
        && let Some(person) = auth::principal_of_user(&ctx.app, user).await?
    {
        let works = person.seller.is_some() || !person.permissions.is_empty();
        say(works, "The one that goes belongs to a shop's team or to ours.");
    }
    Ok(all)
}

/// Makes two records one. What the areas hold moves to `into`, `from` is blanked, and its
/// sign-in ends. Needs `customers.write` of the platform.
///
/// 422 on `reason`; 409 `customers.merge_impossible` with what speaks against it; 412 when
/// either is another than it was previewed; 404.
pub async fn merge_customers(ctx: &Ctx, input: &MergeCustomers) -> Result<CustomerView> {
    staff(ctx, WRITE)?;
    let reason = text::line(&input.reason, 200).filter(|reason| reason.chars().count() >= 3);
    let mut fields = Fields::default();
    fields.check(
        reason.is_some(),
        "reason",
        REASON_INVALID,
        "Say why they are one person, in 3 to 200 characters",
    );
    fields.finish()?;
    let (from, into) = (input.from, input.into);
    let conn = ctx.db().read();
    let (gone, stays) = (record(conn, from).await?, record(conn, into).await?);
    let against = obstacles(ctx, conn, &gone, &stays).await?;
    if !against.is_empty() {
        return Err(MERGE_IMPOSSIBLE.error(against.join(" ")));
    }
    let register = ctx.app.part::<PersonalRegister>()?;
    let tx = ctx.db().begin().await?;
    // In the order of their ids, so that two merges of the same records wait for each other.
    let mut both = [(from, input.from_version), (into, input.into_version)];
    both.sort_by_key(|(id, _)| id.uuid());
    for (id, version) in both {
        let done = touched(ctx)
            .filter(customer::Column::Id.eq(id.uuid()))
            .filter(customer::Column::Version.eq(version))
            .exec(&tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(Error::stale(record(&tx, id).await?.version));
        }
    }
    let sessions = match requests::user_of(&gone) {
        Some(user) => session::revoke_all_in(&tx, ctx, user).await?,
        None => Vec::new(),
    };
    for (_, area) in register.0.iter().rev() {
        area.merge(&tx, ctx, from, into).await?;
    }
    let facts = json!({ "from": from, "reason": reason });
    audit::record(&tx, ctx, audit::Entry::new("customer.merged", into).facts(facts)).await?;
    tell_change(&tx, ctx, into, input.into_version + 1, &["merged"]).await?;
    let facts = json!({ "kind": gone.kind, "merged_into": into });
    let event = NewEvent::new("customer.deleted", from, input.from_version + 2);
    events::emit(&tx, ctx, event.data(&facts)).await?;
    let seen = view(&tx, record(&tx, into).await?, true).await?;
    ctx.db().commit(tx).await?;
    session::forget_all(&sessions);
    for user in [&gone, &stays].into_iter().filter_map(requests::user_of) {
        auth::forget_person(user);
    }
    Ok(seen)
}

/// Everything this area holds under `from` goes to `into`, in the caller's transaction.
pub(super) async fn move_belongings(tx: &Tx, from: Id<Customer>, into: Id<Customer>) -> Result<()> {
    let (old, new) = (from.uuid(), into.uuid());
    macro_rules! hand_over {
        ($($table:ident),*) => {
            $($table::Entity::update_many()
                .col_expr($table::Column::CustomerId, Expr::value(new))
                .filter($table::Column::CustomerId.eq(old))
                .exec(tx)
                .await?;)*
        };
    }
    hand_over!(address, customer_note, data_request);
    customer::Entity::update_many()
        .col_expr(customer::Column::MergedInto, Expr::value(Some(new)))
        .filter(customer::Column::MergedInto.eq(old))
        .exec(tx)
        .await?;
    hand_over_phones(tx, old, new).await?;
    for row in customer_tag::Entity::find().filter(customer_tag::Column::CustomerId.eq(old)).all(tx).await? {
        let row = customer_tag::Model { customer_id: new, ..row };
        customer_tag::Entity::insert(customer_tag::ActiveModel::from(row).reset_all())
            .on_conflict_do_nothing_on([customer_tag::Column::CustomerId, customer_tag::Column::Tag])
            .exec_without_returning(tx)
            .await?;
    }
    let segments = segment_member::Entity::find().filter(segment_member::Column::CustomerId.eq(old));
    for row in segments.all(tx).await? {
        let row = segment_member::Model { customer_id: new, ..row };
        segment_member::Entity::insert(segment_member::ActiveModel::from(row).reset_all())
            .on_conflict_do_nothing_on([
                segment_member::Column::SegmentId,
                segment_member::Column::CustomerId,
            ])
            .exec_without_returning(tx)
            .await?;
    }
    hand_over_companies(tx, old, new).await?;
    hand_over_consents(tx, old, new).await
}

/// A number that both have for one purpose stays where it is proved.
async fn hand_over_phones(tx: &Tx, old: Uuid, new: Uuid) -> Result<()> {
    use contact_method::{Column as C, Entity};
    let own = Entity::find().filter(C::CustomerId.eq(new)).all(tx).await?;
    for row in Entity::find().filter(C::CustomerId.eq(old)).all(tx).await? {
        let twin = own.iter().find(|known| known.purpose == row.purpose && known.phone == row.phone);
        let goes = match twin {
            Some(twin) if twin.verified_at.is_some() || row.verified_at.is_none() => row.id,
            Some(twin) => twin.id,
            None => Uuid::nil(),
        };
        Entity::delete_by_id(goes).exec(tx).await?;
        Entity::update_many()
            .col_expr(C::CustomerId, Expr::value(new))
            .filter(C::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Of two parts in one company the one that may more stays.
async fn hand_over_companies(tx: &Tx, old: Uuid, new: Uuid) -> Result<()> {
    use company_member::{ActiveModel, Column as C, Entity};
    for row in Entity::find().filter(C::CustomerId.eq(old)).all(tx).await? {
        let own = Entity::find_by_id((row.company_id, new)).one(tx).await?;
        if own.is_some() && row.role != "admin" {
            continue;
        }
        Entity::delete_by_id((row.company_id, new)).exec(tx).await?;
        let row = company_member::Model { customer_id: new, ..row };
        Entity::insert(ActiveModel::from(row).reset_all()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// What was said is copied, since nothing alters a record; where one said no, nobody is
/// written to.
async fn hand_over_consents(tx: &Tx, old: Uuid, new: Uuid) -> Result<()> {
    for row in
        consent_record::Entity::find().filter(consent_record::Column::CustomerId.eq(old)).all(tx).await?
    {
        let row = consent_record::Model { id: new_id::<ConsentRecord>().uuid(), customer_id: new, ..row };
        consent_record::Entity::insert(consent_record::ActiveModel::from(row).reset_all())
            .exec_without_returning(tx)
            .await?;
    }
    use contact_preference::{Column as C, Entity};
    for row in Entity::find().filter(C::CustomerId.eq(old)).all(tx).await? {
        let key = (new, row.purpose.clone(), row.channel.clone());
        match Entity::find_by_id(key).one(tx).await? {
            None => {
                let row = contact_preference::Model { customer_id: new, ..row };
                Entity::insert(contact_preference::ActiveModel::from(row).reset_all())
                    .exec_without_returning(tx)
                    .await?;
            }
            Some(own) if own.given && !row.given => {
                Entity::update_many()
                    .col_expr(C::Given, Expr::value(false))
                    .col_expr(C::Since, Expr::value(row.since))
                    .filter(C::CustomerId.eq(new))
                    .filter(C::Purpose.eq(&row.purpose))
                    .filter(C::Channel.eq(&row.channel))
                    .exec(tx)
                    .await?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}
