//! What the channels area says on the wire: what became of an imported file,
//! row by row.

use serde::{Deserialize, Serialize};

/// How much an issue weighs.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The product this row belongs to is refused as a whole.
    Error,
    /// The product goes in; something in it was left out or changed.
    Warning,
}

/// Something about one row of an imported file that its owner should know.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowIssue {
    /// The row as a spreadsheet counts it: the header is row 1.
    pub row: u64,
    /// The line of the file the row begins at, counted from 1. It differs
    /// from `row` where a cell above holds line breaks, and is 0 when the issue
    /// came up while writing, where only rows are known.
    pub line: u64,
    /// The column's heading as the file writes it, when one cell is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Stable code, such as `channels.import_price_invalid`.
    pub code: String,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
    /// Whether it refused the product.
    pub severity: Severity,
}

/// What became of a product.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was not there before.
    Created,
    /// It was there and something changed.
    Updated,
    /// It was there and is the same; nothing was written.
    Unchanged,
    /// It was not taken; its issues say why.
    Refused,
}

/// What became of the rows of one product.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowOutcome {
    /// The product's first row, the header being row 1.
    pub row: u64,
    /// The product's last row.
    pub last_row: u64,
    /// The product's handle in the file; empty where a row was too broken to
    /// tell.
    pub handle: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Everything to know about it, in row order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<RowIssue>,
}

/// How many products, by outcome, and how many issues.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Products created.
    pub created: u64,
    /// Products changed.
    pub updated: u64,
    /// Products found as they should be.
    pub unchanged: u64,
    /// Products refused.
    pub refused: u64,
    /// Warnings over all products.
    pub warnings: u64,
}

impl ImportCounts {
    /// Products seen, whatever became of them.
    pub fn products(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.refused
    }
}

/// The report of an import or of its dry run.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Whether nothing was written because nothing was meant to be.
    pub dry_run: bool,
    /// One entry per product, in file order.
    pub rows: Vec<RowOutcome>,
    /// True when the file held more products than `rows` keeps; the counts
    /// are complete all the same.
    pub truncated: bool,
    /// Totals over the whole file.
    pub counts: ImportCounts,
}

impl ImportReport {
    /// Counts an outcome and keeps it, unless `keep` entries are kept
    /// already. Past that, products without issues are only counted, and
    /// those with issues are kept up to another `keep`, so that the report of
    /// a huge file stays small and still names what is wrong.
    pub fn record(&mut self, entry: RowOutcome, keep: usize) {
        let counts = &mut self.counts;
        match entry.outcome {
            Outcome::Created => counts.created += 1,
            Outcome::Updated => counts.updated += 1,
            Outcome::Unchanged => counts.unchanged += 1,
            Outcome::Refused => counts.refused += 1,
        }
        counts.warnings +=
            entry.issues.iter().filter(|issue| issue.severity == Severity::Warning).count() as u64;
        let room = if entry.issues.is_empty() { keep } else { keep.saturating_mul(2) };
        if self.rows.len() < room {
            self.rows.push(entry);
        } else {
            self.truncated = true;
        }
    }
}
