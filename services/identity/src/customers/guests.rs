//! Customers without an account.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait,
};
use stoa_identity_entities::{customer, user};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_types::{Customer, Id, Uuid};

use super::{EMAIL_INVALID, GUEST_LINKED, NAME_INVALID};
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
        locale: Set(Some(ctx.locale.clone())),
        shipping_address_id: Set(None),
        billing_address_id: Set(None),
        merged_into: Set(None),
        erased_at: Set(None),
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

/// Whose purchase with this address it is, in the caller's transaction: that of the account
/// which has proved the address, since its mails go there anyway; else the guest's, as
/// [`guest`].
pub async fn buyer(tx: &Tx, ctx: &Ctx, address: &str, name: &str) -> Result<Id<Customer>> {
    if let Some(address) = email::normalise(address) {
        let account = customer::Entity::find()
            .join(JoinType::InnerJoin, customer::Relation::User.def())
            .filter(customer::Column::EmailNormalised.eq(&address.normalised))
            .filter(customer::Column::Kind.eq("registered"))
            .filter(user::Column::EmailNormalised.eq(&address.normalised))
            .filter(user::Column::EmailVerifiedAt.is_not_null())
            .filter(user::Column::Status.eq("active"))
            .select_only()
            .column(customer::Column::Id)
            .into_tuple::<Uuid>()
            .one(tx)
            .await?;
        if let Some(id) = account {
            return Ok(Id::new(id));
        }
    }
    guest(tx, ctx, address, name).await
}

/// Says that a customer has just proved this address, in the caller's transaction: what was
/// bought with it without an account belongs to them. Whoever keeps such things follows the
/// event; nothing is said where nobody bought.
pub(crate) async fn adopt(tx: &Tx, ctx: &Ctx, customer: Id<Customer>, normalised: &str) -> Result<()> {
    let Some(guest) = find(tx, normalised).await? else { return Ok(()) };
    let facts = serde_json::json!({ "customer": customer, "guest": guest });
    let event = NewEvent::new(GUEST_LINKED, customer, ctx.now.timestamp_micros());
    events::emit(tx, ctx, event.data(&facts).internal()).await?;
    audit::record(tx, ctx, audit::Entry::new(GUEST_LINKED, customer).facts(&facts)).await
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
