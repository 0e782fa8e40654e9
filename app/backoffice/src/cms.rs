//! The pages editor: the list of pages.

use leptos::prelude::*;
use stoa_ui::{Empty, PageHeader, PageTitle, i18n::link};

use crate::text;

/// `/admin/cms/pages`: the storefront is made of fixed blocks so far, so the list is empty
/// and leads to the page there is.
#[component]
pub fn PagesPage() -> impl IntoView {
    view! {
        <PageTitle text=text::cms::title().to_owned()/>
        <PageHeader title=text::cms::title()/>
        <Empty
            title=text::cms::empty_title()
            text=text::cms::empty_body()
            action_label=text::cms::see_home()
            action_href=link("/")
        />
    }
}
