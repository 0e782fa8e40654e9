//! The product lines: what each shop makes, in which materials and sizes, at
//! which prices, and what it says about it.

mod house;
mod shelf;
mod table;

use super::crafts::Craft;
use crate::seed::art::Form;

/// A size with its share of price and weight, in per cent of the line's own.
pub type Size = (&'static str, u32, u32);

/// One kind of product of one shop.
pub struct Line {
    /// Three letters for SKUs; unique.
    pub code: &'static str,
    /// Which picture it shows.
    pub form: Form,
    /// Which shop sells it, by position.
    pub seller: usize,
    /// Which of the shop's makers make it, by position.
    pub makers: &'static [usize],
    /// Its category's slug.
    pub category: &'static str,
    /// How often it comes up among others.
    pub share: u8,
    /// What it is called.
    pub nouns: [&'static str; 3],
    /// In the title, with the material a shopper filters by.
    pub materials: [(&'static str, &'static str); 3],
    /// The name of the colour axis: not "Colour", which is the family a shopper filters by.
    pub colour_axis: &'static str,
    /// The name of the size axis and its values; empty for one size.
    pub size_axis: &'static str,
    pub sizes: &'static [Size],
    /// Always offered in every size, as shoes are.
    pub all_sizes: bool,
    /// Lowest and highest price of the middle size, in euro.
    pub price: (u32, u32),
    /// Weight of the middle size in grams.
    pub weight: u32,
    /// How it is made.
    pub craft: Craft,
    /// What it is; three ways to begin.
    pub about: [&'static str; 3],
    /// What is good about it.
    pub detail: [&'static str; 3],
}

const SHOE_SIZES: &[Size] = &[
    ("37", 100, 88),
    ("38", 100, 91),
    ("39", 100, 94),
    ("40", 100, 97),
    ("41", 100, 100),
    ("42", 100, 103),
    ("43", 100, 106),
    ("44", 100, 109),
    ("45", 100, 112),
];
const NO_SIZES: &[Size] = &[];

/// Every line, in no order that matters: the schedule shuffles them.
pub fn all() -> Vec<&'static Line> {
    [table::LINES, house::LINES, shelf::LINES].into_iter().flatten().collect()
}
