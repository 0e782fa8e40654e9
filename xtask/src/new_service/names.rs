//! A model's name in the forms that code and prose need.

/// `GiftCard` becomes `gift_card`, `SKU` becomes `sku`, `KYCCase` becomes `kyc_case`.
pub fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(index + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if starts_word {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// `GiftCard` becomes `gift card`.
pub fn words(name: &str) -> String {
    snake(name).replace('_', " ")
}

/// `policy` becomes `policies`, `address` becomes `addresses`, `card` becomes `cards`.
pub fn plural(word: &str) -> String {
    let before_y = word.chars().rev().nth(1);
    if word.ends_with('y') && before_y.is_some_and(|letter| !"aeiou".contains(letter)) {
        format!("{}ies", &word[..word.len() - 1])
    } else if ["s", "x", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_the_forms_that_people_would_write() {
        for (name, expected) in
            [("GiftCard", "gift_card"), ("SKU", "sku"), ("KYCCase", "kyc_case"), ("Product", "product")]
        {
            assert_eq!(snake(name), expected);
        }
        assert_eq!(words("ElasticityModel"), "elasticity model");
        for (word, expected) in
            [("policy", "policies"), ("address", "addresses"), ("day", "days"), ("card", "cards")]
        {
            assert_eq!(plural(word), expected);
        }
    }
}
