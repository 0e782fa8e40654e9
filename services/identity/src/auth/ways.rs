//! How somebody can sign in, and that one way stays.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use stoa_identity_entities::{passkey, social_account, user};
use stoa_kernel::{Error, Result, Tx};
use stoa_types::{Id, User};

use super::LAST_WAY;

/// Refuses with 409 `auth.last_way` when taking one way of signing in away would leave none.
/// Called in the transaction that takes it away, before it does; the person's row is locked,
/// so that two that take the last two away at once do not both succeed.
///
/// A link by mail is how somebody comes back in, and no way to count on.
pub(super) async fn keep_one(tx: &Tx, user: Id<User>) -> Result<()> {
    let person = user::Entity::find_by_id(user.uuid()).lock_exclusive().one(tx).await?;
    let person = person.ok_or_else(|| Error::not_found("user"))?;
    let passkeys = passkey::Entity::find().filter(passkey::Column::UserId.eq(user.uuid())).count(tx).await?;
    let social = social_account::Entity::find()
        .filter(social_account::Column::UserId.eq(user.uuid()))
        .count(tx)
        .await?;
    if u64::from(person.password_hash.is_some()) + passkeys + social <= 1 {
        return Err(LAST_WAY.error("This is the only way you sign in. Add another one first."));
    }
    Ok(())
}
