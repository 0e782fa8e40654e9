//! Reading delimited text row by row in bounded memory, and surviving what
//! is broken in the middle.
//!
//! A general CSV reader answers an unclosed quote by reading the rest of the
//! file into one cell. Here a row has a largest size, and a row whose quoting
//! makes no sense costs only its own first line: reading goes on with the
//! next one.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use stoa_kernel::text::nfc;

/// The most bytes one row may have.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;

/// After this many broken rows the rest of the file is not read: it is not
/// the kind of file it was taken for.
pub const MAX_BROKEN_ROWS: u32 = 1_000;

const CHUNK: usize = 64 * 1024;

/// One row with its cells, or what stands where a row should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// As a spreadsheet counts: the header is row 1.
    pub number: u64,
    /// The line of the file it begins at, from 1.
    pub line: u64,
    /// The cells, untrimmed, or why there are none.
    pub cells: Result<Vec<String>, Broken>,
}

/// Why a row has no cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong with it.
    pub why: BrokenWhy,
    /// The text before the first delimiter, as far as it could be read: the
    /// best guess at which product the row belongs to.
    pub first_cell: Option<String>,
}

/// The ways a row can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenWhy {
    /// A quote opens and never closes, or text follows a closing quote.
    Quoting,
    /// More than [`MAX_ROW_BYTES`] without an end.
    TooLong,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A NUL or another control character that no text has.
    ControlCharacter,
    /// More or fewer cells than the header.
    CellCount {
        /// Cells the header has.
        expected: usize,
        /// Cells this row has.
        found: usize,
    },
    /// [`MAX_BROKEN_ROWS`] were broken; this is the last thing read.
    GaveUp,
}

/// Where the scan stands inside a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Plain,
    Quoted,
    QuoteInQuoted,
    AfterQuoted,
}

/// What the scan of a row came to.
enum Scan {
    /// The row ends before this offset; the next begins at the second.
    Ends(usize, usize),
    /// The quoting makes no sense.
    Senseless,
    /// The buffer ends first.
    NeedsMore,
}

/// Rows of a delimited file. Memory stays within [`MAX_ROW_BYTES`] and a
/// little, whatever the file's size.
pub struct Rows {
    input: Box<dyn Read + Send>,
    delimiter: u8,
    buffer: Vec<u8>,
    /// Where the row being read begins in `buffer`.
    start: usize,
    /// How far the scan of that row has come, and in which state.
    scanned: usize,
    place: Place,
    at_end: bool,
    /// Number and line of the row that comes next.
    number: u64,
    line: u64,
    /// Cells every row must have, once the first row said so.
    width: Option<usize>,
    broken: u32,
    done: bool,
}

impl Rows {
    /// Reads `input` from its beginning; a byte order mark is skipped.
    pub fn new(input: Box<dyn Read + Send>, delimiter: u8) -> Self {
        Self {
            input,
            delimiter,
            buffer: Vec::with_capacity(2 * CHUNK),
            start: 0,
            scanned: 0,
            place: Place::CellStart,
            at_end: false,
            number: 1,
            line: 1,
            width: None,
            broken: 0,
            done: false,
        }
    }

    /// The next row that is not blank, or `None` at the end.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        while !self.done {
            match self.scan() {
                Scan::NeedsMore if !self.at_end && self.buffer.len() - self.start <= MAX_ROW_BYTES => {
                    self.fill()?
                }
                Scan::NeedsMore if !self.at_end => {
                    let why =
                        if self.place == Place::Quoted { BrokenWhy::Quoting } else { BrokenWhy::TooLong };
                    return self.broken_line(why).map(Some);
                }
                // The last row may end without a line break, but not inside
                // quotes.
                Scan::NeedsMore if self.place == Place::Quoted => {
                    return self.broken_line(BrokenWhy::Quoting).map(Some);
                }
                Scan::NeedsMore => {
                    let end = self.buffer.len();
                    self.done = self.start == end;
                    if !self.done
                        && let Some(row) = self.take(end, end)?
                    {
                        return Ok(Some(row));
                    }
                }
                Scan::Ends(end, next) => {
                    if let Some(row) = self.take(end, next)? {
                        return Ok(Some(row));
                    }
                }
                Scan::Senseless => return self.broken_line(BrokenWhy::Quoting).map(Some),
            }
        }
        Ok(None)
    }

    /// Scans on for the end of the row that begins at `start`.
    fn scan(&mut self) -> Scan {
        let mut place = self.place;
        let mut at = self.scanned;
        let result = loop {
            let Some(&byte) = self.buffer.get(at) else { break Scan::NeedsMore };
            let ends_cell = byte == self.delimiter;
            place = match (place, byte) {
                (Place::Quoted, b'"') => Place::QuoteInQuoted,
                (Place::Quoted, _) => Place::Quoted,
                (Place::QuoteInQuoted, b'"') => Place::Quoted,
                (_, b'\n') => break Scan::Ends(at, at + 1),
                (_, _) if ends_cell => Place::CellStart,
                (Place::CellStart, b'"') => Place::Quoted,
                (Place::CellStart | Place::Plain, _) => Place::Plain,
                (Place::QuoteInQuoted | Place::AfterQuoted, b' ' | b'\t' | b'\r') => Place::AfterQuoted,
                (Place::QuoteInQuoted | Place::AfterQuoted, _) => break Scan::Senseless,
            };
            at += 1;
        };
        self.scanned = at;
        self.place = place;
        result
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        let old = self.buffer.len();
        self.buffer.resize(old + CHUNK, 0);
        let got = loop {
            match self.input.read(&mut self.buffer[old..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(old + *got.as_ref().unwrap_or(&0));
        self.at_end = got? == 0;
        if self.number == 1
            && self.start == 0
            && self.buffer.starts_with(b"\xef\xbb\xbf")
            && self.scanned == 0
        {
            self.start = 3;
            self.scanned = 3;
        }
        Ok(())
    }

    /// Takes the row up to `end`; `None` when it is blank.
    fn take(&mut self, end: usize, next: usize) -> io::Result<Option<Row>> {
        let bytes = &self.buffer[self.start..end];
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        let cells = split(bytes, self.delimiter);
        if let (Ok(cells), Some(expected)) = (&cells, self.width)
            && cells.len() != expected
            && !is_blank(cells)
        {
            let why = BrokenWhy::CellCount { expected, found: cells.len() };
            if lines > 0 {
                // Rows were glued together by a stray quote: give up the
                // first line only.
                return self.broken_line(BrokenWhy::Quoting).map(Some);
            }
            let first_cell = cells.first().cloned();
            return self.finish(next, lines, Err(Broken { why, first_cell })).map(Some);
        }
        match cells {
            Ok(cells) if is_blank(&cells) => {
                self.advance(next, lines);
                Ok(None)
            }
            cells => {
                if let Ok(cells) = &cells {
                    self.width.get_or_insert(cells.len());
                }
                self.finish(next, lines, cells).map(Some)
            }
        }
    }

    /// Gives up the first line of the row being read; the next row begins
    /// after it.
    fn broken_line(&mut self, why: BrokenWhy) -> io::Result<Row> {
        let first_cell = |line: &[u8], delimiter: u8| {
            let cell = line.split(|byte| *byte == delimiter).next().unwrap_or_default();
            std::str::from_utf8(cell)
                .ok()
                .filter(|cell| cell.len() < 512)
                .map(|cell| cell.trim_matches('"').to_owned())
        };
        loop {
            if let Some(length) = self.buffer[self.start..].iter().position(|byte| *byte == b'\n') {
                let first_cell = first_cell(&self.buffer[self.start..self.start + length], self.delimiter);
                return self.finish(self.start + length + 1, 0, Err(Broken { why, first_cell }));
            }
            if self.at_end {
                let first_cell = first_cell(&self.buffer[self.start..], self.delimiter);
                return self.finish(self.buffer.len(), 0, Err(Broken { why, first_cell }));
            }
            // A single line longer than a row may be: read past it without
            // keeping it, all but its beginning.
            self.scanned = self.buffer.len();
            let keep = (self.start + 1024).min(self.buffer.len());
            self.buffer.truncate(keep);
            self.scanned = keep;
            self.fill()?;
        }
    }

    fn finish(&mut self, next: usize, lines: u64, cells: Result<Vec<String>, Broken>) -> io::Result<Row> {
        let mut row = Row { number: self.number, line: self.line, cells };
        if let Err(broken) = &mut row.cells {
            self.broken += 1;
            if self.broken > MAX_BROKEN_ROWS {
                broken.why = BrokenWhy::GaveUp;
                self.done = true;
            }
        }
        self.advance(next, lines);
        Ok(row)
    }

    fn advance(&mut self, next: usize, lines_inside: u64) {
        self.start = next;
        self.scanned = next;
        self.place = Place::CellStart;
        self.number += 1;
        self.line += lines_inside + 1;
    }
}

fn is_blank(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

/// The cells of one row whose quoting is known to be sound.
fn split(bytes: &[u8], delimiter: u8) -> Result<Vec<String>, Broken> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let first = bytes.split(|byte| *byte == delimiter).next().unwrap_or_default();
        let first_cell = std::str::from_utf8(first).ok().map(str::to_owned);
        return Err(Broken { why: BrokenWhy::NotUtf8, first_cell });
    };
    let text = text.strip_suffix('\r').unwrap_or(text);
    let mut cells = Vec::with_capacity(48);
    let mut rest = text;
    loop {
        let (cell, after) =
            if let Some(quoted) = rest.strip_prefix('"') { unquote(quoted) } else { plain(rest, delimiter) };
        cells.push(cell);
        let after = if rest.starts_with('"') { after.trim_start_matches([' ', '\t', '\r']) } else { after };
        match after.as_bytes().first() {
            Some(byte) if *byte == delimiter => rest = &after[1..],
            _ => break,
        }
    }
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if cells.iter().any(|cell| cell.contains(odd)) {
        return Err(Broken { why: BrokenWhy::ControlCharacter, first_cell: cells.into_iter().next() });
    }
    Ok(cells.into_iter().map(composed).collect())
}

/// The cell in the form text is kept in.
fn composed(cell: String) -> String {
    let other = match nfc(&cell) {
        Cow::Owned(other) => Some(other),
        Cow::Borrowed(_) => None,
    };
    other.unwrap_or(cell)
}

fn plain(rest: &str, delimiter: u8) -> (String, &str) {
    let end = rest.bytes().position(|byte| byte == delimiter).unwrap_or(rest.len());
    (rest[..end].to_owned(), &rest[end..])
}

/// The text up to the closing quote, doubled quotes made single.
fn unquote(mut rest: &str) -> (String, &str) {
    let mut cell = String::new();
    loop {
        let Some(quote) = rest.find('"') else {
            cell.push_str(rest);
            return (cell, "");
        };
        cell.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                cell.push('"');
                rest = after;
            }
            None => return (cell, rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &[u8]) -> Vec<Row> {
        let mut rows = Rows::new(Box::new(io::Cursor::new(text.to_vec())), b',');
        let mut all = Vec::new();
        while let Some(row) = rows.next_row().expect("memory can be read") {
            all.push(row);
        }
        all
    }

    fn cells(row: &Row) -> Vec<&str> {
        row.cells.as_ref().expect("the row is sound").iter().map(String::as_str).collect()
    }

    #[test]
    fn an_unclosed_quote_costs_one_row() {
        let rows = read(b"handle,title\na,\"never closed\nb,\"fine\"\nc,plain\n");
        assert_eq!(rows.len(), 4);
        let broken = rows[1].cells.as_ref().expect_err("row 2 is broken");
        assert_eq!((broken.why, broken.first_cell.as_deref()), (BrokenWhy::Quoting, Some("a")));
        assert_eq!((rows[2].number, cells(&rows[2])), (3, vec!["b", "fine"]));
        assert_eq!(cells(&rows[3]), ["c", "plain"]);
    }

    #[test]
    fn an_unclosed_quote_before_a_megabyte_of_rows_costs_one_row() {
        let mut text = b"handle,title\nbad,\"oops\n".to_vec();
        for i in 0..80_000 {
            text.extend(format!("product-{i},A title for {i}\n").bytes());
        }
        let rows = read(&text);
        assert_eq!(rows.len(), 80_002);
        assert_eq!(rows.iter().filter(|row| row.cells.is_err()).count(), 1);
        assert_eq!(rows.last().map(|row| (row.number, row.line)), Some((80_002, 80_002)));
    }

    #[test]
    fn a_row_without_end_is_skipped_in_bounded_memory() {
        let mut text = b"handle,title\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', 3 * MAX_ROW_BYTES));
        text.extend(b"\nb,fine\n");
        let rows = read(&text);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1].cells.as_ref().map_err(|broken| broken.why), Err(BrokenWhy::TooLong));
        assert_eq!(cells(&rows[2]), ["b", "fine"]);
    }

    #[test]
    fn rows_and_lines_are_counted_as_a_reader_would() {
        let rows =
            read(b"\xef\xbb\xbfhandle,title\r\na,\"two\r\nlines\"\r\n\r\nb,\"said \"\"hi\"\"\"   \r\nc");
        assert_eq!(cells(&rows[0]), ["handle", "title"]);
        assert_eq!((rows[1].number, rows[1].line, cells(&rows[1])), (2, 2, vec!["a", "two\r\nlines"]));
        assert_eq!((rows[2].number, rows[2].line, cells(&rows[2])), (4, 5, vec!["b", "said \"hi\""]));
        let why = rows[3].cells.as_ref().expect_err("one cell is missing").why;
        assert_eq!(why, BrokenWhy::CellCount { expected: 2, found: 1 });
    }

    #[test]
    fn bytes_that_are_no_text_cost_one_row() {
        let rows = read(b"handle,title\na,caf\xe9\nb,nul\x00here\nc,fine\n");
        assert_eq!(rows[1].cells.as_ref().map_err(|b| b.why), Err(BrokenWhy::NotUtf8));
        assert_eq!(rows[2].cells.as_ref().map_err(|b| b.why), Err(BrokenWhy::ControlCharacter));
        assert_eq!(cells(&rows[3]), ["c", "fine"]);
    }

    #[test]
    fn a_file_of_nothing_but_broken_rows_is_given_up() {
        let mut text = b"handle,title\n".to_vec();
        for _ in 0..MAX_BROKEN_ROWS * 2 {
            text.extend(b"a,\"x\"y\n");
        }
        let rows = read(&text);
        assert_eq!(rows.len() as u32, MAX_BROKEN_ROWS + 2);
        assert_eq!(
            rows.last().map(|row| row.cells.as_ref().map_err(|b| b.why)),
            Some(Err(BrokenWhy::GaveUp))
        );
    }

    proptest! {
        /// Whatever the reference writer writes is read back cell by cell.
        #[test]
        fn what_a_csv_writer_wrote_is_read_back(table in prop::collection::vec(prop::collection::vec("[a-z \",;\n\té€-]{0,12}", 3), 1..30)) {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(["one", "two", "three"]).expect("writes to memory");
            for row in &table {
                writer.write_record(row).expect("writes to memory");
            }
            let text = writer.into_inner().expect("writes to memory");
            let found: Vec<Vec<String>> = read(&text).into_iter().skip(1).map(|row| row.cells.expect("sound")).collect();
            let expected: Vec<Vec<String>> = table.into_iter().filter(|row| !is_blank(row)).collect();
            prop_assert_eq!(found, expected);
        }

        /// No bytes make it panic, hang or lose count.
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..400)) {
            let rows = read(&bytes);
            prop_assert!(rows.windows(2).all(|pair| pair[0].number < pair[1].number && pair[0].line < pair[1].line));
        }
    }
}
