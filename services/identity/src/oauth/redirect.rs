//! Where answers may be sent: which addresses can be registered, and when one is the same.

use std::net::IpAddr;

use url::{Host, Url};

/// Registered addresses of one client.
pub const MOST: usize = 10;
const LONGEST: usize = 2000;

/// What is wrong with an address that is to be registered, if anything: it must be `https`, or
/// `http` on the person's own machine, and leave nothing open.
pub fn wrong(address: &str) -> Option<&'static str> {
    let Some(url) = Url::parse(address).ok().filter(|_| address.len() <= LONGEST) else {
        return Some("isn't a whole address, like https://app.example/callback");
    };
    if address.contains('*') {
        return Some("holds a wildcard: register each address");
    }
    if address.contains('#') {
        return Some("holds a fragment (#)");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("holds a name or password");
    }
    // What another program would read otherwise than we do: `https:\\app`, `https:/app`.
    let plain = |scheme: &str| address.starts_with(&format!("{scheme}://"));
    if address.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Some("holds a space or a backslash");
    }
    // A host may hold signs by URL's standard that mean something in a header, such as `;`.
    let named = match url.host() {
        Some(Host::Domain(name)) => {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }
        other => other.is_some(),
    };
    match url.scheme() {
        "https" | "http" if !named => Some("names no host"),
        "https" if plain("https") => None,
        "http" if plain("http") && is_local(&url) => None,
        "http" => Some("must be https, but for localhost"),
        _ => Some("must begin with https://"),
    }
}

/// Whether an answer may go to `asked`: exactly as registered, but that a program on the
/// person's own machine may listen on another port of the loopback address (RFC 8252, section
/// 7.3), since the system gives it a free one.
pub fn is_registered(registered: &[String], asked: &str) -> bool {
    registered.iter().any(|known| known == asked || differs_by_port(known, asked))
}

fn differs_by_port(known: &str, asked: &str) -> bool {
    let (Ok(mut known), Ok(mut other)) = (Url::parse(known), Url::parse(asked)) else { return false };
    // What is sent back to must read as it was checked.
    if !is_loopback(&known) || wrong(asked).is_some() {
        return false;
    }
    let same = known.set_port(None).is_ok() && other.set_port(None).is_ok();
    same && known == other
}

/// An address of this machine by number; `localhost` is a name that may lead elsewhere.
fn is_loopback(url: &Url) -> bool {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        _ => return false,
    };
    url.scheme() == "http" && ip.is_loopback()
}

fn is_local(url: &Url) -> bool {
    is_loopback(url) || url.host() == Some(Host::Domain("localhost"))
}

/// `address` with these parameters added to its query.
pub fn with(address: &str, parameters: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    url.query_pairs_mut().extend_pairs(parameters);
    url.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 45.E3
    #[test]
    fn a_wildcard_a_fragment_and_plain_http_are_refused() {
        for fine in [
            "https://app.example/callback",
            "https://app.example:8443/callback?tenant=1",
            "http://localhost:3000/callback",
            "http://127.0.0.1/callback",
            "http://[::1]:5000/",
            "https://bücher.example/",
            "https://192.0.2.1/callback",
        ] {
            assert_eq!(wrong(fine), None, "{fine}");
        }
        for bad in [
            "",
            "/callback",
            "app.example/callback",
            "http://app.example/callback",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "https://*.app.example/callback",
            "https://app.example/*",
            "https://app.example/callback#here",
            "https://app.example/#",
            "https://user@app.example/",
            "https://user:secret@app.example/",
            "https:\\\\app.example/",
            "https:/app.example/",
            "https://",
            "https://app.example;script-src/",
            "https://a,b.example/",
            "https://'self'/",
            "https://app.example/ callback",
            "javascript:alert(1)",
            "data:text/html,hello",
            "com.example.app:/callback",
            "//app.example/callback",
        ] {
            assert!(wrong(bad).is_some(), "{bad}");
        }
    }

    /// 12.M6
    #[test]
    fn an_answer_goes_to_an_address_exactly_as_registered() {
        let known = ["https://app.example/callback".to_owned(), "http://127.0.0.1:1234/back?a=1".to_owned()];
        assert!(is_registered(&known, "https://app.example/callback"));
        for other in [
            "https://app.example/callback/",
            "https://app.example/callback?x=1",
            "https://app.example/callback#x",
            "https://APP.example/callback",
            "https://app.example:443/callback",
            "https://app.example:8443/callback",
            "http://app.example/callback",
            "https://app.example.evil.example/callback",
            "https://evil.example/callback",
            "https://app.example@evil.example/callback",
            "http://127.0.0.1:1234/other?a=1",
            "http://127.0.0.1:1234/back?a=2",
            "http://127.0.0.1:1234/back?a=1#x",
            "http://x@127.0.0.1:1234/back?a=1",
            "http://localhost:1234/back?a=1",
        ] {
            assert!(!is_registered(&known, other), "{other}");
        }
        assert!(is_registered(&known, "http://127.0.0.1:50999/back?a=1"), "RFC 8252: any port of loopback");
        assert!(!is_registered(&["http://localhost:1/x".to_owned()], "http://localhost:2/x"));
    }

    #[test]
    fn parameters_are_added_and_none_is_lost() {
        assert_eq!(
            with("https://app.example/cb?tenant=1", &[("code", "a&b"), ("state", "ü")]),
            "https://app.example/cb?tenant=1&code=a%26b&state=%C3%BC"
        );
    }

    proptest! {
        #[test]
        fn what_is_registered_leads_nowhere_else(address in "(https?://)?[a-z:/@.*#\\\\ \\[\\]0-9?;,']{0,40}") {
            if wrong(&address).is_none() {
                let url = Url::parse(&address).unwrap();
                prop_assert!(url.scheme() == "https" || is_local(&url));
                prop_assert!(url.fragment().is_none());
                let origin = url.origin().ascii_serialization();
                prop_assert!(!origin.contains([';', ',', '\'', ' ']), "{}", origin);
            }
        }
    }
}
