//! `cargo xtask dev`: cargo-leptos watches the sources and reloads the browser.

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace::{cargo, root, run, target_dir};
use crate::{bundle, toolchain};

/// The last release that builds with Rust 1.95.
const CARGO_LEPTOS: &str = "0.3.10";

#[derive(Args)]
pub struct Options {
    /// Do not install what is missing; fail instead
    #[arg(long)]
    no_install: bool,
}

pub fn command(options: &Options) -> Result<()> {
    toolchain::c_tools(options.no_install)?;
    toolchain::wasm_target(options.no_install)?;
    toolchain::node_packages(options.no_install)?;
    let lock = std::fs::read_to_string(root().join("Cargo.lock"))?;
    let bindgen = bundle::locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")?;
    tool(
        &["leptos", "--version"],
        CARGO_LEPTOS,
        &["cargo-leptos", "--version", CARGO_LEPTOS, "--locked"],
        "10 to 15 minutes",
        options.no_install,
    )?;
    tool_on_path(
        "wasm-bindgen",
        &["wasm-bindgen-cli", "--version", &bindgen],
        "2 minutes",
        options.no_install,
    )?;

    // cargo-leptos takes wasm-bindgen, wasm-opt and tailwindcss from PATH when they are there.
    let mut path = vec![root().join("node_modules/.bin")];
    if let Some(old) = std::env::var_os("PATH") {
        path.extend(std::env::split_paths(&old));
    }
    // It compiles with variables and flags of its own; in a folder of its own that does not throw
    // away what the other commands built.
    let target = target_dir().join("leptos");
    let site = root().join("target/site");
    bundle::copy_fonts(&root().join("style/stoa.css"), &site.join("pkg/fonts"))?;
    run(cargo()
        .args(["leptos", "watch", "--split"])
        .env("PATH", std::env::join_paths(path)?)
        .env("CARGO_TARGET_DIR", target)
        .env("STOA_SITE", site)
        .env("STOA_ENV", "development"))
}

fn tool(probe: &[&str], version: &str, install: &[&str], long: &str, no_install: bool) -> Result<()> {
    let found = cargo().args(probe).output().is_ok_and(|output| {
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains(version)
    });
    if found { Ok(()) } else { install_tool(install, long, no_install) }
}

fn tool_on_path(name: &str, install: &[&str], long: &str, no_install: bool) -> Result<()> {
    let version = install.last().copied().unwrap_or_default();
    let found = std::process::Command::new(name)
        .arg("--version")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(version));
    if found { Ok(()) } else { install_tool(install, long, no_install) }
}

fn install_tool(install: &[&str], long: &str, no_install: bool) -> Result<()> {
    let by_hand = format!("cargo install {}", install.join(" "));
    if no_install {
        bail!("missing: {by_hand}");
    }
    println!("     {by_hand} (once, {long})");
    run(cargo().arg("install").args(install)).context(by_hand)
}
