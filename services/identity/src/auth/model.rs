//! Rules of signing in that need neither database nor clock.

use chrono::TimeDelta;
use zxcvbn::{Score, zxcvbn};

/// Fewest characters of a password that stands alone, without a second factor.
const SHORTEST: usize = 12;
/// Longest password in bytes: enough for any passphrase, too little to keep a hasher busy.
const LONGEST: usize = 1024;
/// Failures in a row that cost nothing: fingers slip.
const FREE_FAILURES: u32 = 5;
/// The longest wait between two guesses.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// The weakest that is taken: more than a hundred million guesses for somebody who knows
/// words, names, dates, keyboards and what people do with them.
const STRENGTH: Score = Score::Three;
/// How much of a password is looked at: what comes after makes it only stronger.
const LOOKED_AT: usize = 72;

/// Fewest characters beside what anybody knows about the person.
const BESIDE: usize = 6;

/// Why a password may not be chosen, in words for the person choosing; `None` when it may.
/// `own` is what anybody knows about them: address and name.
///
/// The judgement is how many guesses it takes (zxcvbn's lists of words, names and common
/// passwords, offline), never which kinds of character are in it.
pub fn weakness(password: &str, own: &[&str]) -> Option<&'static str> {
    if password.chars().count() < SHORTEST {
        return Some("Use at least 12 characters. Three or four words are easy to remember.");
    }
    if password.len() > LONGEST {
        return Some("Use at most 1,024 characters.");
    }
    let folded = password.to_lowercase();
    let mut own: Vec<String> = own
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain(text.split('@')).chain([*text]))
        .filter(|part| part.chars().count() > 2)
        .map(str::to_lowercase)
        .collect();
    own.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let beside = own.iter().fold(folded, |rest, part| rest.replace(part.as_str(), ""));
    let looked_at: String = password.chars().take(LOOKED_AT).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let guessed = beside.chars().count() < BESIDE || zxcvbn(&looked_at, &own).score() < STRENGTH;
    guessed.then_some(
        "This password is easy to guess. Use three or four words of your own, none from your name or address.",
    )
}

/// How long to wait for the next guess after this many failures in a row: nothing at
/// first, then 1 s, 2 s, 4 s … at most a quarter of an hour.
pub fn wait_after(failures: u32) -> TimeDelta {
    match failures.checked_sub(FREE_FAILURES) {
        None => TimeDelta::zero(),
        Some(beyond) => TimeDelta::seconds(1_i64 << beyond.min(20)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12.M1: length and how soon it is guessed decide, never a rule of composition.
    #[test]
    fn a_password_is_judged_by_length_and_by_what_guessers_try() {
        let own = ["Ana.Ruiz@stoa.example", "Ana Ruiz"];
        for fine in ["correct horse battery", "ŽluťoučkýKůň", "lavender-on-tuesday", "three words of mine"]
        {
            assert_eq!(weakness(fine, &own), None, "{fine}");
        }
        let weak = [
            "elevenchars",
            "Password1234",
            "123456789012",
            "abcdefghijkl",
            "zyxwvutsrqpo",
            "aaaaaaaaaaaa",
            "aaaaaaaaaaab",
            "            x",
            "abcabcabcabc",
            "qwertyuiop123",
            "iloveyouforever",
            "P@ssw0rd12345",
            "ana.ruiz@stoa.example",
            "ana.ruiz1234",
            "RuizRuizRuiz",
        ];
        for weak in weak {
            assert!(weakness(weak, &own).is_some(), "{weak}");
        }
        assert!(weakness(&"x1".repeat(600), &own).is_some());
    }

    #[test]
    fn waiting_grows_and_stays_bearable() {
        let waits: Vec<i64> = (0..30).map(|failures| wait_after(failures).num_seconds()).collect();
        assert_eq!(waits[..9], [0, 0, 0, 0, 0, 1, 2, 4, 8]);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(wait_after(u32::MAX), TimeDelta::minutes(15));
    }
}
