//! What a service hands to the kernel.

use crate::{
    Permission, Subscriber,
    error::Code,
    jobs::{Cron, JobHandler},
    personal::PersonalTable,
};

/// Everything a service brings along, a constant of the service:
/// `pub const MODULE: Module = Module { slug: "products", number: 1, ..Module::EMPTY };`
pub struct Module {
    /// Number in `services.toml`; 0 for the kernel itself.
    pub number: u8,
    pub slug: &'static str,
    pub permissions: &'static [Permission],
    pub codes: &'static [Code],
    /// Names of the events the service emits.
    pub events: &'static [&'static str],
    pub subscribers: &'static [Subscriber],
    pub jobs: &'static [JobHandler],
    pub crons: &'static [Cron],
    /// Tables of the service and what in them is about a person.
    pub personal: &'static [PersonalTable],
}

impl Module {
    pub const EMPTY: Self = Self {
        number: 0,
        slug: "",
        permissions: &[],
        codes: &[],
        events: &[],
        subscribers: &[],
        jobs: &[],
        crons: &[],
        personal: &[],
    };
}

/// The kernel's own part: schedules for the sequencer and for keeping.
pub const KERNEL: Module = Module {
    slug: "kernel",
    codes: crate::error::codes::ALL,
    jobs: &[crate::audit::SEQUENCE, crate::app::CLEAN_UP],
    crons: &[
        Cron { name: "audit.sequence", schedule: "* * * * *", job: "audit.sequence" },
        Cron { name: "kernel.clean_up", schedule: "17 3 * * *", job: "kernel.clean_up" },
    ],
    personal: &[
        PersonalTable { table: "audit_head", columns: &[] },
        PersonalTable { table: "audit_record", columns: &["actor", "changes"] },
        PersonalTable { table: "cron_run", columns: &[] },
        PersonalTable { table: "idempotency_key", columns: &["body"] },
        PersonalTable { table: "inbox", columns: &[] },
        PersonalTable { table: "job", columns: &["payload"] },
        PersonalTable { table: "outbox_event", columns: &["actor"] },
    ],
    ..Module::EMPTY
};
