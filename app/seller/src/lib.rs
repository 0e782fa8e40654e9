//! The seller portal: what a shop's people do with their orders.

#[allow(unused_imports, reason = "the table below names it")]
use leptos_router::path;

pub mod home;
mod shell;
/// Messages of the seller portal, made from `app/locales/*/seller`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

stoa_ui::surface! {
    seller, at = path!("/seller"), shell = shell::Shell;
    Home "" => home::HomePage,
}
