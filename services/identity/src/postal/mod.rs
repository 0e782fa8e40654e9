//! What a postal address needs, by country: which fields there are and in what order, which
//! of them must be filled, how a postcode is written, which regions there are. Pure.
//!
//! The rules are data: Google's address data as `data/make-addresses.mjs` brings it into
//! `data/addresses.json`. Every door that takes an address asks here, the checkout as well as
//! the address book, so that what one of them takes the other does not refuse.

mod postcode;

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use stoa_identity_types::{AddressField, AddressFieldKind, AddressForm, PostalAddress};

/// One country's rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Country {
    /// As people call it in a sentence: "the Netherlands".
    pub name: String,
    /// The lines of an address: `%N` name, `%O` company, `%A` street, `%C` city, `%S` region,
    /// `%Z` postcode, `%n` a new line, everything else itself.
    fmt: String,
    /// What must be filled besides the name: letters as in `fmt`.
    require: String,
    /// How postcodes are written, see [`postcode`].
    #[serde(default)]
    postcodes: Vec<String>,
    #[serde(default)]
    example: String,
    /// What the country calls its postcode, its city and its region; the usual word where
    /// absent.
    #[serde(default)]
    postcode: String,
    #[serde(default)]
    city: String,
    #[serde(default)]
    region: String,
    /// Code as it is kept, name, and other names it is known by.
    #[serde(default)]
    regions: Vec<Vec<String>>,
}

static COUNTRIES: LazyLock<BTreeMap<String, Country>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../data/addresses.json")).unwrap_or_default());

/// What is wrong with one field of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Name of the field in [`PostalAddress`].
    pub field: &'static str,
    pub kind: FaultKind,
    /// What to do about it, for whoever typed it.
    pub message: String,
}

/// What sort of fault it is; each door has codes of its own for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Missing, or not readable as what it should be.
    Incomplete,
    /// No postcode of this country.
    Postcode,
    /// No country.
    Country,
}

/// The country's rules; nothing for what is no ISO 3166-1 alpha-2 code in upper case.
pub fn country(code: &str) -> Option<&'static Country> {
    COUNTRIES.get(code)
}

/// The country as people call it ("the Netherlands"); the code itself for one there isn't.
pub fn country_name(code: &str) -> &str {
    COUNTRIES.get(code).map_or(code, |country| country.name.as_str())
}

/// Code and name of every country, by name; names without their article, as in a list.
pub fn countries() -> Vec<(&'static str, &'static str)> {
    let name = |country: &'static Country| country.name.trim_start_matches("the ");
    let mut all: Vec<_> = COUNTRIES.iter().map(|(code, country)| (code.as_str(), name(country))).collect();
    all.sort_by_key(|(_, name)| stoa_kernel::text::nfc(name).to_lowercase().replace('å', "a"));
    all
}

/// `gr ` as `GR`, if there is such a country.
pub fn country_code(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    COUNTRIES.contains_key(&code).then_some(code)
}

/// The postcode as the country writes it, or what to type instead. Where there are no
/// postcodes every text is taken for none.
pub fn postcode(code: &str, text: &str) -> Result<String, String> {
    let Some(country) = COUNTRIES.get(code) else { return Err("Choose a country first".to_owned()) };
    if country.postcodes.is_empty() {
        return Ok(String::new());
    }
    country.postcodes.iter().find_map(|template| postcode::fit(template, text)).ok_or_else(|| {
        format!("Enter {} for {}, like {}", country.a_postcode(), country.name, country.example)
    })
}

/// Trimmed, without control characters, inner white space single, cut after `limit`
/// characters.
pub fn clean(text: &str, limit: usize) -> String {
    let words = stoa_kernel::text::nfc(text).split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|letter| !letter.is_control()).take(limit).collect()
}

impl Country {
    /// "a ZIP code".
    fn a_postcode(&self) -> &'static str {
        match self.postcode.as_str() {
            "zip" => "a ZIP code",
            "eircode" => "an Eircode",
            "pin" => "a PIN code",
            _ => "a postcode",
        }
    }

    fn shows(&self, field: char) -> bool {
        match field {
            // A region nobody has a list of and nobody must fill only takes up room.
            'S' => self.needs('S') || !self.regions.is_empty(),
            'Z' => !self.postcodes.is_empty(),
            _ => self.fmt.contains(['%', field].iter().collect::<String>().as_str()),
        }
    }

    fn needs(&self, field: char) -> bool {
        self.require.contains(field)
    }

    /// The region's kept code and its name, by whatever it is called.
    fn find_region(&self, text: &str) -> Option<(&str, &str)> {
        let wanted = text.to_lowercase();
        let found =
            self.regions.iter().find(|names| names.iter().any(|name| name.to_lowercase() == wanted))?;
        Some((found.first()?, found.get(1)?))
    }

    /// "state", "county": what the country calls its regions.
    fn region_word(&self) -> &'static str {
        match self.region.as_str() {
            "area" => "area",
            "county" => "county",
            "department" => "department",
            "district" => "district",
            "emirate" => "emirate",
            "island" => "island",
            "oblast" => "oblast",
            "parish" => "parish",
            "prefecture" => "prefecture",
            "state" => "state",
            _ => "province",
        }
    }

    fn city_word(&self) -> &'static str {
        match self.city.as_str() {
            "district" => "district",
            "post_town" => "town",
            "suburb" => "suburb",
            _ => "city",
        }
    }
}

/// The fields to ask for an address in this country, in the order in which its people write
/// them; as if there were no rules for a country there isn't.
pub fn form(code: &str) -> AddressForm {
    let Some(country) = COUNTRIES.get(code) else { return AddressForm::default() };
    let mut order: Vec<char> = Vec::new();
    let mut letters = country.fmt.chars();
    while let Some(letter) = letters.next() {
        if letter == '%'
            && let Some(field) = letters.next()
        {
            order.push(field);
        }
    }
    // Whoever it is for comes first, wherever the label has it.
    order.sort_by_key(|field| usize::from(!matches!(field, 'N' | 'O')));
    let fields = order.into_iter().filter(|field| country.shows(*field)).filter_map(|field| {
        let kind = match field {
            'A' => AddressFieldKind::Street,
            'C' => AddressFieldKind::City,
            'S' => AddressFieldKind::Region,
            'Z' => AddressFieldKind::Postcode,
            _ => return None,
        };
        let label = match kind {
            AddressFieldKind::Street => "Street and number".to_owned(),
            AddressFieldKind::City => capital(country.city_word()),
            AddressFieldKind::Region => capital(country.region_word()),
            AddressFieldKind::Postcode => {
                country.a_postcode().split_once(' ').map_or_else(String::new, |(_, word)| capital(word))
            }
        };
        let choices = if kind == AddressFieldKind::Region { country.choices() } else { Vec::new() };
        Some(AddressField { kind, label, required: field == 'A' || country.needs(field), choices })
    });
    AddressForm { country: code.to_owned(), country_name: country.name.clone(), fields: fields.collect() }
}

impl Country {
    /// Codes and names of the regions, by name.
    fn choices(&self) -> Vec<(String, String)> {
        let pair = |names: &Vec<String>| Some((names.first()?.clone(), names.get(1)?.clone()));
        let mut all: Vec<(String, String)> = self.regions.iter().filter_map(pair).collect();
        all.sort_by(|a, b| a.1.cmp(&b.1));
        all
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The address as it is kept, and everything that is wrong with it, in the form's order. A
/// field the country does not have is dropped, not refused: the form may have been another
/// country's.
pub fn check(address: &PostalAddress) -> (PostalAddress, Vec<Fault>) {
    let optional = |text: &Option<String>, limit| {
        text.as_deref().map(|text| clean(text, limit)).filter(|text| !text.is_empty())
    };
    let mut faults = Vec::new();
    let mut fault = |ok: bool, field, kind, message: String| {
        if !ok {
            faults.push(Fault { field, kind, message });
        }
    };
    let mut kept = PostalAddress {
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
    let missing = FaultKind::Incomplete;
    fault(!kept.name.is_empty(), "name", missing, "Enter the full name of who receives it".to_owned());
    fault(!kept.street.is_empty(), "street", missing, "Enter a street and number, like Ermou 12".to_owned());
    let found = country_code(&address.country);
    let rules = found.as_deref().and_then(country);
    match &found {
        None if address.country.trim().is_empty() => {
            fault(false, "country", missing, "Choose a country".to_owned());
        }
        None => fault(false, "country", FaultKind::Country, "Choose a country from the list".to_owned()),
        Some(code) => kept.country.clone_from(code),
    }
    if let Some(rules) = rules {
        if rules.needs('Z') || !address.postcode.trim().is_empty() {
            match postcode(&kept.country, &address.postcode) {
                Ok(found) => kept.postcode = found,
                Err(message) => fault(false, "postcode", FaultKind::Postcode, message),
            }
        }
        if !rules.shows('C') {
            kept.city = String::new();
        }
    }
    let (city_needed, city) = rules.map_or((true, "city"), |rules| (rules.needs('C'), rules.city_word()));
    fault(!city_needed || !kept.city.is_empty(), "city", missing, format!("Enter a {city}"));
    if let Some(rules) = rules {
        let word = rules.region_word();
        let article = if word.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        match kept.region.take() {
            None => fault(!rules.needs('S'), "region", missing, format!("Choose {article} {word}")),
            Some(_) if !rules.shows('S') => {}
            Some(typed) if rules.regions.is_empty() => kept.region = Some(typed),
            Some(typed) => match rules.find_region(&typed) {
                Some((code, _)) => kept.region = Some(code.to_owned()),
                None => fault(false, "region", missing, format!("Choose {article} {word} from the list")),
            },
        }
    }
    if let Some(phone) = &kept.phone {
        let digits = phone.chars().filter(char::is_ascii_digit).count();
        let plain = phone.chars().all(|letter| letter.is_ascii_digit() || " +-()/.".contains(letter));
        fault(
            plain && digits >= 5,
            "phone",
            missing,
            "Enter a phone number, like +30 210 123 4567".to_owned(),
        );
    }
    (kept, faults)
}

/// The address as its country writes it, a line each, the country last.
pub fn lines(address: &PostalAddress) -> Vec<String> {
    let rules = country(&address.country);
    let fmt = rules.map_or("%N%n%O%n%A%n%Z %C", |country| country.fmt.as_str());
    let mut lines = Vec::new();
    for line in fmt.split("%n") {
        let mut out = String::new();
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                out.push(letter);
                continue;
            }
            match letters.next() {
                Some('N') => out.push_str(&address.name),
                Some('O') => out.push_str(address.company.as_deref().unwrap_or_default()),
                Some('A') => {
                    out.push_str(&address.street);
                    if let Some(extra) = &address.extra {
                        lines.push(std::mem::take(&mut out));
                        out.push_str(extra);
                    }
                }
                Some('C') => out.push_str(&address.city),
                Some('S') => out.push_str(address.region.as_deref().unwrap_or_default()),
                Some('Z') => out.push_str(&address.postcode),
                _ => {}
            }
        }
        // What stood between two fields of which one is empty.
        lines.push(out.trim_matches([' ', ',', '-', '/']).to_owned());
    }
    lines.push(country_name(&address.country).trim_start_matches("the ").to_owned());
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(country: &str) -> PostalAddress {
        PostalAddress {
            name: "Ana Ruiz".to_owned(),
            street: "Ermou 12".to_owned(),
            city: "Town".to_owned(),
            country: country.to_owned(),
            ..PostalAddress::default()
        }
    }

    fn faults(address: &PostalAddress) -> Vec<(&'static str, FaultKind)> {
        check(address).1.into_iter().map(|fault| (fault.field, fault.kind)).collect()
    }

    #[test]
    fn the_rules_are_there_for_every_country_and_every_example_fits_its_own() {
        assert!(COUNTRIES.len() > 240, "{} countries", COUNTRIES.len());
        for (code, country) in COUNTRIES.iter() {
            assert!(country.require.chars().all(|field| "ACSZ".contains(field)), "{code}");
            assert_eq!(country.postcodes.is_empty(), country.example.is_empty(), "{code}");
            if !country.example.is_empty() {
                assert_eq!(
                    postcode(code, &country.example).as_deref(),
                    Ok(country.example.as_str()),
                    "{code}"
                );
            }
            assert!(form(code).fields.iter().any(|field| field.kind == AddressFieldKind::Street), "{code}");
        }
    }

    /// 11.M3
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
            ("US", "10001", "10001"),
            ("US", "100011234", "10001-1234"),
            ("CA", "h3z2y7", "H3Z 2Y7"),
            ("JP", "1540023", "154-0023"),
            ("SE", "11455", "114 55"),
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
            ("CA", "D3Z 2Y7"),
            ("LI", "9484"),
        ] {
            assert!(postcode(country, typed).is_err(), "{country} {typed}");
        }
        assert_eq!(postcode("GR", "x").unwrap_err(), "Enter a postcode for Greece, like 104 31");
        assert_eq!(postcode("US", "x").unwrap_err(), "Enter a ZIP code for the United States, like 95014");
    }

    /// 11.E3
    #[test]
    fn a_country_without_postcodes_asks_for_none_and_a_us_address_needs_its_state() {
        for (country, region) in [("HK", "Kowloon"), ("AE", "Dubai"), ("AE", "دبي")] {
            let given = PostalAddress { region: Some(region.to_owned()), ..address(country) };
            assert_eq!(faults(&given), [], "{country}");
            let typed = PostalAddress { postcode: "999077".to_owned(), ..given };
            assert_eq!(check(&typed), (check(&typed).0, Vec::new()));
            assert_eq!(check(&typed).0.postcode, "", "what the country does not have is dropped");
        }
        assert_eq!(
            check(&PostalAddress { region: Some("دبي".to_owned()), ..address("AE") }).0.region.as_deref(),
            Some("Dubai")
        );
        let us = PostalAddress { postcode: "10001".to_owned(), ..address("US") };
        assert_eq!(faults(&us), [("region", FaultKind::Incomplete)]);
        assert_eq!(check(&us).1[0].message, "Choose a state");
        for state in ["NY", "new york", "ny"] {
            let (kept, faults) = check(&PostalAddress { region: Some(state.to_owned()), ..us.clone() });
            assert_eq!((kept.region.as_deref(), faults), (Some("NY"), Vec::new()), "{state}");
        }
        assert_eq!(
            faults(&PostalAddress { region: Some("Attica".to_owned()), ..us }),
            [("region", FaultKind::Incomplete)]
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_in_the_order_of_the_form() {
        let wrong = PostalAddress {
            country: "gr".to_owned(),
            phone: Some("call me".to_owned()),
            ..PostalAddress::default()
        };
        let names: Vec<_> = faults(&wrong).into_iter().map(|(field, _)| field).collect();
        assert_eq!(names, ["name", "street", "postcode", "city", "phone"]);
        assert_eq!(faults(&address("")), [("country", FaultKind::Incomplete)]);
        assert_eq!(faults(&address("XX")), [("country", FaultKind::Country)]);
    }

    #[test]
    fn a_form_has_its_countrys_fields_in_its_order() {
        let kinds = |code: &str| form(code).fields.into_iter().map(|field| field.label).collect::<Vec<_>>();
        assert_eq!(kinds("GR"), ["Street and number", "Postcode", "City"]);
        assert_eq!(kinds("US"), ["Street and number", "City", "State", "ZIP code"]);
        assert_eq!(kinds("HK"), ["Street and number", "District", "Area"]);
        assert_eq!(kinds("AE"), ["Street and number", "Emirate"]);
        assert_eq!(kinds("IT"), ["Street and number", "Postcode", "City"], "the postcode says the province");
        assert_eq!(kinds("XX"), Vec::<String>::new());
    }

    #[test]
    fn an_address_is_written_as_its_country_does() {
        let us = PostalAddress {
            city: "New York".to_owned(),
            region: Some("NY".to_owned()),
            postcode: "10001".to_owned(),
            extra: Some("Apt 4".to_owned()),
            ..address("US")
        };
        assert_eq!(lines(&us), ["Ana Ruiz", "Ermou 12", "Apt 4", "New York, NY 10001", "United States"]);
        let greece = PostalAddress { postcode: "104 31".to_owned(), ..address("GR") };
        assert_eq!(lines(&greece), ["Ana Ruiz", "Ermou 12", "104 31 Town", "Greece"]);
        let bare = PostalAddress { city: String::new(), region: Some("Kowloon".to_owned()), ..address("HK") };
        assert_eq!(lines(&bare), ["Ana Ruiz", "Ermou 12", "Kowloon", "Hong Kong"]);
    }

    #[test]
    fn control_characters_and_double_spaces_do_not_reach_a_label() {
        assert_eq!(clean(" Ermou\u{0}  12\n\t b ", 200), "Ermou 12 b");
    }
}
