//! Service 22, audit trail: who did what to which record.
//!
//! Each service writes its records in the transaction of the change (see the kernel's
//! `audit`), where they are also numbered and hashed. This service shows them.
//!
//! # Promises
//! - A seller sees what concerns that seller and nothing else.
//! - Records cannot be changed or removed here.
//!
//! # Tables
//! None of its own; reads the kernel's `audit_record`.

use stoa_kernel::{Code, ErrorKind, Module, Permission};

pub mod http;
mod queries;

pub use queries::{RecordsQuery, records};

/// See the audit trail: a seller its own part, the platform all of it.
pub const READ: Permission = Permission("audit.read");

pub const ENTITY_INVALID: Code = Code::new("audit.entity_invalid", ErrorKind::Invalid);

/// The service's part in the kernel.
pub const MODULE: Module =
    Module { number: 22, slug: "audit", permissions: &[READ], codes: &[ENTITY_INVALID], ..Module::EMPTY };
