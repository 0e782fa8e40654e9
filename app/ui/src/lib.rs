//! The design system of Stoa and what all pages share.
//!
//! Components take plain values: money, dates and numbers arrive as the server
//! formatted them. They work without JavaScript; hydration adds. None reads the
//! clock, chance or the window while rendering, so that server and browser
//! render the same.

// App shell: forms, locales, page state, surfaces, the server's half (keep these lines).
pub mod drawn;
pub mod error;
pub mod form;
pub mod i18n;
pub mod load;
pub mod page;
#[cfg(feature = "ssr")]
pub mod server;
pub mod staff_shell;
pub mod surface;
/// Messages of the shared parts, made from `app/locales/*/ui`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

pub use drawn::{Drawn, still};
pub use error::PageError;
pub use form::{FormState, IdempotencyKey, PageForm, use_form, use_form_named};
pub use load::{Loaded, load, load_or, resource};
pub use page::{NotFound, PageTitle, Viewer, failure, flash_message, viewer};

// Components.
pub mod address;
pub mod badge;
pub mod banner;
pub mod button;
pub mod card_fields;
pub mod choice;
pub mod code;
pub mod date;
pub mod dev;
pub mod dialog;
pub mod diff;
pub mod disclosure;
pub mod drawer;
pub mod empty;
pub mod error_summary;
pub mod facets;
pub mod field;
pub mod filter_bar;
pub mod gallery;
pub mod icons;
pub mod layout;
pub mod link;
pub mod loader;
pub mod logo;
pub mod menu;
pub mod money;
pub mod navigation;
pub mod pagination;
pub mod parcel;
pub mod picture;
pub mod price;
pub mod product_card;
pub mod quantity;
pub mod rating;
pub mod save_bar;
pub mod search_box;
pub mod select;
pub mod stat;
pub mod stepper;
pub mod switch;
pub mod table;
pub mod table_tools;
pub mod tabs;
pub mod timeline;
pub mod toast;
pub mod upload;
pub mod upload_form;
pub mod variant_picker;

pub use address::*;
pub use badge::*;
pub use banner::*;
pub use button::*;
pub use card_fields::*;
pub use choice::*;
pub use code::*;
pub use date::*;
pub use dialog::*;
pub use diff::*;
pub use disclosure::*;
pub use drawer::*;
pub use empty::*;
pub use error_summary::*;
pub use facets::*;
pub use field::*;
pub use filter_bar::*;
pub use gallery::*;
pub use icons::{Glyph, Icon};
pub use layout::*;
pub use link::*;
pub use loader::*;
pub use logo::*;
pub use menu::*;
pub use money::*;
pub use navigation::*;
pub use pagination::*;
pub use parcel::*;
pub use picture::*;
pub use price::*;
pub use product_card::*;
pub use quantity::*;
pub use rating::*;
pub use save_bar::*;
pub use search_box::*;
pub use select::*;
pub use stat::*;
pub use stepper::*;
pub use switch::*;
pub use table::*;
pub use table_tools::*;
pub use tabs::*;
pub use timeline::*;
pub use toast::*;
pub use upload::*;
pub use upload_form::*;
pub use variant_picker::*;
