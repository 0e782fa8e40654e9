//! Channels (31): catalogues in from other shops' files.
//!
//! Reading is pure: [`read_products`] looks at a file's beginning, refuses
//! what cannot be a catalogue, and then yields one [`Parsed`] per product, in
//! file order and in flat memory. A product is all or nothing: one error in
//! any of its rows and its draft is withheld, while the others go on.
//! [`ProductDraft::fingerprint`] tells an unchanged product from a changed
//! one when the same file comes again.

mod cells;
mod drafts;
mod html;
mod model;
mod rows;
mod shopify;
mod sniff;
#[cfg(test)]
mod tests;
mod vendure;

pub use cells::codes;
pub use drafts::{Drafts, MAX_ROWS_PER_PRODUCT, Parsed, Settings, read_products};
pub use model::{
    AttributeDraft, DraftStatus, ImageDraft, ImageSource, OptionAxis, ProductDraft, RowRange, SeoDraft,
    VariantDraft,
};
pub use rows::{MAX_BROKEN_ROWS, MAX_ROW_BYTES};
pub use sniff::{DEFAULT_LIMIT_BYTES, Format, HEAD_BYTES, Refusal, Sniffed, sniff};
pub use vendure::slug_of;
