//! Puts the site together: `public/`, the module, the style sheet and the fonts, with names that
//! carry a hash of their content and compressed copies beside them.
//!
//! All scripts and modules share one hash, because they name each other: the loader names the
//! chunks and the chunks name the loader. The style sheet has a hash of its own, so that a change
//! of one leaves the other in the browser's cache.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::wasm::{LOADER, MANIFEST};
use super::{OUTPUT_NAME, compress};
use crate::stamp;
use crate::workspace::root;

/// Raised when this file changes what comes out of the same input.
pub const VERSION: &str = "1";

const PLACEHOLDER: &str = "______________________";

/// Builds the site beside the old one and swaps them, so that a failure leaves the old one whole.
pub fn site(wasm: &Path, css: &Path, site: &Path) -> Result<()> {
    let fresh = site.with_extension("new");
    remove(&fresh)?;
    let pkg = fresh.join("pkg");
    fs::create_dir_all(&pkg)?;
    copy_tree(&root().join("public"), &fresh)?;
    copy_tree(&css.join("fonts"), &pkg.join("fonts"))?;

    let css_hash = place_style_sheet(css, &pkg)?;
    let hash = place_modules(wasm, &pkg)?;
    // The form that cargo-leptos writes and Leptos reads.
    fs::write(
        fresh.join("hash.txt"),
        format!("js: {hash}\nwasm: {hash}\ncss: {css_hash}\nmanifest: {hash}\nsplit: {hash}\n"),
    )?;
    compress::tree(&fresh)?;

    let old = site.with_extension("old");
    remove(&old)?;
    if site.exists() {
        fs::rename(site, &old)?;
    }
    fs::rename(&fresh, site).with_context(|| format!("{} cannot be replaced", site.display()))?;
    remove(&old)
}

fn place_style_sheet(css: &Path, pkg: &Path) -> Result<String> {
    let source = css.join(format!("{OUTPUT_NAME}.css"));
    let hash = short(&stamp::of_file(&source)?);
    fs::copy(&source, pkg.join(format!("{OUTPUT_NAME}.{hash}.css")))?;
    Ok(hash)
}

/// Copies scripts and modules under hashed names and rewrites how they name each other.
fn place_modules(wasm: &Path, pkg: &Path) -> Result<String> {
    let files = stamp::files_below(wasm)?;
    let hash = short(&stamp::of_files(wasm, &files)?);
    let mut renames = BTreeMap::new();
    for file in &files {
        let name = relative(wasm, file)?;
        // Snippets are imported by their own names from a folder that carries a hash already.
        if !name.contains('/') {
            renames.insert(name.clone(), hashed_name(&name, &hash)?);
        }
    }
    for file in &files {
        let name = relative(wasm, file)?;
        let target = pkg.join(renames.get(&name).unwrap_or(&name));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let bytes = fs::read(file)?;
        let bytes = if name == MANIFEST {
            rewrite_manifest(&String::from_utf8(bytes)?, &renames)?.into_bytes()
        } else if name.ends_with(".wasm") {
            replace_in_module(bytes, LOADER, &hashed_name(LOADER, &hash)?)?
        } else {
            rewrite_script(&String::from_utf8(bytes)?, &renames).into_bytes()
        };
        fs::write(target, bytes)?;
    }
    Ok(hash)
}

/// `stoa.js` becomes `stoa.HASH.js`; the loader's underscores become the hash.
fn hashed_name(name: &str, hash: &str) -> Result<String> {
    if name.contains(PLACEHOLDER) {
        return Ok(name.replace(PLACEHOLDER, hash));
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) => Ok(format!("{stem}.{hash}.{extension}")),
        None => bail!("{name} has no extension"),
    }
}

/// Scripts name their neighbours as `./NAME`; only whole names are replaced.
fn rewrite_script(text: &str, renames: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (old, new) in renames {
        for quote in ['"', '\'', '`'] {
            text = text.replace(&format!("{quote}./{old}{quote}"), &format!("{quote}./{new}{quote}"));
        }
    }
    text
}

/// The manifest lists chunks without their extension.
fn rewrite_manifest(text: &str, renames: &BTreeMap<String, String>) -> Result<String> {
    let mut manifest: BTreeMap<String, Vec<String>> =
        serde_json::from_str(text).context("the split manifest is not what was expected")?;
    for chunk in manifest.values_mut().flatten() {
        let new = renames
            .get(&format!("{chunk}.wasm"))
            .and_then(|name| name.strip_suffix(".wasm"))
            .with_context(|| format!("the split manifest names {chunk}, which was not written"))?;
        *chunk = new.to_owned();
    }
    Ok(serde_json::to_string(&manifest)?)
}

/// A module names the loader in its imports; the new name has the same length, so nothing moves.
fn replace_in_module(mut bytes: Vec<u8>, old: &str, new: &str) -> Result<Vec<u8>> {
    if old.len() != new.len() {
        bail!("{old} and {new} differ in length");
    }
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(old.len()).position(|window| window == old.as_bytes()) {
        let start = at + found;
        at = start + old.len();
        bytes[start..at].copy_from_slice(new.as_bytes());
    }
    Ok(bytes)
}

/// As much of a digest as the loader's placeholder has room for.
fn short(digest: &str) -> String {
    digest.chars().take(PLACEHOLDER.len()).collect()
}

fn relative(base: &Path, file: &Path) -> Result<String> {
    let path: PathBuf = file.strip_prefix(base)?.to_path_buf();
    path.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", path.display()))
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for file in stamp::files_below(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &target).with_context(|| format!("{} cannot be copied", file.display()))?;
    }
    Ok(())
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", dir.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "0123456789abcdef012345";

    fn renames(names: &[&str]) -> BTreeMap<String, String> {
        names.iter().map(|name| ((*name).to_owned(), hashed_name(name, HASH).unwrap())).collect()
    }

    #[test]
    fn the_loader_keeps_the_length_of_its_name() {
        let new = hashed_name(LOADER, HASH).unwrap();
        assert_eq!(new, format!("__wasm_split.{HASH}.js"));
        assert_eq!(new.len(), LOADER.len());
        let module = format!("\0asm..{LOADER}..{LOADER}").into_bytes();
        let replaced = replace_in_module(module, LOADER, &new).unwrap();
        assert_eq!(String::from_utf8(replaced).unwrap(), format!("\0asm..{new}..{new}"));
    }

    #[test]
    fn scripts_are_rewritten_by_whole_names() {
        let script =
            "import {a} from \"./stoa.js\";new URL(\"./chunk_1.wasm\",x);new URL('./chunk_10.wasm',x)";
        let rewritten = rewrite_script(script, &renames(&["stoa.js", "chunk_1.wasm", "chunk_10.wasm"]));
        assert_eq!(
            rewritten,
            format!(
                "import {{a}} from \"./stoa.{HASH}.js\";new URL(\"./chunk_1.{HASH}.wasm\",x);\
                 new URL('./chunk_10.{HASH}.wasm',x)"
            )
        );
    }

    #[test]
    fn a_manifest_that_names_a_missing_chunk_is_refused() {
        let known = renames(&["chunk_1.wasm"]);
        let rewritten = rewrite_manifest(r#"{"route":["chunk_1"]}"#, &known).unwrap();
        assert_eq!(rewritten, format!("{{\"route\":[\"chunk_1.{HASH}\"]}}"));
        assert!(rewrite_manifest(r#"{"route":["chunk_2"]}"#, &known).is_err());
    }
}
