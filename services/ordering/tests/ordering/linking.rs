//! What somebody bought as a guest, and when it becomes their account's.

use sea_orm::{ConnectionTrait, Statement};
use stoa_identity::{
    auth::{self, Device, issue_link},
    customers,
};
use stoa_identity_types::{ConfirmSignUp, LinkWanted, Password, RequestLink, SignUp, UseLink};
use stoa_kernel::{Ctx, error::codes};
use stoa_ordering::orders;
use stoa_ordering_types::{carts::UpdateCart, orders::OrderView};
use stoa_testing::{Test, on_both};
use stoa_types::{Customer, Id, PageQuery};

use crate::support::*;

const ADDRESS: &str = "ioanna@example.com";
const PASSWORD: &str = "lavender on tuesday";

/// What the link in the mail asked for last ends with.
async fn token(test: &Test) -> String {
    let sql = "SELECT CAST(data AS TEXT) AS data FROM outbox_event WHERE name = 'auth.link_requested' \
               ORDER BY id DESC LIMIT 1";
    let row = test.app.db.read().query_one_raw(Statement::from_string(test.app.db.backend(), sql)).await;
    let data: String = row.expect("the outbox").expect("a link").try_get("", "data").expect("its data");
    let data: serde_json::Value = serde_json::from_str(&data).expect("JSON");
    let id = data["link"].as_str().expect("a link").parse().expect("an id");
    let mail = issue_link(&test.system(), id).await.expect("an answer").expect("a mail");
    mail.url.split_once("?token=").expect("a token").1.to_owned()
}

async fn asks_for_an_account(test: &Test) {
    let wants = SignUp {
        email: "IOANNA@example.com".to_owned(),
        name: "Ioanna Papadaki".to_owned(),
        password: Some(Password::new(PASSWORD)),
    };
    customers::sign_up(&test.visitor(), &wants).await.expect("a mail");
}

/// Makes the account and signs its owner in.
async fn confirms(test: &Test) -> Ctx {
    let chosen = ConfirmSignUp { token: token(test).await, password: Some(Password::new(PASSWORD)) };
    let who = customers::confirm_sign_up(&test.visitor(), &chosen, &Device::default()).await.expect("in");
    who.act(test.visitor())
}

async fn owner(test: &Test, of: &OrderView) -> Option<Id<Customer>> {
    order(test, of).await.customer
}

async fn own(ctx: &Ctx) -> Vec<String> {
    let id = customers::mine(ctx).await.expect("a customer");
    let page = orders::of_customer(ctx, id, PageQuery::default()).await.expect("a list");
    page.items.into_iter().map(|row| row.number).collect()
}

// 11.M2
on_both!(
    m2_what_a_guest_bought_is_the_accounts_once_the_address_is_proved_and_not_before,
    &modules(),
    bank().await,
    async |test: &Test| {
        let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 9).await;
        let first = buy(test, &[(jug, 1)]).await;
        let guest = owner(test, &first).await.expect("a guest");

        asks_for_an_account(test).await;
        settle(test).await;
        assert_eq!(owner(test, &first).await, Some(guest), "asking proves nothing");

        let ioanna = confirms(test).await;
        settle(test).await;
        let account = customers::mine(&ioanna).await.unwrap();
        assert_eq!(owner(test, &first).await, Some(account));
        assert_eq!(own(&ioanna).await, std::slice::from_ref(&first.number));
        let linked = "SELECT COUNT(*) FROM audit_record WHERE action = 'customer.orders_linked'";
        assert_eq!(test.scalar(linked).await, 1);

        // From now on the address is the account's, signed in or not.
        let second = buy(test, &[(jug, 1)]).await;
        assert_eq!(owner(test, &second).await, Some(account));
        assert_eq!(own(&ioanna).await, [second.number.clone(), first.number.clone()]);

        // Nobody else reads them.
        let page = PageQuery::default();
        let stranger = test.person(None, &[]);
        let refused = orders::of_customer(&stranger, account, page.clone()).await.unwrap_err();
        assert_eq!(refused.problem(None).status, 404);
        let visitor = orders::of_customer(&test.visitor(), account, page.clone()).await.unwrap_err();
        assert!(visitor.is(codes::SIGN_IN));
        let staff = test.person(None, &[orders::READ]);
        assert_eq!(orders::of_customer(&staff, account, page).await.unwrap().items.len(), 2);
        let value = orders::value_of_customer(&staff, account).await.unwrap();
        assert_eq!((value.orders, value.totals), (2, vec![euros(2 * first.totals.total.amount)]));
        assert!(orders::value_of_customer(&stranger, account).await.is_err());
    }
);

// 11.M2
on_both!(
    m2_an_account_that_staff_made_gets_nothing_before_it_proves_its_address,
    &modules(),
    bank().await,
    async |test: &Test| {
        let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 9).await;
        let first = buy(test, &[(jug, 1)]).await;
        let input = stoa_identity_types::CreateUser {
            email: ADDRESS.to_owned(),
            name: "Ioanna".to_owned(),
            password: Password::new(PASSWORD),
            role: stoa_identity_types::RoleName::Shopper,
            seller: None,
        };
        let person = auth::create_user(&test.system(), input).await.unwrap().id;
        let known = auth::principal_of_user(&test.app, person).await.unwrap().unwrap();
        let ioanna = known.act(test.visitor());
        let account = customers::mine(&ioanna).await.unwrap();
        let second = buy(test, &[(jug, 1)]).await;
        assert_ne!(owner(test, &second).await, Some(account));
        assert!(own(&ioanna).await.is_empty());

        let asks = RequestLink { email: ADDRESS.to_owned(), purpose: LinkWanted::SignIn };
        auth::request_link(&test.visitor(), &asks).await.unwrap();
        auth::sign_in_by_link(&test.visitor(), &UseLink { token: token(test).await }).await.unwrap();
        settle(test).await;
        assert_eq!(owner(test, &first).await, Some(account));
        assert_eq!(own(&ioanna).await.len(), 2);
    }
);

on_both!(
    whoever_is_signed_in_buys_for_their_account_whatever_address_the_receipt_goes_to,
    &modules(),
    bank().await,
    async |test: &Test| {
        let jug = offer(test, seller(test, "kleio", 1000).await, "jug", 4800, 9).await;
        asks_for_an_account(test).await;
        let ioanna = confirms(test).await;
        let (holder, cart) = shopper(test, &[(jug, 1)]).await;
        let ctx = Ctx { cart_token: holder.cart_token.clone(), ..ioanna.clone() };
        let office = UpdateCart { email: Some("office@example.com".to_owned()), ..UpdateCart::default() };
        let cart = stoa_ordering::carts::update(&ctx, cart.id, Some(cart.version), office).await.unwrap();
        let intent = checkout(&ctx, &cart).await.unwrap();
        pay(&ctx, intent.payment, "tok_approved").await.unwrap();
        // The bank's message places the order: nobody is signed in there.
        let placed = orders::complete(&test.system(), intent.payment).await.unwrap();
        settle(test).await;
        assert_eq!(own(&ioanna).await, [placed.number]);
    }
);
