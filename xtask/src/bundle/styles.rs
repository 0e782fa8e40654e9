//! The style sheet, by the Tailwind CLI, and the font files it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::OUTPUT_NAME;
use crate::stamp;
use crate::workspace::{read, root};

/// Where pages find a font: `/pkg/fonts/NAME.woff2`.
const FONT_PREFIX: &str = "/pkg/fonts/";
/// The npm packages that fonts come from.
const FONT_PACKAGES: &str = "node_modules/@fontsource-variable";

/// What the style sheet depends on: its sources, every page that may name a class, the tools.
pub fn stamp() -> Result<String> {
    let root = root();
    let pages: Vec<PathBuf> = stamp::files_below(&root.join("app"))?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    Ok(stamp::combine(&[
        &stamp::of_tree(&root.join("style"))?,
        &stamp::of_files(&root, &pages)?,
        &stamp::of_file(&root.join("package-lock.json"))?,
        "1",
    ]))
}

/// Builds `stoa.css` and copies the fonts it names, into `out`.
pub fn build(out: &Path) -> Result<()> {
    let root = root();
    let css = out.join(format!("{OUTPUT_NAME}.css"));
    read(
        crate::workspace::node_bin("tailwindcss")
            .arg("-i")
            .arg(root.join("style/stoa.css"))
            .arg("-o")
            .arg(&css)
            .arg("--minify"),
    )
    .context("the style sheet could not be built")?;

    copy_fonts(&css, &out.join("fonts"))
}

/// Copies the fonts that a style sheet names out of their npm packages.
pub fn copy_fonts(css: &Path, to: &Path) -> Result<()> {
    let text = fs::read_to_string(css).with_context(|| format!("{} cannot be read", css.display()))?;
    fs::create_dir_all(to)?;
    for name in font_names(&text) {
        let source = find_font(&root().join(FONT_PACKAGES), &name)?;
        fs::copy(&source, to.join(&name)).with_context(|| format!("{name} cannot be copied"))?;
    }
    Ok(())
}

/// The font files that a style sheet refers to.
fn font_names(css: &str) -> BTreeSet<String> {
    css.split(FONT_PREFIX)
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))?;
            let name = &rest[..end];
            name.ends_with(".woff2").then(|| name.to_owned())
        })
        .collect()
}

/// The npm package that has this font file.
fn find_font(packages: &Path, name: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(packages)
        .with_context(|| format!("{} cannot be read; run `npm ci --ignore-scripts`", packages.display()))?;
    for entry in entries {
        let candidate = entry?.path().join("files").join(name);
        if candidate.is_file() {
            return Ok(candidate);
        }
    }
    bail!("style/stoa.css names the font {name}, which no package in {} has", packages.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_are_found_in_minified_and_in_written_css() {
        let css = "@font-face{src:url(/pkg/fonts/a-latin-wght-normal.woff2)format('woff2')}\
                   @font-face { src: url(\"/pkg/fonts/b_1.woff2\") } .x{background:url(/pkg/fonts/note.txt)}";
        let names: Vec<_> = font_names(css).into_iter().collect();
        assert_eq!(names, ["a-latin-wght-normal.woff2", "b_1.woff2"]);
    }
}
