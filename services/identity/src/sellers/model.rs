//! Rules about sellers that need neither database nor clock.

use stoa_identity_types::{CreateSeller, SellerPresence, SellerStatus};
use stoa_kernel::Fields;

use super::{
    COMMISSION_INVALID, COUNTRY_INVALID, DESCRIPTION_INVALID, EMAIL_INVALID, NAME_INVALID, SLUG_INVALID,
};
use crate::{
    email::{self, Email},
    text,
};

/// The platform's share where nobody says otherwise: 10 %.
const COMMISSION: i64 = 1_000;

/// ISO 3166-1 alpha-2.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM \
FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP \
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV \
MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD \
SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC \
VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A seller as it may be written.
#[derive(Debug)]
pub struct Checked {
    pub slug: String,
    pub name: String,
    pub email: Email,
    pub country: String,
    pub description: Option<String>,
    pub commission_bp: i64,
}

/// Checks what was sent; the error names every wrong field.
pub fn check(input: CreateSeller) -> Result<Checked, Fields> {
    let mut fields = Fields::default();
    let slug = input.slug.trim().to_owned();
    fields.check(
        is_slug(&slug),
        "slug",
        SLUG_INVALID,
        "Use 2 to 60 small letters, digits and single hyphens, like kleio-ceramics.",
    );
    let name = text::line(&input.name, 120);
    fields.check(name.is_some(), "name", NAME_INVALID, "Enter the shop's name, up to 120 characters.");
    let email = email::normalise(&input.email);
    fields.check(email.is_some(), "email", EMAIL_INVALID, "Enter an e-mail address, like shop@example.com.");
    let country = input.country.trim().to_owned();
    fields.check(
        is_country(&country),
        "country",
        COUNTRY_INVALID,
        "Enter the country's two-letter code, like DE.",
    );
    let description = text::paragraph(input.description.as_deref().unwrap_or_default(), 2_000);
    fields.check(
        description.is_some(),
        "description",
        DESCRIPTION_INVALID,
        "Use at most 2,000 characters of plain text.",
    );
    let commission_bp = input.commission_bp.unwrap_or(COMMISSION);
    fields.check(
        (0..=10_000).contains(&commission_bp),
        "commission_bp",
        COMMISSION_INVALID,
        "Enter 0 to 10,000 basis points: 1,000 is 10 %.",
    );
    match (name, email, description, fields.is_empty()) {
        (Some(name), Some(email), Some(description), true) => {
            Ok(Checked { slug, name, email, country, description, commission_bp })
        }
        _ => Err(fields),
    }
}

/// Whether the text can be a slug: small letters, digits, and single hyphens inside.
pub fn is_slug(text: &str) -> bool {
    (2..=60).contains(&text.len())
        && text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && COUNTRIES.split(' ').any(|known| known == text)
}

/// Whether a seller can be bought from.
pub fn is_live(status: SellerStatus, presence: SellerPresence) -> bool {
    status == SellerStatus::Active && presence == SellerPresence::Online
}

/// The stored word's meaning; an unknown word, which only a newer release can have
/// written, counts as the most careful one.
pub fn status(text: &str) -> SellerStatus {
    SellerStatus::ALL.into_iter().find(|known| known.as_str() == text).unwrap_or(SellerStatus::Suspended)
}

/// See [`status`].
pub fn presence(text: &str) -> SellerPresence {
    SellerPresence::ALL.into_iter().find(|known| known.as_str() == text).unwrap_or(SellerPresence::Offline)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kleio() -> CreateSeller {
        CreateSeller {
            slug: "kleio".to_owned(),
            name: " Kleio Ceramics ".to_owned(),
            email: "shop@kleio.example".to_owned(),
            country: "GR".to_owned(),
            description: Some(String::new()),
            commission_bp: None,
        }
    }

    #[test]
    fn a_sound_seller_is_trimmed_and_gets_the_usual_share() {
        let checked = check(kleio()).unwrap();
        assert_eq!(
            (checked.name.as_str(), checked.description, checked.commission_bp),
            ("Kleio Ceramics", None, 1_000)
        );
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wrong = CreateSeller {
            slug: "Kleio!".to_owned(),
            name: String::new(),
            email: "kleio".to_owned(),
            country: "XX".to_owned(),
            description: Some("x".repeat(2_001)),
            commission_bp: Some(-1),
        };
        let mut named: Vec<String> =
            check(wrong).unwrap_err().into_inner().into_iter().map(|error| error.field).collect();
        named.sort();
        assert_eq!(named, ["commission_bp", "country", "description", "email", "name", "slug"]);
    }

    /// 17.E5
    #[test]
    fn a_share_over_all_or_under_nothing_is_refused() {
        for (share, fine) in [(-1, false), (0, true), (10_000, true), (10_001, false), (i64::MAX, false)] {
            assert_eq!(
                check(CreateSeller { commission_bp: Some(share), ..kleio() }).is_ok(),
                fine,
                "{share}"
            );
        }
    }

    #[test]
    fn slugs_fit_into_an_address() {
        for fine in ["ab", "a1", "kleio-ceramics", "42"] {
            assert!(is_slug(fine), "{fine}");
        }
        for wrong in ["", "a", "-ab", "ab-", "a--b", "A-b", "ab/c", "ab c", "žena", &"a".repeat(61)] {
            assert!(!is_slug(wrong), "{wrong}");
        }
    }

    #[test]
    fn countries_are_those_of_the_standard() {
        assert_eq!(COUNTRIES.split(' ').count(), 249);
        for wrong in ["", "D", "DEU", "de", "UK", "D E", " "] {
            assert!(!is_country(wrong), "{wrong}");
        }
    }

    /// 17.M1
    #[test]
    fn a_seller_is_live_when_both_switches_say_so() {
        for status in SellerStatus::ALL {
            for presence in SellerPresence::ALL {
                let live = status == SellerStatus::Active && presence == SellerPresence::Online;
                assert_eq!(is_live(status, presence), live);
            }
        }
        assert_eq!(status("from_the_future"), SellerStatus::Suspended);
    }
}
