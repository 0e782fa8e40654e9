//! The cart, and the table of what follows a purchase: parts of the browser bundle that the
//! first page does not need.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Banner, Button, ButtonKind, Empty, LinkButton, PageError, PageForm, PageTitle, ProductLine, Quantity,
    Select, SelectOption, ShopPage, ShopTitle, Tone, UpdateButton, i18n::link, load, resource, use_form,
    use_form_named,
};

use crate::{
    checkout::bill::{Goods, Sums, product_line, sum_list},
    text,
};

stoa_ui::surface! {
    storefront_cart "/cart" => CartPage,
    storefront_order "/order/:token" => crate::order::OrderPage,
}

/// The cart as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartContent {
    pub parcels: Vec<CartParcel>,
    pub sums: Sums,
    /// Code of the country delivery and tax are worked out for.
    pub country: String,
    /// "Delivery to Greece".
    pub delivery_to: String,
    /// Codes and names.
    pub countries: Vec<(String, String)>,
    /// Some line stands in the way of buying.
    pub blocked: bool,
}

/// What one seller sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartParcel {
    pub seller: String,
    /// "Arrives Thu 14 to Sat 16 May", or that it can't be sent; empty when nothing is left to
    /// send.
    pub delivery: String,
    pub lines: Vec<CartRow>,
}

/// One line with what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartRow {
    pub id: String,
    pub goods: Goods,
    pub quantity: u32,
    pub notes: Vec<RowNote>,
}

/// What has changed about a line, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowNote {
    pub message: String,
    pub remedy: Remedy,
}

impl RowNote {
    /// Good news is only said; what stands in the way is to be seen.
    pub(crate) fn class(&self) -> &'static str {
        if self.remedy == Remedy::Nothing { "text-sm" } else { "text-sm font-semibold text-warn-fg" }
    }
}

/// How a changed line can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remedy {
    /// It was good news.
    Nothing,
    /// Agree to the new price.
    Accept,
    /// Take this many.
    Take(u32),
    /// It can only be removed.
    Remove,
}

/// `/{l}/cart`.
#[component]
pub fn CartPage() -> impl IntoView {
    let cart = resource(|| (), |()| LoadCart {});
    view! {
        <PageTitle text=text::cart::title().to_owned()/>
        <ShopPage>
            {load(cart, |cart| match cart {
                Some(cart) => cart_view(cart).into_any(),
                None => {
                    view! {
                        <ShopTitle title=text::cart::title()/>
                        <Empty
                            title=text::cart::empty_title()
                            text=text::cart::empty_text()
                            action_label=text::cart::empty_action()
                            action_href=link("/")
                        />
                    }
                        .into_any()
                }
            })}
        </ShopPage>
    }
}

fn cart_view(cart: CartContent) -> impl IntoView {
    let CartContent { parcels, sums, country, delivery_to, countries, blocked } = cart;
    let parcels = parcels.into_iter().map(parcel_view).collect_view();
    let checkout = (!blocked).then(|| {
        view! {
            <LinkButton href=link("/checkout") kind=ButtonKind::Brand block=true attr:rel="external">
                {text::cart::checkout()}
            </LinkButton>
        }
        .into_any()
    });
    view! {
        <ShopTitle title=text::cart::title()/>
        {blocked
            .then(|| view! { <div class="mt-4"><Banner tone=Tone::Warn title=text::cart::blocked()/></div> }.into_any())}
        <div class="grid gap-8 py-6 lg:grid-cols-[minmax(0,1fr)_20rem] lg:gap-16 items-start">
            <div class="flex flex-col gap-8 min-w-0">{parcels}</div>
            <section aria-label=text::cart::summary() class="flex flex-col gap-6 lg:sticky lg:top-6">
                {sum_list(sums, &delivery_to)} {checkout} <Destination country=country countries=countries/>
            </section>
        </div>
    }
}

/// The country delivery is worked out for, and the way to another.
#[component]
fn Destination(country: String, countries: Vec<(String, String)>) -> impl IntoView {
    let form = use_form::<MoveCart>();
    let name = countries.iter().find(|(code, _)| *code == country).map(|(_, name)| name.clone());
    let countries = countries.into_iter().map(|(code, name)| SelectOption::new(code, name)).collect();
    let refused = form.error("country").get_untracked().is_some();
    view! {
        <details open=refused class="border-t border-line pt-4">
            <summary class="w-fit list-none cursor-pointer rounded-xs py-1 text-sm [&::-webkit-details-marker]:hidden">
                {text::cart::estimate(name.unwrap_or_default())} " "
                <span class="underline decoration-brand decoration-[1.5px] underline-offset-4 hover:decoration-2">
                    {text::cart::other_country()}
                </span>
            </summary>
            <PageForm form=form class="mt-4 flex flex-col gap-3">
                <Select
                    name="country"
                    label=text::cart::country()
                    options=countries
                    value=form.value_or("country", country)
                    error=form.error("country")
                />
                <div>
                    <Button kind=ButtonKind::Outline small=true pending=form.pending()>
                        {text::cart::show_delivery()}
                    </Button>
                </div>
            </PageForm>
        </details>
    }
}

fn parcel_view(parcel: CartParcel) -> impl IntoView {
    let rows = parcel.lines.into_iter().map(|row| view! { <Row row=row/> }.into_any()).collect_view();
    view! {
        <section>
            <h2 class="text-lg font-semibold">{text::cart::parcel(&parcel.seller)}</h2>
            {(!parcel.delivery.is_empty()).then(|| view! { <p class="text-sm text-muted">{parcel.delivery}</p> })}
            <ul class="mt-2 divide-y divide-line">{rows}</ul>
        </section>
    }
}

/// One line: goods, what has changed, quantity and removal.
#[component]
fn Row(row: CartRow) -> impl IntoView {
    let CartRow { id, goods, quantity, notes } = row;
    let quantity_label = text::cart::quantity_of(&goods.title);
    let remove_label = text::cart::remove_named(&goods.title);
    let (amount_line, removal_line, quantity_id) = (id.clone(), id.clone(), format!("quantity-{id}"));
    let amount = use_form_named::<SetCartLine>(id.clone());
    let removal = use_form_named::<RemoveCartLine>(id.clone());
    let gone = notes.iter().any(|note| note.remedy == Remedy::Remove);
    let notes = notes
        .into_iter()
        .map(|note| {
            let (line, class) = (id.clone(), note.class());
            view! {
                <div class="flex flex-col items-start gap-2 py-2">
                    <p class=class>{note.message}</p>
                    <Way remedy=note.remedy line=line/>
                </div>
            }
            .into_any()
        })
        .collect_view();
    let amount = (!gone).then(|| {
        view! {
            <PageForm form=amount class="flex flex-wrap items-center gap-2">
                <input type="hidden" name="line" value=amount_line/>
                <Quantity
                    name="quantity"
                    id=quantity_id
                    label=quantity_label
                    value=quantity
                    max=999
                    error=amount.error("quantity")
                    small=true
                    auto_submit=true
                />
                <UpdateButton label=text::cart::update()/>
            </PageForm>
        }
    });
    view! {
        <li class="py-4">
            <ProductLine product=product_line(goods)>
                {notes}
                <div class="flex flex-wrap items-start gap-4 pt-2">
                    {amount}
                    <PageForm form=removal class="-ms-3.5">
                        <input type="hidden" name="line" value=removal_line/>
                        <Button kind=ButtonKind::Quiet small=true attr:aria-label=remove_label>
                            {text::cart::remove()}
                        </Button>
                    </PageForm>
                </div>
            </ProductLine>
        </li>
    }
}

/// The button by which a changed line can be kept.
#[component]
fn Way(remedy: Remedy, line: String) -> impl IntoView {
    match remedy {
        Remedy::Nothing | Remedy::Remove => ().into_any(),
        Remedy::Accept => {
            let form = use_form_named::<AcceptCartPrice>(line.clone());
            view! {
                <PageForm form=form>
                    <input type="hidden" name="line" value=line/>
                    <Button small=true>{text::cart::accept()}</Button>
                </PageForm>
            }
            .into_any()
        }
        Remedy::Take(left) => {
            let form = use_form_named::<SetCartLine>(format!("{line}-left"));
            view! {
                <PageForm form=form>
                    <input type="hidden" name="line" value=line/>
                    <input type="hidden" name="quantity" value=left.to_string()/>
                    <Button small=true>{text::cart::take_left(i64::from(left))}</Button>
                </PageForm>
            }
            .into_any()
        }
    }
}

/// The visitor's cart; nothing when it is empty or there is none.
#[server]
pub async fn load_cart() -> Result<Option<CartContent>, PageError> {
    content(&stoa_ui::server::ctx()?).await
}

/// The same for the panel beside a page.
#[cfg(feature = "ssr")]
pub(crate) async fn content(ctx: &stoa_kernel::Ctx) -> Result<Option<CartContent>, PageError> {
    use stoa_kernel::format;
    use stoa_ordering_types::carts::{CartLineView, LineProblem, ParcelView};

    let locale = ctx.locale.to_string();
    let cart = stoa_ordering::carts::current(ctx).await?.filter(|cart| cart.items > 0);
    let note = |line: &CartLineView, problem: &LineProblem| {
        let money = |amount| format::money(amount, &locale);
        let (message, remedy) = match problem {
            LineProblem::PriceUp { from, to } => {
                (text::cart::price_up(&line.title, money(*to), money(*from)), Remedy::Accept)
            }
            LineProblem::PriceDown { from, to } => {
                (text::cart::price_down(&line.title, money(*to), money(*from)), Remedy::Nothing)
            }
            LineProblem::Unavailable => (text::cart::unavailable(&line.title), Remedy::Remove),
            LineProblem::InsufficientStock { available } => match u32::try_from(*available) {
                Ok(left) if left > 0 => (text::cart::few_left(*available), Remedy::Take(left)),
                _ => (text::cart::sold_out(&line.title), Remedy::Remove),
            },
        };
        RowNote { message, remedy }
    };
    let goods = |line: &CartLineView| {
        let goods = Goods::of_cart(line, &locale);
        // What cannot be bought counts in no sum.
        match line.problems.contains(&LineProblem::Unavailable) {
            true => Goods { amount: String::new(), quantity: String::new(), ..goods },
            false => goods,
        }
    };
    let delivery = |parcel: &ParcelView| {
        let chosen = parcel.options.iter().find(|option| Some(&option.code) == parcel.chosen.as_ref());
        match chosen {
            Some(option) => {
                text::cart::delivery_from(format::day_range(option.arrives_from, option.arrives_to))
            }
            None if parcel.subtotal.is_zero() => String::new(),
            None => text::cart::not_deliverable(&parcel.seller_name),
        }
    };
    Ok(cart.map(|cart| CartContent {
        sums: Sums::of_cart(&cart, &locale),
        country: cart.country.clone(),
        delivery_to: text::cart::delivery_to(stoa_ordering::carts::country_name(&cart.country)),
        countries: stoa_ordering::carts::countries()
            .into_iter()
            .map(|(code, name)| (code.to_owned(), name.trim_start_matches("the ").to_owned()))
            .collect(),
        blocked: cart.blocked,
        parcels: cart
            .parcels
            .iter()
            .map(|parcel| CartParcel {
                seller: parcel.seller_name.clone(),
                delivery: delivery(parcel),
                lines: parcel
                    .lines
                    .iter()
                    .map(|line| CartRow {
                        id: line.id.to_string(),
                        goods: goods(line),
                        quantity: u32::try_from(line.quantity).unwrap_or(1),
                        notes: line.problems.iter().map(|problem| note(line, problem)).collect(),
                    })
                    .collect(),
            })
            .collect(),
    }))
}

/// The visitor's cart and the line a form names; 404 without them.
#[cfg(feature = "ssr")]
async fn cart_and_line(
    ctx: &stoa_kernel::Ctx,
    line: &str,
) -> Result<(stoa_types::Id<stoa_types::Cart>, stoa_types::Id<stoa_types::CartLine>), PageError> {
    let cart = stoa_ordering::carts::current(ctx).await?.ok_or_else(PageError::not_found)?;
    Ok((cart.id, line.parse().map_err(|_| PageError::not_found())?))
}

/// Sets a line's quantity; 0 removes it.
#[server]
pub async fn set_cart_line(
    #[server(default)] line: String,
    #[server(default)] quantity: String,
) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let (cart, line) = cart_and_line(&ctx, &line).await?;
    let wanted = quantity.trim().parse::<i64>().map_err(|_| {
        PageError::field("quantity", "carts.quantity_invalid", text::cart::quantity_invalid())
    })?;
    stoa_ordering::carts::set_quantity(&ctx, cart, line, wanted, None).await?;
    stoa_ui::server::redirect_to_quietly(&link("/cart"))
}

/// Takes a line out of the cart.
#[server]
pub async fn remove_cart_line(#[server(default)] line: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let (cart, line) = cart_and_line(&ctx, &line).await?;
    stoa_ordering::carts::remove_line(&ctx, cart, line).await?;
    stoa_ui::server::redirect_to(&link("/cart"), text::cart::removed()).await
}

/// Works delivery and tax out for another country; 422 for one we don't deliver to.
#[server]
pub async fn move_cart(#[server(default)] country: String) -> Result<(), PageError> {
    use stoa_ordering_types::carts::UpdateCart;

    let ctx = stoa_ui::server::ctx()?;
    let cart = stoa_ordering::carts::current(&ctx).await?.ok_or_else(PageError::not_found)?;
    if country != cart.country {
        let input = UpdateCart { country: Some(country), ..UpdateCart::default() };
        let cart = stoa_ordering::carts::update(&ctx, cart.id, None, input).await?;
        let place = crate::place::Place { country: cart.country, postcode: String::new() };
        place.keep(&ctx)?;
    }
    stoa_ui::server::redirect_to_quietly(&link("/cart"))
}

/// Agrees to a line's risen price.
#[server]
pub async fn accept_cart_price(#[server(default)] line: String) -> Result<(), PageError> {
    use stoa_ordering_types::carts::UpdateCart;

    let ctx = stoa_ui::server::ctx()?;
    let (cart, line) = cart_and_line(&ctx, &line).await?;
    let input = UpdateCart { accept_prices: vec![line], ..UpdateCart::default() };
    stoa_ordering::carts::update(&ctx, cart, None, input).await?;
    stoa_ui::server::redirect_to(&link("/cart"), text::cart::accepted()).await
}
