//! What crosses every wire of Stoa: ids, money, pages and problems.
//!
//! This crate builds for the server and for the browser and changes rarely;
//! whatever belongs to one area lives in that area's own `types` crate.

mod id;
mod money;
mod page;
mod path;
mod problem;
mod words;

pub use id::*;
pub use money::{Currency, Money, MoneyError};
pub use page::{Page, PageQuery};
pub use path::is_local_path;
pub use problem::{FieldError, Problem};

pub use chrono::{DateTime, Utc};
pub use uuid::Uuid;
