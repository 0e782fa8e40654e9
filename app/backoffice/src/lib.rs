//! The back office: what the platform's people do, and the pages editor.

pub mod cms;
pub mod customers;
pub mod home;
pub mod order;
pub mod orders;
pub mod product;
pub mod products;
pub mod refund;
pub mod settings;
mod shell;
/// Messages of the back office, made from `app/locales/*/backoffice`.
#[allow(missing_docs, clippy::all)]
pub mod text {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

stoa_ui::surface! {
    backoffice, at = "/admin", shell = shell::Shell;
    backoffice_home "" => home::HomePage,
    backoffice_orders "/orders" => orders::OrdersPage,
    backoffice_order "/orders/:id" => order::OrderPage,
    backoffice_customers "/customers" => customers::CustomersPage,
    backoffice_customers "/customers/privacy" => customers::requests::DataRequestsPage,
    backoffice_customer "/customers/:id" => customers::record::CustomerPage,
    backoffice_customer "/customers/:id/merge" => customers::merge::MergePage,
    backoffice_products "/products" => products::ProductsPage,
    backoffice_product "/products/new" => product::NewProductPage,
    backoffice_product "/products/:id" => product::ProductPage,
    backoffice_pages "/cms/pages" => cms::PagesPage,
    backoffice_access "/settings/team" => settings::PeoplePage,
    backoffice_access "/settings/team/:id" => settings::PersonPage,
    backoffice_access "/settings/roles" => settings::RolesPage,
    backoffice_access "/settings/roles/new" => settings::NewRolePage,
    backoffice_access "/settings/roles/:id" => settings::RolePage,
    backoffice_access "/settings/access" => settings::ExplainPage,
    backoffice_access "/settings/support" => settings::SupportPage,
}
