//! The signed-in person's own page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{Drawn, Link, PageError, Section, i18n::link, load, resource, staff_shell::SignOut};

use super::frame::{AccountFrame, Place};
use crate::text;

/// Who is signed in, and what they ordered last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub name: String,
    /// Absent for people whose sign-in knows no address.
    pub email: Option<String>,
    /// Empty where they never ordered.
    pub orders: Drawn,
}

/// `/{l}/account`: who is signed in, what they ordered last, and the ways on. Signed out it
/// leads to sign-in.
#[component]
pub fn AccountPage() -> impl IntoView {
    let account = resource(|| (), |()| LoadAccount {});
    load(account, |Account { name, email, orders }| {
        let ways = [
            ("/account/profile", text::account::profile(), text::account::profile_note()),
            ("/account/addresses", text::account::addresses(), text::account::addresses_note()),
            ("/account/privacy", text::account::privacy(), text::account::privacy_note()),
            ("/account/security", text::account::security(), text::account::security_note()),
        ];
        let ways = ways
            .into_iter()
            .map(|(path, title, note)| {
                view! {
                    <div>
                        <h2 class="font-semibold">
                            <Link href=link(path)>{title}</Link>
                        </h2>
                        <p class="mt-1 text-muted">{note}</p>
                    </div>
                }
            })
            .collect_view();
        let latest = if orders.is_empty() {
            view! {
                <p class="text-muted">
                    {text::account::no_orders()} " " <Link href=link("/")>{text::account::shop()}</Link>
                </p>
            }
            .into_any()
        } else {
            view! {
                {orders.view()}
                <p class="mt-4">
                    <Link href=link("/account/orders")>{text::account::all_orders()}</Link>
                </p>
            }
            .into_any()
        };
        view! {
            <AccountFrame place=Place::Overview title=text::account::title()>
                <p class="mt-6">{text::account::signed_in_as(&name)}</p>
                {email.map(|email| view! { <p class="text-muted wrap-anywhere"><bdi>{email}</bdi></p> })}
                <div class="mt-4 mb-6">
                    <SignOut/>
                </div>
                <Section title=text::account::latest()>{latest}</Section>
                <div class="grid gap-x-10 gap-y-6 border-t border-line pt-6 sm:grid-cols-2">{ways}</div>
            </AccountFrame>
        }
    })
}

/// Orders on the overview.
#[cfg(feature = "ssr")]
const LATEST: u32 = 3;

/// Who is signed in; 401 for nobody.
#[server]
pub async fn load_account() -> Result<Account, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let user = stoa_ui::server::signed_in(&ctx)?;
    let principal = stoa_identity::auth::principal_of_user(&ctx.app, user).await?;
    let principal = principal.ok_or_else(PageError::signed_out)?;
    let id = stoa_identity::customers::mine(&ctx).await?;
    let paging = stoa_types::PageQuery { after: None, limit: Some(LATEST) };
    let latest = stoa_ordering::orders::of_customer(&ctx, id, paging).await?.items;
    let orders =
        if latest.is_empty() { Drawn::default() } else { Drawn::of(super::orders::rows(&ctx, latest)) };
    Ok(Account { name: principal.name, email: principal.email, orders })
}
