//! One's own password: changing it, choosing a first one, doing without.

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, UpdateMany,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::user;
use stoa_identity_types::ChangePassword;
use stoa_kernel::{Ctx, Error, Fields, Result, Tx, audit};
use stoa_types::{Id, User};
use tower_sessions::Session;

use super::{
    PASSWORD_WEAK, PASSWORD_WRONG, model,
    notices::{self, NoticeAbout},
    password, remembered, session, sign_in, step_up, store, ways,
};

/// Changes the password of the person asking, or chooses a first one; signs them out
/// everywhere else and has every browser asked for the second step again.
///
/// The present password proves who asks; it may be left out by whoever has proved themselves
/// in the last ten minutes ([`step_up`]), and has to be by whoever has none. Otherwise 403
/// `auth.step_up_required`. 422 on `current` when that is not the password, on `new` when it
/// is too weak.
pub async fn change_password(ctx: &Ctx, input: &ChangePassword, session: &Session) -> Result<()> {
    let person = own(ctx).await?;
    let id = Id::<User>::new(person.id);
    let mut fields = Fields::default();
    if let Some(weakness) = model::weakness(input.new.reveal(), &[&person.email_normalised, &person.name]) {
        fields.add("new", PASSWORD_WEAK, weakness);
    }
    match &input.current {
        Some(current) if person.password_hash.is_some() => {
            let right = sign_in::confirm(ctx, &person, current).await?;
            fields.check(right, "current", PASSWORD_WRONG, "This is not your present password.");
        }
        _ => step_up::require(ctx, session).await?,
    }
    fields.finish()?;
    let hash = password::hash(&input.new).await?;
    let tx = ctx.db().begin().await?;
    let change = set(ctx, &person)
        .col_expr(user::Column::PasswordHash, Expr::value(Some(hash)))
        .col_expr(user::Column::PasswordChangedAt, Expr::value(Some(ctx.now)));
    written(change, &tx, &person).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.password_changed", id)).await?;
    notices::tell(&tx, ctx, id, NoticeAbout::PasswordChanged).await?;
    remembered::forget_all_in(&tx, id).await?;
    let hashes = session::revoke_others_in(&tx, ctx, session).await?;
    ctx.db().commit(tx).await?;
    hashes.iter().for_each(|hash| store::forget(hash));
    Ok(())
}

/// Takes the password of the person asking away, so that they sign in by other means alone.
/// Nothing happens where there is none.
///
/// 403 `auth.step_up_required`; 409 `auth.last_way` when nothing else signs them in.
pub async fn remove_password(ctx: &Ctx, session: &Session) -> Result<()> {
    step_up::require(ctx, session).await?;
    let person = own(ctx).await?;
    if person.password_hash.is_none() {
        return Ok(());
    }
    let id = Id::<User>::new(person.id);
    let tx = ctx.db().begin().await?;
    ways::keep_one(&tx, id).await?;
    let change = set(ctx, &person)
        .col_expr(user::Column::PasswordHash, Expr::value(Option::<String>::None))
        .col_expr(user::Column::PasswordChangedAt, Expr::value(Some(ctx.now)));
    written(change, &tx, &person).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.password_removed", id)).await?;
    notices::tell(&tx, ctx, id, NoticeAbout::PasswordRemoved).await?;
    remembered::forget_all_in(&tx, id).await?;
    Ok(ctx.db().commit(tx).await?)
}

/// Whether the person asking signs in by a password too.
pub async fn has_password(ctx: &Ctx) -> Result<bool> {
    Ok(own(ctx).await?.password_hash.is_some())
}

async fn own(ctx: &Ctx) -> Result<user::Model> {
    let found = user::Entity::find_by_id(ctx.user()?.uuid()).one(ctx.db().read()).await?;
    found.ok_or_else(|| Error::not_found("user"))
}

/// A change to the record as it was read: what was checked is still in force when it is written.
fn set(ctx: &Ctx, person: &user::Model) -> UpdateMany<user::Entity> {
    user::Entity::update_many()
        .col_expr(user::Column::UpdatedAt, ctx.now.into())
        .col_expr(user::Column::Version, Expr::col(user::Column::Version).add(1))
        .filter(user::Column::Id.eq(person.id))
        .filter(user::Column::Version.eq(person.version))
}

async fn written(change: UpdateMany<user::Entity>, tx: &Tx, person: &user::Model) -> Result<()> {
    if change.exec(tx).await?.rows_affected == 1 { Ok(()) } else { Err(Error::stale(person.version + 1)) }
}
