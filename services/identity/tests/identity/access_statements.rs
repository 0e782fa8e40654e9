//! What the lists of a team ask of the database: as much for many as for few.

use stoa_identity::access::{self, PeopleQuery};
use stoa_identity_types::{AskSupport, CreateRole, GiveRole, RoleName};
use stoa_testing::{Test, no_more_statements, on_both};
use stoa_types::{Id, Role};

use super::{
    ALL,
    access::{built_in, invitation, owned},
    acting, user,
};

on_both!(lists_of_a_team_of_twelve_ask_no_more_than_those_of_two, ALL, async |test: &Test| {
    let (kleio, _, ctx) = owned(test, "kleio").await;
    // Another owner, whose word every change waits for.
    let cleo = user(test, "cleo@stoa.example", RoleName::Seller, Some(kleio)).await;
    let staff = user(test, "staff@stoa.example", RoleName::Staff, None).await;
    let (cleos, staffs) = (acting(test, &cleo).await, acting(test, &staff).await);
    let mut roles: Vec<Id<Role>> = Vec::new();
    let mut before: Vec<Vec<String>> = Vec::new();
    for count in [2, 12] {
        for at in roles.len()..count {
            let name = format!("Packing {at}");
            let new = CreateRole { name, seller: None, permissions: vec!["orders.read".to_owned()] };
            roles.push(access::create_role(&ctx, new).await.unwrap().id);
            let member = format!("member{at}@stoa.example");
            let member = user(test, &member, RoleName::Support, Some(kleio)).await;
            let more = GiveRole { role: built_in(RoleName::Catalog), seller: None };
            access::give_role(&ctx, member.id, &more).await.unwrap();
            let both = [roles[at], built_in(RoleName::Orders)];
            let asked = invitation(&format!("new{at}@stoa.example"), &both);
            access::invite(&cleos, &asked).await.unwrap();
            let reason = format!("Parcel {at}");
            let leave = AskSupport { seller: kleio, reason, write: false, minutes: 30 };
            access::ask_support(&staffs, &leave).await.unwrap();
        }
        let (people, asked_people) =
            test.statements(access::list_people(&ctx, &PeopleQuery::default())).await;
        let (listed, asked_roles) = test.statements(access::list_roles(&ctx, None)).await;
        let (invited, asked_invitations) = test.statements(access::list_invitations(&ctx, None)).await;
        let (waiting, asked_requests) = test.statements(access::list_requests(&ctx, None)).await;
        let (leaves, asked_support) = test.statements(access::list_support(&ctx)).await;
        let (explained, asked_who) = test.statements(access::explain(&ctx, "orders.read", None, None)).await;
        let invited = invited.unwrap().items;
        assert_eq!(people.unwrap().items.len(), count + 2);
        assert!(listed.unwrap().items.len() >= count);
        assert_eq!((invited.len(), waiting.unwrap().items.len()), (count, count));
        assert_eq!((leaves.unwrap().items.len(), explained.unwrap().people.len()), (count, count + 2));
        // Newest first, each with its own roles by name.
        assert_eq!(invited[count - 2].roles, ["orders", "Packing 1"]);
        assert_eq!(invited[count - 1].roles, ["orders", "Packing 0"]);
        let now =
            [asked_people, asked_roles, asked_invitations, asked_requests, asked_support, asked_who].to_vec();
        for (few, many) in before.iter().zip(&now) {
            no_more_statements(few, many);
        }
        before = now;
    }
});
