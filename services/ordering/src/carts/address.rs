//! What an address needs, by country. Pure.

use stoa_kernel::Fields;
use stoa_ordering_types::carts::Address;

use super::codes::{ADDRESS_INCOMPLETE, ADDRESS_POSTCODE, NOT_DELIVERABLE};

/// How a country writes its postcodes. In a template `n` is a digit, `a` a letter, `x`
/// either; everything else stands for itself and may be left out by who types.
struct Country {
    code: &'static str,
    name: &'static str,
    postcodes: &'static [&'static str],
    example: &'static str,
}

const fn country(
    code: &'static str,
    name: &'static str,
    postcodes: &'static [&'static str],
    example: &'static str,
) -> Country {
    Country { code, name, postcodes, example }
}

const GB: &[&str] = &["an naa", "ann naa", "aan naa", "aann naa", "ana naa", "aana naa"];

/// The countries we deliver to.
const COUNTRIES: &[Country] = &[
    country("AT", "Austria", &["nnnn"], "1010"),
    country("BE", "Belgium", &["nnnn"], "1000"),
    country("BG", "Bulgaria", &["nnnn"], "1000"),
    country("CH", "Switzerland", &["nnnn"], "8001"),
    country("CY", "Cyprus", &["nnnn"], "1010"),
    country("CZ", "Czechia", &["nnn nn"], "110 00"),
    country("DE", "Germany", &["nnnnn"], "10115"),
    country("DK", "Denmark", &["nnnn"], "1050"),
    country("EE", "Estonia", &["nnnnn"], "10111"),
    country("ES", "Spain", &["nnnnn"], "28001"),
    country("FI", "Finland", &["nnnnn"], "00100"),
    country("FR", "France", &["nnnnn"], "75001"),
    country("GB", "the United Kingdom", GB, "SW1A 1AA"),
    country("GR", "Greece", &["nnn nn"], "104 31"),
    country("HR", "Croatia", &["nnnnn"], "10000"),
    country("HU", "Hungary", &["nnnn"], "1051"),
    country("IE", "Ireland", &["anx xxxx"], "D02 AF30"),
    country("IT", "Italy", &["nnnnn"], "00118"),
    country("LT", "Lithuania", &["LT-nnnnn"], "LT-01103"),
    country("LU", "Luxembourg", &["L-nnnn"], "L-1111"),
    country("LV", "Latvia", &["LV-nnnn"], "LV-1010"),
    country("MT", "Malta", &["aaa nnnn"], "VLT 1117"),
    country("NL", "the Netherlands", &["nnnn aa"], "1012 JS"),
    country("NO", "Norway", &["nnnn"], "0150"),
    country("PL", "Poland", &["nn-nnn"], "00-001"),
    country("PT", "Portugal", &["nnnn-nnn"], "1000-001"),
    country("RO", "Romania", &["nnnnnn"], "010011"),
    country("SE", "Sweden", &["nnn nn"], "111 20"),
    country("SI", "Slovenia", &["nnnn"], "1000"),
    country("SK", "Slovakia", &["nnn nn"], "811 01"),
];

/// The country as people call it ("the Netherlands"); the code itself for one we don't
/// deliver to.
pub fn country_name(code: &str) -> &str {
    COUNTRIES.iter().find(|country| country.code == code).map_or(code, |country| country.name)
}

/// Codes and names of the countries we deliver to, by name.
pub fn countries() -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = COUNTRIES.iter().map(|country| (country.code, country.name)).collect();
    all.sort_by_key(|(_, name)| name.trim_start_matches("the "));
    all
}

/// `gr ` as `GR`, if it is a country we deliver to.
pub fn country_code(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    COUNTRIES.iter().any(|country| country.code == code).then_some(code)
}

/// The postcode as the country writes it, or what to type instead.
pub fn postcode(country: &str, text: &str) -> Result<String, String> {
    let Some(rules) = COUNTRIES.iter().find(|known| known.code == country) else {
        return Err("Choose a country first".to_owned());
    };
    let typed: String =
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    rules
        .postcodes
        .iter()
        .find_map(|template| fit(template, &typed))
        .ok_or_else(|| format!("Enter a postcode for {}, like {}", rules.name, rules.example))
}

/// The typed letters and digits in the template's form, if they fit it.
fn fit(template: &str, typed: &str) -> Option<String> {
    // Letters of the template itself ("LV") may be typed or not.
    let prefix: String = template.chars().take_while(char::is_ascii_uppercase).collect();
    let mut rest = typed.strip_prefix(prefix.as_str()).unwrap_or(typed).chars();
    let mut out = String::new();
    for place in template.chars() {
        match place {
            'n' => out.push(rest.next().filter(char::is_ascii_digit)?),
            'a' => out.push(rest.next().filter(char::is_ascii_uppercase)?),
            'x' => out.push(rest.next().filter(char::is_ascii_alphanumeric)?),
            other => out.push(other),
        }
    }
    rest.next().is_none().then_some(out)
}

/// Trimmed, without control characters, inner white space single, cut after `limit`
/// characters.
pub fn clean(text: &str, limit: usize) -> String {
    let words = stoa_kernel::text::nfc(text).split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|letter| !letter.is_control()).take(limit).collect()
}

/// The address as it is kept. Everything wrong is added to `fields`, under
/// `address/…`.
pub fn check(address: &Address, fields: &mut Fields) -> Address {
    let optional = |text: &Option<String>, limit| {
        text.as_deref().map(|text| clean(text, limit)).filter(|text| !text.is_empty())
    };
    let mut kept = Address {
        name: clean(&address.name, 120),
        street: clean(&address.street, 200),
        extra: optional(&address.extra, 120),
        company: optional(&address.company, 120),
        postcode: String::new(),
        city: clean(&address.city, 100),
        region: optional(&address.region, 100),
        country: String::new(),
        phone: optional(&address.phone, 30),
    };
    fields.check(
        !kept.name.is_empty(),
        "address/name",
        ADDRESS_INCOMPLETE,
        "Enter the full name of who receives it",
    );
    fields.check(
        !kept.street.is_empty(),
        "address/street",
        ADDRESS_INCOMPLETE,
        "Enter a street and number, like Ermou 12",
    );
    // In the order of the form, so that a list of errors leads through it.
    match country_code(&address.country) {
        None if address.country.trim().is_empty() => {
            fields.add("address/country", ADDRESS_INCOMPLETE, "Choose a country")
        }
        None => fields.add(
            "address/country",
            NOT_DELIVERABLE,
            "We don't deliver there yet. Choose another country",
        ),
        Some(code) => {
            match postcode(&code, &address.postcode) {
                Ok(found) => kept.postcode = found,
                Err(message) => fields.add("address/postcode", ADDRESS_POSTCODE, message),
            }
            kept.country = code;
        }
    }
    fields.check(!kept.city.is_empty(), "address/city", ADDRESS_INCOMPLETE, "Enter a city");
    if let Some(phone) = &kept.phone {
        let digits = phone.chars().filter(char::is_ascii_digit).count();
        let plain = phone.chars().all(|letter| letter.is_ascii_digit() || " +-()/.".contains(letter));
        fields.check(
            plain && digits >= 5,
            "address/phone",
            ADDRESS_INCOMPLETE,
            "Enter a phone number, like +30 210 123 4567",
        );
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_are_written_as_their_country_does() {
        for (country, typed, kept) in [
            ("GR", "10431", "104 31"),
            ("GR", " 104 31 ", "104 31"),
            ("NL", "1012js", "1012 JS"),
            ("PL", "00001", "00-001"),
            ("LV", "1010", "LV-1010"),
            ("LV", "lv-1010", "LV-1010"),
            ("GB", "sw1a1aa", "SW1A 1AA"),
            ("GB", "M1 1AE", "M1 1AE"),
            ("IE", "d02af30", "D02 AF30"),
        ] {
            assert_eq!(postcode(country, typed).as_deref(), Ok(kept), "{country} {typed}");
        }
        for (country, typed) in [
            ("GR", "1043"),
            ("GR", "104312"),
            ("GR", "ABCDE"),
            ("GB", "SW1A"),
            ("DE", ""),
            ("NL", "12345"),
            ("DE", "١٠١١٥"),
        ] {
            assert!(postcode(country, typed).is_err(), "{country} {typed}");
        }
        assert_eq!(postcode("GR", "x").unwrap_err(), "Enter a postcode for Greece, like 104 31");
    }

    #[test]
    fn every_example_fits_its_own_country() {
        for country in COUNTRIES {
            assert_eq!(
                postcode(country.code, country.example).as_deref(),
                Ok(country.example),
                "{}",
                country.code
            );
        }
    }

    #[test]
    fn all_that_is_wrong_with_an_address_is_said_at_once() {
        let mut fields = Fields::default();
        check(
            &Address { country: "gr".into(), phone: Some("call me".into()), ..Address::default() },
            &mut fields,
        );
        let names: Vec<String> = fields.into_inner().into_iter().map(|error| error.field).collect();
        assert_eq!(
            names,
            ["address/name", "address/street", "address/postcode", "address/city", "address/phone"]
        );
    }

    #[test]
    fn control_characters_and_double_spaces_do_not_reach_a_label() {
        assert_eq!(clean(" Ermou\u{0}  12\n\t b ", 200), "Ermou 12 b");
    }
}
