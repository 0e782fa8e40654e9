//! The signed-in person's own page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{Link, PageError, i18n::link, load, resource, staff_shell::SignOut};

use super::frame::{AccountFrame, Place};
use crate::text;

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub name: String,
    /// Absent for people whose sign-in knows no address.
    pub email: Option<String>,
}

/// `/{l}/account`: who is signed in, and the way out. Signed out it leads to sign-in.
#[component]
pub fn AccountPage() -> impl IntoView {
    let account = resource(|| (), |()| LoadAccount {});
    load(account, |account| {
        view! {
            <AccountFrame place=Place::Overview title=text::account::title()>
                <p class="mt-6">{text::account::signed_in_as(&account.name)}</p>
                {account.email.map(|email| view! { <p class="text-muted"><bdi>{email}</bdi></p> })}
                <div class="mt-6">
                    <SignOut/>
                </div>
                <section class="mt-10 border-t border-line pt-5">
                    <h2 class="font-semibold">
                        <Link href=link("/account/security")>{text::account::security()}</Link>
                    </h2>
                    <p class="mt-1 text-muted">{text::account::security_note()}</p>
                </section>
            </AccountFrame>
        }
    })
}

/// Who is signed in; 401 for nobody.
#[server]
pub async fn load_account() -> Result<Account, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let user = stoa_ui::server::signed_in(&ctx)?;
    let principal = stoa_identity::auth::principal_of_user(&ctx.app, user).await?;
    let principal = principal.ok_or_else(PageError::signed_out)?;
    Ok(Account { name: principal.name, email: principal.email })
}
