//! The tables of the surfaces' pages, each loaded by the browser as a part of its own.
//!
//! All routes share one type (a pattern as text, a view behind a pointer), so that a page
//! costs the browser's bundle its address and nothing else; Leptos' own path types would
//! add code for every shape of address.

use leptos_router::{
    ChooseView, GeneratedRouteData, MatchNestedRoutes, NestedRoute, PartialPathMatch, PathSegment,
    PossibleRouteMatch, RouteMatchId, SsrMode,
    any_nested_match::AnyNestedMatch,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
};

use crate::i18n::Locale;

/// A part of an address: `/orders/:id` has a parameter, `/c/*path` takes the rest, `/{l}`
/// matches a locale we speak (parameter `l`) and nothing else; the empty pattern is the
/// parent's own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern(pub &'static str);

impl Pattern {
    fn parts(self) -> impl Iterator<Item = &'static str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }
}

impl PossibleRouteMatch for Pattern {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let mut params = Vec::new();
        let mut end = 0;
        for part in self.parts() {
            let start = end + usize::from(path[end..].starts_with('/'));
            if let Some(name) = part.strip_prefix('*') {
                params.push((name.into(), path[start..].to_owned()));
                end = path.len();
                break;
            }
            let stop = path[start..].find('/').map_or(path.len(), |length| start + length);
            let segment = &path[start..stop];
            if segment.is_empty() {
                return None;
            }
            if let Some(name) = part.strip_prefix(':') {
                params.push((name.into(), segment.to_owned()));
            } else if part == "{l}" {
                // Exactly as written: another case would be a second address of the same page.
                Locale::from_code(segment).filter(|locale| locale.code() == segment)?;
                params.push(("l".into(), segment.to_owned()));
            } else if part != segment {
                return None;
            }
            end = stop;
        }
        let (matched, remaining) = path.split_at(end);
        Some(PartialPathMatch::new(remaining, params, matched))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        path.extend(self.parts().map(|part| match part.split_at(1) {
            (":", name) => PathSegment::Param(name.into()),
            ("*", name) => PathSegment::Splat(name.into()),
            _ if part == "{l}" => PathSegment::Param("l".into()),
            _ => PathSegment::Static(part.into()),
        }));
    }
}

/// Routes tried in order; the first that matches wins.
#[derive(Clone)]
pub struct Table(Vec<AnyNestedRoute>);

impl Table {
    /// The routes in the order they are tried.
    pub fn new(routes: Vec<AnyNestedRoute>) -> Self {
        Self(routes)
    }
}

impl MatchNestedRoutes for Table {
    type Data = ();
    type Match = AnyNestedMatch;

    fn optional(&self) -> bool {
        false
    }

    fn match_nested<'a>(&'a self, path: &'a str) -> (Option<(RouteMatchId, Self::Match)>, &'a str) {
        for route in self.0.iter() {
            let (found, remaining) = route.match_nested(path);
            if found.is_some() {
                return (found, remaining);
            }
        }
        (None, path)
    }

    fn generate_routes(&self) -> impl IntoIterator<Item = GeneratedRouteData> + '_ {
        self.0.iter().flat_map(AnyNestedRoute::generate_routes)
    }
}

/// A page, rendered to complete HTML before it is sent.
pub fn page(pattern: &'static str, view: impl ChooseView) -> AnyNestedRoute {
    NestedRoute::new(Pattern(pattern), view).ssr_mode(SsrMode::Async).into_any_nested_route()
}

/// A frame with the pages it stands around.
pub fn frame(pattern: &'static str, view: impl ChooseView, pages: Vec<AnyNestedRoute>) -> AnyNestedRoute {
    NestedRoute::new(Pattern(pattern), view)
        .ssr_mode(SsrMode::Async)
        .child(Table::new(pages))
        .into_any_nested_route()
}

/// Declares the pages of one surface (or of one part of it, such as the checkout).
///
/// ```ignore
/// stoa_ui::surface! {
///     seller, at = "/seller", shell = shell::Shell;
///     Home   ""            => home::HomePage,
///     Orders "/orders"     => orders::OrdersPage,
///     Order  "/orders/:id" => orders::OrderPage,
/// }
/// ```
///
/// makes `Page` (one variant for each row) and `routes()`, which the app's router mounts.
/// Addresses are [`Pattern`](crate::surface::Pattern)s. All rows and the shell share one
/// split-off WebAssembly file named after the first word: the main bundle knows only the
/// addresses, so a visitor of another surface downloads none of it.
///
/// What a visitor of the first pages does not need can be a table of its own: without `at` and
/// `shell` it makes `pages()`, which another table takes in by `with = [account::pages]` and
/// puts inside its frame.
///
/// One table per module; the first word must be unique in the program. Pages are components
/// without properties.
#[macro_export]
macro_rules! surface {
    (
        $name:ident, at = $at:literal, shell = $shell:path $(, with = [$($more:path),* $(,)?])?;
        $($variant:ident $path:literal => $page:path),+ $(,)?
    ) => {
        $crate::__pages!($name; Shell "the frame" => $shell, $($variant $path => $page),+);

        /// The routes of this surface, for the app's router.
        pub fn routes() -> ::leptos_router::any_nested_route::AnyNestedRoute {
            #[allow(unused_mut, reason = "not every surface takes in more")]
            let mut pages = vec![$($crate::surface::page($path, Page::$variant)),+];
            $($(pages.extend($more());)*)?
            $crate::surface::frame($at, Page::Shell, pages)
        }
    };
    ($name:ident; $($variant:ident $path:literal => $page:path),+ $(,)?) => {
        $crate::__pages!($name; $($variant $path => $page),+);

        /// The pages of this table, for the frame of another.
        pub fn pages() -> Vec<::leptos_router::any_nested_route::AnyNestedRoute> {
            vec![$($crate::surface::page($path, Page::$variant)),+]
        }
    };
}

/// The part of [`surface!`] that is split off.
#[doc(hidden)]
#[macro_export]
macro_rules! __pages {
    ($name:ident; $($variant:ident $path:literal => $page:path),+) => {
        /// A view of this table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Page {
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
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &'static str, path: &str) -> Option<(String, Vec<(String, String)>)> {
        Pattern(pattern).test(path).map(|found| {
            let rest = found.remaining().to_owned();
            (rest, found.params().into_iter().map(|(name, value)| (name.into_owned(), value)).collect())
        })
    }

    fn param(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn patterns_take_their_part_and_leave_the_rest() {
        assert_eq!(found("/seller", "/seller/orders"), Some(("/orders".to_owned(), vec![])));
        assert_eq!(found("/seller", "/sellers"), None);
        assert_eq!(found("", "/"), Some(("/".to_owned(), vec![])));
        assert_eq!(found("/orders/:id", "/orders/ord_1"), Some((String::new(), vec![param("id", "ord_1")])));
        assert_eq!(found("/orders/:id", "/orders"), None);
        assert_eq!(found("/orders/:id", "/orders/"), None);
        assert_eq!(
            found("/c/*path", "/c/kitchen/jugs"),
            Some((String::new(), vec![param("path", "kitchen/jugs")]))
        );
    }

    #[test]
    fn only_locales_we_speak_are_a_locale() {
        assert_eq!(found("/{l}", "/en-gb/cart"), Some(("/cart".to_owned(), vec![param("l", "en-gb")])));
        assert_eq!(
            found("/{l}/checkout", "/en-gb/checkout/payment").map(|found| found.0),
            Some("/payment".to_owned())
        );
        assert_eq!(found("/{l}", "/EN-GB/cart"), None);
        assert_eq!(found("/{l}", "/nope"), None);
        assert_eq!(found("/{l}", "/"), None);
    }

    #[test]
    fn the_server_learns_the_same_addresses() {
        let mut path = Vec::new();
        Pattern("/{l}/c/*path").generate_path(&mut path);
        let expected = [
            PathSegment::Param("l".into()),
            PathSegment::Static("c".into()),
            PathSegment::Splat("path".into()),
        ];
        assert_eq!(path, expected);
    }
}
