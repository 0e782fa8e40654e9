//! Channels (31): catalogues in from other shops' files.
//!
//! Reading is pure: [`read_products`] looks at a file's beginning, refuses
//! what cannot be a catalogue, and then yields one [`Parsed`] per product, in
//! file order and in flat memory. A product is all or nothing: one error in
//! any of its rows and its draft is withheld, while the others go on.
//! [`ProductDraft::fingerprint`] tells an unchanged product from a changed
//! one when the same file comes again.
//!
//! Writing is [`import`]: each product with its prices, stock and pictures in one
//! transaction, or not at all. What a file said last is remembered, so that the same
//! file again changes nothing and a changed one changes only what it changed.
//!
//! [`save`] writes what a person edited the same way, since it too needs product, prices
//! and stock in one transaction: what was edited by somebody else meanwhile is never
//! overwritten unseen, and a form sent twice is saved once.
//!
//! Tables: `import_product`, `product_save`. Events: none of its own; products, prices and stock tell
//! theirs.

mod cells;
mod drafts;
mod html;
mod import;
mod model;
mod pictures;
mod rows;
mod save;
mod shopify;
mod sniff;
mod store;
#[cfg(test)]
mod tests;
mod vendure;

pub use cells::codes;
pub use drafts::{Drafts, MAX_ROWS_PER_PRODUCT, Parsed, Settings, read_products};
pub use import::{ImportRequest, KEPT_ROWS, Progress, import};
pub use model::{
    AttributeDraft, DraftStatus, ImageDraft, ImageSource, OptionAxis, ProductDraft, RowRange, SeoDraft,
    VariantDraft,
};
pub use rows::{MAX_BROKEN_ROWS, MAX_ROW_BYTES};
pub use save::{Edited, OfferEdit, SaveProduct, save};
pub use sniff::{DEFAULT_LIMIT_BYTES, Format, HEAD_BYTES, Refusal, Sniffed, sniff};
pub use vendure::slug_of;

use stoa_kernel::{Code, ErrorKind, Module, Permission, jobs::Cron, personal::PersonalTable};

/// Bring in a catalogue file. Writing its products also needs `products.write`, and
/// showing them `products.publish`.
pub const IMPORT: Permission = Permission("channels.import");

/// Nothing in the file, or a header alone.
pub const FILE_EMPTY: Code = Code::new("channels.import_file_empty", ErrorKind::Invalid);
/// Over the configured limit.
pub const FILE_TOO_LARGE: Code = Code::new("channels.import_file_too_large", ErrorKind::TooLarge);
/// Not text.
pub const FILE_BINARY: Code = Code::new("channels.import_file_binary", ErrorKind::UnsupportedType);
/// Text in another encoding.
pub const FILE_NOT_UTF8: Code = Code::new("channels.import_file_not_utf8", ErrorKind::Invalid);
/// No header of a known format.
pub const HEADER_UNKNOWN: Code = Code::new("channels.import_header_unknown", ErrorKind::Invalid);
/// A known format, but not the one asked for.
pub const FORMAT_OTHER: Code = Code::new("channels.import_format_other", ErrorKind::Invalid);
/// Reading failed.
pub const FILE_UNREADABLE: Code = Code::new("channels.import_file_unreadable", ErrorKind::Invalid);

/// A price was changed by somebody else while it was edited.
pub const PRICE_MOVED: Code = Code::new("channels.price_moved", ErrorKind::Invalid);
/// Fewer are left than the edit takes away.
pub const STOCK_MOVED: Code = Code::new("channels.stock_moved", ErrorKind::Invalid);
/// Not a number of units.
pub const STOCK_INVALID: Code = Code::new("channels.stock_invalid", ErrorKind::Invalid);

/// The service.
pub const MODULE: Module = Module {
    number: 31,
    slug: "channels",
    permissions: &[IMPORT],
    codes: &[
        FILE_EMPTY,
        FILE_TOO_LARGE,
        FILE_BINARY,
        FILE_NOT_UTF8,
        HEADER_UNKNOWN,
        FORMAT_OTHER,
        FILE_UNREADABLE,
        PRICE_MOVED,
        STOCK_MOVED,
        STOCK_INVALID,
    ],
    jobs: &[save::FORGET],
    crons: &[Cron { name: "channels.forget_saves", schedule: "41 3 * * *", job: "channels.forget_saves" }],
    personal: &[
        PersonalTable { table: "import_product", columns: &[] },
        PersonalTable { table: "product_save", columns: &[] },
    ],
    ..Module::EMPTY
};
