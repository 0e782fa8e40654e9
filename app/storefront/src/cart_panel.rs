//! The cart beside a page, opened by `?panel=cart`. The server draws all of it, so that the
//! browser's first load holds none of it; the part that makes it a modal dialog is loaded when
//! one is open. Without scripts it stands open, and its links close it.

use leptos::prelude::*;

/// The panel the server has drawn.
pub(crate) fn panel(html: String) -> AnyView {
    Effect::new(|_| leptos::task::spawn_local(make_modal()));
    view! { <div inner_html=html></div> }.into_any()
}

/// Traps the focus in the open panel and lets Esc follow its close link.
#[leptos::lazy(storefront_cart_panel)]
fn make_modal() {
    use leptos::wasm_bindgen::{JsCast, closure::Closure};
    use leptos::web_sys::{Event, HtmlDialogElement, HtmlElement};

    let dialog = document().get_element_by_id("cart-panel");
    let Some(dialog) = dialog.and_then(|found| found.dyn_into::<HtmlDialogElement>().ok()) else { return };
    // The server sent it open; only a closed dialog can become modal.
    dialog.close();
    let _ = dialog.show_modal();
    let cancel = Closure::<dyn FnMut(Event)>::new(|event: Event| {
        event.prevent_default();
        let link = document().get_element_by_id("cart-panel-close");
        if let Some(link) = link.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            link.click();
        }
    });
    let _ = dialog.add_event_listener_with_callback("cancel", cancel.as_ref().unchecked_ref());
    // The listener lives as long as the dialog does.
    cancel.forget();
}

#[cfg(feature = "ssr")]
pub(crate) use drawn::draw;

#[cfg(feature = "ssr")]
mod drawn {
    use leptos::{prelude::*, tachys::view::RenderHtml};
    use stoa_kernel::Ctx;
    use stoa_ui::{ButtonKind, Drawer, DrawerKind, Empty, LinkButton, PageError, ProductLine, i18n::link};

    use crate::{
        cart::{CartContent, CartParcel, content},
        checkout::bill::{product_line, sum_list},
        text,
    };

    /// The panel with the visitor's cart as HTML; `close` is the page without it.
    pub(crate) async fn draw(ctx: &Ctx, close: &str) -> Result<String, PageError> {
        let view = match content(ctx).await? {
            Some(cart) => full(cart, close).into_any(),
            None => view! {
                <Drawer title=text::cart::title() kind=DrawerKind::Cart id="cart-panel" close_href=close>
                    <Empty
                        title=text::cart::empty_title()
                        text=text::cart::empty_text()
                        action_label=text::cart::empty_action()
                        action_href=link("/")
                    />
                </Drawer>
            }
            .into_any(),
        };
        Ok(view.to_html())
    }

    fn full(cart: CartContent, close: &str) -> impl IntoView {
        let blocked = cart.blocked;
        let footer = view! {
            <div class="flex flex-col gap-4">
                {sum_list(cart.sums, &cart.delivery_to)}
                {if blocked {
                    view! {
                        <p class="font-semibold">{text::cart::blocked()}</p>
                        <LinkButton href=link("/cart") kind=ButtonKind::Brand block=true>
                            {text::cart::see_cart()}
                        </LinkButton>
                    }
                        .into_any()
                } else {
                    view! {
                        <div class="flex flex-col gap-2">
                            <LinkButton
                                href=link("/checkout")
                                kind=ButtonKind::Brand
                                block=true
                                attr:rel="external"
                            >
                                {text::cart::checkout()}
                            </LinkButton>
                            <LinkButton href=link("/cart") kind=ButtonKind::Outline block=true>
                                {text::cart::see_cart()}
                            </LinkButton>
                        </div>
                    }
                        .into_any()
                }}
            </div>
        }
        .into_any();
        let parcels = cart.parcels.into_iter().map(parcel).collect_view();
        view! {
            <Drawer
                title=text::cart::title()
                kind=DrawerKind::Cart
                id="cart-panel"
                close_href=close
                footer=footer
            >
                <div class="flex flex-col gap-6">{parcels}</div>
            </Drawer>
        }
    }

    fn parcel(parcel: CartParcel) -> impl IntoView {
        let lines = parcel
            .lines
            .into_iter()
            .map(|row| {
                let notes = row
                    .notes
                    .into_iter()
                    .map(|note| {
                        let class = note.class();
                        view! { <p class=class>{note.message}</p> }
                    })
                    .collect_view();
                view! {
                    <li class="py-3">
                        <ProductLine product=product_line(row.goods) mini=true>
                            {notes}
                        </ProductLine>
                    </li>
                }
            })
            .collect_view();
        view! {
            <section>
                <h3 class="font-semibold">{text::cart::parcel(&parcel.seller)}</h3>
                {(!parcel.delivery.is_empty()).then(|| view! { <p class="text-sm text-muted">{parcel.delivery}</p> })}
                <ul class="mt-1 divide-y divide-line">{lines}</ul>
            </section>
        }
    }
}
