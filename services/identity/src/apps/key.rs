//! What a key looks like: `stoa_<environment>_<random>_<checksum>`.
//!
//! The fixed beginning lets secret scanners recognise a leaked key. 43 characters out of
//! 62 hold 256 random bits. The checksum is the CRC-32 (ISO-HDLC, eight hexadecimal
//! digits) of everything before its underscore.

use sha2::{Digest, Sha256};
use stoa_kernel::{Environment, Error, Result};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM: usize = 43;
const CHECKSUM: usize = 8;

/// What every key of an environment begins with, without the underscore.
pub fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Development => "stoa_dev",
        Environment::Production => "stoa_live",
    }
}

/// A new key.
pub fn generate(environment: Environment) -> Result<String> {
    let mut random = String::with_capacity(RANDOM);
    let mut bytes = [0_u8; 64];
    while random.len() < RANDOM {
        getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
        // Bytes from 248 on are left out, so that each of the 62 characters is as likely.
        let fair =
            bytes.iter().filter(|byte| **byte < 248).map(|byte| ALPHABET[usize::from(byte % 62)] as char);
        random.extend(fair.take(RANDOM - random.len()));
    }
    let body = format!("{}_{random}", prefix(environment));
    Ok(format!("{body}_{:08x}", crc32(body.as_bytes())))
}

/// Whether the text can be a key of this environment: its form and its checksum are right.
pub fn is_well_formed(text: &str, environment: Environment) -> bool {
    let Some((body, checksum)) = text.rsplit_once('_') else { return false };
    let random = body.strip_prefix(prefix(environment)).and_then(|rest| rest.strip_prefix('_'));
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }) && checksum.len() == CHECKSUM
        && checksum == format!("{:08x}", crc32(body.as_bytes()))
}

/// What the table knows a key by.
pub fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}

/// The last characters, by which a person tells their keys apart.
pub fn last_four(key: &str) -> String {
    key.chars().skip(key.chars().count().saturating_sub(4)).collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DEV: Environment = Environment::Development;

    /// The check value every CRC-32/ISO-HDLC is known by.
    #[test]
    fn the_checksum_is_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    /// 45.M1
    #[test]
    fn a_key_names_its_environment_and_holds_more_than_160_random_bits() {
        let key = generate(Environment::Production).unwrap();
        let parts: Vec<&str> = key.split('_').collect();
        assert_eq!(
            (parts.len(), parts[0], parts[1], parts[2].len(), parts[3].len()),
            (4, "stoa", "live", 43, 8)
        );
        assert!(f64::from(43) * 62_f64.log2() > 160.0);
        assert_ne!(key, generate(Environment::Production).unwrap());
        assert!(is_well_formed(&key, Environment::Production));
        assert!(!is_well_formed(&key, DEV), "a live key is nothing to a development installation");
        assert_eq!(last_four(&key), key[key.len() - 4..]);
    }

    proptest! {
        /// 45.E1
        #[test]
        fn one_wrong_character_is_always_noticed(place in 0_usize..61, wrong in "[0-9A-Za-z]") {
            let key = generate(DEV).unwrap();
            let place = place.min(key.len() - 1);
            prop_assume!(key[place..=place] != wrong);
            let mut typed = key.clone();
            typed.replace_range(place..=place, &wrong);
            prop_assert!(is_well_formed(&key, DEV));
            prop_assert!(!is_well_formed(&typed, DEV), "{} at {}", typed, place);
        }

        #[test]
        fn any_text_may_be_asked_about(text: String) {
            prop_assert!(!is_well_formed(&text, DEV));
        }
    }
}
