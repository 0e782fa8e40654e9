//! Stamps: a digest of everything a stage reads, kept beside what it wrote.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

/// The digest of some bytes, as lower-case hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The digest of one file's content.
pub fn of_file(path: &Path) -> Result<String> {
    Ok(of_bytes(&fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?))
}

/// The digest of a folder: every file's path and content. A folder that is not there has one too.
pub fn of_tree(dir: &Path) -> Result<String> {
    of_files(dir, &files_below(dir)?)
}

/// The digest of some files below a folder, by path and content.
pub fn of_files(base: &Path, files: &[PathBuf]) -> Result<String> {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.strip_prefix(base).unwrap_or(file).to_string_lossy().as_bytes());
        digest.update([0]);
        digest.update(of_file(file)?.as_bytes());
    }
    Ok(hex::encode(digest.finalize()))
}

/// One digest of several.
pub fn combine(parts: &[&str]) -> String {
    of_bytes(parts.join("\n").as_bytes())
}

/// Every file below a folder, sorted by path.
pub fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", dir.display())),
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether the stamp file says what is wanted.
pub fn is_current(file: &Path, wanted: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.trim() == wanted)
}

/// Writes a stamp file.
pub fn write(file: &Path, stamp: &str) -> Result<()> {
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(file, stamp).with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_stamp_changes_with_content_and_with_names() {
        let dir = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("a")).unwrap();
        fs::write(dir.join("a/one"), "1").unwrap();
        let first = of_tree(&dir).unwrap();
        assert_eq!(first, of_tree(&dir).unwrap());
        fs::write(dir.join("a/one"), "2").unwrap();
        let second = of_tree(&dir).unwrap();
        assert_ne!(first, second);
        fs::rename(dir.join("a/one"), dir.join("a/two")).unwrap();
        assert_ne!(second, of_tree(&dir).unwrap());
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(of_tree(&dir).unwrap(), of_tree(&dir.join("absent")).unwrap());
    }
}
