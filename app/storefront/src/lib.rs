//! The storefront: what shoppers see.

pub mod account;
pub mod cards;
pub mod cart;
pub mod category;
pub mod checkout;
pub mod home;
pub mod list;
pub mod order;
pub mod product;
pub mod search;
pub mod shell;
/// Messages of the storefront, made from `app/locales/*/storefront`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

// What every shopper's first page may be. Pages further on have tables of their own
// (`account`), so that they do not weigh on the first; the checkout also has its own frame.
stoa_ui::surface! {
    storefront, at = "/{l}", shell = shell::Shell, with = [account::pages, cart::pages];
    Home "" => home::HomePage,
    Category "/c/*path" => category::CategoryPage,
    Search "/search" => search::SearchPage,
    Product "/p/:slug" => product::ProductPage,
}
