//! Tables of notifications.

pub mod notification;
