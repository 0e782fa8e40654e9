//! The seller portal: what a shop's people do with their orders.

pub mod home;
pub mod order;
pub mod orders;
pub mod settings;
mod shell;
/// Messages of the seller portal, made from `app/locales/*/seller`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

stoa_ui::surface! {
    seller, at = "/seller", shell = shell::Shell;
    seller_home "" => home::HomePage,
    seller_orders "/orders" => orders::OrdersPage,
    seller_order "/orders/:id" => order::OrderPage,
    seller_team "/settings/team" => settings::TeamPage,
    seller_team "/settings/team/roles/new" => settings::NewRolePage,
    seller_team "/settings/team/roles/:id" => settings::RolePage,
    seller_team "/settings/team/:id" => settings::MemberPage,
}
