//! The document around the app.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};
use stoa_ui::page::{Density, PageState};

use crate::App;

/// The HTML document; server only in effect, since the browser hydrates its body.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let state = page_state();
    let viewer = state.viewer;
    let staff = is_below(&["seller", "admin"]);
    let density = (staff && viewer.density == Density::Compact).then_some("compact");
    // The heading font is preloaded where headings are set in it.
    let fonts = if staff || is_below(&["developers"]) { &FONTS[..1] } else { &FONTS[..] };
    view! {
        <!DOCTYPE html>
        <html lang=viewer.locale.lang() dir=viewer.locale.dir() data-theme=viewer.theme.attribute()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                {fonts
                    .iter()
                    .map(|font| {
                        view! { <link rel="preload" href=*font r#as="font" r#type="font/woff2" crossorigin="anonymous"/> }
                    })
                    .collect_view()}
                <HashedStylesheet options=options.clone() id="stoa"/>
                <AutoReload options=options.clone()/>
                {has_bundle(&options).then(|| view! { <HydrationScripts options=options/> })}
                <MetaTags/>
            </head>
            <body data-density=density>
                <App/>
            </body>
        </html>
    }
}

/// Body and heading fonts, Latin parts.
const FONTS: [&str; 2] =
    ["/pkg/fonts/source-sans-3-latin-wght-normal.woff2", "/pkg/fonts/commissioner-latin-flar-normal.woff2"];

fn page_state() -> PageState {
    #[cfg(feature = "ssr")]
    {
        stoa_ui::server::extension::<PageState>().unwrap_or_default()
    }
    #[cfg(not(feature = "ssr"))]
    {
        PageState::default()
    }
}

/// Whether the page belongs to one of these surfaces, named by the first segment of its address.
fn is_below(surfaces: &[&str]) -> bool {
    use_context::<leptos_router::location::RequestUrl>().is_some_and(|url| {
        let url: &str = url.as_ref();
        let path = url.split_once("://").map_or(url, |(_, rest)| rest);
        let first = path.split(['/', '?']).nth(1).unwrap_or_default();
        surfaces.contains(&first)
    })
}

/// Whether the browser's part was built; pages work without it, so they must not ask for it.
fn has_bundle(options: &LeptosOptions) -> bool {
    #[cfg(feature = "ssr")]
    {
        use std::{path::Path, sync::OnceLock};
        static BUILT: OnceLock<bool> = OnceLock::new();
        *BUILT.get_or_init(|| {
            let glue = format!("{}.js", options.output_name);
            options.hash_files
                || Path::new(&*options.site_root).join(&*options.site_pkg_dir).join(glue).is_file()
        })
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = options;
        true
    }
}
