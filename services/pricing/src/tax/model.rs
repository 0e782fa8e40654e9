//! Where an address is taxed, and which rate holds.

use stoa_pricing_entities::tax_rate;
use stoa_pricing_types::TaxReason;
use stoa_types::{DateTime, Utc};

/// Where the marketplace is at home: an estimate without an address uses it.
pub(super) const HOME: &str = "GR";

/// Territories by how their postcodes begin. One that has a rate of its own in the
/// table is taxed by it; in any other no tax is collected.
const TERRITORIES: &[(&str, &str, &str)] = &[
    ("DE", "27498", "DE-HELGOLAND"),
    ("DE", "78266", "DE-BUESINGEN"),
    ("ES", "35", "ES-CN"),
    ("ES", "38", "ES-CN"),
    ("ES", "51", "ES-CE"),
    ("ES", "52", "ES-ML"),
    ("FI", "22", "FI-AX"),
    ("FR", "971", "FR-GP"),
    ("FR", "972", "FR-MQ"),
    ("FR", "973", "FR-GF"),
    ("FR", "974", "FR-RE"),
    ("FR", "975", "FR-PM"),
    ("FR", "976", "FR-YT"),
    ("FR", "977", "FR-BL"),
    ("FR", "978", "FR-MF"),
    ("FR", "98", "FR-OVERSEAS"),
    ("GR", "63086", "GR-ATHOS"),
    ("IT", "22061", "IT-CAMPIONE"),
    ("IT", "23041", "IT-LIVIGNO"),
    ("PT", "90", "PT-30"),
    ("PT", "91", "PT-30"),
    ("PT", "92", "PT-30"),
    ("PT", "93", "PT-30"),
    ("PT", "94", "PT-30"),
    ("PT", "95", "PT-20"),
    ("PT", "96", "PT-20"),
    ("PT", "97", "PT-20"),
    ("PT", "98", "PT-20"),
    ("PT", "99", "PT-20"),
];

/// Monaco's tax is France's, the Isle of Man's the United Kingdom's; Monaco's postcodes
/// begin like the overseas territories', so it is told apart by its country.
const ALIASES: &[(&str, &str)] = &[("MC", "FR"), ("IM", "GB"), ("EL", "GR"), ("UK", "GB")];

/// Whose tax it is: country and territory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Jurisdiction {
    pub country: String,
    /// Empty for the country itself.
    pub region: &'static str,
}

/// The jurisdiction of an address; None for what is no country's code.
pub(super) fn jurisdiction(country: &str, postcode: Option<&str>) -> Option<Jurisdiction> {
    let country = country.trim().to_ascii_uppercase();
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    if let Some((_, same)) = ALIASES.iter().find(|(alias, _)| *alias == country) {
        return Some(Jurisdiction { country: (*same).to_owned(), region: "" });
    }
    let digits: String = postcode.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    // Monaco again, by those who write it as a place in France.
    let monaco = country == "FR" && digits.starts_with("980");
    let found =
        TERRITORIES.iter().find(|(of, begins, _)| *of == country && digits.starts_with(begins) && !monaco);
    Some(Jurisdiction { region: found.map_or("", |territory| territory.2), country })
}

/// The rate of a class that held at a time. A class without a rate there is taxed at
/// the standard rate: too much can be given back, too little cannot be asked for.
pub(super) fn rate<'a>(
    rates: &'a [tax_rate::Model],
    place: &Jurisdiction,
    class: &str,
    at: DateTime<Utc>,
) -> Option<&'a tax_rate::Model> {
    let find = |class: &str| {
        let holds = |rate: &&tax_rate::Model| {
            rate.country == place.country
                && rate.region == place.region
                && rate.class == class
                && rate.valid_from <= at
                && rate.valid_to.is_none_or(|end| at < end)
        };
        rates.iter().filter(holds).max_by_key(|rate| rate.valid_from)
    };
    find(class).or_else(|| find("standard"))
}

/// Why a rate applies.
pub(super) fn reason(rate: Option<&tax_rate::Model>) -> TaxReason {
    match rate {
        None => TaxReason::NotCollecting,
        Some(rate) if rate.rate_bp == 0 => TaxReason::ZeroRated,
        Some(rate) if rate.class == "standard" => TaxReason::Standard,
        Some(_) => TaxReason::Reduced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e20_5_special_territories_are_never_the_country_in_silence() {
        let region = |country, postcode| jurisdiction(country, Some(postcode)).map(|place| place.region);
        assert_eq!(region("ES", "35 001"), Some("ES-CN"));
        assert_eq!(region("ES", "28001"), Some(""));
        assert_eq!(region("de", "78266"), Some("DE-BUESINGEN"));
        assert_eq!(region("PT", "9500-321"), Some("PT-20"));
        assert_eq!(region("FR", "97410"), Some("FR-RE"));
        assert_eq!(region("FR", "98000"), Some(""), "Monaco is taxed like France");
        assert_eq!(jurisdiction("MC", None).map(|place| place.country), Some("FR".to_owned()));
        assert_eq!(jurisdiction("Greece", None), None);
        assert_eq!(jurisdiction("1A", None), None);
    }
}
