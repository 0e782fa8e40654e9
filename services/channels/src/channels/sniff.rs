//! Telling what a file is before anything is read from it in earnest.

use std::fmt;

use super::rows::Rows;
use super::{shopify, vendure};

/// The largest file taken, unless configured otherwise: 512 MB.
pub const DEFAULT_LIMIT_BYTES: u64 = 512 * 1024 * 1024;

/// How much of a file's beginning [`sniff`] wants to see.
pub const HEAD_BYTES: usize = 64 * 1024;

/// The catalogue formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The product CSV of Shopify, in its older and its newer headings.
    Shopify,
    /// The `products.csv` of Vendure's importer.
    Vendure,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shopify => "Shopify",
            Self::Vendure => "Vendure",
        })
    }
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sniffed {
    /// Which format its header names.
    pub format: Format,
    /// What stands between its cells: comma, semicolon or tab.
    pub delimiter: u8,
    /// The headings as the file writes them.
    pub header: Vec<String>,
}

/// Why a file as a whole is not read. Nothing has been written when this is
/// answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No bytes, or only blanks.
    Empty,
    /// A header and no rows.
    NoRows,
    /// Larger than allowed.
    TooLarge {
        /// The file's size in bytes.
        size: u64,
        /// The largest size taken, in bytes.
        limit: u64,
    },
    /// Not text; with what it seems to be, where that shows.
    Binary(Option<&'static str>),
    /// Text, but not UTF-8.
    NotUtf8,
    /// No header of a known format.
    UnknownHeader {
        /// For each format, the headings it needs and the file lacks.
        missing: Vec<(Format, Vec<&'static str>)>,
    },
    /// A known format, but not the one asked for.
    OtherFormat {
        /// What was asked for.
        expected: Format,
        /// What the file is.
        found: Format,
    },
    /// The file could not be read.
    Unreadable(String),
}

impl Refusal {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty | Self::NoRows => "channels.import_file_empty",
            Self::TooLarge { .. } => "channels.import_file_too_large",
            Self::Binary(_) => "channels.import_file_binary",
            Self::NotUtf8 => "channels.import_file_not_utf8",
            Self::UnknownHeader { .. } => "channels.import_header_unknown",
            Self::OtherFormat { .. } => "channels.import_format_other",
            Self::Unreadable(_) => "channels.import_file_unreadable",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("The file is empty."),
            Self::NoRows => f.write_str("The file has a header and no products."),
            Self::TooLarge { size, limit } => {
                write!(
                    f,
                    "The file has {} MB; at most {} MB are taken. Split it into several files.",
                    size.div_ceil(1024 * 1024),
                    limit / (1024 * 1024)
                )
            }
            Self::Binary(Some(what)) => {
                write!(f, "This is {what}, not a CSV file. Export the products as CSV and try again.")
            }
            Self::Binary(None) => {
                f.write_str("This is not a text file. Export the products as CSV and try again.")
            }
            Self::NotUtf8 => f.write_str("The file is not UTF-8. Save it as “CSV UTF-8” and try again."),
            Self::UnknownHeader { missing } => {
                f.write_str("The first row is not the header of a product file.")?;
                for (format, names) in missing {
                    write!(f, " {format} needs {}.", names.join(", "))?;
                }
                Ok(())
            }
            Self::OtherFormat { expected, found } => {
                write!(f, "This is a {found} file, not a {expected} file. Import it as {found}.")
            }
            Self::Unreadable(why) => write!(f, "The file could not be read: {why}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Tells from a file's first [`HEAD_BYTES`] and its size whether it can be
/// imported and as what.
///
/// # Errors
/// A [`Refusal`] for an empty, binary, foreign or too large file.
pub fn sniff(head: &[u8], size: u64, limit: u64) -> Result<Sniffed, Refusal> {
    if size > limit {
        return Err(Refusal::TooLarge { size, limit });
    }
    let body = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if body.iter().all(u8::is_ascii_whitespace) {
        // A file of 64 KB of blanks is no catalogue either.
        return Err(Refusal::Empty);
    }
    if let Some(what) = magic(head) {
        return Err(Refusal::Binary(Some(what)));
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(Refusal::NotUtf8);
    }
    if body.contains(&0) {
        return Err(Refusal::Binary(None));
    }
    let header_end = body.iter().position(|byte| *byte == b'\n').unwrap_or(body.len());
    if std::str::from_utf8(&body[..header_end]).is_err() {
        let odd = body.iter().filter(|byte| **byte < 0x20 && !byte.is_ascii_whitespace()).count();
        return Err(if odd > 0 { Refusal::Binary(None) } else { Refusal::NotUtf8 });
    }

    let mut missing = Vec::new();
    for delimiter in *b",;\t" {
        let mut rows = Rows::new(Box::new(std::io::Cursor::new(head.to_vec())), delimiter);
        let Ok(Some(first)) = rows.next_row() else { continue };
        let Ok(header) = first.cells else { continue };
        for (format, absent) in [
            (Format::Shopify, shopify::missing_columns(&header)),
            (Format::Vendure, vendure::missing_columns(&header)),
        ] {
            if absent.is_empty() {
                let only_header = size <= head.len() as u64 && matches!(rows.next_row(), Ok(None));
                return if only_header {
                    Err(Refusal::NoRows)
                } else {
                    Ok(Sniffed { format, delimiter, header })
                };
            }
            if delimiter == b',' {
                missing.push((format, absent));
            }
        }
    }
    Err(Refusal::UnknownHeader { missing })
}

/// What some common non-text files begin with.
fn magic(head: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 9] = [
        (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"SQLite format 3", "a database"),
        (b"\x28\xb5\x2f\xfd", "a compressed archive"),
        (b"\x7fELF", "a program"),
    ];
    KNOWN.iter().find(|(start, _)| head.starts_with(start)).map(|(_, what)| *what)
}
