//! The address book.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use stoa_identity_types::{
    AddressField, AddressFieldKind, AddressForm, AddressUse, MAX_ADDRESSES, PostalAddress,
};
use stoa_ui::{
    AddressText, Button, ButtonKind, Checkbox, Dialog, DialogActions, Empty, Field, FieldKind, FormState,
    Link, LinkButton, LinkKind, PageError, PageForm, Select, SelectOption, i18n::link, load, resource,
    use_form, use_form_named,
};

use super::frame::{AccountFrame, Place};
use crate::text;

/// An address of the book as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub id: String,
    pub version: i64,
    pub lines: Vec<String>,
    pub default_for: Vec<AddressUse>,
}

/// `/{l}/account/addresses?dialog=remove&address=`
#[component]
pub fn AddressesPage() -> impl IntoView {
    let query = use_query_map();
    let book = resource(|| (), |()| LoadAddresses {});
    load(book, move |book: Vec<Kept>| {
        let dialog = {
            let book = book.clone();
            move || {
                let asked = query.with(|query| {
                    query.get("dialog").filter(|dialog| dialog == "remove").and_then(|_| query.get("address"))
                });
                asked
                    .and_then(|id| book.iter().find(|kept| kept.id == id).cloned())
                    .map(|kept| view! { <RemoveDialog kept=kept/> })
            }
        };
        let full = book.len() as u64 >= MAX_ADDRESSES;
        let list = if book.is_empty() {
            view! {
                <Empty
                    title=text::account_addresses::none()
                    text=text::account_addresses::none_body()
                    action_label=text::account_addresses::add()
                    action_href=link("/account/addresses/new")
                />
            }
            .into_any()
        } else {
            view! {
                <ul
                    aria-label=text::account_addresses::list()
                    class="mt-6 divide-y divide-line border-y border-line"
                >
                    {book.into_iter().map(row).collect_view()}
                </ul>
                <div class="mt-6">
                    {if full {
                        view! { <p class="text-muted">{text::account_addresses::full()}</p> }.into_any()
                    } else {
                        view! {
                            <LinkButton href=link("/account/addresses/new") kind=ButtonKind::Brand>
                                {text::account_addresses::add()}
                            </LinkButton>
                        }
                            .into_any()
                    }}
                </div>
            }
            .into_any()
        };
        view! {
            <AccountFrame place=Place::Addresses title=text::account_addresses::title()>
                {list} {dialog}
            </AccountFrame>
        }
    })
}

fn row(kept: Kept) -> AnyView {
    let Kept { id, version, lines, default_for } = kept;
    let short = lines.get(1).cloned().unwrap_or_default();
    let parcels = default_for.contains(&AddressUse::Shipping);
    let badge = match (parcels, default_for.contains(&AddressUse::Billing)) {
        (true, true) => Some(text::account_addresses::default_both()),
        (true, false) => Some(text::account_addresses::default_shipping()),
        (false, true) => Some(text::account_addresses::default_billing()),
        (false, false) => None,
    };
    let form = use_form_named::<UseForParcels>(id.clone());
    let usable = (!parcels).then(|| {
        let (id, label) = (id.clone(), text::account_addresses::use_of(&short));
        view! {
            <PageForm form=form>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                <Button kind=ButtonKind::Quiet small=true pending=form.pending()>
                    <span aria-hidden="true">{text::account_addresses::use_it()}</span>
                    <span class="sr-only">{label}</span>
                </Button>
            </PageForm>
        }
        .into_any()
    });
    let edit = link(&format!("/account/addresses/{id}"));
    let remove = link(&format!("/account/addresses?dialog=remove&address={id}"));
    let action = |href: String, word: &'static str, label: String| {
        view! {
            <LinkButton href=href kind=ButtonKind::Outline small=true>
                <span aria-hidden="true">{word}</span>
                <span class="sr-only">{label}</span>
            </LinkButton>
        }
        .into_any()
    };
    view! {
        <li class="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 py-4">
            <div class="min-w-0 wrap-anywhere">
                {badge.map(|badge| view! { <p class="text-sm font-semibold">{badge}</p> })}
                <AddressText lines=lines/>
            </div>
            <div class="flex flex-wrap items-center gap-2">
                {usable} {action(edit, text::account_addresses::edit(), text::account_addresses::edit_of(&short))}
                {action(remove, text::account_addresses::remove(), text::account_addresses::remove_of(&short))}
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn RemoveDialog(kept: Kept) -> impl IntoView {
    let form = use_form::<RemoveAddressHere>();
    let close = link("/account/addresses");
    view! {
        <Dialog title=text::account_addresses::remove_title() close_href=close.clone()>
            <PageForm form=form class="flex flex-col gap-4">
                <AddressText lines=kept.lines/>
                <p>{text::account_addresses::remove_body()}</p>
                <input type="hidden" name="id" value=kept.id/>
                <DialogActions>
                    <LinkButton href=close kind=ButtonKind::Outline autofocus=true>
                        {text::account_addresses::keep()}
                    </LinkButton>
                    <Button
                        kind=ButtonKind::Danger
                        pending=form.pending()
                        pending_label=text::account_addresses::removing()
                    >
                        {text::account_addresses::remove()}
                    </Button>
                </DialogActions>
            </PageForm>
        </Dialog>
    }
}

/// What the form of one address shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// Empty for a new one.
    pub id: String,
    pub version: i64,
    pub address: PostalAddress,
    pub default_for: Vec<AddressUse>,
    /// What its country asks for.
    pub form: AddressForm,
    /// Codes and names.
    pub countries: Vec<(String, String)>,
}

/// `/{l}/account/addresses/{id}?country=`, or `new` for the id.
#[component]
pub fn AddressPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked = move || {
        let id = params.with(|params| params.get("id")).unwrap_or_default();
        (id, query.with(|query| query.get("country")).unwrap_or_default())
    };
    let edited = resource(asked, |(id, country)| LoadAddress { id, country });
    load(edited, edit_view)
}

fn edit_view(edited: Edited) -> AnyView {
    let form = use_form::<SaveAddress>();
    let Edited { id, version, address, default_for, form: rules, countries } = edited;
    let title = if id.is_empty() {
        text::account_addresses::new_title()
    } else {
        text::account_addresses::edit_title()
    };
    let used = |of: AddressUse| default_for.contains(&of);
    let (shipping, billing) = (used(AddressUse::Shipping), used(AddressUse::Billing));
    let path = if id.is_empty() { "new" } else { &id };
    let country = country_choice(link(&format!("/account/addresses/{path}")), &rules, countries);
    let extra = form.value_or("address/extra", address.extra.clone().unwrap_or_default());
    let company = form.value_or("address/company", address.company.clone().unwrap_or_default());
    let more_open = !extra.is_empty() || !company.is_empty();
    let code = rules.country.clone();
    let fields: Vec<AnyView> =
        rules.fields.into_iter().map(|field| country_field(field, &address, form)).collect();
    view! {
        <AccountFrame place=Place::Addresses title=title>
            <p class="mt-2">
                <Link href=link("/account/addresses") kind=LinkKind::Back>
                    {text::account_addresses::back()}
                </Link>
            </p>
            <div class="mt-6 flex max-w-[32rem] flex-col gap-6">
                {country}
                <PageForm form=form class="flex flex-col gap-5">
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="version" value=version/>
                    <input type="hidden" name="address[country]" value=code/>
                    <Field
                        name="address[name]"
                        label=text::account_addresses::name()
                        autocomplete="shipping name"
                        value=form.value_or("address/name", address.name.clone())
                        error=form.error("address/name")
                        required=true
                    />
                    {fields}
                    <details open=more_open>
                        <summary class="w-fit list-none cursor-pointer rounded-xs py-1 text-sm underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2 [&::-webkit-details-marker]:hidden">
                            {text::account_addresses::more()}
                        </summary>
                        <div class="flex flex-col gap-5 pt-4">
                            <Field
                                name="address[extra]"
                                label=text::account_addresses::extra()
                                autocomplete="shipping address-line2"
                                value=extra
                                error=form.error("address/extra")
                                optional=true
                            />
                            <Field
                                name="address[company]"
                                label=text::account_addresses::company()
                                autocomplete="shipping organization"
                                value=company
                                error=form.error("address/company")
                                optional=true
                            />
                        </div>
                    </details>
                    <Field
                        name="address[phone]"
                        label=text::account_addresses::phone()
                        hint=text::account_addresses::phone_hint()
                        kind=FieldKind::Tel
                        autocomplete="shipping tel"
                        value=form.value_or("address/phone", address.phone.clone().unwrap_or_default())
                        error=form.error("address/phone")
                        optional=true
                    />
                    <div>
                        <Checkbox
                            name="shipping"
                            label=text::account_addresses::for_shipping()
                            checked=form.checked("shipping", "true", shipping)
                        />
                        <Checkbox
                            name="billing"
                            label=text::account_addresses::for_billing()
                            checked=form.checked("billing", "true", billing)
                        />
                    </div>
                    <div>
                        <Button
                            kind=ButtonKind::Brand
                            pending=form.pending()
                            pending_label=text::account_addresses::saving()
                        >
                            {text::account_addresses::save()}
                        </Button>
                    </div>
                </PageForm>
            </div>
        </AccountFrame>
    }
    .into_any()
}

/// The country the form is for, and the way to another's form.
fn country_choice(action: String, rules: &AddressForm, countries: Vec<(String, String)>) -> AnyView {
    let options = countries.into_iter().map(|(code, name)| SelectOption::new(code, name)).collect::<Vec<_>>();
    let name = rules.country_name.trim_start_matches("the ").to_owned();
    view! {
        <details open=rules.country.is_empty()>
            <summary class="w-fit list-none cursor-pointer rounded-xs [&::-webkit-details-marker]:hidden">
                {text::account_addresses::country_is(&name)} " "
                <span class="underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2">
                    {text::account_addresses::change()}
                </span>
            </summary>
            <form action=action method="get" class="flex flex-wrap items-end gap-3 pt-4">
                <Select
                    name="country"
                    label=text::account_addresses::country()
                    options=options
                    value=rules.country.clone()
                    autocomplete="shipping country"
                    class="flex-1"
                />
                <Button kind=ButtonKind::Outline>{text::account_addresses::use_country()}</Button>
            </form>
        </details>
    }
    .into_any()
}

fn country_field(field: AddressField, address: &PostalAddress, form: FormState) -> AnyView {
    let AddressField { kind, label, required, choices } = field;
    let (name, token, current) = match kind {
        AddressFieldKind::Street => ("street", "shipping street-address", address.street.clone()),
        AddressFieldKind::Postcode => ("postcode", "shipping postal-code", address.postcode.clone()),
        AddressFieldKind::City => ("city", "shipping address-level2", address.city.clone()),
        AddressFieldKind::Region => {
            ("region", "shipping address-level1", address.region.clone().unwrap_or_default())
        }
    };
    let path = format!("address/{name}");
    let (value, error) = (form.value_or(&path, current), form.error(&path));
    let name = format!("address[{name}]");
    if choices.is_empty() {
        return view! {
            <Field
                name=name
                label=label
                autocomplete=token
                value=value
                error=error
                required=required
                optional=!required
            />
        }
        .into_any();
    }
    let options = choices.into_iter().map(|(code, name)| SelectOption::new(code, name)).collect::<Vec<_>>();
    view! {
        <Select
            name=name
            label=label
            options=options
            value=value
            empty_label=text::account_addresses::choose()
            autocomplete=token
            error=error
            required=required
            optional=!required
        />
    }
    .into_any()
}

/// The book; 401 for nobody.
#[server]
pub async fn load_addresses() -> Result<Vec<Kept>, PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let id = customers::mine(&ctx).await?;
    let book = customers::addresses(&ctx, id).await?;
    let kept = |item: stoa_identity_types::AddressView| Kept {
        id: item.id.to_string(),
        version: item.version,
        lines: item.lines,
        default_for: item.default_for,
    };
    Ok(book.items.into_iter().map(kept).collect())
}

/// One address with what its country, or the one that is asked for, wants to know.
#[server]
pub async fn load_address(
    #[server(default)] id: String,
    #[server(default)] country: String,
) -> Result<Edited, PageError> {
    use stoa_identity::{customers, postal};

    let ctx = stoa_ui::server::ctx()?;
    let own = customers::mine(&ctx).await?;
    let countries =
        postal::countries().into_iter().map(|(code, name)| (code.to_owned(), name.to_owned())).collect();
    let asked = postal::country_code(&country);
    if id == "new" {
        let book = customers::addresses(&ctx, own).await?.items;
        let usual = book.first().map(|item| item.address.country.clone());
        let told = crate::place::Place::kept().and_then(|place| postal::country_code(&place.country));
        let country = asked.or(usual).or(told).unwrap_or_else(|| "GR".to_owned());
        let name = customers::get(&ctx, own).await?.name;
        let default_for = if book.is_empty() { AddressUse::ALL.to_vec() } else { Vec::new() };
        return Ok(Edited {
            id: String::new(),
            version: 0,
            address: PostalAddress { name, ..PostalAddress::default() },
            default_for,
            form: postal::form(&country),
            countries,
        });
    }
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let kept = customers::address(&ctx, own, id).await?;
    let country = asked.unwrap_or_else(|| kept.address.country.clone());
    Ok(Edited {
        id: kept.id.to_string(),
        version: kept.version,
        address: kept.address,
        default_for: kept.default_for,
        form: postal::form(&country),
        countries,
    })
}

/// Puts the address into the book, or changes it there.
#[server]
pub async fn save_address(
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] address: PostalAddress,
    #[server(default)] shipping: String,
    #[server(default)] billing: String,
) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::{AddAddress, ChangeAddress};

    let ctx = stoa_ui::server::ctx()?;
    let own = customers::mine(&ctx).await?;
    let default_for: Vec<AddressUse> = [(AddressUse::Shipping, shipping), (AddressUse::Billing, billing)]
        .into_iter()
        .filter(|(_, ticked)| !ticked.is_empty())
        .map(|(of, _)| of)
        .collect();
    if id.is_empty() {
        customers::add_address(&ctx, own, &AddAddress { address, default_for }).await?;
    } else {
        let id = id.parse().map_err(|_| PageError::not_found())?;
        let input = ChangeAddress { address: Some(address), default_for: Some(default_for) };
        customers::change_address(&ctx, own, id, version, &input).await?;
    }
    done(text::account_addresses::saved()).await
}

/// Makes the address the one parcels go to; what it is for besides stays.
#[server]
pub async fn use_for_parcels(
    #[server(default)] id: String,
    #[server(default)] version: i64,
) -> Result<(), PageError> {
    use stoa_identity::customers;
    use stoa_identity_types::ChangeAddress;

    let ctx = stoa_ui::server::ctx()?;
    let own = customers::mine(&ctx).await?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    let mut default_for = customers::address(&ctx, own, id).await?.default_for;
    default_for.push(AddressUse::Shipping);
    let input = ChangeAddress { address: None, default_for: Some(default_for) };
    customers::change_address(&ctx, own, id, version, &input).await?;
    done(text::account_addresses::used()).await
}

/// Takes an address out of the book.
#[server]
pub async fn remove_address_here(#[server(default)] id: String) -> Result<(), PageError> {
    use stoa_identity::customers;

    let ctx = stoa_ui::server::ctx()?;
    let own = customers::mine(&ctx).await?;
    let id = id.parse().map_err(|_| PageError::not_found())?;
    customers::remove_address(&ctx, own, id).await?;
    done(text::account_addresses::removed()).await
}

#[cfg(feature = "ssr")]
async fn done(said: &'static str) -> Result<(), PageError> {
    stoa_ui::server::redirect_to(&link("/account/addresses"), said).await
}
