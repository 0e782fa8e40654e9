//! The back office: what the platform's people do, and the pages editor.

pub mod cms;
pub mod home;
mod shell;
/// Messages of the back office, made from `app/locales/*/backoffice`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

stoa_ui::surface! {
    backoffice, at = "/admin", shell = shell::Shell;
    Home "" => home::HomePage,
    Pages "/cms/pages" => cms::PagesPage,
}
