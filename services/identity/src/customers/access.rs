//! Whose record somebody may touch, and what of it they see.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use stoa_identity_entities::{customer, user};
use stoa_identity_types::{CustomerKind, CustomerView};
use stoa_kernel::{Ctx, Error, Permission, Result, Tx};
use stoa_types::{Customer, Id, User};

use super::sign_up::register;

/// On whose behalf a record is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// One's own.
    Own,
    /// The platform's, by a permission.
    Staff,
}

/// The customer of this id, for whoever it is and for the platform's staff with `permission`.
/// 401 for a visitor, 404 for everybody else.
pub(super) async fn reach(
    ctx: &Ctx,
    conn: &impl ConnectionTrait,
    id: Id<Customer>,
    permission: Permission,
) -> Result<(customer::Model, Reach)> {
    let staff = ctx.may(permission) && ctx.seller.is_none();
    let person = match ctx.user() {
        Ok(person) => Some(person),
        Err(_) if staff => None,
        Err(refused) => return Err(refused),
    };
    let row = customer::Entity::find_by_id(id.uuid()).one(conn).await?;
    let unknown = || Error::not_found("customer");
    let row = row.ok_or_else(unknown)?;
    match person {
        Some(person) if row.user_id == Some(person.uuid()) => Ok((row, Reach::Own)),
        _ if staff => Ok((row, Reach::Staff)),
        _ => Err(unknown()),
    }
}

/// [`reach`] for what a person alone decides about: staff get 404, too.
pub(super) async fn own(ctx: &Ctx, conn: &impl ConnectionTrait, id: Id<Customer>) -> Result<customer::Model> {
    let person = ctx.user()?;
    let row = customer::Entity::find_by_id(id.uuid()).one(conn).await?;
    row.filter(|row| row.user_id == Some(person.uuid())).ok_or_else(|| Error::not_found("customer"))
}

/// Whether the customer's record is the one of the person asking; for services above, whose
/// records belong to customers.
pub async fn is_own(ctx: &Ctx, id: Id<Customer>) -> Result<bool> {
    let Ok(person) = ctx.user() else { return Ok(false) };
    let row = customer::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?;
    Ok(row.is_some_and(|row| row.user_id == Some(person.uuid())))
}

/// The customer of the person asking, made where somebody was registered by staff and has
/// none yet; 401 for a visitor.
pub async fn mine(ctx: &Ctx) -> Result<Id<Customer>> {
    let person = ctx.user()?;
    if let Some(id) = of_user(ctx.db().read(), person).await? {
        return Ok(id);
    }
    let tx = ctx.db().begin().await?;
    let id = ensure(&tx, ctx, person).await?;
    ctx.db().commit(tx).await?;
    Ok(id)
}

/// The customer of a person with an account, made in the caller's transaction where there is
/// none yet. Serves the command line as well, which gives people an account without a mail.
pub async fn ensure(tx: &Tx, ctx: &Ctx, person: Id<User>) -> Result<Id<Customer>> {
    if let Some(id) = of_user(tx, person).await? {
        return Ok(id);
    }
    let row = user::Entity::find_by_id(person.uuid()).one(tx).await?;
    let row = row.ok_or_else(|| Error::not_found("user"))?;
    register(tx, ctx, person, &row.email, &row.email_normalised, &row.name).await
}

/// The customer who is signed in, in the caller's transaction, made where there is none yet;
/// none for a visitor and for programs.
pub async fn shopper(tx: &Tx, ctx: &Ctx) -> Result<Option<Id<Customer>>> {
    let Ok(person) = ctx.user() else { return Ok(None) };
    if user::Entity::find_by_id(person.uuid()).one(tx).await?.is_none() {
        return Ok(None);
    }
    ensure(tx, ctx, person).await.map(Some)
}

/// The customer of a person; none for somebody who never shopped.
pub(super) async fn of_user(conn: &impl ConnectionTrait, person: Id<User>) -> Result<Option<Id<Customer>>> {
    let found = customer::Entity::find().filter(customer::Column::UserId.eq(person.uuid()));
    Ok(found.one(conn).await?.map(|row| Id::new(row.id)))
}

/// The record as its owner or staff see it.
pub(super) async fn view(
    conn: &impl ConnectionTrait,
    row: customer::Model,
    masked: bool,
) -> Result<CustomerView> {
    let verified = match row.user_id {
        Some(user) => user::Entity::find_by_id(user)
            .one(conn)
            .await?
            .is_some_and(|user| user.email_verified_at.is_some()),
        None => false,
    };
    let shown = |text: String, mask: fn(&str) -> String| if masked { mask(&text) } else { text };
    Ok(CustomerView {
        id: Id::new(row.id),
        kind: kind(&row.kind),
        email: shown(row.email, mask_email),
        email_verified: verified,
        name: shown(row.name, mask_name),
        locale: row.locale,
        masked,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

/// The stored word's meaning: whoever is not known to have an account is a guest.
pub(super) fn kind(word: &str) -> CustomerKind {
    word.parse().unwrap_or(CustomerKind::Guest)
}

/// `ana.ruiz@stoa.example` as `a…@s….example`: enough to recognise one among few.
pub(super) fn mask_email(email: &str) -> String {
    let Some((local, domain)) = email.rsplit_once('@') else { return mask_name(email) };
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let ending = domain.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
    format!("{}…@{}…{ending}", first(local), first(domain))
}

/// `Ana Ruiz` as `A… R…`.
pub(super) fn mask_name(name: &str) -> String {
    let word = |word: &str| word.chars().next().map(|first| format!("{first}…")).unwrap_or_default();
    name.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 11.M10
    #[test]
    fn a_mask_says_little_and_never_the_whole() {
        assert_eq!(mask_email("ana.ruiz@stoa.example"), "a…@s….example");
        assert_eq!(mask_email("x"), "x…");
        assert_eq!(mask_email(""), "");
        assert_eq!(mask_name("Ana  Ruiz"), "A… R…");
        assert_eq!(mask_name("Ž"), "Ž…");
    }
}
