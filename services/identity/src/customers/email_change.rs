//! Another e-mail address for an account: asked for by somebody who proves who they are,
//! confirmed by whoever has the new address, told to whoever has the old one.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, SqlErr,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::{customer, user};
use stoa_identity_types::{ChangeEmail, ConfirmEmail, LinkPurpose, LinkSent, StepUp};
use stoa_kernel::{Actor, Ctx, Error, Fields, Result, Tx, audit, ports::Rate};
use stoa_types::{Customer, Id, User};
use tower_sessions::Session;

use super::{
    EMAIL_INVALID, EMAIL_SAME,
    access::{of_user, own},
    guests,
    profile::{take, tell_change},
};
use crate::{
    auth::{self, EMAIL_TAKEN, links, step_up},
    email::{self, Email},
};

/// Changes asked for on one account: each sends two mails.
const CHANGES: Rate = Rate { name: "customers.change_email", count: 5, per: Duration::from_secs(3600) };

/// Asks for another address. Nothing changes yet: a link goes to the new address, and word to
/// the present one. The answer is the same for an address that belongs to somebody else, who
/// is told instead.
///
/// The person proves who they are in the same breath, by password or code, or has done so in
/// the last ten minutes; otherwise 403 `auth.step_up_required`. 422 on `email`, `password` and
/// `code`; 429 when too many are asked for.
pub async fn change_email(
    ctx: &Ctx,
    session: &Session,
    id: Id<Customer>,
    input: &ChangeEmail,
) -> Result<LinkSent> {
    let row = own(ctx, ctx.db().read(), id).await?;
    let person = ctx.user()?;
    let mut fields = Fields::default();
    let address = email::normalise(&input.email);
    fields.check(address.is_some(), "email", EMAIL_INVALID, "Enter an email address, like name@example.com");
    if let Some(address) = &address {
        let other = address.normalised != row.email_normalised;
        fields.check(other, "email", EMAIL_SAME, "This is your address already. Enter another.");
    }
    fields.finish()?;
    let Some(address) = address else { return Err(Error::internal("checked above")) };
    if input.password.is_some() || input.code.is_some() {
        let proof = StepUp { password: input.password.clone(), code: input.code.clone() };
        step_up::confirm(ctx, session, &proof).await?;
    } else {
        step_up::require(ctx, session).await?;
    }
    ctx.limit_each(CHANGES, &person.to_string()).await?;
    let present = Email { original: row.email, normalised: row.email_normalised };
    let tx = ctx.db().begin().await?;
    let sent = links::write(&tx, ctx, LinkPurpose::ChangeEmail, address, None, Some(person)).await?;
    links::write(&tx, ctx, LinkPurpose::EmailNotice, present, None, Some(person)).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.email_change_asked", person)).await?;
    ctx.db().commit(tx).await?;
    Ok(sent)
}

/// Gives the account the address its link was sent to, which is proved by that. Ends every
/// session but the one that asks, and every link that was sent to either address; the former
/// address is told. Guest orders with the new address belong to the account from now on.
///
/// 404 `auth.link_invalid` for a link that was used, is over, or is older than the password;
/// 409 `auth.email_taken` when the address got an account meanwhile.
pub async fn confirm_email(ctx: &Ctx, session: Option<&Session>, input: &ConfirmEmail) -> Result<()> {
    let link = links::find(ctx, &input.token, LinkPurpose::ChangeEmail).await?;
    let owner = link.user_id.ok_or_else(links::invalid)?;
    let person = user::Entity::find_by_id(owner).one(ctx.db().read()).await?;
    let person = person.filter(|person| person.status == "active").ok_or_else(links::invalid)?;
    // Who was told and did not ask has changed their password since.
    if person.password_changed_at.is_some_and(|changed| changed > link.created_at) {
        return Err(links::invalid());
    }
    let id = Id::<User>::new(owner);
    let ctx = &Ctx { actor: Actor::User(id), via: None, ..ctx.clone() };
    let tx = ctx.db().begin().await?;
    links::consume(&tx, ctx, &link).await?;
    links::void(&tx, ctx, &link.email_normalised).await?;
    links::void(&tx, ctx, &person.email_normalised).await?;
    let done = user::Entity::update_many()
        .col_expr(user::Column::Email, link.email.clone().into())
        .col_expr(user::Column::EmailNormalised, link.email_normalised.clone().into())
        .col_expr(user::Column::EmailVerifiedAt, Expr::value(Some(ctx.now)))
        .col_expr(user::Column::UpdatedAt, ctx.now.into())
        .col_expr(user::Column::Version, Expr::col(user::Column::Version).add(1))
        .filter(user::Column::Id.eq(owner))
        .filter(user::Column::Version.eq(person.version))
        .exec(&tx)
        .await
        .map_err(taken)?;
    if done.rows_affected != 1 {
        return Err(Error::stale(person.version + 1));
    }
    if let Some(customer) = of_user(&tx, id).await? {
        let row = take(&tx, ctx, customer).await?;
        customer::Entity::update_many()
            .col_expr(customer::Column::Email, link.email.clone().into())
            .col_expr(customer::Column::EmailNormalised, link.email_normalised.clone().into())
            .filter(customer::Column::Id.eq(row.id))
            .exec(&tx)
            .await
            .map_err(taken)?;
        tell_change(&tx, ctx, customer, row.version, &["email"]).await?;
        guests::adopt(&tx, ctx, customer, &link.email_normalised).await?;
    }
    let former = Email { original: person.email, normalised: person.email_normalised };
    links::write(&tx, ctx, LinkPurpose::EmailChanged, former, None, Some(id)).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.email_changed", id)).await?;
    let forget = auth::session::end_others_in(&tx, ctx, id, session).await?;
    ctx.db().commit(tx).await?;
    forget();
    Ok(())
}

/// Notes that a person has proved the address of their account in the caller's transaction:
/// guest orders with it belong to them from now on. Nothing happens for somebody who never
/// shopped.
pub(crate) async fn address_proved(tx: &Tx, ctx: &Ctx, person: Id<User>) -> Result<()> {
    let found = customer::Entity::find().filter(customer::Column::UserId.eq(person.uuid())).one(tx).await?;
    match found {
        Some(row) => guests::adopt(tx, ctx, Id::new(row.id), &row.email_normalised).await,
        None => Ok(()),
    }
}

fn taken(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            EMAIL_TAKEN.error("Another account has this address already. Sign in to that one.")
        }
        _ => error.into(),
    }
}
