//! The cart, and the table of what follows a purchase: parts of the browser bundle that the
//! first page does not need.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Banner, Button, ButtonKind, Empty, LinkButton, PageError, PageForm, PageTitle, ProductLine, Quantity,
    ShopPage, ShopTitle, Tone, UpdateButton, i18n::link, load, use_form_named,
};

use crate::{
    checkout::bill::{Goods, Sums, product_line, sum_list},
    text,
};

stoa_ui::surface! {
    purchase;
    Cart "/cart" => CartPage,
    Order "/order/:token" => crate::order::OrderPage,
}

/// The cart as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartContent {
    pub parcels: Vec<CartParcel>,
    pub sums: Sums,
    /// Some line stands in the way of buying.
    pub blocked: bool,
}

/// What one seller sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartParcel {
    pub seller: String,
    /// "Thu 14 to Sat 16 May"; empty when it can't be sent.
    pub days: String,
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
    let cart = Resource::new(|| (), |()| load_cart());
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
    let blocked = cart.blocked;
    let parcels = cart.parcels.into_iter().map(parcel_view).collect_view();
    view! {
        <ShopTitle title=text::cart::title()/>
        {blocked
            .then(|| view! { <div class="mt-4"><Banner tone=Tone::Warn title=text::cart::blocked()/></div> })}
        <div class="grid gap-8 py-6 lg:grid-cols-[minmax(0,1fr)_20rem] lg:gap-16">
            <div class="flex flex-col gap-8 min-w-0">{parcels}</div>
            <section aria-label=text::cart::summary() class="flex flex-col gap-6">
                {sum_list(cart.sums)}
                {(!blocked)
                    .then(|| {
                        view! {
                            <LinkButton
                                href=link("/checkout")
                                kind=ButtonKind::Brand
                                block=true
                                attr:rel="external"
                            >
                                {text::cart::checkout()}
                            </LinkButton>
                        }
                    })}
            </section>
        </div>
    }
}

fn parcel_view(parcel: CartParcel) -> impl IntoView {
    let delivery = if parcel.days.is_empty() {
        text::cart::not_deliverable(&parcel.seller)
    } else {
        text::cart::delivery_from(&parcel.days)
    };
    let rows = parcel.lines.into_iter().map(|row| view! { <Row row=row/> }).collect_view();
    view! {
        <section>
            <h2 class="text-lg font-semibold">{text::cart::parcel(&parcel.seller)}</h2>
            <p class="text-sm text-muted">{delivery}</p>
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
    let notes = notes
        .into_iter()
        .map(|note| {
            let line = id.clone();
            view! {
                <div class="flex flex-col items-start gap-2 py-2">
                    <p class="text-sm font-semibold">{note.message}</p>
                    <Way remedy=note.remedy line=line/>
                </div>
            }
        })
        .collect_view();
    view! {
        <li class="py-4">
            <ProductLine product=product_line(goods)>
                {notes}
                <div class="flex flex-wrap items-start gap-4 pt-2">
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
                    <PageForm form=removal>
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
    use stoa_kernel::format;
    use stoa_ordering_types::carts::{CartLineView, LineProblem};

    let ctx = stoa_ui::server::ctx()?;
    let locale = ctx.locale.to_string();
    let cart = stoa_ordering::carts::current(&ctx).await?.filter(|cart| cart.items > 0);
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
    Ok(cart.map(|cart| CartContent {
        sums: Sums::of_cart(&cart, &locale),
        blocked: cart.blocked,
        parcels: cart
            .parcels
            .iter()
            .map(|parcel| CartParcel {
                seller: parcel.seller_name.clone(),
                days: parcel
                    .options
                    .iter()
                    .find(|option| Some(&option.code) == parcel.chosen.as_ref())
                    .map(|option| format::day_range(option.arrives_from, option.arrives_to))
                    .unwrap_or_default(),
                lines: parcel
                    .lines
                    .iter()
                    .map(|line| CartRow {
                        id: line.id.to_string(),
                        goods: Goods::of_cart(line, &locale),
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
