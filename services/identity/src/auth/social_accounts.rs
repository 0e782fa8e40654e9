//! Signing in with an account elsewhere, and which of them sign somebody in.
//!
//! An account elsewhere is recognised by its provider's own id for the person. The first time it
//! comes, it joins the account here that has the same address, if its provider says that the
//! address is verified, and if ours is verified too: otherwise somebody could wait here, with an
//! account in another's name and a password they know, for that other to come.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use stoa_identity_entities::{social_account as table, user};
use stoa_identity_types::{RoleName, SocialAccountView, SocialAccounts};
use stoa_kernel::{Actor, Ctx, Error, Result, Tx, audit, db, new_id, ports::Rate, sign};
use stoa_types::{Id, SocialAccount, User};
use tower_sessions::Session;

use super::{
    Account, Attempt, Device, Principal, SOCIAL_CONFIRM_FIRST, SOCIAL_TAKEN, SOCIAL_UNVERIFIED,
    WRONG_CREDENTIALS, check_next, give_role,
    notices::{self, NoticeAbout},
    principal_of_user,
    session::{self, Started},
    social_login, step_up, ways,
};
use crate::{customers, email, text};

/// Attempts begun or ended from one network.
const TRIES: Rate = Rate { name: "auth.social", count: 30, per: std::time::Duration::from_secs(60) };
/// Where in a session's data it says what was begun.
const ATTEMPT: &str = "auth.social_attempt";
/// How long somebody may take at the provider.
const AWAITED: TimeDelta = TimeDelta::minutes(15);

/// An attempt of this browser.
#[derive(Serialize, Deserialize)]
struct Begun {
    provider: String,
    state: String,
    nonce: String,
    verifier: String,
    /// Where it leads afterwards, a path of this site; empty for nowhere in particular.
    next: String,
    /// Who wants the account to sign them in; absent for somebody who signs in by it.
    link: Option<Id<User>>,
    at: DateTime<Utc>,
}

/// What a provider sends the browser back with (RFC 6749, 4.1.2; RFC 9207).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct SocialAnswer {
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub state: Option<String>,
    #[serde(default)]
    pub error: Option<String>,
    #[serde(default)]
    pub iss: Option<String>,
}

/// What came of an attempt. `next` is a path of this site, or empty.
#[derive(Debug)]
pub enum SocialOutcome {
    SignedIn {
        principal: Principal,
        next: String,
    },
    /// The account here asks for its second step.
    SecondStep {
        next: String,
    },
    /// The account signs the person in from now on.
    Linked {
        next: String,
    },
}

/// Begins an attempt: the provider's address to send the browser to. `link`: so that the account
/// signs in the person asking, instead of signing in by it.
///
/// 404 for a provider that is not wired; 400 `auth.next_elsewhere`; 403 `auth.step_up_required`
/// for `link`; 503 when it does not answer.
pub async fn begin(ctx: &Ctx, session: &Session, key: &str, next: &str, link: bool) -> Result<String> {
    ctx.limit(TRIES).await?;
    let provider = social_login(&ctx.app, key)?;
    check_next(ctx, next).await?;
    let link = if link {
        step_up::require(ctx, session).await?;
        Some(ctx.user()?)
    } else {
        None
    };
    let begun = Begun {
        provider: key.to_owned(),
        state: sign::random_token::<32>()?,
        nonce: sign::random_token::<32>()?,
        verifier: sign::random_token::<48>()?,
        next: next.to_owned(),
        link,
        at: ctx.now,
    };
    let address = provider.address(&attempt(ctx, &begun)).await?;
    session.insert(ATTEMPT, begun).await.map_err(Error::internal)?;
    Ok(address)
}

fn attempt(ctx: &Ctx, begun: &Begun) -> Attempt {
    let Begun { provider, state, nonce, verifier, .. } = begun;
    Attempt {
        state: state.clone(),
        nonce: nonce.clone(),
        verifier: verifier.clone(),
        return_to: format!("{}/v1/auth/social/{provider}/callback", ctx.app.settings.public_url),
    }
}

/// Ends an attempt that this browser began, with what the provider sent it back with.
///
/// 401 `auth.wrong_credentials` when it began none, or the provider does not say who it is;
/// 409 `auth.social_unverified` when the provider says no verified address,
/// `auth.social_confirm_first` when an account here has the address and never proved it,
/// `auth.social_taken` when the account signs somebody else in.
pub async fn finish(
    ctx: &Ctx,
    session: &Session,
    key: &str,
    answer: &SocialAnswer,
    device: &Device,
) -> Result<SocialOutcome> {
    ctx.limit(TRIES).await?;
    let provider = social_login(&ctx.app, key)?;
    let refused = || WRONG_CREDENTIALS.error(format!("{} didn't sign you in. Try again.", provider.label()));
    // Once: whatever comes of it, the attempt is over.
    let begun: Option<Begun> = session.remove(ATTEMPT).await.map_err(Error::internal)?;
    session.save().await.map_err(Error::internal)?;
    let begun = begun.filter(|begun| begun.provider == key && begun.at + AWAITED > ctx.now);
    let begun = begun.ok_or_else(refused)?;
    if answer.state.as_ref() != Some(&begun.state) {
        return Err(refused());
    }
    // RFC 9207: one provider's answer is not taken for another's.
    if answer.iss.as_deref().zip(provider.issuer()).is_some_and(|(said, is)| said != is) {
        return Err(refused());
    }
    let code = answer.code.as_deref().filter(|_| answer.error.is_none()).ok_or_else(refused)?;
    let account = provider.identify(&attempt(ctx, &begun), code).await?;
    let known = known(ctx, key, &account.subject).await?;
    let next = begun.next;
    if let Some(user) = begun.link {
        if ctx.user()? != user {
            return Err(refused());
        }
        return link(ctx, key, &account, user, known).await.map(|()| SocialOutcome::Linked { next });
    }
    let user = match known {
        Some(row) => used(ctx, &row).await?,
        None => arrive(ctx, key, &account).await?,
    };
    let principal = principal_of_user(&ctx.app, user).await?.ok_or_else(refused)?;
    Ok(match session::start(ctx, session, &principal, device).await? {
        Started::SignedIn => SocialOutcome::SignedIn { principal, next },
        Started::SecondStep(_) => SocialOutcome::SecondStep { next },
    })
}

async fn known(ctx: &Ctx, provider: &str, subject: &str) -> Result<Option<table::Model>> {
    let found = table::Entity::find()
        .filter(table::Column::Provider.eq(provider))
        .filter(table::Column::Subject.eq(subject));
    Ok(found.one(ctx.db().read()).await?)
}

async fn used(ctx: &Ctx, row: &table::Model) -> Result<Id<User>> {
    let user = Id::<User>::new(row.user_id);
    let ctx = &Ctx { actor: Actor::User(user), ..ctx.clone() };
    let tx = ctx.db().begin().await?;
    table::Entity::update_many()
        .col_expr(table::Column::LastUsedAt, Expr::value(Some(ctx.now)))
        .filter(table::Column::Id.eq(row.id))
        .exec(&tx)
        .await?;
    let entry = audit::Entry::new("user.signed_in_socially", Id::<SocialAccount>::new(row.id));
    audit::record(&tx, ctx, entry).await?;
    ctx.db().commit(tx).await?;
    Ok(user)
}

/// An account elsewhere comes for the first time: it joins the one here with its address, or
/// makes one.
async fn arrive(ctx: &Ctx, provider: &str, account: &Account) -> Result<Id<User>> {
    let unverified = || {
        SOCIAL_UNVERIFIED.error(
            "That account says no email address that it has checked. Check it there, or sign in another way.",
        )
    };
    let address = account.email.as_deref().filter(|_| account.email_verified).and_then(email::normalise);
    let address = address.ok_or_else(unverified)?;
    let found = user::Entity::find().filter(user::Column::EmailNormalised.eq(&address.normalised));
    let id = match found.one(ctx.db().read()).await? {
        Some(person) if person.email_verified_at.is_some() => Id::<User>::new(person.id),
        Some(_) => {
            return Err(SOCIAL_CONFIRM_FIRST.error(
                "There is an account with this address already. Sign in to it by an email link, then add this way.",
            ));
        }
        None => {
            let id = new_id::<User>();
            let ctx = &Ctx { actor: Actor::User(id), ..ctx.clone() };
            let name = account.name.as_deref().and_then(|name| text::line(name, 120));
            let name =
                name.unwrap_or_else(|| address.original.split('@').next().unwrap_or_default().to_owned());
            let tx = ctx.db().begin().await?;
            make(&tx, ctx, id, &address, &name).await?;
            join(&tx, ctx, provider, account, id).await?;
            ctx.db().commit(tx).await?;
            return Ok(id);
        }
    };
    let ctx = &Ctx { actor: Actor::User(id), ..ctx.clone() };
    let tx = ctx.db().begin().await?;
    join(&tx, ctx, provider, account, id).await?;
    notices::tell(&tx, ctx, id, NoticeAbout::SocialLinked).await?;
    ctx.db().commit(tx).await?;
    Ok(id)
}

/// Makes an account for the owner of a verified address, without a password.
async fn make(tx: &Tx, ctx: &Ctx, id: Id<User>, address: &email::Email, name: &str) -> Result<()> {
    let row = user::ActiveModel {
        id: Set(id.uuid()),
        email: Set(address.original.clone()),
        email_normalised: Set(address.normalised.clone()),
        email_verified_at: Set(Some(ctx.now)),
        name: Set(name.to_owned()),
        password_hash: Set(None),
        password_changed_at: Set(None),
        status: Set("active".to_owned()),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(1),
    };
    let done = user::Entity::insert(row)
        .on_conflict_do_nothing_on([user::Column::EmailNormalised])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&done) {
        return Err(super::EMAIL_TAKEN.error("You have an account with this address already. Sign in to it."));
    }
    let facts = serde_json::json!({ "role": RoleName::Shopper });
    audit::record(tx, ctx, audit::Entry::new("user.created", id).facts(facts)).await?;
    give_role(tx, ctx, id, RoleName::Shopper, None).await?;
    let customer = customers::register(tx, ctx, id, &address.original, &address.normalised, name).await?;
    // The address is verified, so what was bought with it as a guest is theirs.
    customers::adopt(tx, ctx, customer, &address.normalised).await
}

async fn link(
    ctx: &Ctx,
    provider: &str,
    account: &Account,
    user: Id<User>,
    known: Option<table::Model>,
) -> Result<()> {
    if let Some(row) = known {
        return if row.user_id == user.uuid() { Ok(()) } else { Err(taken()) };
    }
    let tx = ctx.db().begin().await?;
    join(&tx, ctx, provider, account, user).await?;
    notices::tell(&tx, ctx, user, NoticeAbout::SocialLinked).await?;
    Ok(ctx.db().commit(tx).await?)
}

async fn join(tx: &Tx, ctx: &Ctx, provider: &str, account: &Account, user: Id<User>) -> Result<()> {
    let id = new_id::<SocialAccount>();
    let row = table::ActiveModel {
        id: Set(id.uuid()),
        user_id: Set(user.uuid()),
        provider: Set(provider.to_owned()),
        subject: Set(account.subject.clone()),
        email: Set(account.email.clone()),
        created_at: Set(ctx.now),
        last_used_at: Set(None),
    };
    let done = table::Entity::insert(row)
        .on_conflict_do_nothing_on([table::Column::Provider, table::Column::Subject])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&done) {
        return Err(taken());
    }
    let facts = serde_json::json!({ "provider": provider });
    audit::record(tx, ctx, audit::Entry::new("user.social_linked", id).facts(facts)).await
}

fn taken() -> Error {
    SOCIAL_TAKEN.error("That account signs somebody else in here.")
}

/// The accounts elsewhere that sign the person asking in.
pub async fn list(ctx: &Ctx) -> Result<SocialAccounts> {
    let rows = table::Entity::find()
        .filter(table::Column::UserId.eq(ctx.user()?.uuid()))
        .order_by_asc(table::Column::CreatedAt)
        .order_by_asc(table::Column::Id)
        .limit(100)
        .all(ctx.db().read())
        .await?;
    let view = |row: table::Model| SocialAccountView {
        id: Id::new(row.id),
        label: social_login(&ctx.app, &row.provider)
            .map_or(row.provider.clone(), |known| known.label().to_owned()),
        provider: row.provider,
        email: row.email,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    };
    Ok(SocialAccounts { items: rows.into_iter().map(view).collect() })
}

/// Ends that an account elsewhere signs the person asking in; others' are 404.
///
/// 403 `auth.step_up_required`; 409 `auth.last_way` for the only way they sign in.
pub async fn unlink(ctx: &Ctx, session: &Session, id: Id<SocialAccount>) -> Result<()> {
    let user = ctx.user()?;
    step_up::require(ctx, session).await?;
    let tx = ctx.db().begin().await?;
    let own = table::Entity::find_by_id(id.uuid()).filter(table::Column::UserId.eq(user.uuid()));
    if own.one(&tx).await?.is_none() {
        return Err(Error::not_found("account elsewhere"));
    }
    ways::keep_one(&tx, user).await?;
    table::Entity::delete_by_id(id.uuid()).exec(&tx).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.social_unlinked", id)).await?;
    notices::tell(&tx, ctx, user, NoticeAbout::SocialUnlinked).await?;
    Ok(ctx.db().commit(tx).await?)
}
