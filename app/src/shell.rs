//! The document around the app, as the server sends it.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::MetaTags;
use stoa_seller::{settings::StopSupport, text};
use stoa_ui::{
    Button, ButtonKind,
    icons::{self, Icon},
    page::{Density, PageState},
    server::{Program, bundle},
};

use crate::{App, frame, server::SupportNotice};

/// The HTML document; the browser takes over its body.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let state = stoa_ui::server::extension::<PageState>().unwrap_or_default();
    let viewer = state.viewer;
    let path = path();
    let surface = path.split('/').nth(1).unwrap_or_default();
    let staff = ["seller", "admin"].contains(&surface);
    let density = (staff && viewer.density == Density::Compact).then_some("compact");
    // The heading font is preloaded where headings are set in it.
    let fonts = if staff || surface == "developers" { &FONTS[..1] } else { &FONTS[..] };
    let bundle = bundle();
    let support = stoa_ui::server::extension::<SupportNotice>().ok();
    let columns = support.is_some().then_some("flex flex-col");
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
                <link id="stoa" rel="stylesheet" href=bundle.stylesheet.as_str()/>
                <AutoReload options=options/>
                {bundle.program.as_ref().map(|program| scripts(program, &path))}
                <MetaTags/>
            </head>
            <body data-density=density class=columns>
                <App/>
                {support.map(support_banner)}
            </body>
        </html>
    }
}

/// What somebody of support sees over every page while they act for a shop: it is no part of what
/// the browser takes over, so that no page can be without it. It stands after the app, because the
/// browser takes over the body from its start.
fn support_banner(SupportNotice(words): SupportNotice) -> impl IntoView {
    view! {
        <aside
            aria-label=text::team::support::banner_label()
            class="order-first flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-warn-soft px-4 py-2 md:px-6"
        >
            <span class="text-warn-fg">
                <Icon glyph=icons::WARNING/>
            </span>
            <p class="min-w-0 flex-1 font-semibold wrap-anywhere">{words}</p>
            <form method="post" action=StopSupport::PATH>
                <Button kind=ButtonKind::Outline small=true>
                    {text::team::support::leave()}
                </Button>
            </form>
        </aside>
    }
}

/// Body and heading fonts, Latin parts.
const FONTS: [&str; 2] =
    ["/pkg/fonts/source-sans-3-latin-wght-normal.woff2", "/pkg/fonts/commissioner-latin-flar-normal.woff2"];

/// Starts the browser's half, and has it load at once what the page at `path` is made of: the
/// browser would otherwise ask for the page's own parts only when the main module runs.
///
/// Leptos' `HydrationScripts` is not used: it reads its file of hashes for every page, and the
/// links to a page's parts are made in the context of whichever page the thread rendered last,
/// so that under load they are missing from one page and stand on another.
fn scripts(program: &'static Program, path: &str) -> impl IntoView {
    let parts = frame::table().parts(path);
    let modules = std::iter::once(program.module.as_str()).chain(program.modules(&parts));
    let start = format!(
        "import({glue:?}).then(glue => glue.default({{module_or_path: {module:?}}}).then(() => glue.hydrate()))",
        glue = program.glue,
        module = program.module,
    );
    view! {
        <link rel="modulepreload" href=program.glue.as_str() crossorigin="anonymous"/>
        <link rel="modulepreload" href=program.loader.as_str() crossorigin="anonymous"/>
        {modules
            .map(|module| {
                view! { <link rel="preload" href=module r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/> }
            })
            .collect_view()}
        <script type="module" nonce=leptos::nonce::use_nonce()>
            {start}
        </script>
    }
}

/// The path of the address that was asked for.
fn path() -> String {
    let url = use_context::<leptos_router::location::RequestUrl>();
    let url: &str = url.as_ref().map_or("", |url| url.as_ref());
    let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    path.split(['?', '#']).next().unwrap_or_default().to_owned()
}
