//! Typed ids: a UUID in the database, `prd_01h…` on the wire.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// What an id names. The prefix is checked when an id is read, so an order's
/// id can never be taken for a product's.
pub trait Kind: 'static {
    /// Two to four lower-case letters before the underscore.
    const PREFIX: &'static str;
    /// The word used in event subjects and audit rows, such as `product`.
    const NAME: &'static str;
}

/// The id of one `K`. Text form: the kind's prefix, `_`, and the UUID as 26
/// characters of lower-case Crockford base32.
pub struct Id<K>(pub Uuid, PhantomData<fn() -> K>);

impl<K> Id<K> {
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> From<Uuid> for Id<K> {
    fn from(uuid: Uuid) -> Self {
        Self::new(uuid)
    }
}
impl<K> From<Id<K>> for Uuid {
    fn from(id: Id<K>) -> Self {
        id.0
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..LENGTH).rev().map(|place| ALPHABET[((bits >> (place * 5)) & 31) as usize] as char).collect()
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != LENGTH {
        return None;
    }
    let mut bits: u128 = 0;
    for (place, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|known| *known == byte)? as u128;
        // 26 characters hold 130 bits: the first carries only three.
        if place == 0 && digit > 7 {
            return None;
        }
        bits = (bits << 5) | digit;
    }
    Some(Uuid::from_u128(bits))
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, encode(self.0))
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an id of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind: expected {expected}_ and 26 characters")]
pub struct IdError {
    pub expected: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(decode)
            .map(Self::new)
            .ok_or(IdError { expected: K::PREFIX })
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// utoipa treats `Id<Product>` as a generic type: it composes the schema and names it
/// after both parts, so the kinds below have a schema too.
#[cfg(feature = "openapi")]
impl<K: Kind> utoipa::__dev::ComposeSchema for Id<K> {
    fn compose(
        _: Vec<utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>>,
    ) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        id_schema::<K>()
    }
}
#[cfg(feature = "openapi")]
impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        "id".into()
    }
}
#[cfg(feature = "openapi")]
fn id_schema<K: Kind>() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .pattern(Some(format!("^{}_[0-9a-hjkmnp-tv-z]{{26}}$", K::PREFIX)))
        .description(Some(format!("Id of a {}", K::NAME.replace('_', " "))))
        .into()
}

macro_rules! kinds {
    ($($kind:ident $prefix:literal $name:literal;)*) => {
        $(
            #[doc = concat!("Kind of a ", $name, "'s id (`", $prefix, "_…`).")]
            pub enum $kind {}
            impl Kind for $kind {
                const PREFIX: &'static str = $prefix;
                const NAME: &'static str = $name;
            }
            #[cfg(feature = "openapi")]
            impl utoipa::__dev::ComposeSchema for $kind {
                fn compose(_: Vec<utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>>) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                    id_schema::<$kind>()
                }
            }
            #[cfg(feature = "openapi")]
            impl utoipa::ToSchema for $kind {
                fn name() -> std::borrow::Cow<'static, str> {
                    $name.into()
                }
            }
        )*
        /// Every prefix with its name, for the reference and for the test that keeps them apart.
        pub const KINDS: &[(&str, &str)] = &[$(($prefix, $name)),*];
    };
}

kinds! {
    Address "adr" "address";
    ApiKey "key" "api_key";
    App "app" "app";
    Asset "ast" "asset";
    Attribute "atr" "attribute";
    AuditRecord "aud" "audit_record";
    Cart "crt" "cart";
    CartLine "cln" "cart_line";
    Category "cat" "category";
    Company "cmp" "company";
    ConsentRecord "cns" "consent_record";
    ContactMethod "ctm" "contact_method";
    ContentPage "pag" "page";
    Customer "cus" "customer";
    CustomerNote "nte" "customer_note";
    DataRequest "drq" "data_request";
    Event "evt" "event";
    FulfilmentOrder "ful" "fulfilment_order";
    ImportRun "imp" "import_run";
    Invitation "ivt" "invitation";
    Job "job" "job";
    JournalEntry "jrn" "journal_entry";
    Location "loc" "location";
    Notification "ntf" "notification";
    OneTimeLink "lnk" "one_time_link";
    OAuthClient "oac" "oauth_client";
    OAuthGrant "oag" "oauth_grant";
    Order "ord" "order";
    OrderLine "oln" "order_line";
    Passkey "psk" "passkey";
    Payment "pay" "payment";
    PaymentAttempt "att" "payment_attempt";
    PriceList "prl" "price_list";
    Product "prd" "product";
    Refund "ref" "refund";
    RememberedDevice "rdv" "remembered_device";
    Reservation "rsv" "reservation";
    Role "rol" "role";
    RoleGrant "rgt" "role_grant";
    RoleRequest "rrq" "role_request";
    Segment "seg" "segment";
    Seller "sel" "seller";
    SellerOrder "sor" "seller_order";
    Session "ses" "session";
    Shipment "shp" "shipment";
    Sku "sku" "sku";
    SocialAccount "sca" "social_account";
    StockMovement "mov" "stock_movement";
    SupportAccess "sup" "support_access";
    User "usr" "user";
    Variant "var" "variant";
}

/// The text form of a record's id by the name of its kind, such as `prd_…` for `product`;
/// the bare UUID for a kind that has none.
pub fn id_text(kind: &str, id: Uuid) -> String {
    match KINDS.iter().find(|(_, name)| *name == kind) {
        Some((prefix, _)) => format!("{prefix}_{}", encode(id)),
        None => id.to_string(),
    }
}

/// What a record's id means: the name of the kind its prefix stands for, if it has one, and
/// the UUID.
pub fn read_id(text: &str) -> Option<(Option<&'static str>, Uuid)> {
    let Some((prefix, rest)) = text.split_once('_') else {
        return text.parse().ok().map(|id| (None, id));
    };
    let (_, name) = KINDS.iter().find(|(known, _)| *known == prefix)?;
    decode(rest).map(|id| (Some(*name), id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_of_every_kind_are_written_and_read(bits: u128) {
            let id = Uuid::from_u128(bits);
            prop_assert_eq!(id_text("product", id), Id::<Product>::new(id).to_string());
            for (_, name) in KINDS {
                prop_assert_eq!(read_id(&id_text(name, id)), Some((Some(*name), id)));
            }
            prop_assert_eq!(read_id(&id_text("something_else", id)), Some((None, id)));
        }
    }

    #[test]
    fn what_is_no_id_is_noticed() {
        for wrong in ["", "prd_", "xyz_00000000000000000000000000", "prd_0000000000000000000000000!", "12"] {
            assert_eq!(read_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn prefixes_and_names_are_unique() {
        for (place, (prefix, name)) in KINDS.iter().enumerate() {
            assert!(
                KINDS[place + 1..].iter().all(|(p, n)| p != prefix && n != name),
                "{prefix} or {name} twice"
            );
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = Id::<Order>::new(Uuid::from_u128(7)).to_string();
        assert!(text.parse::<Id<Order>>().is_ok());
        assert_eq!(text.parse::<Id<Product>>(), Err(IdError { expected: "prd" }));
        assert!("ord_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<Id<Order>>().is_err());
        assert!("ord_".parse::<Id<Order>>().is_err());
        assert!("ord_é0000000000000000000000000".parse::<Id<Order>>().is_err());
    }

    proptest! {
        #[test]
        fn text_round_trips_and_keeps_order(a: u128, b: u128) {
            let (x, y) = (Id::<Order>::new(Uuid::from_u128(a)), Id::<Order>::new(Uuid::from_u128(b)));
            prop_assert_eq!(x.to_string().parse::<Id<Order>>().unwrap(), x);
            prop_assert_eq!(x.to_string().cmp(&y.to_string()), a.cmp(&b));
        }
    }
}
