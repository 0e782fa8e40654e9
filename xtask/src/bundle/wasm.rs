//! The app as WebAssembly: compiled, split by lazy route, given its JavaScript, shrunk.
//!
//! cargo-leptos does the same with `--split`; doing it here with the two libraries it stands on
//! spares a newcomer its 17 CPU-minutes of installation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use super::{OUTPUT_NAME, module, parts, prune};
use crate::stamp;
use crate::workspace::{cargo, node_bin, read, root, run, target_dir};

const PACKAGE: &str = "stoa-frontend";
const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// Where the split chunks find their loader. Leptos looks for the file by this very name, the
/// underscores standing for a hash of 22 characters.
pub const LOADER: &str = "__wasm_split.______________________.js";
/// Which chunks each lazy route needs; Leptos preloads them from the server.
pub const MANIFEST: &str = "__wasm_split_manifest.json";

/// Raised when this file or its options change what comes out of the same input.
const VERSION: &str = "2";

/// What rustc 1.95 switches on for wasm32-unknown-unknown, so that Binaryen's tools accept it.
pub const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
/// Smallest code.
const WASM_OPT: &[&str] = &["-Oz", "--merge-similar-functions"];
/// For parts only: a part fills its own slots of the function table once, so calls through a slot
/// that it fills itself can be direct. The main module owns the table and would take the slots
/// that parts fill later for empty.
const WASM_OPT_PART: &[&str] = &["--pass-arg=directize-initial-contents-immutable"];

/// Fails when the bundler's wasm-bindgen is not the app's: their formats differ by release.
pub fn check_versions() -> Result<()> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let app = locked_version(&lock, "wasm-bindgen");
    let tool = locked_version(&lock, "wasm-bindgen-cli-support");
    if app.is_none() || app != tool {
        bail!(
            "Cargo.lock has wasm-bindgen {} but xtask uses wasm-bindgen-cli-support {}; set the \
             latter in xtask/Cargo.toml to the former",
            app.unwrap_or_else(|| "nothing".into()),
            tool.unwrap_or_else(|| "nothing".into())
        );
    }
    Ok(())
}

/// The first version of a package in a Cargo.lock.
pub fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

/// Compiles the app and returns the linked module.
pub fn compile() -> Result<PathBuf> {
    run(cargo()
        .args(["rustc", "-p", PACKAGE, "--lib", "--crate-type", "cdylib"])
        .args(["--target", TARGET, "--profile", PROFILE])
        // The splitter needs relocations; given to the last step alone, dependencies stay as they are.
        .args(["--", "-Clink-args=--emit-relocs"]))
    .context("the app does not compile for the browser")?;
    Ok(target_dir().join(TARGET).join(PROFILE).join(format!("{}.wasm", PACKAGE.replace('-', "_"))))
}

/// What the processed module depends on.
pub fn stamp(module: &Path) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    Ok(stamp::combine(&[
        &stamp::of_file(module)?,
        &locked_version(&lock, "wasm-bindgen").unwrap_or_default(),
        &locked_version(&lock, "wasm_split_cli_support").unwrap_or_default(),
        &[FEATURES, WASM_OPT, WASM_OPT_PART].concat().join(" "),
        &stamp::of_file(&root().join("package-lock.json"))?,
        VERSION,
    ]))
}

/// Splits the module, makes its JavaScript and shrinks both, into `out`.
pub fn process(module: &Path, out: &Path) -> Result<()> {
    let input = fs::read(module).with_context(|| format!("{} cannot be read", module.display()))?;
    let input = prune::prune(&input).context("the module could not be pruned")?;
    let main = out.join("main.wasm");
    let link_name = format!("./{LOADER}");
    let main_module = format!("./{OUTPUT_NAME}.js");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = out;
    options.main_out_path = &main;
    options.main_module = &main_module;
    options.link_name = &link_name;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("the module could not be split: {error:#}"))?;
    // Ordered, so that the same input gives the same bytes and the same hash.
    let manifest: parts::Manifest = split.prefetch_map.into_iter().collect();
    let (mut modules, manifest) = parts::join(out, &out.join(LOADER), &manifest, module::state(&input)?)?;
    // Modules that hold nothing stand in no manifest.
    for module in split.split_modules.iter().filter(|module| module.exists() && !modules.contains(module)) {
        fs::remove_file(module)?;
    }
    fs::write(out.join(MANIFEST), serde_json::to_string_pretty(&manifest)?)?;

    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&main)
        .out_name(OUTPUT_NAME)
        .web(true)?
        .keep_lld_exports(true)
        .demangle(false)
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(out)
        .context("wasm-bindgen could not make the module's JavaScript")?;
    fs::remove_file(&main)?;
    fs::rename(out.join(format!("{OUTPUT_NAME}_bg.wasm")), out.join(format!("{OUTPUT_NAME}.wasm")))?;

    // The largest comes first, the others fill the time beside it.
    let main = out.join(format!("{OUTPUT_NAME}.wasm"));
    modules.insert(0, main.clone());
    optimise(&modules, &main)?;
    for script in [format!("{OUTPUT_NAME}.js"), LOADER.to_owned()] {
        minify(&out.join(script))?;
    }
    Ok(())
}

/// Runs wasm-opt on every module.
fn optimise(modules: &[PathBuf], main: &Path) -> Result<()> {
    at_once(modules, |module| {
        let more = if module == main { &[] } else { WASM_OPT_PART };
        let mut optimise = node_bin("wasm-opt");
        read(optimise.args(FEATURES).args(WASM_OPT).args(more).arg(module).arg("-o").arg(module)).map(drop)
    })
}

/// Does something with every item, with as many at once as there are cores.
pub fn at_once<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    while let Some(item) = items.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                    {
                        work(item)?;
                    }
                    Ok(())
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow!("a worker panicked"))??;
        }
        Ok(())
    })
}

fn minify(script: &Path) -> Result<()> {
    let mut esbuild: Command = node_bin("esbuild");
    read(
        esbuild
            .arg(script)
            .args(["--minify", "--format=esm", "--target=es2022", "--allow-overwrite", "--log-level=error"])
            .arg(format!("--outfile={}", script.display())),
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_read_by_whole_names() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn bundler_and_app_use_one_wasm_bindgen() {
        check_versions().unwrap();
    }
}
