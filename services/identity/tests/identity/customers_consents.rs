//! What a customer agreed to, and phone numbers that are proved.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use serde_json::json;
use stoa_identity::customers::{
    self, CODE_OVER, CODE_WRONG, CONTACT_KNOWN, PHONE_INVALID, TextCarrier, TextMessages, UNSUBSCRIBE_INVALID,
};
use stoa_identity_types::{
    AddContactMethod, Channel, ConsentPurpose, ConsentSource, ContactMethodView, ContactPurpose, Frequency,
    RecordConsent, RoleName, VerifyContactMethod,
};
use stoa_kernel::{Ctx, Result, error::codes};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Customer, Id};

use super::{ALL, acting, user};

async fn shopper(test: &Test, email: &str) -> (Ctx, Id<Customer>) {
    let ctx = acting(test, &user(test, email, RoleName::Shopper, None).await).await;
    let id = customers::mine(&ctx).await.expect("a customer");
    (Ctx { network: Some("192.0.2.1".to_owned()), ..ctx }, id)
}

fn says(given: bool, frequency: Option<Frequency>) -> RecordConsent {
    RecordConsent {
        purpose: ConsentPurpose::News,
        channel: Channel::Email,
        given,
        text_version: None,
        frequency,
    }
}

async fn news(ctx: &Ctx, id: Id<Customer>) -> (bool, Frequency) {
    let all = customers::consents(ctx, id).await.expect("consents").preferences;
    let news = all
        .iter()
        .find(|one| one.purpose == ConsentPurpose::News && one.channel == Channel::Email)
        .expect("every choice is there");
    (news.given, news.frequency)
}

async fn claim(test: &Test, id: Id<Customer>) -> bool {
    let ctx = test.system();
    let tx = ctx.db().begin().await.expect("a transaction");
    let may = customers::claim_contact(&tx, &ctx, id, ConsentPurpose::News, Channel::Email).await;
    ctx.db().commit(tx).await.expect("written");
    may.expect("an answer")
}

// 11.M5
on_both!(m5_every_yes_and_no_is_recorded_and_nothing_alters_it, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    assert_eq!(news(&ctx, id).await, (false, Frequency::Daily), "nobody has agreed before they say so");
    let yes = customers::record_consent(&ctx, id, &says(true, None), ConsentSource::Account).await.unwrap();
    assert_eq!((yes.given, yes.text_version, yes.source), (true, 1, ConsentSource::Account));
    assert_eq!(yes.text, customers::texts(ConsentPurpose::News)[0], "with the sentence they saw");
    assert_eq!(news(&ctx, id).await, (true, Frequency::Daily));
    let no = customers::record_consent(&ctx, id, &says(false, None), ConsentSource::Api).await.unwrap();
    assert!(!no.given);
    assert_eq!(news(&ctx, id).await, (false, Frequency::Daily));
    let history = customers::consents(&ctx, id).await.unwrap().history;
    assert_eq!(history.iter().map(|said| said.given).collect::<Vec<_>>(), [false, true]);

    // Where from is kept so that it can be compared and not read.
    assert_eq!(test.scalar("SELECT count(*) FROM consent_record WHERE ip_hash IS NULL").await, 0);
    assert_eq!(test.scalar("SELECT count(*) FROM consent_record WHERE ip_hash LIKE '%192%'").await, 0);
    assert_eq!(test.scalar("SELECT count(DISTINCT ip_hash) FROM consent_record").await, 1);
    for change in ["UPDATE consent_record SET given = (1 = 1)", "DELETE FROM consent_record"] {
        assert!(test.app.db.write().execute_unprepared(change).await.is_err(), "{change}");
    }
    let other = RecordConsent { text_version: Some(9), ..says(true, None) };
    let refused = customers::record_consent(&ctx, id, &other, ConsentSource::Api).await.unwrap_err();
    assert_eq!(refused.problem(None).errors[0].field, "text_version");

    // Staff write down what they were told, and are seen to have.
    let staff = test.person(None, &[customers::READ, customers::WRITE]);
    let told =
        customers::record_consent(&staff, id, &says(true, None), ConsentSource::Account).await.unwrap();
    assert_eq!(told.source, ConsentSource::Staff);
    let (bob, _) = shopper(test, "bob@stoa.example").await;
    assert!(customers::consents(&bob, id).await.is_err());
    assert!(customers::record_consent(&bob, id, &says(true, None), ConsentSource::Api).await.is_err());
});

// 11.M5: withdrawing is as easy as giving, and needs no sign-in.
on_both!(m5_the_link_in_a_message_takes_a_consent_back_without_signing_in, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    customers::record_consent(&ctx, id, &says(true, None), ConsentSource::Account).await.unwrap();
    let url = customers::unsubscribe_url(&ctx, "en-gb", id, ConsentPurpose::News, Channel::Email);
    assert!(url.starts_with("http://localhost:3000/en-gb/unsubscribe?token="), "{url}");
    let token = url.split_once("token=").unwrap().1;
    let visitor = test.visitor();
    let about = customers::look_at_unsubscribe(&visitor, token).await.unwrap();
    assert!(about.given && about.purpose == ConsentPurpose::News);
    assert!(news(&ctx, id).await.0, "looking changes nothing");
    for _ in 0..2 {
        customers::unsubscribe(&visitor, token, ConsentSource::Unsubscribe).await.unwrap();
    }
    assert!(!news(&ctx, id).await.0);
    let history = customers::consents(&ctx, id).await.unwrap().history;
    assert_eq!((history.len(), history[0].source), (2, ConsentSource::Unsubscribe));
    let damaged = format!("{token}x");
    for wrong in ["", "x", "cus_1~news~email.x", damaged.as_str()] {
        let refused = customers::unsubscribe(&visitor, wrong, ConsentSource::Unsubscribe).await.unwrap_err();
        assert!(refused.is(UNSUBSCRIBE_INVALID), "{wrong}");
    }
    // A link about one thing takes nothing else back.
    customers::record_consent(&ctx, id, &says(true, None), ConsentSource::Account).await.unwrap();
    let other = customers::one_click_url(&ctx, id, ConsentPurpose::Research, Channel::Email);
    let client = Client::new(&test.app, stoa_identity::routes());
    let post = async |url: &str| {
        let path = url.strip_prefix("http://localhost:3000").unwrap().to_owned();
        // As RFC 8058 has it: a form without cookie and without a key of ours.
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        client.send(&test.visitor(), http::Method::POST, &path, &headers, None).await.status.as_u16()
    };
    assert_eq!(post(&other).await, 204);
    assert!(news(&ctx, id).await.0);
    assert_eq!(post(&customers::one_click_url(&ctx, id, ConsentPurpose::News, Channel::Email)).await, 204);
    assert!(!news(&ctx, id).await.0);
    let history = customers::consents(&ctx, id).await.unwrap().history;
    assert_eq!(history[0].source, ConsentSource::OneClick);
    assert_eq!(post("http://localhost:3000/v1/customers/unsubscribe?token=x").await, 404);
});

// 11.B3
on_both!(b3_nobody_is_written_to_more_often_than_they_want, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    assert!(!claim(test, id).await, "no consent, no message");
    let yes = says(true, Some(Frequency::Weekly));
    customers::record_consent(&ctx, id, &yes, ConsentSource::Account).await.unwrap();
    let many = futures::future::join_all((0..6).map(|_| claim(test, id))).await;
    assert_eq!(many.into_iter().filter(|may| *may).count(), 1, "of many at once one may");
    for (days, may) in [(1, false), (5, false), (2, true), (6, false), (1, true)] {
        test.travel(TimeDelta::days(days));
        assert_eq!(claim(test, id).await, may, "after {days} more days");
    }
    let ctx = ctx.renewed();
    customers::record_consent(&ctx, id, &says(false, None), ConsentSource::Account).await.unwrap();
    test.travel(TimeDelta::days(365));
    assert!(!claim(test, id).await, "a consent taken back");
    let ctx = ctx.renewed();
    customers::record_consent(&ctx, id, &says(true, None), ConsentSource::Account).await.unwrap();
    assert_eq!(news(&ctx, id).await, (true, Frequency::Weekly), "how often is remembered");
});

// 11.B3: what a page of choices sends.
on_both!(b3_a_page_of_choices_records_what_differs, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    let choice = |purpose, given| RecordConsent { purpose, ..says(given, Some(Frequency::Monthly)) };
    let all = [choice(ConsentPurpose::News, true), choice(ConsentPurpose::Research, false)];
    assert_eq!(customers::record_consents(&ctx, id, &all, ConsentSource::Account).await.unwrap(), 1);
    assert_eq!(customers::record_consents(&ctx, id, &all, ConsentSource::Account).await.unwrap(), 0);
    let oftener = [RecordConsent { frequency: Some(Frequency::Daily), ..all[0].clone() }];
    assert_eq!(customers::record_consents(&ctx, id, &oftener, ConsentSource::Account).await.unwrap(), 1);
    assert_eq!(news(&ctx, id).await, (true, Frequency::Daily));
    assert_eq!(test.scalar("SELECT count(*) FROM consent_record").await, 2);
});

/// What was sent to phones, for tests.
#[derive(Default)]
struct Phones(Mutex<Vec<(String, String)>>);

#[async_trait]
impl TextMessages for Phones {
    async fn send(&self, _: &str, to: &str, text: &str) -> Result<()> {
        self.0.lock().expect("unpoisoned").push((to.to_owned(), text.to_owned()));
        Ok(())
    }
}

fn phones() -> axum::http::Extensions {
    let mut parts = axum::http::Extensions::new();
    let phones = Arc::new(Phones::default());
    parts.insert(phones.clone());
    parts.insert(TextCarrier(phones));
    parts
}

/// The code that was sent last, and where.
async fn sent(test: &Test) -> (String, String) {
    test.settle().await;
    let phones = test.app.part::<Arc<Phones>>().expect("phones");
    let all = phones.0.lock().expect("unpoisoned");
    let (to, text) = all.last().expect("a message");
    (to.clone(), text.split(' ').next().unwrap_or_default().to_owned())
}

fn phone(phone: &str, purpose: ContactPurpose) -> AddContactMethod {
    AddContactMethod { phone: phone.to_owned(), purpose }
}

fn typed(code: &str) -> VerifyContactMethod {
    VerifyContactMethod { code: code.to_owned() }
}

/// Another code than this one.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap_or_default() + 1) % 1_000_000)
}

// 11.M4
on_both!(m4_a_phone_counts_when_its_code_was_typed, ALL, phones(), async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    let add = phone("0030 694-123 4567", ContactPurpose::Delivery);
    let wrong = phone("694 123 4567", ContactPurpose::Delivery);
    let refused = customers::add_contact_method(&ctx, id, &wrong).await.unwrap_err();
    assert_eq!(refused.problem(None).errors[0].code, PHONE_INVALID.name);
    let method = customers::add_contact_method(&ctx, id, &add).await.unwrap();
    assert_eq!((method.phone.as_str(), method.verified_at), ("+306941234567", None));
    assert!(customers::add_contact_method(&ctx, id, &add).await.unwrap_err().is(CONTACT_KNOWN));
    let (to, code) = sent(test).await;
    assert_eq!((to.as_str(), code.len()), ("+306941234567", 6));
    // Neither the row nor the job nor the trail has the code.
    for table in ["contact_method", "job", "audit_record", "outbox_event"] {
        let columns = match table {
            "contact_method" => "code_hash",
            "job" => "CAST(payload AS TEXT)",
            "audit_record" => "CAST(changes AS TEXT)",
            _ => "CAST(data AS TEXT)",
        };
        let sql = format!("SELECT count(*) FROM {table} WHERE {columns} LIKE '%{code}%'");
        assert_eq!(test.scalar(&sql).await, 0, "{table}");
    }
    let refused = customers::verify_contact_method(&ctx, id, method.id, &typed(&other(&code))).await;
    assert_eq!(refused.unwrap_err().problem(None).errors[0].code, CODE_WRONG.name);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let proved = customers::verify_contact_method(&ctx, id, method.id, &typed(&spaced)).await.unwrap();
    assert!(proved.verified_at.is_some());
    let refusals = "SELECT count(*) FROM audit_record WHERE action = 'contact_method.code_refused'";
    assert_eq!(test.scalar(refusals).await, 1);
    let (bob, bobs) = shopper(test, "bob@stoa.example").await;
    assert!(customers::verify_contact_method(&bob, bobs, method.id, &typed(&code)).await.is_err());
    assert!(customers::contact_methods(&bob, id).await.is_err());
    let staff = customers::contact_methods(&test.person(None, &[customers::READ]), id).await.unwrap();
    assert_eq!(staff.items[0].phone, "+30…67");
    customers::remove_contact_method(&ctx, id, method.id).await.unwrap();
    customers::remove_contact_method(&ctx, id, method.id).await.unwrap();
    assert_eq!(test.scalar("SELECT count(*) FROM contact_method").await, 0);
});

// 11.M4
on_both!(
    m4_a_code_counts_for_one_number_and_purpose_five_tries_and_ten_minutes,
    ALL,
    phones(),
    async |test: &Test| {
        let (from_home, id) = shopper(test, "ana@stoa.example").await;
        // The allowance of messages is counted by the machine's clock, which no test moves.
        let ctx = Ctx { network: None, ..from_home.clone() };
        let add = async |purpose| -> ContactMethodView {
            customers::add_contact_method(&ctx, id, &phone("+44 20 7946 0958", purpose)).await.expect("added")
        };
        let (first, first_code) = (add(ContactPurpose::Delivery).await, sent(test).await.1);
        let (second, second_code) = (add(ContactPurpose::Account).await, sent(test).await.1);
        assert_ne!(first_code, second_code);
        let try_it = async |ctx: &Ctx, method: &ContactMethodView, code: &str| {
            customers::verify_contact_method(ctx, id, method.id, &typed(code)).await
        };
        assert!(try_it(&ctx, &first, &second_code).await.is_err(), "bound to its purpose");
        for _ in 0..4 {
            assert!(try_it(&ctx, &first, &other(&first_code)).await.is_err());
        }
        assert!(try_it(&ctx, &first, &first_code).await.unwrap_err().is(CODE_OVER), "five tries are all");
        // Guesses at the same moment are counted, too.
        let guesses = (0..12).map(|_| try_it(&ctx, &second, "no"));
        futures::future::join_all(guesses).await;
        assert_eq!(test.scalar("SELECT max(code_tries) FROM contact_method").await, 5);

        test.travel(TimeDelta::minutes(11));
        let ctx = ctx.renewed();
        customers::resend_code(&ctx, id, first.id).await.unwrap();
        let fresh = sent(test).await.1;
        assert_ne!(fresh, first_code);
        test.travel(TimeDelta::minutes(11));
        assert!(try_it(&ctx.renewed(), &first, &fresh).await.unwrap_err().is(CODE_OVER), "too late");
        let ctx = ctx.renewed();
        customers::resend_code(&ctx, id, first.id).await.unwrap();
        try_it(&ctx, &first, &sent(test).await.1).await.expect("in time");
        assert!(customers::resend_code(&ctx, id, first.id).await.unwrap_err().is(CONTACT_KNOWN));
        let mut last = Ok(());
        for _ in 0..5 {
            last = customers::resend_code(&from_home, id, second.id).await.map(|_| ());
        }
        assert!(last.unwrap_err().is(codes::TOO_MANY), "messages cost money");
    }
);

on_both!(consents_and_phones_work_over_rest, ALL, async |test: &Test| {
    let (ctx, id) = shopper(test, "ana@stoa.example").await;
    let client = Client::new(&test.app, stoa_identity::routes());
    let path = format!("/v1/customers/{id}/consents");
    let body = json!({ "purpose": "news", "channel": "email", "given": true });
    let made = client.post(&ctx, &path, "k1", body).await;
    assert_eq!((made.status.as_u16(), made.json()["source"].as_str()), (201, Some("api")), "{}", made.json());
    assert_eq!(client.get(&ctx, &path).await.json()["history"].as_array().unwrap().len(), 1);
    let odd = json!({ "purpose": "spam", "channel": "email", "given": true });
    assert_eq!(client.post(&ctx, &path, "k2", odd).await.status, 422);
    // Without a carrier the development double writes into the mail folder.
    let path = format!("/v1/customers/{id}/contact-methods");
    let made =
        client.post(&ctx, &path, "k3", json!({ "phone": "+30 694 123 4567", "purpose": "account" })).await;
    assert_eq!(made.status, 201, "{}", made.json());
    test.settle().await;
    let mails: Vec<String> = std::fs::read_dir(test.folder().join("mail"))
        .unwrap()
        .filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok())
        .collect();
    assert!(mails.iter().any(|mail| mail.contains("306941234567@sms.invalid")), "{mails:?}");
    let one = format!("{path}/{}", made.json()["id"].as_str().unwrap());
    let wrong = client.post(&ctx, &format!("{one}/verify"), "k4", json!({ "code": "x" })).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(client.send(&ctx, http::Method::DELETE, &one, &[], None).await.status, 204);
    for path in [&path, &format!("/v1/customers/{id}/consents")] {
        assert_eq!(client.get(&test.visitor(), path).await.status, 401);
        assert_eq!(client.get(&test.person(None, &[]), path).await.status, 404);
    }
});
