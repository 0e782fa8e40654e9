//! The password, and where somebody is signed in.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, Field, FieldKind, LinkButton, PageError, PageForm, Section, i18n::link, load,
    resource, use_form, use_form_named,
};

use super::{
    devices::{self, Device},
    frame::{AccountFrame, Place},
    passkeys::{self, Passkey},
    social::{self, Social},
    support::{self, Leave},
};
use crate::text;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// Absent where there can be none.
    pub passkeys: Option<Vec<Passkey>>,
    pub social: Social,
    /// What is to say of the second step, and whether it is on.
    pub second_step: (String, bool),
    pub password: PasswordState,
    pub devices: Vec<Device>,
    /// What support asked of one's shops, or may do there.
    pub support: Vec<Leave>,
}

/// What the page asks of whoever changes their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordState {
    /// Whether there is one.
    pub is_set: bool,
    /// Whether its owner has just proved who they are, so that the present one is not asked for.
    pub is_fresh: bool,
    /// Whether something else signs them in, so that they can do without.
    pub is_spare: bool,
}

/// `/{l}/account/security`.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let security = resource(|| (), |()| LoadSecurity {});
    load(security, |Security { passkeys, social, second_step, password, devices, support }| {
        let others = devices.iter().filter(|device| !device.current).count();
        view! {
            <AccountFrame place=Place::Security title=text::account_security::title()>
                <div class="mt-4">
                    {social::said()} {passkeys.map(passkeys::section)} {second_step_section(second_step)}
                    {password_section(password)} {social::section(social)}
                    <Section title=text::account_security::devices_title()>
                        <p class="text-muted">{text::account_security::devices_note()}</p>
                        <ul class="mt-4 divide-y divide-line border-y border-line">
                            {devices.into_iter().map(device).collect_view()}
                        </ul>
                        {(others > 0).then(sign_out_elsewhere)}
                    </Section>
                    {support::section(support)}
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

fn password_section(PasswordState { is_set, is_fresh, is_spare }: PasswordState) -> AnyView {
    if !is_set && !is_fresh {
        let href = stoa_ui::page::step_up_link(&link("/account/security"));
        return view! {
            <Section title=text::account_security::password_title()>
                <p class="mb-4 text-muted">{text::account_security::first_confirm()}</p>
                <LinkButton href=href kind=ButtonKind::Outline>
                    {text::account_security::confirm()}
                </LinkButton>
            </Section>
        }
        .into_any();
    }
    let form = use_form::<SavePassword>();
    let note =
        if is_set { text::account_security::password_note() } else { text::account_security::first_note() };
    let current = (is_set && !is_fresh).then(|| {
        view! {
            <Field
                name="current_password"
                label=text::account_security::current()
                kind=FieldKind::Password
                autocomplete="current-password"
                error=form.error("current_password")
                required=true
            />
        }
        .into_any()
    });
    view! {
        <Section title=text::account_security::password_title()>
            <p class="mb-4 text-muted">{note}</p>
            <PageForm form=form class="flex max-w-[28rem] flex-col gap-5">
                {current}
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
            {(is_set && is_spare).then(without_password)}
        </Section>
    }
    .into_any()
}

fn without_password() -> AnyView {
    let form = use_form::<DropPassword>();
    view! {
        <PageForm form=form class="mt-4">
            <Button
                kind=ButtonKind::Outline
                pending=form.pending()
                pending_label=text::account_security::removing()
            >
                {text::account_security::remove()}
            </Button>
        </PageForm>
    }
    .into_any()
}

fn device(device: Device) -> AnyView {
    if device.current {
        let here = view! { <span class="text-sm text-muted">{text::account_security::this_device()}</span> };
        return devices::row(device, here.into_any());
    }
    let form = use_form_named::<SignOutThere>(device.id.clone());
    let (label, id) = (text::account_security::sign_out_of(&device.name), device.id.clone());
    let end = view! {
        <PageForm form=form>
            <input type="hidden" name="session" value=id/>
            <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                <span aria-hidden="true">{text::account_security::sign_out()}</span>
                <span class="sr-only">{label}</span>
            </Button>
        </PageForm>
    };
    devices::row(device, end.into_any())
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
    use stoa_identity::auth;

    let ctx = stoa_ui::server::ctx()?;
    let second = auth::second_factor::view(&ctx).await?;
    let second_step = match second.since {
        Some(since) => (super::second_step::on_since(since, second.recovery_codes_left), true),
        None => (text::account_second_step::off_body().to_owned(), false),
    };
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let sessions = auth::session::list(&ctx, &session).await?;
    let device = |session: stoa_identity_types::SessionView| {
        let day = stoa_kernel::format::day(session.last_seen_at);
        Device {
            id: session.id.to_string(),
            name: devices::named(session.user_agent.as_deref().unwrap_or_default()),
            seen: match &session.address {
                Some(address) => text::account_security::seen_from(&day, address),
                None => text::account_security::seen(&day),
            },
            current: session.current,
        }
    };
    let passkeys = passkeys::load(&ctx).await?;
    let social = social::load(&ctx).await?;
    let password = PasswordState {
        is_set: auth::has_password(&ctx).await?,
        is_fresh: auth::step_up::is_fresh(&ctx, &session).await?,
        is_spare: passkeys.as_ref().is_some_and(|passkeys| !passkeys.is_empty()) || !social.have.is_empty(),
    };
    let devices = sessions.into_iter().map(device).collect();
    let support = support::load(&ctx).await?;
    Ok(Security { passkeys, social, second_step, password, devices, support })
}

/// Changes the password and signs out everywhere else.
#[server]
pub async fn save_password(
    #[server(default)] current_password: Option<String>,
    #[server(default)] new_password: String,
) -> Result<(), PageError> {
    use stoa_identity_types::{ChangePassword, Password};

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let input =
        ChangePassword { current: current_password.map(Password::new), new: Password::new(new_password) };
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

/// Takes one's password away.
#[server]
pub async fn drop_password() -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    stoa_identity::auth::remove_password(&ctx, &session).await?;
    stoa_ui::server::redirect_to(&link("/account/security"), text::account_security::removed()).await
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
