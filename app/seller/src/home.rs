//! The first page of the seller portal.

use leptos::prelude::*;
use stoa_ui::{Link, PageHeader, PageTitle};

use crate::text;

/// `/seller`
#[component]
pub fn HomePage() -> impl IntoView {
    view! {
        <PageTitle text=text::shell::home().to_owned()/>
        <PageHeader title=text::shell::home()/>
        <p>
            <Link href="/seller/orders">{text::home::see_orders()}</Link>
        </p>
    }
}
