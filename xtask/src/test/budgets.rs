//! What the bundle may weigh, as a browser receives it (brotli). What whole pages may weigh is
//! measured in the browser: `end2end/budgets`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Counts, Outcome, Run};
use crate::bundle;
use crate::stamp;
use crate::workspace::site_dir;

const KB: u64 = 1024;

/// One line of the table.
struct Budget {
    what: String,
    bytes: u64,
    limit: u64,
}

pub fn step(_: &mut Run) -> Result<Outcome> {
    let site = site_dir();
    bundle::verify(&site)?;
    let mut counts = Counts::default();
    let mut over = Vec::new();
    for Budget { what, bytes, limit } in budgets(&site.join("pkg"))? {
        println!("     {what:<44} {:>7.1} KB of {:>4} KB", kilobytes(bytes), limit / KB);
        if bytes <= limit {
            counts += Counts::ONE_PASSED;
        } else {
            counts += Counts::ONE_FAILED;
            over.push(what);
        }
    }
    if !over.is_empty() {
        eprintln!("     over budget: {}", over.join(", "));
    }
    Ok(Outcome::Counted(counts))
}

fn budgets(pkg: &Path) -> Result<Vec<Budget>> {
    let mut rows = Vec::new();
    let mut glue = 0;
    for file in stamp::files_below(pkg)? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some((stem, kind)) = classify(name) else { continue };
        let bytes = served_size(&file)?;
        match kind {
            Kind::Style => rows.push(Budget { what: "style sheet".into(), bytes, limit: 30 * KB }),
            Kind::Main => rows.push(Budget { what: "module of every first load".into(), bytes, limit: 240 * KB }),
            Kind::Script => glue += bytes,
            Kind::Chunk => rows.push(Budget { what: format!("lazy {stem}"), bytes, limit: 120 * KB }),
        }
    }
    if !rows.iter().any(|row| row.what.starts_with("module")) || glue == 0 {
        bail!("{} lacks the module or its script; run `cargo xtask bundle`", pkg.display());
    }
    rows.push(Budget { what: "scripts of every first load".into(), bytes: glue, limit: 20 * KB });
    Ok(rows)
}

#[derive(Debug, PartialEq)]
enum Kind {
    Style,
    Main,
    Script,
    Chunk,
}

/// What a file of `pkg/` is, by its name `STEM.HASH.EXTENSION`; copies and fonts are nothing here.
fn classify(name: &str) -> Option<(&str, Kind)> {
    let (rest, extension) = name.rsplit_once('.')?;
    let (stem, _) = rest.split_once('.')?;
    let kind = match (stem, extension) {
        (bundle::OUTPUT_NAME, "css") => Kind::Style,
        (bundle::OUTPUT_NAME, "wasm") => Kind::Main,
        (_, "js") => Kind::Script,
        (_, "wasm") => Kind::Chunk,
        _ => return None,
    };
    Some((stem, kind))
}

fn served_size(file: &Path) -> Result<u64> {
    let mut compressed = file.as_os_str().to_owned();
    compressed.push(".br");
    let path = Path::new(&compressed);
    let path = if path.is_file() { path } else { file };
    Ok(fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?.len())
}

#[expect(clippy::cast_precision_loss, reason = "a table for people")]
fn kilobytes(bytes: u64) -> f64 {
    bytes as f64 / KB as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        assert_eq!(classify("stoa.0123.css"), Some(("stoa", Kind::Style)));
        assert_eq!(classify("stoa.0123.wasm"), Some(("stoa", Kind::Main)));
        assert_eq!(classify("__wasm_split.0123.js"), Some(("__wasm_split", Kind::Script)));
        assert_eq!(classify("chunk_3.0123.wasm"), Some(("chunk_3", Kind::Chunk)));
        assert_eq!(classify("stoa.0123.wasm.br"), None);
        assert_eq!(classify("__wasm_split_manifest.0123.json"), None);
    }
}
