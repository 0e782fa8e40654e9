//! Doors to the world outside, each with an embedded default and a twin for scale.

mod bus;
mod bus_postgres;
mod cache;
mod eml;
mod mail;
mod objects;
mod rate;
mod redis;

pub use bus::{Bus, LocalBus};
pub use bus_postgres::PostgresBus;
pub use cache::{Cache, MemoryCache};
pub use eml::ReadMail;
pub use mail::{FolderMailer, Mail, Mailer, SmtpMailer};
pub use objects::{local_objects, s3_objects};
pub use rate::{MemoryRateLimiter, Rate, RateLimiter, network};
pub use redis::Redis;
