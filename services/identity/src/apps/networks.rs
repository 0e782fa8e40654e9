//! The networks a key works from.

use std::net::IpAddr;

use ipnet::IpNet;

/// Networks of one key.
pub const MOST: usize = 50;

/// A network as it is written for short, from an address or a network; `None` for anything
/// else.
pub fn read(text: &str) -> Option<String> {
    let text = text.trim();
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => text.parse::<IpNet>().ok()?.trunc(),
    };
    let whole = network.prefix_len() == network.max_prefix_len();
    Some(if whole { network.addr().to_string() } else { network.to_string() })
}

/// Whether a key for these networks works from an address. One that is not known is in none.
pub fn hold(networks: &[String], address: Option<IpAddr>) -> bool {
    let Some(address) = address.map(|address| address.to_canonical()) else { return networks.is_empty() };
    let holds = |network: &String| match network.parse::<IpAddr>() {
        Ok(one) => one == address,
        Err(_) => network.parse::<IpNet>().is_ok_and(|network| network.contains(&address)),
    };
    networks.is_empty() || networks.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 45.M2
    #[test]
    fn a_key_works_from_its_networks_and_from_nowhere_else() {
        let at = |text: &str| text.parse::<IpAddr>().ok();
        let networks: Vec<String> = ["192.0.2.0/24", " 2001:db8::/32", "198.51.100.7", "::ffff:203.0.113.9"]
            .into_iter()
            .filter_map(read)
            .collect();
        assert_eq!(networks, ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7", "203.0.113.9"]);
        for inside in ["192.0.2.255", "::ffff:192.0.2.1", "2001:db8:ffff::1", "198.51.100.7", "203.0.113.9"] {
            assert!(hold(&networks, at(inside)), "{inside}");
        }
        for outside in ["192.0.3.0", "198.51.100.8", "2001:db9::1"] {
            assert!(!hold(&networks, at(outside)), "{outside}");
        }
        assert!(!hold(&networks, None));
        assert!(hold(&[], None) && hold(&[], at("192.0.2.1")));
        assert_eq!(read("192.0.2.9/24").as_deref(), Some("192.0.2.0/24"));
        for wrong in ["", "example.com", "192.0.2.0/33", "192.0.2", "*"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
