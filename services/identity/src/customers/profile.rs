//! A customer's own record: reading and changing it.

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use stoa_identity_entities::{customer, user};
use stoa_identity_types::{CustomerView, UpdateCustomer};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, events};
use stoa_types::{Customer, Id};

use super::{
    LOCALE_INVALID, NAME_INVALID, READ, WRITE,
    access::{Reach, reach, view},
};
use crate::{auth, text};

/// A customer, for whoever it is; for the platform's staff with `customers.read`, masked.
/// 404 for everybody else.
pub async fn get(ctx: &Ctx, id: Id<Customer>) -> Result<CustomerView> {
    let conn = ctx.db().read();
    let (row, reach) = reach(ctx, conn, id, READ).await?;
    view(conn, row, reach == Reach::Staff).await
}

/// Changes name and language. For whoever it is, and for staff with `customers.write`.
///
/// 412 when the record is another than `version`; 422 with every wrong field.
pub async fn update(
    ctx: &Ctx,
    id: Id<Customer>,
    version: i64,
    input: &UpdateCustomer,
) -> Result<CustomerView> {
    let (row, reach) = reach(ctx, ctx.db().read(), id, WRITE).await?;
    let mut fields = Fields::default();
    let name = match &input.name {
        Some(name) => {
            let name = text::line(name, 120);
            fields.check(name.is_some(), "name", NAME_INVALID, "Enter a name of up to 120 characters.");
            name
        }
        None => None,
    };
    let locale = input.locale.as_deref().map(|locale| locale.trim().to_ascii_lowercase());
    if let Some(locale) = &locale {
        fields.check(is_locale(locale), "locale", LOCALE_INVALID, "Choose a language from the list.");
    }
    fields.finish()?;
    let changed: Vec<&str> = [
        name.as_ref().filter(|name| **name != row.name).map(|_| "name"),
        locale.as_ref().filter(|locale| Some(*locale) != row.locale.as_ref()).map(|_| "locale"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let tx = ctx.db().begin().await?;
    let mut change = touched(ctx);
    if let Some(name) = &name {
        change = change.col_expr(customer::Column::Name, name.clone().into());
    }
    if let Some(locale) = &locale {
        change = change.col_expr(customer::Column::Locale, Expr::value(Some(locale.clone())));
    }
    let done = change
        .filter(customer::Column::Id.eq(row.id))
        .filter(customer::Column::Version.eq(version))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(Error::stale(row.version));
    }
    // Whoever signs in has the name they shop under.
    if let (Some(name), Some(user)) = (&name, row.user_id) {
        user::Entity::update_many()
            .col_expr(user::Column::Name, name.clone().into())
            .col_expr(user::Column::UpdatedAt, ctx.now.into())
            .filter(user::Column::Id.eq(user))
            .exec(&tx)
            .await?;
    }
    tell_change(&tx, ctx, id, version + 1, &changed).await?;
    let row = customer::Entity::find_by_id(id.uuid()).one(&tx).await?;
    let row = row.ok_or_else(|| Error::not_found("customer"))?;
    let person = row.user_id;
    let seen = view(&tx, row, reach == Reach::Staff).await?;
    ctx.db().commit(tx).await?;
    if let Some(person) = person {
        auth::forget_person(Id::new(person));
    }
    Ok(seen)
}

/// The beginning of every change of a customer's row.
pub(super) fn touched(ctx: &Ctx) -> sea_orm::UpdateMany<customer::Entity> {
    customer::Entity::update_many()
        .col_expr(customer::Column::UpdatedAt, ctx.now.into())
        .col_expr(customer::Column::Version, Expr::col(customer::Column::Version).add(1))
}

/// Takes the customer's row for the caller's transaction, since something that belongs to it
/// changes; answers its new version. Whoever changes the same customer's things waits.
pub(super) async fn take(tx: &Tx, ctx: &Ctx, id: Id<Customer>) -> Result<customer::Model> {
    let done = touched(ctx).filter(customer::Column::Id.eq(id.uuid())).exec(tx).await?;
    let row = customer::Entity::find_by_id(id.uuid()).one(tx).await?;
    row.filter(|_| done.rows_affected == 1).ok_or_else(|| Error::not_found("customer"))
}

/// `customer.updated` and its audit record. What changed is named, never what it says.
pub(super) async fn tell_change(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Customer>,
    version: i64,
    changed: &[&str],
) -> Result<()> {
    let facts = json!({ "changed": changed });
    events::emit(tx, ctx, NewEvent::new("customer.updated", id, version).data(&facts)).await?;
    audit::record(tx, ctx, audit::Entry::new("customer.updated", id).facts(&facts)).await
}

/// Lower-case BCP 47 of language and region, such as `en-gb`.
fn is_locale(text: &str) -> bool {
    text.split_once('-').is_some_and(|(language, region)| {
        (2..=3).contains(&language.len())
            && region.len() == 2
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::is_locale;

    #[test]
    fn a_language_is_written_as_in_addresses() {
        assert!(["en-gb", "el-gr", "ar-ae"].into_iter().all(is_locale));
        assert!(!["", "en", "en-GB", "english-gb", "en-gb-x", "<b>-gb"].into_iter().any(is_locale));
    }
}
