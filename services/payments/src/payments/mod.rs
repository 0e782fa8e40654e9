//! Payments: takes, captures and gives back money through a provider, without ever
//! seeing a card number.
//!
//! A payment (`payment_intent`) fixes what is to be paid; *attempts*, *captures* and
//! *refunds* are its children. The shopper's card goes from the page straight to the
//! provider; we learn the outcome by asking ([`sync`]), by the provider's message
//! (webhook), or by the sweeper, and all three record it by one function
//! (`record::apply`).
//!
//! Invariants:
//! - Amount and currency never change; they come from the checkout, not from a client.
//! - captured + capturing <= amount, and refunded + refunding <= captured, in the
//!   statements that change them.
//! - What is asked of the provider is written and committed first, under a key of its
//!   own, and asked again with that key until the answer is known. No answer is never
//!   taken for a no.
//! - `payment.authorized` is emitted once, in the transaction that records it.
//! - Money that arrives for a payment that is over is released again.
//! - News older than what was seen is ignored (`provider_version`).
//!
//! Tables: payment_intent, payment_attempt, payment_capture, payment_refund,
//! webhook_event. Events: payment.authorized, payment.captured, payment.refunded,
//! payment.failed, payment.refund.failed, payment.voided (internal).

mod capture;
mod card_numbers;
mod confirm;
mod events;
mod http;
mod intents;
mod model;
mod personal;
mod provider;
mod queries;
mod record;
mod refund;
mod sweep;
mod void;
mod webhooks;

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

pub use capture::request_capture;
pub use card_numbers::{TokenOnly, holds_card_number};
pub use confirm::confirm;
pub use http::routes;
pub use intents::{NewIntent, RiskDecision, attach_order, create_intent, owner_of, prepare};
pub use personal::{erase_of, export_of, ids_of};
pub use provider::{
    AttemptNews, AttemptState, NewRegistration, Outcome, Provider, ProviderError, ProviderEvent,
    ProviderStatus, Providers, Registered, Snapshot,
};
pub use queries::{Intent, find, get, lock, of_cart, steps, unclaimed, with_live};
pub use refund::{RefundRequest, request_refund};
pub use sweep::{sweep, sync};
pub use void::request_void;
pub use webhooks::receive;

/// May see payments.
pub const PAYMENTS_READ: Permission = Permission("payments.read");
/// May pay for any cart, as a partner's checkout does.
pub const PAYMENTS_WRITE: Permission = Permission("payments.write");

/// An attempt is under way.
pub const INTENT_PROCESSING: Code = Code::new(stoa_payments_types::INTENT_PROCESSING, ErrorKind::Conflict);
/// The payment's state does not allow it. Facts: `from`, `allowed`.
pub const INVALID_TRANSITION: Code = Code::new(stoa_payments_types::INVALID_TRANSITION, ErrorKind::Conflict);
/// The time to pay is over.
pub const INTENT_EXPIRED: Code = Code::new(stoa_payments_types::INTENT_EXPIRED, ErrorKind::Conflict);
/// More than what is left to refund. Facts: `refundable`, `currency`.
pub const REFUND_EXCEEDS_CAPTURED: Code =
    Code::new(stoa_payments_types::REFUND_EXCEEDS_CAPTURED, ErrorKind::Conflict);
/// More than what is left to capture. Fact: `capturable`.
pub const CAPTURE_EXCEEDS_AUTHORISED: Code =
    Code::new("payments.capture_exceeds_authorised", ErrorKind::Conflict);
/// A card number was sent to us.
pub const CARD_NUMBER_REFUSED: Code = Code::new(stoa_payments_types::CARD_NUMBER_REFUSED, ErrorKind::Invalid);
/// The cart has no payment.
pub const NO_INTENT: Code = Code::new(stoa_payments_types::NO_INTENT, ErrorKind::Conflict);
/// The checkout was judged too risky to pay.
pub const RISK_REFUSED: Code = Code::new("payments.risk_refused", ErrorKind::Forbidden);
/// Another order has this payment.
pub const ORDER_ATTACHED: Code = Code::new("payments.order_attached", ErrorKind::Conflict);
/// A text is missing, too long or not of the form asked for.
pub const TEXT_INVALID: Code = Code::new("payments.text_invalid", ErrorKind::Invalid);
/// The amount is not allowed.
pub const AMOUNT_INVALID: Code = Code::new("payments.amount_invalid", ErrorKind::Invalid);
/// The provider gives no answer at the moment.
pub const PROVIDER_UNAVAILABLE: Code = Code::new("payments.provider_unavailable", ErrorKind::Unavailable);
/// The message is not signed by the provider, or too old.
pub const WEBHOOK_SIGNATURE: Code = Code::new("payments.webhook_signature", ErrorKind::Unauthenticated);

/// The service.
pub const MODULE: Module = Module {
    number: 7,
    slug: "payments",
    permissions: &[PAYMENTS_READ, PAYMENTS_WRITE],
    codes: &[
        INTENT_PROCESSING,
        INVALID_TRANSITION,
        INTENT_EXPIRED,
        REFUND_EXCEEDS_CAPTURED,
        CAPTURE_EXCEEDS_AUTHORISED,
        CARD_NUMBER_REFUSED,
        NO_INTENT,
        RISK_REFUSED,
        ORDER_ATTACHED,
        TEXT_INVALID,
        AMOUNT_INVALID,
        PROVIDER_UNAVAILABLE,
        WEBHOOK_SIGNATURE,
    ],
    events: &[
        "payment.authorized",
        "payment.captured",
        "payment.refunded",
        "payment.failed",
        "payment.refund.failed",
        "payment.voided",
    ],
    jobs: events::JOBS,
    crons: events::CRONS,
    personal: &[
        PersonalTable { table: "payment_intent", columns: &["card_brand", "card_last4"] },
        PersonalTable { table: "payment_attempt", columns: &["card_brand", "card_last4", "token"] },
        PersonalTable { table: "payment_capture", columns: &[] },
        PersonalTable { table: "payment_refund", columns: &[] },
        PersonalTable { table: "webhook_event", columns: &["raw"] },
    ],
    ..Module::EMPTY
};
