//! Step 1: who receives it, where, and how the parcels travel.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, ChoiceOption, Drawn, Field, FieldKind, FormState, Link, PageError, PageForm,
    PageTitle, RadioGroup, Select, SelectOption, ShopPage, ShopTitle, Step, Stepper,
    i18n::link,
    icons::{self, Icon},
    load, resource, use_form,
};

use super::bill::{Goods, Sums, goods_list, sum_list};
use crate::text;

/// The frame of a step: the summary above it, from 1024 px on beside it.
pub(super) const STEP: &str = "mx-auto grid max-w-[35rem] items-start gap-6 lg:max-w-none lg:grid-cols-[minmax(0,35rem)_25rem] lg:justify-between";

/// Ends the value of an option whose courier rings, so that the style sheet alone can show the
/// phone field while one is chosen.
#[cfg(feature = "ssr")]
const PHONE: &str = ":phone";

/// What the step shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryStep {
    pub email: String,
    /// The ways to fill the form with an address of the shopper's book; empty where there is none.
    pub saved: Drawn,
    pub address: AddressForm,
    /// Name of the country the options are for.
    pub country_name: String,
    /// Codes and names.
    pub countries: Vec<(String, String)>,
    pub parcels: Vec<ParcelChoice>,
    pub goods: Vec<Goods>,
    pub sums: Sums,
    /// "Delivery to Greece".
    pub delivery_to: String,
}

/// One parcel and the ways it can travel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelChoice {
    pub seller: String,
    pub seller_name: String,
    pub chosen: String,
    pub options: Vec<Way>,
}

/// One way to travel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// What the form sends: the option's code, and [`PHONE`] where the courier rings.
    pub value: String,
    /// "Thu 14 to Sat 16 May".
    pub days: String,
    pub name: String,
    pub price: String,
}

/// The address as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressForm {
    pub name: String,
    pub street: String,
    pub extra: String,
    pub company: String,
    pub postcode: String,
    pub city: String,
    pub country: String,
    pub phone: String,
}

#[cfg(feature = "ssr")]
impl AddressForm {
    /// An address of the shopper's book.
    fn of(address: stoa_identity_types::PostalAddress) -> Self {
        Self {
            name: address.name,
            street: address.street,
            extra: address.extra.unwrap_or_default(),
            company: address.company.unwrap_or_default(),
            postcode: address.postcode,
            city: address.city,
            country: address.country,
            phone: address.phone.unwrap_or_default(),
        }
    }
}

/// `/{l}/checkout?address=`: with the id of an address of the shopper's book the form holds that.
#[component]
pub fn DeliveryPage() -> impl IntoView {
    let query = use_query_map();
    let step = resource(
        move || query.with(|query| query.get("address")).unwrap_or_default(),
        |saved| LoadDelivery { saved },
    );
    let form = use_form::<SaveDelivery>();
    view! {
        <PageTitle text=text::checkout::title().to_owned()/>
        <ShopPage>{load(step, move |step| step.map(|step| delivery_view(step, form)))}</ShopPage>
    }
}

/// The two steps, the `now`-th being open.
pub(super) fn steps(now: usize) -> impl IntoView {
    let steps = vec![
        Step::new(text::checkout::step_delivery(), link("/checkout")),
        Step::new(text::checkout::step_payment(), ""),
    ];
    view! { <Stepper steps=steps now=now/> }
}

/// Goods and amounts above a step on small screens, folded with the total in sight.
pub(super) fn folded(goods: Vec<Goods>, sums: Sums, delivery: &str) -> AnyView {
    view! {
        <details class="group/summary lg:hidden -mt-3 border-b border-line">
            <summary class="flex min-h-12 list-none items-center gap-3 py-2 font-semibold cursor-pointer rounded-xs hover:text-brand-fg [&::-webkit-details-marker]:hidden">
                <span class="flex-1">{text::checkout::summary()}</span>
                <span class="tabular-nums">{sums.total.clone()}</span>
                <span class="text-muted transition-transform duration-(--dur-2) group-open/summary:rotate-180">
                    <Icon glyph=icons::CHEVRON_DOWN small=true/>
                </span>
            </summary>
            <div class="pb-5">{bill(goods, sums, delivery)}</div>
        </details>
    }
    .into_any()
}

/// The same beside a step on large screens.
pub(super) fn beside(goods: Vec<Goods>, sums: Sums, delivery: &str) -> AnyView {
    view! {
        <aside aria-labelledby="bill" class="hidden lg:block sticky top-6">
            <h2 id="bill" class="font-semibold pb-1">
                {text::checkout::summary()}
            </h2>
            {bill(goods, sums, delivery)}
        </aside>
    }
    .into_any()
}

fn bill(goods: Vec<Goods>, sums: Sums, delivery: &str) -> AnyView {
    view! {
        {goods_list(goods)}
        <div class="border-t border-line pt-4">{sum_list(sums, delivery)}</div>
    }
    .into_any()
}

/// The name of the delivery line in a sum.
#[cfg(feature = "ssr")]
pub(super) fn delivery_to(country: &str) -> String {
    text::cart::delivery_to(stoa_ordering::carts::country_name(country))
}

fn delivery_view(step: DeliveryStep, form: FormState) -> impl IntoView {
    let DeliveryStep { email, saved, address, country_name, countries, parcels, goods, sums, delivery_to } =
        step;
    let phone = address.phone.clone();
    view! {
        <div class=STEP>
            {folded(goods.clone(), sums.clone(), &delivery_to)} <div class="flex flex-col gap-6 min-w-0">
                {steps(1)}
                <ShopTitle title=text::checkout::title()/>
                <PageForm form=form class="group/step flex flex-col gap-6">
                    <Field
                        name="email"
                        kind=FieldKind::Email
                        label=text::checkout::email()
                        hint=text::checkout::email_hint()
                        autocomplete="email"
                        value=form.value_or("email", email)
                        error=form.error("email")
                        required=true
                    />
                    {saved.view()} {address_fields(address, &country_name, countries, form)}
                    {parcels.into_iter().map(|parcel| parcel_choice(parcel, form)).collect_view()}
                    {phone_field(phone, form)}
                    <div class="sm:w-fit flex flex-col">
                        <Button
                            kind=ButtonKind::Brand
                            pending=form.pending()
                            pending_label=text::checkout::pending()
                        >
                            {text::checkout::submit()}
                        </Button>
                    </div>
                </PageForm>
            </div> {beside(goods, sums, &delivery_to)}
        </div>
    }
}

fn address_fields(
    address: AddressForm,
    country_name: &str,
    countries: Vec<(String, String)>,
    form: FormState,
) -> impl IntoView {
    let countries =
        countries.into_iter().map(|(code, name)| SelectOption::new(code, name)).collect::<Vec<_>>();
    let wrong_country = form.error("address/country");
    let extra = form.value_or("address/extra", address.extra);
    let company = form.value_or("address/company", address.company);
    let more_open = !extra.is_empty() || !company.is_empty();
    view! {
        <details open=move || wrong_country.with(Option::is_some)>
            <summary class="w-fit list-none cursor-pointer rounded-xs [&::-webkit-details-marker]:hidden">
                {text::checkout::delivering_to(country_name)} " "
                <span class="underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2">
                    {text::checkout::change()}
                </span>
            </summary>
            <div class="pt-4">
                <Select
                    name="address[country]"
                    label=text::checkout::country()
                    options=countries
                    value=form.value_or("address/country", address.country)
                    error=wrong_country
                    autocomplete="shipping country"
                />
            </div>
        </details>
        <Field
            name="address[name]"
            label=text::checkout::name()
            autocomplete="shipping name"
            value=form.value_or("address/name", address.name)
            error=form.error("address/name")
            required=true
        />
        <Field
            name="address[street]"
            label=text::checkout::street()
            autocomplete="shipping street-address"
            value=form.value_or("address/street", address.street)
            error=form.error("address/street")
            required=true
        />
        <details open=more_open>
            <summary class="w-fit list-none cursor-pointer rounded-xs py-1 text-sm underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2 [&::-webkit-details-marker]:hidden">
                {text::checkout::more()}
            </summary>
            <div class="flex flex-col gap-4 pt-4">
                <Field
                    name="address[extra]"
                    label=text::checkout::extra()
                    autocomplete="shipping address-line2"
                    value=extra
                    error=form.error("address/extra")
                    optional=true
                />
                <Field
                    name="address[company]"
                    label=text::checkout::company()
                    autocomplete="shipping organization"
                    value=company
                    error=form.error("address/company")
                    optional=true
                />
            </div>
        </details>
        <div class="grid grid-cols-[minmax(7rem,2fr)_3fr] gap-4 items-start">
            <Field
                name="address[postcode]"
                label=text::checkout::postcode()
                autocomplete="shipping postal-code"
                value=form.value_or("address/postcode", address.postcode)
                error=form.error("address/postcode")
                required=true
            />
            <Field
                name="address[city]"
                label=text::checkout::city()
                autocomplete="shipping address-level2"
                value=form.value_or("address/city", address.city)
                error=form.error("address/city")
                required=true
            />
        </div>
    }
}

/// The number for a courier who rings: in sight only while such an option is chosen.
fn phone_field(phone: String, form: FormState) -> impl IntoView {
    view! {
        <div class="hidden group-has-[input[value$=':phone']:checked]/step:block">
            <Field
                name="address[phone]"
                kind=FieldKind::Tel
                label=text::checkout::phone()
                hint=text::checkout::phone_hint()
                autocomplete="shipping tel"
                value=form.value_or("address/phone", phone)
                error=form.error("address/phone")
                max_length=30
            />
        </div>
    }
}

fn parcel_choice(parcel: ParcelChoice, form: FormState) -> AnyView {
    if parcel.options.is_empty() {
        return view! {
            <p class="text-bad-fg">
                {text::checkout::parcel_none(&parcel.seller_name)} " "
                <Link href=link("/cart")>{text::checkout::to_cart()}</Link>
            </p>
        }
        .into_any();
    }
    let field = format!("delivery/{}", parcel.seller);
    let options = parcel
        .options
        .into_iter()
        .map(|way| ChoiceOption::new(way.value, way.days).note(way.name).end(way.price))
        .collect();
    view! {
        <RadioGroup
            name=format!("delivery[{}]", parcel.seller)
            legend=text::checkout::parcel(&parcel.seller_name)
            options=options
            value=form.value_or(&field, parcel.chosen)
            error=form.error(&field)
            boxed=true
        />
    }
    .into_any()
}

/// The addresses of the shopper's book that we deliver to, the default one first; none for a
/// visitor.
#[cfg(feature = "ssr")]
async fn book(ctx: &stoa_kernel::Ctx) -> Result<Vec<stoa_identity_types::AddressView>, PageError> {
    use stoa_identity::customers;

    if ctx.user().is_err() {
        return Ok(Vec::new());
    }
    let own = customers::mine(ctx).await?;
    let there = |code: &str| stoa_ordering::carts::countries().iter().any(|(known, _)| *known == code);
    let book = customers::addresses(ctx, own).await?.items;
    Ok(book.into_iter().filter(|item| there(&item.address.country)).collect())
}

/// Links that fill the form, folded away.
#[cfg(feature = "ssr")]
fn saved_links(book: &[stoa_identity_types::AddressView]) -> Drawn {
    if book.is_empty() {
        return Drawn::default();
    }
    let rows = book
        .iter()
        .map(|item| {
            let href = link(&format!("/checkout?address={}", item.id));
            view! {
                <li class="py-2">
                    <a
                        href=href
                        class="underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2 rounded-xs wrap-anywhere"
                    >
                        {item.lines.join(", ")}
                    </a>
                </li>
            }
        })
        .collect_view();
    Drawn::of(
        view! {
            <details>
                <summary class="w-fit list-none cursor-pointer rounded-xs py-1 underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2 [&::-webkit-details-marker]:hidden">
                    {text::checkout::saved()}
                </summary>
                <ul class="mt-2 divide-y divide-line border-y border-line">{rows}</ul>
            </details>
        }
        .into_any(),
    )
}

/// The step for the visitor's cart; without one the cart's page follows. `saved` is the address
/// of the shopper's book to begin with, unless the cart has one.
#[server]
pub async fn load_delivery(#[server(default)] saved: String) -> Result<Option<DeliveryStep>, PageError> {
    use stoa_identity_types::AddressUse;
    use stoa_kernel::format;
    use stoa_ordering::carts;

    use crate::place::Place;

    let ctx = stoa_ui::server::ctx()?;
    let cart = carts::current(&ctx).await?.filter(|cart| cart.items > 0 && !cart.blocked);
    let Some(cart) = cart else {
        stoa_ui::server::redirect_to_quietly(&link("/cart"))?;
        return Ok(None);
    };
    let locale = ctx.locale.to_string();
    let book = book(&ctx).await?;
    let picked = book.iter().find(|item| item.id.to_string() == saved);
    let usual = || book.iter().find(|item| item.default_for.contains(&AddressUse::Shipping));
    let known = picked.or_else(|| if cart.address.is_none() { usual() } else { None });
    let address = match known {
        Some(item) => AddressForm::of(item.address.clone()),
        None => {
            let address = cart.address.clone().unwrap_or_default();
            AddressForm {
                name: address.name,
                street: address.street,
                extra: address.extra.unwrap_or_default(),
                company: address.company.unwrap_or_default(),
                postcode: address.postcode,
                city: address.city,
                country: cart.country.clone(),
                phone: address.phone.unwrap_or_default(),
            }
        }
    };
    let email = match (&cart.email, ctx.user()) {
        (Some(email), _) => email.clone(),
        (None, Ok(user)) => {
            let known = stoa_identity::auth::principal_of_user(&ctx.app, user).await?;
            known.and_then(|known| known.email).unwrap_or_default()
        }
        (None, Err(_)) => String::new(),
    };
    let told = Place::kept()
        .filter(|place| place.country == cart.country)
        .map(|place| place.postcode)
        .unwrap_or_default();
    let value = |code: &str, rings: bool| format!("{code}{}", if rings { PHONE } else { "" });
    let lines = cart.parcels.iter().flat_map(|parcel| &parcel.lines);
    Ok(Some(DeliveryStep {
        delivery_to: delivery_to(&cart.country),
        email,
        saved: saved_links(&book),
        country_name: carts::country_name(&address.country).to_owned(),
        address: AddressForm {
            // Asked on a product's page already.
            postcode: if address.postcode.is_empty() { told } else { address.postcode },
            ..address
        },
        countries: carts::countries()
            .into_iter()
            .map(|(code, name)| (code.to_owned(), name.trim_start_matches("the ").to_owned()))
            .collect(),
        goods: lines.map(|line| Goods::of_cart(line, &locale)).collect(),
        sums: Sums::of_cart(&cart, &locale),
        parcels: cart
            .parcels
            .iter()
            .map(|parcel| ParcelChoice {
                seller: parcel.seller.to_string(),
                seller_name: parcel.seller_name.clone(),
                chosen: parcel
                    .options
                    .iter()
                    .find(|option| Some(&option.code) == parcel.chosen.as_ref())
                    .map(|option| value(&option.code, option.needs_phone))
                    .unwrap_or_default(),
                options: parcel
                    .options
                    .iter()
                    .map(|option| Way {
                        value: value(&option.code, option.needs_phone),
                        days: format::day_range(option.arrives_from, option.arrives_to),
                        name: option.name.clone(),
                        price: super::bill::delivery_price(option.price, &locale),
                    })
                    .collect(),
            })
            .collect(),
    }))
}

/// Keeps the answers and leads on to the payment; for another country than the options shown
/// were for back here, where its dates and prices are to be seen first.
#[server]
pub async fn save_delivery(
    #[server(default)] email: String,
    #[server(default)] address: AddressForm,
    #[server(default)] delivery: BTreeMap<String, String>,
) -> Result<(), PageError> {
    use stoa_ordering::carts;
    use stoa_ordering_types::carts::{Address, DeliveryChoice, UpdateCart};

    let ctx = stoa_ui::server::ctx()?;
    let Some(cart) = carts::current(&ctx).await? else {
        return stoa_ui::server::redirect_to_quietly(&link("/cart"));
    };
    let filled = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    // Options were shown for the cart's country; for another the cheapest of that one count.
    let moved = !address.country.is_empty() && address.country != cart.country;
    let choices: Vec<DeliveryChoice> = delivery
        .into_iter()
        .filter(|_| !moved)
        .filter_map(|(seller, option)| {
            let option = option.strip_suffix(PHONE).unwrap_or(&option).to_owned();
            Some(DeliveryChoice { seller: seller.parse().ok()?, option })
        })
        .collect();
    let sellers: Vec<String> = choices.iter().map(|choice| choice.seller.to_string()).collect();
    let input = UpdateCart {
        email: Some(email),
        address: Some(Address {
            name: address.name,
            street: address.street,
            extra: filled(address.extra),
            company: filled(address.company),
            postcode: address.postcode,
            city: address.city,
            region: None,
            country: if address.country.is_empty() { cart.country.clone() } else { address.country },
            phone: filled(address.phone),
        }),
        delivery: choices,
        ..UpdateCart::default()
    };
    match carts::update(&ctx, cart.id, None, input).await {
        Ok(cart) if moved => {
            let message = text::checkout::moved(carts::country_name(&cart.country));
            stoa_ui::server::redirect_to(&link("/checkout"), message).await
        }
        Ok(_) => stoa_ui::server::redirect_to_quietly(&link("/checkout/payment")),
        Err(error) => {
            let mut error = PageError::from(error);
            // The service counts the choices; the form names them by seller.
            for field in &mut error.0.errors {
                let place =
                    field.field.strip_prefix("delivery/").and_then(|place| place.parse::<usize>().ok());
                if let Some(seller) = place.and_then(|place| sellers.get(place)) {
                    field.field = format!("delivery/{seller}");
                }
            }
            Err(error)
        }
    }
}
