use serde::{Deserialize, Serialize};
use stoa_types::{Cart, DateTime, Id, Money, Order, Payment, Utc};

/// An attempt is under way; wait for its outcome.
pub const INTENT_PROCESSING: &str = "payments.intent_processing";
/// The payment is over. `facts`: `from`, `allowed`.
pub const INVALID_TRANSITION: &str = "payments.invalid_transition";
/// The time to pay is over; start the checkout again.
pub const INTENT_EXPIRED: &str = "payments.intent_expired";
/// More than what is left. `facts`: `refundable`, `currency`.
pub const REFUND_EXCEEDS_CAPTURED: &str = "payments.refund_exceeds_captured";
/// A card number was sent to us instead of to the provider.
pub const CARD_NUMBER_REFUSED: &str = "payments.card_number_refused";
/// The cart has no payment yet.
pub const NO_INTENT: &str = "payments.no_intent";

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Waits for the shopper to choose how to pay; also after a decline.
    RequiresPaymentMethod,
    /// A method is chosen and not tried yet.
    RequiresConfirmation,
    /// The shopper's bank asks the shopper something.
    RequiresCustomerAction,
    /// The provider has not given an answer yet.
    Processing,
    /// Authorised: the money is reserved at the shopper's bank.
    RequiresCapture,
    /// Part is taken, the rest is no longer reserved.
    PartiallyCaptured,
    /// Part is taken, the rest can still be.
    PartiallyCapturedAndCapturable,
    /// All taken.
    Succeeded,
    /// Ended without money.
    Failed,
    /// Called off before anything was taken.
    Cancelled,
    /// The rest was called off after part was taken.
    CancelledPostCapture,
    /// Nobody paid in time.
    Expired,
    /// We and the provider disagree; a person must look.
    Conflicted,
}

impl PaymentState {
    /// Whether the money is reserved or taken, so that an order may be made.
    pub const fn is_paid(self) -> bool {
        matches!(
            self,
            Self::RequiresCapture
                | Self::PartiallyCaptured
                | Self::PartiallyCapturedAndCapturable
                | Self::Succeeded
        )
    }

    /// Whether the outcome is still open.
    pub const fn is_unsettled(self) -> bool {
        matches!(
            self,
            Self::RequiresPaymentMethod
                | Self::RequiresConfirmation
                | Self::RequiresCustomerAction
                | Self::Processing
        )
    }
}

/// A payment as its payer and staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentView {
    pub id: Id<Payment>,
    pub cart: Id<Cart>,
    pub order: Option<Id<Order>>,
    pub state: PaymentState,
    pub amount: Money,
    pub captured: Money,
    pub refunded: Money,
    /// What can still be refunded: captured less refunds done and under way.
    pub refundable: Money,
    /// Where the card form posts to; absent once paying is over.
    pub hosted_url: Option<String>,
    /// Proves to the provider that this page may pay this intent.
    pub client_secret: Option<String>,
    /// Where the shopper answers the bank, while it asks.
    pub challenge_url: Option<String>,
    /// Why the last attempt was declined.
    pub decline: Option<DeclineView>,
    /// The card of the last attempt.
    pub card: Option<CardView>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub version: i64,
}

/// Why a bank said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeclineView {
    /// The provider's code, such as `insufficient_funds`.
    pub code: String,
    /// In the shopper's words.
    pub message: String,
}

/// What may be shown of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardView {
    /// `visa`, `mastercard` …
    pub brand: String,
    pub last4: String,
}

/// What happened to a payment, oldest first: for staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentStep {
    /// `attempt`, `capture`, `refund` or `void`.
    pub kind: String,
    pub state: String,
    pub amount: Money,
    pub note: Option<String>,
    pub at: DateTime<Utc>,
}

/// Asks for the intent that the cart's checkout has made. The amount is never the
/// client's to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateIntent {
    pub cart: Id<Cart>,
}

/// Pay with a token of the provider; never with a card number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// The provider's token, such as `tok_approved`.
    pub payment_method: String,
    /// Where the bank sends the shopper back to; a page of this shop.
    #[serde(default)]
    pub return_url: Option<String>,
}
