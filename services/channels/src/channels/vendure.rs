//! The `products.csv` of Vendure's importer.
//!
//! A row with a name begins a product and carries its first variant; rows
//! without one add variants. Lists are separated by `|`. Facets read
//! `name:value`; the facets `category` and `brand` say where the product
//! belongs and who made it. Cells are padded with spaces so that the file
//! reads well, and translated columns are headed `name:en`.

use std::collections::HashSet;

use super::cells::{Cells, Findings, codes, image_source};
use super::drafts::{Builder, Group};
use super::model::{
    AttributeDraft, DraftStatus, ImageDraft, OptionAxis, ProductDraft, RowRange, SeoDraft, VariantDraft,
};
use super::rows::Row;
use super::shopify::{add_image, axis_value};

/// Where each field stands in this file.
pub struct Columns {
    name: usize,
    slug: usize,
    description: Option<usize>,
    assets: Option<usize>,
    facets: Option<usize>,
    option_groups: usize,
    option_values: usize,
    sku: usize,
    price: usize,
    stock: Option<usize>,
    track: Option<usize>,
    enabled: Option<usize>,
    variant_assets: Option<usize>,
    variant_facets: Option<usize>,
    read: HashSet<usize>,
}

/// The headings without which this is no Vendure file, as far as they are
/// missing.
pub fn missing_columns(header: &[String]) -> Vec<&'static str> {
    ["name", "slug", "optionGroups", "optionValues", "sku", "price"]
        .into_iter()
        .filter(|name| find(header, name).is_none())
        .collect()
}

/// The column of that name: the plain one, else the English, else the first
/// translated one.
fn find(header: &[String], name: &str) -> Option<usize> {
    let is = |wanted: &str| header.iter().position(|heading| heading.trim().eq_ignore_ascii_case(wanted));
    let prefix = format!("{}:", name.to_lowercase());
    is(name)
        .or_else(|| is(&format!("{name}:en")))
        .or_else(|| header.iter().position(|heading| heading.trim().to_lowercase().starts_with(&prefix)))
}

impl Columns {
    /// Finds the columns in a header that [`missing_columns`] finds nothing
    /// wrong with.
    pub fn of(header: &[String]) -> Self {
        let mut read = HashSet::new();
        let mut column = |name: &str| {
            let found = find(header, name);
            read.extend(found);
            found
        };
        let mut columns = Self {
            name: column("name").unwrap_or_default(),
            slug: column("slug").unwrap_or_default(),
            description: column("description"),
            assets: column("assets"),
            facets: column("facets"),
            option_groups: column("optionGroups").unwrap_or_default(),
            option_values: column("optionValues").unwrap_or_default(),
            sku: column("sku").unwrap_or_default(),
            price: column("price").unwrap_or_default(),
            stock: column("stockOnHand"),
            track: column("trackInventory"),
            enabled: column("enabled"),
            variant_assets: column("variantAssets"),
            variant_facets: column("variantFacets"),
            read: HashSet::new(),
        };
        columns.read = read;
        columns
    }

    /// The handle of the product the row begins; `None` when it adds to the
    /// one before.
    pub fn starts(&self, row: &Row) -> Option<String> {
        let cells = Cells { row };
        let name = cells.filled(Some(self.name))?;
        Some(cells.filled(Some(self.slug)).map_or_else(|| slug_of(name), str::to_owned))
    }

    /// Whether a broken row's first cell is its name.
    pub fn name_is_first(&self) -> bool {
        self.name == 0
    }

    /// Where the SKU stands.
    pub fn sku(&self) -> Option<usize> {
        Some(self.sku)
    }
}

/// A slug of a name: lower-case ASCII words joined by hyphens.
pub fn slug_of(name: &str) -> String {
    let ascii = deunicode::deunicode(name).to_lowercase();
    let words: Vec<&str> =
        ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// The product of these rows, and on `findings` everything wrong with it. A
/// product with errors may still be answered, as far as it goes.
pub(super) fn build(
    builder: &Builder,
    columns: &Columns,
    group: &Group,
    rows: RowRange,
    findings: &mut Findings<'_>,
) -> Option<ProductDraft> {
    let first = group.rows.first()?;
    let top = Cells { row: first };
    for row in &group.rows {
        Cells { row }.check_formulas(&columns.read, findings);
    }
    let title = top.short(Some(columns.name), 255, findings).unwrap_or_default();
    if title.is_empty() {
        findings.error(
            first,
            Some(columns.name),
            codes::MISSING,
            "The row that begins a product needs a name.",
        );
    }
    if group.handle.chars().count() > 255 {
        findings.error(first, Some(columns.slug), codes::TOO_LONG, "Shorten this to at most 255 characters.");
    }

    let mut options: Vec<OptionAxis> = Vec::new();
    for name in list(top.text(Some(columns.option_groups))) {
        if options.iter().any(|axis| axis.name.to_lowercase() == name.to_lowercase()) {
            findings.error(
                first,
                Some(columns.option_groups),
                codes::OPTION_INVALID,
                format!("The option “{name}” is named twice."),
            );
        } else {
            options.push(OptionAxis { name: name.to_owned(), values: Vec::new() });
        }
    }
    let (category_path, vendor, attributes) = facets(top, columns.facets, findings);
    let mut images: Vec<(i64, ImageDraft)> = Vec::new();
    let mut position = 0;
    for row in &group.rows {
        let cells = Cells { row };
        for (column, of_product) in [(columns.assets, true), (columns.variant_assets, false)] {
            for name in list(cells.text(column)) {
                match image_source(name) {
                    Some(source) => {
                        position += 1;
                        // The product's own pictures come before those of variants.
                        let place = if of_product { position } else { i64::MAX / 2 + position };
                        add_image(&mut images, source, title.clone(), place);
                    }
                    None => findings.warning(
                        row,
                        column,
                        codes::IMAGE_INVALID,
                        "This is neither a web address nor a plain file name, so the picture is left out.",
                    ),
                }
            }
        }
    }
    images.sort_by_key(|(place, _)| *place);

    let mut variants: Vec<VariantDraft> = Vec::new();
    for row in &group.rows {
        let variant = variant(builder, columns, Cells { row }, &mut options, findings);
        if variants.iter().any(|other| other.options == variant.options) {
            let message = if options.is_empty() {
                "A product without options has one variant only.".to_owned()
            } else {
                format!("There is already a variant “{}”.", variant.options.join(" / "))
            };
            findings.error(row, Some(columns.option_values), codes::OPTION_DUPLICATE, message);
        }
        variants.push(variant);
    }

    Some(ProductDraft {
        handle: group.handle.clone(),
        description_html: builder.descriptions.clean(top.text(columns.description)),
        vendor,
        category_path,
        product_type: None,
        tags: Vec::new(),
        attributes,
        options,
        variants,
        images: (1..).zip(images).map(|(position, (_, image))| ImageDraft { position, ..image }).collect(),
        status: if top.text(columns.enabled).eq_ignore_ascii_case("false") {
            DraftStatus::Draft
        } else {
            DraftStatus::Active
        },
        seo: SeoDraft::default(),
        currency: builder.currency,
        rows,
        title,
    })
}

fn variant(
    builder: &Builder,
    columns: &Columns,
    cells: Cells<'_>,
    options: &mut [OptionAxis],
    findings: &mut Findings<'_>,
) -> VariantDraft {
    let values: Vec<&str> = list(cells.text(Some(columns.option_values))).collect();
    if values.len() != options.len() {
        let names: Vec<&str> = options.iter().map(|axis| axis.name.as_str()).collect();
        let message = if names.is_empty() {
            "Name the options of these values in optionGroups.".to_owned()
        } else {
            format!("Give one value for each of {}, separated by |.", names.join(", "))
        };
        findings.error(cells.row, Some(columns.option_values), codes::OPTION_INVALID, message);
    }
    let tuple =
        options.iter_mut().zip(&values).map(|(axis, value)| axis_value(axis, (*value).to_owned())).collect();
    let price = cells.price(Some(columns.price), builder.currency, builder.decimal_comma, findings);
    if cells.filled(Some(columns.price)).is_none() {
        findings.error(cells.row, Some(columns.price), codes::MISSING, "Every variant needs a price.");
    }
    let (_, _, attributes) = facets(cells, columns.variant_facets, findings);
    VariantDraft {
        options: tuple,
        sku: cells.short(Some(columns.sku), 100, findings),
        price_minor: price.unwrap_or_default(),
        compare_at_minor: None,
        stock: cells.stock(columns.stock, findings),
        stock_tracked: !cells.text(columns.track).eq_ignore_ascii_case("false"),
        backorder: false,
        weight_grams: None,
        barcode: None,
        image: list(cells.text(columns.variant_assets)).find_map(image_source),
        attributes,
        row: cells.row.number,
    }
}

/// The parts of a `|` list, trimmed, without empty ones.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim).filter(|part| !part.is_empty())
}

/// Facets by what they mean here: category path, maker, other properties.
fn facets(
    cells: Cells<'_>,
    column: Option<usize>,
    findings: &mut Findings<'_>,
) -> (Vec<String>, Option<String>, Vec<AttributeDraft>) {
    let (mut path, mut maker, mut others) = (Vec::new(), None, Vec::new());
    for facet in list(cells.text(column)) {
        let Some((name, value)) = facet
            .split_once(':')
            .map(|(name, value)| (name.trim(), value.trim()))
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        else {
            findings.warning(
                cells.row,
                column,
                codes::VALUE_UNKNOWN,
                format!("“{facet}” is left out; write facets as name:value."),
            );
            continue;
        };
        match name.to_lowercase().as_str() {
            "category" => path.push(value.to_owned()),
            "brand" if maker.is_none() => maker = Some(value.to_owned()),
            _ => others.push(AttributeDraft { name: name.to_owned(), value: value.to_owned() }),
        }
    }
    (path, maker, others)
}
