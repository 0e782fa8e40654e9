//! Signed, purpose-bound texts for links and cookies (HMAC-SHA256).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::App;

fn tag(app: &App, purpose: &str, text: &str) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&app.settings.secret).ok()?;
    mac.update(&(purpose.len() as u64).to_be_bytes());
    mac.update(purpose.as_bytes());
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().into())
}

/// `text.signature`, good for `purpose` alone.
pub fn sign(app: &App, purpose: &str, text: &str) -> String {
    let tag = tag(app, purpose, text).unwrap_or_default();
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

/// The text, if the signature is ours and for this purpose; compared in constant time.
pub fn verify<'a>(app: &App, purpose: &str, signed: &'a str) -> Option<&'a str> {
    let (text, signature) = signed.rsplit_once('.')?;
    let given = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    let expected = tag(app, purpose, text)?;
    bool::from(given.ct_eq(&expected)).then_some(text)
}

/// `bytes` random bytes as URL-safe text, for tokens nobody can guess.
pub fn random_token<const BYTES: usize>() -> crate::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| crate::Error::internal(error.to_string()))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
