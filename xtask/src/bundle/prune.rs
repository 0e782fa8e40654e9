//! Takes out of the linked module what a browser never runs.
//!
//! A view behind a pointer (`AnyView`) carries, for every type of view, the code to hydrate it and
//! the code to hydrate it while waiting for parts of the app, and no compiler can know that only
//! the first is called: about an eighth of the code. The app loads all parts before it hydrates
//! (`stoa_app::hydrate`), so the second never is. Its bodies become a trap here, before the module
//! is split, so that what only they need is left out too. Should anything ever call one, the page
//! fails as loudly as at a panic, which the journeys in a browser would show.

use std::collections::BTreeSet;
use std::ops::Range;

use anyhow::{Context, Result, bail};

use super::module::{
    CODE, FUNCTION_NAMES, HEADER, IMPORTS, Reader, custom, names, sections, write_name, write_number,
    write_section,
};

/// How the compiler names, inside the functions' names, what is not run:
/// `<T as tachys::view::any_view::IntoAny>::into_any::hydrate_async`.
const NOT_RUN: &str = "8into_any13hydrate_async";

/// The kinds of relocations that have a number more, added to the address.
const WITH_ADDEND: [u8; 12] = [3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 22, 23];

/// The module without what is not run. Fails when there is nothing of it: then Leptos works
/// differently from what is said above.
pub fn prune(module: &[u8]) -> Result<Vec<u8>> {
    let sections = sections(module)?;
    let content =
        |kind| sections.iter().find(|(section, _)| *section == kind).map(|(_, range)| range.clone());
    let imported = imported_functions(&module[content(IMPORTS).context("the module imports nothing")?])?;
    let code = content(CODE).context("the module has no code")?;
    let dead: BTreeSet<usize> = names(module, FUNCTION_NAMES)?
        .into_iter()
        .filter(|(_, name)| name.contains(NOT_RUN))
        .map(|(function, _)| function)
        .collect();
    if dead.is_empty() {
        bail!("no function of the app is called {NOT_RUN}; see xtask/src/bundle/prune.rs");
    }
    let bodies: Vec<Range<usize>> = bodies(&module[code.clone()])?
        .into_iter()
        .enumerate()
        .filter(|(function, _)| dead.contains(&(function + imported)))
        .map(|(_, body)| body)
        .collect();

    let relocations = custom(module, "reloc.CODE")?.context("the module was linked without relocations")?;
    let mut pruned = HEADER.to_vec();
    for (kind, range) in &sections {
        if *range == code {
            let mut content = module[range.clone()].to_vec();
            for body in &bodies {
                trap(&mut content[body.clone()])?;
            }
            write_section(&mut pruned, *kind, &content);
        } else if range.end == relocations.end {
            write_section(&mut pruned, *kind, &relocations_outside(&module[relocations.clone()], &bodies)?);
        } else {
            write_section(&mut pruned, *kind, &module[range.clone()]);
        }
    }
    Ok(pruned)
}

fn imported_functions(imports: &[u8]) -> Result<usize> {
    let mut reader = Reader(imports);
    let mut functions = 0;
    for _ in 0..reader.number()? {
        reader.name()?;
        reader.name()?;
        match reader.byte()? {
            0 => {
                functions += 1;
                reader.number()?;
            }
            1 => {
                reader.byte()?;
                reader.limits()?;
            }
            2 => reader.limits()?,
            3 => drop(reader.take(2)?),
            kind => bail!("the module imports something of kind {kind}"),
        }
    }
    Ok(functions)
}

/// Where the functions' bodies are in the code section.
fn bodies(code: &[u8]) -> Result<Vec<Range<usize>>> {
    let mut reader = Reader(code);
    let count = reader.number()?;
    let mut bodies = Vec::with_capacity(count);
    for _ in 0..count {
        let size = reader.number()?;
        let start = code.len() - reader.0.len();
        reader.take(size)?;
        bodies.push(start..start + size);
    }
    Ok(bodies)
}

/// Makes a body trap, in the same number of bytes, so that nothing moves.
fn trap(body: &mut [u8]) -> Result<()> {
    let [locals, first, rest @ .., end] = body else { bail!("a function is too short to be one") };
    (*locals, *first, *end) = (0, 0x00, 0x0b);
    // Instructions that do nothing.
    rest.fill(0x01);
    Ok(())
}

/// The relocations that are in none of the bodies.
fn relocations_outside(relocations: &[u8], bodies: &[Range<usize>]) -> Result<Vec<u8>> {
    let mut reader = Reader(relocations);
    let section = reader.number()?;
    let (mut kept, mut count) = (Vec::new(), 0);
    for _ in 0..reader.number()? {
        let entry = reader.0;
        let kind = reader.byte()?;
        let offset = reader.number()?;
        reader.number()?;
        if WITH_ADDEND.contains(&kind) {
            reader.signed_number()?;
        }
        let body = bodies.partition_point(|body| body.end <= offset);
        if bodies.get(body).is_none_or(|body| offset < body.start) {
            kept.extend_from_slice(&entry[..entry.len() - reader.0.len()]);
            count += 1;
        }
    }
    let mut content = Vec::new();
    write_name(&mut content, b"reloc.CODE");
    write_number(&mut content, section);
    write_number(&mut content, count);
    content.extend(kept);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::super::module::CUSTOM;
    use super::*;

    /// Two functions behind an imported one, each with a relocation in it.
    fn module(names: [&str; 2]) -> Vec<u8> {
        let mut module = HEADER.to_vec();
        write_section(&mut module, IMPORTS, b"\x01\x01a\x01b\x00\x00");
        // No locals, four times nothing, the end.
        write_section(&mut module, CODE, b"\x02\x06\x00\x01\x01\x01\x01\x0b\x06\x00\x01\x01\x01\x01\x0b");
        let mut relocations = Vec::new();
        write_name(&mut relocations, b"reloc.CODE");
        relocations.extend(b"\x01\x02\x00\x04\x07\x03\x0b\x08\x7f");
        write_section(&mut module, CUSTOM, &relocations);
        let mut functions = vec![2];
        for (name, function) in names.iter().zip([1, 2]) {
            functions.push(function);
            write_name(&mut functions, name.as_bytes());
        }
        let mut content = Vec::new();
        write_name(&mut content, b"name");
        write_section(&mut content, 1, &functions);
        write_section(&mut module, CUSTOM, &content);
        module
    }

    #[test]
    fn what_is_not_run_traps_and_its_relocations_are_gone() {
        let dead = "_RINv8into_any13hydrate_asyncINt4ViewE";
        let pruned = prune(&module(["main", dead])).unwrap();
        let sections = sections(&pruned).unwrap();
        assert_eq!(
            pruned[sections[1].1.clone()],
            *b"\x02\x06\x00\x01\x01\x01\x01\x0b\x06\x00\x00\x01\x01\x01\x0b"
        );
        assert_eq!(pruned[sections[2].1.clone()], *b"\x0areloc.CODE\x01\x01\x00\x04\x07");
        let pruned = prune(&module([dead, "main"])).unwrap();
        let sections = super::sections(&pruned).unwrap();
        assert_eq!(pruned[sections[2].1.clone()], *b"\x0areloc.CODE\x01\x01\x03\x0b\x08\x7f");
    }

    #[test]
    fn an_app_without_it_is_refused() {
        assert!(prune(&module(["main", "other"])).is_err());
    }
}
