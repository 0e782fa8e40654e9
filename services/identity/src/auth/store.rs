//! tower-sessions' store over the `session` table.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde_json::Value;
use sha2::{Digest, Sha256};
use stoa_identity_entities::session as table;
use stoa_kernel::{Actor, App, Ctx, Error, JobHandler, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_types::{Id as TypedId, Session, User};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store,
};

use super::{
    CACHED,
    session::{SIGNED, Signed, expires},
};

/// How exact "last seen" is: one write in so long, however many requests.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(10);

/// Rows by the hash of their id. The hashes are unguessable, so one cache serves every
/// [`App`] of a process.
static ROWS: LazyLock<Cache<String, Arc<table::Model>>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(CACHED).build());

/// Keeps sessions in the database. The cookie's value is hashed first, so reading the
/// table lets nobody in. Starting and ending a signed-in session is an event and an audit
/// record in the same transaction.
#[derive(Clone)]
pub struct SqlSessions {
    app: App,
}

impl SqlSessions {
    pub fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }

    /// The row as it stands, refused when its time is over.
    async fn row(&self, hash: &str) -> Result<Option<Arc<table::Model>>> {
        let row = match ROWS.get(hash) {
            Some(row) => Some(row),
            None => {
                let row = table::Entity::find()
                    .filter(table::Column::TokenHash.eq(hash))
                    .one(self.app.db.read())
                    .await?;
                row.map(|row| {
                    let row = Arc::new(row);
                    ROWS.insert(hash.to_owned(), row.clone());
                    row
                })
            }
        };
        Ok(row.filter(|row| row.expires_at > self.app.now()))
    }

    /// Notes that the session is in use, which also puts off its end.
    async fn touch(&self, row: &table::Model, signed: Option<&Signed>) -> Result<()> {
        let now = self.app.now();
        if row.last_seen_at + TOUCH_EVERY > now {
            return Ok(());
        }
        table::Entity::update_many()
            .col_expr(table::Column::LastSeenAt, now.into())
            .col_expr(table::Column::ExpiresAt, expires(signed, row.created_at, now).into())
            .filter(table::Column::Id.eq(row.id))
            .exec(self.app.db.write())
            .await?;
        forget(&row.token_hash);
        Ok(())
    }

    async fn insert(&self, record: &mut Record) -> Result<()> {
        let ctx = Ctx::system(&self.app);
        let signed = signed(record);
        let user = signed.as_ref().map(|signed| signed.user);
        let tx = self.app.db.begin().await?;
        // Two of 2^128 ids will not meet, but if they do, neither gets the other's session.
        for _ in 0..3 {
            let id = new_id::<Session>();
            let row = table::ActiveModel {
                id: Set(id.uuid()),
                token_hash: Set(token_hash(&record.id)),
                user_id: Set(user.map(TypedId::uuid)),
                data: Set(serde_json::to_value(&record.data)?),
                user_agent: Set(signed.as_ref().and_then(|signed| signed.user_agent.clone())),
                address: Set(signed.as_ref().and_then(|signed| signed.address.clone())),
                created_at: Set(ctx.now),
                last_seen_at: Set(ctx.now),
                expires_at: Set(expires(signed.as_ref(), ctx.now, ctx.now)),
            };
            let done = table::Entity::insert(row)
                .on_conflict_do_nothing_on([table::Column::TokenHash])
                .exec_without_returning(&tx)
                .await?;
            if !db::inserted(&done) {
                record.id = Id::default();
                continue;
            }
            if let Some(user) = user {
                let ctx = Ctx { actor: Actor::User(user), ..ctx };
                tell(&tx, &ctx, "session.created", id, 1, user).await?;
            }
            return Ok(self.app.db.commit(tx).await?);
        }
        Err(Error::internal("no free session id"))
    }

    /// Writes what pages keep. A session that was revoked in the meantime stays revoked,
    /// and nobody becomes signed in by a write: only a new session can be somebody's.
    async fn update(&self, record: &Record) -> Result<()> {
        let (now, hash) = (self.app.now(), token_hash(&record.id));
        let signed = signed(record);
        let started = signed.as_ref().map_or(now, |signed| signed.at);
        let same_person = match &signed {
            Some(signed) => table::Column::UserId.eq(signed.user.uuid()),
            None => table::Column::UserId.is_null(),
        };
        table::Entity::update_many()
            .col_expr(table::Column::Data, Expr::value(serde_json::to_value(&record.data)?))
            .col_expr(table::Column::LastSeenAt, now.into())
            .col_expr(table::Column::ExpiresAt, expires(signed.as_ref(), started, now).into())
            .filter(table::Column::TokenHash.eq(&hash))
            .filter(table::Column::ExpiresAt.gt(now))
            .filter(same_person)
            .exec(self.app.db.write())
            .await?;
        forget(&hash);
        Ok(())
    }

    async fn remove(&self, hash: &str) -> Result<()> {
        let found =
            table::Entity::find().filter(table::Column::TokenHash.eq(hash)).one(self.app.db.read()).await?;
        // Most visitors have no row yet: looking first keeps them off the writer.
        let Some(row) = found else { return Ok(()) };
        let tx = self.app.db.begin().await?;
        let ctx = Ctx::system(&self.app);
        let actor = row.user_id.map_or(Actor::Visitor, |user| Actor::User(TypedId::new(user)));
        revoke_rows(&tx, &Ctx { actor, ..ctx }, vec![row]).await?;
        self.app.db.commit(tx).await?;
        forget(hash);
        Ok(())
    }
}

impl fmt::Debug for SqlSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqlSessions")
    }
}

#[async_trait]
impl SessionStore for SqlSessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.insert(record).await.map_err(failed)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.update(record).await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let hash = token_hash(id);
        let Some(row) = self.row(&hash).await.map_err(failed)? else { return Ok(None) };
        let data = serde_json::from_value(row.data.clone())
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        let record = Record { id: *id, data, expiry_date };
        self.touch(&row, signed(&record).as_ref()).await.map_err(failed)?;
        Ok(Some(record))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.remove(&token_hash(id)).await.map_err(failed)
    }
}

fn failed(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

fn signed(record: &Record) -> Option<Signed> {
    serde_json::from_value(record.data.get(SIGNED)?.clone()).ok()
}

/// What the table knows an id by.
pub(super) fn token_hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.to_string()))
}

/// Makes the next request read the session anew.
pub(super) fn forget(hash: &str) {
    ROWS.invalidate(hash);
}

/// Deletes sessions; those somebody was signed in on leave an event and an audit record.
pub(super) async fn revoke_rows(tx: &Tx, ctx: &Ctx, rows: Vec<table::Model>) -> Result<()> {
    for row in rows {
        let gone = table::Entity::delete_many().filter(table::Column::Id.eq(row.id)).exec(tx).await?;
        if let (1, Some(user)) = (gone.rows_affected, row.user_id) {
            tell(tx, ctx, "session.revoked", TypedId::new(row.id), 2, TypedId::new(user)).await?;
        }
    }
    Ok(())
}

async fn tell(
    tx: &Tx,
    ctx: &Ctx,
    name: &'static str,
    id: TypedId<Session>,
    version: i64,
    user: TypedId<User>,
) -> Result<()> {
    let facts: Value = serde_json::json!({ "user": user });
    events::emit(tx, ctx, NewEvent::new(name, id, version).data(&facts)).await?;
    audit::record(tx, ctx, audit::Entry::new(name, id).facts(&facts)).await
}

pub(super) const CLEAN_UP: JobHandler =
    JobHandler { kind: "auth.clean_up_sessions", attempts: 3, run: |ctx, _| Box::pin(clean_up(ctx)) };

/// Deletes sessions whose time is over. They ended by themselves, so nobody is told.
async fn clean_up(ctx: &Ctx) -> Result<()> {
    loop {
        let over: DateTime<Utc> = ctx.now;
        // In portions, so that the writer is free in between.
        let some = table::Entity::find()
            .filter(table::Column::ExpiresAt.lte(over))
            .select_only()
            .column(table::Column::Id)
            .limit(1000)
            .into_tuple::<stoa_types::Uuid>()
            .all(ctx.db().read())
            .await?;
        if some.is_empty() {
            return Ok(());
        }
        table::Entity::delete_many().filter(table::Column::Id.is_in(some)).exec(ctx.db().write()).await?;
    }
}
