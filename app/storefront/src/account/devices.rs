//! Browsers somebody has signed in with, as a list shows them.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub id: String,
    /// "Firefox on Windows".
    pub name: String,
    /// When it was last used and from where, or until when something holds for it.
    pub seen: String,
    /// The one that shows the page.
    pub current: bool,
}

/// Its row, with what can be done about it at the end.
pub(super) fn row(device: Device, end: AnyView) -> AnyView {
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
            <div class="min-w-0">
                <p class="font-semibold wrap-anywhere">{device.name}</p>
                <p class="text-sm text-muted">{device.seen}</p>
            </div>
            {end}
        </li>
    }
    .into_any()
}

/// A browser's description of itself as its owner would say it.
#[cfg(feature = "ssr")]
pub(super) fn named(agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // Browsers claim to be each other: the most particular mark comes first.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => crate::text::account_security::browser_on(browser, system),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => crate::text::account_security::unknown().to_owned(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::named;

    #[test]
    fn a_device_has_the_name_its_owner_would_give_it() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        let linux = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
        assert_eq!(named(windows), "Edge on Windows");
        assert_eq!(named(phone), "Safari on iPhone");
        assert_eq!(named(linux), "Firefox on Linux");
        assert_eq!(named("curl/8.0"), "Unknown device");
    }
}
