//! The tables of the surfaces' pages, each page loaded by the browser as a part of its own.
//!
//! All routes share one type (a pattern as text, a view behind two pointers), so that a page
//! costs the browser's main module its address and a loader and nothing else; Leptos' own
//! route types would add code for every shape of address and every view.

use std::{borrow::Cow, pin::Pin, sync::Arc, task::Poll};

use leptos::prelude::AnyView;
use leptos_router::{
    ChooseView, GeneratedRouteData, MatchInterface, MatchNestedRoutes, MatchParams, RouteMatchId,
};

use crate::i18n::Locale;

/// A part of an address: `/orders/:id` has a parameter, `/c/*path` takes the rest, `/{l}`
/// matches a locale we speak (parameter `l`) and nothing else; the empty pattern is the
/// parent's own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern(pub &'static str);

type Params = Vec<(Cow<'static, str>, String)>;

impl Pattern {
    fn parts(self) -> impl Iterator<Item = &'static str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// What of `path` this pattern takes, as its length, and the parameters in it.
    fn test(self, path: &str) -> Option<(usize, Params)> {
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
        Some((end, params))
    }
}

/// A future that stays where it was made.
pub type Loading<T> = Pin<Box<dyn Future<Output = T>>>;

/// A page or a frame behind the border of its part: pointers to functions that load the part
/// first, so that the main module holds nothing of what is behind them.
#[derive(Clone, Copy)]
pub struct Part {
    /// What the bundle calls it.
    pub name: &'static str,
    /// Loads the part.
    pub load: fn() -> Loading<()>,
    /// Loads the part and draws the view.
    pub show: fn() -> Loading<AnyView>,
}

impl ChooseView for Part {
    async fn choose(self) -> AnyView {
        (self.show)().await
    }

    async fn preload(&self) {
        (self.load)().await;
    }
}

/// A page, or a frame with the pages it stands around.
#[derive(Clone)]
pub struct Route {
    id: RouteMatchId,
    pattern: Pattern,
    part: Part,
    pages: Vec<Route>,
}

impl Route {
    fn find<'a>(&self, path: &'a str) -> Option<(Found, &'a str)> {
        let (end, mut params) = self.pattern.test(path)?;
        let (matched, mut rest) = path.split_at(end);
        let mut page = None;
        if !self.pages.is_empty() {
            let (found, behind) = find(&self.pages, rest)?;
            params.extend(found.params.iter().cloned());
            page = Some(Box::new(found));
            rest = behind;
        }
        let found = Found { id: self.id, matched: matched.to_owned(), params, part: self.part, page };
        matches!(rest, "" | "/").then_some((found, rest))
    }

    /// The addresses below `path`, for the server.
    #[cfg(feature = "ssr")]
    fn list(&self, mut path: Vec<leptos_router::PathSegment>, addresses: &mut Vec<GeneratedRouteData>) {
        use leptos_router::{Method, PathSegment, SsrMode};
        path.extend(self.pattern.parts().map(|part| match part.split_at(1) {
            (":", name) => PathSegment::Param(name.into()),
            ("*", name) => PathSegment::Splat(name.into()),
            _ if part == "{l}" => PathSegment::Param("l".into()),
            _ => PathSegment::Static(part.into()),
        }));
        for page in &self.pages {
            page.list(path.clone(), addresses);
        }
        if self.pages.is_empty() {
            // Every page is rendered to complete HTML before it is sent.
            addresses.push(GeneratedRouteData {
                segments: path,
                ssr_mode: SsrMode::Async,
                methods: [Method::Get].into(),
                regenerate: Vec::new(),
            });
        }
    }
}

/// The first route that matches wins.
fn find<'a>(routes: &[Route], path: &'a str) -> Option<(Found, &'a str)> {
    routes.iter().find_map(|route| route.find(path))
}

/// A route that matched an address, with the page inside it.
pub struct Found {
    id: RouteMatchId,
    matched: String,
    params: Params,
    part: Part,
    page: Option<Box<Found>>,
}

impl MatchParams for Found {
    fn to_params(&self) -> Params {
        self.params.clone()
    }
}

impl MatchInterface for Found {
    type Child = Found;

    fn as_id(&self) -> RouteMatchId {
        self.id
    }

    fn as_matched(&self) -> &str {
        &self.matched
    }

    fn into_view_and_child(self) -> (impl ChooseView, Option<Found>) {
        (self.part, self.page.map(|page| *page))
    }
}

/// Routes tried in order; the first that matches wins.
#[derive(Clone)]
pub struct Table(Arc<[Route]>);

impl Table {
    /// The routes in the order they are tried.
    pub fn new(routes: Vec<Route>) -> Self {
        Self(routes.into())
    }

    /// The names of the parts that the page at this address is in.
    pub fn parts(&self, address: &str) -> Vec<&'static str> {
        let mut names = Vec::new();
        let mut found = find(&self.0, address).map(|(found, _)| Box::new(found));
        while let Some(route) = found {
            names.push(route.part.name);
            found = route.page;
        }
        names
    }

    /// Loads the parts of the page at this address, all at once.
    pub async fn load(&self, address: &str) {
        let mut loads = Vec::new();
        let mut found = find(&self.0, address).map(|(found, _)| Box::new(found));
        while let Some(route) = found {
            loads.push((route.part.load)());
            found = route.page;
        }
        std::future::poll_fn(|cx| {
            loads.retain_mut(|load| load.as_mut().poll(cx).is_pending());
            if loads.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl MatchNestedRoutes for Table {
    type Data = ();
    type Match = Found;

    fn optional(&self) -> bool {
        false
    }

    fn match_nested<'a>(&'a self, path: &'a str) -> (Option<(RouteMatchId, Found)>, &'a str) {
        match find(&self.0, path) {
            Some((found, rest)) => (Some((found.id, found)), rest),
            None => (None, path),
        }
    }

    fn generate_routes(&self) -> impl IntoIterator<Item = GeneratedRouteData> + '_ {
        #[allow(unused_mut, reason = "only the server asks for addresses")]
        let mut addresses = Vec::new();
        #[cfg(feature = "ssr")]
        for route in self.0.iter() {
            route.list(Vec::new(), &mut addresses);
        }
        addresses
    }
}

/// A page at `pattern`.
pub fn page(pattern: &'static str, part: Part) -> Route {
    frame(pattern, part, Vec::new())
}

/// A frame with the pages it stands around.
pub fn frame(pattern: &'static str, part: Part, pages: Vec<Route>) -> Route {
    Route { id: RouteMatchId::new_from_route_id(), pattern: Pattern(pattern), part, pages }
}

/// Declares the pages of one surface.
///
/// ```ignore
/// stoa_ui::surface! {
///     seller, at = "/seller", shell = shell::Shell;
///     seller_home   ""            => home::HomePage,
///     seller_orders "/orders"     => orders::OrdersPage,
///     seller_order  "/orders/:id" => orders::OrderPage,
/// }
/// ```
///
/// makes `routes()`, which the app's router mounts. Addresses are
/// [`Pattern`](crate::surface::Pattern)s. The first word of a row names the part of the browser
/// bundle that the page is in, and starts with the surface's name: the main module knows only
/// the addresses, a visitor downloads the frame and the page that is looked at. Rows with the
/// same name share a part, for small pages that are seen together. The frame is in the part
/// that the surface is named by.
///
/// Pages further on can have a table in their own module: without `at` and `shell` it makes
/// `pages()`, which another table takes in by `with = [account::pages]` and puts inside its
/// frame.
///
/// One table per module; the names are unique in the program. Pages are components without
/// properties.
#[macro_export]
macro_rules! surface {
    (
        $name:ident, at = $at:literal, shell = $shell:path $(, with = [$($more:path),* $(,)?])?;
        $($part:ident $path:literal => $page:path),+ $(,)?
    ) => {
        /// The routes of this surface, for the app's router.
        pub fn routes() -> $crate::surface::Route {
            #[allow(unused_mut, reason = "not every surface takes in more")]
            let mut pages = vec![$($crate::surface::page($path, $crate::__part!($part, $page))),+];
            $($(pages.extend($more());)*)?
            $crate::surface::frame($at, $crate::__part!($name, $shell), pages)
        }
    };
    ($($part:ident $path:literal => $page:path),+ $(,)?) => {
        /// The pages of this table, for the frame of another.
        pub fn pages() -> Vec<$crate::surface::Route> {
            vec![$($crate::surface::page($path, $crate::__part!($part, $page))),+]
        }
    };
}

/// The part of [`surface!`] that is split off.
#[doc(hidden)]
#[macro_export]
macro_rules! __part {
    ($part:ident, $page:path) => {{
        #[::leptos::lazy($part)]
        fn view() -> ::leptos::prelude::AnyView {
            ::leptos::prelude::IntoAny::into_any($page())
        }

        $crate::surface::Part {
            name: ::std::stringify!($part),
            load: || {
                ::std::boxed::Box::pin(async {
                    #[cfg(target_arch = "wasm32")]
                    __preload_view().await;
                })
            },
            show: || ::std::boxed::Box::pin(view()),
        }
    }};
}

#[cfg(test)]
mod tests {
    use leptos::prelude::IntoAny;

    use super::*;

    fn found(pattern: &'static str, path: &str) -> Option<(String, Vec<(String, String)>)> {
        Pattern(pattern).test(path).map(|(end, params)| {
            let params = params.into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
            (path[end..].to_owned(), params)
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

    fn nowhere() -> Part {
        Part { name: "nowhere", load: || Box::pin(async {}), show: || Box::pin(async { ().into_any() }) }
    }

    fn table() -> Table {
        let orders = vec![page("", nowhere()), page("/orders", nowhere()), page("/orders/:id", nowhere())];
        Table::new(vec![
            frame("/seller", nowhere(), orders),
            frame("/{l}/checkout", nowhere(), vec![page("", nowhere())]),
            frame("/{l}", nowhere(), vec![page("/c/*path", nowhere())]),
        ])
    }

    #[test]
    fn a_frame_takes_the_page_inside_it_and_its_parameters() {
        let table = table();
        let found = |path| {
            let (found, rest) = table.match_nested(path);
            assert!(found.is_none() || matches!(rest, "" | "/"), "{path} leaves {rest}");
            found.map(|(_, found)| found)
        };
        let order = found("/seller/orders/ord_1").expect("an order has a page");
        assert_eq!(order.as_matched(), "/seller");
        assert_eq!(order.to_params(), [("id".into(), "ord_1".to_owned())]);
        let (_, page) = order.into_view_and_child();
        assert_eq!(page.expect("a frame holds a page").as_matched(), "/orders/ord_1");
        assert!(found("/seller").is_some() && found("/seller/").is_some());
        assert!(found("/seller/orders/ord_1/more").is_none());
        assert!(found("/en-gb").is_none(), "a frame without a page for the address is no page");
        let list = found("/en-gb/c/kitchen/jugs").expect("a category has a page");
        assert_eq!(
            list.to_params(),
            [("l".into(), "en-gb".to_owned()), ("path".into(), "kitchen/jugs".to_owned())]
        );
        assert!(found("/en-gb/checkout").is_some());
        assert_eq!(table.parts("/seller/orders/ord_1"), ["nowhere"; 2]);
        assert!(table.parts("/seller/unknown").is_empty());
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn the_server_learns_the_same_addresses() {
        use leptos_router::{PathSegment, SsrMode};
        let addresses: Vec<_> = table().generate_routes().into_iter().collect();
        assert_eq!(addresses.len(), 5);
        assert!(addresses.iter().all(|address| matches!(address.ssr_mode, SsrMode::Async)));
        let expected = [
            PathSegment::Param("l".into()),
            PathSegment::Static("c".into()),
            PathSegment::Splat("path".into()),
        ];
        assert_eq!(addresses[4].segments, expected);
    }
}
