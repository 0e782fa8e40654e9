//! What staff see of customers and keep about them; companies.

use serde_json::json;
use stoa_identity::customers::{self, LAST_COMPANY_ADMIN, MEMBER_UNKNOWN, SEGMENT_STATIC, SEGMENT_TAKEN};
use stoa_identity_types::{
    AddAddress, AddNote, AddTag, AddToSegment, Channel, CompanyRole, Condition, ConsentPurpose,
    ConsentSource, CreateCompany, CreateSegment, CustomerKind, CustomerQuery, PostalAddress, RecordConsent,
    Reveal, RoleName, SegmentKind, SetMember, UpdateCompany,
};
use stoa_kernel::Ctx;
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Currency, Customer, Id, Money, Segment};

use super::{ALL, acting, seller, user};

async fn shopper(test: &Test, email: &str) -> (Ctx, Id<Customer>) {
    let ctx = acting(test, &user(test, email, RoleName::Shopper, None).await).await;
    let id = customers::mine(&ctx).await.expect("a customer");
    (ctx, id)
}

fn staff(test: &Test) -> Ctx {
    test.person(None, &[customers::READ, customers::WRITE, customers::REVEAL])
}

async fn found(ctx: &Ctx, query: CustomerQuery) -> Vec<Id<Customer>> {
    customers::list(ctx, &query).await.expect("a list").items.into_iter().map(|row| row.id).collect()
}

// 11.M10
on_both!(m10_lists_are_masked_and_whoever_looks_behind_is_in_the_trail, ALL, async |test: &Test| {
    let (ctx, ana) = shopper(test, "ana@stoa.example").await;
    let (_, bob) = shopper(test, "bob@stoa.example").await;
    let home = PostalAddress {
        name: "Ana Ruiz".to_owned(),
        street: "Ermou 12".to_owned(),
        postcode: "10431".to_owned(),
        city: "Athens".to_owned(),
        country: "GR".to_owned(),
        ..PostalAddress::default()
    };
    customers::add_address(&ctx, ana, &AddAddress { address: home, default_for: Vec::new() }).await.unwrap();
    let staff = staff(test);
    let all = customers::list(&staff, &CustomerQuery::default()).await.unwrap();
    assert_eq!(all.items.iter().map(|row| row.id).collect::<Vec<_>>(), [bob, ana], "newest first");
    let shown = serde_json::to_string(&all.items).unwrap();
    assert!(!shown.contains("ana@") && !shown.contains("Ruiz"), "{shown}");
    let one = |q: &str| CustomerQuery { q: Some(q.to_owned()), ..CustomerQuery::default() };
    assert_eq!(found(&staff, one(" ANA@stoa.example ")).await, [ana]);
    assert_eq!(found(&staff, one(&bob.to_string())).await, [bob]);
    assert_eq!(found(&staff, one("ana")).await, [], "nobody leafs through addresses");
    assert_eq!(found(&staff, CustomerQuery { limit: Some(1), ..CustomerQuery::default() }).await, [bob]);

    let why = |reason: &str| Reveal { reason: reason.to_owned() };
    assert_eq!(customers::reveal(&staff, ana, &why(" ")).await.unwrap_err().problem(None).status, 422);
    let revealed = customers::reveal(&staff, ana, &why("Asked about an order")).await.unwrap();
    assert_eq!((revealed.customer.email.as_str(), revealed.customer.masked), ("ana@stoa.example", false));
    assert_eq!(revealed.addresses[0].address.street, "Ermou 12");
    let looked = "SELECT count(*) FROM audit_record WHERE action = 'customer.revealed' \
                  AND CAST(changes AS TEXT) LIKE '%Asked about an order%'";
    assert_eq!(test.scalar(looked).await, 1);
    let reader = test.person(None, &[customers::READ]);
    assert_eq!(customers::reveal(&reader, ana, &why("Curious")).await.unwrap_err().problem(None).status, 403);
    // A seller's people are not the platform's.
    let shop = seller(test, "kleio").await;
    let theirs = test.person(Some(shop), &[customers::READ, customers::WRITE, customers::REVEAL]);
    assert_eq!(
        customers::list(&theirs, &CustomerQuery::default()).await.unwrap_err().problem(None).status,
        404
    );
    assert!(customers::get(&theirs, ana).await.is_err());
    assert!(customers::reveal(&theirs, ana, &why("Curious")).await.is_err());
    assert_eq!(test.scalar("SELECT count(*) FROM audit_record WHERE action = 'customer.revealed'").await, 1);
});

// 11.M8
on_both!(m8_tags_and_notes_are_kept_by_staff_alone, ALL, async |test: &Test| {
    let (ctx, ana) = shopper(test, "ana@stoa.example").await;
    let staff = staff(test);
    let tag = |tag: &str| AddTag { tag: tag.to_owned() };
    assert_eq!(customers::add_tag(&staff, ana, &tag(" Whole Sale ")).await.unwrap(), ["whole sale"]);
    assert_eq!(customers::add_tag(&staff, ana, &tag("whole  sale")).await.unwrap(), ["whole sale"]);
    assert!(customers::add_tag(&staff, ana, &tag("<b>")).await.is_err());
    let tagged = CustomerQuery { tag: Some("WHOLE SALE".to_owned()), ..CustomerQuery::default() };
    assert_eq!(found(&staff, tagged.clone()).await, [ana]);
    let note = AddNote { text: "Prefers the phone.\nCall after ten.".to_owned() };
    customers::add_note(&staff, ana, &note).await.unwrap();
    let kept = customers::staff_record(&staff, ana).await.unwrap();
    assert_eq!((kept.tags.len(), kept.notes[0].text.as_str()), (1, note.text.as_str()));
    assert_eq!(kept.notes[0].author, staff.actor.to_string());
    for other in [&ctx, &test.person(None, &[])] {
        assert!(customers::staff_record(other, ana).await.is_err(), "the person does not read the notes");
        assert!(customers::add_tag(other, ana, &tag("vip")).await.is_err());
        assert!(customers::add_note(other, ana, &note).await.is_err());
    }
    customers::remove_tag(&staff, ana, "Whole sale").await.unwrap();
    customers::remove_tag(&staff, ana, "Whole sale").await.unwrap();
    assert_eq!(found(&staff, tagged).await, []);
    let untagged = "SELECT count(*) FROM audit_record WHERE action = 'customer.untagged'";
    assert_eq!(test.scalar(untagged).await, 1);
});

fn rule(name: &str, conditions: Vec<Condition>) -> CreateSegment {
    CreateSegment { name: name.to_owned(), kind: SegmentKind::Rule, conditions }
}

async fn inside(ctx: &Ctx, segment: Id<Segment>) -> Vec<Id<Customer>> {
    found(ctx, CustomerQuery { segment: Some(segment), ..CustomerQuery::default() }).await
}

// 11.M8
on_both!(m8_a_segment_is_who_was_put_in_or_whom_its_rule_fits, ALL, async |test: &Test| {
    let (ctx, ana) = shopper(test, "ana@stoa.example").await;
    let (_, bob) = shopper(test, "bob@stoa.example").await;
    let staff = staff(test);
    let fixed = CreateSegment { name: "Friends".to_owned(), kind: SegmentKind::Static, conditions: vec![] };
    let friends = customers::create_segment(&staff, &fixed).await.unwrap();
    let again = CreateSegment { name: "FRIENDS".to_owned(), ..fixed.clone() };
    assert!(customers::create_segment(&staff, &again).await.unwrap_err().is(SEGMENT_TAKEN));
    let put = AddToSegment { customer: bob };
    customers::add_to_segment(&staff, friends.id, &put).await.unwrap();
    customers::add_to_segment(&staff, friends.id, &put).await.unwrap();
    assert_eq!(inside(&staff, friends.id).await, [bob]);

    let greek = customers::create_segment(
        &staff,
        &rule(
            "Greek readers",
            vec![
                Condition::Country { is: "gr".to_owned() },
                Condition::Consent { purpose: ConsentPurpose::News, channel: Channel::Email },
            ],
        ),
    )
    .await
    .unwrap();
    assert!(customers::add_to_segment(&staff, greek.id, &put).await.unwrap_err().is(SEGMENT_STATIC));
    assert_eq!(inside(&staff, greek.id).await, []);
    let home = PostalAddress {
        name: "Ana Ruiz".to_owned(),
        street: "Ermou 12".to_owned(),
        postcode: "10431".to_owned(),
        city: "Athens".to_owned(),
        country: "GR".to_owned(),
        ..PostalAddress::default()
    };
    customers::add_address(&ctx, ana, &AddAddress { address: home, default_for: Vec::new() }).await.unwrap();
    assert_eq!(inside(&staff, greek.id).await, [], "all conditions have to fit");
    let yes = RecordConsent {
        purpose: ConsentPurpose::News,
        channel: Channel::Email,
        given: true,
        text_version: None,
        frequency: None,
    };
    customers::record_consent(&ctx, ana, &yes, ConsentSource::Account).await.unwrap();
    assert_eq!(inside(&staff, greek.id).await, [ana]);
    let own = customers::staff_record(&staff, ana).await.unwrap().segments;
    assert_eq!(own.iter().map(|segment| segment.id).collect::<Vec<_>>(), [greek.id]);

    for (name, conditions, who) in [
        ("Guests", vec![Condition::Kind { is: CustomerKind::Guest }], vec![]),
        ("Accounts", vec![Condition::Kind { is: CustomerKind::Registered }], vec![bob, ana]),
        ("New", vec![Condition::Since { day: test.ctx.now + chrono::TimeDelta::days(1) }], vec![]),
        ("Tagged", vec![Condition::Tag { is: "VIP".to_owned() }], vec![]),
        ("Companies", vec![Condition::Business], vec![]),
    ] {
        let made = customers::create_segment(&staff, &rule(name, conditions)).await.unwrap();
        assert_eq!(inside(&staff, made.id).await, who, "{name}");
    }
    for wrong in [
        rule("Nothing", vec![]),
        rule("Where", vec![Condition::Country { is: "XX".to_owned() }]),
        CreateSegment { conditions: vec![Condition::Business], ..fixed.clone() },
        CreateSegment { name: String::new(), ..fixed },
    ] {
        assert_eq!(customers::create_segment(&staff, &wrong).await.unwrap_err().problem(None).status, 422);
    }
    customers::remove_from_segment(&staff, friends.id, bob).await.unwrap();
    assert_eq!(inside(&staff, friends.id).await, []);
    assert_eq!(inside_of_nobody(test).await, 404);
});

async fn inside_of_nobody(test: &Test) -> u16 {
    let query = CustomerQuery { segment: Some(stoa_kernel::new_id()), ..CustomerQuery::default() };
    customers::list(&staff(test), &query).await.expect_err("no such segment").problem(None).status
}

fn company(name: &str) -> CreateCompany {
    CreateCompany {
        name: name.to_owned(),
        country: "gr".to_owned(),
        tax_id: Some("el 123-456789".to_owned()),
        admin: None,
    }
}

fn member(email: &str, role: CompanyRole, limit: Option<i64>) -> SetMember {
    SetMember {
        email: email.to_owned(),
        role,
        spending_limit: limit.map(|amount| Money::new(amount, Currency::EUR)),
    }
}

// 11.M8
on_both!(m8_a_company_has_members_roles_limits_and_a_tax_id, ALL, async |test: &Test| {
    let (ana, anas) = shopper(test, "ana@stoa.example").await;
    let (bob, bobs) = shopper(test, "bob@stoa.example").await;
    let (eve, _) = shopper(test, "eve@stoa.example").await;
    let made = customers::create_company(&ana, &company("Kleio Trading")).await.unwrap();
    assert_eq!((made.country.as_str(), made.tax_id.as_deref()), ("GR", Some("EL123456789")));
    assert_eq!((made.members[0].customer, made.members[0].role), (anas, CompanyRole::Admin));
    assert!(customers::company(&bob, made.id).await.is_err(), "a stranger's company is none");

    let buyer = member("BOB@stoa.example", CompanyRole::Buyer, Some(50_000));
    customers::set_member(&ana, made.id, &buyer).await.unwrap();
    let seen = customers::company(&bob, made.id).await.unwrap();
    assert_eq!(seen.members.len(), 2);
    assert_eq!(seen.members[0].name, "A… R…", "a buyer does not read the others' names");
    assert_eq!(seen.members[1].name, "Ana Ruiz", "but their own");
    for refused in [
        customers::set_member(&bob, made.id, &member("bob@stoa.example", CompanyRole::Admin, None)).await,
        customers::set_member(&eve, made.id, &member("eve@stoa.example", CompanyRole::Admin, None)).await,
        customers::update_company(&bob, made.id, made.version, &UpdateCompany::default()).await,
    ] {
        assert_eq!(refused.unwrap_err().problem(None).status, 404);
    }
    let nobody = member("nobody@stoa.example", CompanyRole::Buyer, Some(-1));
    let wrong = customers::set_member(&ana, made.id, &nobody).await.unwrap_err().problem(None);
    assert_eq!((wrong.errors.len(), wrong.errors[0].code.as_str()), (2, MEMBER_UNKNOWN.name));

    let conn = test.app.db.read();
    let euros = |amount| Money::new(amount, Currency::EUR);
    for (who, amount, answer) in [
        (bobs, euros(50_000), Some((CompanyRole::Buyer, true))),
        (bobs, euros(50_001), Some((CompanyRole::Buyer, false))),
        (bobs, Money::new(1, "USD".parse().unwrap()), Some((CompanyRole::Buyer, false))),
        (anas, euros(i64::MAX), Some((CompanyRole::Admin, true))),
        (stoa_kernel::new_id(), euros(1), None),
    ] {
        assert_eq!(customers::spending(conn, made.id, who, amount).await.unwrap(), answer, "{amount:?}");
    }
    let renamed = UpdateCompany { name: Some("Kleio".to_owned()), tax_id: Some(String::new()) };
    let version = customers::company(&ana, made.id).await.unwrap().version;
    let now = customers::update_company(&ana, made.id, version, &renamed).await.unwrap();
    assert_eq!((now.name.as_str(), now.tax_id), ("Kleio", None));
    let stale = customers::update_company(&ana, made.id, version, &renamed).await.unwrap_err();
    assert_eq!(stale.problem(None).status, 412);
    customers::remove_member(&bob, made.id, bobs).await.expect("anybody may leave");
    assert!(customers::company(&bob, made.id).await.is_err());
    assert_eq!(customers::my_companies(&ana).await.unwrap().len(), 1);
});

on_both!(a_company_is_no_way_to_try_out_addresses, ALL, async |test: &Test| {
    let (ana, _) = shopper(test, "ana@stoa.example").await;
    // Allowances are counted for what comes over a network.
    let ana = Ctx { network: Some("192.0.2.1".to_owned()), ..ana };
    let made = customers::create_company(&ana, &company("Kleio")).await.unwrap();
    let mut answers = Vec::new();
    for place in 0..31 {
        let stranger = member(&format!("stranger{place}@stoa.example"), CompanyRole::Buyer, None);
        answers.push(customers::set_member(&ana, made.id, &stranger).await.unwrap_err().problem(None).status);
    }
    assert_eq!((answers[29], answers[30]), (422, 429));
});

// 11.E2
on_both!(e2_a_company_keeps_its_last_admin_even_from_two_at_once, ALL, async |test: &Test| {
    let (ana, anas) = shopper(test, "ana@stoa.example").await;
    let (bob, bobs) = shopper(test, "bob@stoa.example").await;
    let made = customers::create_company(&ana, &company("Kleio")).await.unwrap();
    let last = customers::remove_member(&ana, made.id, anas).await.unwrap_err();
    assert!(last.is(LAST_COMPANY_ADMIN));
    assert_eq!(last.problem(None).status, 409);
    let weaker = member("ana@stoa.example", CompanyRole::Buyer, None);
    assert!(customers::set_member(&ana, made.id, &weaker).await.unwrap_err().is(LAST_COMPANY_ADMIN));
    customers::set_member(&ana, made.id, &member("bob@stoa.example", CompanyRole::Admin, None))
        .await
        .unwrap();
    let both = futures::future::join(
        customers::remove_member(&ana, made.id, bobs),
        customers::remove_member(&bob, made.id, anas),
    )
    .await;
    assert!(both.0.is_ok() ^ both.1.is_ok(), "{both:?}");
    let admins = "SELECT count(*) FROM company_member WHERE role = 'admin'";
    assert_eq!(test.scalar(admins).await, 1);
});

on_both!(staff_work_over_rest, ALL, async |test: &Test| {
    let (ctx, ana) = shopper(test, "ana@stoa.example").await;
    let client = Client::new(&test.app, stoa_identity::routes());
    let staff = staff(test);
    let list = client.get(&staff, "/v1/customers?kind=registered&limit=5").await;
    assert_eq!((list.status.as_u16(), list.json()["items"].as_array().map(Vec::len)), (200, Some(1)));
    assert_eq!(client.get(&staff, "/v1/customers?colour=red").await.status, 400);
    let path = format!("/v1/customers/{ana}");
    let reveal = client.post(&staff, &format!("{path}/reveal"), "k1", json!({ "reason": "A call" })).await;
    assert_eq!(reveal.json()["customer"]["email"], "ana@stoa.example");
    let tags = client.post(&staff, &format!("{path}/tags"), "k2", json!({ "tag": "VIP" })).await;
    assert_eq!(tags.json(), json!(["vip"]));
    let gone = client.send(&staff, http::Method::DELETE, &format!("{path}/tags/vip"), &[], None).await;
    assert_eq!(gone.status, 204);
    let note = client.post(&staff, &format!("{path}/notes"), "k3", json!({ "text": "Called" })).await;
    assert_eq!(note.status, 201, "{}", note.json());
    assert_eq!(
        client.get(&staff, &format!("{path}/staff-record")).await.json()["notes"][0]["text"],
        "Called"
    );
    let rule = json!({ "name": "Greeks", "kind": "rule", "conditions": [{ "on": "country", "is": "GR" }] });
    let segment = client.post(&staff, "/v1/segments", "k4", rule).await;
    assert_eq!(segment.status, 201, "{}", segment.json());
    assert_eq!(client.get(&staff, "/v1/segments").await.json()["items"][0]["name"], "Greeks");
    let company = client.post(&ctx, "/v1/companies", "k5", json!({ "name": "Kleio", "country": "GR" })).await;
    assert_eq!(company.status, 201, "{}", company.json());
    let one = format!("/v1/companies/{}", company.json()["id"].as_str().unwrap());
    let last = client.send(&ctx, http::Method::DELETE, &format!("{one}/members/{ana}"), &[], None).await;
    assert_eq!((last.status.as_u16(), last.code().as_str()), (409, "customers.last_company_admin"));
    for path in ["/v1/customers", "/v1/segments", &format!("{path}/staff-record")] {
        assert_eq!(client.get(&test.visitor(), path).await.status, 401, "{path}");
        assert_eq!(client.get(&ctx, path).await.status, 403, "{path}");
    }
    assert_eq!(client.get(&test.visitor(), &one).await.status, 401);
    assert_eq!(client.get(&test.person(None, &[]), &one).await.status, 404);
});
