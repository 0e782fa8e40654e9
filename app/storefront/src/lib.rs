//! The storefront: what shoppers see.

mod account;
pub mod checkout;
pub mod home;
pub mod shell;
pub mod sign_in;
/// Messages of the storefront, made from `app/locales/*/storefront`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

// The checkout has a table and a frame of its own: see `checkout`.
stoa_ui::surface! {
    storefront, at = "/{l}", shell = shell::Shell;
    Home "" => home::HomePage,
    SignIn "/sign-in" => sign_in::SignInPage,
    Account "/account" => account::AccountPage,
}
