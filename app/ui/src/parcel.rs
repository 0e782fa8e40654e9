//! What seller portal and back office show of an order's parcels.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::link::Link;

/// What tells a line apart from others of the same product: options and personalisation.
pub fn item_detail(options: &str, personalisation: &BTreeMap<String, String>) -> String {
    let personal = personalisation.iter().map(|(name, value)| format!("{name}: {value}"));
    let parts: Vec<String> = std::iter::once(options.to_owned()).chain(personal).collect();
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A product in a table of lines, with [`item_detail`] below its title.
pub fn item_title(title: String, detail: String) -> AnyView {
    let detail = (!detail.is_empty())
        .then(|| view! { <span class="block text-sm font-normal text-muted">{detail}</span> }.into_any());
    view! { <span>{title}{detail}</span> }.into_any()
}

/// A parcel that has left.
#[component]
pub fn SentParcel(
    /// Who carries it: "Sent with Argo".
    #[prop(into)]
    title: String,
    /// Words of the tracking link: "Track parcel AB123".
    #[prop(into)]
    tracking: String,
    /// Where it can be followed; empty for nowhere.
    #[prop(into)]
    url: String,
    /// What is in it: "2 × Salt-glazed jug"; empty where it is all there was.
    #[prop(optional, into)]
    content: String,
    /// When it left or arrived.
    #[prop(into)]
    times: String,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let tracking = if url.is_empty() {
        tracking.into_any()
    } else {
        view! { <Link href=url new_tab=true>{tracking}</Link> }.into_any()
    };
    view! {
        <div class="mt-5 flex flex-wrap items-center justify-between gap-4">
            <div class="text-sm min-w-0">
                <p class="font-semibold">{title}</p>
                <p class="wrap-anywhere">{tracking}</p>
                {(!content.is_empty()).then(|| view! { <p>{content}</p> }.into_any())}
                <p class="text-muted">{times}</p>
            </div>
            {children.map(|children| children())}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_leaves_out_what_there_is_not() {
        let none = BTreeMap::new();
        let name = BTreeMap::from([("Name".to_owned(), "Ioanna".to_owned())]);
        assert_eq!(item_detail("", &none), "");
        assert_eq!(item_detail("Sand, Large", &none), "Sand, Large");
        assert_eq!(item_detail("", &name), "Name: Ioanna");
        assert_eq!(item_detail("Sand", &name), "Sand, Name: Ioanna");
    }
}
