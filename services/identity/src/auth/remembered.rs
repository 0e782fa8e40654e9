//! Browsers that are not asked for the second step for thirty days.
//!
//! The cookie holds 256 random bits, the row their hash and whose it is: worth nothing for
//! anybody else. A new password, a reset and a changed second step end all of them.

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use sha2::{Digest, Sha256};
use stoa_identity_entities::remembered_device as table;
use stoa_identity_types::{RememberedDeviceView, RememberedDevices};
use stoa_kernel::{App, Ctx, Error, JobHandler, Result, Tx, audit, new_id, sign};
use stoa_types::{Id, RememberedDevice, User};

use super::Device;

/// Name of the cookie, before its prefix under TLS.
pub const COOKIE: &str = "stoa_device";
/// How long a browser is remembered.
pub const LIFE: TimeDelta = TimeDelta::days(30);

/// What a remembered browser keeps: shown once, stored as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Remembered(String);

impl Remembered {
    /// The header that gives it to the browser: out of reach of scripts and of other sites, and
    /// under TLS sent over TLS alone.
    pub fn cookie(&self, app: &App) -> String {
        let secure = if app.settings.is_https() { "; Secure" } else { "" };
        let (name, seconds) = (app.settings.cookie(COOKIE), LIFE.num_seconds());
        format!("{name}={}; Path=/; Max-Age={seconds}; SameSite=Lax; HttpOnly{secure}", self.0)
    }
}

/// Remembers this browser for the person of `ctx`.
pub(super) async fn remember(ctx: &Ctx, user: Id<User>, device: &Device) -> Result<Remembered> {
    let token = sign::random_token::<32>()?;
    let id = new_id::<RememberedDevice>();
    let row = table::ActiveModel {
        id: Set(id.uuid()),
        user_id: Set(user.uuid()),
        token_hash: Set(hash(&token)),
        user_agent: Set(device.user_agent.clone()),
        address: Set(device.address.map(|address| address.to_canonical().to_string())),
        created_at: Set(ctx.now),
        last_used_at: Set(ctx.now),
        expires_at: Set(ctx.now + LIFE),
    };
    let tx = ctx.db().begin().await?;
    table::Entity::insert(row).exec_without_returning(&tx).await?;
    audit::record(&tx, ctx, audit::Entry::new("user.device_remembered", id)).await?;
    ctx.db().commit(tx).await?;
    Ok(Remembered(token))
}

/// Whether this browser is remembered for this person; notes that it was used.
pub(super) async fn recognise(ctx: &Ctx, user: Id<User>, device: &Device) -> Result<bool> {
    let Some(token) = &device.remembered else { return Ok(false) };
    let done = table::Entity::update_many()
        .col_expr(table::Column::LastUsedAt, Expr::value(ctx.now))
        .filter(table::Column::TokenHash.eq(hash(token)))
        .filter(table::Column::UserId.eq(user.uuid()))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .exec(ctx.db().write())
        .await?;
    Ok(done.rows_affected == 1)
}

/// The browsers that are not asked when the person asking signs in; at most 100.
pub async fn list(ctx: &Ctx, device: &Device) -> Result<RememberedDevices> {
    let rows = table::Entity::find()
        .filter(table::Column::UserId.eq(ctx.user()?.uuid()))
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .order_by_desc(table::Column::LastUsedAt)
        .order_by_desc(table::Column::Id)
        .limit(100)
        .all(ctx.db().read())
        .await?;
    let own = device.remembered.as_deref().map(hash);
    let view = |row: table::Model| RememberedDeviceView {
        current: own.as_ref() == Some(&row.token_hash),
        id: Id::new(row.id),
        user_agent: row.user_agent,
        address: row.address,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
    };
    Ok(RememberedDevices { items: rows.into_iter().map(view).collect() })
}

/// Forgets one browser of one's own; others' are 404.
pub async fn revoke(ctx: &Ctx, id: Id<RememberedDevice>) -> Result<()> {
    let user = ctx.user()?;
    let tx = ctx.db().begin().await?;
    let gone = table::Entity::delete_many()
        .filter(table::Column::Id.eq(id.uuid()))
        .filter(table::Column::UserId.eq(user.uuid()))
        .exec(&tx)
        .await?;
    if gone.rows_affected == 0 {
        return Err(Error::not_found("remembered device"));
    }
    audit::record(&tx, ctx, audit::Entry::new("user.device_forgotten", id)).await?;
    Ok(ctx.db().commit(tx).await?)
}

/// Forgets every browser of somebody, in the caller's transaction.
pub(super) async fn forget_all_in(tx: &Tx, user: Id<User>) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::UserId.eq(user.uuid())).exec(tx).await?;
    Ok(())
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

pub(super) const CLEAN_UP: JobHandler =
    JobHandler { kind: "auth.clean_up_devices", attempts: 3, run: |ctx, _| Box::pin(clean_up(ctx)) };

/// Deletes browsers whose thirty days are over, and kinds of browser not seen for a year.
async fn clean_up(ctx: &Ctx) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::ExpiresAt.lte(ctx.now)).exec(ctx.db().write()).await?;
    super::notices::clean_up(ctx).await
}
