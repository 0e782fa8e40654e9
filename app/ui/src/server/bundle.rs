//! The names of what the bundler made for the browser. They carry hashes, so they are read from
//! the site's folder, once, when the router is made.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
    sync::OnceLock,
};

use leptos::config::LeptosOptions;

static BUNDLE: OnceLock<Bundle> = OnceLock::new();

/// Where the browser finds its half of the program; all are paths from the root.
#[derive(Debug, Default)]
pub struct Bundle {
    pub stylesheet: String,
    /// `None` where only the server's half was built: pages work without, so they must not ask
    /// for it.
    pub program: Option<Program>,
}

/// The scripts and modules.
#[derive(Debug)]
pub struct Program {
    /// The script that starts the main module.
    pub glue: String,
    /// The main module.
    pub module: String,
    /// The script that loads further parts.
    pub loader: String,
    /// The modules of each part, by the name it has in `surface!`.
    parts: HashMap<String, Vec<String>>,
}

impl Program {
    /// The modules of these parts, each once.
    pub fn modules(&self, parts: &[&str]) -> BTreeSet<&str> {
        parts.iter().filter_map(|part| self.parts.get(*part)).flatten().map(String::as_str).collect()
    }
}

/// Reads the names from the site's folder, for [`bundle`].
pub fn use_bundle(options: &LeptosOptions) {
    // A second router in the same process (a test) has the same files.
    BUNDLE.get_or_init(|| Bundle::read(options));
}

/// The names that [`use_bundle`] has read.
pub fn bundle() -> &'static Bundle {
    BUNDLE.get_or_init(Bundle::default)
}

impl Bundle {
    /// Hashes stand in the options' hash file, as `js: HASH` and so on; without it nothing has one.
    fn read(options: &LeptosOptions) -> Self {
        let lines = if options.hash_files {
            fs::read_to_string(Path::new(&*options.hash_file)).unwrap_or_default()
        } else {
            String::new()
        };
        let hashes: BTreeMap<_, _> = lines
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(file, hash)| (file.trim(), hash.trim()))
            .collect();
        let named = |stem: &str, kind: &str, extension: &str| match hashes.get(kind) {
            Some(hash) => format!("{stem}.{hash}.{extension}"),
            None => format!("{stem}.{extension}"),
        };
        let root = format!("/{}", options.site_pkg_dir);
        let folder = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
        let name = &*options.output_name;
        let glue = named(name, "js", "js");
        let program = folder.join(&glue).is_file().then(|| Program {
            glue: format!("{root}/{glue}"),
            module: format!("{root}/{}", named(name, "wasm", "wasm")),
            loader: match hashes.get("split") {
                Some(hash) => format!("{root}/__wasm_split.{hash}.js"),
                None => format!("{root}/__wasm_split.______________________.js"),
            },
            parts: parts(&folder.join(named("__wasm_split_manifest", "manifest", "json")), &root),
        });
        Self { stylesheet: format!("{root}/{}", named(name, "css", "css")), program }
    }
}

/// The manifest names a part `NAME_HASH`, and its modules without their extension.
fn parts(manifest: &Path, root: &str) -> HashMap<String, Vec<String>> {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let parts: HashMap<String, Vec<String>> = serde_json::from_str(&text).unwrap_or_default();
    let short = |name: &str| name.rsplit_once('_').map_or(name, |(name, _)| name).to_owned();
    parts
        .into_iter()
        .map(|(part, modules)| {
            (short(&part), modules.iter().map(|module| format!("{root}/{module}.wasm")).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> tempfile::TempDir {
        let site = tempfile::tempdir().expect("a folder");
        fs::create_dir(site.path().join("pkg")).expect("a folder");
        for (name, text) in files {
            fs::write(site.path().join(name), text).expect("a file");
        }
        site
    }

    fn read(site: &tempfile::TempDir) -> Bundle {
        let hashes = site.path().join("hash.txt");
        let options = LeptosOptions::builder()
            .output_name("stoa")
            .site_root(site.path().to_string_lossy().into_owned())
            .site_pkg_dir("pkg")
            .hash_files(hashes.exists())
            .hash_file(std::sync::Arc::<str>::from(hashes.to_string_lossy()))
            .build();
        Bundle::read(&options)
    }

    #[test]
    fn a_page_asks_for_the_modules_of_its_parts_and_each_once() {
        let bundle = read(&site(&[
            ("hash.txt", "js: h1\nwasm: h1\ncss: h2\nmanifest: h1\nsplit: h1\n"),
            ("pkg/stoa.h1.js", ""),
            (
                "pkg/__wasm_split_manifest.h1.json",
                r#"{"shop_12": ["shared.h1", "shop.h1"], "shop_list_12": ["shared.h1", "list.h1"], "desk_12": ["desk.h1"]}"#,
            ),
        ]));
        assert_eq!(bundle.stylesheet, "/pkg/stoa.h2.css");
        let program = bundle.program.expect("a program");
        assert_eq!(program.glue, "/pkg/stoa.h1.js");
        assert_eq!(program.module, "/pkg/stoa.h1.wasm");
        assert_eq!(program.loader, "/pkg/__wasm_split.h1.js");
        let modules: Vec<_> = program.modules(&["shop", "shop_list", "unknown"]).into_iter().collect();
        assert_eq!(modules, ["/pkg/list.h1.wasm", "/pkg/shared.h1.wasm", "/pkg/shop.h1.wasm"]);
    }

    #[test]
    fn where_only_the_server_was_built_there_is_no_program() {
        let bundle = read(&site(&[]));
        assert_eq!(bundle.stylesheet, "/pkg/stoa.css");
        assert!(bundle.program.is_none());
    }
}
