//! What the build needs besides cargo: the wasm target, Node and the npm packages.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian;
use crate::stamp;
use crate::workspace::{on_path, read, root, run};

const OLDEST_NODE: u32 = 20;
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Makes sure that the parts of the program that are in C can be built.
pub fn c_tools(no_install: bool) -> Result<()> {
    if on_path("cc").is_some() && on_path("make").is_some() {
        return Ok(());
    }
    if no_install {
        bail!("a C compiler or make is missing (sudo apt-get install build-essential)");
    }
    debian::install(&["build-essential"], "a C compiler or make")
}

/// Makes sure that rustc can build for the browser.
pub fn wasm_target(no_install: bool) -> Result<()> {
    let sysroot = read(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()))?;
    let installed = std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET);
    if installed.is_dir() {
        return Ok(());
    }
    let by_hand = format!("do it by hand: rustup target add {WASM_TARGET}");
    if no_install {
        bail!("rustc cannot build for the browser; {by_hand}");
    }
    println!("     installing the Rust target {WASM_TARGET} (half a minute)");
    run(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(root())).context(by_hand)
}

/// Makes sure that `node_modules` is what package-lock.json says.
pub fn node_packages(no_install: bool) -> Result<()> {
    node()?;
    let lock = root().join("package-lock.json");
    let wanted = stamp::of_file(&lock)?;
    // Beside the packages, so that removing them removes the stamp.
    let stamp_file = root().join("node_modules/.stoa-lock");
    if stamp::is_current(&stamp_file, &wanted) {
        return Ok(());
    }
    let by_hand = "do it by hand: npm ci --ignore-scripts";
    if no_install {
        bail!("node_modules is not what package-lock.json says; {by_hand}");
    }
    println!("     installing the npm packages of package-lock.json (about a minute)");
    run(Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(root()))
    .context(by_hand)?;
    stamp::write(&stamp_file, &wanted)
}

fn node() -> Result<()> {
    let Some(node) = on_path("node") else {
        bail!("Node {OLDEST_NODE} or newer is needed and there is no `node` in PATH; see https://nodejs.org");
    };
    let printed = read(Command::new(node).arg("--version"))?;
    match major(&printed) {
        Some(version) if version >= OLDEST_NODE => Ok(()),
        _ => bail!("Node {OLDEST_NODE} or newer is needed; `node --version` says {}", printed.trim()),
    }
}

/// `v20.20.2` gives 20.
fn major(printed: &str) -> Option<u32> {
    printed.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_version_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20"), None);
    }
}
