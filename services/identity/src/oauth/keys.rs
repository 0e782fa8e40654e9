//! The keys that tokens are signed with: PKCS#8 files in one folder, one RSA (RS256, which
//! every client speaks) and one Ed25519 (EdDSA) to begin with.
//!
//! A key's file says since when it is there. It signs from [`AHEAD`] later on, when everybody
//! who keeps a copy of the key set has seen it, and is published until its successor has
//! signed for longer than any token lives. So a change of keys breaks no token.

use std::{
    collections::HashMap,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair as RsaPair, KeySize},
    signature::Ed25519KeyPair,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{AlgorithmParameters, Jwk, ThumbprintHash},
};
use stoa_kernel::{App, Error, Result};

/// How long a new key is published before it signs.
const AHEAD: TimeDelta = TimeDelta::hours(1);
/// How long a key is published after its successor has begun to sign.
const AFTERWARDS: TimeDelta = TimeDelta::days(1);
/// How long a key signs.
const LIFE: TimeDelta = TimeDelta::days(90);
/// How long a process believes what it has read of the folder.
const FRESH: Duration = Duration::from_secs(60);
/// The same when a token names a key it does not know.
const DOUBTFUL: Duration = Duration::from_secs(5);

/// Where the keys are, wired by the server; the folder `oauth` of the data unless told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFolder(pub PathBuf);

/// One key.
pub(super) struct Key {
    pub kid: String,
    pub algorithm: Algorithm,
    pub public: AlgorithmParameters,
    since: DateTime<Utc>,
    sign: EncodingKey,
    verify: DecodingKey,
}

impl Key {
    pub fn signing(&self) -> &EncodingKey {
        &self.sign
    }

    pub fn verifying(&self) -> &DecodingKey {
        &self.verify
    }
}

/// All keys of the folder, the oldest first.
pub(super) struct Keys {
    all: Vec<Key>,
    read_at: Instant,
}

impl Keys {
    /// The key that signs now: the newest that everybody has seen.
    pub fn signer(&self, algorithm: Algorithm, now: DateTime<Utc>) -> Result<&Key> {
        let mine = || self.all.iter().filter(|key| key.algorithm == algorithm);
        mine()
            .rfind(|key| key.since + AHEAD <= now)
            .or_else(|| mine().next())
            .ok_or_else(|| Error::internal(format!("there is no {algorithm:?} key to sign with")))
    }

    /// The key of a token, while it is published.
    pub fn find(&self, kid: &str, now: DateTime<Utc>) -> Option<&Key> {
        self.published(now).find(|key| key.kid == kid)
    }

    /// What the key set shows, the newest first.
    pub fn published(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Key> {
        self.all.iter().rev().filter(move |key| !self.is_over(key, now))
    }

    /// Whether a successor has signed for longer than any token lives.
    fn is_over(&self, key: &Key, now: DateTime<Utc>) -> bool {
        let mut later = self.all.iter().filter(|other| other.algorithm == key.algorithm);
        later.any(|other| other.since > key.since && other.since + AHEAD + AFTERWARDS <= now)
    }
}

/// By folder, since a process may run several shops (tests do).
static READ: LazyLock<Mutex<HashMap<PathBuf, Arc<Keys>>>> = LazyLock::new(Mutex::default);

fn folder(app: &App) -> PathBuf {
    app.part::<KeyFolder>().map_or_else(|_| app.settings.data.join("oauth"), |folder| folder.0)
}

/// The keys, read at most a minute ago; made when there are none.
pub(super) async fn keys(app: &App) -> Result<Arc<Keys>> {
    read(app, FRESH).await
}

/// The key of a token, looked for again when it is not known, but not each time.
pub(super) async fn with_kid(app: &App, kid: &str) -> Result<Option<Arc<Keys>>> {
    let keys = keys(app).await?;
    if keys.find(kid, app.now()).is_some() {
        return Ok(Some(keys));
    }
    let keys = read(app, DOUBTFUL).await?;
    Ok(keys.find(kid, app.now()).is_some().then_some(keys))
}

async fn read(app: &App, within: Duration) -> Result<Arc<Keys>> {
    let (folder, now) = (folder(app), app.now());
    let known = READ.lock().unwrap_or_else(PoisonError::into_inner).get(&folder).cloned();
    if let Some(known) = known.filter(|known| known.read_at.elapsed() < within) {
        return Ok(known);
    }
    tokio::task::spawn_blocking(move || {
        // One at a time, so that a first start makes each key once.
        let mut all = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&folder).filter(|known| known.read_at.elapsed() < within) {
            return Ok(known.clone());
        }
        let keys = Arc::new(load(&folder, now)?);
        all.insert(folder, keys.clone());
        Ok(keys)
    })
    .await
    .map_err(Error::internal)?
}

/// Makes successors of keys that have signed long enough and deletes those whose time is over.
/// What the folder does not allow is left to whoever keeps it.
pub(super) async fn rotate(app: &App) -> Result<()> {
    let (folder, now) = (folder(app), app.now());
    tokio::task::spawn_blocking(move || {
        let mut all = READ.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = load(&folder, now)?;
        for algorithm in [Algorithm::RS256, Algorithm::EdDSA] {
            let newest = keys.all.iter().rfind(|key| key.algorithm == algorithm);
            if newest.is_some_and(|key| key.since + LIFE <= now)
                && let Err(error) = make(&folder, algorithm, now)
            {
                tracing::warn!(%error, folder = %folder.display(), "no new key to sign tokens with: make one by hand");
            }
        }
        for (path, _, since) in files(&folder)? {
            let over = keys.all.iter().any(|key| {
                key.since == since && path.file_name().is_some_and(|name| is_of(name, key.algorithm)) && keys.is_over(key, now)
            });
            if over && let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, path = %path.display(), "a key that is over can't be deleted");
            }
        }
        all.insert(folder.clone(), Arc::new(load(&folder, now)?));
        Ok(())
    })
    .await
    .map_err(Error::internal)?
}

fn load(folder: &Path, now: DateTime<Utc>) -> Result<Keys> {
    let mut found = Vec::new();
    for (path, text, since) in files(folder)? {
        found.push(parse(&text, since).map_err(|error| {
            Error::internal(format!("{} is no key for signing tokens: {error}", path.display()))
        })?);
    }
    for algorithm in [Algorithm::RS256, Algorithm::EdDSA] {
        if !found.iter().any(|key| key.algorithm == algorithm) {
            let text = make(folder, algorithm, now)?;
            found.push(parse(&text, at_second(now)).map_err(Error::internal)?);
        }
    }
    found.sort_by(|a, b| (a.since, &a.kid).cmp(&(b.since, &b.kid)));
    Ok(Keys { all: found, read_at: Instant::now() })
}

/// Every `.pem` of the folder and since when it is there: the number its name ends with, in
/// Unix seconds; for ever without one.
fn files(folder: &Path) -> Result<Vec<(PathBuf, String, DateTime<Utc>)>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::internal(format!("{}: {error}", folder.display()))),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::internal)?.path();
        if path.extension().is_none_or(|ending| ending != "pem") {
            continue;
        }
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let seconds = stem.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
        let since = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        let text = std::fs::read_to_string(&path).map_err(Error::internal)?;
        found.push((path, text, since));
    }
    Ok(found)
}

fn at_second(now: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now)
}

fn is_of(name: &std::ffi::OsStr, algorithm: Algorithm) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(prefix(algorithm)))
}

fn prefix(algorithm: Algorithm) -> &'static str {
    if algorithm == Algorithm::EdDSA { "eddsa-" } else { "rs256-" }
}

fn parse(text: &str, since: DateTime<Utc>) -> jsonwebtoken::errors::Result<Key> {
    let pem = text.as_bytes();
    let (algorithm, sign) = match EncodingKey::from_ed_pem(pem) {
        Ok(key) => (Algorithm::EdDSA, key),
        Err(_) => (Algorithm::RS256, EncodingKey::from_rsa_pem(pem)?),
    };
    let jwk = Jwk::from_encoding_key(&sign, algorithm)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
    let verify = DecodingKey::from_jwk(&jwk)?;
    Ok(Key { kid, algorithm, public: jwk.algorithm, since, sign, verify })
}

/// A new key in a file that only its owner may read; its text. Another process that was first
/// in the same second has made it: that one counts.
fn make(folder: &Path, algorithm: Algorithm, now: DateTime<Utc>) -> Result<String> {
    let failed = |error: &dyn std::fmt::Display| Error::internal(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let text = generate(algorithm)?;
    let file = folder.join(format!("{}{}.pem", prefix(algorithm), now.timestamp()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&file) {
        Ok(mut open) => {
            open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).map_err(|error| failed(&error))?;
            Ok(text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            std::fs::read_to_string(&file).map_err(|error| failed(&error))
        }
        Err(error) => Err(failed(&error)),
    }
}

fn generate(algorithm: Algorithm) -> Result<String> {
    let failed = |_| Error::internal("no key could be made");
    let der = if algorithm == Algorithm::EdDSA {
        let document = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(failed)?;
        document.as_ref().to_vec()
    } else {
        let pair = RsaPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let der: Pkcs8V1Der<'static> = pair.as_der().map_err(failed)?;
        der.as_ref().to_vec()
    };
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    let body = BASE64_STANDARD.encode(der);
    for line in body.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12.M6: JWKS with rotation overlap.
    #[test]
    fn a_new_key_is_published_before_it_signs_and_the_old_one_after_it() {
        let folder = std::env::temp_dir().join(format!("stoa-keys-{}", stoa_types::Uuid::new_v4().simple()));
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let first = load(&folder, start).unwrap();
        let kids = |keys: &Keys, at| keys.published(at).map(|key| key.kid.clone()).collect::<Vec<_>>();
        assert_eq!(kids(&first, start).len(), 2, "one of each kind");
        let old = first.signer(Algorithm::RS256, start).unwrap().kid.clone();
        assert_eq!(load(&folder, start + LIFE).unwrap().signer(Algorithm::RS256, start).unwrap().kid, old);

        let change = start + LIFE;
        make(&folder, Algorithm::RS256, change).unwrap();
        let both = load(&folder, change).unwrap();
        assert_eq!(kids(&both, change).len(), 3);
        assert_eq!(both.signer(Algorithm::RS256, change).unwrap().kid, old, "not everybody has seen it yet");
        let later = change + AHEAD;
        let new = both.signer(Algorithm::RS256, later).unwrap().kid.clone();
        assert_ne!(new, old);
        assert!(both.find(&old, later).is_some(), "tokens of before still work");
        let over = later + AFTERWARDS;
        assert!(both.find(&old, over).is_none());
        assert!(both.find(&new, over).is_some());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("stoa-keys-{}", stoa_types::Uuid::new_v4().simple()));
        load(&folder, DateTime::UNIX_EPOCH).unwrap();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
