//! Views that the server draws for the browser too.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A view drawn to HTML on the server, for what needs no script: lists of products, tables.
/// Sent in the answer of a server function, so that the browser's bundle holds neither the code
/// of the view nor of its data. Links and GET forms in it work as everywhere.
///
/// Nothing in it can listen to the browser or change; a component that does belongs outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Drawn(String);

impl Drawn {
    /// Draws a view; call it where a page or a server function runs, whose locale it takes.
    #[cfg(feature = "ssr")]
    pub fn of(view: AnyView) -> Self {
        Self(view.to_html())
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The view, in an element that takes no part in the layout.
    pub fn view(self) -> AnyView {
        view! { <div class="contents" inner_html=self.0></div> }.into_any()
    }
}

/// A part of a frame that never changes while its document lives, such as a footer: the server
/// draws it and the browser leaves it as it stands, so the bundle holds none of its code. Nothing
/// in it can load or listen.
pub fn still(view: impl FnOnce() -> AnyView) -> AnyView {
    #[cfg(feature = "ssr")]
    let html = view().to_html();
    #[cfg(not(feature = "ssr"))]
    let html = {
        drop(view);
        // A frame that is put up by a navigation, from a page without it, has no drawing to leave
        // as it stands: the server makes it.
        if !Owner::current_shared_context().is_some_and(|context| context.during_hydration()) {
            let _ = window().location().reload();
        }
        String::new()
    };
    view! { <div class="contents" inner_html=html></div> }.into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_drawn_with_its_texts_escaped() {
        let drawn = Owner::new().with(|| Drawn::of(view! { <p class="x">{"<b>".to_owned()}</p> }.into_any()));
        // An empty comment separates text nodes for a browser that takes over.
        assert_eq!(drawn.0, "<p class=\"x\">&lt;b&gt;<!></p>");
        assert!(!drawn.is_empty() && Drawn::default().is_empty());
    }
}
