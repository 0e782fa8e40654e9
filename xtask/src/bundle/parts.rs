//! From the splitter's many small modules to few files: what a page is in becomes one.
//!
//! The splitter makes a module for every set of parts that share something, so two dozen pages
//! mean five hundred modules, and a page needs a hundred of them. Compressed apart they are half
//! as large again as together, besides the requests. Here every part becomes one file that holds
//! all it needs beyond the frame around it. What two pages of a surface share is then in both of
//! their files; that is less than what sharing it costs.
//!
//! The modules only meet in the table of functions and in memory, so joining them changes nothing
//! in how they work, and the second copy of a function or of a constant replaces the first by the
//! same. Only memory that changes must not be set up twice: modules with such memory are files of
//! their own, which a browser loads once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::wasm::{FEATURES, at_once};
use super::{imports, module};
use crate::workspace::{node_bin, read};

/// Which files a part of the app needs, by the part's name.
pub type Manifest = BTreeMap<String, Vec<String>>;

/// The surface that shows every component to those who work on them.
pub const DEVELOPMENT_ONLY: &str = "dev";

/// `storefront_cart_3567406161620419282`, as the splitter names a part, is `storefront_cart`.
pub fn short_name(part: &str) -> &str {
    part.trim_start_matches('_').trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_')
}

/// `storefront_cart` is of the surface `storefront`, whose frame is the part of that name.
pub fn surface(name: &str) -> &str {
    name.split_once('_').map_or(name, |(surface, _)| surface)
}

/// The files to make, each with its modules, and which part needs which. `keeps_state` says of a
/// module whether it may be set up only once.
fn plan(manifest: &Manifest, keeps_state: impl Fn(&str) -> bool) -> Result<(Manifest, Manifest)> {
    let (mut files, mut needs) = (Manifest::new(), Manifest::new());
    let mut shared: BTreeMap<&str, String> = BTreeMap::new();
    for (part, modules) in manifest {
        let name = short_name(part);
        let frame = manifest.iter().find(|(frame, _)| *frame != part && short_name(frame) == surface(name));
        let around: BTreeSet<&String> = frame.into_iter().flat_map(|(_, modules)| modules).collect();
        let (state, own): (Vec<_>, Vec<_>) =
            modules.iter().filter(|module| !around.contains(module)).partition(|module| keeps_state(module));
        let mut needed: Vec<String> =
            frame.map(|(frame, _)| short_name(frame).to_owned()).into_iter().collect();
        for module in around.iter().filter(|module| keeps_state(module)).copied().chain(state) {
            let next = format!("shared_{}", shared.len());
            needed.push(shared.entry(module).or_insert(next).clone());
        }
        needed.push(name.to_owned());
        if files.insert(name.to_owned(), own.into_iter().cloned().collect()).is_some() {
            bail!("two parts of the app are called {name}");
        }
        needs.insert(part.clone(), needed);
    }
    files.extend(shared.into_iter().map(|(module, file)| (file, vec![module.to_owned()])));
    Ok((files, needs))
}

/// Joins the modules in `out`, rewrites the loader there, and returns the new files and which part
/// needs which. `state` is where in memory begins what changes.
pub fn join(
    out: &Path,
    loader: &Path,
    manifest: &Manifest,
    state: usize,
) -> Result<(Vec<PathBuf>, Manifest)> {
    let path = |module: &str| out.join(format!("{module}.wasm"));
    let mut keep_state = BTreeMap::new();
    let mut shared = imports::Shared::default();
    for name in manifest.values().flatten() {
        if !keep_state.contains_key(name.as_str()) {
            let bytes = fs::read(path(name)).with_context(|| format!("{name} cannot be read"))?;
            let ends = module::data(&bytes)?.into_iter().filter(|data| !data.is_empty()).map(|data| data.end);
            keep_state.insert(name.as_str(), ends.max().is_some_and(|end| end > state));
            shared.add(&bytes).with_context(|| format!("{name} cannot be joined"))?;
        }
    }
    // What the modules take from the main one, handed on under another name: the joined module
    // then imports each thing once.
    let base = out.join("main.base.wasm");
    fs::write(&base, shared.module(IMPORTS))?;

    let (files, needs) = plan(manifest, |module| keep_state.get(module).copied().unwrap_or(true))?;
    let joins: Vec<_> = files.into_iter().map(|(file, modules)| (path(&file), modules)).collect();
    if let Some((file, _)) = joins.iter().find(|(file, _)| file.exists()) {
        bail!("{} would be written twice", file.display());
    }
    at_once(&joins, |(file, modules)| {
        let mut merge = node_bin("wasm-merge");
        merge.arg(&base).arg(imports::FROM_MAIN);
        for (place, module) in modules.iter().enumerate() {
            merge.arg(path(module)).arg(format!("m{place}"));
        }
        read(merge.args(FEATURES).arg("--enable-multimemory").arg("-o").arg(file)).map(drop)
    })?;
    for module in keep_state.keys() {
        fs::remove_file(path(module))?;
    }
    fs::remove_file(base)?;
    let script = fs::read_to_string(loader)?;
    fs::write(loader, rewrite_loader(&script, &needs)?)?;
    Ok((joins.into_iter().map(|(file, _)| file).collect(), needs))
}

/// The name that joined modules import by.
const IMPORTS: &str = "main";

/// Keeps the loader's runtime and names the joined files instead of the splitter's.
fn rewrite_loader(script: &str, needs: &Manifest) -> Result<String> {
    let end = ["\n/* ", "\nconst __chunk_", "\nexport const __wasm_split_load_"]
        .into_iter()
        .filter_map(|start| script.find(start))
        .min()
        .context("the splitter's loader is not what was expected")?;
    let mut script = script[..end].to_owned();
    if !script.contains("function makeLoad(") || !script.contains("function wrapAsyncCb(") {
        bail!("the splitter's loader lacks the functions that the joined files are loaded by");
    }
    script.push_str(
        "\nconst file = (url) => makeLoad(() => {\n\
         \x20   const source = fetch(url);\n\
         \x20   source.catch(() => {});\n\
         \x20   return (imports) => WebAssembly.instantiateStreaming(source, ",
    );
    writeln!(script, "{{ {IMPORTS}: imports.{} }});\n}}, []);", imports::FROM_MAIN)?;
    let mut files: Vec<&String> = needs.values().flatten().collect();
    files.sort();
    files.dedup();
    for (place, file) in files.iter().enumerate() {
        writeln!(script, "const file_{place} = file(new URL(\"./{file}.wasm\", import.meta.url));")?;
    }
    for (part, needed) in needs {
        let needed: Vec<String> = needed
            .iter()
            .filter_map(|need| files.iter().position(|file| *file == need))
            .map(|place| format!("file_{place}"))
            .collect();
        writeln!(
            script,
            "export const __wasm_split_load_{part} = wrapAsyncCb(makeLoad(() => async () => ({{}}), [{}]));",
            needed.join(", ")
        )?;
    }
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(parts: &[(&str, &[&str])]) -> Manifest {
        let owned = |modules: &[&str]| modules.iter().map(|module| (*module).to_owned()).collect();
        parts.iter().map(|(part, modules)| ((*part).to_owned(), owned(modules))).collect()
    }

    #[test]
    fn a_part_is_of_its_surface() {
        assert_eq!(short_name("storefront_sign_in_3567406161620419282"), "storefront_sign_in");
        assert_eq!(surface("storefront_sign_in"), "storefront");
        assert_eq!(surface("storefront"), "storefront");
    }

    #[test]
    fn a_page_is_one_file_in_its_frame_and_what_keeps_state_is_loaded_once() {
        let manifest = manifest(&[
            ("shop_1", &["chunk_1", "chunk_2", "split_shop_1"]),
            ("shop_cart_1", &["chunk_1", "chunk_3", "state", "split_shop_cart_1"]),
            ("shop_home_1", &["chunk_3", "state", "split_shop_home_1"]),
        ]);
        let (files, needs) = plan(&manifest, |module| module == "state").unwrap();
        assert_eq!(files["shop"], ["chunk_1", "chunk_2", "split_shop_1"]);
        assert_eq!(files["shop_cart"], ["chunk_3", "split_shop_cart_1"], "the frame has brought the first");
        assert_eq!(files["shop_home"], ["chunk_3", "split_shop_home_1"]);
        assert_eq!(files["shared_0"], ["state"]);
        assert_eq!(files.len(), 4);
        assert_eq!(needs["shop_1"], ["shop"]);
        assert_eq!(needs["shop_cart_1"], ["shop", "shared_0", "shop_cart"]);
        assert_eq!(needs["shop_home_1"], ["shop", "shared_0", "shop_home"]);
    }

    #[test]
    fn the_loader_names_the_joined_files_and_keeps_its_runtime() {
        let script = "function wrapAsyncCb(c) {}\nfunction makeLoad(f, d) {}\n/* a */\nconst __chunk_1 = 1;\n\
                      export const __wasm_split_load_a_1 = 2;\n";
        let needs = manifest(&[("a_1", &["a", "shared_0"]), ("b_1", &["shared_0"])]);
        let rewritten = rewrite_loader(script, &needs).unwrap();
        assert!(rewritten.starts_with("function wrapAsyncCb(c) {}\nfunction makeLoad(f, d) {}\n"));
        assert!(!rewritten.contains("__chunk_1"));
        assert!(rewritten.contains("const file_0 = file(new URL(\"./a.wasm\", import.meta.url));"));
        assert!(rewritten.contains(
            "__wasm_split_load_a_1 = wrapAsyncCb(makeLoad(() => async () => ({}), [file_0, file_1]));"
        ));
        assert!(
            rewritten
                .contains("__wasm_split_load_b_1 = wrapAsyncCb(makeLoad(() => async () => ({}), [file_1]));")
        );
        assert!(rewrite_loader("something else", &needs).is_err());
    }
}
