//! Rules of products without a database: states, axes and tuples, what is checked.

use stoa_catalog_types::{AttributeInput, OptionInput, ProductStatus, VariantInput};
use stoa_kernel::{Error, Fields, Result};

use super::codes::*;
use crate::text;

/// Most variants of one product.
pub(crate) const MOST_VARIANTS: usize = 500;
/// Most axes of one product.
pub(crate) const MOST_AXES: usize = 5;
const MOST_TAGS: usize = 50;
const MOST_ATTRIBUTES: usize = 60;
/// Most pictures of one product.
pub(crate) const MOST_MEDIA: usize = 50;
/// 100 tonnes; more is a slip of the unit.
const HEAVIEST: i64 = 100_000_000;

/// Where a product may go from here.
pub(crate) const fn allowed(from: ProductStatus) -> &'static [ProductStatus] {
    use ProductStatus::*;
    match from {
        Draft => &[Proposed, Published, Archived],
        Proposed => &[Published, Rejected, Draft],
        Rejected => &[Draft, Archived],
        Published => &[Archived],
        Archived => &[Draft],
    }
}

/// Refuses with 409 and what is allowed.
pub(crate) fn check_transition(from: ProductStatus, to: ProductStatus) -> Result<()> {
    if allowed(from).contains(&to) {
        return Ok(());
    }
    let names: Vec<&str> = allowed(from).iter().map(|status| status.as_str()).collect();
    Err(Error::transition(INVALID_TRANSITION, from.as_str(), to.as_str(), &names))
}

/// The status of a stored row; the database holds no other.
pub(crate) fn status(text: &str) -> ProductStatus {
    ProductStatus::parse(text).unwrap_or(ProductStatus::Draft)
}

/// An axis, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Axis {
    pub name: String,
    pub key: String,
    pub values: Vec<AxisValue>,
}

/// A value of an axis, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AxisValue {
    pub value: String,
    pub key: String,
}

/// A variant, checked: which value it has on each axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Combination {
    /// Place of the value on each axis.
    pub values: Vec<usize>,
    pub code: Option<String>,
    pub gtin: Option<String>,
    pub weight_grams: Option<i64>,
}

impl Combination {
    /// "Sand, Large".
    pub fn title(&self, axes: &[Axis]) -> String {
        self.parts(axes, |value| value.value.as_str()).join(", ")
    }

    /// What no two variants of a product share.
    pub fn key(&self, axes: &[Axis]) -> String {
        self.parts(axes, |value| value.key.as_str()).join("\u{1f}")
    }

    fn parts<'a>(&self, axes: &'a [Axis], part: impl Fn(&'a AxisValue) -> &'a str) -> Vec<&'a str> {
        axes.iter().zip(&self.values).filter_map(|(axis, place)| axis.values.get(*place)).map(part).collect()
    }
}

/// Axes as given, without repeats.
pub(crate) fn axes(input: &[OptionInput], fields: &mut Fields) -> Vec<Axis> {
    if !fields.check(input.len() <= MOST_AXES, "options", OPTION_INVALID, "A product has at most 5 options.")
    {
        return Vec::new();
    }
    let mut axes: Vec<Axis> = Vec::with_capacity(input.len());
    for (place, option) in input.iter().enumerate() {
        let at = format!("options/{place}");
        let Some(name) = text::line(&option.name, 60).filter(|name| !name.is_empty()) else {
            fields.add(
                format!("{at}/name"),
                OPTION_INVALID,
                "Name the option, such as Size, in up to 60 characters.",
            );
            continue;
        };
        let key = text::key(&name);
        if axes.iter().any(|axis| axis.key == key) {
            fields.add(format!("{at}/name"), OPTION_INVALID, "This option is named twice.");
            continue;
        }
        let mut values: Vec<AxisValue> = Vec::with_capacity(option.values.len());
        for value in &option.values {
            let Some(value) = text::line(value, 100).filter(|value| !value.is_empty()) else {
                fields.add(
                    format!("{at}/values"),
                    OPTION_INVALID,
                    "A value has 1 to 100 characters, such as Large.",
                );
                continue;
            };
            let key = text::key(&value);
            if !values.iter().any(|known| known.key == key) {
                values.push(AxisValue { value, key });
            }
        }
        if values.is_empty() {
            fields.add(format!("{at}/values"), OPTION_INVALID, "Give the option at least one value.");
        }
        axes.push(Axis { name, key, values });
    }
    axes
}

/// Variants as given; every combination where none is given. A value that its axis
/// lacks is added to it. Refuses repeats, gaps and floods before anything is written.
pub(crate) fn combinations(
    axes: &mut [Axis],
    input: &[VariantInput],
    fields: &mut Fields,
) -> Vec<Combination> {
    let too_many =
        |count: usize| format!("{count} variants are too many. A product has at most {MOST_VARIANTS}.");
    if input.is_empty() {
        let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.values.len()));
        return match count {
            Some(count) if count <= MOST_VARIANTS => every(axes),
            _ => {
                fields.add("options", TOO_MANY_VARIANTS, too_many(count.unwrap_or(usize::MAX)));
                Vec::new()
            }
        };
    }
    if input.len() > MOST_VARIANTS {
        fields.add("variants", TOO_MANY_VARIANTS, too_many(input.len()));
        return Vec::new();
    }
    let mut found: Vec<Combination> = Vec::with_capacity(input.len());
    for (place, variant) in input.iter().enumerate() {
        let at = format!("variants/{place}");
        let Some(combination) = combination(axes, variant, &at, fields) else { continue };
        if found.iter().any(|known| known.values == combination.values) {
            fields.add(format!("{at}/options"), TUPLE_TAKEN, "Another variant has the same options.");
        } else if let Some(code) = &combination.code
            && found
                .iter()
                .filter_map(|known| known.code.as_deref())
                .any(|known| text::key(known) == text::key(code))
        {
            fields.add(format!("{at}/sku"), SKU_TAKEN, "Another variant has the same code.");
        } else {
            found.push(combination);
        }
    }
    found
}

/// One variant against the axes.
pub(crate) fn combination(
    axes: &mut [Axis],
    input: &VariantInput,
    at: &str,
    fields: &mut Fields,
) -> Option<Combination> {
    let path = |field: &str| if at.is_empty() { field.to_owned() } else { format!("{at}/{field}") };
    if input.options.len() != axes.len() {
        let message = match axes.len() {
            0 => "This product has no options, so it has one variant only.".to_owned(),
            _ => {
                let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
                format!("Give one value for each of: {}.", names.join(", "))
            }
        };
        fields.add(path("options"), TUPLE_INCOMPLETE, message);
        return None;
    }
    let mut values = Vec::with_capacity(axes.len());
    for (axis, value) in axes.iter_mut().zip(&input.options) {
        let Some(value) = text::line(value, 100).filter(|value| !value.is_empty()) else {
            fields.add(
                path("options"),
                TUPLE_INCOMPLETE,
                format!("Give a value of up to 100 characters for {}.", axis.name),
            );
            return None;
        };
        let key = text::key(&value);
        let place = axis.values.iter().position(|known| known.key == key).unwrap_or_else(|| {
            axis.values.push(AxisValue { value, key });
            axis.values.len() - 1
        });
        values.push(place);
    }
    let code = match &input.sku {
        None => None,
        Some(code) if code.trim().is_empty() => None,
        Some(code) => match self::code(code) {
            Some(code) => Some(code),
            None => {
                fields.add(path("sku"), SKU_INVALID, "A code has up to 64 characters in one line.");
                None
            }
        },
    };
    let gtin = input.gtin.as_deref().map(str::trim).filter(|gtin| !gtin.is_empty());
    if let Some(gtin) = gtin {
        fields.check(
            gtin_is_valid(gtin),
            &path("gtin"),
            GTIN_INVALID,
            "This is no GTIN: check its digits, the last one is a check digit.",
        );
    }
    weight(input.weight_grams, &path("weight_grams"), fields);
    Some(Combination { values, code, gtin: gtin.map(str::to_owned), weight_grams: input.weight_grams })
}

fn every(axes: &[Axis]) -> Vec<Combination> {
    let mut found = vec![Vec::new()];
    for axis in axes {
        found = found
            .into_iter()
            .flat_map(|values: Vec<usize>| {
                (0..axis.values.len())
                    .map(move |place| values.iter().copied().chain([place]).collect::<Vec<_>>())
            })
            .collect();
    }
    let new = |values| Combination { values, code: None, gtin: None, weight_grams: None };
    found.into_iter().map(new).collect()
}

/// A seller's code, cleaned; None when it cannot be one.
pub(crate) fn code(text: &str) -> Option<String> {
    text::line(text, 64).filter(|code| !code.is_empty() && !code.starts_with("sku_"))
}

/// Checks a weight in grams.
pub(crate) fn weight(grams: Option<i64>, field: &str, fields: &mut Fields) {
    let fits = grams.is_none_or(|grams| (0..=HEAVIEST).contains(&grams));
    fields.check(fits, field, WEIGHT_INVALID, "Give the weight in grams, 0 to 100,000,000.");
}

/// GTIN-8, -12, -13 and -14 end in a check digit: weighted by 3 and 1 from the right,
/// the digits sum to a multiple of ten.
pub(crate) fn gtin_is_valid(gtin: &str) -> bool {
    if !matches!(gtin.len(), 8 | 12 | 13 | 14) || !gtin.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let weigh = |(place, byte): (usize, u8)| u32::from(byte - b'0') * if place % 2 == 0 { 1 } else { 3 };
    gtin.bytes().rev().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

/// The title: 1 to 255 characters in one line.
pub(crate) fn title(input: &str, fields: &mut Fields) -> String {
    match text::line(input, 255) {
        Some(title) if !title.is_empty() => title,
        Some(_) => {
            fields.add("title", TITLE_MISSING, "Give the product a title, such as Salt-glazed jug.");
            String::new()
        }
        None => {
            fields.add("title", TEXT_INVALID, "Use up to 255 characters in one line.");
            String::new()
        }
    }
}

/// An optional line; empty counts as none.
pub(crate) fn optional_line(
    input: Option<&str>,
    field: &str,
    longest: usize,
    fields: &mut Fields,
) -> Option<String> {
    let input = input?;
    match text::line(input, longest) {
        Some(line) => (!line.is_empty()).then_some(line),
        None => {
            fields.add(field, TEXT_INVALID, format!("Use up to {longest} characters in one line."));
            None
        }
    }
}

/// The description, made safe.
pub(crate) fn description(html: &str, fields: &mut Fields) -> String {
    let fits = html.chars().count() <= text::LONGEST_HTML;
    if fields.check(fits, "description", TEXT_INVALID, "Use up to 100,000 characters.") {
        text::safe_html(html)
    } else {
        String::new()
    }
}

/// Tags without repeats, in order.
pub(crate) fn tags(input: &[String], fields: &mut Fields) -> Vec<AxisValue> {
    fields.check(input.len() <= MOST_TAGS, "tags", TEXT_INVALID, "Use up to 50 tags.");
    let mut tags: Vec<AxisValue> = Vec::new();
    for tag in input.iter().take(MOST_TAGS) {
        match text::line(tag, 60) {
            Some(value) if value.is_empty() => {}
            Some(value) => {
                let key = text::key(&value);
                if !tags.iter().any(|known| known.key == key) {
                    tags.push(AxisValue { value, key });
                }
            }
            None => fields.add("tags", TEXT_INVALID, "A tag has up to 60 characters."),
        }
    }
    tags
}

/// Attributes, cleaned and without repeats.
pub(crate) fn attributes(input: &[AttributeInput], fields: &mut Fields) -> Vec<AttributeInput> {
    fields.check(input.len() <= MOST_ATTRIBUTES, "attributes", TEXT_INVALID, "Use up to 60 attributes.");
    let mut attributes: Vec<AttributeInput> = Vec::new();
    for (place, attribute) in input.iter().take(MOST_ATTRIBUTES).enumerate() {
        match (text::line(&attribute.name, 60), text::line(&attribute.value, 200)) {
            (Some(name), Some(value)) if !text::slug(&name).is_empty() && !value.is_empty() => {
                let known = AttributeInput { name, value };
                if !attributes.contains(&known) {
                    attributes.push(known);
                }
            }
            (Some(_), Some(value)) if value.is_empty() => {}
            _ => fields.add(
                format!("attributes/{place}"),
                TEXT_INVALID,
                "An attribute has a name of up to 60 and a value of up to 200 characters.",
            ),
        }
    }
    attributes
}

/// The tax class: a short lower-case word; `standard` when none is given.
pub(crate) fn tax_class(input: Option<&str>, fields: &mut Fields) -> String {
    let class = input.map(str::trim).filter(|class| !class.is_empty()).unwrap_or("standard");
    let fits = class.len() <= 40 && class.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    fields.check(fits, "tax_class", TAX_CLASS_INVALID, "Use a tax class such as standard.");
    class.to_owned()
}

/// What is searched in: title, maker, tags, categories.
pub(crate) fn search_text<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> =
        parts.into_iter().map(text::searchable).filter(|part| !part.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn option(name: &str, values: &[&str]) -> OptionInput {
        OptionInput {
            name: name.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    fn variant(options: &[&str]) -> VariantInput {
        VariantInput {
            options: options.iter().map(|value| (*value).to_owned()).collect(),
            ..VariantInput::default()
        }
    }

    #[test]
    fn only_the_table_moves_a_product() {
        use ProductStatus::*;
        assert!(check_transition(Draft, Published).is_ok());
        assert!(check_transition(Proposed, Rejected).is_ok());
        let refused = check_transition(Archived, Published).unwrap_err();
        assert!(refused.is(INVALID_TRANSITION));
        assert_eq!(refused.facts()["allowed"], "draft");
        for from in ProductStatus::ALL {
            assert!(check_transition(from, from).is_err(), "{from:?} does not go to itself");
        }
    }

    #[test]
    fn m1_3_a_variant_has_a_value_on_every_axis_and_no_twin() {
        let mut fields = Fields::default();
        let mut axes = axes(&[option("Size", &["S", "L"]), option("Colour", &["Sand"])], &mut fields);
        let input = [variant(&["S", "Sand"]), variant(&[" s ", "SAND"]), variant(&["L"])];
        let found = combinations(&mut axes, &input, &mut fields);
        let wrong = fields.into_inner();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title(&axes), "S, Sand");
        assert_eq!(
            wrong.iter().map(|error| error.code.as_str()).collect::<Vec<_>>(),
            [TUPLE_TAKEN.name, TUPLE_INCOMPLETE.name]
        );
    }

    #[test]
    fn e1_2_a_flood_of_variants_is_refused_before_it_is_made() {
        let values = |count: usize| (0..count).map(|value| value.to_string()).collect::<Vec<_>>();
        let axis = |name: &str, count| OptionInput { name: name.to_owned(), values: values(count) };
        let mut fields = Fields::default();
        let mut axes = axes(&[axis("A", 10), axis("B", 10), axis("C", 30)], &mut fields);
        assert!(combinations(&mut axes, &[], &mut fields).is_empty());
        assert_eq!(fields.into_inner()[0].code, TOO_MANY_VARIANTS.name);
    }

    #[test]
    fn without_variants_every_combination_is_made() {
        let mut fields = Fields::default();
        let mut axes =
            axes(&[option("Size", &["S", "L"]), option("Colour", &["Sand", "Ink", "Sand"])], &mut fields);
        let titles: Vec<String> =
            combinations(&mut axes, &[], &mut fields).iter().map(|one| one.title(&axes)).collect();
        assert_eq!(titles, ["S, Sand", "S, Ink", "L, Sand", "L, Ink"]);
        assert_eq!(
            combinations(&mut [], &[], &mut fields).len(),
            1,
            "a product without axes has one variant"
        );
        assert!(fields.is_empty());
    }

    #[test]
    fn m1_4_a_gtin_ends_in_its_check_digit() {
        for right in ["4006381333931", "96385074", "036000291452", "00012345600012"] {
            assert!(gtin_is_valid(right), "{right}");
        }
        for wrong in ["4006381333932", "4006381333", "", "40063813339३1", "abcdefgh"] {
            assert!(!gtin_is_valid(wrong), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_never_passes(digits in proptest::collection::vec(0_u8..10, 12), place in 0_usize..13, by in 1_u8..10) {
            let sum: u32 = digits.iter().enumerate().map(|(place, digit)| u32::from(*digit) * if place % 2 == 0 { 1 } else { 3 }).sum();
            let mut all: Vec<u8> = digits.clone();
            all.push(((10 - sum % 10) % 10) as u8);
            let text = |digits: &[u8]| digits.iter().map(|digit| char::from(b'0' + digit)).collect::<String>();
            prop_assert!(gtin_is_valid(&text(&all)));
            all[place] = (all[place] + by) % 10;
            prop_assert!(!gtin_is_valid(&text(&all)));
        }
    }
}
