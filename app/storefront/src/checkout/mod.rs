//! The checkout: two steps, a frame without distractions, and a part of the browser bundle of
//! its own.

use leptos_router::StaticSegment;
use stoa_ui::i18n::LocaleSegment;

mod shell;

stoa_ui::surface! {
    checkout, at = (LocaleSegment, StaticSegment("checkout")), shell = shell::Shell;
    Delivery "" => crate::home::HomePage,
}
