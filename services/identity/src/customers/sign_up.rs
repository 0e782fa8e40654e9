//! Customers with an account.

use sea_orm::{ActiveValue::Set, EntityTrait};
use stoa_identity_entities::{customer, user};
use stoa_identity_types::{ConfirmSignUp, LinkPurpose, LinkSent, RoleName, SignUp};
use stoa_kernel::{Actor, Ctx, Error, Fields, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_types::{Customer, Id, User};

use super::{EMAIL_INVALID, NAME_INVALID, SIGN_UPS, guests};
use crate::{
    auth::{self, Device, EMAIL_TAKEN, PASSWORD_WEAK, PASSWORD_WRONG, Principal, links},
    email, text,
};

/// Asks for an account. There is none before the address is confirmed: a mail goes there,
/// and the account is made when its link comes back with the password chosen here
/// ([`confirm_sign_up`]).
///
/// The answer is the same, after the same work, for an address that is registered already;
/// its owner gets a mail that says so. 422 on `email`, `name` and `password`; 429 when too
/// many are asked for.
pub async fn sign_up(ctx: &Ctx, input: &SignUp) -> Result<LinkSent> {
    ctx.limit(SIGN_UPS).await?;
    let mut fields = Fields::default();
    let address = email::normalise(&input.email);
    fields.check(address.is_some(), "email", EMAIL_INVALID, "Enter an email address, like name@example.com");
    let name = text::line(&input.name, 120);
    fields.check(name.is_some(), "name", NAME_INVALID, "Enter a name of up to 120 characters.");
    let weakness = input
        .password
        .as_ref()
        .and_then(|password| auth::weakness(password.reveal(), &[&input.email, &input.name]));
    if let Some(weakness) = weakness {
        fields.add("password", PASSWORD_WEAK, weakness);
    }
    fields.finish()?;
    let (Some(address), Some(name)) = (address, name) else { return Err(Error::internal("checked above")) };
    let password_hash = match &input.password {
        Some(password) => Some(auth::hash(password).await?),
        None => None,
    };
    links::send(ctx, LinkPurpose::SignUp, address, Some(links::Wanted { name, password_hash })).await
}

/// Makes the account that was asked for, its address confirmed, and says who it is.
///
/// The password, where one was chosen, has to be typed again: whoever asks for an account with somebody else's
/// address and gets them to open the link has not got into an account of theirs.
///
/// 404 `auth.link_invalid`; 422 on `password` when it is not the one chosen, after several
/// of which 429; 409 `auth.email_taken` when the address got an account meanwhile.
pub async fn confirm_sign_up(ctx: &Ctx, input: &ConfirmSignUp, device: &Device) -> Result<Principal> {
    let link = links::find(ctx, &input.token, LinkPurpose::SignUp).await?;
    let Some(name) = link.name.clone() else { return Err(links::invalid()) };
    let hash = link.password_hash.clone();
    let right = match &hash {
        Some(hash) => {
            let typed = input.password.clone().unwrap_or_default();
            auth::confirms(ctx, &link.email_normalised, device, &typed, hash).await?
        }
        // Nobody knows a way into this account but whoever has the mail.
        None => true,
    };
    if !right {
        let mut fields = Fields::default();
        fields.add("password", PASSWORD_WRONG, "This is not the password you chose when you signed up.");
        fields.finish()?;
    }
    let id = new_id::<User>();
    let ctx = &Ctx { actor: Actor::User(id), ..ctx.clone() };
    let row = user::ActiveModel {
        id: Set(id.uuid()),
        email: Set(link.email.clone()),
        email_normalised: Set(link.email_normalised.clone()),
        email_verified_at: Set(Some(ctx.now)),
        name: Set(name.clone()),
        password_changed_at: Set(hash.as_ref().map(|_| link.created_at)),
        password_hash: Set(hash),
        status: Set("active".to_owned()),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(1),
    };
    let tx = ctx.db().begin().await?;
    links::consume(&tx, ctx, &link).await?;
    links::void(&tx, ctx, &link.email_normalised).await?;
    let done = user::Entity::insert(row)
        .on_conflict_do_nothing_on([user::Column::EmailNormalised])
        .exec_without_returning(&tx)
        .await?;
    if !db::inserted(&done) {
        return Err(EMAIL_TAKEN.error("You have an account with this address already. Sign in to it."));
    }
    let facts = serde_json::json!({ "role": RoleName::Shopper });
    audit::record(&tx, ctx, audit::Entry::new("user.created", id).facts(facts)).await?;
    auth::give_role(&tx, ctx, id, RoleName::Shopper, None).await?;
    let customer = register(&tx, ctx, id, &link.email, &link.email_normalised, &name).await?;
    guests::adopt(&tx, ctx, customer, &link.email_normalised).await?;
    ctx.db().commit(tx).await?;
    auth::principal_of_user(&ctx.app, id).await?.ok_or_else(|| Error::internal("the account is there"))
}

/// The customer record of an account, in the caller's transaction.
pub(crate) async fn register(
    tx: &Tx,
    ctx: &Ctx,
    user: Id<User>,
    address: &str,
    normalised: &str,
    name: &str,
) -> Result<Id<Customer>> {
    let id = new_id::<Customer>();
    let row = customer::ActiveModel {
        id: Set(id.uuid()),
        kind: Set("registered".to_owned()),
        email: Set(address.to_owned()),
        email_normalised: Set(normalised.to_owned()),
        name: Set(name.to_owned()),
        user_id: Set(Some(user.uuid())),
        locale: Set(Some(ctx.locale.clone())),
        shipping_address_id: Set(None),
        billing_address_id: Set(None),
        merged_into: Set(None),
        erased_at: Set(None),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(1),
    };
    customer::Entity::insert(row).exec_without_returning(tx).await?;
    let facts = serde_json::json!({ "kind": "registered" });
    events::emit(tx, ctx, NewEvent::new("customer.created", id, 1).data(&facts)).await?;
    audit::record(tx, ctx, audit::Entry::new("customer.created", id).facts(&facts)).await?;
    Ok(id)
}
