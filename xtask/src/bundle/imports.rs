//! What split modules import from the main one: memory, the table of functions and the stack
//! pointer. Just enough of the WebAssembly format to hand them on under another name.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::module::{EXPORTS, HEADER, IMPORTS, Reader, sections, write_name, write_number, write_section};

/// The name that the splitter's modules import by.
pub const FROM_MAIN: &str = "__wasm_split";

const TABLE: u8 = 1;
const MEMORY: u8 = 2;
const GLOBAL: u8 = 3;

/// The imports of several modules, each once: kind and type by name.
#[derive(Default)]
pub struct Shared(BTreeMap<Vec<u8>, (u8, Vec<u8>)>);

impl Shared {
    /// Takes in the imports of a module.
    ///
    /// Fails when it imports anything that is not the main module's memory, table or global: the
    /// splitter then works differently from what joining relies on.
    pub fn add(&mut self, module: &[u8]) -> Result<()> {
        for (_, content) in sections(module)?.into_iter().filter(|(section, _)| *section == IMPORTS) {
            let mut content = Reader(&module[content]);
            for _ in 0..content.number()? {
                let from = content.name()?;
                let name = content.name()?;
                let kind = content.byte()?;
                let before = content.0;
                match kind {
                    TABLE => {
                        content.byte()?;
                        content.limits()?;
                    }
                    MEMORY => content.limits()?,
                    GLOBAL => drop(content.take(2)?),
                    _ => bail!("it imports {} of kind {kind}", String::from_utf8_lossy(name)),
                }
                if from != FROM_MAIN.as_bytes() {
                    bail!("it imports from {}", String::from_utf8_lossy(from));
                }
                let kind_and_type = (kind, before[..before.len() - content.0.len()].to_vec());
                match self.0.get(name) {
                    Some(known) if *known != kind_and_type => {
                        bail!("it imports {} with another type", String::from_utf8_lossy(name))
                    }
                    _ => drop(self.0.insert(name.to_vec(), kind_and_type)),
                }
            }
        }
        Ok(())
    }

    /// A module that imports all of it from `from` and exports it under the same names.
    pub fn module(&self, from: &str) -> Vec<u8> {
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        write_number(&mut imports, self.0.len());
        write_number(&mut exports, self.0.len());
        let mut counts = [0_usize; 4];
        for (name, (kind, kind_type)) in &self.0 {
            write_name(&mut imports, from.as_bytes());
            write_name(&mut imports, name);
            imports.push(*kind);
            imports.extend_from_slice(kind_type);
            write_name(&mut exports, name);
            exports.push(*kind);
            let count = &mut counts[usize::from(*kind)];
            write_number(&mut exports, *count);
            *count += 1;
        }
        let mut module = HEADER.to_vec();
        write_section(&mut module, IMPORTS, &imports);
        write_section(&mut module, EXPORTS, &exports);
        module
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one import section of these entries.
    fn module(entries: &[(&str, &str, &[u8])]) -> Vec<u8> {
        let mut imports = Vec::new();
        write_number(&mut imports, entries.len());
        for (from, name, description) in entries {
            write_name(&mut imports, from.as_bytes());
            write_name(&mut imports, name.as_bytes());
            imports.extend_from_slice(description);
        }
        let mut module = HEADER.to_vec();
        write_section(&mut module, IMPORTS, &imports);
        module
    }

    const MEMORY_OF_19: &[u8] = &[MEMORY, 0, 19];
    const TABLE_OF_5521: &[u8] = &[TABLE, 0x70, 0, 0x91, 0x2b];

    #[test]
    fn everything_is_handed_on_once_under_another_name() {
        let mut shared = Shared::default();
        shared.add(&module(&[(FROM_MAIN, "memory", MEMORY_OF_19)])).unwrap();
        let both = [(FROM_MAIN, "memory", MEMORY_OF_19), (FROM_MAIN, "table", TABLE_OF_5521)];
        shared.add(&module(&both)).unwrap();
        let base = shared.module("main");
        let imports = module(&[("main", "memory", MEMORY_OF_19), ("main", "table", TABLE_OF_5521)]);
        let exports = base.strip_prefix(&imports[..]).expect("the imports come first");
        assert_eq!(exports, b"\x07\x12\x02\x06memory\x02\x00\x05table\x01\x00");
    }

    #[test]
    fn a_module_that_needs_something_else_is_refused() {
        let refused = |entries: &[(&str, &str, &[u8])]| Shared::default().add(&module(entries)).is_err();
        assert!(refused(&[("env", "memory", MEMORY_OF_19)]));
        assert!(refused(&[(FROM_MAIN, "call", &[0, 3])]));
        assert!(!refused(&[(FROM_MAIN, "memory", MEMORY_OF_19)]));
        assert!(Shared::default().add(b"\0asm\x01\0\0\0\x02\x05").is_err());
    }
}
