//! Refunds: the one way money goes back, whoever asks for it.
//!
//! A refund is decided with its shares (lines, delivery, tax, commission) in one
//! transaction, sent to the payment provider by the payments service, and settled by
//! what the provider says: `requested` (waits until the payment is taken), `submitted`,
//! `succeeded` or `failed`.
//!
//! Invariants:
//! - Never more than was charged: per line, per delivery and per order guarded by orders,
//!   per payment guarded by payments.
//! - One key is one refund. What is asked of the provider carries the refund's id.
//! - Tax and commission follow what was stored with the line; after the last cent
//!   exactly the stored amounts have gone back.
//! - A refund that fails puts its shares back, so that it can be asked for again.
//! - Books: when it succeeds, seller and commission give their shares back; the entries
//!   of every refund sum to zero.
//!
//! Tables: refund_record, refund_line. Events: refund.initiated, refund.succeeded,
//! refund.failed.

mod commands;
mod events;
mod http;
mod queries;

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

pub use commands::{quote, refund_as_shown, refund_order, refund_payment};
pub use http::routes;
pub use queries::{get, of_order, refundable};

/// May see refunds: staff all, a seller own shares.
pub const READ: Permission = Permission("refunds.read");
/// May give money back (platform staff).
pub const WRITE: Permission = Permission("refunds.write");

/// More than what is left. Fact `refundable`, minor units.
pub const EXCEEDS_REFUNDABLE: Code = stoa_ordering::orders::codes::EXCEEDS_REFUNDABLE;
/// Nothing was asked for, or nothing is left of it.
pub const NOTHING: Code = Code::new("refunds.nothing", ErrorKind::Invalid);
/// Units and a free amount together, or an amount that is none.
pub const AMOUNT_INVALID: Code = Code::new("refunds.amount_invalid", ErrorKind::Invalid);
/// The payment holds no money that could go back.
pub const NOT_PAID: Code = Code::new("refunds.not_paid", ErrorKind::Conflict);

/// It comes to another amount than the one agreed to. Fact `amount`, minor units.
pub const CHANGED: Code = Code::new("refunds.changed", ErrorKind::Conflict);

/// The service.
pub const MODULE: Module = Module {
    number: 34,
    slug: "refunds",
    permissions: &[READ, WRITE],
    codes: &[EXCEEDS_REFUNDABLE, NOTHING, AMOUNT_INVALID, NOT_PAID, CHANGED],
    events: &["refund.initiated", "refund.succeeded", "refund.failed"],
    subscribers: events::SUBSCRIBERS,
    personal: &[
        PersonalTable { table: "refund_record", columns: &["note"] },
        PersonalTable { table: "refund_line", columns: &[] },
    ],
    ..Module::EMPTY
};
