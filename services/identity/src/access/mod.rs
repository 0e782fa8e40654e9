//! Who may do what, a part of service 12: roles of one's own making, teams of sellers and of the
//! platform, invitations, ownership, and why somebody may or may not.
//!
//! # Promises
//! - Nobody makes, gives or widens a role beyond what they hold themselves, and a role of a
//!   seller never reaches beyond what a seller's owner may do.
//! - What is given is limited to the platform or to one seller; whoever works for a seller sees
//!   and changes the people and roles of that seller's team alone.
//! - A role taken, narrowed or deleted is gone with the next request (in other processes within
//!   [`CACHED`](crate::auth::CACHED)).
//! - A seller always has an owner, and the platform an admin. A shop passes to somebody else
//!   only when they accept it.
//! - Where a shop has a second owner, they have to agree before anybody of the team gets more
//!   than they had, or anybody is invited.
//! - Support acts for a seller only with an owner's leave, for a while, read-only unless changes were
//!   agreed to as well; the audit trail names both, and what was looked at.
//! - An invitation works once, for the address it was sent to and for seven days, and cannot be
//!   read out of the database.
//!
//! # Tables
//! `invitation`, `role_request`, `support_access`; with sign-in: `role`, `user_role`.
//!
//! # Events
//! `role.changed`, `role.granted`, `role.revoked`, `user.suspended`, `user.reinstated`;
//! internal: `auth.team_notice`.

use stoa_identity_entities::role;
use stoa_kernel::{App, Code, Ctx, Error, ErrorKind, Permission, Result};
use stoa_types::{Id, Seller, Uuid};

use crate::auth::{ROLES_WRITE, USERS_READ, roles};

mod explain;
mod grants;
pub mod http;
mod invitations;
mod notices;
mod owners;
mod people;
mod requests;
mod role_edits;
pub(crate) mod support;
mod workplaces;

pub use explain::explain;
pub use grants::{give_role, held_roles, remove_member, take_role};
pub use invitations::{
    Accepted, accept_invitation, approve_invitation, invite, list_invitations, look_at_invitation,
    withdraw_invitation,
};
pub use notices::{TeamAbout, TeamMail, TeamNotice, team_mail};
pub use people::{
    PeopleQuery, get_person, list_people, list_sessions, person_of, reinstate, revoke_session, suspend,
};
pub use requests::{accept_request, list_requests, offer_ownership, refuse_request};
pub use role_edits::{create_role, delete_role, list_roles, update_role};
pub use support::{
    ask_support, begin_support, consent_to_support, end_support, leave_support, list_support, note_support,
    reads_only, support_banner,
};
pub use workplaces::{choose_workplace, list_workplaces};

pub(crate) use invitations::CLEAN_UP;

/// See the people and roles of one's own team.
pub const TEAM_READ: Permission = Permission("auth.team.read");
/// Invite and remove people of one's own team, make, give and take its roles.
pub const TEAM_WRITE: Permission = Permission("auth.team.write");

/// Ask sellers for leave to act for them.
pub const SUPPORT_WRITE: Permission = Permission("auth.support.write");

pub const ROLE_NAME_INVALID: Code = Code::new("auth.role_name_invalid", ErrorKind::Invalid);
pub const ROLE_NAME_TAKEN: Code = Code::new("auth.role_name_taken", ErrorKind::Conflict);
pub const ROLE_PERMISSIONS: Code = Code::new("auth.role_permissions", ErrorKind::Invalid);
pub const ROLE_BUILT_IN: Code = Code::new("auth.role_built_in", ErrorKind::Conflict);
pub const ROLE_HELD: Code = Code::new("auth.role_held", ErrorKind::Conflict);
pub const LAST_OWNER: Code = Code::new("auth.last_owner", ErrorKind::Conflict);
pub const INVITATION_ROLES: Code = Code::new("auth.invitation_roles", ErrorKind::Invalid);
/// An invitation that was never one, was used or taken back, or is over: one answer for all.
pub const INVITATION_INVALID: Code = Code::new("auth.invitation_invalid", ErrorKind::NotFound);
pub const INVITATION_ADDRESS: Code = Code::new("auth.invitation_address", ErrorKind::Forbidden);
pub const ALREADY_MEMBER: Code = Code::new("auth.already_member", ErrorKind::Conflict);
pub const NOT_A_MEMBER: Code = Code::new("auth.not_a_member", ErrorKind::Invalid);
pub const NOT_AN_OWNER: Code = Code::new("auth.not_an_owner", ErrorKind::Forbidden);
/// Somebody was quicker, or it is too late.
pub const REQUEST_OVER: Code = Code::new("auth.request_over", ErrorKind::Conflict);
pub const ONESELF: Code = Code::new("auth.oneself", ErrorKind::Conflict);
pub const SUPPORT_INVALID: Code = Code::new("auth.support_invalid", ErrorKind::Invalid);
/// Support has leave to look, not to change.
pub const SUPPORT_READS: Code = Code::new("auth.support_reads", ErrorKind::Forbidden);
pub const PERMISSION_UNKNOWN: Code = Code::new("auth.permission_unknown", ErrorKind::Invalid);

/// A role was made, changed or deleted.
pub const ROLE_CHANGED: &str = "role.changed";
/// Somebody got a role.
pub const ROLE_GRANTED: &str = "role.granted";
/// Somebody lost a role.
pub const ROLE_REVOKED: &str = "role.revoked";
/// The internal event that makes a mail about a team; its data are a [`TeamNotice`].
pub const TEAM_NOTICE: &str = "auth.team_notice";

/// A team: of one seller, or (`None`) of the platform.
type Team = Option<Id<Seller>>;

/// The team a caller asks about, if they may look at it: a seller's people their own (which they
/// need not name), the platform's any. Another seller's is 404.
fn readable(ctx: &Ctx, wanted: Team) -> Result<Team> {
    match ctx.seller {
        Some(own) => {
            ctx.require(TEAM_READ)?;
            own_team(own, wanted)
        }
        None => ctx.require(USERS_READ).map(|()| wanted),
    }
}

/// The team a caller may change; see [`readable`].
fn writable(ctx: &Ctx, wanted: Team) -> Result<Team> {
    match ctx.seller {
        Some(own) => {
            ctx.require(TEAM_WRITE)?;
            own_team(own, wanted)
        }
        None => ctx.require(ROLES_WRITE).map(|()| wanted),
    }
}

fn own_team(own: Id<Seller>, wanted: Team) -> Result<Team> {
    match wanted {
        Some(wanted) if wanted != own => Err(Error::not_found("seller")),
        _ => Ok(Some(own)),
    }
}

/// What a role carries now.
fn carried(app: &App, row: &role::Model) -> Result<std::collections::HashSet<String>> {
    roles::carried(app, row.id, row.permissions.as_ref(), row.scope == "seller")
}

/// The role as people read it: built-in ones by their word.
fn is_built_in(row: &role::Model) -> bool {
    roles::built_in(row.id).is_some()
}

/// Whether the caller holds all of these.
fn holds(ctx: &Ctx, names: &std::collections::HashSet<String>) -> bool {
    ctx.actor == stoa_kernel::Actor::System || names.is_subset(&ctx.permissions)
}

fn owner_role() -> Uuid {
    roles::id(stoa_identity_types::RoleName::Seller).uuid()
}
