//! Step 1: who receives it, where, and how the parcels travel.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, ChoiceOption, Disclosure, Field, FieldKind, FormState, Link, PageError, PageForm,
    PageTitle, RadioGroup, Select, SelectOption, ShopPage, ShopTitle, Step, Stepper, i18n::link, load,
    use_form,
};

use super::bill::{Goods, Sums, goods_list, sum_list};
use crate::text;

/// What the step shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryStep {
    pub email: String,
    pub address: AddressForm,
    /// Name of the country the options are for.
    pub country_name: String,
    /// Codes and names.
    pub countries: Vec<(String, String)>,
    pub parcels: Vec<ParcelChoice>,
    pub goods: Vec<Goods>,
    pub sums: Sums,
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
    pub code: String,
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
}

/// `/{l}/checkout`.
#[component]
pub fn DeliveryPage() -> impl IntoView {
    let step = Resource::new(|| (), |()| load_delivery());
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

/// The column beside a step: goods and amounts, folded with the total on top.
pub(super) fn aside(goods: Vec<Goods>, sums: Sums) -> impl IntoView {
    view! {
        <aside aria-label=text::checkout::summary()>
            <Disclosure summary=text::checkout::summary() end=sums.total.clone() open=true>
                {goods_list(goods)}
                {sum_list(sums)}
            </Disclosure>
        </aside>
    }
}

fn delivery_view(step: DeliveryStep, form: FormState) -> impl IntoView {
    let DeliveryStep { email, address, country_name, countries, parcels, goods, sums } = step;
    let sign_in = format!("{}?next={}", link("/sign-in"), link("/checkout"));
    view! {
        <div class="grid gap-8 py-6 lg:grid-cols-[minmax(0,35rem)_minmax(0,1fr)] lg:gap-16">
            <div class="flex flex-col gap-6 min-w-0">
                {steps(1)}
                <ShopTitle title=text::checkout::title()/>
                <p class="text-sm">
                    {text::checkout::account()} " "
                    <Link href=sign_in>{text::checkout::account_link()}</Link>
                </p>
                <PageForm form=form class="flex flex-col gap-6">
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
                    {address_fields(address, &country_name, countries, form)}
                    {parcels.into_iter().map(|parcel| parcel_choice(parcel, form)).collect_view()}
                    <div class="flex flex-wrap gap-3">
                        <Button
                            kind=ButtonKind::Brand
                            name="intent"
                            value="pay"
                            pending=form.pending()
                            pending_label=text::checkout::pending()
                        >
                            {text::checkout::submit()}
                        </Button>
                        <Button kind=ButtonKind::Quiet name="intent" value="options">
                            {text::checkout::refresh()}
                        </Button>
                    </div>
                </PageForm>
            </div>
            {aside(goods, sums)}
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
            <summary class="cursor-pointer">
                {text::checkout::delivering_to(country_name)} " "
                <span class="underline decoration-brand decoration-[1.5px] underline-offset-4">
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
            <summary class="text-sm cursor-pointer underline decoration-brand decoration-[1.5px] underline-offset-4">
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
        .map(|way| ChoiceOption::new(way.code, way.days).note(way.name).end(way.price))
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

/// The step for the visitor's cart; without one the cart's page follows.
#[server]
pub async fn load_delivery() -> Result<Option<DeliveryStep>, PageError> {
    use stoa_kernel::format;
    use stoa_ordering::carts;

    let ctx = stoa_ui::server::ctx()?;
    let cart = carts::current(&ctx).await?.filter(|cart| cart.items > 0 && !cart.blocked);
    let Some(cart) = cart else {
        stoa_ui::server::redirect_to_quietly(&link("/cart"))?;
        return Ok(None);
    };
    let locale = ctx.locale.to_string();
    let address = cart.address.clone().unwrap_or_default();
    let lines = cart.parcels.iter().flat_map(|parcel| &parcel.lines);
    Ok(Some(DeliveryStep {
        email: cart.email.clone().unwrap_or_default(),
        address: AddressForm {
            name: address.name,
            street: address.street,
            extra: address.extra.unwrap_or_default(),
            company: address.company.unwrap_or_default(),
            postcode: address.postcode,
            city: address.city,
            country: cart.country.clone(),
        },
        country_name: carts::country_name(&cart.country).to_owned(),
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
                chosen: parcel.chosen.clone().unwrap_or_default(),
                options: parcel
                    .options
                    .iter()
                    .map(|option| Way {
                        code: option.code.clone(),
                        days: format::day_range(option.arrives_from, option.arrives_to),
                        name: option.name.clone(),
                        price: super::bill::delivery_price(option.price, &locale),
                    })
                    .collect(),
            })
            .collect(),
    }))
}

/// Keeps the answers and leads on to the payment, or back here to see the delivery options
/// of another country.
#[server]
pub async fn save_delivery(
    #[server(default)] email: String,
    #[server(default)] address: AddressForm,
    #[server(default)] delivery: BTreeMap<String, String>,
    #[server(default)] intent: String,
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
        .filter_map(|(seller, option)| Some(DeliveryChoice { seller: seller.parse().ok()?, option }))
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
            phone: None,
        }),
        delivery: choices,
        ..UpdateCart::default()
    };
    match carts::update(&ctx, cart.id, None, input).await {
        Ok(_) if intent == "options" => stoa_ui::server::redirect_to_quietly(&link("/checkout")),
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
