//! Options that get more values, and which variants that makes.

use stoa_catalog_types::OptionEdit;
use stoa_kernel::Fields;

use super::{
    codes::*,
    model::{Axis, AxisValue, MOST_AXES, MOST_VARIANTS},
};
use crate::text;

/// A product's axes after values were added.
pub(crate) struct Grown {
    pub axes: Vec<Axis>,
    /// How many of the axes were there before.
    known: usize,
    /// For each axis, which of its values make new variants.
    fresh: Vec<Vec<bool>>,
}

/// Adds values to axes; `used` are the values of the variants there are. What is left
/// blank is passed over.
pub(crate) fn grow(stored: &[Axis], used: &[Vec<usize>], edits: &[OptionEdit], fields: &mut Fields) -> Grown {
    let mut axes = stored.to_vec();
    let mut fresh: Vec<Vec<bool>> = stored.iter().map(|axis| vec![false; axis.values.len()]).collect();
    for (place, edit) in edits.iter().enumerate() {
        let at = format!("options/{place}");
        let typed: Vec<&str> =
            edit.add.iter().map(|value| value.trim()).filter(|one| !one.is_empty()).collect();
        if edit.name.trim().is_empty() && typed.is_empty() {
            continue;
        }
        let Some(name) = text::line(&edit.name, 60).filter(|name| !name.is_empty()) else {
            fields.add(
                format!("{at}/name"),
                OPTION_INVALID,
                "Name the option, such as Size, in up to 60 characters.",
            );
            continue;
        };
        let key = text::key(&name);
        let axis = match axes.iter().position(|axis| axis.key == key) {
            Some(known) => known,
            None if typed.is_empty() => {
                fields.add(format!("{at}/add"), OPTION_INVALID, "Give the option at least one value.");
                continue;
            }
            None if axes.len() >= MOST_AXES => {
                fields.add(format!("{at}/name"), OPTION_INVALID, "A product has at most 5 options.");
                continue;
            }
            None => {
                axes.push(Axis { name, key, values: Vec::new() });
                fresh.push(Vec::new());
                axes.len() - 1
            }
        };
        for value in typed {
            let Some(value) = text::line(value, 100) else {
                let message = "A value has 1 to 100 characters, such as Large.";
                fields.add(format!("{at}/add"), OPTION_INVALID, message);
                continue;
            };
            let key = text::key(&value);
            let values = &mut axes[axis].values;
            match values.iter().position(|known| known.key == key) {
                // Nobody has it yet, though it is on the list.
                Some(known) if axis < stored.len() => {
                    fresh[axis][known] |= used.iter().all(|tuple| tuple.get(axis) != Some(&known));
                }
                Some(_) => {}
                None => {
                    // The first value of a new axis is what the variants take that there are.
                    fresh[axis].push(axis < stored.len() || !values.is_empty());
                    values.push(AxisValue { value, key });
                }
            }
        }
    }
    Grown { axes, known: stored.len(), fresh }
}

impl Grown {
    /// Whether there are more axes than before.
    pub fn has_new_axes(&self) -> bool {
        self.axes.len() > self.known
    }

    /// The values, one for each axis, of a variant that had `values` on the former ones.
    pub fn extended(&self, values: &[usize]) -> Vec<usize> {
        values.iter().copied().chain(std::iter::repeat(0)).take(self.axes.len()).collect()
    }

    /// Every combination with a value that was added. Refuses a flood: `there` variants
    /// exist already.
    pub fn combinations(&self, there: usize, fields: &mut Fields) -> Vec<Vec<usize>> {
        let sizes = |of: fn(&[bool]) -> usize| {
            self.fresh.iter().try_fold(1_usize, |count, values| count.checked_mul(of(values)))
        };
        let all = sizes(<[bool]>::len);
        let old = sizes(|values| values.iter().filter(|fresh| !**fresh).count());
        let new = all.zip(old).map(|(all, old)| all.saturating_sub(old));
        match new {
            Some(0) => return Vec::new(),
            Some(new) if new.saturating_add(there) <= MOST_VARIANTS => {}
            _ => {
                let message = format!("That makes too many variants. A product has at most {MOST_VARIANTS}.");
                fields.add("options", TOO_MANY_VARIANTS, message);
                return Vec::new();
            }
        }
        let mut found: Vec<Vec<usize>> = vec![Vec::new()];
        for values in &self.fresh {
            found = found
                .iter()
                .flat_map(|tuple| (0..values.len()).map(|place| [tuple.as_slice(), &[place]].concat()))
                .collect();
        }
        found.retain(|tuple| self.fresh.iter().zip(tuple).any(|(values, place)| values[*place]));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(name: &str, values: &[&str]) -> Axis {
        let value = |value: &&str| AxisValue { value: (*value).to_owned(), key: text::key(value) };
        Axis { name: name.to_owned(), key: text::key(name), values: values.iter().map(value).collect() }
    }

    fn edit(name: &str, add: &[&str]) -> OptionEdit {
        OptionEdit { name: name.to_owned(), add: add.iter().map(|value| (*value).to_owned()).collect() }
    }

    fn titles(stored: &[Axis], used: &[Vec<usize>], edits: &[OptionEdit]) -> Vec<String> {
        let mut fields = Fields::default();
        let grown = grow(stored, used, edits, &mut fields);
        let combinations = grown.combinations(used.len(), &mut fields);
        assert!(fields.is_empty(), "{:?}", fields.into_inner());
        let title = |tuple: &Vec<usize>| {
            let values = grown.axes.iter().zip(tuple).map(|(axis, place)| axis.values[*place].value.clone());
            values.collect::<Vec<_>>().join(", ")
        };
        combinations.iter().map(title).collect()
    }

    fn refused(edits: &[OptionEdit]) -> Vec<String> {
        let mut fields = Fields::default();
        grow(&[], &[], edits, &mut fields).combinations(1, &mut fields);
        fields.into_inner().into_iter().map(|field| field.field).collect()
    }

    #[test]
    fn the_first_value_of_a_new_option_is_for_what_is_there() {
        let none: &[Axis] = &[];
        assert_eq!(titles(none, &[vec![]], &[edit("Glaze", &["Sand", "Ink"])]), ["Ink"]);
        let made = titles(none, &[vec![]], &[edit("Glaze", &["Sand", "Ink"]), edit("Size", &["S", "L"])]);
        assert_eq!(made, ["Sand, L", "Ink, S", "Ink, L"]);
    }

    #[test]
    fn a_value_more_makes_its_combinations_and_no_others() {
        let stored = [axis("Glaze", &["Sand", "Ink"]), axis("Size", &["S", "L"])];
        // Ink, L was left out on purpose.
        let used = [vec![0, 0], vec![0, 1], vec![1, 0]];
        assert_eq!(titles(&stored, &used, &[edit("glaze", &["Moss"])]), ["Moss, S", "Moss, L"]);
        assert_eq!(titles(&stored, &used, &[edit("Glaze", &["sand", " "]), edit("", &[])]), [""; 0]);
    }

    #[test]
    fn a_value_that_nobody_has_yet_is_as_good_as_new() {
        let stored = [axis("Glaze", &["Sand", "Ink"])];
        assert_eq!(titles(&stored, &[vec![0]], &[edit("Glaze", &["Ink"])]), ["Ink"]);
    }

    #[test]
    fn blanks_and_floods_are_named_by_their_field() {
        assert_eq!(refused(&[edit("", &["Sand"])]), ["options/0/name"]);
        assert_eq!(refused(&[edit("Glaze", &["Sand"]), edit("Size", &[])]), ["options/1/add"]);
        let many: Vec<String> = (0..600).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(refused(&[edit("Number", &many)]), ["options"]);
        let axes: Vec<OptionEdit> = (0..6).map(|number| edit(&format!("Axis {number}"), &["a"])).collect();
        assert_eq!(refused(&axes), ["options/5/name"]);
    }
}
