//! Rules of orders without I/O: line states, what they roll up to, and how money given
//! back is shared.

use stoa_ordering_types::orders::{LineState, OrderStatus, PaymentStatus};

/// Where a line may go from a state. `placed` waits for stock; from `shipped` on a line
/// comes back as a return, not by cancelling.
pub fn allowed(from: LineState) -> &'static [LineState] {
    match from {
        LineState::Placed => &[LineState::Allocated, LineState::Cancelled],
        LineState::Allocated => &[LineState::Shipped, LineState::Cancelled],
        LineState::Shipped => &[LineState::Delivered],
        LineState::Delivered | LineState::Cancelled => &[],
    }
}

/// How many units of a line are where. `delivered <= shipped <= quantity - cancelled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Units {
    pub quantity: i64,
    pub allocated: i64,
    pub shipped: i64,
    pub delivered: i64,
    pub cancelled: i64,
}

impl Units {
    /// Units that are to reach the shopper.
    pub fn wanted(self) -> i64 {
        self.quantity - self.cancelled
    }

    /// Units that can still be cancelled.
    pub fn open(self) -> i64 {
        self.wanted() - self.shipped
    }

    /// The line's state: that of its slowest unit.
    pub fn state(self) -> LineState {
        let wanted = self.wanted();
        if wanted <= 0 {
            LineState::Cancelled
        } else if self.delivered >= wanted {
            LineState::Delivered
        } else if self.shipped >= wanted {
            LineState::Shipped
        } else if self.allocated >= wanted {
            LineState::Allocated
        } else {
            LineState::Placed
        }
    }
}

/// The status of an order, or of a seller's part, with these lines.
pub fn roll_up(lines: impl IntoIterator<Item = Units>) -> OrderStatus {
    let (mut wanted, mut allocated, mut shipped, mut delivered) = (0, 0, 0, 0);
    for line in lines {
        let most = line.wanted().max(0);
        wanted += most;
        allocated += line.allocated.min(most);
        shipped += line.shipped.min(most);
        delivered += line.delivered.min(most);
    }
    if wanted == 0 {
        OrderStatus::Cancelled
    } else if delivered == wanted {
        OrderStatus::Delivered
    } else if shipped == wanted {
        OrderStatus::Shipped
    } else if shipped > 0 {
        OrderStatus::PartiallyShipped
    } else if allocated == wanted {
        OrderStatus::Processing
    } else {
        OrderStatus::New
    }
}

/// Where news of the payment takes an order. Money that was taken is not lost by a later
/// word; money that was lost may still come.
pub fn payment_moved(now: PaymentStatus, event: &str) -> Option<PaymentStatus> {
    use PaymentStatus::{Authorized, Failed, Paid, PartiallyRefunded, Pending, Refunded, Voided};
    let to = match event {
        "payment.authorized" => Authorized,
        "payment.captured" => Paid,
        "payment.voided" => Voided,
        "payment.failed" => Failed,
        _ => return None,
    };
    match now {
        Paid | PartiallyRefunded | Refunded => None,
        Pending | Authorized | Voided | Failed => (now != to).then_some(to),
    }
}

/// The payment status once `refunded` of `captured` has been given back.
pub fn refunded_status(captured: i64, refunded: i64) -> PaymentStatus {
    if refunded <= 0 {
        PaymentStatus::Paid
    } else if refunded >= captured {
        PaymentStatus::Refunded
    } else {
        PaymentStatus::PartiallyRefunded
    }
}

/// What of a line's or a parcel's amount has been given back so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    pub quantity: i64,
    pub unit_price: i64,
    pub total: i64,
    pub tax: i64,
    pub commission: i64,
    pub refunded_quantity: i64,
    pub refunded: i64,
    pub refunded_tax: i64,
    pub refunded_commission: i64,
}

/// What one refund takes from a balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    pub quantity: i64,
    pub amount: i64,
    pub tax: i64,
    pub commission: i64,
}

impl Balance {
    /// Money not given back yet.
    pub fn left(self) -> i64 {
        self.total - self.refunded
    }

    /// Units not given back yet.
    pub fn units_left(self) -> i64 {
        self.quantity - self.refunded_quantity
    }

    /// What `quantity` units are worth now: their price, but never more than is left,
    /// and the last ones take all that is left.
    pub fn worth(self, quantity: i64) -> i64 {
        if quantity >= self.units_left() {
            self.left()
        } else {
            (self.unit_price * quantity).min(self.left())
        }
    }

    /// The share of `amount` (at most [`Self::left`]): tax and commission follow the part
    /// of the total given back so far, so that after the last cent exactly the stored
    /// tax and commission have been given back.
    pub fn take(self, quantity: i64, amount: i64) -> Share {
        let upto = |whole: i64| {
            if self.total <= 0 {
                return 0;
            }
            let exact = i128::from(whole) * i128::from(self.refunded + amount) / i128::from(self.total);
            exact as i64
        };
        Share {
            quantity,
            amount,
            tax: upto(self.tax) - self.refunded_tax,
            commission: upto(self.commission) - self.refunded_commission,
        }
    }

    /// The balance after a share was taken.
    #[cfg(test)]
    pub fn after(self, share: Share) -> Self {
        Self {
            refunded_quantity: self.refunded_quantity + share.quantity,
            refunded: self.refunded + share.amount,
            refunded_tax: self.refunded_tax + share.tax,
            refunded_commission: self.refunded_commission + share.commission,
            ..self
        }
    }
}

/// Letters and digits that are not taken for one another. Their count is a prime, which
/// lets the check letter find every single wrong and every swapped letter.
const LETTERS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// An order number of eight letters drawn from `random` and a check letter:
/// `K7QM-2XPAC`.
pub fn number(random: u64) -> String {
    let mut rest = random;
    let mut places = [0_u64; 8];
    for place in &mut places {
        *place = rest % 31;
        rest /= 31;
    }
    let check = places.iter().zip(1_u64..).map(|(place, weight)| place * weight).sum::<u64>() % 31;
    let mut text = String::with_capacity(10);
    for (at, place) in places.iter().chain([&check]).enumerate() {
        if at == 4 {
            text.push('-');
        }
        text.push(LETTERS[*place as usize] as char);
    }
    text
}

/// The number somebody typed, in its written form, if its check letter fits. Lower case
/// and other or no dashes are understood.
pub fn read_number(text: &str) -> Option<String> {
    let letters: Vec<u8> = text
        .trim()
        .bytes()
        .filter(|byte| !matches!(byte, b'-' | b' '))
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    let places: Option<Vec<u64>> = letters
        .iter()
        .map(|letter| LETTERS.iter().position(|known| known == letter).map(|place| place as u64))
        .collect();
    let places = places.filter(|places| places.len() == 9)?;
    let check = places[..8].iter().zip(1_u64..).map(|(place, weight)| place * weight).sum::<u64>() % 31;
    if check != places[8] {
        return None;
    }
    let text = String::from_utf8(letters).ok()?;
    let (front, back) = text.split_at(4);
    Some(format!("{front}-{back}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units() -> impl Strategy<Value = Units> {
        (1_i64..20, 0_i64..20, 0_i64..20, 0_i64..20).prop_map(|(quantity, cancelled, shipped, delivered)| {
            let cancelled = cancelled.min(quantity);
            let shipped = shipped.min(quantity - cancelled);
            Units {
                quantity,
                allocated: quantity - cancelled,
                shipped,
                delivered: delivered.min(shipped),
                cancelled,
            }
        })
    }

    #[test]
    fn no_state_leads_back() {
        for from in LineState::ALL {
            for to in allowed(*from) {
                assert!(!allowed(*to).contains(from), "{from} <-> {to}");
            }
        }
        assert!(!allowed(LineState::Shipped).contains(&LineState::Cancelled));
        assert!(allowed(LineState::Delivered).is_empty());
    }

    #[test]
    fn an_order_is_as_far_as_its_slowest_line() {
        let line = |shipped, delivered, cancelled| Units {
            quantity: 2,
            allocated: 2 - cancelled,
            shipped,
            delivered,
            cancelled,
        };
        assert_eq!(roll_up([line(0, 0, 0), line(0, 0, 0)]), OrderStatus::Processing);
        assert_eq!(roll_up([line(2, 0, 0), line(0, 0, 0)]), OrderStatus::PartiallyShipped);
        assert_eq!(roll_up([line(2, 2, 0), line(1, 0, 1)]), OrderStatus::Shipped);
        assert_eq!(roll_up([line(2, 2, 0), line(0, 0, 2)]), OrderStatus::Delivered);
        assert_eq!(roll_up([line(0, 0, 2)]), OrderStatus::Cancelled);
        assert_eq!(roll_up([Units { quantity: 1, ..Units::default() }]), OrderStatus::New);
    }

    #[test]
    fn money_that_was_taken_is_not_lost_by_a_later_word() {
        for event in ["payment.authorized", "payment.captured", "payment.voided", "payment.failed", "other"] {
            for now in [PaymentStatus::Paid, PaymentStatus::PartiallyRefunded, PaymentStatus::Refunded] {
                assert_eq!(payment_moved(now, event), None, "{now} after {event}");
            }
        }
        for lost in [PaymentStatus::Failed, PaymentStatus::Voided] {
            assert!(lost.holds());
            assert_eq!(payment_moved(lost, "payment.captured"), Some(PaymentStatus::Paid));
            assert_eq!(payment_moved(lost, "payment.authorized"), Some(PaymentStatus::Authorized));
        }
        assert_eq!(payment_moved(PaymentStatus::Authorized, "payment.failed"), Some(PaymentStatus::Failed));
        assert_eq!(payment_moved(PaymentStatus::Failed, "payment.failed"), None);
    }

    proptest! {
        #[test]
        fn one_line_rolls_up_to_its_own_state(line in units()) {
            let expected = match line.state() {
                LineState::Placed => OrderStatus::New,
                LineState::Allocated if line.shipped > 0 => OrderStatus::PartiallyShipped,
                LineState::Allocated => OrderStatus::Processing,
                LineState::Shipped => OrderStatus::Shipped,
                LineState::Delivered => OrderStatus::Delivered,
                LineState::Cancelled => OrderStatus::Cancelled,
            };
            prop_assert_eq!(roll_up([line]), expected);
        }

        #[test]
        fn refunds_give_back_exactly_what_was_charged(
            quantity in 1_i64..30, unit_price in 0_i64..100_000, tax_bp in 0_i64..3_000, commission_bp in 0_i64..3_000,
            steps in prop::collection::vec((any::<bool>(), 1_i64..40_000), 0..12),
        ) {
            let total = quantity * unit_price;
            let mut balance = Balance {
                quantity, unit_price, total,
                tax: total * tax_bp / (10_000 + tax_bp),
                commission: total * commission_bp / 10_000,
                ..Balance::default()
            };
            let check = |balance: &mut Balance, share: Share| {
                assert!(share.amount >= 0 && share.tax >= 0 && share.commission >= 0);
                assert!(share.tax <= share.amount && share.commission <= share.amount + 1);
                *balance = balance.after(share);
                assert!(balance.refunded <= balance.total && balance.refunded_quantity <= balance.quantity);
                assert!(balance.refunded_tax <= balance.tax && balance.refunded_commission <= balance.commission);
            };
            for (by_units, size) in steps {
                let share = if by_units {
                    let units = (size % 5 + 1).min(balance.units_left());
                    balance.take(units, balance.worth(units))
                } else {
                    balance.take(0, size.min(balance.left()))
                };
                check(&mut balance, share);
            }
            let last = balance.take(balance.units_left(), balance.worth(balance.units_left()));
            check(&mut balance, last);
            prop_assert_eq!(balance.refunded, total);
            prop_assert_eq!(balance.refunded_tax, balance.tax);
            prop_assert_eq!(balance.refunded_commission, balance.commission);
        }

        #[test]
        fn a_mistyped_order_number_is_noticed(random: u64, place in 0_usize..9, letter in 0_usize..31) {
            let text = number(random);
            prop_assert_eq!(text.len(), 10);
            prop_assert_eq!(read_number(&text), Some(text.clone()));
            prop_assert_eq!(read_number(&text.replace('-', " ").to_lowercase()), Some(text.clone()));
            let mut wrong = text.replace('-', "").into_bytes();
            if wrong[place] != LETTERS[letter] {
                wrong[place] = LETTERS[letter];
                prop_assert_eq!(read_number(std::str::from_utf8(&wrong).unwrap()), None);
            }
            let mut swapped = text.replace('-', "").into_bytes();
            if place < 7 && swapped[place] != swapped[place + 1] {
                swapped.swap(place, place + 1);
                prop_assert_eq!(read_number(std::str::from_utf8(&swapped).unwrap()), None);
            }
        }

        #[test]
        fn anything_typed_as_a_number_is_read_without_trouble(text in ".{0,20}") {
            let _ = read_number(&text);
        }
    }
}
