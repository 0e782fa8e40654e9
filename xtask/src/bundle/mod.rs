//! The browser bundle: everything that `site/` holds.
//!
//! Three stages, each skipped while what it reads is unchanged (stamps under `target/bundle`):
//! the app compiled to WebAssembly and split by lazy route, the style sheet and its fonts, and the
//! site put together from both and `public/`, with hashed names and compressed copies. The names
//! are those cargo-leptos writes with `hash-files`, so Leptos' own components find them.

mod assemble;
mod compress;
mod imports;
mod module;
pub mod parts;
mod prune;
mod styles;
mod wasm;

pub use styles::copy_fonts;
pub use wasm::locked_version;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{stamp, toolchain, workspace};

/// The name of every file that the bundle makes starts with this.
pub const OUTPUT_NAME: &str = "stoa";

/// How to make the bundle.
#[derive(Args, Clone, Default)]
pub struct Options {
    /// Do not install what is missing; fail instead
    #[arg(long)]
    pub no_install: bool,
    /// Take this compiled module instead of building the app (for work on the bundler itself)
    #[arg(long, value_name = "FILE", hide = true)]
    pub module: Option<PathBuf>,
}

/// Builds whatever of the bundle is out of date.
pub fn command(options: &Options) -> Result<()> {
    toolchain::wasm_target(options.no_install)?;
    toolchain::node_packages(options.no_install)?;
    wasm::check_versions()?;

    let cache = workspace::target_dir().join("bundle");
    let module = match &options.module {
        Some(path) => path.clone(),
        None => {
            println!("     compiling the app for the browser (3 to 5 minutes when cold, on two cores)");
            wasm::compile()?
        }
    };
    let wasm_dir = cache.join("wasm");
    let wasm_stamp = stage(
        "splitting and shrinking the module (about a minute)",
        &wasm_dir,
        || wasm::stamp(&module),
        |out| wasm::process(&module, out),
    )?;
    let css_dir = cache.join("css");
    let css_stamp = stage("style sheet and fonts", &css_dir, styles::stamp, styles::build)?;

    let site = workspace::site_dir();
    let inputs = stamp::combine(&[
        &wasm_stamp,
        &css_stamp,
        &stamp::of_tree(&workspace::root().join("public"))?,
        assemble::VERSION,
    ]);
    let stamp_file = cache.join("site.stamp");
    if stamp::is_current(&stamp_file, &inputs) && site.join("hash.txt").is_file() {
        println!("     the site is up to date: {}", site.display());
        return Ok(());
    }
    let started = Instant::now();
    assemble::site(&wasm_dir, &css_dir, &site)?;
    stamp::write(&stamp_file, &inputs)?;
    println!("     site put together in {}: {}", workspace::human(started.elapsed()), site.display());
    Ok(())
}

/// Runs one stage into a folder of its own unless its stamp says that nothing changed.
fn stage(
    what: &str,
    out: &Path,
    stamp: impl FnOnce() -> Result<String>,
    build: impl FnOnce(&Path) -> Result<()>,
) -> Result<String> {
    let stamp_file = out.with_extension("stamp");
    let wanted = stamp()?;
    if stamp::is_current(&stamp_file, &wanted) && out.is_dir() {
        return Ok(wanted);
    }
    println!("     {what}");
    let started = Instant::now();
    if out.exists() {
        std::fs::remove_dir_all(out).with_context(|| format!("{} cannot be emptied", out.display()))?;
    }
    std::fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    build(out)?;
    stamp::write(&stamp_file, &wanted)?;
    println!("     done in {}", workspace::human(started.elapsed()));
    Ok(wanted)
}

/// Fails when the site lacks a part that pages refer to.
pub fn verify(site: &Path) -> Result<()> {
    for part in ["hash.txt", "pkg"] {
        if !site.join(part).exists() {
            bail!("{} has no {part}; run `cargo xtask bundle`", site.display());
        }
    }
    Ok(())
}
