//! The developer portal: how to build on Stoa.

pub mod apps;
#[cfg(feature = "ssr")]
mod document;
pub mod home;
pub mod reference;
mod shell;
/// Messages of the developer portal, made from `app/locales/*/developers`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

stoa_ui::surface! {
    developers, at = "/developers", shell = shell::Shell;
    developers_home "" => home::HomePage,
    developers_apps "/apps" => apps::list::AppsPage,
    developers_apps "/apps/new" => apps::list::NewAppPage,
    developers_apps "/apps/:id/overview" => apps::overview::OverviewPage,
    developers_apps "/apps/:id/keys" => apps::keys::KeysPage,
    developers_apps "/apps/:id/keys/:key/rotate" => apps::rotate::RotatePage,
    developers_apps "/apps/:id/oauth" => apps::oauth::OAuthPage,
    developers_reference "/reference" => reference::ReferencePage,
    developers_reference "/reference/:op" => reference::OperationPage,
}
