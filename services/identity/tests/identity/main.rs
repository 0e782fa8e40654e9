//! The identity area through its functions and its routes, on both databases.

mod access;
mod access_statements;
mod access_support;
mod apps;
mod auth;
mod browser;
mod customers;
mod customers_addresses;
mod customers_consents;
mod customers_privacy;
mod customers_profile;
mod customers_staff;
mod flood;
mod keys_life;
mod links;
mod notices;
mod oauth_code;
mod oauth_nodes;
mod oauth_refresh;
mod oauth_support;
mod oauth_tokens;
mod passkeys;
mod remembered;
mod second_factor;
mod sellers;
mod sessions;
mod social;
mod social_accounts;
mod staff_second_step;
mod step_up;

use std::net::IpAddr;

use stoa_identity::{MODULES, auth as service, auth::Device};
use stoa_identity_types::{CreateSeller, CreateUser, Password, RoleName, SignIn, UserView};
use stoa_kernel::{Ctx, Module, Permission};
use stoa_testing::Test;
use stoa_types::{Id, Seller};

/// Permissions as services of higher floors bring them along.
const OTHERS: Module = Module {
    slug: "others",
    permissions: &[
        Permission("orders.read"),
        Permission("orders.write"),
        Permission("products.write"),
        Permission("refunds.write"),
    ],
    ..Module::EMPTY
};

/// The area's services with some of the floors above.
const ALL: &[&Module] = &[MODULES[0], MODULES[1], MODULES[2], MODULES[3], &OTHERS];

const PASSWORD: &str = "lavender on tuesday";

fn device(address: &str) -> Device {
    let address: IpAddr = address.parse().expect("an address");
    Device { address: Some(address), user_agent: Some("Testbrowser/1.0".to_owned()), remembered: None }
}

fn credentials(email: &str, password: &str) -> SignIn {
    SignIn { email: email.to_owned(), password: Password::new(password) }
}

fn person(email: &str, role: RoleName, seller: Option<Id<Seller>>) -> CreateUser {
    CreateUser {
        email: email.to_owned(),
        name: "Ana Ruiz".to_owned(),
        password: Password::new(PASSWORD),
        role,
        seller,
    }
}

async fn user(test: &Test, email: &str, role: RoleName, seller: Option<Id<Seller>>) -> UserView {
    service::create_user(&test.system(), person(email, role, seller)).await.expect("a user")
}

fn shop(slug: &str) -> CreateSeller {
    CreateSeller {
        slug: slug.to_owned(),
        name: format!("Shop {slug}"),
        email: format!("shop@{slug}.example"),
        country: "DE".to_owned(),
        description: None,
        commission_bp: None,
    }
}

async fn seller(test: &Test, slug: &str) -> Id<Seller> {
    stoa_identity::sellers::create(&test.system(), shop(slug)).await.expect("a seller").id
}

/// The context of a registered person at the present moment.
async fn acting(test: &Test, user: &UserView) -> Ctx {
    let principal =
        service::principal_of_user(&test.app, user.id).await.expect("an answer").expect("a principal");
    principal.act(test.visitor())
}
