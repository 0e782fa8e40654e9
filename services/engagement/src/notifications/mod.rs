//! Service 19, notifications: tells people what happened to their order, and sends the links
//! that lead into their account and word of what changed about it.
//!
//! An event becomes a row and a job in one transaction; the job renders and sends. An
//! event delivered twice makes one row, so one message. A crash between sending and
//! recording may repeat a mail under the same `Message-ID`. A message is written in the
//! language its order was placed in; one about a parcel speaks of that parcel alone.
//!
//! Tables: `notification`. Events: `notification.sent`, `notification.failed`.

mod account;
mod events;
mod http;
pub mod model;
mod privacy;
mod queries;
mod send;
mod team;

pub use http::routes;
pub use queries::status;

use stoa_kernel::{Code, ErrorKind, Module, Permission, Subscriber, personal::PersonalTable};

/// Read the delivery log.
pub const READ: Permission = Permission("notifications.read");

pub const TEMPLATE_BROKEN: Code = Code::new("notifications.template_broken", ErrorKind::Internal);

pub const MODULE: Module = Module {
    number: 19,
    slug: "notifications",
    permissions: &[READ],
    codes: &[TEMPLATE_BROKEN],
    events: &["notification.sent", "notification.failed"],
    subscribers: &[
        Subscriber {
            name: "notifications.on_order",
            events: &["order.created", "shipment.created", "refund.succeeded"],
            handle: |tx, ctx, event| Box::pin(events::on_order(tx, ctx, event)),
        },
        Subscriber {
            name: "notifications.on_link",
            events: &[stoa_identity::auth::LINK_REQUESTED],
            handle: |tx, ctx, event| Box::pin(account::on_link(tx, ctx, event)),
        },
        Subscriber {
            name: "notifications.on_account_notice",
            events: &[stoa_identity::auth::NOTICE],
            handle: |tx, ctx, event| Box::pin(account::on_notice(tx, ctx, event)),
        },
        Subscriber {
            name: "notifications.on_data_request",
            events: &[stoa_identity::customers::PRIVACY_NOTICE],
            handle: |tx, ctx, event| Box::pin(privacy::on_notice(tx, ctx, event)),
        },
        Subscriber {
            name: "notifications.on_team",
            events: &[stoa_identity::access::TEAM_NOTICE],
            handle: |tx, ctx, event| Box::pin(team::on_team(tx, ctx, event)),
        },
    ],
    jobs: &[send::SEND, account::SEND, account::SEND_NOTICE, privacy::SEND, team::SEND],
    personal: &[PersonalTable { table: "notification", columns: &["recipient"] }],
    ..Module::EMPTY
};
