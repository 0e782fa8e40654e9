//! The password, and where somebody is signed in.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, Field, FieldKind, LinkButton, PageError, PageForm, Section, i18n::link, load,
    resource, use_form, use_form_named,
};

use super::frame::{AccountFrame, Place};
use crate::text;

/// One place where the person is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub id: String,
    /// "Firefox on Windows".
    pub name: String,
    /// When it was last used and from where.
    pub seen: String,
    /// The one that shows the page.
    pub current: bool,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// What is to say of the second step, and whether it is on.
    pub second_step: (String, bool),
    pub devices: Vec<Device>,
}

/// `/{l}/account/security`.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let security = resource(|| (), |()| LoadSecurity {});
    load(security, |Security { second_step, devices }| {
        let others = devices.iter().filter(|device| !device.current).count();
        view! {
            <AccountFrame place=Place::Security title=text::account_security::title()>
                <div class="mt-4">
                    {second_step_section(second_step)} {password()}
                    <Section title=text::account_security::devices_title()>
                        <p class="text-muted">{text::account_security::devices_note()}</p>
                        <ul class="mt-4 divide-y divide-line border-y border-line">
                            {devices.into_iter().map(row).collect_view()}
                        </ul>
                        {(others > 0).then(sign_out_elsewhere)}
                    </Section>
                </div>
            </AccountFrame>
        }
    })
}

fn second_step_section((words, on): (String, bool)) -> AnyView {
    let action = if on { text::account_second_step::change() } else { text::account_second_step::set_up() };
    view! {
        <Section title=text::account_second_step::title()>
            <p class="mb-4 text-muted">{words}</p>
            <LinkButton href=link("/account/security/second-step") kind=ButtonKind::Outline>
                {action}
            </LinkButton>
        </Section>
    }
    .into_any()
}

fn password() -> AnyView {
    let form = use_form::<SavePassword>();
    view! {
        <Section title=text::account_security::password_title()>
            <p class="mb-4 text-muted">{text::account_security::password_note()}</p>
            <PageForm form=form class="flex max-w-[28rem] flex-col gap-5">
                <Field
                    name="current_password"
                    label=text::account_security::current()
                    kind=FieldKind::Password
                    autocomplete="current-password"
                    error=form.error("current_password")
                    required=true
                />
                <Field
                    name="new_password"
                    label=text::account_security::new()
                    hint=text::account_security::new_hint()
                    kind=FieldKind::Password
                    autocomplete="new-password"
                    error=form.error("new_password")
                    required=true
                />
                <div>
                    <Button
                        kind=ButtonKind::Brand
                        pending=form.pending()
                        pending_label=text::account_security::saving()
                    >
                        {text::account_security::save()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

fn row(device: Device) -> AnyView {
    let Device { id, name, seen, current } = device;
    let end = if current {
        view! { <span class="text-sm text-muted">{text::account_security::this_device()}</span> }.into_any()
    } else {
        let form = use_form_named::<SignOutThere>(id.clone());
        let label = text::account_security::sign_out_of(&name);
        view! {
            <PageForm form=form>
                <input type="hidden" name="session" value=id/>
                <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                    <span aria-hidden="true">{text::account_security::sign_out()}</span>
                    <span class="sr-only">{label}</span>
                </Button>
            </PageForm>
        }
        .into_any()
    };
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
            <div class="min-w-0">
                <p class="font-semibold wrap-anywhere">{name}</p>
                <p class="text-sm text-muted">{seen}</p>
            </div>
            {end}
        </li>
    }
    .into_any()
}

fn sign_out_elsewhere() -> AnyView {
    let form = use_form::<SignOutElsewhereHere>();
    view! {
        <PageForm form=form class="mt-4">
            <Button kind=ButtonKind::Outline pending=form.pending()>
                {text::account_security::others()}
            </Button>
        </PageForm>
    }
    .into_any()
}

/// How the person signs in, and where they are; 401 for nobody.
#[server]
pub async fn load_security() -> Result<Security, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let second = stoa_identity::auth::second_factor::view(&ctx).await?;
    let second_step = match second.since {
        Some(since) => (super::second_step::on_since(since, second.recovery_codes_left), true),
        None => (text::account_second_step::off_body().to_owned(), false),
    };
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let sessions = stoa_identity::auth::session::list(&ctx, &session).await?;
    let device = |session: stoa_identity_types::SessionView| {
        let day = stoa_kernel::format::day(session.last_seen_at);
        Device {
            id: session.id.to_string(),
            name: named(session.user_agent.as_deref().unwrap_or_default()),
            seen: match &session.address {
                Some(address) => text::account_security::seen_from(&day, address),
                None => text::account_security::seen(&day),
            },
            current: session.current,
        }
    };
    Ok(Security { second_step, devices: sessions.into_iter().map(device).collect() })
}

/// A browser's description of itself as its owner would say it.
#[cfg(feature = "ssr")]
fn named(agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // Browsers claim to be each other: the most particular mark comes first.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => text::account_security::browser_on(browser, system),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => text::account_security::unknown().to_owned(),
    }
}

/// Changes the password and signs out everywhere else.
#[server]
pub async fn save_password(
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
) -> Result<(), PageError> {
    use stoa_identity_types::{ChangePassword, Password};

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let input = ChangePassword { current: Password::new(current_password), new: Password::new(new_password) };
    if let Err(error) = stoa_identity::auth::change_password(&ctx, &input, &session).await {
        let mut error = PageError::from(error);
        // The form names its fields so that no secret is kept when it is refused.
        for field in &mut error.0.errors {
            field.field = format!("{}_password", field.field);
        }
        return Err(error);
    }
    let page = link("/account/security");
    stoa_ui::server::redirect_to(&page, text::account_security::saved()).await
}

/// Ends one session of one's own.
#[server]
pub async fn sign_out_there(#[server(default)] session: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = session.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::auth::session::revoke(&ctx, id).await?;
    let page = link("/account/security");
    stoa_ui::server::redirect_to(&page, text::account_security::signed_out()).await
}

/// Ends every session of one's own but this one.
#[server]
pub async fn sign_out_elsewhere_here() -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let count = stoa_identity::auth::session::revoke_others(&ctx, &session).await?;
    let page = link("/account/security");
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    stoa_ui::server::redirect_to(&page, text::account_security::others_done(count)).await
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::named;

    #[test]
    fn a_device_has_the_name_its_owner_would_give_it() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        let linux = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
        assert_eq!(named(windows), "Edge on Windows");
        assert_eq!(named(phone), "Safari on iPhone");
        assert_eq!(named(linux), "Firefox on Linux");
        assert_eq!(named("curl/8.0"), "Unknown device");
    }
}
