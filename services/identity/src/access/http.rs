//! REST routes of roles, people, invitations and explanations.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use stoa_identity_types::{
    AcceptInvitation, AskSupport, ChooseWorkplace, ConsentSupport, CreateRole, Explanation, GiveRole,
    HeldRoles, InvitationView, Invitations, InviteMember, OfferOwnership, Outcome, PersonView, RoleChanged,
    RoleDetails, RoleGiven, RoleRequests, Roles, Sessions, SupportAccessView, SupportAccesses, SuspendUser,
    UpdateRole, Workplaces,
};
use stoa_kernel::{
    Ctx, Result,
    http::{Created, IfMatch, Json, Path, Query, Router, Versioned},
    idempotency::Secret,
};
use stoa_types::{
    Id, Invitation, Page, Problem, Role, RoleRequest, Seller, Session as SessionKind, SupportAccess, User,
};
use tower_sessions::Session;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{PeopleQuery, explain, grants, invitations, people, requests, role_edits, support, workplaces};
use crate::auth::{Device, http::signed_in};

/// `/v1/roles`, `/v1/users`, `/v1/invitations`, `/v1/role-requests`, `/v1/authz`,
/// `/v1/auth/workplaces`, `/v1/support-access`.
pub fn routes() -> Router {
    OpenApiRouter::new()
        .routes(routes!(list_roles, create_role))
        .routes(routes!(update_role, delete_role))
        .routes(routes!(list_users))
        .routes(routes!(get_user))
        .routes(routes!(list_user_roles, give_user_role))
        .routes(routes!(take_user_role))
        .routes(routes!(remove_user))
        .routes(routes!(list_user_sessions))
        .routes(routes!(revoke_user_session))
        .routes(routes!(suspend_user))
        .routes(routes!(reinstate_user))
        .routes(routes!(list_invitations, create_invitation))
        .routes(routes!(withdraw_invitation))
        .routes(routes!(approve_invitation))
        .routes(routes!(accept_invitation))
        .routes(routes!(list_role_requests))
        .routes(routes!(offer_ownership))
        .routes(routes!(accept_role_request))
        .routes(routes!(refuse_role_request))
        .routes(routes!(explain_access))
        .routes(routes!(list_workplaces, choose_workplace))
        .routes(routes!(list_support, ask_support))
        .routes(routes!(leave_support))
        .routes(routes!(consent_to_support))
        .routes(routes!(end_support))
        .routes(routes!(begin_support))
}

/// Which team.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TeamQuery {
    /// The seller whose team it is; a seller's people need not name their own. Absent: the
    /// platform's.
    #[param(value_type = Option<String>)]
    seller: Option<Id<Seller>>,
}

/// Which people.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// Part of a name or an address.
    q: Option<String>,
    /// Only people of this seller's team.
    #[param(value_type = Option<String>)]
    seller: Option<Id<Seller>>,
    /// Only people who work for the platform.
    #[serde(default)]
    staff: bool,
    /// Cursor from `next` or `prev` of an earlier answer.
    after: Option<String>,
    /// Items a page, 1 to 100; 25 unless told.
    limit: Option<u32>,
}

/// What is to be explained.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExplainQuery {
    /// The permission, such as `refunds.write`.
    permission: String,
    /// The person; absent: everybody who may.
    #[param(value_type = Option<String>)]
    user: Option<Id<User>>,
    /// For this seller; absent: for the platform, or one's own seller.
    #[param(value_type = Option<String>)]
    seller: Option<Id<Seller>>,
}

/// List roles
///
/// The roles of a team, and every permission the caller could put into one. Needs
/// `auth.team.read` for one's own seller, `auth.users.read` for the platform.
#[utoipa::path(
    get,
    path = "/v1/roles",
    tag = "auth",
    params(TeamQuery),
    responses(
        (status = 200, body = Roles),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_roles(ctx: Ctx, Query(query): Query<TeamQuery>) -> Result<Json<Roles>> {
    Ok(Json(role_edits::list_roles(&ctx, query.seller).await?))
}

/// Make a role
///
/// Needs `auth.team.write` for one's own seller, `auth.roles.write` for the platform. It can
/// carry nothing that its maker does not have.
#[utoipa::path(
    post,
    path = "/v1/roles",
    tag = "auth",
    request_body = CreateRole,
    responses(
        (status = 201, body = RoleDetails),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The team has a role of this name", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_role(ctx: Ctx, Json(input): Json<CreateRole>) -> Result<Created<RoleDetails>> {
    let body = role_edits::create_role(&ctx, input).await?;
    Ok(Created { location: format!("/v1/roles/{}", body.id), version: body.version, body })
}

/// Change a role
///
/// For everybody who holds it, from their next request on. Where that gives members of a seller's
/// team more and the shop has another owner, 202: the permissions wait for that owner. Needs
/// `auth.team.write` for one's own seller, `auth.roles.write` for the platform.
#[utoipa::path(
    patch,
    path = "/v1/roles/{roleId}",
    tag = "auth",
    params(
        ("roleId" = String, Path, description = "The role, `rol_…`"),
        ("If-Match" = String, Header, description = "The version it was read at"),
    ),
    request_body = UpdateRole,
    responses(
        (status = 200, body = RoleDetails),
        (status = 202, description = "Another owner has to agree", body = RoleDetails),
        (status = 404, description = "No role you may know of", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It comes with Stoa, or the name is taken", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn update_role(
    ctx: Ctx,
    Path(id): Path<Id<Role>>,
    IfMatch(version): IfMatch,
    Json(input): Json<UpdateRole>,
) -> Result<Response> {
    let RoleChanged { role, outcome } = role_edits::update_role(&ctx, id, input, version).await?;
    let version = role.version;
    let mut response = Versioned(role, version).into_response();
    *response.status_mut() = status(outcome);
    Ok(response)
}

fn status(outcome: Outcome) -> StatusCode {
    match outcome {
        Outcome::Done => StatusCode::OK,
        Outcome::AwaitingApproval => StatusCode::ACCEPTED,
    }
}

/// Delete a role
///
/// One that nobody holds any more. Needs `auth.team.write` for one's own seller, `auth.roles.write`
/// for the platform.
#[utoipa::path(
    delete,
    path = "/v1/roles/{roleId}",
    tag = "auth",
    params(("roleId" = String, Path, description = "The role, `rol_…`")),
    responses(
        (status = 204, description = "Gone"),
        (status = 404, description = "No role you may know of", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody holds it, or it comes with Stoa", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_role(ctx: Ctx, Path(id): Path<Id<Role>>) -> Result<StatusCode> {
    role_edits::delete_role(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List people
///
/// People who can sign in, the newest first, with their roles. Needs `auth.team.read` of a
/// seller's people, who see their own team, `auth.users.read` of the platform's, who see everybody.
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "auth",
    params(UsersQuery),
    responses(
        (status = 200, body = Page<PersonView>),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_users(ctx: Ctx, Query(query): Query<UsersQuery>) -> Result<Json<Page<PersonView>>> {
    let UsersQuery { q, seller, staff, after, limit } = query;
    Ok(Json(people::list_people(&ctx, &PeopleQuery { q, seller, staff, after, limit }).await?))
}

/// Get a person
///
/// As the list of people shows them. Needs `auth.team.read` for one's own seller, `auth.users.read`
/// for the platform.
#[utoipa::path(
    get,
    path = "/v1/users/{userId}",
    tag = "auth",
    params(("userId" = String, Path, description = "The person, `usr_…`")),
    responses(
        (status = 200, body = PersonView),
        (status = 404, description = "Nobody you may know of", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_user(ctx: Ctx, Path(id): Path<Id<User>>) -> Result<Json<PersonView>> {
    Ok(Json(people::get_person(&ctx, id).await?))
}

/// List somebody's roles
///
/// Each with who gave it when; one's own are for everybody who is signed in. Of others: needs
/// `auth.team.read` for one's own seller, `auth.users.read` for the platform.
#[utoipa::path(
    get,
    path = "/v1/users/{userId}/roles",
    tag = "auth",
    params(("userId" = String, Path, description = "The person, `usr_…`")),
    responses(
        (status = 200, body = HeldRoles),
        (status = 404, description = "Nobody you may know of", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_user_roles(ctx: Ctx, Path(id): Path<Id<User>>) -> Result<Json<HeldRoles>> {
    Ok(Json(grants::held_roles(&ctx, id).await?))
}

/// Give a role
///
/// Needs `auth.team.write` for one's own team, `auth.roles.write` on the platform, and everything
/// the role carries. 202 where another owner of the shop has to agree first.
#[utoipa::path(
    post,
    path = "/v1/users/{userId}/roles",
    tag = "auth",
    params(("userId" = String, Path, description = "The person, `usr_…`")),
    request_body = GiveRole,
    responses(
        (status = 200, description = "Held from the next request on", body = RoleGiven),
        (status = 202, description = "Another owner has to agree", body = RoleGiven),
        (status = 403, description = "The role carries more than you have", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No person or role you may know of", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a role for this seller", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn give_user_role(
    ctx: Ctx,
    Path(id): Path<Id<User>>,
    Json(input): Json<GiveRole>,
) -> Result<(StatusCode, Json<RoleGiven>)> {
    let body = grants::give_role(&ctx, id, &input).await?;
    Ok((status(body.outcome), Json(body)))
}

/// Take a role
///
/// Gone with the person's next request. Whoever holds a role may lay it down themselves. From
/// others: needs `auth.team.write` for one's own seller, `auth.roles.write` for the platform.
#[utoipa::path(
    delete,
    path = "/v1/users/{userId}/roles/{roleId}",
    tag = "auth",
    params(
        ("userId" = String, Path, description = "The person, `usr_…`"),
        ("roleId" = String, Path, description = "The role, `rol_…`"),
        TeamQuery,
    ),
    responses(
        (status = 204, description = "Not held any more"),
        (status = 403, description = "The role carries more than you have", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No person or role you may know of", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The last owner, or the last admin", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn take_user_role(
    ctx: Ctx,
    Path((user, role)): Path<(Id<User>, Id<Role>)>,
    Query(query): Query<TeamQuery>,
) -> Result<StatusCode> {
    grants::take_role(&ctx, user, role, query.seller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove somebody from a team
///
/// Takes every role they hold in it; their account stays. Whoever it is may leave themselves. For
/// others: needs `auth.team.write` for one's own seller, `auth.roles.write` for the platform.
#[utoipa::path(
    post,
    path = "/v1/users/{userId}/leave",
    tag = "auth",
    params(("userId" = String, Path, description = "The person, `usr_…`"), TeamQuery),
    responses(
        (status = 204, description = "Not of the team any more"),
        (status = 404, description = "Nobody you may know of", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The last owner, or the last admin", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_user(
    ctx: Ctx,
    Path(id): Path<Id<User>>,
    Query(query): Query<TeamQuery>,
) -> Result<StatusCode> {
    grants::remove_member(&ctx, id, query.seller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List somebody's sessions
///
/// Needs `auth.users.read` on the platform.
#[utoipa::path(
    get,
    path = "/v1/users/{userId}/sessions",
    tag = "auth",
    params(("userId" = String, Path, description = "The person, `usr_…`")),
    responses(
        (status = 200, body = Sessions),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_user_sessions(ctx: Ctx, Path(id): Path<Id<User>>) -> Result<Json<Sessions>> {
    Ok(Json(people::list_sessions(&ctx, id).await?))
}

/// End one of somebody's sessions
///
/// Needs `auth.users.write` on the platform.
#[utoipa::path(
    delete,
    path = "/v1/users/{userId}/sessions/{sessionId}",
    tag = "auth",
    params(
        ("userId" = String, Path, description = "The person, `usr_…`"),
        ("sessionId" = String, Path, description = "The session, `ses_…`"),
    ),
    responses(
        (status = 204, description = "Signed out there"),
        (status = 404, description = "No session of theirs", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke_user_session(
    ctx: Ctx,
    Path((user, session)): Path<(Id<User>, Id<SessionKind>)>,
) -> Result<StatusCode> {
    people::revoke_session(&ctx, user, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lock somebody out
///
/// Ends every session, and no way of signing in lets them in; their keys stop working. Needs
/// `auth.users.write`, and everything the person may do on the platform.
#[utoipa::path(
    post,
    path = "/v1/users/{userId}/suspend",
    tag = "auth",
    params(("userId" = String, Path, description = "The person, `usr_…`")),
    request_body = SuspendUser,
    responses(
        (status = 200, body = PersonView),
        (status = 404, description = "No such person", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Yourself, or the last admin", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn suspend_user(
    ctx: Ctx,
    Path(id): Path<Id<User>>,
    Json(input): Json<SuspendUser>,
) -> Result<Json<PersonView>> {
    Ok(Json(people::suspend(&ctx, id, input.reason).await?))
}

/// Let somebody in again
///
/// Needs `auth.users.write`.
#[utoipa::path(
    post,
    path = "/v1/users/{userId}/reinstate",
    tag = "auth",
    params(("userId" = String, Path, description = "The person, `usr_…`")),
    responses(
        (status = 200, body = PersonView),
        (status = 404, description = "No such person", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn reinstate_user(ctx: Ctx, Path(id): Path<Id<User>>) -> Result<Json<PersonView>> {
    Ok(Json(people::reinstate(&ctx, id).await?))
}

/// List invitations
///
/// Those of a team that wait for an answer. Needs `auth.team.read` for one's own seller,
/// `auth.users.read` for the platform.
#[utoipa::path(
    get,
    path = "/v1/invitations",
    tag = "auth",
    params(TeamQuery),
    responses(
        (status = 200, body = Invitations),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_invitations(ctx: Ctx, Query(query): Query<TeamQuery>) -> Result<Json<Invitations>> {
    Ok(Json(invitations::list_invitations(&ctx, query.seller).await?))
}

/// Invite somebody
///
/// A mail with a link goes to the address, good once and for seven days; where the shop has
/// another owner, after they have agreed. Needs `auth.team.write` for one's own seller,
/// `auth.roles.write` for the platform.
#[utoipa::path(
    post,
    path = "/v1/invitations",
    tag = "auth",
    request_body = InviteMember,
    responses(
        (status = 201, body = InvitationView),
        (status = 403, description = "A role carries more than you have", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Of the team already", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many invitations", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_invitation(
    ctx: Ctx,
    Json(input): Json<InviteMember>,
) -> Result<(StatusCode, Json<InvitationView>)> {
    Ok((StatusCode::CREATED, Json(invitations::invite(&ctx, &input).await?)))
}

/// Take an invitation back
///
/// Or refuse to agree to it. Needs `auth.team.write` for one's own seller, `auth.roles.write` for the
/// platform.
#[utoipa::path(
    delete,
    path = "/v1/invitations/{invitationId}",
    tag = "auth",
    params(("invitationId" = String, Path, description = "The invitation, `ivt_…`")),
    responses(
        (status = 204, description = "Its link is worth nothing any more"),
        (status = 404, description = "No invitation of your team", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Answered already", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn withdraw_invitation(ctx: Ctx, Path(id): Path<Id<Invitation>>) -> Result<StatusCode> {
    invitations::withdraw_invitation(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Agree to an invitation
///
/// As another owner of the shop than whoever made it; then it is sent. Needs `auth.team.write`.
#[utoipa::path(
    post,
    path = "/v1/invitations/{invitationId}/approve",
    tag = "auth",
    params(("invitationId" = String, Path, description = "The invitation, `ivt_…`")),
    responses(
        (status = 204, description = "It is on its way"),
        (status = 403, description = "Not another owner", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No invitation of your team", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Answered already", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn approve_invitation(ctx: Ctx, Path(id): Path<Id<Invitation>>) -> Result<StatusCode> {
    invitations::approve_invitation(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accept an invitation
///
/// With the link's token: as the account of its address, signed in, or with `name` and
/// `password` for an address that has none, which then is signed in. Needs no permission but the
/// link. A link that was used or is over is 404.
#[utoipa::path(
    post,
    path = "/v1/invitations/accept",
    tag = "auth",
    request_body = AcceptInvitation,
    responses(
        (status = 201, description = "Of the team, and signed in", body = stoa_identity_types::SignedIn),
        (status = 204, description = "Of the team from the next request on"),
        (status = 401, description = "The address has an account: sign in to it first", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Signed in with another address", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such link, or no longer", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn accept_invitation(
    ctx: Ctx,
    browser: Session,
    device: Device,
    Json(input): Json<AcceptInvitation>,
) -> Result<Response> {
    let accepted = invitations::accept_invitation(&ctx, &input).await?;
    if accepted.new {
        return signed_in(&ctx, &browser, &accepted.principal, &device, StatusCode::CREATED).await;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(Secret::ShownOnce);
    Ok(response)
}

/// List changes that wait
///
/// In a seller's team: for another owner's word, or for whoever is offered the shop. Needs
/// `auth.team.read` for one's own seller, `auth.users.read` for the platform.
#[utoipa::path(
    get,
    path = "/v1/role-requests",
    tag = "auth",
    params(TeamQuery),
    responses(
        (status = 200, body = RoleRequests),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_role_requests(ctx: Ctx, Query(query): Query<TeamQuery>) -> Result<Json<RoleRequests>> {
    Ok(Json(requests::list_requests(&ctx, query.seller).await?))
}

/// Offer one's shop to somebody
///
/// To a member of its team, who has to accept. Only an owner can. Needs `auth.team.write`.
#[utoipa::path(
    post,
    path = "/v1/role-requests/ownership",
    tag = "auth",
    request_body = OfferOwnership,
    responses(
        (status = 202, description = "They have to accept"),
        (status = 403, description = "Not an owner", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not of the team", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn offer_ownership(ctx: Ctx, Json(input): Json<OfferOwnership>) -> Result<StatusCode> {
    requests::offer_ownership(&ctx, &input).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Accept a change that waits
///
/// Where the person signed in is the one whose word it waits for.
#[utoipa::path(
    post,
    path = "/v1/role-requests/{requestId}/accept",
    tag = "auth",
    params(("requestId" = String, Path, description = "The change, `rrq_…`")),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Somebody else has to agree", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing of your team", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Answered already, or too late", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn accept_role_request(ctx: Ctx, Path(id): Path<Id<RoleRequest>>) -> Result<StatusCode> {
    requests::accept_request(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuse a change that waits, or take one's own back
///
/// Where the person signed in is the one whose word it waits for, or who asked.
#[utoipa::path(
    post,
    path = "/v1/role-requests/{requestId}/refuse",
    tag = "auth",
    params(("requestId" = String, Path, description = "The change, `rrq_…`")),
    responses(
        (status = 204, description = "Nothing changes"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Somebody else has to answer", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing of your team", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Answered already, or too late", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn refuse_role_request(ctx: Ctx, Path(id): Path<Id<RoleRequest>>) -> Result<StatusCode> {
    requests::refuse_request(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Explain who may do something
///
/// Why one person may or may not, or, without `user`, everybody who may: through which roles, and
/// who gave them when. Needs `auth.team.read` of a seller's people, who ask about their own team,
/// `auth.users.read` of the platform's, who ask about anybody.
#[utoipa::path(
    get,
    path = "/v1/authz/explain",
    tag = "auth",
    params(ExplainQuery),
    responses(
        (status = 200, body = Explanation),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nobody you may know of", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such permission", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn explain_access(ctx: Ctx, Query(query): Query<ExplainQuery>) -> Result<Json<Explanation>> {
    Ok(Json(explain::explain(&ctx, &query.permission, query.user, query.seller).await?))
}

/// List what one works for
///
/// The sellers, and the platform, that the person signed in has a role at.
#[utoipa::path(
    get,
    path = "/v1/auth/workplaces",
    tag = "auth",
    responses(
        (status = 200, body = Workplaces),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_workplaces(ctx: Ctx) -> Result<Json<Workplaces>> {
    Ok(Json(workplaces::list_workplaces(&ctx).await?))
}

/// Choose what to act for
///
/// From the next request of this session on the person signed in acts for it.
#[utoipa::path(
    post,
    path = "/v1/auth/workplaces",
    tag = "auth",
    request_body = ChooseWorkplace,
    responses(
        (status = 204, description = "From the next request on"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "You don't work for it", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn choose_workplace(
    ctx: Ctx,
    browser: Session,
    Json(input): Json<ChooseWorkplace>,
) -> Result<StatusCode> {
    workplaces::choose_workplace(&ctx, &browser, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List support's leave
///
/// What the person signed in asked for as staff, or was asked of the shops they own.
#[utoipa::path(
    get,
    path = "/v1/support-access",
    tag = "auth",
    responses(
        (status = 200, body = SupportAccesses),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_support(ctx: Ctx) -> Result<Json<SupportAccesses>> {
    Ok(Json(support::list_support(&ctx).await?))
}

/// Ask for leave to act for a seller
///
/// Needs `auth.support.write`. The shop's owners are told by mail; nothing happens before one of
/// them agrees.
#[utoipa::path(
    post,
    path = "/v1/support-access",
    tag = "auth",
    request_body = AskSupport,
    responses(
        (status = 201, body = SupportAccessView),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Every wrong field", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn ask_support(
    ctx: Ctx,
    Json(input): Json<AskSupport>,
) -> Result<(StatusCode, Json<SupportAccessView>)> {
    Ok((StatusCode::CREATED, Json(support::ask_support(&ctx, &input).await?)))
}

/// Give support leave
///
/// Where the person signed in owns the shop. It begins now, lasts the minutes asked for, and is for
/// reading alone unless `write` agrees to changes.
#[utoipa::path(
    post,
    path = "/v1/support-access/{accessId}/consent",
    tag = "auth",
    params(("accessId" = String, Path, description = "What was asked for, `sup_…`")),
    request_body = ConsentSupport,
    responses(
        (status = 204, description = "Given"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing asked of your shop", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Answered already, or too late", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn consent_to_support(
    ctx: Ctx,
    Path(id): Path<Id<SupportAccess>>,
    Json(input): Json<ConsentSupport>,
) -> Result<StatusCode> {
    support::consent_to_support(&ctx, id, input.write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuse or end support's leave
///
/// At once, where the person signed in owns the shop or is the one who asked.
#[utoipa::path(
    post,
    path = "/v1/support-access/{accessId}/end",
    tag = "auth",
    params(("accessId" = String, Path, description = "What was asked for, `sup_…`")),
    responses(
        (status = 204, description = "Over"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing of yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Over already", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_support(ctx: Ctx, Path(id): Path<Id<SupportAccess>>) -> Result<StatusCode> {
    support::end_support(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Act for a seller
///
/// With a leave that was given, in this session from the next request on. With leave to look alone
/// every request that could change anything is 403 `auth.support_reads` until one stops. Needs
/// `auth.support.write`.
#[utoipa::path(
    post,
    path = "/v1/support-access/{accessId}/begin",
    tag = "auth",
    params(("accessId" = String, Path, description = "What was given, `sup_…`")),
    responses(
        (status = 204, description = "From the next request on"),
        (status = 403, description = "Without the permission", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing you asked for", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Not given, or over", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn begin_support(ctx: Ctx, browser: Session, Path(id): Path<Id<SupportAccess>>) -> Result<StatusCode> {
    support::begin_support(&ctx, &browser, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Act for oneself again
///
/// From the next request on the person signed in acts for nobody else.
#[utoipa::path(
    post,
    path = "/v1/support-access/leave",
    tag = "auth",
    responses(
        (status = 204, description = "From the next request on"),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn leave_support(ctx: Ctx, browser: Session) -> Result<StatusCode> {
    support::leave_support(&ctx, &browser).await?;
    Ok(StatusCode::NO_CONTENT)
}
