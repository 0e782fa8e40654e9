//! How a postcode is written.
//!
//! A template has a place for each letter or digit: `n` is a digit, `a` a letter, `x` either,
//! `[1-7]` or `[A-HJ]` one of those; everything else stands for itself. What separates, and
//! what the template begins with ("LV-"), may be left out by who types.

/// A place of a template.
enum Place {
    Digit,
    Letter,
    Either,
    /// One of these characters and ranges.
    Among(Vec<(char, char)>),
    Itself(char),
}

fn places(template: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let mut letters = template.chars();
    while let Some(letter) = letters.next() {
        places.push(match letter {
            'n' => Place::Digit,
            'a' => Place::Letter,
            'x' => Place::Either,
            '[' => {
                let inside: Vec<char> = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let mut among = Vec::new();
                let mut rest = inside.as_slice();
                while let [first, after @ ..] = rest {
                    rest = match after {
                        ['-', last, after @ ..] => {
                            among.push((*first, *last));
                            after
                        }
                        _ => {
                            among.push((*first, *first));
                            after
                        }
                    };
                }
                Place::Among(among)
            }
            other => Place::Itself(other),
        });
    }
    places
}

/// The typed letters and digits in the template's form, if they fit it.
pub(super) fn fit(template: &str, typed: &str) -> Option<String> {
    let typed: String =
        typed.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let places = places(template);
    let head: String = places
        .iter()
        .map_while(|place| match place {
            Place::Itself(letter) if letter.is_ascii_uppercase() => Some(*letter),
            _ => None,
        })
        .collect();
    let whole = places.iter().all(|place| matches!(place, Place::Itself(_)));
    // A postcode that is one word cannot be left out.
    let rest = if whole { typed.as_str() } else { typed.strip_prefix(head.as_str()).unwrap_or(&typed) };
    let left_out = if whole { 0 } else { head.len() };
    let mut rest = rest.chars();
    let mut out = String::new();
    for (at, place) in places.into_iter().enumerate() {
        let letter = match place {
            Place::Digit => rest.next().filter(char::is_ascii_digit)?,
            Place::Letter => rest.next().filter(char::is_ascii_uppercase)?,
            Place::Either => rest.next().filter(char::is_ascii_alphanumeric)?,
            Place::Among(among) => {
                rest.next().filter(|letter| among.iter().any(|(from, to)| (from..=to).contains(&letter)))?
            }
            Place::Itself(own) if own.is_ascii_alphanumeric() && at >= left_out => {
                rest.next().filter(|letter| *letter == own)?
            }
            Place::Itself(own) => own,
        };
        out.push(letter);
    }
    rest.next().is_none().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_template_is_filled_or_refused() {
        for (template, typed, written) in [
            ("nnn nn", "10431", Some("104 31")),
            ("LV-nnnn", "1010", Some("LV-1010")),
            ("LV-nnnn", "lv1010", Some("LV-1010")),
            ("9[78][01]nn", "97100", Some("97100")),
            ("9[78][01]nn", "97200", None),
            ("948[5-9]", "9485", Some("9485")),
            ("948[5-9]", "9484", None),
            ("FIQQ 1ZZ", "fiqq1zz", Some("FIQQ 1ZZ")),
            ("FIQQ 1ZZ", "", None),
            ("GX11 1AA", "GX111AA", Some("GX11 1AA")),
            ("96799", "96799", Some("96799")),
            ("96799", "96798", None),
            ("[A-HJ-NP-Z]nnnnaaa", "C1070AAM", Some("C1070AAM")),
            ("[A-HJ-NP-Z]nnnnaaa", "I1070AAM", None),
            ("nnnnn", "123456", None),
        ] {
            assert_eq!(fit(template, typed).as_deref(), written, "{template} {typed}");
        }
    }
}
