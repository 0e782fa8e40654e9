//! Rules of signing in that need neither database nor clock.

use chrono::TimeDelta;

/// Fewest characters of a password that stands alone, without a second factor.
const SHORTEST: usize = 12;
/// Longest password in bytes: enough for any passphrase, too little to keep a hasher busy.
const LONGEST: usize = 1024;
/// Failures in a row that cost nothing: fingers slip.
const FREE_FAILURES: u32 = 5;
/// The longest wait between two guesses.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// Passwords of twelve characters and more that lead every guesser's list.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789123",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "password123!",
    "password1234!",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "qwerty123456",
    "qwerty1234567",
    "qwerty12345678",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",
    "q1w2e3r4t5y6",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "qazwsxedcrfv",
    "zaq12wsxcde3",
    "asdfghjkl123",
    "abcdefghijkl",
    "abcd12345678",
    "abc123456789",
    "iloveyou1234",
    "iloveyouforever",
    "letmein12345",
    "welcome12345",
    "welcome123456",
    "administrator",
    "administrator1",
    "changeme1234",
    "changemeplease",
    "correcthorsebatterystaple",
    "sunshine1234",
    "football1234",
    "baseball1234",
    "princess1234",
    "superman1234",
    "dragon123456",
    "monkey123456",
    "master123456",
    "shadow123456",
    "trustno1trustno1",
    "passw0rd1234",
    "p@ssword1234",
    "p@ssw0rd1234",
    "p@ssw0rd12345",
    "thisispassword",
    "mypassword123",
    "mypassword1234",
    "newpassword123",
    "secretpassword",
    "defaultpassword",
    "testpassword",
    "testtesttest",
    "adminadminadmin",
    "adminpassword",
    "rootpassword",
    "987654321012",
    "098765432109",
    "111222333444",
    "112233445566",
    "121212121212",
    "123123123123",
    "123321123321",
    "123456123456",
    "123qwe123qwe",
    "147258369147",
];

/// Why a password may not be chosen, in words for the person choosing; `None` when it may.
/// `email` is the account's own address.
pub fn weakness(password: &str, email: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some("Use at least 12 characters. Three or four words are easy to remember.");
    }
    if password.len() > LONGEST {
        return Some("Use at most 1,024 characters.");
    }
    let folded = password.to_lowercase();
    let guessable = COMMON.contains(&folded.as_str()) || is_run(&folded) || repeats(&folded);
    if guessable {
        return Some("This password is on every guesser's list. Use three or four words of your own.");
    }
    let email = email.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let own =
        folded == email || (local.chars().count() >= 4 && folded.replace(local, "").chars().count() < 6);
    own.then_some("This is nearly your e-mail address. Use three or four words of your own.")
}

/// Each character is the one after, or the one before, its neighbour: `abcdefghijkl`.
fn is_run(text: &str) -> bool {
    let steps = |step: i64| {
        text.chars()
            .zip(text.chars().skip(1))
            .all(|(a, b)| i64::from(u32::from(b)) - i64::from(u32::from(a)) == step)
    };
    steps(1) || steps(-1)
}

/// One to four characters over and over: `aaaaaaaaaaaa`, `abcdabcdabcd`.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=4).any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b))
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

    /// 12.M1: length and a list decide, never a rule of composition.
    #[test]
    fn a_password_is_judged_by_length_and_by_what_guessers_try() {
        for fine in
            ["correct horse battery", "            x", "ŽluťoučkýKůň", "lavender-on-tuesday", "aaaaaaaaaaab"]
        {
            assert_eq!(weakness(fine, "ana@stoa.example"), None, "{fine}");
        }
        let weak = [
            "elevenchars",
            "Password1234",
            "123456789012",
            "abcdefghijkl",
            "zyxwvutsrqpo",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "ana.ruiz@stoa.example",
            "ana.ruiz1234",
        ];
        for weak in weak {
            assert!(weakness(weak, "Ana.Ruiz@stoa.example").is_some(), "{weak}");
        }
        assert!(weakness(&"x1".repeat(600), "ana@stoa.example").is_some());
    }

    #[test]
    fn every_listed_common_password_is_long_enough_to_need_listing() {
        for common in COMMON {
            assert!(common.chars().count() >= SHORTEST && *common == common.to_lowercase(), "{common}");
        }
    }

    #[test]
    fn waiting_grows_and_stays_bearable() {
        let waits: Vec<i64> = (0..30).map(|failures| wait_after(failures).num_seconds()).collect();
        assert_eq!(waits[..9], [0, 0, 0, 0, 0, 1, 2, 4, 8]);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(wait_after(u32::MAX), TimeDelta::minutes(15));
    }
}
