//! The developer portal: how to build on Stoa.

pub mod home;
mod shell;
/// Messages of the developer portal, made from `app/locales/*/developers`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

stoa_ui::surface! {
    developers, at = "/developers", shell = shell::Shell;
    Home "" => home::HomePage,
}
