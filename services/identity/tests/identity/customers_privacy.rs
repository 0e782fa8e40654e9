//! What people ask about their data, and two records of one person made one.

use std::sync::Arc;

use chrono::TimeDelta;
use http::Extensions;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde_json::{Value, json};
use stoa_identity::{
    auth::{self, SqlSessions, session},
    customers::{
        self, ERASURE_OPEN, EXPORT_OVER, IdentityData, MERGE_IMPOSSIBLE, PersonalRegister, REQUEST_LINK,
        REQUEST_OVER,
        privacy_notices::{PrivacyAbout, PrivacyNotice, privacy_mail},
    },
};
use stoa_identity_entities::data_request;
use stoa_identity_types::{
    AddAddress, AddNote, AddTag, Channel, CompanyRole, ConsentPurpose, ConsentSource, CreateCompany,
    DataRequestQuery, DataRequestView, ExportFormat, MergeCustomers, PostalAddress, RecordConsent,
    RequestKind, RequestState, RoleName, SetMember,
};
use stoa_kernel::{Ctx, error::codes};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Customer, Id};
use tower_sessions::Session;

use super::{ALL, PASSWORD, acting, credentials, device, user};

fn parts() -> Extensions {
    let mut parts = Extensions::new();
    parts.insert(PersonalRegister(Arc::new([("identity", Arc::new(IdentityData))])));
    parts
}

/// Somebody whose address is proved, and a browser on which they have just signed in.
async fn shopper(test: &Test, email: &str) -> (Ctx, Id<Customer>, Session) {
    let person = user(test, email, RoleName::Shopper, None).await;
    let proved = format!("UPDATE \"user\" SET email_verified_at = created_at WHERE email = '{email}'");
    test.app.db.write().execute_unprepared(&proved).await.expect("proved");
    let ctx = acting(test, &person).await;
    let id = customers::mine(&ctx).await.expect("a customer");
    let browser = Session::new(None, Arc::new(SqlSessions::new(&test.app)), None);
    let known = auth::principal_of_user(&test.app, person.id).await.unwrap().unwrap();
    let _ = session::start(&test.visitor(), &browser, &known, &device("192.0.2.1")).await.unwrap();
    (ctx, id, browser)
}

fn nobody(test: &Test) -> Session {
    Session::new(None, Arc::new(SqlSessions::new(&test.app)), None)
}

async fn guest(test: &Test, email: &str) -> Id<Customer> {
    let ctx = test.visitor();
    let tx = ctx.db().begin().await.unwrap();
    let id = customers::guest(&tx, &ctx, email, "Zephyrine Quill").await.unwrap();
    ctx.db().commit(tx).await.unwrap();
    id
}

fn athens(street: &str) -> AddAddress {
    AddAddress {
        address: PostalAddress {
            name: "Zephyrine Quill".to_owned(),
            street: street.to_owned(),
            postcode: "10431".to_owned(),
            city: "Athens".to_owned(),
            country: "GR".to_owned(),
            ..PostalAddress::default()
        },
        default_for: Vec::new(),
    }
}

fn says(given: bool) -> RecordConsent {
    RecordConsent {
        purpose: ConsentPurpose::News,
        channel: Channel::Email,
        given,
        text_version: None,
        frequency: None,
    }
}

/// The token in the mail about a request.
async fn token(test: &Test, about: PrivacyAbout, request: &DataRequestView) -> Option<String> {
    let notice = PrivacyNotice { about, request: request.id };
    let mail = privacy_mail(&test.system(), &notice).await.expect("an answer")?;
    mail.url.split_once("token=").map(|(_, token)| token.to_owned())
}

async fn newest(ctx: &Ctx, id: Id<Customer>, kind: RequestKind) -> DataRequestView {
    customers::requests(ctx, id, kind).await.expect("requests").items.remove(0)
}

// 11.M6
on_both!(m6_a_copy_holds_everything_and_is_its_owners_alone, ALL, parts(), async |test: &Test| {
    let (ctx, id, browser) = shopper(test, "zephyrine@stoa.example").await;
    customers::add_address(&ctx, id, &athens("Quagmire Lane 5")).await.unwrap();
    customers::record_consent(&ctx, id, &says(true), ConsentSource::Account).await.unwrap();
    customers::add_note(&test.system(), id, &AddNote { text: "Likes =blue, jugs".to_owned() }).await.unwrap();

    let refused = customers::ask_export(&ctx, &nobody(test), id).await.unwrap_err();
    assert!(refused.is(auth::STEP_UP_REQUIRED), "{refused}");
    let asked = customers::ask_export(&ctx, &browser, id).await.unwrap();
    assert_eq!(
        (asked.state, asked.due_at.date_naive()),
        (RequestState::Working, ctx.now.date_naive() + chrono::Months::new(1),)
    );
    assert_eq!(customers::ask_export(&ctx, &browser, id).await.unwrap().id, asked.id, "one at a time");
    let early = customers::export_file(&ctx, &browser, id, asked.id, ExportFormat::Json).await;
    assert!(early.unwrap_err().is(EXPORT_OVER), "not there yet");
    test.settle().await;

    let ready = newest(&ctx, id, RequestKind::Export).await;
    assert_eq!((ready.id, ready.state), (asked.id, RequestState::Ready));
    let file = customers::export_file(&ctx, &browser, id, asked.id, ExportFormat::Json).await.unwrap();
    assert_eq!(file.bytes.len() as i64, ready.bytes.unwrap());
    let copy: Value = serde_json::from_slice(&file.bytes).unwrap();
    let mine = &copy["areas"]["identity"][0];
    assert_eq!(mine["customer"]["email"], "zephyrine@stoa.example");
    assert_eq!(mine["addresses"][0]["street"], "Quagmire Lane 5");
    assert_eq!(mine["consents"][0]["given"], true);
    assert_eq!(mine["notes"][0]["text"], "Likes =blue, jugs");
    assert_eq!(mine["account"]["sessions"][0]["address"], "192.0.2.1");
    assert!(!String::from_utf8_lossy(&file.bytes).contains("argon2"), "nothing that opens the account");
    let table = customers::export_file(&ctx, &browser, id, asked.id, ExportFormat::Csv).await.unwrap();
    let table = String::from_utf8(table.bytes).unwrap();
    assert!(table.contains("identity,0.addresses.0.street,Quagmire Lane 5\r\n"), "{table}");
    let looks = "SELECT count(*) FROM audit_record WHERE action = 'customer.export_fetched'";
    assert_eq!(test.scalar(looks).await, 2);

    // Nobody else: not another, not staff, not a browser left open, not the mail's link.
    let (other, _, others) = shopper(test, "bob@stoa.example").await;
    let staff = test.person(None, &[customers::READ, customers::WRITE, customers::REVEAL]);
    for (ctx, browser) in [(&other, &others), (&staff, &browser)] {
        let refused = customers::export_file(ctx, browser, id, asked.id, ExportFormat::Json).await;
        assert!(refused.unwrap_err().is(codes::NOT_FOUND));
    }
    let stale = customers::export_file(&ctx, &nobody(test), id, asked.id, ExportFormat::Json).await;
    assert!(stale.unwrap_err().is(auth::STEP_UP_REQUIRED));
    assert_eq!(token(test, PrivacyAbout::ExportReady, &ready).await, None, "the mail leads to the account");

    test.travel(TimeDelta::days(8));
    let ctx = ctx.renewed();
    auth::step_up::confirm(
        &ctx,
        &browser,
        &stoa_identity_types::StepUp {
            password: Some(stoa_identity_types::Password::new(PASSWORD)),
            code: None,
        },
    )
    .await
    .unwrap();
    let over = customers::export_file(&ctx, &browser, id, asked.id, ExportFormat::Json).await;
    assert!(over.unwrap_err().is(EXPORT_OVER), "a week is over");
    tidy(test).await;
    assert_eq!(newest(&ctx, id, RequestKind::Export).await.state, RequestState::Expired);
    assert!(!exists(test, "exports"), "the files are gone");
});

async fn tidy(test: &Test) {
    let system = test.system();
    stoa_kernel::jobs::enqueue(system.db().write(), &system, "customers.tidy_requests", ()).await.unwrap();
    test.settle().await;
}

/// Whether any file lies in this folder of the object store.
fn exists(test: &Test, folder: &str) -> bool {
    std::fs::read_dir(test.folder().join("objects").join(folder))
        .is_ok_and(|mut files| files.next().is_some())
}

// 11.B2
on_both!(
    b2_a_guest_has_a_copy_by_a_link_and_an_account_has_its_guests_part,
    ALL,
    parts(),
    async |test: &Test| {
        let alone = guest(test, "alone@stoa.example").await;
        let staff = test.person(None, &[customers::READ, customers::WRITE]);
        let asked = customers::ask_export(&staff, &nobody(test), alone).await.unwrap();
        test.settle().await;
        let link = token(test, PrivacyAbout::ExportReady, &asked).await.expect("a link");
        let by_link = async |token: &str| {
            customers::export_file_by_link(&test.visitor(), token, ExportFormat::Json).await
        };
        let copy: Value = serde_json::from_slice(&by_link(&link).await.unwrap().bytes).unwrap();
        assert_eq!(copy["areas"]["identity"][0]["customer"]["email"], "alone@stoa.example");
        assert!(by_link(&format!("{link}x")).await.unwrap_err().is(REQUEST_LINK));

        let bought_as = guest(test, "zephyrine@stoa.example").await;
        let (ctx, id, browser) = shopper(test, "zephyrine@stoa.example").await;
        let asked = customers::ask_export(&ctx, &browser, id).await.unwrap();
        test.settle().await;
        let file = customers::export_file(&ctx, &browser, id, asked.id, ExportFormat::Json).await.unwrap();
        let copy: Value = serde_json::from_slice(&file.bytes).unwrap();
        assert_eq!(copy["areas"]["identity"][1]["customer"]["id"], bought_as.to_string());

        // Whoever has not proved the address has nothing of its guest.
        let person = user(test, "claims@stoa.example", RoleName::Shopper, None).await;
        guest(test, "claims@stoa.example").await;
        let ctx = acting(test, &person).await;
        let id = customers::mine(&ctx).await.unwrap();
        let asked = customers::ask_export(&staff, &nobody(test), id).await.unwrap();
        test.settle().await;
        let object =
            data_request::Entity::find_by_id(asked.id.uuid()).one(test.app.db.read()).await.unwrap().unwrap();
        let object = test.folder().join("objects").join(format!("{}.json", object.object.unwrap()));
        let copy: Value = serde_json::from_slice(&std::fs::read(object).unwrap()).unwrap();
        assert_eq!(copy["areas"]["identity"].as_array().unwrap().len(), 1);
    }
);

// 11.M7
on_both!(
    m7_an_erasure_is_confirmed_by_mail_waits_a_week_and_can_be_called_off,
    ALL,
    parts(),
    async |test: &Test| {
        let (ctx, id, browser) = shopper(test, "zephyrine@stoa.example").await;
        let visitor = test.visitor();
        let refused = customers::ask_erasure(&ctx, &nobody(test), id).await.unwrap_err();
        assert!(refused.is(auth::STEP_UP_REQUIRED), "{refused}");
        let asked = customers::ask_erasure(&ctx, &browser, id).await.unwrap();
        assert_eq!((asked.state, asked.effective_at), (RequestState::Asked, None));
        assert_eq!(
            customers::ask_erasure(&ctx, &browser, id).await.unwrap().id,
            asked.id,
            "the mail comes again"
        );
        let link = token(test, PrivacyAbout::ConfirmErasure, &asked).await.expect("a link");
        assert!(customers::confirm_erasure(&visitor, "drq_x.y").await.unwrap_err().is(REQUEST_LINK));

        // Without the link nothing ever happens.
        test.travel(TimeDelta::days(2));
        test.settle().await;
        assert!(
            customers::confirm_erasure(&test.visitor(), &link).await.unwrap_err().is(REQUEST_LINK),
            "a day"
        );
        tidy(test).await;
        assert_eq!(newest(&ctx, id, RequestKind::Erasure).await.state, RequestState::Expired);

        let staff = test.person(None, &[customers::READ, customers::WRITE]);
        let asked = customers::ask_erasure(&staff, &nobody(test), id).await.unwrap();
        let link = token(test, PrivacyAbout::ConfirmErasure, &asked).await.expect("a link");
        let visitor = test.visitor();
        let (one, two) = tokio::join!(
            customers::confirm_erasure(&visitor, &link),
            customers::confirm_erasure(&visitor, &link)
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.state, one.effective_at), (RequestState::Waiting, two.effective_at));
        let jobs = "SELECT count(*) FROM job WHERE kind = 'customers.erase'";
        assert_eq!(test.scalar(jobs).await, 1, "confirmed once");
        assert!(customers::ask_erasure(&staff, &nobody(test), id).await.unwrap_err().is(ERASURE_OPEN));
        let (bob, _, _) = shopper(test, "bob@stoa.example").await;
        assert!(customers::cancel_erasure(&bob, id, one.id).await.unwrap_err().is(codes::NOT_FOUND));
        let keep = token(test, PrivacyAbout::ErasureWaiting, &one).await.expect("a link");
        let off = customers::cancel_erasure_by_link(&test.visitor(), &keep).await.unwrap();
        assert_eq!(off.state, RequestState::Cancelled);
        assert!(customers::cancel_erasure(&ctx, id, one.id).await.unwrap_err().is(REQUEST_OVER));
        test.travel(TimeDelta::days(8));
        test.settle().await;
        assert_eq!(
            test.scalar("SELECT count(*) FROM customer WHERE name = 'Ana Ruiz'").await,
            2,
            "nothing went"
        );
    }
);

// 11.M7
on_both!(m7_after_a_week_everything_is_gone_and_the_address_is_free, ALL, parts(), async |test: &Test| {
    let bought_as = guest(test, "zephyrine@stoa.example").await;
    let (ctx, id, browser) = shopper(test, "zephyrine@stoa.example").await;
    customers::add_address(&ctx, id, &athens("Quagmire Lane 5")).await.unwrap();
    customers::record_consent(&ctx, id, &says(true), ConsentSource::Account).await.unwrap();
    customers::add_tag(&test.system(), id, &AddTag { tag: "quillful".to_owned() }).await.unwrap();
    let client = Client::new(&test.app, stoa_identity::routes());
    let body = serde_json::to_value(athens("Quagmire Lane 6")).unwrap();
    let made = client.post(&ctx, &format!("/v1/customers/{id}/addresses"), "same-key", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json());
    customers::ask_export(&ctx, &browser, id).await.unwrap();
    let asked = customers::ask_erasure(&ctx, &browser, id).await.unwrap();
    test.settle().await;
    let link = token(test, PrivacyAbout::ConfirmErasure, &asked).await.expect("a link");
    customers::confirm_erasure(&test.visitor(), &link).await.unwrap();
    test.travel(TimeDelta::days(6));
    test.settle().await;
    assert_eq!(
        newest(&ctx, id, RequestKind::Erasure).await.state,
        RequestState::Waiting,
        "not before its time"
    );
    assert!(test.everything().await.iter().any(|(_, rows)| rows.iter().any(|row| row.contains("Quagmire"))));

    test.travel(TimeDelta::days(2));
    test.settle().await;
    let system = test.system();
    assert_eq!(newest(&system, id, RequestKind::Erasure).await.state, RequestState::Done);
    for (table, rows) in test.everything().await {
        for row in rows {
            for mark in ["zephyrine", "Quagmire", "Quill", "quillful", "Ana Ruiz"] {
                // Columns of bytes are shown in hexadecimal.
                let bytes: String = mark.bytes().map(|byte| format!("{byte:02x}")).collect();
                let there = row.contains(mark) || row.to_ascii_lowercase().contains(&bytes);
                assert!(!there, "{mark} is in {table}: {row}");
            }
        }
    }
    assert!(!exists(test, "exports"));
    let gone: Vec<String> = test.events().await;
    assert_eq!(
        gone.iter().filter(|name| *name == "customer.deleted").count(),
        2,
        "the account and its guest"
    );
    assert_eq!(test.scalar("SELECT count(*) FROM consent_record").await, 1, "the proof stays");
    assert_eq!(test.scalar("SELECT count(*) FROM session").await, 0);
    assert_ne!(guest(test, "zephyrine@stoa.example").await, bought_as, "a new one");
    let back = auth::sign_in(
        &test.visitor(),
        &credentials("zephyrine@stoa.example", PASSWORD),
        &device("192.0.2.9"),
    )
    .await;
    assert!(back.is_err(), "nobody comes in any more");
    user(test, "zephyrine@stoa.example", RoleName::Shopper, None).await;
    // The request that was sent before does nothing again, and says nothing.
    let again = client.post(&ctx, &format!("/v1/customers/{id}/addresses"), "same-key", body).await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (201, 0));
});

// 11.M7
on_both!(m7_what_keeps_an_erasure_is_said_and_looked_at_again, ALL, parts(), async |test: &Test| {
    let (ctx, id, browser) = shopper(test, "zephyrine@stoa.example").await;
    let (bob, _, _) = shopper(test, "bob@stoa.example").await;
    let company = customers::create_company(
        &ctx,
        &CreateCompany { name: "Quill Ltd".to_owned(), country: "GR".to_owned(), tax_id: None, admin: None },
    )
    .await
    .unwrap();
    let member = |role| SetMember { email: "bob@stoa.example".to_owned(), role, spending_limit: None };
    customers::set_member(&ctx, company.id, &member(CompanyRole::Buyer)).await.unwrap();
    let asked = customers::ask_erasure(&ctx, &browser, id).await.unwrap();
    let told = customers::requests(&ctx, id, RequestKind::Erasure).await.unwrap().blockers;
    assert!(told.len() == 1 && told[0].contains("Quill Ltd"), "{told:?}");
    let link = token(test, PrivacyAbout::ConfirmErasure, &asked).await.expect("a link");
    customers::confirm_erasure(&test.visitor(), &link).await.unwrap();
    test.travel(TimeDelta::days(8));
    test.settle().await;
    let blocked = newest(&test.system(), id, RequestKind::Erasure).await;
    assert_eq!((blocked.state, blocked.blockers.len()), (RequestState::Blocked, 1));
    assert!(token(test, PrivacyAbout::ErasureBlocked, &blocked).await.is_some());
    let notices = async || {
        test.scalar("SELECT count(*) FROM outbox_event WHERE name = 'customer.privacy_notice'").await
    };
    let before = notices().await;
    test.travel(TimeDelta::hours(7));
    test.settle().await;
    assert_eq!(notices().await, before, "told once");
    let ctx = ctx.renewed();
    customers::set_member(&ctx, company.id, &member(CompanyRole::Admin)).await.unwrap();
    test.travel(TimeDelta::hours(7));
    test.settle().await;
    assert_eq!(newest(&test.system(), id, RequestKind::Erasure).await.state, RequestState::Done);
    assert_eq!(customers::my_companies(&bob).await.unwrap().len(), 1, "the company is the others'");
});

// 11.UI
on_both!(the_queue_shows_the_laws_clock_to_staff_alone, ALL, parts(), async |test: &Test| {
    let (ctx, id, browser) = shopper(test, "zephyrine@stoa.example").await;
    customers::ask_erasure(&ctx, &browser, id).await.unwrap();
    let alone = guest(test, "alone@stoa.example").await;
    let staff = test.person(None, &[customers::READ, customers::WRITE]);
    customers::ask_export(&staff, &nobody(test), alone).await.unwrap();
    let open = DataRequestQuery { open: Some(true), ..DataRequestQuery::default() };
    let page = customers::data_requests(&staff, &open).await.unwrap();
    let seen: Vec<_> = page.items.iter().map(|row| (row.request.customer, row.overdue)).collect();
    assert_eq!(seen, [(id, false), (alone, false)], "the most urgent first");
    assert_eq!(page.items[0].email, "z…@s….example");
    test.settle().await;
    let page = customers::data_requests(&staff, &open).await.unwrap();
    assert_eq!(page.items.len(), 1, "an answer ends it");
    test.travel(TimeDelta::days(32));
    let late = Ctx { now: test.app.now(), ..staff.clone() };
    assert!(customers::data_requests(&late, &open).await.unwrap().items[0].overdue);
    let all = customers::data_requests(&staff, &DataRequestQuery::default()).await.unwrap();
    assert_eq!(all.items.len(), 2);
    let seller = test.person(Some(crate::seller(test, "kleio").await), &[customers::READ]);
    assert!(customers::data_requests(&seller, &open).await.is_err());
    assert!(customers::data_requests(&ctx, &open).await.unwrap_err().is(codes::FORBIDDEN));
});

// 11.M9
on_both!(m9_two_records_of_one_person_become_one, ALL, parts(), async |test: &Test| {
    let (ctx, into, _) = shopper(test, "zephyrine@stoa.example").await;
    let (double, from, _) = shopper(test, "zeph@stoa.example").await;
    let staff = test.person(None, &[customers::READ, customers::WRITE]);
    customers::add_address(&double, from, &athens("Quagmire Lane 5")).await.unwrap();
    customers::record_consent(&ctx, into, &says(true), ConsentSource::Account).await.unwrap();
    customers::record_consent(&double, from, &says(false), ConsentSource::Account).await.unwrap();
    for id in [from, into] {
        customers::add_tag(&staff, id, &AddTag { tag: "wholesale".to_owned() }).await.unwrap();
    }
    customers::add_note(&staff, from, &AddNote { text: "Writes letters".to_owned() }).await.unwrap();

    let wrong = customers::preview_merge(&staff, into, guest(test, "x@stoa.example").await).await.unwrap();
    assert!(wrong.obstacles.is_empty() && wrong.losses.is_empty());
    let guest = wrong.from.id;
    let backwards = customers::preview_merge(&staff, guest, into).await.unwrap();
    assert_eq!(backwards.obstacles.len(), 1, "an account does not become a guest");
    let preview = customers::preview_merge(&staff, into, from).await.unwrap();
    let moved: Vec<_> = preview.moves.iter().map(|held| (held.what.as_str(), held.count)).collect();
    assert_eq!(moved, [("addresses", 1), ("consents", 1), ("tags", 1), ("notes", 1)]);
    assert!(preview.from.masked && preview.losses.len() == 1 && preview.obstacles.is_empty());

    let wish = |from_version| MergeCustomers {
        from,
        into,
        from_version,
        into_version: preview.into.version,
        reason: "Same phone and street".to_owned(),
    };
    let refused = customers::merge_customers(&ctx, &wish(preview.from.version)).await.unwrap_err();
    assert!(refused.is(codes::FORBIDDEN));
    let stale = customers::merge_customers(&staff, &wish(preview.from.version - 1)).await.unwrap_err();
    assert!(stale.is(codes::STALE), "{stale}");
    let (one, two) = (wish(preview.from.version), wish(preview.from.version));
    let (one, two) =
        tokio::join!(customers::merge_customers(&staff, &one), customers::merge_customers(&staff, &two));
    assert!(one.is_ok() != two.is_ok(), "once: {one:?} {two:?}");

    let book = customers::addresses(&ctx, into).await.unwrap().items;
    assert_eq!(book[0].address.street, "Quagmire Lane 5");
    let kept = customers::staff_record(&staff, into).await.unwrap();
    assert_eq!((kept.tags.len(), kept.notes.len()), (1, 1));
    let consents = customers::consents(&ctx, into).await.unwrap();
    assert_eq!(consents.history.len(), 2, "the proof of both");
    assert!(consents.preferences.iter().all(|one| !one.given), "where one said no, nobody is written to");
    let gone = customers::get(&staff, from).await.unwrap();
    assert_eq!(gone.name, "");
    let again = customers::merge_customers(&staff, &MergeCustomers { from_version: gone.version, ..wish(0) })
        .await
        .unwrap_err();
    assert!(again.is(MERGE_IMPOSSIBLE));
    let back =
        auth::sign_in(&test.visitor(), &credentials("zeph@stoa.example", PASSWORD), &device("192.0.2.9"))
            .await;
    assert!(back.is_err());
    let why = "SELECT count(*) FROM audit_record WHERE action = 'customer.merged' AND CAST(changes AS TEXT) LIKE '%Same phone%'";
    assert_eq!(test.scalar(why).await, 1);
});

on_both!(requests_work_over_rest, ALL, parts(), async |test: &Test| {
    let alone = guest(test, "alone@stoa.example").await;
    let staff = test.person(None, &[customers::READ, customers::WRITE]);
    let client = Client::new(&test.app, stoa_identity::routes().layer(session::layer(&test.app)));
    let made = client.post(&staff, &format!("/v1/customers/{alone}/data-exports"), "k1", json!({})).await;
    assert_eq!(
        (made.status.as_u16(), made.json()["state"].as_str()),
        (202, Some("working")),
        "{}",
        made.json()
    );
    test.settle().await;
    let row = data_request::Entity::find().order_by_desc(data_request::Column::Id).one(test.app.db.read());
    let row = row.await.unwrap().unwrap();
    let notice = PrivacyNotice { about: PrivacyAbout::ExportReady, request: Id::new(row.id) };
    let url = privacy_mail(&test.system(), &notice).await.unwrap().unwrap().url;
    let token = url.split_once("token=").unwrap().1;
    let path = format!("/v1/customers/data-exports/file?format=csv&token={token}");
    let file = client.get(&test.visitor(), &path).await;
    assert_eq!(file.status, 200);
    assert!(String::from_utf8_lossy(&file.bytes).contains("alone@stoa.example"));
    let path = format!("/v1/customers/{alone}/erasure-requests");
    assert_eq!(client.post(&staff, &path, "k2", json!({})).await.status, 202);
    let listed = client.get(&staff, &path).await.json();
    let request = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let off = client.post(&staff, &format!("{path}/{request}/cancel"), "k3", json!({})).await;
    assert_eq!((off.status.as_u16(), off.json()["state"].as_str()), (200, Some("cancelled")));
    let wrong = client
        .post(&test.visitor(), "/v1/customers/erasure-requests/confirm", "k4", json!({ "token": "x" }))
        .await;
    assert_eq!(wrong.status, 404);
    let queue = client.get(&staff, "/v1/data-requests").await.json();
    assert_eq!(queue["items"].as_array().unwrap().len(), 2);
    assert_eq!(client.get(&staff, "/v1/data-requests?colour=red").await.status, 400);
    let other = guest(test, "other@stoa.example").await;
    let preview =
        client.get(&staff, &format!("/v1/customers/{alone}/merge-preview?from={other}")).await.json();
    let wish = json!({
        "from": other, "into": alone, "reason": "One person",
        "from_version": preview["from"]["version"], "into_version": preview["into"]["version"],
    });
    let merged = client.post(&staff, "/v1/customers:merge", "k5", wish).await;
    assert_eq!(merged.status, 200, "{}", merged.json());
});
