//! Customers: who they are, where they live, how they may be reached, what they agreed to.

use std::fmt;

use serde::{Deserialize, Serialize};
use stoa_types::{
    Address, Company, ConsentRecord, ContactMethod, Customer, CustomerNote, DateTime, Id, Money, Segment, Utc,
};

use crate::Password;

/// Most addresses in one book.
pub const MAX_ADDRESSES: u64 = 50;
/// Most tags of one customer.
pub const MAX_TAGS: usize = 50;

/// Whether somebody has an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CustomerKind {
    /// Bought without registering.
    Guest,
    /// Has an account.
    Registered,
}

/// What a customer's address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AddressUse {
    Shipping,
    Billing,
}

/// How somebody is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Sms,
}

/// What somebody may agree to be written about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// New things, stories and offers.
    News,
    /// What goes with what they have looked at and bought.
    Recommendations,
    /// A question now and then about the shop.
    Research,
}

/// How often somebody wants to be written to at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Whenever there is something, though never twice a day.
    #[default]
    Daily,
    Weekly,
    Monthly,
}

/// Where a consent was given or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConsentSource {
    /// On the pages of the account.
    Account,
    /// By the interface for programs.
    Api,
    /// By the link in a mail, without signing in.
    Unsubscribe,
    /// By the mail program's own button (RFC 8058).
    OneClick,
    /// Written down by staff, such as after a call.
    Staff,
}

/// What a contact method is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContactPurpose {
    /// The courier rings.
    Delivery,
    /// News about the account and its safety.
    Account,
    /// What was agreed to.
    Marketing,
}

/// What a member of a company may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CompanyRole {
    /// Looks after the company and its members.
    Admin,
    /// Buys for it, within the spending limit.
    Buyer,
    /// Approves what goes over a limit.
    Approver,
}

/// How a segment gets its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    /// Each one is put in.
    Static,
    /// Whoever its rule fits at the moment.
    Rule,
}

stoa_types::words! {
    CustomerKind { Guest = "guest", Registered = "registered" }
    AddressUse { Shipping = "shipping", Billing = "billing" }
    Channel { Email = "email", Sms = "sms" }
    ConsentPurpose { News = "news", Recommendations = "recommendations", Research = "research" }
    Frequency { Daily = "daily", Weekly = "weekly", Monthly = "monthly" }
    ConsentSource { Account = "account", Api = "api", Unsubscribe = "unsubscribe", OneClick = "one_click", Staff = "staff" }
    ContactPurpose { Delivery = "delivery", Account = "account", Marketing = "marketing" }
    CompanyRole { Admin = "admin", Buyer = "buyer", Approver = "approver" }
    SegmentKind { Static = "static", Rule = "rule" }
}

/// A customer. Staff see `email` and `name` masked until they reveal them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerView {
    pub id: Id<Customer>,
    pub kind: CustomerKind,
    pub email: String,
    /// Whether the person has proved that the address is theirs.
    pub email_verified: bool,
    pub name: String,
    /// The language we write in, such as `en-gb`; absent where it was never chosen.
    pub locale: Option<String>,
    /// Whether what is about the person is masked.
    pub masked: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// Changes a customer. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateCustomer {
    /// 1 to 120 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// A language we have, such as `en-gb`.
    #[serde(default)]
    pub locale: Option<String>,
}

/// Asks for another e-mail address. Whoever asks proves who they are as for a step-up, by one
/// of the two, or has done so in the last ten minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeEmail {
    pub email: String,
    #[serde(default)]
    pub password: Option<Password>,
    /// Of the authenticator app, or a recovery code.
    #[serde(default)]
    pub code: Option<String>,
}

/// The link that was sent to the new address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmail {
    /// What the link ends with.
    pub token: String,
}

impl fmt::Debug for ConfirmEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfirmEmail").finish_non_exhaustive()
    }
}

/// A postal address as typed and as kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PostalAddress {
    /// Full name.
    #[serde(default)]
    pub name: String,
    /// Street and number.
    #[serde(default)]
    pub street: String,
    /// Flat, floor, building.
    #[serde(default)]
    pub extra: Option<String>,
    #[serde(default)]
    pub company: Option<String>,
    /// Empty where the country has none.
    #[serde(default)]
    pub postcode: String,
    /// Empty where the country has none.
    #[serde(default)]
    pub city: String,
    /// Code or name of the state, province or what the country has.
    #[serde(default)]
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2, such as `GR`.
    #[serde(default)]
    pub country: String,
    /// For the courier.
    #[serde(default)]
    pub phone: Option<String>,
}

/// A field of an address that differs between countries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AddressFieldKind {
    Street,
    Postcode,
    City,
    Region,
}

/// One field to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddressField {
    pub kind: AddressFieldKind,
    /// What the country calls it: "ZIP code", "Emirate".
    pub label: String,
    pub required: bool,
    /// Codes and names to choose from; empty where anything may be typed.
    pub choices: Vec<(String, String)>,
}

/// What to ask for an address in one country.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddressForm {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// As people call it in a sentence: "the Netherlands".
    pub country_name: String,
    /// In the order in which the country writes them, after the name.
    pub fields: Vec<AddressField>,
}

/// An address for the book.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddAddress {
    pub address: PostalAddress,
    /// What it is used for unless told; the first address of a book is for both.
    #[serde(default)]
    pub default_for: Vec<AddressUse>,
}

/// Changes an address. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeAddress {
    /// The whole address.
    #[serde(default)]
    pub address: Option<PostalAddress>,
    /// All it is used for unless told. To take a default away, give it to another address.
    #[serde(default)]
    pub default_for: Option<Vec<AddressUse>>,
}

/// An address of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddressView {
    pub id: Id<Address>,
    pub address: PostalAddress,
    /// The address as its country writes it.
    pub lines: Vec<String>,
    pub default_for: Vec<AddressUse>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// The whole book: at most 50, the defaults first, then the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Addresses {
    pub items: Vec<AddressView>,
}

/// Gives or withdraws one consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordConsent {
    pub purpose: ConsentPurpose,
    pub channel: Channel,
    /// False withdraws it.
    pub given: bool,
    /// The version of the sentence that was shown; the present one unless told.
    #[serde(default)]
    pub text_version: Option<i64>,
    /// At most how often; as before unless told.
    #[serde(default)]
    pub frequency: Option<Frequency>,
}

/// What somebody said about one purpose and channel, once. Never altered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerConsent {
    pub id: Id<ConsentRecord>,
    pub purpose: ConsentPurpose,
    pub channel: Channel,
    pub given: bool,
    pub frequency: Frequency,
    pub text_version: i64,
    /// The sentence they agreed to.
    pub text: String,
    pub source: ConsentSource,
    pub at: DateTime<Utc>,
}

/// How it stands with one purpose and channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preference {
    pub purpose: ConsentPurpose,
    pub channel: Channel,
    pub given: bool,
    pub frequency: Frequency,
    /// The sentence to agree to, and its version.
    pub text: String,
    pub text_version: i64,
    /// When it was last said; absent where nothing ever was.
    pub since: Option<DateTime<Utc>>,
}

/// How it stands with all, and everything that was ever said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerConsents {
    pub preferences: Vec<Preference>,
    /// The newest first, at most 200.
    pub history: Vec<CustomerConsent>,
}

/// What an unsubscribe link is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsubscribing {
    pub purpose: ConsentPurpose,
    pub channel: Channel,
    /// Whether it is given still.
    pub given: bool,
}

/// A phone number to be reached by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddContactMethod {
    /// With its country's code, like +30 694 123 4567; spaces, hyphens and brackets count for
    /// nothing.
    pub phone: String,
    pub purpose: ContactPurpose,
}

/// The code that was sent to a phone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyContactMethod {
    /// Six digits; spaces count for nothing.
    pub code: String,
}

impl fmt::Debug for VerifyContactMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyContactMethod").finish_non_exhaustive()
    }
}

/// A way to reach a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactMethodView {
    pub id: Id<ContactMethod>,
    /// E.164, such as `+306941234567`.
    pub phone: String,
    pub purpose: ContactPurpose,
    /// When its owner proved it; absent while they have not.
    pub verified_at: Option<DateTime<Utc>>,
    /// Until when the code that was sent counts; absent where none does.
    pub code_expires_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// All ways to reach a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactMethods {
    pub items: Vec<ContactMethodView>,
}

/// What a list of customers is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct CustomerQuery {
    /// Cursor from the previous answer's `next` or `prev`.
    #[serde(default)]
    pub after: Option<String>,
    /// 1 to 100; 25 unless told.
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub kind: Option<CustomerKind>,
    #[serde(default)]
    pub tag: Option<String>,
    #[serde(default)]
    pub segment: Option<Id<Segment>>,
    /// A whole e-mail address, or a customer's id.
    #[serde(default)]
    pub q: Option<String>,
}

/// A customer in a list: what is about the person is masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerRow {
    pub id: Id<Customer>,
    pub kind: CustomerKind,
    pub email: String,
    pub name: String,
    pub tags: Vec<String>,
    pub created_at: DateTime<Utc>,
}

/// Why somebody wants to see what is masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// Kept in the audit trail, 3 to 200 characters.
    pub reason: String,
}

/// What is masked elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revealed {
    pub customer: CustomerView,
    pub addresses: Vec<AddressView>,
    pub contact_methods: Vec<ContactMethodView>,
}

/// A tag to put on a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddTag {
    /// 1 to 40 letters, digits, spaces and hyphens; upper and lower case are the same.
    pub tag: String,
}

/// A note about a customer, for staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// 1 to 2,000 characters.
    pub text: String,
}

/// What staff wrote down about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoteView {
    pub id: Id<CustomerNote>,
    pub text: String,
    /// Who wrote it, as the audit trail names them.
    pub author: String,
    pub at: DateTime<Utc>,
}

/// What staff keep about a customer beside what the customer told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffRecord {
    pub tags: Vec<String>,
    /// The newest first, at most 100.
    pub notes: Vec<NoteView>,
    pub segments: Vec<SegmentView>,
    pub companies: Vec<MembershipView>,
}

/// A condition of a segment's rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "on", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Guests, or people with an account.
    Kind { is: CustomerKind },
    /// Carries this tag.
    Tag { is: String },
    /// The default delivery address is in this country.
    Country { is: String },
    /// Became a customer on this day or later.
    Since { day: DateTime<Utc> },
    /// Agreed to be written to about this by this channel.
    Consent { purpose: ConsentPurpose, channel: Channel },
    /// Is a member of some company.
    Business,
}

/// A segment to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateSegment {
    /// 1 to 80 characters, unlike any other's.
    pub name: String,
    pub kind: SegmentKind,
    /// All have to fit: 1 to 10 for a rule, none otherwise.
    #[serde(default)]
    pub conditions: Vec<Condition>,
}

/// A group of customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentView {
    pub id: Id<Segment>,
    pub name: String,
    pub kind: SegmentKind,
    pub conditions: Vec<Condition>,
    pub version: i64,
}

/// All segments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Segments {
    /// By name, at most 200.
    pub items: Vec<SegmentView>,
}

/// A customer to be put into a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddToSegment {
    pub customer: Id<Customer>,
}

/// A company to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateCompany {
    /// 1 to 120 characters.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// VAT number or what the country has, 4 to 20 letters and digits.
    #[serde(default)]
    pub tax_id: Option<String>,
    /// The first admin: the person asking unless told, which needs `customers.write`.
    #[serde(default)]
    pub admin: Option<Id<Customer>>,
}

/// Changes a company. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateCompany {
    #[serde(default)]
    pub name: Option<String>,
    /// Empty takes it away.
    #[serde(default)]
    pub tax_id: Option<String>,
}

/// A member's part in a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetMember {
    /// E-mail address of the member's account; whose has none is 422.
    pub email: String,
    pub role: CompanyRole,
    /// Most they may spend in one order; absent for no limit.
    #[serde(default)]
    pub spending_limit: Option<Money>,
}

/// Somebody who belongs to a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberView {
    pub customer: Id<Customer>,
    /// Masked for whoever is neither the company's admin nor the member.
    pub name: String,
    pub role: CompanyRole,
    pub spending_limit: Option<Money>,
}

/// A company that buys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompanyView {
    pub id: Id<Company>,
    pub name: String,
    pub country: String,
    pub tax_id: Option<String>,
    /// Admins first.
    pub members: Vec<MemberView>,
    pub version: i64,
}

/// A customer's part in a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MembershipView {
    pub company: Id<Company>,
    pub name: String,
    pub role: CompanyRole,
    pub spending_limit: Option<Money>,
}
