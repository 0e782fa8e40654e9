//! The developer portal: how to build on Stoa.

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
    developers_reference "/reference" => reference::ReferencePage,
    developers_reference "/reference/:op" => reference::OperationPage,
}
