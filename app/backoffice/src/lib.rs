//! The back office: what the platform's people do, and the pages editor.

pub mod cms;
pub mod home;
pub mod order;
pub mod orders;
pub mod product;
pub mod products;
pub mod refund;
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
    backoffice_products "/products" => products::ProductsPage,
    backoffice_product "/products/new" => product::NewProductPage,
    backoffice_product "/products/:id" => product::ProductPage,
    backoffice_pages "/cms/pages" => cms::PagesPage,
}
