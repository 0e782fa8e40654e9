//! The first page of the back office.

use leptos::prelude::*;
use stoa_ui::PageTitle;

use crate::text;

/// `/admin`
#[component]
pub fn HomePage() -> impl IntoView {
    view! {
        <PageTitle text=text::shell::home().to_owned()/>
        <h1 tabindex="-1" class="py-4 text-xl font-semibold outline-none">{text::shell::home()}</h1>
        <p>
            <a href="/admin/orders" class="font-semibold underline decoration-brand underline-offset-4">
                {text::home::see_orders()}
            </a>
        </p>
    }
}
