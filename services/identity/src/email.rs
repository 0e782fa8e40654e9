//! E-mail addresses: what counts as one, and when two are the same.

use url::Host;

/// An address as typed and as it is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Trimmed, otherwise as typed: what mail is sent to.
    pub original: String,
    /// Lower case, the domain in ASCII (IDNA): two addresses are the same when these are.
    pub normalised: String,
}

/// Characters of the part before the `@` that need quoting, which nobody's address does.
const QUOTED: &str = "\"(),:;<>[\\]@";

/// Reads an address; `None` when no mail could be sent there.
pub fn normalise(text: &str) -> Option<Email> {
    let original = text.trim();
    let (local, domain) = original.rsplit_once('@')?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !QUOTED.as_bytes().contains(&byte);
    let local_ok = (1..=64).contains(&local.len())
        && local.bytes().all(plain)
        && local.split('.').all(|part| !part.is_empty());
    // `Host` also undoes percent escapes, which are none in an address.
    if !local_ok || original.len() > 254 || domain.contains('%') {
        return None;
    }
    let Host::Domain(domain) = Host::parse(domain).ok()? else { return None };
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if !domain.contains('.') || domain.len() > 253 || !domain.split('.').all(label) {
        return None;
    }
    Some(Email {
        original: original.to_owned(),
        normalised: format!("{}@{domain}", local.to_ascii_lowercase()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(text: &str) -> Option<String> {
        normalise(text).map(|email| email.normalised)
    }

    /// 11.M1
    #[test]
    fn an_address_is_recognised_by_its_folded_form_and_kept_as_typed() {
        let email = normalise("  Ana.Ruiz+Shop@BÜCHER.example ").unwrap();
        assert_eq!(email.original, "Ana.Ruiz+Shop@BÜCHER.example");
        assert_eq!(email.normalised, "ana.ruiz+shop@xn--bcher-kva.example");
        assert_eq!(same("ana.ruiz+shop@bücher.EXAMPLE"), Some(email.normalised));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@stoa.example", "a".repeat(65));
        let wrong = [
            "",
            "ana",
            "@stoa.example",
            "ana@",
            "ana@localhost",
            "ana@127.0.0.1",
            "ana@[::1]",
            "a b@stoa.example",
            "a..b@stoa.example",
            ".a@stoa.example",
            "a@b@stoa.example",
            "\"a\"@stoa.example",
            "ana@sto%61.example",
            "ana@-stoa.example",
            "ana@stoa.example.",
            "ana@stoa..example",
            "ana@stoa.example\u{0}",
            "ána@stoa.example",
            &long,
        ];
        for text in wrong {
            assert_eq!(same(text), None, "{text:?}");
        }
    }
}
