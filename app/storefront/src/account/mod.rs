//! Signing in and up, coming back in, and the signed-in person's own pages; a part of the
//! browser bundle of its own, inside the storefront's frame.

mod addresses;
mod apps;
mod code;
mod confirm;
mod connect;
mod devices;
mod frame;
mod home;
mod invitation;
mod link;
mod orders;
mod passkey;
mod passkeys;
mod privacy;
mod profile;
mod recover;
mod second_step;
mod security;
mod sign_in;
mod sign_up;
mod social;
mod support;
mod your_data;

stoa_ui::surface! {
    storefront_sign_in "/sign-in" => sign_in::SignInPage,
    storefront_sign_in "/sign-in/link" => link::SignInLinkPage,
    storefront_sign_in "/sign-in/code" => code::CodePage,
    storefront_sign_in "/sign-in/confirm" => confirm::ConfirmPage,
    storefront_sign_in "/sign-up" => sign_up::SignUpPage,
    storefront_sign_in "/sign-up/confirm" => sign_up::ConfirmPage,
    storefront_sign_in "/invitation" => invitation::InvitationPage,
    storefront_sign_in "/recover" => recover::RecoverPage,
    storefront_sign_in "/recover/password" => recover::NewPasswordPage,
    storefront_sign_in "/unsubscribe" => privacy::UnsubscribePage,
    storefront_sign_in "/data-request" => your_data::DataRequestPage,
    storefront_account "/account" => home::AccountPage,
    storefront_account "/account/orders" => orders::OrdersPage,
    storefront_account "/account/profile" => profile::ProfilePage,
    storefront_account "/account/profile/email" => profile::NewEmailPage,
    storefront_addresses "/account/addresses" => addresses::AddressesPage,
    storefront_addresses "/account/addresses/:id" => addresses::AddressPage,
    storefront_privacy "/account/privacy" => privacy::PrivacyPage,
    storefront_security "/account/apps" => apps::AppsPage,
    storefront_security "/account/connect" => connect::ConnectPage,
    storefront_security "/account/security" => security::SecurityPage,
    storefront_security "/account/security/second-step" => second_step::SecondStepPage,
}
