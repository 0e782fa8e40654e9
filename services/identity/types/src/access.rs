//! Roles, teams, invitations, and who may do what.

use std::fmt;

use serde::{Deserialize, Serialize};
use stoa_types::{DateTime, Id, Invitation, Role, RoleRequest, Seller, SupportAccess, User, Utc};

use crate::Password;

/// What a role may be held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoleScope {
    /// The marketplace as a whole.
    Platform,
    /// One seller.
    Seller,
    /// One company that buys.
    Company,
}

stoa_types::words! {
    RoleScope { Platform = "platform", Seller = "seller", Company = "company" }
}

/// A role and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleDetails {
    pub id: Id<Role>,
    pub scope: RoleScope,
    /// The seller whose team made it; absent for built-in roles and the platform's.
    pub seller: Option<Id<Seller>>,
    /// `owner`-like words for built-in roles (`seller`, `staff`, …), else as it was typed.
    pub name: String,
    /// Comes with Stoa and cannot be changed.
    pub built_in: bool,
    /// Names of the permissions it carries, sorted.
    pub permissions: Vec<String>,
    /// How many people hold it, as far as the caller may see them.
    pub holders: u64,
    pub version: i64,
}

/// The roles somebody may see, and the permissions a role may carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Roles {
    /// Built-in roles first, then the others by name.
    pub items: Vec<RoleDetails>,
    /// Every permission the caller could put into a role, sorted.
    pub permissions: Vec<String>,
}

/// A role to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// 1 to 60 characters; new in its team, upper and lower case being the same.
    pub name: String,
    /// The seller whose team it is for; absent for a role of the platform. Whoever works for a
    /// seller makes roles of that seller alone.
    #[serde(default)]
    pub seller: Option<Id<Seller>>,
    /// At least one, and none that its maker does not have.
    pub permissions: Vec<String>,
}

/// What is to change in a role; absent members stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateRole {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
}

/// Whether a change is done, or waits for another owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    /// It gives somebody more than they had, and the team has another owner who has to agree.
    AwaitingApproval,
}

/// What came of changing a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleChanged {
    pub role: RoleDetails,
    pub outcome: Outcome,
}

/// A role to be given to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GiveRole {
    pub role: Id<Role>,
    /// The seller it is given for; absent for a role of the platform.
    #[serde(default)]
    pub seller: Option<Id<Seller>>,
}

/// What came of giving a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleGiven {
    pub outcome: Outcome,
}

/// A role somebody holds, and who gave it when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldRole {
    pub role: Id<Role>,
    pub name: String,
    pub built_in: bool,
    /// The seller it is limited to; absent for the platform's roles.
    pub seller: Option<Id<Seller>>,
    /// The actor who gave it: a person's id, or `system`.
    pub given_by: String,
    /// That person's name, where it is a person the caller may know.
    pub given_by_name: Option<String>,
    pub given_at: DateTime<Utc>,
}

/// Somebody's roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldRoles {
    /// The first given first.
    pub items: Vec<HeldRole>,
}

/// A person who can sign in, as those who look after access see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonView {
    pub id: Id<User>,
    pub name: String,
    pub email: String,
    /// Locked out by the platform.
    pub suspended: bool,
    /// Whether sign-in asks for a second step.
    pub second_step: bool,
    /// Those the caller may see: a seller's people see the roles in their own team.
    pub roles: Vec<HeldRole>,
    pub created_at: DateTime<Utc>,
}

/// Somebody to be invited to a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InviteMember {
    pub email: String,
    /// At least one; an owner is never invited, but made from the team.
    pub roles: Vec<Id<Role>>,
    /// The seller whose team it is; absent for the platform's.
    #[serde(default)]
    pub seller: Option<Id<Seller>>,
}

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// Another owner has to agree before it is sent.
    AwaitingApproval,
    /// Sent, and good until it expires.
    Open,
    Accepted,
    /// Taken back, replaced, or not agreed to.
    Withdrawn,
}

stoa_types::words! {
    InvitationState {
        AwaitingApproval = "awaiting_approval",
        Open = "open",
        Accepted = "accepted",
        Withdrawn = "withdrawn",
    }
}

/// An invitation as its team sees it: never the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationView {
    pub id: Id<Invitation>,
    pub email: String,
    pub seller: Option<Id<Seller>>,
    /// Names of the roles it gives.
    pub roles: Vec<String>,
    pub state: InvitationState,
    pub invited_by: String,
    /// Whether the caller is the one who invited.
    pub own: bool,
    pub created_at: DateTime<Utc>,
    /// From this moment on the link is refused.
    pub expires_at: DateTime<Utc>,
}

/// Invitations that wait for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitations {
    /// The newest first, at most 100.
    pub items: Vec<InvitationView>,
}

/// What the page of an invitation shows before anybody accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationOffer {
    pub email: String,
    /// The shop's name; absent for the platform's own team.
    pub seller: Option<String>,
    pub roles: Vec<String>,
    pub invited_by: String,
    /// Whether the address has an account, which then has to be signed in to.
    pub account: bool,
    /// Whether the caller is signed in with that account.
    pub signed_in: bool,
}

/// An invitation taken up: by the account signed in, or by one made here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// What the link ends with.
    pub token: String,
    /// For an address without an account: what to call the person.
    #[serde(default)]
    pub name: Option<String>,
    /// For an address without an account: at least 12 characters.
    #[serde(default)]
    pub password: Option<Password>,
}

impl fmt::Debug for AcceptInvitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptInvitation").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What waits for somebody else's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoleRequestKind {
    /// A role for a member that gives them more than they have.
    Give,
    /// More permissions for a role that somebody holds.
    Widen,
    /// The shop passes to somebody else, who has to accept.
    Ownership,
}

stoa_types::words! {
    RoleRequestKind { Give = "give", Widen = "widen", Ownership = "ownership" }
}

/// A change that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleRequestView {
    pub id: Id<RoleRequest>,
    pub kind: RoleRequestKind,
    pub seller: Id<Seller>,
    /// Whom it is for; absent for a role that is widened.
    pub user: Option<Id<User>>,
    pub user_name: Option<String>,
    /// The role it is about; absent for ownership.
    pub role: Option<String>,
    /// What the role would carry besides.
    pub permissions: Vec<String>,
    pub asked_by: String,
    /// Whether the caller may accept it.
    pub yours: bool,
    /// Whether the caller asked for it.
    pub own: bool,
    pub asked_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Changes that wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleRequests {
    /// The newest first, at most 100.
    pub items: Vec<RoleRequestView>,
}

/// A shop offered to a member of its team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OfferOwnership {
    pub user: Id<User>,
}

/// A shop somebody works for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workplace {
    /// Absent for the platform itself.
    pub seller: Option<Id<Seller>>,
    /// The shop's name; empty for the platform.
    pub name: String,
    /// What the person acts for now.
    pub current: bool,
}

/// Everything somebody works for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workplaces {
    pub items: Vec<Workplace>,
}

/// Which of them to act for from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChooseWorkplace {
    /// Absent for the platform.
    #[serde(default)]
    pub seller: Option<Id<Seller>>,
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// They are locked out.
    Suspended,
    /// They hold no role here.
    NoRole,
    /// None of the roles they hold here carries it.
    RolesWithout,
}

stoa_types::words! {
    WhyNot { Suspended = "suspended", NoRole = "no_role", RolesWithout = "roles_without" }
}

/// One person's answer: through which roles they may, or why they may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonExplained {
    pub user: Id<User>,
    pub name: String,
    pub email: String,
    pub allowed: bool,
    /// The roles that carry the permission, each with who gave it when; none where it is refused.
    pub through: Vec<HeldRole>,
    /// Where it is refused.
    pub why_not: Option<WhyNot>,
    /// The roles held here that do not carry it.
    pub without: Vec<HeldRole>,
}

/// Who may do something, or why one person may or may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    pub permission: String,
    /// The seller asked about; absent for the platform as a whole.
    pub seller: Option<Id<Seller>>,
    /// Names of the roles that carry the permission here.
    pub roles: Vec<String>,
    /// The person asked about; else everybody who may, by name, at most 200.
    pub people: Vec<PersonExplained>,
}

/// Somebody to be locked out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SuspendUser {
    /// Why, for the audit trail.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Where support's leave stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SupportState {
    Asked,
    Given,
    Ended,
}

stoa_types::words! {
    SupportState { Asked = "asked", Given = "given", Ended = "ended" }
}

/// Support asks a seller for leave to act for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskSupport {
    pub seller: Id<Seller>,
    /// Why, 1 to 300 characters; the owner reads it.
    pub reason: String,
    /// Whether changes are asked for, not only a look.
    #[serde(default)]
    pub write: bool,
    /// For how long from the owner's consent on, 5 to 240 minutes.
    pub minutes: i64,
}

/// An owner's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentSupport {
    /// Whether changes are agreed to, where they were asked for.
    #[serde(default)]
    pub write: bool,
}

/// Support's leave, asked for or given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportAccessView {
    pub id: Id<SupportAccess>,
    pub staff: Id<User>,
    pub staff_name: String,
    pub seller: Option<Id<Seller>>,
    pub seller_name: Option<String>,
    pub reason: String,
    pub wants_write: bool,
    pub write: bool,
    pub minutes: i64,
    pub state: SupportState,
    /// Whether the caller is the one who asked.
    pub own: bool,
    /// While asked: too late to agree from then on. While given: over from then on.
    pub expires_at: DateTime<Utc>,
}

/// What is asked for or given now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportAccesses {
    /// The newest first, at most 100.
    pub items: Vec<SupportAccessView>,
}
