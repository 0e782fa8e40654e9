//! Customers without an account.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use stoa_identity_entities::customer;
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_types::{Customer, Id, Uuid};

use super::{EMAIL_INVALID, NAME_INVALID};
use crate::{email, text};

/// The guest with this address, made in the caller's transaction on their first purchase.
/// The name of an existing one stays: whoever types an address cannot rename its owner.
///
/// 422 on `email` and `name`.
pub async fn guest(tx: &Tx, ctx: &Ctx, address: &str, name: &str) -> Result<Id<Customer>> {
    let mut fields = Fields::default();
    let address = email::normalise(address);
    fields.check(address.is_some(), "email", EMAIL_INVALID, "Enter an email address, like name@example.com");
    let name = text::line(name, 120);
    fields.check(name.is_some(), "name", NAME_INVALID, "Enter a name of up to 120 characters.");
    fields.finish()?;
    let (Some(address), Some(name)) = (address, name) else { return Err(Error::internal("checked above")) };

    if let Some(known) = find(tx, &address.normalised).await? {
        return Ok(known);
    }
    let id = new_id::<Customer>();
    let row = customer::ActiveModel {
        id: Set(id.uuid()),
        kind: Set("guest".to_owned()),
        email: Set(address.original),
        email_normalised: Set(address.normalised.clone()),
        name: Set(name),
        user_id: Set(None),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(1),
    };
    let done = customer::Entity::insert(row)
        .on_conflict_do_nothing_on([customer::Column::EmailNormalised, customer::Column::Kind])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&done) {
        // Another purchase with the same address committed first.
        return find(tx, &address.normalised)
            .await?
            .ok_or_else(|| Error::internal("the guest who was there is gone"));
    }
    let facts = serde_json::json!({ "kind": "guest" });
    events::emit(tx, ctx, NewEvent::new("customer.created", id, 1).data(&facts)).await?;
    audit::record(tx, ctx, audit::Entry::new("customer.created", id).facts(&facts)).await?;
    Ok(id)
}

async fn find(tx: &Tx, normalised: &str) -> Result<Option<Id<Customer>>> {
    let found = customer::Entity::find()
        .filter(customer::Column::EmailNormalised.eq(normalised))
        .filter(customer::Column::Kind.eq("guest"))
        .select_only()
        .column(customer::Column::Id)
        .into_tuple::<Uuid>()
        .one(tx)
        .await?;
    Ok(found.map(Id::new))
}
