//! Secrets at rest: AES-256-GCM under a key derived from the installation's.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use stoa_kernel::{App, Error, Result, sign};

/// What a sealed text begins with: how it was sealed.
const VERSION: &str = "1.";
const NONCE: usize = 12;

/// The area's own key. Its signature's purpose is used for nothing else.
fn cipher(app: &App) -> Result<Aes256Gcm> {
    let signed = sign::sign(app, "identity.seal", "key");
    let key = signed.rsplit_once('.').map(|(_, key)| key).unwrap_or_default();
    let key = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(key).map_err(Error::internal)?;
    Aes256Gcm::new_from_slice(&key).map_err(|error| Error::internal(error.to_string()))
}

/// `text`, readable again by [`open`] alone. `place` says where it is kept (table, column and
/// row): what was sealed for one place does not open in another.
pub(crate) fn seal(app: &App, place: &str, text: &str) -> Result<String> {
    let mut nonce = [0_u8; NONCE];
    getrandom::fill(&mut nonce).map_err(|error| Error::internal(error.to_string()))?;
    let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
    let sealed = cipher(app)?
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(format!("{VERSION}{}", BASE64_STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
}

/// What [`seal`] was given for this place; an error for anything else.
pub(crate) fn open(app: &App, place: &str, sealed: &str) -> Result<String> {
    let broken = || Error::internal(format!("{place} can't be opened: was the installation's key changed?"));
    let bytes = sealed.strip_prefix(VERSION).ok_or_else(broken)?;
    let bytes = BASE64_STANDARD_NO_PAD.decode(bytes).map_err(|_| broken())?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or_else(broken)?;
    let payload = Payload { msg: sealed, aad: place.as_bytes() };
    let text = cipher(app)?.decrypt(&Nonce::from(*nonce), payload).map_err(|_| broken())?;
    String::from_utf8(text).map_err(|_| broken())
}
