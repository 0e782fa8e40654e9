//! Just enough of the WebAssembly format to look into modules and to put small ones together.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};

/// What a module starts with.
pub const HEADER: &[u8] = b"\0asm\x01\0\0\0";
/// Kinds of sections.
pub const CUSTOM: u8 = 0;
pub const IMPORTS: u8 = 2;
pub const EXPORTS: u8 = 7;
pub const CODE: u8 = 10;
pub const DATA: u8 = 11;

/// The sections of a module, in order: kind and where the content is.
pub fn sections(module: &[u8]) -> Result<Vec<(u8, Range<usize>)>> {
    let mut reader = Reader(module.strip_prefix(HEADER).context("this is no module")?);
    let mut sections = Vec::new();
    while !reader.0.is_empty() {
        let kind = reader.byte()?;
        let size = reader.number()?;
        let start = module.len() - reader.0.len();
        reader.take(size)?;
        sections.push((kind, start..start + size));
    }
    Ok(sections)
}

/// Where in memory a module's data goes.
pub fn data(module: &[u8]) -> Result<Vec<Range<usize>>> {
    const AT_AN_ADDRESS: u8 = 0;
    const I32_CONST: u8 = 0x41;
    let mut segments = Vec::new();
    for (_, content) in sections(module)?.into_iter().filter(|(kind, _)| *kind == DATA) {
        let mut reader = Reader(&module[content]);
        for _ in 0..reader.number()? {
            if reader.byte()? != AT_AN_ADDRESS || reader.byte()? != I32_CONST {
                bail!("a segment of data is not where the linker puts them");
            }
            let start = reader.number()?;
            reader.byte()?;
            let size = reader.number()?;
            reader.take(size)?;
            segments.push(start..start + size);
        }
    }
    Ok(segments)
}

/// Where in memory begins what changes while the program runs, in a module as it was linked:
/// behind the constants.
pub fn state(module: &[u8]) -> Result<usize> {
    let segments = data(module)?;
    let names = names(module, DATA_NAMES)?;
    segments
        .into_iter()
        .enumerate()
        .filter(|(index, _)| names.get(index).is_none_or(|name| !name.starts_with(".rodata")))
        .map(|(_, segment)| segment.start)
        .min()
        .context("the module keeps no state")
}

/// Kinds of names.
pub const FUNCTION_NAMES: u8 = 1;
const DATA_NAMES: u8 = 9;

/// The names that a module carries for functions or segments of data, by their index.
pub fn names(module: &[u8], wanted: u8) -> Result<BTreeMap<usize, String>> {
    let mut found = BTreeMap::new();
    let Some(content) = custom(module, "name")? else { return Ok(found) };
    let mut reader = Reader(&module[content]);
    while !reader.0.is_empty() {
        let kind = reader.byte()?;
        let size = reader.number()?;
        let mut names = Reader(reader.take(size)?);
        if kind != wanted {
            continue;
        }
        for _ in 0..names.number()? {
            let index = names.number()?;
            found.insert(index, String::from_utf8_lossy(names.name()?).into_owned());
        }
    }
    Ok(found)
}

/// Where the content of a custom section is, behind its name.
pub fn custom(module: &[u8], name: &str) -> Result<Option<Range<usize>>> {
    for (_, range) in sections(module)?.into_iter().filter(|(kind, _)| *kind == CUSTOM) {
        let mut reader = Reader(&module[range.clone()]);
        if reader.name()? == name.as_bytes() {
            return Ok(Some(range.end - reader.0.len()..range.end));
        }
    }
    Ok(None)
}

/// Writes a section.
pub fn write_section(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    out.push(kind);
    write_number(out, content.len());
    out.extend_from_slice(content);
}

/// Reads a module from its start on.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).context("the module ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// A number in LEB128, which must not be negative.
    pub fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        bail!("a number is too long")
    }

    /// A number in signed LEB128, read over.
    pub fn signed_number(&mut self) -> Result<()> {
        while self.byte()? & 0x80 != 0 {}
        Ok(())
    }

    /// A text with its length in front.
    pub fn name(&mut self) -> Result<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }

    /// The size of a memory or table.
    pub fn limits(&mut self) -> Result<()> {
        let has_maximum = self.byte()? & 1 != 0;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Ok(())
    }
}

/// Writes a number in LEB128.
pub fn write_number(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Writes a text with its length in front.
pub fn write_name(out: &mut Vec<u8>, name: &[u8]) {
    write_number(out, name.len());
    out.extend_from_slice(name);
}
