//! Signing in and the signed-in person's own pages; a part of the browser bundle of its own,
//! inside the storefront's frame.

mod home;
mod sign_in;

stoa_ui::surface! {
    account;
    SignIn "/sign-in" => sign_in::SignInPage,
    Home "/account" => home::AccountPage,
}
