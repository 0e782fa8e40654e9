//! What the bundle may weigh, as a browser receives it (brotli). What whole pages may weigh is
//! measured in the browser: `end2end/budgets`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Counts, Outcome, Run};
use crate::bundle;
use crate::bundle::parts::{DEVELOPMENT_ONLY, Manifest, short_name, surface};
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
        let fits = bytes <= limit;
        let mark = if fits { "" } else { "  OVER" };
        println!("     {what:<44} {:>7.1} KB of {:>4} KB{mark}", kilobytes(bytes), limit / KB);
        if fits {
            counts += Counts::ONE_PASSED;
        } else {
            counts += Counts::ONE_FAILED;
            over.push(format!("{what} by {:.1} KB", kilobytes(bytes - limit)));
        }
    }
    if !over.is_empty() {
        eprintln!("     over budget: {}", over.join("; "));
    }
    Ok(Outcome::Counted(counts))
}

fn budgets(pkg: &Path) -> Result<Vec<Budget>> {
    let mut rows = Vec::new();
    let (mut main, mut glue, mut chunks, mut manifest) = (0, 0, BTreeMap::new(), None);
    for file in stamp::files_below(pkg)? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let bytes = served_size(&file)?;
        match classify(name) {
            Some(Kind::Style) => rows.push(Budget { what: "style sheet".into(), bytes, limit: 30 * KB }),
            Some(Kind::Main) => main = bytes,
            Some(Kind::Script) => glue += bytes,
            Some(Kind::Chunk) => drop(chunks.insert(name.trim_end_matches(".wasm").to_owned(), bytes)),
            Some(Kind::Manifest) => manifest = Some(fs::read_to_string(&file)?),
            None => {}
        }
    }
    let Some(manifest) = manifest.filter(|_| main > 0 && glue > 0) else {
        bail!("{} lacks the module, its script or its manifest; run `cargo xtask bundle`", pkg.display());
    };
    rows.push(Budget { what: "scripts of every first load".into(), bytes: glue, limit: 20 * KB });
    rows.push(Budget { what: "module of every first load".into(), bytes: main, limit: 240 * KB });
    rows.extend(pages(main, &chunks, &serde_json::from_str(&manifest)?)?);
    Ok(rows)
}

/// What each page of the app loads, in the files a browser asks for: its lazy part is what comes
/// on top of the main module and of the frame around it, and a first load is all three. A frame,
/// which is never seen without a page, counts as a lazy part too.
fn pages(main: u64, files: &BTreeMap<String, u64>, manifest: &Manifest) -> Result<Vec<Budget>> {
    let size = |needs: &BTreeSet<&String>| -> Result<u64> {
        needs.iter().map(|file| files.get(*file).with_context(|| format!("{file} is not there"))).sum()
    };
    let mut rows = Vec::new();
    for (part, needs) in manifest {
        let name = short_name(part);
        let surface = surface(name);
        if surface == DEVELOPMENT_ONLY {
            continue;
        }
        let needs: BTreeSet<&String> = needs.iter().collect();
        let is_frame = name == surface && manifest.keys().any(|other| is_inside(short_name(other), name));
        let frame: BTreeSet<&String> = manifest
            .iter()
            .filter(|(frame, _)| !is_frame && short_name(frame) == surface)
            .flat_map(|(_, needs)| needs)
            .collect();
        let part = needs.difference(&frame).copied().collect();
        rows.push(Budget { what: format!("{name}: lazy part"), bytes: size(&part)?, limit: 120 * KB });
        if !is_frame {
            let limit = if SHOPPERS.contains(&surface) { 240 * KB } else { 350 * KB };
            let bytes = main + size(&frame)? + size(&part)?;
            rows.push(Budget { what: format!("{name}: first load"), bytes, limit });
        }
    }
    Ok(rows)
}

fn is_inside(name: &str, frame: &str) -> bool {
    name != frame && surface(name) == frame
}

/// What people with phones on slow networks load; all others are staff surfaces.
const SHOPPERS: &[&str] = &["storefront", "checkout"];

#[derive(Debug, PartialEq)]
enum Kind {
    Style,
    Main,
    Script,
    Chunk,
    Manifest,
}

/// What a file of `pkg/` is, by its name `STEM.HASH.EXTENSION`; copies and fonts are nothing here.
fn classify(name: &str) -> Option<Kind> {
    let (rest, extension) = name.rsplit_once('.')?;
    let (stem, _) = rest.split_once('.')?;
    match (stem, extension) {
        (bundle::OUTPUT_NAME, "css") => Some(Kind::Style),
        (bundle::OUTPUT_NAME, "wasm") => Some(Kind::Main),
        (_, "js") => Some(Kind::Script),
        (_, "wasm") => Some(Kind::Chunk),
        ("__wasm_split_manifest", "json") => Some(Kind::Manifest),
        _ => None,
    }
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
        assert_eq!(classify("stoa.0123.css"), Some(Kind::Style));
        assert_eq!(classify("stoa.0123.wasm"), Some(Kind::Main));
        assert_eq!(classify("__wasm_split.0123.js"), Some(Kind::Script));
        assert_eq!(classify("chunk_3.0123.wasm"), Some(Kind::Chunk));
        assert_eq!(classify("__wasm_split_manifest.0123.json"), Some(Kind::Manifest));
        assert_eq!(classify("stoa.0123.wasm.br"), None);
    }

    #[test]
    fn a_page_is_charged_with_every_file_it_needs() {
        let pkg = std::env::temp_dir().join(format!("xtask-budgets-{}", std::process::id()));
        let _ = fs::remove_dir_all(&pkg);
        fs::create_dir_all(&pkg).unwrap();
        let kilobytes = |count: usize| vec![0_u8; count * 1024];
        for (name, content) in [
            ("stoa.h.wasm", kilobytes(200)),
            ("stoa.h.wasm.br", kilobytes(150)),
            ("stoa.h.js", kilobytes(5)),
            ("storefront.h.wasm", kilobytes(20)),
            ("storefront_cart.h.wasm", kilobytes(60)),
            ("shared_1.h.wasm", kilobytes(50)),
            (
                "__wasm_split_manifest.h.json",
                br#"{"storefront_1":["storefront.h","shared_1.h"],"storefront_cart_1":["storefront_cart.h","shared_1.h"],
                    "dev_1":["shared_1.h"]}"#
                    .to_vec(),
            ),
        ] {
            fs::write(pkg.join(name), content).unwrap();
        }
        let rows = budgets(&pkg).unwrap();
        let bytes = |what: &str| rows.iter().find(|row| row.what == what).unwrap().bytes / KB;
        assert_eq!(bytes("storefront: lazy part"), 70);
        assert_eq!(bytes("storefront_cart: lazy part"), 60, "what the frame has brought counts once");
        assert_eq!(
            bytes("storefront_cart: first load"),
            280,
            "the compressed module counts, the frame and the part"
        );
        assert!(!rows.iter().any(|row| row.what == "storefront: first load"), "a frame is not a visit");
        assert!(!rows.iter().any(|row| row.what.starts_with("dev")));
        fs::remove_dir_all(&pkg).unwrap();
    }
}
