//! The table of a surface's pages, loaded by the browser as one part of its own.

/// Declares the pages of one surface (or of one part of it, such as the checkout).
///
/// ```ignore
/// stoa_ui::surface! {
///     seller, at = path!("/seller"), shell = shell::Shell;
///     Home   ""            => home::HomePage,
///     Orders "/orders"     => orders::OrdersPage,
///     Order  "/orders/:id" => orders::OrderPage,
/// }
/// ```
///
/// makes `Page` (one variant per row) and `Routes`, which the app's router mounts. All rows
/// and the shell share one split-off WebAssembly file named after the first word: the main
/// bundle knows only the addresses, so a visitor of another surface downloads none of it.
/// Every page is rendered to complete HTML (`SsrMode::Async`).
///
/// One table per module; the first word must be unique in the program. Pages are components
/// without properties.
#[macro_export]
macro_rules! surface {
    ($name:ident, at = $at:expr, shell = $shell:path; $($variant:ident $path:tt => $page:path),+ $(,)?) => {
        /// A page of this surface.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Page {
            /// What stands around all pages.
            Shell,
            $(
                #[doc = concat!("`", $path, "`")]
                $variant,
            )+
        }

        // An enum and not a function pointer crosses the border: a pointer held by the main
        // bundle would keep the page's code in it.
        #[::leptos::lazy($name)]
        fn surface_view(page: Page) -> ::leptos::prelude::AnyView {
            match page {
                Page::Shell => ::leptos::prelude::IntoAny::into_any($shell()),
                $(Page::$variant => ::leptos::prelude::IntoAny::into_any($page()),)+
            }
        }

        impl ::leptos_router::ChooseView for Page {
            async fn choose(self) -> ::leptos::prelude::AnyView {
                surface_view(self).await
            }

            async fn preload(&self) {
                #[cfg(target_arch = "wasm32")]
                __preload_surface_view().await;
            }
        }

        /// The routes of this surface, for the app's router.
        #[::leptos::component(transparent)]
        pub fn Routes() -> impl ::leptos_router::MatchNestedRoutes + Clone {
            use ::leptos::prelude::*;
            use ::leptos_router::{SsrMode, components::{ParentRoute, Route}, path};
            view! {
                <ParentRoute path=$at view=Page::Shell ssr=SsrMode::Async>
                    $(<Route path=path!($path) view=Page::$variant ssr=SsrMode::Async/>)+
                </ParentRoute>
            }
            .into_inner()
        }
    };
}
