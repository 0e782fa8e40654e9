//! Turning the second step of sign-in on and off.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Banner, Button, ButtonKind, Field, FieldKind, FormState, Link, LinkKind, PageError, PageForm, Tone,
    i18n::link, load, resource, use_form, use_form_named,
};

use super::{
    devices::{self, Device},
    frame::{AccountFrame, Place},
};
use crate::text;

/// The page's own address.
#[cfg(feature = "ssr")]
const PAGE: &str = "/account/security/second-step";

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondStepView {
    pub step: SecondStep,
    /// Whether the person's role counts only once it is on.
    pub missing: bool,
    /// Browsers that are not asked for it.
    pub remembered: Vec<Device>,
}

/// Where the authenticator app stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondStep {
    /// It is off.
    Off,
    /// It was begun: what the app needs, and the codes to keep.
    Begun {
        /// The secret in groups of four.
        key: String,
        /// The same as a picture (SVG).
        picture: String,
        codes: Vec<String>,
    },
    /// It is on: "Since Thu 14 May. You have 9 recovery codes left."
    On(String),
}

/// `/{l}/account/security/second-step`.
#[component]
pub fn SecondStepPage() -> impl IntoView {
    let step = resource(|| (), |()| LoadSecondStep {});
    load(step, |SecondStepView { step, missing, remembered }| {
        let content = match step {
            SecondStep::Off => off(use_form::<BeginSecondStep>()),
            SecondStep::Begun { key, picture, codes } => {
                begun(key, picture, codes, use_form::<TurnSecondStepOn>())
            }
            SecondStep::On(since) => on(since, use_form::<TurnSecondStepOff>()),
        };
        view! {
            <AccountFrame place=Place::Security title=text::account_second_step::title()>
                <p class="mt-2">
                    <Link href=link("/account/security") kind=LinkKind::Back>
                        {text::account_security::title()}
                    </Link>
                </p>
                <div class="mt-4 flex flex-col gap-6">
                    {missing
                        .then(|| {
                            view! {
                                <Banner tone=Tone::Warn title=text::account_second_step::required()/>
                            }
                                .into_any()
                        })} {content} {(!remembered.is_empty()).then(|| not_asked(remembered))}
                </div>
            </AccountFrame>
        }
    })
}

fn not_asked(devices: Vec<Device>) -> AnyView {
    view! {
        <section class="border-t border-line pt-5">
            <h2 class="font-semibold">{text::account_second_step::remembered_title()}</h2>
            <p class="mt-1 text-muted">{text::account_second_step::remembered_note()}</p>
            <ul class="mt-4 divide-y divide-line border-y border-line">
                {devices.into_iter().map(remembered).collect_view()}
            </ul>
        </section>
    }
    .into_any()
}

fn remembered(device: Device) -> AnyView {
    let form = use_form_named::<AskAgain>(device.id.clone());
    let (label, id) = (text::account_second_step::ask_again_on(&device.name), device.id.clone());
    let end = view! {
        <PageForm form=form>
            <input type="hidden" name="device" value=id/>
            <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                <span aria-hidden="true">{text::account_second_step::ask_again()}</span>
                <span class="sr-only">{label}</span>
            </Button>
        </PageForm>
    };
    devices::row(device, end.into_any())
}

fn off(form: FormState) -> AnyView {
    view! {
        <p>{text::account_second_step::off_body()}</p>
        <p class="text-muted">{text::account_second_step::off_step()}</p>
        <PageForm form=form class="flex max-w-[28rem] flex-col gap-5">
            <div>
                <Button
                    kind=ButtonKind::Brand
                    pending=form.pending()
                    pending_label=text::account_second_step::beginning()
                >
                    {text::account_second_step::begin()}
                </Button>
            </div>
        </PageForm>
    }
    .into_any()
}

fn begun(key: String, picture: String, codes: Vec<String>, form: FormState) -> AnyView {
    view! {
        <section class="flex flex-col gap-3">
            <h2 class="font-semibold">{text::account_second_step::scan_title()}</h2>
            <p>{text::account_second_step::scan_body()}</p>
            <div
                class="w-48 rounded-md border border-line overflow-clip [&>svg]:block [&>svg]:h-auto [&>svg]:w-full"
                role="img"
                aria-label=text::account_second_step::picture()
                inner_html=picture
            ></div>
            <p>
                {text::account_second_step::key()} " "
                <span dir="ltr" class="font-mono wrap-anywhere">
                    {key}
                </span>
            </p>
        </section>
        <section class="flex flex-col gap-3">
            <h2 class="font-semibold">{text::account_second_step::codes_title()}</h2>
            <p>{text::account_second_step::codes_body()}</p>
            <ul dir="ltr" class="grid max-w-[28rem] grid-cols-2 gap-x-6 gap-y-1 font-mono">
                {codes.into_iter().map(|code| view! { <li>{code}</li> }.into_any()).collect_view()}
            </ul>
        </section>
        <section class="flex flex-col gap-3">
            <h2 class="font-semibold">{text::account_second_step::confirm_title()}</h2>
            <PageForm form=form class="flex max-w-[28rem] flex-col gap-5">
                <Field
                    name="code"
                    label=text::account_second_step::code()
                    hint=text::account_second_step::code_hint()
                    kind=FieldKind::Number
                    autocomplete="one-time-code"
                    error=form.error("code")
                    required=true
                />
                <div>
                    <Button
                        kind=ButtonKind::Brand
                        pending=form.pending()
                        pending_label=text::account_second_step::turning_on()
                    >
                        {text::account_second_step::turn_on()}
                    </Button>
                </div>
            </PageForm>
        </section>
    }
    .into_any()
}

fn on(since: String, form: FormState) -> AnyView {
    view! {
        <p>{since}</p>
        <p class="text-muted">{text::account_second_step::off_note()}</p>
        <PageForm form=form class="flex max-w-[28rem] flex-col gap-5">
            <div>
                <Button
                    kind=ButtonKind::Danger
                    pending=form.pending()
                    pending_label=text::account_second_step::turning_off()
                >
                    {text::account_second_step::turn_off()}
                </Button>
            </div>
        </PageForm>
    }
    .into_any()
}

/// Where the second step stands; 401 for nobody.
#[server]
pub async fn load_second_step() -> Result<SecondStepView, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let missing = super::frame::lacks_second_step(&ctx).await?;
    let known = stoa_identity::auth::remembered::list(&ctx, &super::frame::device().await?).await?;
    let device = |known: stoa_identity_types::RememberedDeviceView| Device {
        id: known.id.to_string(),
        name: devices::named(known.user_agent.as_deref().unwrap_or_default()),
        seen: text::account_second_step::remembered_until(stoa_kernel::format::day(known.expires_at)),
        current: known.current,
    };
    let remembered = known.items.into_iter().map(device).collect();
    Ok(SecondStepView { step: stand(&ctx).await?, missing, remembered })
}

#[cfg(feature = "ssr")]
async fn stand(ctx: &stoa_kernel::Ctx) -> Result<SecondStep, PageError> {
    use stoa_identity::auth::second_factor;

    let view = second_factor::view(ctx).await?;
    if let Some(since) = view.since {
        return Ok(SecondStep::On(on_since(since, view.recovery_codes_left)));
    }
    let Some(begun) = second_factor::set_up(ctx).await? else { return Ok(SecondStep::Off) };
    let picture = qrcode::QrCode::new(&begun.uri).map_err(|_| PageError::internal("second_step.picture"))?;
    let picture = picture
        .render::<qrcode::render::svg::Color>()
        .dark_color(qrcode::render::svg::Color("var(--color-stone-900)"))
        .light_color(qrcode::render::svg::Color("var(--color-stone-0)"))
        .build();
    // An XML declaration has no place inside a page.
    let picture = picture.find("<svg").map(|start| picture[start..].to_owned()).unwrap_or_default();
    let groups: Vec<String> =
        begun.key.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(SecondStep::Begun { key: groups.join(" "), picture, codes: begun.recovery_codes })
}

/// "On since Thu 14 May. You have 9 recovery codes left."
#[cfg(feature = "ssr")]
pub(super) fn on_since(since: chrono::DateTime<chrono::Utc>, left: u64) -> String {
    let day = stoa_kernel::format::day(since);
    let left = i64::try_from(left).unwrap_or(i64::MAX);
    format!("{} {}", text::account_second_step::since(&day), text::account_second_step::left(left))
}

/// Begins the set-up.
#[server]
pub async fn begin_second_step() -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    stoa_identity::auth::second_factor::start(&ctx, &session).await?;
    stoa_ui::server::redirect_to_quietly(&link(PAGE))
}

/// Turns it on.
#[server]
pub async fn turn_second_step_on(#[server(default)] code: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let input = stoa_identity_types::VerifyCode { code };
    let missing = super::frame::lacks_second_step(&ctx).await?;
    stoa_identity::auth::second_factor::confirm(&ctx, &session, &input).await?;
    super::frame::set_up_done(&ctx, missing, text::account_second_step::turned_on()).await
}

/// Turns it off.
#[server]
pub async fn turn_second_step_off() -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    stoa_identity::auth::second_factor::remove(&ctx, &session).await?;
    stoa_ui::server::redirect_to(&link("/account/security"), text::account_second_step::turned_off()).await
}

/// Asks a browser for the second step again.
#[server]
pub async fn ask_again(#[server(default)] device: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let id = device.parse().map_err(|_| PageError::not_found())?;
    stoa_identity::auth::remembered::revoke(&ctx, id).await?;
    stoa_ui::server::redirect_to(&link(PAGE), text::account_second_step::asked_again()).await
}
