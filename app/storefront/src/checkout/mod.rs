//! The checkout: two steps, a frame without distractions, and a part of the browser bundle of
//! its own.

mod shell;

stoa_ui::surface! {
    checkout, at = "/{l}/checkout", shell = shell::Shell;
    Delivery "" => crate::home::HomePage,
}
