//! The storefront: what shoppers see.

pub mod account;
pub mod cards;
pub mod cart;
mod cart_panel;
pub mod category;
pub mod checkout;
pub mod home;
pub mod list;
pub mod order;
#[cfg(feature = "ssr")]
mod place;
pub mod product;
pub mod search;
pub mod shell;
/// Messages of the storefront, made from `app/locales/*/storefront`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

// The checkout has a frame and a table of its own.
stoa_ui::surface! {
    storefront, at = "/{l}", shell = shell::Shell, with = [account::pages, cart::pages];
    storefront_home "" => home::HomePage,
    storefront_list "/c/*path" => category::CategoryPage,
    storefront_list "/search" => search::SearchPage,
    storefront_product "/p/:slug" => product::ProductPage,
}
