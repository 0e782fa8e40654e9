//! The demo marketplace in words and numbers: shops, categories and up to
//! 100,000 products, from a small grammar.
//!
//! Product `i` of a seed is the same however many products are asked for, so
//! a larger demo contains a smaller one. Nothing here knows a database.

mod crafts;
mod lines;
#[cfg(test)]
mod tests;
mod words;

use crate::seed::art::Picture;
use lines::Line;
use words::COLLECTIONS;

/// The seed used unless another is asked for.
pub const DEFAULT_SEED: u64 = 2026;

/// How many products the demo has unless told otherwise.
pub const DEFAULT_PRODUCTS: usize = 200;

/// The most products the grammar has names for.
pub const MAX_PRODUCTS: usize = 100_000;

/// A shop.
#[derive(Debug, Clone)]
pub struct DemoSeller {
    /// "Halden Pottery".
    pub name: &'static str,
    /// `halden-pottery`.
    pub slug: String,
    /// Three letters its SKUs begin with.
    pub code: &'static str,
    /// Where it is.
    pub city: &'static str,
    /// ISO 3166 code of an EU country.
    pub country: &'static str,
    /// Address under the reserved domain `.example`.
    pub email: String,
    /// Year it was founded.
    pub since: u16,
    /// Who makes what it sells.
    pub makers: &'static [&'static str],
    /// Working days until an order leaves, shortest and longest.
    pub dispatch_days: (u8, u8),
    /// Days to send something back, from delivery.
    pub returns_days: u16,
    /// One line for cards.
    pub tagline: &'static str,
    /// A paragraph for the shop's page.
    pub story: &'static str,
    /// A sentence or two on how it ships.
    pub shipping: &'static str,
}

/// A node of the category tree.
#[derive(Debug, Clone)]
pub struct DemoCategory {
    /// Unique in the whole tree.
    pub slug: &'static str,
    /// As shoppers read it.
    pub name: &'static str,
    /// The parent's slug; parents come before their children.
    pub parent: Option<&'static str>,
    /// The picture of its tile.
    pub picture: Picture,
    /// One sentence.
    pub description: &'static str,
}

/// An option axis with its values in display order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAxis {
    /// "Glaze".
    pub name: &'static str,
    /// "Sand", "Ink".
    pub values: Vec<&'static str>,
}

/// A property shoppers filter or read by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAttribute {
    /// "Material", or the name of the size axis where there is only one size to choose.
    pub name: &'static str,
    /// The value; an attribute may come up several times.
    pub value: String,
}

/// A picture of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPicture {
    /// Which of the 48.
    pub picture: Picture,
    /// The product's title and the colour.
    pub alt: String,
}

/// A variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoVariant {
    /// One value per axis of the product.
    pub options: Vec<&'static str>,
    /// Unique over the whole demo.
    pub sku: String,
    /// Price in euro cents, tax included.
    pub price_minor: i64,
    /// Former price in euro cents, above the price.
    pub compare_at_minor: Option<i64>,
    /// Pieces in stock.
    pub stock: i64,
    /// Weight in grams.
    pub weight_grams: i64,
    /// EAN-13 from the range kept for use inside a shop, so that it is
    /// nobody's product.
    pub barcode: String,
    /// Which of the product's pictures shows it.
    pub picture: usize,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoProduct {
    /// Its number in the demo, from 0.
    pub index: usize,
    /// Unique over the whole demo.
    pub slug: String,
    /// As shoppers read it.
    pub title: String,
    /// Which shop sells it, by position in [`Demo::sellers`].
    pub seller: usize,
    /// Who made it.
    pub maker: &'static str,
    /// Its category's slug.
    pub category: &'static str,
    /// Two to four sentences of plain text.
    pub description: String,
    /// Empty for a product with one variant.
    pub options: Vec<DemoAxis>,
    /// At least one.
    pub variants: Vec<DemoVariant>,
    /// At least one, the first is the thumbnail.
    pub pictures: Vec<DemoPicture>,
    /// For facets and the details table.
    pub attributes: Vec<DemoAttribute>,
    /// How many days ago it was published, so that "newest" has an order.
    pub days_old: u32,
}

/// The demo marketplace of one seed.
pub struct Demo {
    seed: u64,
    sellers: Vec<DemoSeller>,
    lines: Vec<&'static Line>,
    /// Which line each slot of a round is, and which of the line's slots.
    schedule: Vec<(usize, usize)>,
}

impl Demo {
    /// The demo of a seed.
    pub fn new(seed: u64) -> Self {
        let lines = lines::all();
        let mut slots: Vec<usize> = lines
            .iter()
            .enumerate()
            .flat_map(|(i, line)| std::iter::repeat_n(i, usize::from(line.share)))
            .collect();
        // Fisher-Yates, so that neighbours are of different shops.
        let mut dice = Dice::new(seed, u64::MAX);
        for i in (1..slots.len()).rev() {
            slots.swap(i, dice.below(i as u64 + 1) as usize);
        }
        let mut met = vec![0; lines.len()];
        let schedule = slots
            .into_iter()
            .map(|line| {
                met[line] += 1;
                (line, met[line] - 1)
            })
            .collect();
        Self { seed, sellers: words::sellers(), lines, schedule }
    }

    /// The eight shops.
    pub fn sellers(&self) -> &[DemoSeller] {
        &self.sellers
    }

    /// The category tree, parents before children.
    pub fn categories(&self) -> Vec<DemoCategory> {
        words::categories()
    }

    /// The first `count` products, at most [`MAX_PRODUCTS`].
    pub fn products(&self, count: usize) -> impl Iterator<Item = DemoProduct> + '_ {
        (0..count.min(MAX_PRODUCTS)).map(|index| self.product(index))
    }

    /// Product number `index`.
    pub fn product(&self, index: usize) -> DemoProduct {
        let (number, slot) = (index / self.schedule.len(), index % self.schedule.len());
        let (line_index, of_line) = self.schedule[slot];
        let line = self.lines[line_index];
        let ordinal = number * usize::from(line.share) + of_line;
        let seller = &self.sellers[line.seller];
        let mut dice = Dice::new(self.seed, index as u64);

        let name = self.name(line_index, ordinal);
        let maker = seller.makers[line.makers[dice.below(line.makers.len() as u64) as usize]];
        let colours = line.form.colourways();
        // Three in five come in both colours; the others name theirs.
        let both = dice.chance(60);
        let only = u8::from(dice.chance(50));
        let shown: Vec<u8> =
            if both { if dice.chance(50) { vec![0, 1] } else { vec![1, 0] } } else { vec![only] };
        let title = if both {
            name.title.clone()
        } else {
            format!("{} in {}", name.title, colours[usize::from(only)].name.to_lowercase())
        };
        let sizes = sizes_of(line, &mut dice);

        let mut options = Vec::new();
        if both {
            options.push(DemoAxis {
                name: line.colour_axis,
                values: shown.iter().map(|c| colours[usize::from(*c)].name).collect(),
            });
        }
        if sizes.len() > 1 {
            options
                .push(DemoAxis { name: line.size_axis, values: sizes.iter().map(|size| size.0).collect() });
        }
        let pictures: Vec<DemoPicture> = shown
            .iter()
            .map(|colour| {
                let name = colours[usize::from(*colour)].name;
                let alt = if both { format!("{title}, {}", name.to_lowercase()) } else { title.clone() };
                DemoPicture { picture: Picture { form: line.form, colour: *colour }, alt }
            })
            .collect();
        let variants = variants(line, seller, &shown, sizes, both, index, ordinal, &mut dice);
        let attributes = attributes(line, seller, &shown, sizes, name.material);
        let description = description(line, seller, maker, &name, &mut dice);
        DemoProduct {
            index,
            slug: slug(&title),
            title,
            seller: line.seller,
            maker,
            category: line.category,
            description,
            options,
            variants,
            pictures,
            attributes,
            days_old: 1 + dice.below(420) as u32,
        }
    }

    /// The name of a line's `ordinal`-th product. Each ordinal has a
    /// combination of its own: a stride that shares no factor with their
    /// number visits all of them before it comes round, and then the next
    /// edition begins.
    fn name(&self, line_index: usize, ordinal: usize) -> Name {
        let line = self.lines[line_index];
        let (collections, materials, nouns) = (COLLECTIONS.len(), line.materials.len(), line.nouns.len());
        let all = collections * materials * nouns;
        let edition = ordinal / all;
        let start = Dice::new(self.seed, u64::MAX - 1 - line_index as u64).below(all as u64) as usize;
        // 1080 = 2^3 * 3^3 * 5, so 667 = 23 * 29 shares nothing with it.
        let pick = (start + ordinal % all * 667) % all;
        let (adjective, material) = line.materials[pick / nouns % materials];
        let noun = line.nouns[pick % nouns];
        let collection = COLLECTIONS[pick / nouns / materials];
        let mut title = format!("{collection} {adjective} {noun}");
        if edition > 0 {
            title.push_str(&format!(" No. {}", edition + 1));
        }
        Name { title, collection, noun, material }
    }
}

struct Name {
    title: String,
    collection: &'static str,
    noun: &'static str,
    material: &'static str,
}

/// The sizes a product comes in: all, two neighbours or one. A line without
/// sizes has one that is not named.
fn sizes_of(line: &Line, dice: &mut Dice) -> &'static [lines::Size] {
    const ONE: &[lines::Size] = &[("", 100, 100)];
    let sizes = line.sizes;
    if sizes.is_empty() {
        return ONE;
    }
    if line.all_sizes || dice.chance(35) {
        return sizes;
    }
    let count = if dice.chance(45) { 2.min(sizes.len()) } else { 1 };
    let first = dice.below((sizes.len() - count + 1) as u64) as usize;
    &sizes[first..first + count]
}

#[expect(clippy::too_many_arguments, reason = "one call, and each is a fact of the product")]
fn variants(
    line: &Line,
    seller: &DemoSeller,
    shown: &[u8],
    sizes: &[lines::Size],
    both: bool,
    index: usize,
    ordinal: usize,
    dice: &mut Dice,
) -> Vec<DemoVariant> {
    let (low, high) = (u64::from(line.price.0) * 100, u64::from(line.price.1) * 100);
    let middle = low + dice.below(high - low + 1);
    let reduced = dice.chance(14).then(|| 115 + dice.below(24));
    let supply = dice.below(100);
    let colours = line.form.colourways();
    let ending = Ending::of(seller.code);
    let mut variants = Vec::with_capacity(shown.len() * sizes.len());
    for (picture, colour) in shown.iter().enumerate() {
        let colour = &colours[usize::from(*colour)];
        for (label, price_share, weight_share) in sizes {
            let price = ending.near(middle * u64::from(*price_share) / 100);
            let former =
                reduced.map(|percent| ending.near(price * percent / 100)).filter(|former| *former > price);
            let mut names = Vec::new();
            if both {
                names.push(colour.name);
            }
            if sizes.len() > 1 {
                names.push(*label);
            }
            let mut sku =
                format!("{}-{}-{:04}-{}", seller.code, line.code, ordinal + 1, letters(colour.name, 3));
            if !label.is_empty() {
                sku.push('-');
                sku.push_str(&letters(label, 12));
            }
            let weight = u64::from(line.weight) * u64::from(*weight_share) / 100;
            variants.push(DemoVariant {
                options: names,
                sku,
                price_minor: price as i64,
                compare_at_minor: former.map(|former| former as i64),
                stock: stock(line, supply, dice),
                weight_grams: (weight.max(20) / 5 * 5) as i64,
                barcode: ean13(index as u64 * 64 + variants.len() as u64),
                picture,
            });
        }
    }
    variants
}

/// Pieces in stock: one product in twenty is sold out, one in eight is nearly
/// so, and elsewhere a single variant may be gone.
fn stock(line: &Line, supply: u64, dice: &mut Dice) -> i64 {
    let large = line.weight > 3000;
    let amount = match supply {
        0..5 => 0,
        5..17 => dice.below(4),
        _ if dice.chance(7) => 0,
        _ if line.all_sizes => 1 + dice.below(9),
        _ if large => 2 + dice.below(12),
        _ => 6 + dice.below(70),
    };
    amount as i64
}

fn attributes(
    line: &Line,
    seller: &DemoSeller,
    shown: &[u8],
    sizes: &[lines::Size],
    material: &'static str,
) -> Vec<DemoAttribute> {
    let one = |name: &'static str, value: &str| DemoAttribute { name, value: value.to_owned() };
    let mut attributes = vec![one("Material", material)];
    let mut families: Vec<&str> =
        shown.iter().map(|colour| line.form.colourways()[usize::from(*colour)].family).collect();
    families.dedup();
    attributes.extend(families.into_iter().map(|family| one("Colour", family)));
    if let [(label, ..)] = sizes
        && !label.is_empty()
    {
        attributes.push(one(line.size_axis, label));
    }
    attributes.extend(line.craft.care_label().map(|care| one("Care", care)));
    attributes.push(one("Made in", country_name(seller.country)));
    attributes
}

/// Two to four sentences: what it is, how it is made, what is good about it,
/// and often how to look after it.
fn description(line: &Line, seller: &DemoSeller, maker: &str, name: &Name, dice: &mut Dice) -> String {
    let mut sentences = vec![dice.pick(&line.about), dice.pick(line.craft.making())];
    if dice.chance(72) {
        sentences.push(dice.pick(&line.detail));
    }
    if dice.chance(55) {
        sentences.push(dice.pick(line.craft.care()));
    }
    let mut text = sentences.join(" ");
    if name.noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        text = text.replace("A {noun}", "An {noun}");
    }
    for (slot, word) in
        [("{series}", name.collection), ("{noun}", name.noun), ("{maker}", maker), ("{city}", seller.city)]
    {
        text = text.replace(slot, word);
    }
    text
}

fn country_name(code: &str) -> &'static str {
    match code {
        "DK" => "Denmark",
        "PT" => "Portugal",
        "DE" => "Germany",
        "LT" => "Lithuania",
        "ES" => "Spain",
        "FR" => "France",
        "NL" => "Netherlands",
        _ => "Italy",
    }
}

/// How a shop ends its prices.
#[derive(Clone, Copy)]
enum Ending {
    /// 48.00
    Whole,
    /// 47.90
    Ninety,
    /// 47.50 or 48.00
    Half,
}

impl Ending {
    fn of(seller: &str) -> Self {
        match seller {
            "RAS" | "DGK" => Self::Ninety,
            "ATC" | "BOA" => Self::Half,
            _ => Self::Whole,
        }
    }

    /// The nearest price this shop would write, in cents.
    fn near(self, cents: u64) -> u64 {
        if cents >= 10_000 {
            // From a hundred euro on everybody writes whole euro, mostly
            // ending in 0, 5 or 9.
            let euro = (cents + 50) / 100;
            let tens = euro / 10 * 10;
            return 100
                * match euro % 10 {
                    0..=2 => tens,
                    3..=6 => tens + 5,
                    _ => tens + 9,
                };
        }
        match self {
            Self::Whole => ((cents + 50) / 100).max(1) * 100,
            Self::Ninety => ((cents + 60) / 100).max(1) * 100 - 10,
            Self::Half => ((cents + 25) / 50).max(1) * 50,
        }
    }
}

/// Lower-case words joined by hyphens. Titles are ASCII but for `×`.
fn slug(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    for c in title.chars().filter(|c| *c != '\'') {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').to_owned()
}

/// Letters and digits of a label in capitals; `×` counts as X.
fn letters(label: &str, most: usize) -> String {
    label
        .replace('×', "x")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(most)
        .collect::<String>()
        .to_ascii_uppercase()
}

/// The EAN-13 of a number below 10^10, in the in-store range 20 to 29. The
/// numbers are spread, so that neighbours do not look alike.
fn ean13(number: u64) -> String {
    const RANGE: u64 = 100_000_000_000;
    let digits = format!("2{:011}", (u128::from(number) * 64_270_999_991 + 31_415_926_535) as u64 % RANGE);
    let sum: u64 = digits
        .bytes()
        .enumerate()
        .map(|(i, digit)| u64::from(digit - b'0') * if i % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// A small generator (SplitMix64): the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn new(seed: u64, stream: u64) -> Self {
        let mut dice = Self(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `bound` - 1.
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len() as u64) as usize]
    }
}
