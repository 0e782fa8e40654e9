//! Where a cart goes: the rules of every address ([`postal`]), for the countries we deliver to.

use stoa_identity::postal::{self, FaultKind};
use stoa_identity_types::PostalAddress;
use stoa_kernel::Fields;
use stoa_ordering_types::carts::Address;

use super::codes::{ADDRESS_INCOMPLETE, ADDRESS_POSTCODE, NOT_DELIVERABLE};

pub(crate) use postal::clean;
pub use postal::country_name;

/// The countries we deliver to.
const DELIVERED: &[&str] = &[
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE",
    "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Codes and names of the countries we deliver to, by name.
pub fn countries() -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = DELIVERED.iter().map(|code| (*code, country_name(code))).collect();
    all.sort_by_key(|(_, name)| name.trim_start_matches("the "));
    all
}

/// `gr ` as `GR`, if it is a country we deliver to.
pub fn country_code(text: &str) -> Option<String> {
    postal::country_code(text).filter(|code| DELIVERED.contains(&code.as_str()))
}

/// The postcode as the country writes it, or what to type instead.
pub fn postcode(country: &str, text: &str) -> Result<String, String> {
    match country_code(country) {
        Some(code) => postal::postcode(&code, text),
        None => Err("Choose a country first".to_owned()),
    }
}

/// The address as it is kept. Everything wrong is added to `fields`, under
/// `address/…`.
pub fn check(address: &Address, fields: &mut Fields) -> Address {
    let typed = PostalAddress {
        name: address.name.clone(),
        street: address.street.clone(),
        extra: address.extra.clone(),
        company: address.company.clone(),
        postcode: address.postcode.clone(),
        city: address.city.clone(),
        region: address.region.clone(),
        country: address.country.clone(),
        phone: address.phone.clone(),
    };
    let elsewhere = !address.country.trim().is_empty() && country_code(&address.country).is_none();
    let (mut kept, faults) = postal::check(&typed);
    // Another country's rules say nothing about a parcel that can't go there.
    let faults = faults
        .into_iter()
        .filter(|fault| !(elsewhere && matches!(fault.field, "country" | "postcode" | "city" | "region")));
    let mut told = !elsewhere;
    for fault in faults {
        // In the order of the form, where the country comes after the street.
        if !told && fault.field == "phone" {
            not_there(fields);
            told = true;
        }
        let code = match fault.kind {
            FaultKind::Incomplete | FaultKind::Country => ADDRESS_INCOMPLETE,
            FaultKind::Postcode => ADDRESS_POSTCODE,
        };
        fields.add(format!("address/{}", fault.field), code, fault.message);
    }
    if !told {
        not_there(fields);
    }
    if elsewhere {
        kept.country = String::new();
    }
    Address {
        name: kept.name,
        street: kept.street,
        extra: kept.extra,
        company: kept.company,
        postcode: kept.postcode,
        city: kept.city,
        region: kept.region,
        country: kept.country,
        phone: kept.phone,
    }
}

fn not_there(fields: &mut Fields) {
    fields.add("address/country", NOT_DELIVERABLE, "We don't deliver there yet. Choose another country");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_we_deliver_to_has_its_rules_and_a_postcode() {
        assert_eq!(countries().len(), 30);
        for code in DELIVERED {
            assert!(postal::country(code).is_some(), "{code}");
            let wrong = postcode(code, "").unwrap_err();
            let example = wrong.rsplit_once("like ").unwrap().1;
            assert_eq!(postcode(code, example).as_deref(), Ok(example), "{code}: {wrong}");
        }
        assert_eq!(country_code(" gr "), Some("GR".to_owned()));
        assert_eq!(country_code("US"), None);
        assert!(postcode("US", "10001").is_err());
    }

    #[test]
    fn all_that_is_wrong_with_an_address_is_said_at_once() {
        let wrong = |country: &str| {
            let mut fields = Fields::default();
            let typed =
                Address { country: country.into(), phone: Some("call me".into()), ..Address::default() };
            check(&typed, &mut fields);
            fields.into_inner().into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(
            wrong("gr"),
            ["address/name", "address/street", "address/postcode", "address/city", "address/phone"]
        );
        assert_eq!(wrong("us"), ["address/name", "address/street", "address/country", "address/phone"]);
    }
}
