//! Signing in and up, coming back in, and the signed-in person's own pages; a part of the
//! browser bundle of its own, inside the storefront's frame.

mod code;
mod frame;
mod home;
mod link;
mod recover;
mod second_step;
mod security;
mod sign_in;
mod sign_up;

stoa_ui::surface! {
    storefront_sign_in "/sign-in" => sign_in::SignInPage,
    storefront_sign_in "/sign-in/link" => link::SignInLinkPage,
    storefront_sign_in "/sign-in/code" => code::CodePage,
    storefront_sign_in "/sign-up" => sign_up::SignUpPage,
    storefront_sign_in "/sign-up/confirm" => sign_up::ConfirmPage,
    storefront_sign_in "/recover" => recover::RecoverPage,
    storefront_sign_in "/recover/password" => recover::NewPasswordPage,
    storefront_account "/account" => home::AccountPage,
    storefront_account "/account/security" => security::SecurityPage,
    storefront_account "/account/security/second-step" => second_step::SecondStepPage,
}
