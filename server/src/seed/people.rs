//! One sign-in for each role, with passwords made on the spot.

use std::{fmt::Write as _, path::Path};

use anyhow::{Context, Result};
use stoa_identity::{auth, customers};
use stoa_identity_types::{CreateUser, Password, RoleName};
use stoa_kernel::Ctx;
use stoa_types::{Id, Seller};

/// 64 words, so that a byte's lower six bits choose one evenly.
const WORDS: [&str; 64] = [
    "amber", "anvil", "apron", "barley", "basin", "birch", "brass", "bread", "cedar", "chalk", "clover",
    "copper", "cotton", "cup", "dune", "ember", "fennel", "fern", "flax", "flint", "garden", "glaze",
    "hazel", "heather", "indigo", "ink", "ivy", "jug", "kiln", "ladder", "lamp", "larch", "leather", "linen",
    "loom", "maple", "meadow", "mill", "moss", "needle", "oak", "olive", "orchard", "paper", "pebble",
    "pine", "plum", "quill", "reed", "river", "rowan", "saddle", "sage", "sand", "slate", "spindle", "straw",
    "thistle", "thread", "timber", "vine", "walnut", "willow", "wool",
];

/// Makes the users, writes their sign-ins to the data folder and prints them.
pub async fn invite(ctx: &Ctx, shop: Id<Seller>) -> Result<()> {
    let roles = [
        ("shopper", RoleName::Shopper, "Ana Marques", None),
        ("seller", RoleName::Seller, "Signe Halden", Some(shop)),
        ("staff", RoleName::Staff, "Jonas Weber", None),
        ("admin", RoleName::Admin, "Ida Lund", None),
    ];
    let mut lines = String::new();
    for (word, role, name, seller) in roles {
        let email = format!("{word}@stoa.example");
        let password = passphrase()?;
        let user = CreateUser {
            email: email.clone(),
            name: name.to_owned(),
            password: Password::new(password.as_str()),
            role,
            seller,
        };
        let person = auth::create_user(ctx, user).await?.id;
        // Whoever signs in may shop.
        let tx = ctx.db().begin().await?;
        customers::ensure(&tx, ctx, person).await?;
        ctx.db().commit(tx).await?;
        writeln!(lines, "{word:<8} {email:<22} {password}")?;
    }
    let file = ctx.app.settings.data.join("demo-sign-ins.txt");
    write_private(&file, &lines).with_context(|| format!("{} can't be written", file.display()))?;
    print!("{lines}");
    Ok(())
}

/// Four words, 24 bits: enough beside a sign-in that slows guessers down, and meant for
/// a demo.
fn passphrase() -> Result<String> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.map(|byte| WORDS[usize::from(byte & 63)]).join("-"))
}

/// Readable by its owner alone.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(file)?, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn passphrases_differ_and_are_long_enough_to_be_taken() {
        assert_eq!(WORDS.iter().collect::<HashSet<_>>().len(), 64);
        let made: HashSet<String> = (0..50).map(|_| passphrase().expect("randomness")).collect();
        assert!(made.len() > 45);
        assert!(made.iter().all(|phrase| phrase.len() >= 12 && phrase.split('-').count() == 4));
    }
}
