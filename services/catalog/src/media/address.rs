//! Where pictures may be fetched from: public addresses only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use stoa_kernel::Result;
use url::{Host, Url};

use super::{ADDRESS_INVALID, NOT_FETCHED, PRIVATE_ADDRESS};

/// An address whose host was looked up; the connection goes to `to`, whatever the name
/// says a moment later.
#[derive(Debug, Clone)]
pub(super) struct Pinned {
    pub url: Url,
    pub host: String,
    pub to: Vec<SocketAddr>,
}

/// Reads an http or https address without a name or password in it.
pub(super) fn parse(text: &str) -> Result<Url> {
    let bad =
        |why: &str| ADDRESS_INVALID.error(format!("This address can't be fetched: {why}.")).field("url");
    if text.len() > 2000 {
        return Err(bad("it is longer than 2,000 characters"));
    }
    let url = Url::parse(text.trim()).map_err(|_| bad("use one that begins with https://"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("use one that begins with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("leave the name and password out"));
    }
    if url.host().is_none() {
        return Err(bad("it names no host"));
    }
    Ok(url)
}

/// Looks the host up and refuses any address inside a private network. Hosts listed in
/// `STOA_FETCH_ALLOW` (`host:port`, separated by commas) are exempt; tests and closed
/// networks use it.
pub(super) async fn pin(url: Url) -> Result<Pinned> {
    let port = url.port_or_known_default().unwrap_or(443);
    let host = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(ip)) => ip.to_string(),
        Some(Host::Ipv6(ip)) => ip.to_string(),
        None => String::new(),
    };
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(ip) => vec![SocketAddr::new(ip, port)],
        Err(_) => match tokio::net::lookup_host((host.as_str(), port)).await {
            Ok(found) => found.collect(),
            Err(_) => return Err(NOT_FETCHED.error(format!("There is no host {host}.")).field("url")),
        },
    };
    let allowed = std::env::var("STOA_FETCH_ALLOW").unwrap_or_default();
    let exempt = allowed.split(',').any(|entry| entry.trim() == format!("{host}:{port}"));
    if found.is_empty() {
        return Err(NOT_FETCHED.error(format!("There is no host {host}.")).field("url"));
    }
    if !exempt && found.iter().any(|address| is_private(address.ip())) {
        return Err(PRIVATE_ADDRESS
            .error("This address lies in a private network. Use a public one.")
            .field("url"));
    }
    Ok(Pinned { url, host, to: found })
}

/// Everything but public unicast addresses.
pub(super) fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_private_v4(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(mapped) => is_private_v4(mapped),
            None => is_private_v6(ip),
        },
    }
}

fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || (segments[0] & 0xfe00) == 0xfc00
        || (segments[0] & 0xffc0) == 0xfe80
        || (segments[0] & 0xffc0) == 0xfec0
        || (segments[0] == 0x2001 && segments[1] == 0xdb8)
        // Ways to name an IPv4 address: 6to4, NAT64, Teredo and the old compatible form.
        || segments[0] == 0x2002
        || (segments[0] == 0x64 && segments[1] == 0xff9b)
        || (segments[0] == 0x2001 && segments[1] == 0)
        || segments[..6] == [0; 6]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m25_e3_private_addresses_are_known_in_every_spelling() {
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "255.255.255.255",
        ];
        for text in private {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in ["93.184.216.34", "8.8.8.8", "2606:4700::1111"] {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn only_plain_web_addresses_are_read() {
        for wrong in [
            "file:///etc/passwd",
            "ftp://example.org/a",
            "//example.org",
            "https://me:you@example.org/",
            "data:,x",
            "",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        // Numbers are addresses in whatever form they are written.
        assert_eq!(parse("http://0x7f.1/").unwrap().host_str(), Some("127.0.0.1"));
    }
}
