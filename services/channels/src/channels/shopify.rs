//! The product CSV of Shopify.
//!
//! Rows of one handle stand together. The first carries the product and its
//! first variant; those after it a further variant, a further picture, or
//! both. A product without options has the option `Title` with the value
//! `Default Title`. Both generations of headings are read.

use std::collections::HashSet;

use super::cells::{Cells, Findings, codes};
use super::drafts::{Builder, Group};
use super::model::{
    AttributeDraft, DraftStatus, ImageDraft, ImageSource, OptionAxis, ProductDraft, RowRange, SeoDraft,
    VariantDraft,
};
use super::rows::Row;

/// Where each field stands in this file.
pub struct Columns {
    handle: usize,
    title: usize,
    body: Option<usize>,
    vendor: Option<usize>,
    category: Option<usize>,
    kind: Option<usize>,
    tags: Option<usize>,
    published: Option<usize>,
    status: Option<usize>,
    options: [(Option<usize>, Option<usize>); 3],
    sku: Option<usize>,
    grams: Option<usize>,
    tracker: Option<usize>,
    quantity: Option<usize>,
    policy: Option<usize>,
    price: usize,
    compare_at: Option<usize>,
    barcode: Option<usize>,
    image: Option<usize>,
    image_position: Option<usize>,
    image_alt: Option<usize>,
    variant_image: Option<usize>,
    gift_card: Option<usize>,
    seo_title: Option<usize>,
    seo_description: Option<usize>,
    /// Metafield columns: the readable name and where it stands.
    metafields: Vec<(String, usize)>,
    /// Every column above, for the formula check.
    read: HashSet<usize>,
}

const HANDLE: &[&str] = &["handle", "url handle"];
const TITLE: &[&str] = &["title"];
const PRICE: &[&str] = &["variant price", "price"];

/// The headings without which this is no Shopify file, as far as they are
/// missing.
pub fn missing_columns(header: &[String]) -> Vec<&'static str> {
    let mut missing = Vec::new();
    for (names, shown) in [(HANDLE, "Handle"), (TITLE, "Title"), (PRICE, "Variant Price")] {
        if find(header, names).is_none() {
            missing.push(shown);
        }
    }
    // Three common words alone are no proof: some option or image column
    // belongs to every real file.
    if missing.is_empty()
        && find(
            header,
            &["option1 name", "option1 value", "variant sku", "sku", "image src", "product image url"],
        )
        .is_none()
    {
        missing.push("Option1 Name");
    }
    missing
}

fn find(header: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.iter().position(|heading| heading.trim().eq_ignore_ascii_case(name)))
}

impl Columns {
    /// Finds the columns in a header that [`missing_columns`] finds nothing
    /// wrong with.
    pub fn of(header: &[String]) -> Self {
        let mut read = HashSet::new();
        let mut column = |names: &[&str]| {
            let found = find(header, names);
            read.extend(found);
            found
        };
        let options = [
            (column(&["option1 name"]), column(&["option1 value"])),
            (column(&["option2 name"]), column(&["option2 value"])),
            (column(&["option3 name"]), column(&["option3 value"])),
        ];
        let mut columns = Self {
            handle: column(HANDLE).unwrap_or_default(),
            title: column(TITLE).unwrap_or_default(),
            price: column(PRICE).unwrap_or_default(),
            body: column(&["body (html)", "body html", "description"]),
            vendor: column(&["vendor"]),
            category: column(&["product category", "standardized product type", "standard product type"]),
            kind: column(&["type", "custom product type", "product type"]),
            tags: column(&["tags"]),
            published: column(&["published", "published on online store"]),
            status: column(&["status"]),
            options,
            sku: column(&["variant sku", "sku"]),
            grams: column(&["variant grams", "weight value (grams)"]),
            tracker: column(&["variant inventory tracker", "inventory tracker"]),
            quantity: column(&["variant inventory qty", "inventory quantity"]),
            policy: column(&["variant inventory policy", "continue selling when out of stock"]),
            compare_at: column(&["variant compare at price", "compare-at price"]),
            barcode: column(&["variant barcode", "barcode"]),
            image: column(&["image src", "product image url"]),
            image_position: column(&["image position"]),
            image_alt: column(&["image alt text"]),
            variant_image: column(&["variant image", "variant image url"]),
            gift_card: column(&["gift card"]),
            seo_title: column(&["seo title"]),
            seo_description: column(&["seo description"]),
            metafields: Vec::new(),
            read: HashSet::new(),
        };
        for (i, heading) in header.iter().enumerate() {
            if let Some((name, rest)) = heading.split_once(" (product.metafields.")
                && rest.trim_end().ends_with(')')
            {
                columns.metafields.push((name.trim().to_owned(), i));
                read.insert(i);
            }
        }
        columns.read = read;
        columns
    }

    /// The handle of the product the row belongs to; empty where it names
    /// none.
    pub fn starts(&self, row: &Row) -> Option<String> {
        Some(Cells { row }.text(Some(self.handle)).to_owned())
    }

    /// Whether a broken row's first cell is its handle.
    pub fn handle_is_first(&self) -> bool {
        self.handle == 0
    }

    /// Where the SKU stands.
    pub fn sku(&self) -> Option<usize> {
        self.sku
    }
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
    let title = top.short(Some(columns.title), 255, findings).unwrap_or_default();
    if title.is_empty() {
        findings.error(
            first,
            Some(columns.title),
            codes::MISSING,
            "The first row of a product needs a title.",
        );
    }
    if group.handle.chars().count() > 255 {
        findings.error(
            first,
            Some(columns.handle),
            codes::TOO_LONG,
            "Shorten this to at most 255 characters.",
        );
    }
    if top.text(columns.gift_card).eq_ignore_ascii_case("true") {
        findings.error(
            first,
            columns.gift_card,
            codes::GIFT_CARD,
            "Gift cards are not imported as products. Issue them as gift cards.",
        );
    }

    let axes = axis_names(columns, top, findings);
    let mut options: Vec<OptionAxis> =
        axes.iter().map(|(name, _)| OptionAxis { name: name.clone(), values: Vec::new() }).collect();
    let mut variants: Vec<VariantDraft> = Vec::new();
    let mut images: Vec<(i64, ImageDraft)> = Vec::new();
    for row in &group.rows {
        let cells = Cells { row };
        let is_variant = row.number == first.number
            || cells.filled(Some(columns.price)).is_some()
            || columns.options.iter().any(|(_, value)| cells.filled(*value).is_some())
            || cells.filled(columns.sku).is_some();
        if let Some(source) = cells.image(columns.image, findings) {
            let position =
                cells.whole(columns.image_position, findings).filter(|p| *p > 0).unwrap_or(i64::MAX);
            let alt = cells.short(columns.image_alt, 512, findings).unwrap_or_else(|| title.clone());
            add_image(&mut images, source, alt, position);
        }
        if is_variant && let Some(variant) = variant(builder, columns, cells, &axes, &mut options, findings) {
            if let Some(source) = &variant.image {
                add_image(&mut images, source.clone(), title.clone(), i64::MAX);
            }
            if variants.iter().any(|other| other.options == variant.options) {
                let message = if axes.is_empty() {
                    "A product without options has one variant only.".to_owned()
                } else {
                    format!("There is already a variant “{}”.", variant.options.join(" / "))
                };
                findings.error(row, columns.options[0].1, codes::OPTION_DUPLICATE, message);
            }
            variants.push(variant);
        }
    }
    images.sort_by_key(|(position, _)| *position);
    let images = (1..).zip(images).map(|(position, (_, image))| ImageDraft { position, ..image }).collect();

    let seo = SeoDraft {
        title: top.short(columns.seo_title, 255, findings),
        description: top.short(columns.seo_description, 1000, findings),
    };
    Some(ProductDraft {
        handle: group.handle.clone(),
        description_html: builder.descriptions.clean(top.text(columns.body)),
        vendor: top.short(columns.vendor, 255, findings),
        category_path: top
            .text(columns.category)
            .split('>')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        product_type: top.short(columns.kind, 255, findings),
        tags: tags(top.text(columns.tags)),
        attributes: metafields(columns, top),
        options,
        variants,
        images,
        status: status(columns, top, findings),
        seo,
        currency: builder.currency,
        rows,
        title,
    })
}

/// The axes of the product: name and the column of its values.
fn axis_names(columns: &Columns, top: Cells<'_>, findings: &mut Findings<'_>) -> Vec<(String, usize)> {
    let mut axes: Vec<(String, usize)> = Vec::new();
    for (name_column, value_column) in columns.options {
        let (Some(value_column), name, value) = (value_column, top.text(name_column), top.text(value_column))
        else {
            continue;
        };
        let is_placeholder =
            name.eq_ignore_ascii_case("title") && value.eq_ignore_ascii_case("default title");
        if is_placeholder || (name.is_empty() && value.is_empty()) {
            continue;
        }
        if name.is_empty() {
            findings.error(
                top.row,
                name_column,
                codes::OPTION_INVALID,
                format!("Name the option that “{value}” is a value of."),
            );
        } else if axes.iter().any(|(other, _)| other.to_lowercase() == name.to_lowercase()) {
            findings.error(
                top.row,
                name_column,
                codes::OPTION_INVALID,
                format!("The option “{name}” is named twice."),
            );
        } else {
            axes.push((name.to_owned(), value_column));
        }
    }
    axes
}

fn variant(
    builder: &Builder,
    columns: &Columns,
    cells: Cells<'_>,
    axes: &[(String, usize)],
    options: &mut [OptionAxis],
    findings: &mut Findings<'_>,
) -> Option<VariantDraft> {
    let mut tuple = Vec::with_capacity(axes.len());
    for ((name, column), axis) in axes.iter().zip(options) {
        match cells.short(Some(*column), 255, findings) {
            Some(value) => tuple.push(axis_value(axis, value)),
            None => findings.error(
                cells.row,
                Some(*column),
                codes::OPTION_INVALID,
                format!("Fill the value of the option “{name}”."),
            ),
        }
    }
    let price = cells.price(Some(columns.price), builder.currency, builder.decimal_comma, findings);
    if cells.filled(Some(columns.price)).is_none() {
        findings.error(cells.row, Some(columns.price), codes::MISSING, "Every variant needs a price.");
    }
    let compare_at_minor =
        cells.compare_at(columns.compare_at, price, builder.currency, builder.decimal_comma, findings);
    let policy = cells.text(columns.policy);
    let weight = cells.text(columns.grams);
    Some(VariantDraft {
        options: tuple,
        sku: cells.short(columns.sku, 100, findings),
        price_minor: price.unwrap_or_default(),
        compare_at_minor,
        stock: cells.stock(columns.quantity, findings),
        stock_tracked: cells.filled(columns.tracker).is_some(),
        backorder: policy.eq_ignore_ascii_case("continue") || policy.eq_ignore_ascii_case("true"),
        weight_grams: grams(weight).filter(|grams| *grams > 0),
        barcode: cells.barcode(columns.barcode, findings),
        image: cells.image(columns.variant_image, findings),
        attributes: Vec::new(),
        row: cells.row.number,
    })
}

/// The value in the spelling the axis met first, so that `Red` and `red` stay
/// one value.
pub(super) fn axis_value(axis: &mut OptionAxis, value: String) -> String {
    let folded = value.to_lowercase();
    if let Some(known) = axis.values.iter().find(|known| known.to_lowercase() == folded) {
        return known.clone();
    }
    axis.values.push(value.clone());
    value
}

/// Adds a picture unless it is there already; a later mention may still give
/// it a place.
pub(super) fn add_image(
    images: &mut Vec<(i64, ImageDraft)>,
    source: ImageSource,
    alt: String,
    position: i64,
) {
    if let Some((place, _)) = images.iter_mut().find(|(_, image)| image.source == source) {
        *place = (*place).min(position);
    } else {
        images.push((position, ImageDraft { source, alt, position: 0 }));
    }
}

/// Whole grams of a weight that may have decimals; `None` where it is none.
fn grams(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let round_up = part.bytes().next().is_some_and(|digit| digit >= b'5');
    whole.parse::<i64>().ok().and_then(|grams| grams.checked_add(i64::from(round_up)))
}

/// Comma-separated tags without repeats.
fn tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

fn metafields(columns: &Columns, top: Cells<'_>) -> Vec<AttributeDraft> {
    let filled =
        columns.metafields.iter().filter_map(|(name, i)| top.filled(Some(*i)).map(|value| (name, value)));
    filled
        .flat_map(|(name, values)| {
            values
                .split(';')
                .map(str::trim)
                .filter(|v| !v.is_empty())
                .map(|value| AttributeDraft { name: name.clone(), value: value.to_owned() })
        })
        .collect()
}

fn status(columns: &Columns, top: Cells<'_>, findings: &mut Findings<'_>) -> DraftStatus {
    match top.text(columns.status).to_lowercase().as_str() {
        "active" => DraftStatus::Active,
        "draft" => DraftStatus::Draft,
        "archived" => DraftStatus::Archived,
        "" if top.text(columns.published).eq_ignore_ascii_case("false") => DraftStatus::Draft,
        "" => DraftStatus::Active,
        _ => {
            findings.warning(
                top.row,
                columns.status,
                codes::VALUE_UNKNOWN,
                "Write active, draft or archived; the product is imported as a draft.",
            );
            DraftStatus::Draft
        }
    }
}
