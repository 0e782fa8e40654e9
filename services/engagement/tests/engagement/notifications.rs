use stoa_fulfilment::shipping;
use stoa_fulfilment_types::{CreateShipment, LineQuantity, ShipmentView};
use stoa_kernel::{Ctx, Module, ports::ReadMail};
use stoa_ordering::orders;
use stoa_ordering_types::orders::OrderView;
use stoa_testing::{Test, on_both};

use crate::support::*;

fn all() -> Vec<&'static Module> {
    [modules(), stoa_engagement::MODULES.to_vec()].concat()
}

/// What lies in the mail folder with this word in its subject.
fn mails(test: &Test, subject: &str) -> Vec<ReadMail> {
    let folder = std::fs::read_dir(test.folder().join("mail")).expect("the mail folder");
    let files = folder.map(|entry| entry.expect("an entry").path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .map(|path| ReadMail::parse(&std::fs::read(path).expect("a mail")))
        .filter(|mail| mail.subject.contains(subject))
        .collect()
}

on_both!(
    a_link_into_an_account_is_mailed_once_and_kept_nowhere,
    &all(),
    bank().await,
    async |test: &Test| {
        use stoa_identity::{auth, customers};
        use stoa_identity_types::{LinkPurpose, LinkWanted, Password, RequestLink, SignUp};

        let ctx = Ctx { locale: "de-de".to_owned(), ..test.visitor() };
        let input = SignUp {
            email: "Ana@Stoa.example".to_owned(),
            name: "Ana".to_owned(),
            password: Some(Password::new("lavender on tuesday")),
        };
        customers::sign_up(&ctx, &input).await.unwrap();
        test.settle().await;
        test.settle().await;
        let sent = mails(test, "Confirm your email address");
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].to, "Ana@Stoa.example");
        let link = "http://localhost:3000/de-de/sign-up/confirm?token=";
        let token = sent[0].text.split_once(link).expect("the link").1.split_whitespace().next().unwrap();
        let seen = auth::look_at_link(&ctx, token, LinkPurpose::SignUp).await.unwrap();
        assert_eq!((seen.email.as_str(), seen.has_password), ("Ana@Stoa.example", true));
        let kept = format!("SELECT COUNT(*) FROM job WHERE CAST(payload AS TEXT) LIKE '%{}%'", &token[..20]);
        assert_eq!(test.scalar(&kept).await, 0);

        // Nobody has an account: nobody gets a mail, and the log says why.
        let input = RequestLink { email: "ana@stoa.example".to_owned(), purpose: LinkWanted::Reset };
        auth::request_link(&ctx, &input).await.unwrap();
        test.settle().await;
        assert_eq!(mails(test, "password").len(), 0);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM notification WHERE state = 'skipped'").await, 1);
    }
);

/// Somebody who speaks this language buys a jug of one seller and three cups of another.
async fn bought(test: &Test, locale: &str) -> OrderView {
    let (kleio, werk) = (seller(test, "kleio", 1000).await, seller(test, "werk", 1250).await);
    let (jug, cup) = (offer(test, kleio, "jug", 480_000, 5).await, offer(test, werk, "cup", 1250, 9).await);
    let (ctx, cart) = shopper(test, &[(jug, 1), (cup, 3)]).await;
    let ctx = Ctx { locale: locale.to_owned(), ..ctx };
    let intent = checkout(&ctx, &cart).await.expect("a checkout");
    pay(&ctx, intent.payment, "tok_approved").await.expect("paid");
    let order = orders::complete(&ctx, intent.payment).await.expect("an order");
    settle(test).await;
    order
}

async fn ship(test: &Test, order: &OrderView, part: usize, quantity: i64) -> ShipmentView {
    let part = &order.parcels[part];
    let lines = vec![LineQuantity { order_line: part.lines[0].id, quantity }];
    let number = format!("EL-{}-{quantity}", part.seller_slug);
    let input = CreateShipment { carrier: "ELTA".to_owned(), tracking_number: number, lines: Some(lines) };
    shipping::create_shipment(&test.system(), part.fulfilment.expect("a packing list"), input)
        .await
        .expect("a shipment")
}

on_both!(a_message_speaks_the_language_of_its_order, &all(), bank().await, async |test: &Test| {
    let order = bought(test, "de-de").await;
    let sent = mails(test, "is confirmed");
    assert_eq!(sent.len(), 1);
    let link = format!("http://localhost:3000/de-de/order/{}", orders::access_token(&test.app, order.id));
    assert!(sent[0].text.contains(&link), "{}", sent[0].text);
    assert!(sent[0].text.contains("4.800,00"), "{}", sent[0].text);
    // Who ships speaks for the seller, not for the buyer.
    ship(test, &order, 0, 1).await;
    test.settle().await;
    assert!(mails(test, "on its way")[0].text.contains(&link));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM notification WHERE locale = 'de-de'").await, 2);
});

on_both!(each_parcel_has_a_message_about_itself_alone, &all(), bank().await, async |test: &Test| {
    let order = bought(test, "en-gb").await;
    ship(test, &order, 1, 2).await;
    test.settle().await;
    let first = mails(test, "on its way");
    assert_eq!(first.len(), 1);
    let text = &first[0].text;
    for part in ["werk sent it with ELTA, number EL-werk-2.", "2 × cup\n", "itemsearch.elta.gr"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("kleio") && !text.contains("jug"), "{text}");

    ship(test, &order, 0, 1).await;
    ship(test, &order, 1, 1).await;
    test.settle().await;
    let all = mails(test, "on its way");
    assert_eq!(all.len(), 3);
    for (number, own) in [("EL-werk-2", "2 × cup"), ("EL-kleio-1", "1 × jug"), ("EL-werk-1", "1 × cup")] {
        let about: Vec<_> = all.iter().filter(|mail| mail.text.contains(number)).collect();
        assert_eq!(about.len(), 1, "{number} is in its own message only");
        assert!(about[0].text.contains(own) && about[0].html.contains(own), "{}", about[0].text);
    }
    assert_eq!(test.scalar("SELECT COUNT(*) FROM notification WHERE state = 'sent'").await, 4);
});

on_both!(a_parcel_that_was_withdrawn_is_not_announced, &all(), bank().await, async |test: &Test| {
    let order = bought(test, "en-gb").await;
    let parcel = ship(test, &order, 0, 1).await;
    shipping::cancel_shipment(&test.system(), parcel.id).await.unwrap();
    test.settle().await;
    assert_eq!(mails(test, "on its way").len(), 0);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM notification WHERE state = 'skipped'").await, 1);
});
