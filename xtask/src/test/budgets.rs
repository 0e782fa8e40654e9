//! What the bundle may weigh, as a browser receives it (brotli). What whole pages may weigh is
//! measured in the browser: `end2end/budgets`.

use std::collections::BTreeMap;
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
    for (route, needs) in serde_json::from_str::<BTreeMap<String, Vec<String>>>(&manifest)? {
        let surface = surface(&route);
        if surface == DEVELOPMENT_ONLY {
            continue;
        }
        let bytes = needs.iter().filter_map(|chunk| chunks.get(chunk)).sum();
        rows.push(Budget { what: format!("{surface}: lazy part"), bytes, limit: 120 * KB });
        let limit = if SHOPPERS.contains(&surface) { 240 * KB } else { 350 * KB };
        rows.push(Budget { what: format!("{surface}: first load"), bytes: main + bytes, limit });
    }
    Ok(rows)
}

/// What people with phones on slow networks load; all others are staff surfaces.
const SHOPPERS: &[&str] = &["storefront", "checkout"];
/// The page that shows every component; nobody else loads it.
const DEVELOPMENT_ONLY: &str = "dev";

/// `storefront_3567406161620419282`, as the manifest names a lazy part, is of the storefront.
fn surface(route: &str) -> &str {
    route.trim_start_matches('_').trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_')
}

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
    fn a_route_is_of_its_surface() {
        assert_eq!(surface("storefront_3567406161620419282"), "storefront");
        assert_eq!(surface("__other_view_14051116884135376048"), "other_view");
    }

    #[test]
    fn a_surface_is_charged_with_every_chunk_it_needs() {
        let pkg = std::env::temp_dir().join(format!("xtask-budgets-{}", std::process::id()));
        let _ = fs::remove_dir_all(&pkg);
        fs::create_dir_all(&pkg).unwrap();
        let kilobytes = |count: usize| vec![0_u8; count * 1024];
        for (name, content) in [
            ("stoa.h.wasm", kilobytes(200)),
            ("stoa.h.wasm.br", kilobytes(150)),
            ("stoa.h.js", kilobytes(5)),
            ("split_storefront_1.h.wasm", kilobytes(60)),
            ("chunk_1.h.wasm", kilobytes(50)),
            (
                "__wasm_split_manifest.h.json",
                br#"{"storefront_1":["split_storefront_1.h","chunk_1.h"],"dev_1":["chunk_1.h"]}"#.to_vec(),
            ),
        ] {
            fs::write(pkg.join(name), content).unwrap();
        }
        let rows = budgets(&pkg).unwrap();
        let bytes = |what: &str| rows.iter().find(|row| row.what == what).unwrap().bytes / KB;
        assert_eq!(bytes("storefront: lazy part"), 110);
        assert_eq!(bytes("storefront: first load"), 260, "the compressed module counts, and every chunk");
        assert!(!rows.iter().any(|row| row.what.starts_with("dev")));
        fs::remove_dir_all(&pkg).unwrap();
    }
}
