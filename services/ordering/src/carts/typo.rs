//! Slips of the finger in email addresses.

/// Where most mail goes to.
const DOMAINS: [&str; 14] = [
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "icloud.com",
    "me.com",
    "aol.com",
    "proton.me",
    "gmx.de",
    "gmx.net",
    "web.de",
];

/// Others that exist, one slip away from those above.
const RIGHT: [&str; 3] = ["ymail.com", "mail.com", "email.com"];

/// The address that was probably meant, where the domain is one slip away from one that very
/// many people use. Only a question to ask: the address as typed may be right.
pub fn meant_email(email: &str) -> Option<String> {
    let (name, domain) = email.trim().rsplit_once('@')?;
    let domain = domain.to_lowercase();
    // Short names are one slip from too much that exists.
    if DOMAINS.contains(&domain.as_str()) || RIGHT.contains(&domain.as_str()) || domain.len() < 8 {
        return None;
    }
    let meant = DOMAINS.iter().find(|known| known.len() >= 8 && one_slip(&domain, known))?;
    Some(format!("{name}@{meant}"))
}

/// Whether one letter too many, too few, another, or two swapped make `typed` of `meant`.
fn one_slip(typed: &str, meant: &str) -> bool {
    let (typed, meant): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let same = typed.iter().zip(&meant).take_while(|(a, b)| a == b).count();
    let (typed, meant) = (&typed[same..], &meant[same..]);
    match (typed, meant) {
        ([], []) => false,
        ([_, typed @ ..], meant) if typed == meant => true,
        (typed, [_, meant @ ..]) if typed == meant => true,
        ([a, b, typed @ ..], [c, d, meant @ ..]) if (a, b) == (d, c) => typed == meant,
        ([_, typed @ ..], [_, meant @ ..]) => typed == meant,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_in_a_well_known_domain_is_noticed() {
        for typed in ["gmial.com", "gmal.com", "gmaill.com", "gmail.con", "GMAIL.CMO", "fmail.com"] {
            assert_eq!(
                meant_email(&format!("ioanna@{typed}")).as_deref(),
                Some("ioanna@gmail.com"),
                "{typed}"
            );
        }
        assert_eq!(meant_email("a@hotmial.com").as_deref(), Some("a@hotmail.com"));
        assert_eq!(meant_email("a@outlok.com").as_deref(), Some("a@outlook.com"));
    }

    #[test]
    fn what_may_well_be_right_is_left_alone() {
        for right in
            ["gmail.com", "example.com", "kleio.gr", "mail.com", "ymail.com", "gmx.at", "gmail.com.example"]
        {
            assert_eq!(meant_email(&format!("ioanna@{right}")), None, "{right}");
        }
        assert_eq!(meant_email("no address"), None);
    }
}
