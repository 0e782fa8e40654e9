//! Compressed copies (`.br`, `.gz`) beside every file that a browser may ask for compressed, made
//! once at build with the strongest settings. Node's zlib does the work: the build needs Node
//! anyway, and a Rust encoder built without optimisation takes minutes.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::stamp;

const EXTENSIONS: &[&str] =
    &["css", "html", "ico", "js", "json", "map", "mjs", "svg", "txt", "wasm", "webmanifest", "xml"];

/// Below this a compressed copy saves no packet.
const SMALLEST: u64 = 512;

const SCRIPT: &str = include_str!("compress.mjs");

/// Compresses every fitting file below a folder.
pub fn tree(dir: &Path) -> Result<()> {
    let mut files = Vec::new();
    for file in stamp::files_below(dir)? {
        if wanted(&file) && std::fs::metadata(&file)?.len() >= SMALLEST {
            files.push(file);
        }
    }
    let mut node = Command::new("node")
        .args(["--input-type=module", "--eval", SCRIPT])
        .stdin(Stdio::piped())
        .spawn()
        .context("node could not be started")?;
    let list = serde_json::to_string(&files)?;
    node.stdin.take().context("node takes no input")?.write_all(list.as_bytes())?;
    let status = node.wait()?;
    if !status.success() {
        bail!("compressing the site ended with {status}");
    }
    Ok(())
}

fn wanted(file: &Path) -> bool {
    file.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| EXTENSIONS.contains(&extension))
        && file.file_name().is_some_and(|name| name != "hash.txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_fonts_and_the_hash_file_stay_as_they_are() {
        for (name, expected) in
            [("a.css", true), ("a.wasm", true), ("a.woff2", false), ("a.webp", false), ("hash.txt", false)]
        {
            assert_eq!(wanted(Path::new(name)), expected, "{name}");
        }
    }
}
