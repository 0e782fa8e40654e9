//! What somebody may be written to about, and what they said about it.

// Server functions take a form's fields one by one.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_identity_types::{Channel, ConsentPurpose, Frequency, Unsubscribing};
use stoa_ui::{
    Button, ButtonKind, Checkbox, Drawn, FormState, LinkButton, PageError, PageForm, Section, Select,
    SelectOption, i18n::link, load, resource, use_form,
};

use super::{
    frame::{AccountFrame, Door, DoorForm, Place, token},
    your_data::{self, YourData},
};
use crate::text;

/// One box to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub purpose: ConsentPurpose,
    /// The sentence one agrees to.
    pub words: String,
    pub given: bool,
}

/// The boxes of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    pub channel: Channel,
    pub choices: Vec<Choice>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    pub channels: Vec<Choices>,
    pub frequency: Frequency,
    /// Everything that was said; empty where nothing was.
    pub history: Drawn,
    pub data: YourData,
}

/// What a purpose is called.
fn named(purpose: ConsentPurpose) -> &'static str {
    match purpose {
        ConsentPurpose::News => text::account_privacy::news(),
        ConsentPurpose::Recommendations => text::account_privacy::recommendations(),
        ConsentPurpose::Research => text::account_privacy::research(),
    }
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => text::account_privacy::by_email(),
        Channel::Sms => text::account_privacy::by_sms(),
    }
}

/// `/{l}/account/privacy?dialog=delete`.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    let privacy = resource(|| (), |()| LoadPrivacy {});
    load(privacy, |Privacy { channels, frequency, history, data }| {
        view! {
            <AccountFrame place=Place::Privacy title=text::account_privacy::title()>
                <div class="mt-4">
                    {choices_section(channels, frequency)}
                    <Section title=text::account_privacy::history_title()>
                        {if history.is_empty() {
                            view! { <p class="text-muted">{text::account_privacy::history_none()}</p> }
                                .into_any()
                        } else {
                            view! {
                                <p class="mb-4 text-muted">{text::account_privacy::history_note()}</p>
                                {history.view()}
                            }
                                .into_any()
                        }}
                    </Section>
                    {your_data::sections(data)}
                </div>
            </AccountFrame>
        }
    })
}

fn choices_section(channels: Vec<Choices>, frequency: Frequency) -> AnyView {
    let form = use_form::<SaveChoices>();
    let often = [
        (Frequency::Daily, text::account_privacy::daily()),
        (Frequency::Weekly, text::account_privacy::weekly()),
        (Frequency::Monthly, text::account_privacy::monthly()),
    ];
    let often =
        often.into_iter().map(|(value, label)| SelectOption::new(value.as_str(), label)).collect::<Vec<_>>();
    view! {
        <Section title=text::account_privacy::choices_title()>
            <p class="mb-4 text-muted">{text::account_privacy::choices_note()}</p>
            <PageForm form=form class="flex max-w-[36rem] flex-col gap-6">
                {channels.into_iter().map(|channel| boxes(channel, form)).collect_view()}
                <Select
                    name="frequency"
                    label=text::account_privacy::frequency()
                    options=often
                    value=form.value_or("frequency", frequency.as_str())
                    error=form.error("frequency")
                    class="sm:w-56"
                />
                <div>
                    <Button
                        kind=ButtonKind::Brand
                        pending=form.pending()
                        pending_label=text::account_privacy::saving()
                    >
                        {text::account_privacy::save()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

fn boxes(Choices { channel, choices }: Choices, form: FormState) -> AnyView {
    let shown = choices
        .into_iter()
        .map(|Choice { purpose, words, given }| {
            let field = format!("{channel}_{purpose}");
            let checked = form.checked(&field, "true", given);
            view! { <Checkbox name=field label=named(purpose) note=words checked=checked/> }.into_any()
        })
        .collect_view();
    view! {
        <fieldset class="min-w-0">
            <legend class="mb-2 font-semibold">{channel_name(channel)}</legend>
            <input type="hidden" name=format!("{channel}_shown") value="true"/>
            <div class="flex flex-col gap-2">{shown}</div>
        </fieldset>
    }
    .into_any()
}

/// `/{l}/unsubscribe?token=`: a button, since mail programs open links by themselves; needs no
/// sign-in.
#[component]
pub fn UnsubscribePage() -> impl IntoView {
    let about = resource(token, |token| LoadUnsubscribe { token });
    let form = use_form::<StopMessages>();
    load(about, move |about: Option<Unsubscribing>| {
        let choices = || {
            view! {
                <div>
                    <LinkButton href=link("/account/privacy") kind=ButtonKind::Outline>
                        {text::account_privacy::to_choices()}
                    </LinkButton>
                </div>
            }
        };
        let Some(about) = about else {
            return view! {
                <Door title=text::account_privacy::damaged_title()>
                    <p>{text::account_privacy::damaged_body()}</p>
                    {choices()}
                </Door>
            }
            .into_any();
        };
        let what = named(about.purpose);
        if !about.given {
            return view! {
                <Door title=text::account_privacy::unsubscribed_title()>
                    <p>{text::account_privacy::unsubscribed_body(what)}</p>
                    {choices()}
                </Door>
            }
            .into_any();
        }
        view! {
            <Door title=text::account_privacy::unsubscribe_title()>
                <p>{text::account_privacy::unsubscribe_body(what)}</p>
                <DoorForm
                    form=form
                    submit=text::account_privacy::unsubscribe()
                    pending=text::account_privacy::unsubscribing()
                    hidden=("token", token())
                />
            </Door>
        }
        .into_any()
    })
}

/// How it stands; 401 for nobody.
#[server]
pub async fn load_privacy() -> Result<Privacy, PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::ContactPurpose;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let consents = customers::consents(&ctx, id).await?;
    let phones = customers::contact_methods(&ctx, id).await?.items;
    let texts =
        phones.iter().any(|phone| phone.purpose == ContactPurpose::Marketing && phone.verified_at.is_some());
    // A channel nobody can be reached by is offered only to take back what was given.
    let offered = |channel: Channel| match channel {
        Channel::Email => true,
        Channel::Sms => texts || consents.preferences.iter().any(|one| one.channel == channel && one.given),
    };
    let channels = Channel::ALL
        .iter()
        .filter(|channel| offered(**channel))
        .map(|channel| Choices {
            channel: *channel,
            choices: consents
                .preferences
                .iter()
                .filter(|one| one.channel == *channel)
                .map(|one| Choice { purpose: one.purpose, words: one.text.clone(), given: one.given })
                .collect(),
        })
        .collect();
    let frequency =
        consents.preferences.iter().find(|one| one.given).map(|one| one.frequency).unwrap_or_default();
    let data = your_data::of_customer(&ctx, id).await?;
    Ok(Privacy { channels, frequency, history: history(consents.history), data })
}

/// Everything somebody said, the newest first.
#[cfg(feature = "ssr")]
fn history(said: Vec<stoa_identity_types::CustomerConsent>) -> Drawn {
    use stoa_identity_types::ConsentSource;

    if said.is_empty() {
        return Drawn::default();
    }
    let rows = said
        .into_iter()
        .map(|said| {
            let what = format!("{}, {}", named(said.purpose), channel_name(said.channel).to_lowercase());
            let what = if said.given {
                text::account_privacy::given(&what)
            } else {
                text::account_privacy::taken_back(&what)
            };
            let how = match said.source {
                ConsentSource::Account => text::account_privacy::on_account(),
                ConsentSource::Api => text::account_privacy::on_api(),
                ConsentSource::Unsubscribe => text::account_privacy::on_unsubscribe(),
                ConsentSource::OneClick => text::account_privacy::on_one_click(),
                ConsentSource::Staff => text::account_privacy::on_staff(),
            };
            view! {
                <li class="py-3">
                    <p class="font-semibold">{what}</p>
                    {said.given.then(|| view! { <p class="text-sm">{said.text}</p> })}
                    <p class="text-sm text-muted">
                        <time datetime=said.at.to_rfc3339()>{stoa_kernel::format::date_time(said.at)}</time>
                        ", "
                        {how}
                    </p>
                </li>
            }
        })
        .collect_view();
    Drawn::of(view! { <ul class="divide-y divide-line border-y border-line">{rows}</ul> }.into_any())
}

/// Keeps the choices; only what differs from how it stands is recorded.
#[server]
pub async fn save_choices(
    #[server(default)] frequency: String,
    #[server(default)] email_shown: String,
    #[server(default)] email_news: String,
    #[server(default)] email_recommendations: String,
    #[server(default)] email_research: String,
    #[server(default)] sms_shown: String,
    #[server(default)] sms_news: String,
    #[server(default)] sms_recommendations: String,
    #[server(default)] sms_research: String,
) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::{ConsentSource, RecordConsent};

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let frequency = Some(frequency.parse().unwrap_or_default());
    let ticked = [
        (Channel::Email, ConsentPurpose::News, email_news),
        (Channel::Email, ConsentPurpose::Recommendations, email_recommendations),
        (Channel::Email, ConsentPurpose::Research, email_research),
        (Channel::Sms, ConsentPurpose::News, sms_news),
        (Channel::Sms, ConsentPurpose::Recommendations, sms_recommendations),
        (Channel::Sms, ConsentPurpose::Research, sms_research),
    ];
    // An empty box says no only where it was shown.
    let wanted: Vec<RecordConsent> = ticked
        .into_iter()
        .filter(|(channel, _, _)| match channel {
            Channel::Email => !email_shown.is_empty(),
            Channel::Sms => !sms_shown.is_empty(),
        })
        .map(|(channel, purpose, ticked)| RecordConsent {
            purpose,
            channel,
            given: !ticked.is_empty(),
            text_version: None,
            frequency,
        })
        .collect();
    customers::record_consents(&ctx, id, &wanted, ConsentSource::Account).await?;
    stoa_ui::server::redirect_to(&link("/account/privacy"), text::account_privacy::saved()).await
}

/// What an unsubscribe link is about; nothing for one that is damaged.
#[server]
pub async fn load_unsubscribe(#[server(default)] token: String) -> Result<Option<Unsubscribing>, PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    match customers::look_at_unsubscribe(&ctx, &token).await {
        Ok(about) => Ok(Some(about)),
        Err(error) if error.is(customers::UNSUBSCRIBE_INVALID) => {
            stoa_ui::server::set_status(404);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the consent back.
#[server]
pub async fn stop_messages(#[server(default)] token: String) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::ConsentSource;

    let ctx = stoa_ui::server::ctx()?;
    customers::unsubscribe(&ctx, &token, ConsentSource::Unsubscribe).await?;
    stoa_ui::server::redirect_to_quietly(&link(&format!("/unsubscribe?token={token}")))
}
