//! The pages editor: the list of pages.

use leptos::prelude::*;
use stoa_ui::{PageTitle, i18n::link};

use crate::text;

/// `/admin/cms/pages`: the storefront is made of fixed blocks so far, so the list is empty
/// and leads to the page there is.
#[component]
pub fn PagesPage() -> impl IntoView {
    view! {
        <PageTitle text=text::cms::title().to_owned()/>
        <h1 tabindex="-1" class="py-4 text-xl font-semibold outline-none">{text::cms::title()}</h1>
        <stoa_ui::EmptyState
            title=text::cms::empty_title()
            action_label=text::cms::see_home()
            action_href=link("/")
        >
            {text::cms::empty_body()}
        </stoa_ui::EmptyState>
    }
}
