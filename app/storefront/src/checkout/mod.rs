//! The checkout: two steps, a frame without distractions, and a part of the browser bundle of
//! its own.

pub(crate) mod bill;
pub mod delivery;
pub mod payment;
pub mod returned;
mod shell;

stoa_ui::surface! {
    checkout, at = "/{l}/checkout", shell = shell::Shell;
    checkout_delivery "" => delivery::DeliveryPage,
    checkout_payment "/payment" => payment::PaymentPage,
    checkout_return "/return" => returned::ReturnPage,
}
