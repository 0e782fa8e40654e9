//! What every service stands on.
//!
//! A use case takes a [`Ctx`] (who asks, for which seller, when) and reaches the
//! rest through it: [`Db`] for rows, [`events`], [`jobs`] and [`audit`] to write in
//! the transaction of the change, [`ports`] for the world outside. Nothing here
//! knows any service; services hand their parts over as a [`Module`].

pub mod app;
pub mod audit;
pub mod ctx;
pub mod db;
pub mod error;
pub mod events;
pub mod format;
pub mod http;
pub mod idempotency;
pub mod jobs;
pub mod module;
pub mod page;
pub mod personal;
pub mod ports;
pub mod sign;
pub mod text;

pub use app::{App, Environment, Settings};
pub use ctx::{Actor, Ctx, Permission, Scope};
pub use db::{Db, Tx};
pub use error::{Code, Error, ErrorKind, Fields, Result};
pub use events::{Event, NewEvent, Subscriber};
pub use futures::future::BoxFuture;
pub use jobs::{Cron, Job, JobHandler};
pub use module::Module;

use stoa_types::Id;

/// A new id: UUIDv7, so rows inserted together lie together.
pub fn new_id<K>() -> Id<K> {
    Id::new(uuid::Uuid::now_v7())
}
