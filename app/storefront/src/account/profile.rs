//! Who somebody is and how they are reached: name, e-mail address, phone numbers.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_identity_types::ContactPurpose;
use stoa_ui::{
    Badge, Button, ButtonKind, ChoiceOption, Field, FieldKind, PageError, PageForm, RadioGroup, Section,
    Stage, load, resource, use_form, use_form_named,
};

use super::frame::{AccountFrame, Door, DoorForm, Place, over, token};
use crate::text;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: String,
    pub version: i64,
    pub email: String,
    pub email_verified: bool,
    pub phones: Vec<Phone>,
}

/// A phone number of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    pub id: String,
    pub phone: String,
    pub purpose: ContactPurpose,
    pub proved: bool,
    /// Whether a code that was sent still counts.
    pub awaited: bool,
}

/// `/{l}/account/profile`.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let profile = resource(|| (), |()| LoadProfile {});
    load(profile, |Profile { name, version, email, email_verified, phones }| {
        view! {
            <AccountFrame place=Place::Profile title=text::account_profile::title()>
                <div class="mt-4">
                    {name_section(name, version)} {email_section(email, email_verified)}
                    {phones_section(phones)}
                </div>
            </AccountFrame>
        }
    })
}

fn name_section(name: String, version: i64) -> AnyView {
    let form = use_form::<SaveProfile>();
    view! {
        <Section title=text::account_profile::name_title()>
            <PageForm form=form class="flex max-w-[28rem] flex-col gap-5">
                <input type="hidden" name="version" value=version/>
                <Field
                    name="name"
                    label=text::account_profile::name()
                    autocomplete="name"
                    value=form.value_or("name", name)
                    error=form.error("name")
                    required=true
                />
                <div>
                    <Button
                        kind=ButtonKind::Brand
                        pending=form.pending()
                        pending_label=text::account_profile::saving()
                    >
                        {text::account_profile::save()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

fn email_section(email: String, verified: bool) -> AnyView {
    let form = use_form::<AskForEmail>();
    view! {
        <Section title=text::account_profile::email_title()>
            <p class="wrap-anywhere">{text::account_profile::email_now(&email)}</p>
            {(!verified)
                .then(|| view! { <p class="mt-1 text-muted">{text::account_profile::email_unproved()}</p> })}
            <p class="mt-1 mb-4 text-muted">{text::account_profile::email_note()}</p>
            <PageForm form=form class="flex max-w-[28rem] flex-col gap-5">
                <Field
                    name="email"
                    label=text::account_profile::email()
                    hint=text::account_profile::email_hint()
                    kind=FieldKind::Email
                    autocomplete="email"
                    value=form.value("email")
                    error=form.error("email")
                    required=true
                />
                <div>
                    <Button
                        kind=ButtonKind::Outline
                        pending=form.pending()
                        pending_label=text::account_profile::email_sending()
                    >
                        {text::account_profile::email_save()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

fn purpose_label(purpose: ContactPurpose) -> &'static str {
    match purpose {
        ContactPurpose::Delivery => text::account_profile::for_delivery(),
        ContactPurpose::Account => text::account_profile::for_account(),
        ContactPurpose::Marketing => text::account_profile::for_marketing(),
    }
}

fn phones_section(phones: Vec<Phone>) -> AnyView {
    let form = use_form::<AddPhone>();
    let purposes = ContactPurpose::ALL
        .iter()
        .map(|purpose| ChoiceOption::new(purpose.as_str(), purpose_label(*purpose)))
        .collect();
    let list = (!phones.is_empty()).then(|| {
        view! {
            <ul class="mt-4 mb-6 divide-y divide-line border-y border-line">
                {phones.into_iter().map(phone_row).collect_view()}
            </ul>
        }
    });
    view! {
        <Section title=text::account_profile::phones_title()>
            <p class="text-muted">{text::account_profile::phones_note()}</p>
            {list}
            <PageForm form=form class="mt-4 flex max-w-[28rem] flex-col gap-5">
                <Field
                    name="phone"
                    label=text::account_profile::phone()
                    hint=text::account_profile::phone_hint()
                    kind=FieldKind::Tel
                    autocomplete="tel"
                    value=form.value("phone")
                    error=form.error("phone")
                    required=true
                />
                <RadioGroup
                    name="purpose"
                    legend=text::account_profile::purpose()
                    options=purposes
                    value=form.value_or("purpose", ContactPurpose::Delivery.as_str())
                    error=form.error("purpose")
                />
                <div>
                    <Button
                        kind=ButtonKind::Outline
                        pending=form.pending()
                        pending_label=text::account_profile::adding()
                    >
                        {text::account_profile::add()}
                    </Button>
                </div>
            </PageForm>
        </Section>
    }
    .into_any()
}

fn phone_row(phone: Phone) -> AnyView {
    let Phone { id, phone, purpose, proved, awaited } = phone;
    let remove = use_form_named::<RemovePhone>(id.clone());
    let badge = if proved {
        view! { <Badge stage=Stage::Done label=text::account_profile::proved()/> }.into_any()
    } else {
        view! { <Badge stage=Stage::NotStarted label=text::account_profile::unproved()/> }.into_any()
    };
    let code = (!proved).then(|| proof(&id, &phone, awaited));
    let label = text::account_profile::remove_of(&phone);
    view! {
        <li class="flex flex-col gap-3 py-3">
            <div class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
                <div class="min-w-0">
                    <p class="font-semibold">
                        <bdi dir="ltr">{phone}</bdi>
                    </p>
                    <p class="text-sm text-muted">{purpose_label(purpose)}</p>
                </div>
                <div class="flex items-center gap-4">
                    {badge}
                    <PageForm form=remove>
                        <input type="hidden" name="method" value=id/>
                        <Button kind=ButtonKind::Outline small=true pending=remove.pending()>
                            <span aria-hidden="true">{text::account_profile::remove()}</span>
                            <span class="sr-only">{label}</span>
                        </Button>
                    </PageForm>
                </div>
            </div>
            {code}
        </li>
    }
    .into_any()
}

/// What proves a number: the code while one counts, and the way to another.
fn proof(id: &str, phone: &str, awaited: bool) -> AnyView {
    let (check, again) = (use_form_named::<VerifyPhone>(id), use_form_named::<SendCodeAgain>(id));
    let (name, label) = (id.to_owned(), text::account_profile::resend_of(phone));
    let code = awaited.then(|| {
        let id = id.to_owned();
        view! {
            <PageForm form=check class="flex flex-wrap items-end gap-3">
                <input type="hidden" name="method" value=id/>
                <Field
                    name="code"
                    label=text::account_profile::code()
                    hint=text::account_profile::code_hint()
                    kind=FieldKind::Number
                    autocomplete="one-time-code"
                    error=check.error("code")
                    required=true
                    class="w-44"
                />
                <Button kind=ButtonKind::Outline pending=check.pending()>
                    {text::account_profile::verify()}
                </Button>
            </PageForm>
        }
        .into_any()
    });
    view! {
        {code}
        <PageForm form=again>
            <input type="hidden" name="method" value=name/>
            <Button kind=ButtonKind::Quiet small=true pending=again.pending()>
                <span aria-hidden="true">{text::account_profile::resend()}</span>
                <span class="sr-only">{label}</span>
            </Button>
        </PageForm>
    }
    .into_any()
}

/// `/{l}/account/profile/email?token=`: a button, since mail programs open links by themselves.
#[component]
pub fn NewEmailPage() -> impl IntoView {
    let address = resource(token, |token| LoadNewEmail { token });
    let form = use_form::<ConfirmNewEmail>();
    load(address, move |address| {
        let Some(address) = address else {
            return over(text::account_profile::over_action(), "/account/profile");
        };
        view! {
            <Door title=text::account_profile::confirm_title()>
                <p class="wrap-anywhere">{text::account_profile::confirm_body(&address)}</p>
                <DoorForm
                    form=form
                    submit=text::account_profile::confirm()
                    pending=text::account_profile::confirming()
                    hidden=("token", token())
                />
            </Door>
        }
        .into_any()
    })
}

/// Who the person is; 401 for nobody.
#[server]
pub async fn load_profile() -> Result<Profile, PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let customer = customers::get(&ctx, id).await?;
    let phones = customers::contact_methods(&ctx, id).await?.items;
    Ok(Profile {
        name: customer.name,
        version: customer.version,
        email: customer.email,
        email_verified: customer.email_verified,
        phones: phones
            .into_iter()
            .map(|method| Phone {
                id: method.id.to_string(),
                phone: method.phone,
                purpose: method.purpose,
                proved: method.verified_at.is_some(),
                awaited: method.code_expires_at.is_some(),
            })
            .collect(),
    })
}

/// Changes the name.
#[server]
pub async fn save_profile(
    #[server(default)] name: String,
    #[server(default)] version: i64,
) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::UpdateCustomer;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let input = UpdateCustomer { name: Some(name), locale: None };
    customers::update(&ctx, id, version, &input).await?;
    done(text::account_profile::saved()).await
}

/// Asks for another address; whoever has not just proved who they are does so first.
#[server]
pub async fn ask_for_email(#[server(default)] email: String) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::ChangeEmail;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let input = ChangeEmail { email, password: None, code: None };
    customers::change_email(&ctx, &session, id, &input).await?;
    done(text::account_profile::email_sent()).await
}

/// The address the link was sent to; nothing for a link that is over.
#[server]
pub async fn load_new_email(#[server(default)] token: String) -> Result<Option<String>, PageError> {
    super::frame::address_of(&token, stoa_identity_types::LinkPurpose::ChangeEmail).await
}

/// Gives the account the address.
#[server]
pub async fn confirm_new_email(#[server(default)] token: String) -> Result<(), PageError> {
    use stoa_identity_types::ConfirmEmail;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    stoa_identity::customers::confirm_email(&ctx, Some(&session), &ConfirmEmail { token }).await?;
    // Signed out here it leads through the sign-in, with the new address.
    done(text::account_profile::confirmed()).await
}

/// Adds a number and sends a code there.
#[server]
pub async fn add_phone(
    #[server(default)] phone: String,
    #[server(default)] purpose: String,
) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::AddContactMethod;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let purpose = purpose.parse().unwrap_or(ContactPurpose::Delivery);
    customers::add_contact_method(&ctx, id, &AddContactMethod { phone, purpose }).await?;
    done(text::account_profile::added()).await
}

/// Proves a number.
#[server]
pub async fn verify_phone(
    #[server(default)] method: String,
    #[server(default)] code: String,
) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::VerifyContactMethod;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let method = method.parse().map_err(|_| PageError::not_found())?;
    customers::verify_contact_method(&ctx, id, method, &VerifyContactMethod { code }).await?;
    done(text::account_profile::verified()).await
}

/// Sends another code.
#[server]
pub async fn send_code_again(#[server(default)] method: String) -> Result<(), PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let method = method.parse().map_err(|_| PageError::not_found())?;
    customers::resend_code(&ctx, id, method).await?;
    done(text::account_profile::resent()).await
}

/// Takes a number away.
#[server]
pub async fn remove_phone(#[server(default)] method: String) -> Result<(), PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let method = method.parse().map_err(|_| PageError::not_found())?;
    customers::remove_contact_method(&ctx, id, method).await?;
    done(text::account_profile::removed()).await
}

#[cfg(feature = "ssr")]
async fn done(said: &'static str) -> Result<(), PageError> {
    stoa_ui::server::redirect_to(&stoa_ui::i18n::link("/account/profile"), said).await
}
