//! Content: the home page, made of blocks.
//!
//! A block keeps what an editor wrote and which products or categories it means; price,
//! stock and pictures are looked up when it is shown, so nothing on it is ever stale.
//! At this depth there is one page, its blocks are fixed kinds, and it is published
//! when it is set.
//!
//! Tables: `page`, `content_block`. Events: `page.published`.

mod home;

pub use home::{home, set_home};

use stoa_kernel::{Code, ErrorKind, Module, Permission, personal::PersonalTable};

/// Change the shop's pages.
pub const WRITE: Permission = Permission("cms.write");

pub const BLOCK_INVALID: Code = Code::new("cms.block_invalid", ErrorKind::Invalid);

/// What content brings to the kernel.
pub const MODULE: Module = Module {
    number: 16,
    slug: "cms",
    permissions: &[WRITE],
    codes: &[BLOCK_INVALID],
    events: &["page.published"],
    personal: &[
        PersonalTable { table: "page", columns: &[] },
        PersonalTable { table: "content_block", columns: &[] },
    ],
    ..Module::EMPTY
};
