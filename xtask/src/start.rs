//! `cargo xtask start`: from a clone to a marketplace in the browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::server::{self, Server};
use crate::workspace::{human, root, run};
use crate::{bundle, toolchain};

/// What `stoa seed demo` leaves for people to read: who may sign in, and how.
const SIGN_INS: &str = "demo-sign-ins.txt";

#[derive(Args)]
pub struct Options {
    /// Build the program with optimisation (slower to build, faster to run)
    #[arg(long)]
    release: bool,
    /// How many products the demo marketplace gets when it is seeded
    #[arg(long, default_value_t = 200)]
    products: u32,
    /// The port on this machine
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The data folder; a new one is filled with the demo marketplace
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    data: PathBuf,
    /// Leave the browser bundle as it is (pages work without it)
    #[arg(long)]
    no_bundle: bool,
    /// Do not install what is missing; fail instead
    #[arg(long)]
    no_install: bool,
}

pub fn command(options: &Options) -> Result<()> {
    let started = Instant::now();
    if !server::is_free(options.port) {
        bail!(
            "port {} is in use; stop what listens there or choose another: cargo xtask start --port {}",
            options.port,
            options.port.saturating_add(1)
        );
    }
    println!("Stoa: the first start takes 10 to 15 minutes on two cores, later ones seconds.");

    println!("\n[1/4] What the build needs");
    toolchain::c_tools(options.no_install)?;
    toolchain::wasm_target(options.no_install)?;
    toolchain::node_packages(options.no_install)?;

    if options.no_bundle {
        println!("\n[2/4] Browser bundle: left as it is, because of --no-bundle");
    } else {
        println!("\n[2/4] Browser bundle");
        bundle::command(&bundle::Options { no_install: options.no_install, module: None })?;
    }

    println!(
        "\n[3/4] The program (5 to 9 minutes when cold{})",
        if options.release { ", more with --release" } else { "" }
    );
    let program = server::build(options.release)?;

    println!("\n[4/4] Data");
    let data = root().join(&options.data);
    let empty = is_empty(&data)?;
    fs::create_dir_all(&data).with_context(|| format!("{} cannot be made", data.display()))?;
    run(server::stoa(&program, &data).arg("migrate")).context("the database could not be migrated")?;
    if empty {
        println!("     seeding a demo marketplace of {} products into {}", options.products, data.display());
        let seeded = run(server::stoa(&program, &data).args([
            "seed",
            "demo",
            "--products",
            &options.products.to_string(),
        ]));
        if let Err(error) = seeded {
            // A half-filled folder would pass for a filled one on the next start.
            let _ = fs::remove_dir_all(&data);
            return Err(error.context("the demo marketplace could not be seeded"));
        }
    } else {
        println!("     {} has data already; remove the folder to seed anew", data.display());
    }

    let mut serve = server::stoa(&program, &data);
    if std::env::var_os("STOA_PUBLIC_URL").is_none() {
        // Forms are accepted from this origin only, and links in mails lead to it.
        serve.env("STOA_PUBLIC_URL", server::url(options.port));
    }
    let mut server = Server::start(serve, options.port, None)?;
    println!("\nStoa is ready after {}:\n\n  {}\n", human(started.elapsed()), server.url());
    print_sign_ins(&data);
    println!("Ctrl-C stops it.");
    server.wait()
}

fn print_sign_ins(data: &Path) {
    match fs::read_to_string(data.join(SIGN_INS)) {
        Ok(text) => {
            println!("Demo sign-ins:");
            for line in text.lines() {
                println!("  {line}");
            }
            println!();
        }
        Err(_) => println!("(No demo sign-ins: this data folder was not seeded by `stoa seed demo`.)\n"),
    }
}

fn is_empty(dir: &Path) -> Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", dir.display())),
    }
}
