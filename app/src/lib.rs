//! The program the browser sees: one document, one router over all surfaces.
//!
//! The storefront, the seller portal, the back office and the developer portal each bring a
//! table of their pages (`stoa_ui::surface!`); this crate puts them under one roof and owns
//! what is the same everywhere: the document, titles, focus, the page for unknown addresses.

mod dev;
mod frame;
#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "ssr")]
mod shell;

pub use frame::App;
#[cfg(feature = "hydrate")]
pub use frame::hydrate;
#[cfg(feature = "ssr")]
pub use server::router;
#[cfg(feature = "ssr")]
pub use shell::shell;
