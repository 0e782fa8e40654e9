//! Pure rules of stock.

/// Largest adjustment, either way.
pub const LARGEST_DELTA: i64 = 1_000_000_000;
/// Most lines of one reservation.
pub const MOST_LINES: usize = 200;
/// Most units of one reservation line.
pub const LARGEST_QUANTITY: i64 = 1_000_000;

/// The counters of one SKU at one location, or a change of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub on_hand: i64,
    pub reserved: i64,
    pub allocated: i64,
}

impl Counters {
    /// A change of on_hand alone.
    pub const fn on_hand(delta: i64) -> Self {
        Self { on_hand: delta, reserved: 0, allocated: 0 }
    }

    /// A change of reserved alone.
    pub const fn reserved(delta: i64) -> Self {
        Self { on_hand: 0, reserved: delta, allocated: 0 }
    }

    /// A change of allocated alone.
    pub const fn allocated(delta: i64) -> Self {
        Self { on_hand: 0, reserved: 0, allocated: delta }
    }

    pub const fn plus(self, other: Self) -> Self {
        Self {
            on_hand: self.on_hand + other.on_hand,
            reserved: self.reserved + other.reserved,
            allocated: self.allocated + other.allocated,
        }
    }

    /// What a change does to availability: negative when it takes from it.
    pub const fn effect(self) -> i64 {
        self.on_hand - self.reserved - self.allocated
    }
}

/// What can be promised: never less than nothing.
pub fn sellable(on_hand: i64, reserved: i64, allocated: i64, safety: i64) -> i64 {
    (on_hand - allocated - reserved - safety).max(0)
}

/// Takes `quantity` from the places in order, as much from each as it has. `None` when
/// they have too little together.
pub fn take<P: Copy>(places: &[(P, i64)], quantity: i64) -> Option<Vec<(P, i64)>> {
    let mut left = quantity;
    let mut taken = Vec::new();
    for (place, has) in places {
        if left == 0 {
            break;
        }
        let units = left.min(*has);
        if units > 0 {
            taken.push((*place, units));
            left -= units;
        }
    }
    (left == 0).then_some(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_is_what_was_asked_and_no_place_gives_more_than_it_has(
            has in prop::collection::vec(0_i64..20, 0..6), quantity in 1_i64..60
        ) {
            let places: Vec<(usize, i64)> = has.iter().copied().enumerate().collect();
            match take(&places, quantity) {
                Some(taken) => {
                    prop_assert_eq!(taken.iter().map(|(_, units)| units).sum::<i64>(), quantity);
                    prop_assert!(taken.iter().all(|(place, units)| *units > 0 && *units <= has[*place]));
                }
                None => prop_assert!(has.iter().sum::<i64>() < quantity),
            }
        }
    }

    #[test]
    fn five_on_the_shelf_with_two_kept_back_sell_three() {
        assert_eq!(sellable(5, 0, 0, 2), 3);
        assert_eq!(sellable(-4, 0, 1, 0), 0);
    }
}
