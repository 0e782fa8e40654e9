//! From rows to products: grouping, checks that span products, and the one
//! stream every importer reads.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash, Hasher};
use std::io::{self, Cursor, Read};

use stoa_channels_types::{RowIssue, Severity};
use stoa_kernel::text::nfc;
use stoa_types::Currency;

use super::cells::{Findings, codes};
use super::html::Descriptions;
use super::model::{ProductDraft, RowRange};
use super::rows::{Broken, BrokenWhy, Row, Rows};
use super::sniff::{DEFAULT_LIMIT_BYTES, Format, HEAD_BYTES, Refusal, sniff};
use super::{shopify, vendure};

/// The most rows one product may have: variants and further pictures.
pub const MAX_ROWS_PER_PRODUCT: usize = 3_000;

/// How a file is to be read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The currency of the file's prices; the files do not say.
    pub currency: Currency,
    /// The largest file taken, in bytes.
    pub limit_bytes: u64,
    /// The format the caller asked for; another one is refused.
    pub expected: Option<Format>,
}

impl Settings {
    /// Any format in this currency, up to 512 MB.
    pub fn new(currency: Currency) -> Self {
        Self { currency, limit_bytes: DEFAULT_LIMIT_BYTES, expected: None }
    }
}

/// What came of one product's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The product's handle; empty where its rows are too broken to tell.
    pub handle: String,
    /// Its rows in the file.
    pub rows: RowRange,
    /// Everything found, in row order.
    pub issues: Vec<RowIssue>,
    /// The product, unless an issue of severity error refuses it.
    pub draft: Option<ProductDraft>,
}

/// How a format tells products apart and builds them.
pub(super) struct Builder {
    pub(super) header: Vec<String>,
    pub(super) currency: Currency,
    /// Prices may be written 12,50: files with semicolons come from there.
    pub(super) decimal_comma: bool,
    pub(super) descriptions: Descriptions,
    columns: Columns,
}

enum Columns {
    Shopify(Box<shopify::Columns>),
    Vendure(Box<vendure::Columns>),
}

/// The rows of one product while they are read.
pub(super) struct Group {
    pub(super) handle: String,
    pub(super) rows: Vec<Row>,
    range: RowRange,
    broken: Vec<RowIssue>,
    overflow: bool,
}

/// The products of a file, one after the other. Memory stays at one product
/// and a few dozen bytes for each handle and SKU already seen.
pub struct Drafts {
    rows: Rows,
    builder: Builder,
    /// The product being collected.
    open: Option<Group>,
    handles: HashMap<u64, u64>,
    skus: HashMap<u64, u64>,
    finished: bool,
    format: Format,
}

/// Opens a file of `size` bytes: looks at its beginning, and answers the
/// stream of its products.
///
/// # Errors
/// A [`Refusal`] when the file as a whole cannot be imported.
pub fn read_products(
    mut input: Box<dyn Read + Send>,
    size: u64,
    settings: &Settings,
) -> Result<Drafts, Refusal> {
    if size > settings.limit_bytes {
        return Err(Refusal::TooLarge { size, limit: settings.limit_bytes });
    }
    let mut head = Vec::with_capacity(HEAD_BYTES);
    (&mut input)
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|error| Refusal::Unreadable(error.to_string()))?;
    let sniffed = sniff(&head, size, settings.limit_bytes)?;
    if let Some(expected) = settings.expected
        && expected != sniffed.format
    {
        return Err(Refusal::OtherFormat { expected, found: sniffed.format });
    }
    // A file that grew since its size was asked for is cut at the limit.
    let input = Cursor::new(head).chain(input.take(settings.limit_bytes));
    let mut rows = Rows::new(Box::new(input), sniffed.delimiter);
    rows.next_row().map_err(|error| Refusal::Unreadable(error.to_string()))?;
    let columns = match sniffed.format {
        Format::Shopify => Columns::Shopify(Box::new(shopify::Columns::of(&sniffed.header))),
        Format::Vendure => Columns::Vendure(Box::new(vendure::Columns::of(&sniffed.header))),
    };
    Ok(Drafts {
        rows,
        builder: Builder {
            header: sniffed.header,
            currency: settings.currency,
            decimal_comma: sniffed.delimiter == b';',
            descriptions: Descriptions::new(),
            columns,
        },
        open: None,
        handles: HashMap::new(),
        skus: HashMap::new(),
        finished: false,
        format: sniffed.format,
    })
}

impl Drafts {
    /// What the file turned out to be.
    pub fn format(&self) -> Format {
        self.format
    }

    fn next_parsed(&mut self) -> io::Result<Option<Parsed>> {
        while !self.finished {
            let Some(row) = self.rows.next_row()? else {
                self.finished = true;
                break;
            };
            if let Some(complete) = self.collect(row) {
                return Ok(Some(self.build(complete)));
            }
        }
        Ok(self.open.take().map(|last| self.build(last)))
    }

    /// Adds a row to its product; answers the product before it, when this
    /// row begins another.
    fn collect(&mut self, row: Row) -> Option<Group> {
        let start = match &row.cells {
            Ok(_) => self.builder.starts(&row),
            Err(broken) => self.builder.guess_start(broken),
        };
        let range = RowRange { first: row.number, last: row.number };
        let mut complete = None;
        // A Shopify handle that repeats goes on with its product; a Vendure
        // name always begins one.
        let repeats_go_on = self.format == Format::Shopify;
        let begins = start
            .filter(|handle| !repeats_go_on || self.open.as_ref().is_none_or(|open| open.handle != *handle));
        if let Some(handle) = begins {
            complete = self.open.replace(Group {
                handle,
                rows: Vec::new(),
                range,
                broken: Vec::new(),
                overflow: false,
            });
        }
        let group = self.open.get_or_insert_with(|| Group {
            handle: String::new(),
            rows: Vec::new(),
            range,
            broken: Vec::new(),
            overflow: false,
        });
        group.range.last = row.number;
        if let Err(broken) = &row.cells {
            group.broken.push(issue_of(&row, broken));
        } else if group.rows.len() < MAX_ROWS_PER_PRODUCT {
            group.rows.push(row);
        } else {
            group.overflow = true;
        }
        complete
    }

    fn build(&mut self, group: Group) -> Parsed {
        let header = std::mem::take(&mut self.builder.header);
        let mut findings = Findings::new(&header);
        let first = group.rows.first();
        if let Some(first) = first {
            if group.handle.is_empty() {
                findings.error(first, None, codes::HANDLE_MISSING, "This row names no product. Fill its handle, or place it below the product it belongs to.");
            } else {
                match self.handles.entry(hash_of(&one_line(&group.handle))) {
                    Entry::Occupied(seen) => {
                        let message = format!(
                            "The rows of “{}” must stand together; it was already met in row {}.",
                            group.handle,
                            seen.get()
                        );
                        findings.error(first, None, codes::HANDLE_REPEATED, message);
                    }
                    Entry::Vacant(slot) => {
                        slot.insert(first.number);
                    }
                }
            }
            if group.overflow {
                findings.error(
                    first,
                    None,
                    codes::TOO_MANY_ROWS,
                    format!("One product may have at most {MAX_ROWS_PER_PRODUCT} rows."),
                );
            }
        }
        // Rows that named no product of their own are not worth a closer look.
        let mut draft = None;
        if first.is_some() && !group.handle.is_empty() && !group.overflow {
            draft = match &self.builder.columns {
                Columns::Shopify(columns) => {
                    shopify::build(&self.builder, columns, &group, group.range, &mut findings)
                }
                Columns::Vendure(columns) => {
                    vendure::build(&self.builder, columns, &group, group.range, &mut findings)
                }
            };
        }
        if let Some(draft) = &draft {
            self.check_skus(draft, &group, &mut findings);
        }
        let mut issues = findings.issues;
        issues.extend(group.broken);
        issues.sort_by_key(|issue| issue.row);
        self.builder.header = header;
        let refused = issues.iter().any(|issue| issue.severity == Severity::Error);
        let draft = draft.filter(|_| !refused);
        if let Some(draft) = &draft {
            for variant in &draft.variants {
                if let Some(sku) = &variant.sku {
                    self.skus.insert(hash_of(&sku_key(sku)), variant.row);
                }
            }
        }
        Parsed { handle: group.handle, rows: group.range, issues, draft }
    }

    /// Reports SKUs met before in the file, in this product or in one that
    /// was taken.
    fn check_skus(&self, draft: &ProductDraft, group: &Group, findings: &mut Findings<'_>) {
        let mut own: HashMap<String, u64> = HashMap::new();
        for variant in &draft.variants {
            let Some(sku) = &variant.sku else { continue };
            let key = sku_key(sku);
            let before = self.skus.get(&hash_of(&key)).or_else(|| own.get(&key)).copied();
            if let Some(before) = before
                && let Some(row) = group.rows.iter().find(|row| row.number == variant.row)
            {
                let message = format!(
                    "The SKU “{sku}” is already used in row {before}. Give each variant a code of its own."
                );
                findings.error(row, self.builder.sku_column(), codes::SKU_DUPLICATE, message);
            }
            own.insert(key, variant.row);
        }
    }
}

impl Iterator for Drafts {
    type Item = io::Result<Parsed>;

    /// The next product; after an error reading the file there is none.
    fn next(&mut self) -> Option<Self::Item> {
        let parsed = self.next_parsed();
        if parsed.is_err() {
            self.finished = true;
            self.open = None;
        }
        parsed.transpose()
    }
}

impl Builder {
    /// The handle of the product this row belongs to or begins; `None` when
    /// it goes on with the one before.
    fn starts(&self, row: &Row) -> Option<String> {
        match &self.columns {
            Columns::Shopify(columns) => columns.starts(row),
            Columns::Vendure(columns) => columns.starts(row),
        }
    }

    /// The same for a row that could not be read, as well as can be told.
    fn guess_start(&self, broken: &Broken) -> Option<String> {
        let cell = broken.first_cell.as_deref().map(str::trim).filter(|cell| !cell.is_empty())?;
        match &self.columns {
            Columns::Shopify(columns) => columns.handle_is_first().then(|| cell.to_owned()),
            // The first cell is the name; the handle is made like a slug.
            Columns::Vendure(columns) => columns.name_is_first().then(|| vendure::slug_of(cell)),
        }
    }

    fn sku_column(&self) -> Option<usize> {
        match &self.columns {
            Columns::Shopify(columns) => columns.sku(),
            Columns::Vendure(columns) => columns.sku(),
        }
    }
}

fn issue_of(row: &Row, broken: &Broken) -> RowIssue {
    let (code, message) = match broken.why {
        BrokenWhy::Quoting => (
            codes::ROW_MALFORMED,
            "The quotes of this row do not close. Double every quote inside a quoted cell.".to_owned(),
        ),
        BrokenWhy::TooLong => (codes::ROW_MALFORMED, "This row is longer than 1 MB.".to_owned()),
        BrokenWhy::NotUtf8 => {
            (codes::ROW_NOT_TEXT, "This row is not UTF-8. Save the file as “CSV UTF-8”.".to_owned())
        }
        BrokenWhy::ControlCharacter => {
            (codes::ROW_NOT_TEXT, "This row holds control characters that no text has.".to_owned())
        }
        BrokenWhy::CellCount { expected, found } => (
            codes::ROW_CELL_COUNT,
            format!(
                "This row has {found} cells and the header {expected}. Put quotes around cells with commas."
            ),
        ),
        BrokenWhy::GaveUp => {
            (codes::GAVE_UP, "Too many rows are broken; the rest of the file was not read.".to_owned())
        }
    };
    RowIssue {
        row: row.number,
        line: row.line,
        column: None,
        code: code.to_owned(),
        message,
        severity: Severity::Error,
    }
}

/// SKUs are the same when they are so in one line and in lower case, as in the catalogue.
pub(super) fn sku_key(sku: &str) -> String {
    one_line(sku).to_lowercase()
}

/// Handles and codes as the catalogue compares them, so that what it would take for the same
/// is found to be so before it is asked.
fn one_line(text: &str) -> String {
    nfc(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
