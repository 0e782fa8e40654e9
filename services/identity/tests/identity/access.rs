//! Roles of one's own, teams, invitations, ownership, and why somebody may.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use serde_json::json;
use stoa_identity::{
    access::{self, PeopleQuery, TeamAbout, TeamNotice},
    auth::{
        CACHED, LAST_ADMIN, ROLE_SELLER, ROLE_TOO_WIDE, ROLES_WRITE, USERS_READ, USERS_WRITE,
        principal_of_session, principal_of_user, roles, session, sign_in,
    },
};
use stoa_identity_types::{
    AcceptInvitation, ChooseWorkplace, CreateRole, GiveRole, InvitationState, InvitationView, InviteMember,
    OfferOwnership, Outcome, Password, RoleName, UpdateRole, UserView, WhyNot,
};
use stoa_kernel::{Ctx, Permission, error::codes};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Id, Role, Seller, User};
use tower_sessions::Session;

use super::{ALL, PASSWORD, acting, browser::Browser, credentials, device, seller, user};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn role(name: &str, seller: Option<Id<Seller>>, permissions: &[&str]) -> CreateRole {
    CreateRole { name: name.to_owned(), seller, permissions: names(permissions) }
}

pub(super) fn built_in(role: RoleName) -> Id<Role> {
    roles::id(role)
}

async fn give(ctx: &Ctx, user: Id<User>, role: Id<Role>, seller: Option<Id<Seller>>) -> Outcome {
    access::give_role(ctx, user, &GiveRole { role, seller }).await.expect("a role is given").outcome
}

pub(super) fn invitation(email: &str, roles: &[Id<Role>]) -> InviteMember {
    InviteMember { email: email.to_owned(), roles: roles.to_vec(), seller: None }
}

/// What the link in the mail of an invitation ends with.
async fn token(test: &Test, invitation: &InvitationView) -> Option<String> {
    let notice = TeamNotice {
        about: TeamAbout::Invited,
        user: None,
        invitation: Some(invitation.id),
        seller: invitation.seller,
        role: None,
        by: "system".to_owned(),
        locale: "en-gb".to_owned(),
    };
    let mail = access::team_mail(&test.system(), &notice).await.expect("an answer")?;
    mail.url.split_once("token=").map(|(_, token)| token.to_owned())
}

fn accepting(token: &str, name: &str, password: &str) -> AcceptInvitation {
    AcceptInvitation {
        token: token.to_owned(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        password: (!password.is_empty()).then(|| Password::new(password)),
    }
}

/// A shop with its owner.
pub(super) async fn owned(test: &Test, slug: &str) -> (Id<Seller>, UserView, Ctx) {
    let shop = seller(test, slug).await;
    let owner = user(test, &format!("owner@{slug}.example"), RoleName::Seller, Some(shop)).await;
    let ctx = acting(test, &owner).await;
    (shop, owner, ctx)
}

// 12.M10
on_both!(a_role_of_ones_own_carries_what_it_lists_and_never_more_than_its_maker, ALL, async |test: &Test| {
    let (kleio, owner, ctx) = owned(test, "kleio").await;
    let packing = access::create_role(&ctx, role("Packing", None, &["orders.read"])).await.unwrap();
    assert_eq!(
        (packing.seller, packing.permissions.as_slice()),
        (Some(kleio), names(&["orders.read"]).as_slice())
    );
    let bob = user(test, "bob@stoa.example", RoleName::Support, Some(kleio)).await;
    assert_eq!(give(&ctx, bob.id, packing.id, None).await, Outcome::Done);
    let bobs = acting(test, &bob).await;
    assert!(bobs.may(Permission("orders.read")) && !bobs.may(Permission("orders.write")));
    assert_eq!(bobs.seller, Some(kleio));

    // Refused, and nothing changed: unknown, beyond a seller, beyond oneself, nothing, a taken name.
    for (wrong, code) in [
        (role("A", None, &["orders.fly"]), "auth.role_permissions"),
        (role("A", None, &["orders.write"]), "auth.role_permissions"),
        (role("A", None, &[]), "auth.role_permissions"),
        (role("", None, &["orders.read"]), "auth.role_name_invalid"),
        (role("Admin", None, &["orders.read"]), "auth.role_name_invalid"),
    ] {
        let problem = access::create_role(&ctx, wrong).await.unwrap_err().problem(None);
        assert_eq!((problem.status, problem.errors[0].code.as_str()), (422, code));
    }
    let again = access::create_role(&ctx, role(" PACKING ", None, &["orders.read"])).await.unwrap_err();
    assert!(again.is(access::ROLE_NAME_TAKEN), "{again}");
    let narrow = test.person(Some(kleio), &[access::TEAM_WRITE, Permission("orders.read")]);
    let beyond = access::create_role(&narrow, role("B", None, &["products.write"])).await.unwrap_err();
    assert_eq!(beyond.problem(None).status, 422);
    let catalog = GiveRole { role: built_in(RoleName::Catalog), seller: None };
    let wide = access::give_role(&narrow, bob.id, &catalog).await;
    assert!(wide.unwrap_err().is(ROLE_TOO_WIDE));
    assert!(
        access::give_role(&narrow, bob.id, &GiveRole { role: built_in(RoleName::Seller), seller: None })
            .await
            .unwrap_err()
            .is(ROLE_TOO_WIDE)
    );
    // A built-in role stays as it is.
    let built = access::update_role(
        &ctx,
        built_in(RoleName::Support),
        UpdateRole { name: Some("Mine".to_owned()), permissions: None },
        1,
    );
    assert!(built.await.unwrap_err().is(access::ROLE_BUILT_IN));
    // Deny by default: no role, no permission.
    let nobody = test.person(None, &[]);
    assert!(access::list_roles(&nobody, None).await.unwrap_err().is(codes::FORBIDDEN));
    assert!(access::list_roles(&test.visitor(), None).await.unwrap_err().is(codes::SIGN_IN));
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'role.created'").await, 1);
    assert_eq!(owner.roles.len(), 1);
});

// 12.M10
on_both!(a_sellers_people_see_and_change_their_own_team_alone, ALL, async |test: &Test| {
    let (kleio, owner, ctx) = owned(test, "kleio").await;
    let (arta, stranger, other) = owned(test, "arta").await;
    let theirs = access::create_role(&other, role("Packing", None, &["orders.read"])).await.unwrap();
    let people = access::list_people(&ctx, &PeopleQuery::default()).await.unwrap();
    assert_eq!(people.items.iter().map(|person| person.id).collect::<Vec<_>>(), [owner.id]);
    let seen = access::list_roles(&ctx, None).await.unwrap();
    assert!(seen.items.iter().all(|role| role.id != theirs.id && role.name != "staff"));
    let not_found = |error: stoa_kernel::Error| assert!(error.is(codes::NOT_FOUND), "{error}");
    let given = |role, seller| GiveRole { role, seller };
    not_found(
        access::list_people(&ctx, &PeopleQuery { seller: Some(arta), ..Default::default() })
            .await
            .unwrap_err(),
    );
    not_found(access::get_person(&ctx, stranger.id).await.unwrap_err());
    not_found(access::held_roles(&ctx, stranger.id).await.unwrap_err());
    not_found(
        access::give_role(&ctx, stranger.id, &given(built_in(RoleName::Orders), None)).await.unwrap_err(),
    );
    not_found(access::give_role(&ctx, owner.id, &given(theirs.id, None)).await.unwrap_err());
    not_found(
        access::give_role(&ctx, owner.id, &given(built_in(RoleName::Orders), Some(arta))).await.unwrap_err(),
    );
    not_found(access::give_role(&ctx, owner.id, &given(built_in(RoleName::Staff), None)).await.unwrap_err());
    not_found(access::take_role(&ctx, stranger.id, built_in(RoleName::Seller), None).await.unwrap_err());
    not_found(access::remove_member(&ctx, stranger.id, None).await.unwrap_err());
    not_found(access::update_role(&ctx, theirs.id, UpdateRole::default(), 1).await.unwrap_err());
    not_found(access::delete_role(&ctx, theirs.id).await.unwrap_err());
    not_found(access::explain(&ctx, "orders.read", Some(stranger.id), None).await.unwrap_err());
    not_found(access::explain(&ctx, "orders.read", None, Some(arta)).await.unwrap_err());
    let asked = access::invite(&other, &invitation("eve@stoa.example", &[theirs.id])).await.unwrap();
    not_found(access::withdraw_invitation(&ctx, asked.id).await.unwrap_err());
    assert!(access::list_invitations(&ctx, None).await.unwrap().items.is_empty());
    // People as such, and their sessions, are the platform's.
    assert!(access::list_sessions(&ctx, owner.id).await.unwrap_err().is(codes::FORBIDDEN));
    assert!(access::suspend(&ctx, stranger.id, None).await.unwrap_err().is(codes::FORBIDDEN));
    // The platform reaches both, and gives a seller's role for its own seller alone.
    let admin = test.person(None, &[USERS_READ, ROLES_WRITE, Permission("orders.read")]);
    assert_eq!(access::list_people(&admin, &PeopleQuery::default()).await.unwrap().items.len(), 2);
    let wrong = access::give_role(&admin, owner.id, &given(theirs.id, Some(kleio))).await.unwrap_err();
    assert!(wrong.is(ROLE_SELLER), "{wrong}");
    let wrong = access::give_role(&admin, owner.id, &given(theirs.id, None)).await.unwrap_err();
    assert!(wrong.is(ROLE_SELLER), "{wrong}");
    assert_eq!(give(&admin, owner.id, theirs.id, Some(arta)).await, Outcome::Done);
});

// 12.E5: in the process that changed it at once, elsewhere as soon as what it has read is too old.
on_both!(a_narrowed_or_deleted_role_is_narrow_with_the_next_request, ALL, async |test: &Test| {
    let (kleio, _, ctx) = owned(test, "kleio").await;
    let made =
        access::create_role(&ctx, role("Shelf", None, &["orders.read", "products.write"])).await.unwrap();
    let bob = user(test, "bob@stoa.example", RoleName::Finance, Some(kleio)).await;
    give(&ctx, bob.id, made.id, None).await;
    assert!(acting(test, &bob).await.may(Permission("products.write")));
    let narrower = UpdateRole { name: None, permissions: Some(names(&["orders.read"])) };
    let changed = access::update_role(&ctx, made.id, narrower.clone(), made.version).await.unwrap();
    assert!(!acting(test, &bob).await.may(Permission("products.write")), "with the next request");
    let stale = access::update_role(&ctx, made.id, narrower, made.version).await.unwrap_err();
    assert!(stale.is(codes::STALE), "{stale}");
    assert!(access::delete_role(&ctx, made.id).await.unwrap_err().is(access::ROLE_HELD));
    access::take_role(&ctx, bob.id, made.id, None).await.unwrap();
    access::delete_role(&ctx, made.id).await.unwrap();
    assert_eq!(changed.role.version, 2);

    // As another process of the installation would have written it.
    let bobs = acting(test, &bob).await;
    assert!(bobs.may(Permission("orders.read")));
    test.app.db.write().execute_unprepared("DELETE FROM user_role").await.unwrap();
    tokio::time::sleep(CACHED + Duration::from_millis(200)).await;
    assert!(!acting(test, &bob).await.may(Permission("orders.read")), "within {CACHED:?}");
});

// 12.E5
on_both!(an_edited_role_counts_for_running_sessions_at_once, ALL, async |test: &Test| {
    let (kleio, _, ctx) = owned(test, "kleio").await;
    let wide = &["orders.read", access::TEAM_READ.0];
    let made = access::create_role(&ctx, role("Desk", None, wide)).await.unwrap();
    let bob = user(test, "bob@stoa.example", RoleName::Orders, Some(kleio)).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    let body = json!({ "email": "bob@stoa.example", "password": PASSWORD });
    assert_eq!(browser.post("/v1/auth/login", body).await.status, 200);
    assert_eq!(browser.get("/v1/users").await.status, 403);
    give(&ctx, bob.id, made.id, None).await;
    assert_eq!(browser.get("/v1/users").await.status, 200, "given");
    let mut version = made.version;
    for (permissions, expected) in [(&wide[..1], 403), (&wide[..], 200)] {
        let change = UpdateRole { name: None, permissions: Some(names(permissions)) };
        let changed = access::update_role(&ctx, made.id, change, version).await.unwrap();
        version = changed.role.version;
        assert_eq!(browser.get("/v1/users").await.status, expected, "{permissions:?}");
    }
    access::take_role(&ctx, bob.id, made.id, None).await.unwrap();
    assert_eq!(browser.get("/v1/users").await.status, 403, "taken");
    access::remove_member(&ctx, bob.id, None).await.unwrap();
    assert_eq!(browser.get("/v1/users").await.status, 403, "out of the team");
    assert_eq!(browser.name().await.as_deref(), Some("Ana Ruiz"), "and still signed in");
});

// 12.B2, 17.M6
on_both!(an_invitation_works_once_for_its_address_and_for_a_week, ALL, async |test: &Test| {
    let (kleio, _, ctx) = owned(test, "kleio").await;
    let orders = built_in(RoleName::Orders);
    let asked = access::invite(&ctx, &invitation(" New@Stoa.example ", &[orders])).await.unwrap();
    assert_eq!((asked.state, asked.seller), (InvitationState::Open, Some(kleio)));
    let link = token(test, &asked).await.expect("a link");
    let sql = format!("SELECT count(*) FROM invitation WHERE token_hash = '{link}'");
    assert_eq!(test.scalar(&sql).await, 0, "nothing in the database opens it");
    let offer = access::look_at_invitation(&test.visitor(), &link).await.unwrap();
    assert_eq!((offer.account, offer.seller.as_deref()), (false, Some("Shop kleio")));

    // Wrong fields keep it open; then it makes an account whose address is proved.
    let weak = access::accept_invitation(&test.visitor(), &accepting(&link, "", "short")).await.unwrap_err();
    let fields: Vec<String> = weak.problem(None).errors.into_iter().map(|error| error.field).collect();
    assert_eq!(fields, ["name", "password"]);
    let accepted =
        access::accept_invitation(&test.visitor(), &accepting(&link, "Nia", PASSWORD)).await.unwrap();
    assert!(accepted.new && accepted.seller == Some(kleio));
    let nia = accepted.principal.act(test.visitor());
    assert!(nia.seller == Some(kleio) && !nia.may(access::TEAM_WRITE) && nia.may(Permission("orders.read")));
    sign_in(&test.visitor(), &credentials("new@stoa.example", PASSWORD), &device("192.0.2.1")).await.unwrap();
    let again =
        access::accept_invitation(&test.visitor(), &accepting(&link, "Eve", PASSWORD)).await.unwrap_err();
    assert!(again.is(access::INVITATION_INVALID), "{again}");
    assert!(
        access::invite(&ctx, &invitation("NEW@stoa.example", &[orders]))
            .await
            .unwrap_err()
            .is(access::ALREADY_MEMBER)
    );

    // An address with an account: its owner, signed in, and nobody else.
    let bob = user(test, "bob@stoa.example", RoleName::Shopper, None).await;
    let eve = user(test, "eve@stoa.example", RoleName::Shopper, None).await;
    let asked = access::invite(&ctx, &invitation("bob@stoa.example", &[orders])).await.unwrap();
    let link = token(test, &asked).await.unwrap();
    let visitor =
        access::accept_invitation(&test.visitor(), &accepting(&link, "Bob", PASSWORD)).await.unwrap_err();
    assert!(visitor.is(codes::SIGN_IN), "{visitor}");
    let stolen =
        access::accept_invitation(&acting(test, &eve).await, &accepting(&link, "", "")).await.unwrap_err();
    assert!(stolen.is(access::INVITATION_ADDRESS), "{stolen}");
    let accepted =
        access::accept_invitation(&acting(test, &bob).await, &accepting(&link, "", "")).await.unwrap();
    assert!(!accepted.new);
    assert_eq!(acting(test, &bob).await.seller, Some(kleio), "from the next request on");
    let held = access::held_roles(&acting(test, &bob).await, bob.id).await.unwrap();
    assert_eq!(held.items[0].given_by_name.as_deref(), Some("Ana Ruiz"), "by whoever invited");

    // Replaced, withdrawn, expired, or its maker gone: one answer.
    let refused = async |asked: &InvitationView, link: &str| {
        assert_eq!(token(test, asked).await, None, "nothing is sent any more");
        let late = accepting(link, "Nia", PASSWORD);
        assert!(
            access::accept_invitation(&test.visitor(), &late)
                .await
                .unwrap_err()
                .is(access::INVITATION_INVALID)
        );
    };
    let first = access::invite(&ctx, &invitation("c@stoa.example", &[orders])).await.unwrap();
    let first_link = token(test, &first).await.unwrap();
    let second = access::invite(&ctx, &invitation("c@stoa.example", &[orders])).await.unwrap();
    refused(&first, &first_link).await;
    let second_link = token(test, &second).await.unwrap();
    access::withdraw_invitation(&ctx, second.id).await.unwrap();
    refused(&second, &second_link).await;
    assert!(access::withdraw_invitation(&ctx, second.id).await.unwrap_err().is(access::REQUEST_OVER));
    let third = access::invite(&ctx, &invitation("c@stoa.example", &[orders])).await.unwrap();
    let third_link = token(test, &third).await.unwrap();
    test.travel(TimeDelta::days(7));
    refused(&third, &third_link).await;
    assert!(access::list_invitations(&ctx.renewed(), None).await.unwrap().items.is_empty());
    assert!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'invitation.refused'").await >= 4);
});

on_both!(an_invitation_ends_with_the_rights_of_whoever_made_it, ALL, async |test: &Test| {
    let (kleio, _, ctx) = owned(test, "kleio").await;
    let lead =
        access::create_role(&ctx, role("Lead", None, &["auth.team.write", "orders.read"])).await.unwrap();
    let bob = user(test, "bob@stoa.example", RoleName::Finance, Some(kleio)).await;
    give(&ctx, bob.id, lead.id, None).await;
    let packing = access::create_role(&ctx, role("Packing", None, &["orders.read"])).await.unwrap();
    let bobs = acting(test, &bob).await;
    let asked = access::invite(&bobs, &invitation("friend@stoa.example", &[packing.id])).await.unwrap();
    assert_eq!(asked.state, InvitationState::AwaitingApproval, "whoever owns nothing asks an owner");
    access::approve_invitation(&ctx, asked.id).await.unwrap();
    let link = token(test, &asked).await.unwrap();
    access::remove_member(&ctx, bob.id, None).await.unwrap();
    let late = access::accept_invitation(&test.visitor(), &accepting(&link, "Friend", PASSWORD)).await;
    assert!(late.unwrap_err().is(access::INVITATION_INVALID));
    assert_eq!(test.scalar("SELECT count(*) FROM \"user\"").await, 2);
});

// 12.B2: one invitation, two browsers.
on_both!(an_invitation_taken_up_twice_at_once_makes_one_account, ALL, async |test: &Test| {
    let (_, _, ctx) = owned(test, "kleio").await;
    let asked =
        access::invite(&ctx, &invitation("new@stoa.example", &[built_in(RoleName::Orders)])).await.unwrap();
    let link = token(test, &asked).await.unwrap();
    let visitor = test.visitor();
    let (given_a, given_b) = (accepting(&link, "Nia", PASSWORD), accepting(&link, "Eve", PASSWORD));
    let (a, b) = tokio::join!(
        access::accept_invitation(&visitor, &given_a),
        access::accept_invitation(&visitor, &given_b)
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
    assert_eq!(test.scalar("SELECT count(*) FROM \"user\"").await, 2);
});

// 12.B2
on_both!(where_there_is_a_second_owner_they_agree_before_anybody_gets_more, ALL, async |test: &Test| {
    let (kleio, ana, anas) = owned(test, "kleio").await;
    let bob = user(test, "bob@stoa.example", RoleName::Finance, Some(kleio)).await;
    let packing = access::create_role(&anas, role("Packing", None, &["orders.read"])).await.unwrap();
    assert_eq!(give(&anas, bob.id, packing.id, None).await, Outcome::Done, "a sole owner decides alone");
    let cleo = user(test, "cleo@stoa.example", RoleName::Seller, Some(kleio)).await;
    let (anas, cleos) = (acting(test, &ana).await, acting(test, &cleo).await);

    // A role for a member.
    let orders = built_in(RoleName::Orders);
    let more = access::create_role(&anas, role("Shelf", None, &["products.write"])).await.unwrap();
    assert_eq!(give(&anas, bob.id, more.id, None).await, Outcome::AwaitingApproval);
    assert_eq!(give(&anas, bob.id, more.id, None).await, Outcome::AwaitingApproval);
    assert!(!acting(test, &bob).await.may(Permission("products.write")));
    let waiting = access::list_requests(&cleos, None).await.unwrap().items;
    assert_eq!((waiting.len(), waiting[0].yours, waiting[0].own), (1, true, false), "asked once");
    assert!(access::accept_request(&anas, waiting[0].id).await.unwrap_err().is(access::NOT_AN_OWNER));
    let bobs = acting(test, &bob).await;
    assert!(access::accept_request(&bobs, waiting[0].id).await.unwrap_err().is(access::NOT_AN_OWNER));
    access::accept_request(&cleos, waiting[0].id).await.unwrap();
    assert!(acting(test, &bob).await.may(Permission("products.write")));
    assert!(access::accept_request(&cleos, waiting[0].id).await.unwrap_err().is(access::REQUEST_OVER));

    // More for a role that somebody holds; less needs nobody.
    let wider = UpdateRole { name: None, permissions: Some(names(&["orders.read", "media.write"])) };
    let wider = access::update_role(&anas, packing.id, wider, packing.version).await;
    assert!(wider.is_err(), "no such permission among these services");
    let wider = UpdateRole { name: None, permissions: Some(names(&["orders.read", "products.write"])) };
    let asked = access::update_role(&anas, packing.id, wider, packing.version).await.unwrap();
    assert_eq!((asked.outcome, asked.role.permissions), (Outcome::AwaitingApproval, names(&["orders.read"])));
    let waiting = access::list_requests(&cleos, None).await.unwrap().items;
    access::refuse_request(&cleos, waiting[0].id).await.unwrap();
    assert!(access::list_requests(&cleos, None).await.unwrap().items.is_empty());
    let none = UpdateRole { name: Some("Parcels".to_owned()), permissions: None };
    assert_eq!(
        access::update_role(&anas, packing.id, none, packing.version).await.unwrap().outcome,
        Outcome::Done
    );

    // Somebody new.
    let asked = access::invite(&anas, &invitation("new@stoa.example", &[orders])).await.unwrap();
    assert_eq!(asked.state, InvitationState::AwaitingApproval);
    assert_eq!(token(test, &asked).await, None, "not sent yet");
    assert!(access::approve_invitation(&anas, asked.id).await.unwrap_err().is(access::NOT_AN_OWNER));
    access::approve_invitation(&cleos, asked.id).await.unwrap();
    assert!(token(test, &asked).await.is_some());
    assert!(access::approve_invitation(&cleos, asked.id).await.unwrap_err().is(access::REQUEST_OVER));
    test.settle().await;
});

// 17.M6
on_both!(a_shop_passes_on_when_it_is_accepted_and_is_never_without_an_owner, ALL, async |test: &Test| {
    let (kleio, ana, anas) = owned(test, "kleio").await;
    let owner = built_in(RoleName::Seller);
    let last = access::take_role(&anas, ana.id, owner, None).await.unwrap_err();
    assert_eq!((last.is(access::LAST_OWNER), last.problem(None).status), (true, 409));
    assert!(access::remove_member(&anas, ana.id, None).await.unwrap_err().is(access::LAST_OWNER));
    let bob = user(test, "bob@stoa.example", RoleName::Orders, Some(kleio)).await;
    let stranger = user(test, "eve@stoa.example", RoleName::Shopper, None).await;
    let offer = |user| OfferOwnership { user };
    assert!(access::offer_ownership(&anas, &offer(stranger.id)).await.unwrap_err().is(access::NOT_A_MEMBER));
    let bobs = acting(test, &bob).await;
    assert!(access::offer_ownership(&bobs, &offer(bob.id)).await.unwrap_err().is(codes::FORBIDDEN));

    let id = access::offer_ownership(&anas, &offer(bob.id)).await.unwrap();
    assert!(acting(test, &ana).await.may(access::TEAM_WRITE), "hers until he accepts");
    assert!(access::accept_request(&anas, id).await.unwrap_err().is(access::NOT_AN_OWNER));
    access::accept_request(&bobs, id).await.unwrap();
    let (anas, bobs) = (acting(test, &ana).await, acting(test, &bob).await);
    assert!(bobs.may(access::TEAM_WRITE) && bobs.may(Permission("orders.read")));
    assert!(anas.seller.is_none() && anas.permissions.is_empty());
    assert!(access::accept_request(&bobs, id).await.unwrap_err().is(access::REQUEST_OVER));

    // Two owners who leave at once: one stays.
    let cleo = user(test, "cleo@stoa.example", RoleName::Seller, Some(kleio)).await;
    let cleos = acting(test, &cleo).await;
    let (a, b) = tokio::join!(
        access::take_role(&bobs, bob.id, owner, None),
        access::take_role(&cleos, cleo.id, owner, None)
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
    let sql = "SELECT count(*) FROM audit_record WHERE action = 'user.role_revoked'";
    assert_eq!(test.scalar(sql).await, 2);
});

// 12.B3
on_both!(it_is_explained_why_somebody_may_and_who_may, ALL, async |test: &Test| {
    let (kleio, ana, anas) = owned(test, "kleio").await;
    let bob = user(test, "bob@stoa.example", RoleName::Finance, Some(kleio)).await;
    let made = access::create_role(&anas, role("Shelf", None, &["products.write"])).await.unwrap();
    give(&anas, bob.id, made.id, None).await;
    let admin = user(test, "admin@stoa.example", RoleName::Admin, None).await;
    let shopper = user(test, "shop@stoa.example", RoleName::Shopper, None).await;

    let why = access::explain(&anas, "products.write", Some(bob.id), None).await.unwrap();
    let person = &why.people[0];
    assert!(
        person.allowed && why.roles.contains(&"Shelf".to_owned()) && !why.roles.contains(&"admin".to_owned())
    );
    let chain: Vec<_> =
        person.through.iter().map(|held| (held.name.as_str(), held.given_by_name.as_deref())).collect();
    assert_eq!(chain, [("Shelf", Some("Ana Ruiz"))]);
    assert_eq!(person.through[0].given_by, ana.id.to_string());
    assert_eq!(person.without[0].name, "finance");

    let why = access::explain(&anas, "orders.write", Some(bob.id), None).await.unwrap();
    assert_eq!((why.people[0].allowed, why.people[0].why_not), (false, Some(WhyNot::RolesWithout)));
    let who = access::explain(&anas, "products.write", None, None).await.unwrap();
    let mut found: Vec<_> = who.people.iter().map(|person| person.user.to_string()).collect();
    found.sort();
    let mut expected = vec![ana.id.to_string(), bob.id.to_string()];
    expected.sort();
    assert_eq!(found, expected, "one's own team, not the platform's people");

    // The platform sees that its own people reach every seller.
    let admins = acting(test, &admin).await;
    let who = access::explain(&admins, "products.write", None, Some(kleio)).await.unwrap();
    assert_eq!(who.people.len(), 3);
    let why = access::explain(&admins, "products.write", Some(shopper.id), None).await.unwrap();
    assert_eq!(why.people[0].why_not, Some(WhyNot::RolesWithout));
    let why = access::explain(&admins, "products.write", Some(bob.id), None).await.unwrap();
    assert_eq!(why.people[0].why_not, Some(WhyNot::NoRole), "his is for one seller");
    access::suspend(&admins, bob.id, Some("Left".to_owned())).await.unwrap();
    let why = access::explain(&admins, "products.write", Some(bob.id), Some(kleio)).await.unwrap();
    assert_eq!(why.people[0].why_not, Some(WhyNot::Suspended));
    let unknown = access::explain(&admins, "orders.fly", None, None).await.unwrap_err();
    assert!(unknown.is(access::PERMISSION_UNKNOWN), "{unknown}");
    // What is explained is what is so.
    for name in ["products.write", "orders.write", "refunds.write"] {
        for person in [&ana, &admin, &shopper] {
            let said = access::explain(&admins, name, Some(person.id), None).await.unwrap().people[0].allowed;
            let principal = principal_of_user(&test.app, person.id).await.unwrap().unwrap();
            let so = principal.seller.is_none() && principal.permissions.contains(name);
            assert_eq!(said, so, "{name} {}", person.email);
        }
    }
});

// 12.M10
on_both!(somebody_of_several_sellers_acts_for_the_one_they_choose, ALL, async |test: &Test| {
    let (kleio, ana, _) = owned(test, "kleio").await;
    let (arta, _, _) = owned(test, "arta").await;
    let foreign = seller(test, "foreign").await;
    give(&test.system(), ana.id, built_in(RoleName::Orders), Some(arta)).await;
    let signed = async || {
        let session = Session::new(None, Arc::new(stoa_identity::auth::SqlSessions::new(&test.app)), None);
        let principal = principal_of_user(&test.app, ana.id).await.unwrap().unwrap();
        let _ = session::start(&test.visitor(), &session, &principal, &device("192.0.2.1")).await.unwrap();
        session
    };
    let now = async |session: &Session| {
        principal_of_session(&test.app, session).await.unwrap().unwrap().act(test.visitor())
    };
    let session = signed().await;
    assert_eq!(now(&session).await.seller, Some(kleio), "whose role came first");
    let choose = async |seller| {
        let ctx = now(&session).await;
        access::choose_workplace(&ctx, &session, &ChooseWorkplace { seller }).await
    };
    choose(Some(arta)).await.unwrap();
    session.save().await.unwrap();
    let ctx = now(&session).await;
    assert_eq!(ctx.seller, Some(arta));
    assert!(
        ctx.may(Permission("orders.read")) && !ctx.may(access::TEAM_WRITE),
        "what that role gives, no more"
    );
    let places = access::list_workplaces(&ctx).await.unwrap().items;
    let shown: Vec<_> = places.iter().map(|place| (place.name.as_str(), place.current)).collect();
    assert_eq!(shown, [("Shop kleio", false), ("Shop arta", true)]);
    assert!(choose(Some(foreign)).await.unwrap_err().is(codes::NOT_FOUND));
    assert!(choose(None).await.unwrap_err().is(codes::NOT_FOUND), "no role on the platform");
    // Another browser is not affected, and a role taken ends the choice.
    assert_eq!(now(&signed().await).await.seller, Some(kleio));
    access::take_role(&test.system(), ana.id, built_in(RoleName::Orders), Some(arta)).await.unwrap();
    assert_eq!(now(&session).await.seller, Some(kleio));
});

on_both!(whoever_is_locked_out_is_out_at_once_and_the_last_admin_stays, ALL, async |test: &Test| {
    let admin = user(test, "admin@stoa.example", RoleName::Admin, None).await;
    let staff = user(test, "staff@stoa.example", RoleName::Staff, None).await;
    let mut browser = Browser::new(&test.app, device("192.0.2.1"));
    let body = json!({ "email": "staff@stoa.example", "password": PASSWORD });
    assert_eq!(browser.post("/v1/auth/login", body).await.status, 200);
    let admins = acting(test, &admin).await;
    assert!(access::suspend(&admins, admin.id, None).await.unwrap_err().is(access::ONESELF));
    let helper = test.person(None, &[USERS_WRITE, USERS_READ]);
    assert!(access::suspend(&helper, staff.id, None).await.unwrap_err().is(ROLE_TOO_WIDE));
    assert!(access::suspend(&test.system(), admin.id, None).await.unwrap_err().is(LAST_ADMIN));
    let sessions = access::list_sessions(&admins, staff.id).await.unwrap().items;
    assert_eq!(sessions.len(), 1);
    assert!(
        access::revoke_session(&admins, admin.id, sessions[0].id).await.unwrap_err().is(codes::NOT_FOUND)
    );
    let out = access::suspend(&admins, staff.id, Some("Lost laptop".to_owned())).await.unwrap();
    assert!(out.suspended);
    assert_eq!(browser.name().await, None, "signed out");
    let refused =
        sign_in(&test.visitor(), &credentials("staff@stoa.example", PASSWORD), &device("192.0.2.1")).await;
    assert!(refused.is_err());
    assert!(!access::reinstate(&admins, staff.id).await.unwrap().suspended);
    sign_in(&test.visitor(), &credentials("staff@stoa.example", PASSWORD), &device("192.0.2.1"))
        .await
        .unwrap();
    let sql =
        "SELECT count(*) FROM audit_record WHERE action LIKE 'user.suspended' AND reason = 'Lost laptop'";
    assert_eq!(test.scalar(sql).await, 1);
});

// Mass assignment, and the doors' statuses.
on_both!(the_routes_translate_and_take_nothing_else, ALL, async |test: &Test| {
    let (_, ana, anas) = owned(test, "kleio").await;
    let client = Client::new(&test.app, stoa_identity::access::http::routes());
    let made = client
        .post(&anas, "/v1/roles", "1", json!({ "name": "Packing", "permissions": ["orders.read"] }))
        .await;
    assert_eq!(made.status, 201, "{}", made.json());
    for more in ["seller_id", "scope", "built_in", "holders"] {
        let body = json!({ "name": "X", "permissions": ["orders.read"], more: "platform" });
        assert_eq!(client.post(&anas, "/v1/roles", more, body).await.status, 422, "{more}");
    }
    let path = format!("/v1/roles/{}", made.json()["id"].as_str().unwrap());
    let body = json!({ "permissions": ["orders.read", "products.write"] });
    let changed = client.patch(&anas, &path, &made.etag(), body.clone()).await;
    assert_eq!((changed.status.as_u16(), changed.etag().as_str()), (200, "\"2\""));
    assert_eq!(client.patch(&anas, &path, &made.etag(), body).await.status, 412);
    let listed = client.get(&anas, "/v1/roles").await.json();
    assert!(listed["items"].as_array().unwrap().iter().any(|role| role["name"] == "Packing"));
    let body = json!({ "email": "new@stoa.example", "roles": [made.json()["id"]] });
    let asked = client.post(&anas, "/v1/invitations", "2", body).await;
    assert_eq!((asked.status.as_u16(), &asked.json()["state"]), (201, &json!("open")));
    assert!(asked.json().get("token").is_none(), "the link goes by mail alone");
    let explained =
        client.get(&anas, &format!("/v1/authz/explain?permission=orders.read&user={}", ana.id)).await;
    assert_eq!(explained.json()["people"][0]["allowed"], json!(true));
    assert_eq!(client.get(&anas, "/v1/authz/explain?permission=orders.read&colour=red").await.status, 400);
    let other = client.get(&anas, "/v1/users?seller=sel_00000000000000000000000000").await;
    assert_eq!(other.status, 404);
    let people = client.get(&anas, "/v1/users").await.json();
    assert_eq!(people["items"].as_array().map(Vec::len), Some(1));
});
