//! One server for each SQLite data folder.

use std::{fs::File, path::Path};

use anyhow::{Context, Result, bail};

/// Held as long as the server runs; the operating system frees it when the process ends, however.
pub struct Lock(#[allow(dead_code, reason = "held, not read")] File);

/// Takes the folder's lock, or says who is in the way.
pub fn take(data: &Path) -> Result<Lock> {
    std::fs::create_dir_all(data)?;
    let path = data.join("serve.lock");
    let file = File::create(&path).with_context(|| format!("{} can't be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!(
                "another `stoa serve` runs on {}: stop it, or use another folder with --data",
                data.display()
            )
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error).context("the data folder can't be locked"),
    }
}
