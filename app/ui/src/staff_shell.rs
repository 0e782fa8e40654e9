//! What stands around the pages of the staff surfaces: top bar, navigation, messages.

use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};

use crate::{
    banner::Flash,
    button::{Button, ButtonKind},
    i18n::link,
    icons::{self, Glyph, Icon},
    logo::LogoMark,
    page::{Density, Theme, Who, flash_message, sign_in_link, viewer},
    text,
};

/// One page in the navigation.
#[derive(Clone, Copy, Debug)]
pub struct StaffNavItem {
    /// Its name, a noun.
    pub label: &'static str,
    /// Its address.
    pub href: &'static str,
    /// Its drawing.
    pub glyph: Glyph,
    /// Whether only this very address is it, as for the home page; else those below too.
    pub exact: bool,
}

impl StaffNavItem {
    /// A page whose records lie below its address.
    pub const fn new(label: &'static str, href: &'static str, glyph: Glyph) -> Self {
        Self { label, href, glyph, exact: false }
    }

    /// A page that is only its own address.
    pub const fn exact(label: &'static str, href: &'static str, glyph: Glyph) -> Self {
        Self { label, href, glyph, exact: true }
    }

    fn is_current(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path == self.href
            || (!self.exact && path.strip_prefix(self.href).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// Pages that belong together; the first group of a surface has no title.
#[derive(Clone, Debug)]
pub struct StaffNavGroup {
    /// What they have in common; empty for none.
    pub title: &'static str,
    /// The pages, in order.
    pub items: Vec<StaffNavItem>,
}

/// The frame of a staff surface around its current page.
#[component]
pub fn StaffShell(
    /// The surface's name.
    #[prop(into)]
    name: String,
    /// Its first page.
    #[prop(into)]
    home: String,
    /// Its navigation.
    groups: Vec<StaffNavGroup>,
) -> impl IntoView {
    let mobile = groups.clone();
    let label = text::shell::navigation_of(&name);
    view! {
        <header class="sticky top-0 z-30 flex h-12 items-center gap-3 border-b border-line bg-surface px-4">
            <button
                type="button"
                popovertarget="staff-nav"
                aria-label=text::shell::open_navigation()
                class="-ms-2 inline-grid size-(--ctl) place-items-center rounded-md hover:bg-hover md:hidden"
            >
                <Icon glyph=icons::NAV/>
            </button>
            <a href=home class="flex min-w-0 items-center gap-2 font-semibold">
                <LogoMark size=16/>
                <span class="truncate">{name}</span>
            </a>
            <div class="ms-auto flex items-center gap-1">
                <ProfileMenu/>
            </div>
        </header>
        <div
            id="staff-nav"
            popover
            class="m-0 h-dvh max-h-none w-72 max-w-[85vw] border-e border-line bg-raised p-3 text-fg shadow-3"
        >
            <nav aria-label=label.clone()>
                <NavList groups=mobile/>
            </nav>
        </div>
        <div class="flex min-h-[calc(100dvh-3rem)]">
            <nav
                aria-label=label
                class="sticky top-12 hidden h-[calc(100dvh-3rem)] shrink-0 overflow-y-auto border-e border-line p-2 md:block md:w-14 lg:w-56"
            >
                <NavList groups=groups collapses=true/>
            </nav>
            <main id="main" tabindex="-1" class="min-w-0 flex-1 px-4 pb-16 outline-none md:px-6">
                <FlashMessage/>
                <Outlet/>
            </main>
        </div>
    }
}

#[component]
fn NavList(
    groups: Vec<StaffNavGroup>,
    /// Shows only the drawings where the sidebar is narrow.
    #[prop(optional)]
    collapses: bool,
) -> impl IntoView {
    let path = use_location().pathname;
    let words = if collapses { "truncate md:max-lg:sr-only" } else { "truncate" };
    groups
        .into_iter()
        .map(|group| {
            view! {
                <div class="mb-4">
                    {(!group.title.is_empty())
                        .then(|| {
                            let class = if collapses {
                                "px-2.5 pb-1 text-xs text-muted md:max-lg:sr-only"
                            } else {
                                "px-2.5 pb-1 text-xs text-muted"
                            };
                            view! { <p class=class>{group.title}</p> }.into_any()
                        })}
                    <ul class="flex flex-col gap-0.5">
                        {group
                            .items
                            .into_iter()
                            .map(|item| {
                                view! {
                                    <li>
                                        <a
                                            href=item.href
                                            aria-current=move || item.is_current(&path.get()).then_some("page")
                                            class="flex min-h-(--ctl) items-center gap-2.5 rounded-sm px-2.5 text-sm hover:bg-hover aria-[current=page]:bg-selected aria-[current=page]:font-semibold aria-[current=page]:text-brand-fg"
                                        >
                                            <Icon glyph=item.glyph/>
                                            <span class=words>{item.label}</span>
                                        </a>
                                    </li>
                                }.into_any()
                            })
                            .collect_view()}
                    </ul>
                </div>
            }.into_any()
        })
        .collect_view()
}

/// The message of the action that led to this page, until the visitor moves on.
#[component]
pub fn FlashMessage() -> impl IntoView {
    let path = use_location().pathname;
    let first = path.get_untracked();
    let message = flash_message();
    move || {
        message
            .clone()
            .filter(|_| path.get() == first)
            .map(|message| view! { <div class="py-3"><Flash message=message/></div> }.into_any())
    }
}

/// Appearance, the person's own pages, and sign-out.
#[component]
fn ProfileMenu() -> impl IntoView {
    crate::drawn::still(profile_menu)
}

fn profile_menu() -> AnyView {
    let viewer = viewer();
    let signed_in = viewer.who != Who::Visitor;
    view! {
        <button
            type="button"
            popovertarget="profile-menu"
            class="inline-flex min-h-(--ctl) items-center gap-2 rounded-md px-2.5 text-sm hover:bg-hover"
        >
            <Icon glyph=icons::PERSON/>
            <span class="max-sm:sr-only">{text::shell::profile()}</span>
        </button>
        <div
            id="profile-menu"
            popover
            class="fixed inset-auto end-2 top-12 m-0 w-64 rounded-md bg-raised p-3 text-fg shadow-2"
        >
            <form method="post" action="/preferences" class="flex flex-col gap-3">
                <ThemeChoice current=viewer.theme/>
                <fieldset class="flex flex-col gap-1">
                    <legend class="pb-1 text-sm font-semibold">{text::shell::density()}</legend>
                    <Choice
                        name="density"
                        value="compact"
                        label=text::shell::density_compact()
                        checked=viewer.density == Density::Compact
                    />
                    <Choice
                        name="density"
                        value="comfortable"
                        label=text::shell::density_comfortable()
                        checked=viewer.density == Density::Comfortable
                    />
                </fieldset>
                <Button kind=ButtonKind::Outline small=true>
                    {text::shell::apply()}
                </Button>
            </form>
            <hr class="my-3 border-line"/>
            {if signed_in {
                view! {
                    <ul class="flex flex-col gap-2 pb-3">
                        {[("/account", text::shell::own_profile()), ("/account/security", text::shell::own_security())]
                            .into_iter()
                            .map(|(path, label)| {
                                view! {
                                    <li>
                                        <a href=link(path) rel="external" class="text-sm underline underline-offset-4">
                                            {label}
                                        </a>
                                    </li>
                                }
                                    .into_any()
                            })
                            .collect_view()}
                    </ul>
                    <SignOut/>
                }
                    .into_any()
            } else {
                view! {
                    <a href=sign_in_link("/") rel="external" class="text-sm font-semibold underline underline-offset-4">
                        {text::failure::sign_in()}
                    </a>
                }
                    .into_any()
            }}
            <p class="pt-3">
                <a href=link("/") rel="external" class="text-sm underline underline-offset-4">
                    {text::shell::to_shop()}
                </a>
            </p>
        </div>
    }
    .into_any()
}

/// Ends the session. A plain form: it works everywhere and loads what comes after anew.
#[component]
pub fn SignOut() -> impl IntoView {
    view! {
        <form method="post" action="/sign-out">
            <button
                type="submit"
                class="inline-flex min-h-(--ctl-sm) items-center gap-2 text-sm underline-offset-4 hover:underline"
            >
                <Icon glyph=icons::SIGN_OUT small=true/>
                {text::shell::sign_out()}
            </button>
        </form>
    }
}

/// Device, light or dark.
#[component]
pub fn ThemeChoice(
    /// What is chosen now.
    current: Theme,
    /// The choices beside one another where there is room.
    #[prop(optional)]
    row: bool,
) -> impl IntoView {
    let choices = [
        (Theme::System, text::shell::theme_system()),
        (Theme::Light, text::shell::theme_light()),
        (Theme::Dark, text::shell::theme_dark()),
    ];
    view! {
        <fieldset class=if row { "flex flex-wrap gap-x-5 gap-y-1" } else { "flex flex-col gap-1" }>
            <legend class="pb-1 text-sm font-semibold">{text::shell::theme()}</legend>
            {choices
                .into_iter()
                .map(|(theme, label)| {
                    view! { <Choice name="theme" value=theme.name() label=label checked=theme == current/> }.into_any()
                })
                .collect_view()}
        </fieldset>
    }
}

#[component]
fn Choice(name: &'static str, value: &'static str, label: &'static str, checked: bool) -> impl IntoView {
    view! {
        <label class="flex min-h-6 items-center gap-2 text-sm">
            <input type="radio" name=name value=value checked=checked class="accent-(--ink)"/>
            {label}
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_current_on_its_records_too_and_home_only_on_itself() {
        let home = StaffNavItem::exact("Home", "/seller", icons::HOME);
        let orders = StaffNavItem::new("Orders", "/seller/orders", icons::RECEIPT);
        assert!(home.is_current("/seller") && home.is_current("/seller/"));
        assert!(!home.is_current("/seller/orders"));
        assert!(orders.is_current("/seller/orders") && orders.is_current("/seller/orders/ord_1"));
        assert!(!orders.is_current("/seller/orders-archive"));
    }
}
