//! Coming back in with a link: a new password, or signing in without one.

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::user;
use stoa_identity_types::{LinkPurpose, ResetPassword, UseLink};
use stoa_kernel::{Actor, Ctx, Error, Fields, Result, Tx, audit};
use stoa_types::{Id, User};

use super::{
    PASSWORD_WEAK, Principal, links, model,
    notices::{self, NoticeAbout},
    password, principal, principal_of_user, remembered, session, store,
};

/// Gives the account that the link was sent to a new password, and signs it out everywhere.
/// Nobody is signed in by it: whatever else an account asks for at sign-in it still asks for.
///
/// 404 `auth.link_invalid` for a link that was used, is over, or is older than the password;
/// 422 on `password` when that is too weak.
pub async fn reset_password(ctx: &Ctx, input: &ResetPassword) -> Result<()> {
    let link = links::find(ctx, &input.token, LinkPurpose::Reset).await?;
    let person = links::active_owner(ctx, &link).await?;
    if person.password_changed_at.is_some_and(|changed| changed > link.created_at) {
        return Err(links::invalid());
    }
    let mut fields = Fields::default();
    if let Some(weakness) =
        model::weakness(input.password.reveal(), &[&person.email_normalised, &person.name])
    {
        fields.add("password", PASSWORD_WEAK, weakness);
    }
    fields.finish()?;
    let hash = password::hash(&input.password).await?;
    let id = Id::<User>::new(person.id);
    let ctx = &Ctx { actor: Actor::User(id), ..ctx.clone() };
    let tx = ctx.db().begin().await?;
    links::consume(&tx, ctx, &link).await?;
    links::void(&tx, ctx, &link.email_normalised).await?;
    let done = user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(Some(hash)))
        .col_expr(user::Column::PasswordChangedAt, Expr::value(Some(ctx.now)))
        .col_expr(user::Column::UpdatedAt, ctx.now.into())
        .col_expr(user::Column::Version, Expr::col(user::Column::Version).add(1))
        .filter(user::Column::Id.eq(person.id))
        .filter(user::Column::Version.eq(person.version))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(Error::stale(person.version + 1));
    }
    prove_address(&tx, ctx, id).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.password_reset", id)).await?;
    notices::tell(&tx, ctx, id, NoticeAbout::PasswordChanged).await?;
    remembered::forget_all_in(&tx, id).await?;
    let hashes = session::revoke_all_in(&tx, ctx, id).await?;
    ctx.db().commit(tx).await?;
    hashes.iter().for_each(|hash| store::forget(hash));
    principal::forget(id);
    Ok(())
}

/// Says who somebody is by a link sent to their address, and uses it up.
///
/// 404 `auth.link_invalid` for a link that was used or is over.
pub async fn sign_in_by_link(ctx: &Ctx, input: &UseLink) -> Result<Principal> {
    let link = links::find(ctx, &input.token, LinkPurpose::SignIn).await?;
    let person = links::active_owner(ctx, &link).await?;
    let id = Id::<User>::new(person.id);
    let ctx = &Ctx { actor: Actor::User(id), ..ctx.clone() };
    let tx = ctx.db().begin().await?;
    links::consume(&tx, ctx, &link).await?;
    prove_address(&tx, ctx, id).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.signed_in_by_link", id)).await?;
    ctx.db().commit(tx).await?;
    principal_of_user(&ctx.app, id).await?.ok_or_else(links::invalid)
}

/// Notes that the person has proved their address; the first proof stays, and with it what
/// was bought with the address before becomes theirs.
async fn prove_address(tx: &Tx, ctx: &Ctx, id: Id<User>) -> Result<()> {
    let first = user::Entity::update_many()
        .col_expr(user::Column::EmailVerifiedAt, Expr::value(Some(ctx.now)))
        .filter(user::Column::Id.eq(id.uuid()))
        .filter(user::Column::EmailVerifiedAt.is_null())
        .exec(tx)
        .await?;
    if first.rows_affected == 1 {
        crate::customers::address_proved(tx, ctx, id).await?;
    }
    Ok(())
}
