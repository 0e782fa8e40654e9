//! Rules that a search can check: styles name logical sides (start, end), never left or right,
//! because pages are also read from right to left.
//!
//! A line that must be physical (a barcode, a map) says so: a comment `physical: the reason`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};

use super::{Counts, Outcome, Run};
use crate::stamp;
use crate::workspace::root;

pub fn step(_: &mut Run) -> Result<Outcome> {
    let root = root();
    let mut found = String::new();
    for folder in ["app", "style", "server/src"] {
        for file in stamp::files_below(&root.join(folder))? {
            let kind = file.extension().and_then(|extension| extension.to_str());
            let check: fn(&str) -> Vec<(usize, String)> = match kind {
                Some("rs") => physical_in_rust,
                Some("css") => physical_in_css,
                _ => continue,
            };
            for (line, what) in check(&std::fs::read_to_string(&file)?) {
                let shown = file.strip_prefix(&root).unwrap_or(Path::new(""));
                let _ = writeln!(found, "  {}:{line}: {what}", shown.display());
            }
        }
    }
    if !found.is_empty() {
        bail!(
            "physical sides in styles; use their logical twins (ms-, me-, start-, end-, text-start ..):\n{found}"
        );
    }
    Ok(Outcome::Counted(Counts::ONE_PASSED))
}

/// Class names with a physical side inside the string literals of a Rust file, by line.
fn physical_in_rust(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, literal) in literals(text) {
        for (offset, part) in literal.split('\n').enumerate() {
            let at = line + offset;
            let allowed = text.lines().nth(at - 1).is_some_and(|line| line.contains("physical:"));
            for token in part.split_whitespace().filter(|token| !allowed && is_physical_class(token)) {
                found.push((at, token.to_owned()));
            }
        }
    }
    found
}

/// `md:hover:-ml-2!` has the class `ml-2` behind its variants and signs.
fn is_physical_class(token: &str) -> bool {
    let base = token.rsplit(':').next().unwrap_or(token);
    let base = base.trim_start_matches(['-', '!']).trim_end_matches('!');
    if matches!(base, "text-left" | "text-right" | "float-left" | "float-right") {
        return true;
    }
    for whole in [
        "rounded-l",
        "rounded-r",
        "rounded-tl",
        "rounded-tr",
        "rounded-bl",
        "rounded-br",
        "border-l",
        "border-r",
    ] {
        if base.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return true;
        }
    }
    // Only before a value, so that words of a sentence ("left-handed") are none of our business.
    ["ml-", "mr-", "pl-", "pr-", "left-", "right-", "scroll-ml-", "scroll-mr-", "scroll-pl-", "scroll-pr-"]
        .iter()
        .any(|prefix| {
            base.strip_prefix(prefix).is_some_and(|value| {
                value.starts_with(|c: char| c.is_ascii_digit() || c == '[' || c == '(')
                    || ["auto", "full", "px"].contains(&value)
            })
        })
}

/// Declarations with a physical side in a style sheet, by line.
fn physical_in_css(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut comment = false;
    for (index, line) in text.lines().enumerate() {
        let starts = line.contains("/*");
        let skip = comment || line.contains("physical:");
        if starts || comment {
            comment = !line.contains("*/");
        }
        if skip {
            continue;
        }
        let code = line.split("/*").next().unwrap_or(line);
        for declaration in code.split(['{', ';', '}']) {
            let Some((property, value)) = declaration.split_once(':') else { continue };
            let (property, value) = (property.trim(), value.trim());
            let sided = property == "left"
                || property == "right"
                || [
                    "-left",
                    "-right",
                    "-left-radius",
                    "-right-radius",
                    "-left-width",
                    "-right-width",
                    "-left-color",
                    "-right-color",
                ]
                .iter()
                .any(|end| property.ends_with(end) && !property.starts_with("--"));
            let aligned =
                matches!(property, "text-align" | "float" | "clear") && matches!(value, "left" | "right");
            if sided || aligned {
                found.push((index + 1, format!("{property}: {value}")));
            }
        }
        if let Some(applied) = code.split("@apply").nth(1) {
            for token in applied.split([' ', ';', '}']).filter(|token| is_physical_class(token)) {
                found.push((index + 1, token.to_owned()));
            }
        }
    }
    found
}

/// The string literals of a Rust file with the line each starts on. Comments are passed over.
fn literals(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let (mut at, mut line) = (0, 1);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => {
                line += 1;
                at += 1;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while bytes.get(at).is_some_and(|byte| *byte != b'\n') {
                    at += 1;
                }
            }
            b'\'' if bytes.get(at + 1) == Some(&b'"') && bytes.get(at + 2) == Some(&b'\'') => at += 3,
            b'\'' if bytes[at..].starts_with(b"'\\\"'") => at += 4,
            b'r' if is_raw_start(&bytes[at..])
                && !at.checked_sub(1).is_some_and(|before| is_word(bytes[before])) =>
            {
                let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
                let start = at + 2 + hashes;
                let close = format!("\"{}", "#".repeat(hashes));
                let length = text.get(start..).and_then(|rest| rest.find(&close)).unwrap_or(0);
                let literal = text.get(start..start + length).unwrap_or_default().to_owned();
                let lines = literal.matches('\n').count();
                found.push((line, literal));
                line += lines;
                at = start + length + close.len();
            }
            b'"' => {
                let start = at + 1;
                at = start;
                while let Some(&byte) = bytes.get(at) {
                    match byte {
                        b'\\' => at += 2,
                        b'"' => break,
                        _ => at += 1,
                    }
                }
                let literal = text.get(start..at.min(text.len())).unwrap_or_default().to_owned();
                let lines = literal.matches('\n').count();
                found.push((line, literal));
                line += lines;
                at += 1;
            }
            _ => at += 1,
        }
    }
    found
}

fn is_raw_start(bytes: &[u8]) -> bool {
    let after = bytes.get(1..).unwrap_or_default();
    let hashes = after.iter().take_while(|byte| **byte == b'#').count();
    after.get(hashes) == Some(&b'"')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_with_a_physical_side_are_found_behind_variants_and_signs() {
        for class in [
            "ml-2",
            "md:-mr-4",
            "hover:pl-[3px]",
            "left-0",
            "right-auto",
            "!text-left",
            "rounded-l-lg",
            "border-r",
            "pr-(--gap)!",
        ] {
            assert!(is_physical_class(class), "{class}");
        }
        for class in [
            "ms-2",
            "me-auto",
            "start-0",
            "text-start",
            "rounded-s-lg",
            "border-b",
            "left-handed",
            "right",
            "border-red-500",
            "rounded-lg",
        ] {
            assert!(!is_physical_class(class), "{class}");
        }
    }

    #[test]
    fn only_literals_count_and_their_lines_are_right() {
        let text = "// \"ml-1\" in a comment\nlet quote = '\"';\nview! { <p class=\"p-2\n  ml-3\"/> }\nlet raw = r#\"a \"mr-1\" b\"#; // x\nlet ok = \"pl-1\"; // physical: a barcode\nlet last = \"pr-9\";\n";
        let found = physical_in_rust(text);
        assert_eq!(
            found,
            [(4, "ml-3".to_owned()), (7, "pr-9".to_owned())],
            "a quoted word inside a raw string is no class"
        );
    }

    #[test]
    fn declarations_with_a_physical_side_are_found() {
        let css = "/* margin-left: 1px */\n.a { margin-left: 1px; color: red }\n.b { text-align: right }\n.c { inset-inline-start: 0; --x-left: 1 }\n.d { left: 0 } /* physical: a map */\n.e { @apply ml-2 ms-2; }\n";
        let found: Vec<_> = physical_in_css(css).into_iter().map(|(line, _)| line).collect();
        assert_eq!(found, [2, 3, 6]);
    }
}
