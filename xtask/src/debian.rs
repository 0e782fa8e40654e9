//! What Debian has and the machine lacks: installed with apt-get, as root or by `sudo -n`.

use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{on_path, run};

/// Whether this process may do everything on the machine.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// Installs Debian packages, saying so first.
///
/// # Errors
/// When there is no apt-get, no right to use it, or the installation fails; the message says what
/// to type by hand.
pub fn install(packages: &[&str], why: &str) -> Result<()> {
    let list = packages.join(" ");
    let by_hand =
        format!("{why} is missing and could not be installed; do it by hand: sudo apt-get install {list}");
    if on_path("apt-get").is_none() {
        bail!("{by_hand}");
    }
    println!("     installing {list} with apt-get (about a minute)");
    run(apt_get().args(["update", "-qq"])).with_context(|| by_hand.clone())?;
    run(apt_get().args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages)).context(by_hand)
}

fn apt_get() -> Command {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
