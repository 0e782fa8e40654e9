//! Pure rules of shipping: zones, prices, dates and states.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use stoa_fulfilment_types::{FulfilmentState, ShipmentState};
use stoa_kernel::{Error, Result};

use super::INVALID_TRANSITION;

/// Countries of the European Union.
const EU: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Carriers sellers may name, as (code, name); any other name is taken as it is.
pub const CARRIERS: &[(&str, &str)] = &[
    ("acs", "ACS"),
    ("dhl", "DHL"),
    ("dpd", "DPD"),
    ("elta", "ELTA"),
    ("fedex", "FedEx"),
    ("gls", "GLS"),
    ("royal-mail", "Royal Mail"),
    ("ups", "UPS"),
];

/// The carrier's name, or its code where nobody knows it.
pub fn carrier_name(code: &str) -> &str {
    CARRIERS.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| *name)
}

/// The carrier's tracking page for a parcel, where we know it.
pub fn tracking_url(carrier: &str, number: &str) -> Option<String> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let known = CARRIERS.iter().find(|(code, name)| {
        plain(code).eq_ignore_ascii_case(&plain(carrier)) || name.eq_ignore_ascii_case(carrier.trim())
    });
    // Only what a tracking number is made of goes into the link.
    let number: String = plain(number);
    let (code, _) = known.filter(|_| !number.is_empty())?;
    Some(match *code {
        "acs" => format!("https://www.acscourier.net/en/track-and-trace/?trackingNumber={number}"),
        "dhl" => format!("https://www.dhl.com/en/express/tracking.html?AWB={number}"),
        "dpd" => format!("https://tracking.dpd.de/status/en_US/parcel/{number}"),
        "elta" => format!("https://itemsearch.elta.gr/en-GB/Query/Direct/{number}"),
        "fedex" => format!("https://www.fedex.com/fedextrack/?trknbr={number}"),
        "gls" => format!("https://gls-group.com/EU/en/parcel-tracking?match={number}"),
        "royal-mail" => format!("https://www.royalmail.com/track-your-item#/tracking-results/{number}"),
        _ => format!("https://www.ups.com/track?tracknum={number}"),
    })
}

/// How far a parcel goes, as `shipping_rate.zone` has it.
pub fn zone(from: &str, to: &str) -> &'static str {
    if from == to {
        "domestic"
    } else if EU.contains(&from) && EU.contains(&to) {
        "eu"
    } else {
        "other"
    }
}

/// Two capital letters, or nothing.
pub fn country(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(text)
}

/// The price of a weight by brackets of (up to grams, amount). What is heavier than the
/// last bracket travels as several parcels of that size.
pub fn price(brackets: &[(i64, i64)], weight: i64) -> Option<i64> {
    let fits = brackets.iter().filter(|(most, _)| weight <= *most).min();
    if let Some((_, amount)) = fits {
        return Some(*amount);
    }
    let (most, amount) = brackets.iter().max().filter(|(most, _)| *most > 0)?;
    let parcels = weight / most + i64::from(weight % most != 0);
    amount.checked_mul(parcels)
}

/// Whether the courier of a service (a code of `shipping_rate.service`) wants a phone
/// number: express couriers ring before they come, parcel post does not.
pub fn needs_phone(service: &str) -> bool {
    service == "express"
}

/// The day after `days` working days; Saturday and Sunday are none.
pub fn working_days(from: NaiveDate, days: i32) -> NaiveDate {
    let rests = |day: NaiveDate| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let mut day = from;
    let mut left = days;
    while left > 0 || rests(day) {
        let Some(next) = day.checked_add_days(Days::new(1)) else { return day };
        day = next;
        if !rests(day) && left > 0 {
            left -= 1;
        }
    }
    day
}

impl Table for FulfilmentState {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Open, "open"),
        (Self::Scheduled, "scheduled"),
        (Self::OnHold, "on_hold"),
        (Self::InProgress, "in_progress"),
        (Self::Incomplete, "incomplete"),
        (Self::Cancelled, "cancelled"),
        (Self::Closed, "closed"),
    ];

    fn next(self) -> &'static [Self] {
        match self {
            Self::Open => &[
                Self::Scheduled,
                Self::OnHold,
                Self::InProgress,
                Self::Incomplete,
                Self::Cancelled,
                Self::Closed,
            ],
            Self::Scheduled => &[Self::Open, Self::OnHold, Self::Cancelled],
            Self::OnHold => &[Self::Open, Self::InProgress, Self::Cancelled, Self::Closed],
            Self::InProgress => &[Self::Open, Self::OnHold, Self::Incomplete, Self::Closed],
            // A withdrawn parcel opens a finished order again.
            Self::Incomplete => &[Self::Open, Self::OnHold, Self::InProgress, Self::Closed],
            Self::Closed => &[Self::Open, Self::OnHold, Self::InProgress],
            Self::Cancelled => &[],
        }
    }
}

impl Table for ShipmentState {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Draft, "draft"),
        (Self::LabelPurchased, "label_purchased"),
        (Self::Manifested, "manifested"),
        (Self::InTransit, "in_transit"),
        (Self::OutForDelivery, "out_for_delivery"),
        (Self::Delivered, "delivered"),
        (Self::Exception, "exception"),
        (Self::Returned, "returned"),
        (Self::Cancelled, "cancelled"),
    ];

    fn next(self) -> &'static [Self] {
        use ShipmentState::{
            Cancelled, Delivered, Exception, InTransit, LabelPurchased, Manifested, OutForDelivery, Returned,
        };
        match self {
            Self::Draft => &[LabelPurchased, Cancelled],
            Self::LabelPurchased => {
                &[Manifested, InTransit, OutForDelivery, Delivered, Exception, Returned, Cancelled]
            }
            Self::Manifested => &[InTransit, OutForDelivery, Delivered, Exception, Returned, Cancelled],
            Self::InTransit => &[OutForDelivery, Delivered, Exception, Returned],
            // A second try to deliver goes by the depot.
            Self::OutForDelivery => &[InTransit, Delivered, Exception, Returned],
            Self::Exception => &[InTransit, OutForDelivery, Delivered, Returned],
            Self::Delivered => &[Returned],
            Self::Returned | Self::Cancelled => &[],
        }
    }
}

/// A state machine: names as stored, and what may follow.
pub trait Table: Copy + PartialEq + 'static {
    const ALL: &'static [(Self, &'static str)];

    fn next(self) -> &'static [Self];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    fn read(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text);
        found.map(|(state, _)| *state).ok_or_else(|| Error::internal(format!("unknown state {text}")))
    }

    /// 409 with what is allowed, unless `to` may follow.
    fn check(self, to: Self) -> Result<()> {
        if self.next().contains(&to) {
            return Ok(());
        }
        let allowed: Vec<&str> = self.next().iter().map(|state| state.name()).collect();
        Err(Error::transition(INVALID_TRANSITION, self.name(), to.name(), &allowed))
    }
}

/// The state a fulfilment order has by its lines: (quantity, shipped, cancelled) summed.
/// What is left waits while it is `held`, or scheduled.
pub fn settled(
    now: FulfilmentState,
    held: bool,
    quantity: i64,
    shipped: i64,
    cancelled: i64,
) -> FulfilmentState {
    match quantity - shipped - cancelled {
        0 if shipped == 0 => FulfilmentState::Cancelled,
        0 => FulfilmentState::Closed,
        _ if held => FulfilmentState::OnHold,
        _ if now == FulfilmentState::Scheduled => now,
        _ if shipped > 0 => FulfilmentState::InProgress,
        _ => FulfilmentState::Open,
    }
}

/// Where news takes a parcel: nowhere when it is older than what set the state, or when
/// the state can't follow (news that a delivered parcel is on its way, for instance).
pub fn moved(
    now: ShipmentState,
    since: Option<DateTime<Utc>>,
    news: ShipmentState,
    at: DateTime<Utc>,
) -> Option<ShipmentState> {
    let late = since.is_some_and(|since| at < since);
    (!late && now.next().contains(&news) && news != ShipmentState::Cancelled).then_some(news)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_weekend_is_no_working_day() {
        // 6 May 2026 is a Wednesday.
        for (from, days, expected) in [
            ("2026-05-06", 0, "2026-05-06"),
            ("2026-05-06", 2, "2026-05-08"),
            ("2026-05-06", 3, "2026-05-11"),
            ("2026-05-09", 0, "2026-05-11"),
            ("2026-05-09", 1, "2026-05-11"),
            ("2026-05-10", 2, "2026-05-12"),
        ] {
            assert_eq!(working_days(day(from), days), day(expected), "{from} + {days}");
        }
    }

    #[test]
    fn a_parcel_pays_its_bracket_and_what_is_heavier_pays_for_several() {
        let brackets = [(1000, 390), (5000, 490), (30000, 990)];
        for (weight, expected) in
            [(0, 390), (1000, 390), (1001, 490), (30000, 990), (30001, 1980), (90000, 2970)]
        {
            assert_eq!(price(&brackets, weight), Some(expected), "{weight} g");
        }
        assert_eq!(price(&[], 1), None);
    }

    #[test]
    fn zones_are_seen_from_where_the_parcel_starts() {
        assert_eq!(
            [zone("GR", "GR"), zone("GR", "DE"), zone("GR", "CH"), zone("CH", "CH")],
            ["domestic", "eu", "other", "domestic"]
        );
    }

    #[test]
    fn late_news_never_moves_a_parcel_back() {
        let at = |hour: i64| DateTime::from_timestamp(1_700_000_000 + hour * 3600, 0).unwrap();
        let delivered = ShipmentState::Delivered;
        assert_eq!(moved(delivered, Some(at(5)), ShipmentState::InTransit, at(6)), None);
        assert_eq!(moved(ShipmentState::OutForDelivery, Some(at(5)), ShipmentState::InTransit, at(4)), None);
        assert_eq!(moved(ShipmentState::LabelPurchased, None, delivered, at(1)), Some(delivered));
        assert_eq!(
            moved(delivered, Some(at(5)), ShipmentState::Returned, at(9)),
            Some(ShipmentState::Returned)
        );
        assert_eq!(moved(ShipmentState::Cancelled, None, delivered, at(9)), None);
    }

    #[test]
    fn a_tracking_link_carries_nothing_but_letters_and_digits() {
        let link = tracking_url("dhl", "12 34\"><script>").unwrap();
        assert!(link.ends_with("AWB=1234script"));
        assert_eq!(tracking_url("By bicycle", "1"), None);
        assert!(tracking_url("Royal Mail", "AB1").is_some());
    }

    proptest! {
        #[test]
        fn every_state_by_lines_may_follow(quantity in 1_i64..20, a in 0_i64..20, b in 0_i64..20, more in 0_i64..20) {
            // Shipping or cancelling more always leads along the table.
            let shipped = a.min(quantity);
            let cancelled = b.min(quantity - shipped);
            let before = settled(FulfilmentState::Open, false, quantity, shipped, cancelled);
            let later = settled(before, false, quantity, (shipped + more).min(quantity - cancelled), cancelled);
            prop_assert!(before == later || before.next().contains(&later), "{:?} to {:?}", before, later);
            // So do a hold and its end, and the hold itself changes nothing else.
            let held = settled(before, true, quantity, shipped, cancelled);
            prop_assert!(before == held || before.next().contains(&held), "{:?} to {:?}", before, held);
            prop_assert_eq!(held == FulfilmentState::OnHold, quantity > shipped + cancelled);
            prop_assert_eq!(settled(held, false, quantity, shipped, cancelled), before);
            prop_assert!(before == held || held.next().contains(&before), "{:?} to {:?}", held, before);
        }
    }
}
