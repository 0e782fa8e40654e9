//! Signing in and the signed-in person's own pages; a part of the browser bundle of its own,
//! inside the storefront's frame.

mod home;
mod sign_in;

stoa_ui::surface! {
    storefront_sign_in "/sign-in" => sign_in::SignInPage,
    storefront_account "/account" => home::AccountPage,
}
