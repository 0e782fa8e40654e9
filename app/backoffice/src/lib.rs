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
    Home "" => home::HomePage,
    Orders "/orders" => orders::OrdersPage,
    Order "/orders/:id" => order::OrderPage,
    Products "/products" => products::ProductsPage,
    NewProduct "/products/new" => product::NewProductPage,
    Product "/products/:id" => product::ProductPage,
    Pages "/cms/pages" => cms::PagesPage,
}
