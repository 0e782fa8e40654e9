//! What every page shares: what the server knows about the visitor, titles, loading and
//! failing, and addresses within the site.

use std::{convert::Infallible, fmt, str::FromStr};

use leptos::prelude::*;
use leptos_meta::Title;
pub use stoa_types::is_local_path;

use crate::{
    PageError,
    i18n::{Locale, link},
    text,
};

/// How a page looks; `System` follows the device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The value of the cookie and of the switch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }

    /// The `data-theme` attribute; absent for `System`.
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then_some(self.name())
    }
}

/// How tightly staff surfaces are set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Density {
    #[default]
    Compact,
    Comfortable,
}

impl Density {
    const fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Comfortable => "comfortable",
        }
    }

    fn from_name(name: &str) -> Self {
        if name == Self::Comfortable.name() { Self::Comfortable } else { Self::Compact }
    }
}

/// What kind of caller looks at the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Who {
    /// Not signed in.
    #[default]
    Visitor,
    /// Signed in, no staff.
    Shopper,
    /// A seller's staff.
    Seller,
    /// The platform's staff.
    Staff,
}

impl Who {
    const fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Shopper => "shopper",
            Self::Seller => "seller",
            Self::Staff => "staff",
        }
    }

    fn from_name(name: &str) -> Self {
        [Self::Shopper, Self::Seller, Self::Staff]
            .into_iter()
            .find(|who| who.name() == name)
            .unwrap_or_default()
    }
}

/// Who looks at the page and how; the same on the server and in the first client render.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewer {
    pub who: Who,
    pub locale: Locale,
    /// ISO 4217 code.
    pub currency: String,
    pub theme: Theme,
    pub density: Density,
    /// Whether development conveniences may be shown.
    pub development: bool,
}

/// What the server hands to the page beside its data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageState {
    pub viewer: Viewer,
    /// The message of the action that led here; read once.
    pub flash: Option<String>,
    /// The form named by `?form=`, as it was sent and why it was refused: a
    /// [`StoredForm`](crate::form::StoredForm) as JSON, which only pages with forms read.
    pub form: Option<String>,
    /// Quoted by error pages.
    pub request_id: String,
}

// Every page reads this before anything else, so it travels as lines of text: the browser's main
// module needs no code for a richer format.
impl fmt::Display for PageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Viewer { who, locale, currency, theme, density, development } = &self.viewer;
        let (theme, density) = (theme.name(), density.name());
        let development = if *development { "development" } else { "" };
        let line =
            |text: &Option<String>| text.as_ref().map(|text| text.replace('\n', " ")).unwrap_or_default();
        write!(f, "{}\n{}\n{currency}\n{theme}\n{density}\n{development}\n", who.name(), locale.code())?;
        write!(f, "{}\n{}\n{}", self.request_id, line(&self.flash), line(&self.form))
    }
}

impl FromStr for PageState {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let given = |line: &str| (!line.is_empty()).then(|| line.to_owned());
        Ok(Self {
            viewer: Viewer {
                who: Who::from_name(line()),
                locale: Locale::from_code(line()).unwrap_or_default(),
                currency: line().to_owned(),
                theme: Theme::from_name(line()).unwrap_or_default(),
                density: Density::from_name(line()),
                development: !line().is_empty(),
            },
            request_id: line().to_owned(),
            flash: given(line()),
            form: given(line()),
        })
    }
}

/// True while the page shows a refused form: the title then starts with "Error:".
#[derive(Clone, Copy)]
pub(crate) struct TitleError(pub RwSignal<bool>);

/// Path and query of the current page, kept by the app's root.
#[derive(Clone, Copy)]
pub struct CurrentPath(pub Signal<String>);

/// Hands the server's page state to the whole app; called once, by the app's root.
pub fn provide_page_state() -> PageState {
    let state = SharedValue::new_str(|| {
        #[cfg(feature = "ssr")]
        {
            crate::server::extension::<PageState>().unwrap_or_default()
        }
        #[cfg(not(feature = "ssr"))]
        {
            PageState::default()
        }
    })
    .into_inner();
    crate::i18n::provide_locale(state.viewer.locale);
    // A form that waits for its sender to prove who they are is not refused.
    let refused = state.form.as_deref().is_some_and(|form| !form.contains(STEP_UP));
    provide_context(TitleError(RwSignal::new(refused)));
    provide_context(state.clone());
    state
}

/// Who looks at the page.
pub fn viewer() -> Viewer {
    with_context::<PageState, _>(|state| state.viewer.clone()).unwrap_or_default()
}

/// The message of the action that led here, if any; the shells show it.
pub fn flash_message() -> Option<String> {
    with_context::<PageState, _>(|state| state.flash.clone()).flatten()
}

/// The page's title, followed by the site's name; "Error:" goes first while a form of the
/// page is refused.
#[component]
pub fn PageTitle(
    /// The page's own name.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let failed = use_context::<TitleError>();
    let title = move || {
        let title = text::shell::title(text.get());
        if failed.is_some_and(|failed| failed.0.get()) { text::failure::error_prefix(title) } else { title }
    };
    // The server asks for the title after the page is rendered, when signals made inside of
    // loaded content are gone.
    #[cfg(feature = "ssr")]
    let title = {
        let title = untrack(title);
        move || title.clone()
    };
    view! { <Title text=title/> }
}

/// The view of an error, with its status on the server. A 401 leads to sign-in and back.
pub fn failure(error: PageError) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::server::fail(&error);
    let problem = *error.0;
    let (title, action) = match problem.status {
        400 => (text::failure::bad_link_title(), Some((link("/"), text::failure::home()))),
        401 => (text::failure::signed_out_title(), Some((sign_in_link(&here()), text::failure::sign_in()))),
        403 if problem.code == STEP_UP => {
            (text::failure::confirm_title(), Some((step_up_link(&here()), text::failure::confirm())))
        }
        403 => (text::failure::forbidden_title(), None),
        404 | 410 => (text::failure::not_found_title(), Some((link("/"), text::failure::home()))),
        _ => (text::failure::internal_title(), None),
    };
    let reference = (problem.status >= 500)
        .then(|| problem.request_id.or_else(request_id))
        .flatten()
        .map(text::failure::reference);
    view! {
        <PageTitle text=title.to_owned()/>
        <div class="mx-auto flex max-w-[66ch] flex-col gap-4 px-4 py-16" data-failure=problem.status.to_string()>
            <h1 tabindex="-1" class="text-2xl font-semibold outline-none">{title}</h1>
            // The service's own words, which say more than the status.
            <p>{problem.detail}</p>
            {reference.map(|reference| view! { <p class="text-sm text-muted" dir="ltr">{reference}</p> }.into_any())}
            {action
                .map(|(href, label)| {
                    view! {
                        <p>
                            <a
                                href=href
                                rel="external"
                                class="font-semibold underline decoration-brand decoration-[1.5px] underline-offset-4"
                            >
                                {label}
                            </a>
                        </p>
                    }.into_any()
                })}
        </div>
    }
    .into_any()
}

/// The page for an address that leads nowhere; answers 404.
#[component]
pub fn NotFound() -> impl IntoView {
    failure(PageError::not_found())
}

fn request_id() -> Option<String> {
    with_context::<PageState, _>(|state| state.request_id.clone()).filter(|id| !id.is_empty())
}

/// The code of the problem that asks somebody to prove who they are before they go on
/// ([`step_up_link`]).
pub const STEP_UP: &str = "auth.step_up_required";

/// Where to sign in, coming back to `next` (a path of this site) afterwards.
pub fn sign_in_link(next: &str) -> String {
    door_link("/sign-in", next)
}

/// Where to prove who one is, coming back to `next` afterwards.
pub fn step_up_link(next: &str) -> String {
    door_link("/sign-in/confirm", next)
}

/// The page `door`, which leads to `next` (a path of this site) afterwards.
pub fn door_link(door: &str, next: &str) -> String {
    let mut encoded = String::with_capacity(next.len());
    for byte in next.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(byte as char)
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    link(&format!("{door}?next={encoded}"))
}

/// Path and query of the current page.
fn here() -> String {
    use_context::<CurrentPath>().map_or_else(|| "/".to_owned(), |path| path.0.get_untracked())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_arrives_as_it_was_sent() {
        let viewer = Viewer {
            who: Who::Seller,
            currency: "EUR".to_owned(),
            theme: Theme::Dark,
            density: Density::Comfortable,
            development: true,
            ..Viewer::default()
        };
        let state = PageState {
            viewer,
            flash: Some("Saved".to_owned()),
            form: Some("{\"id\":\"1\"}".to_owned()),
            request_id: "req_1".to_owned(),
        };
        for state in [state, PageState::default()] {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
    }

    #[test]
    fn sign_in_comes_back_to_the_whole_address() {
        let href = sign_in_link("/seller/orders?status=late&q=a b");
        assert_eq!(href, "/en-gb/sign-in?next=/seller/orders%3Fstatus%3Dlate%26q%3Da%20b");
        assert_eq!(step_up_link("/a?form=1"), "/en-gb/sign-in/confirm?next=/a%3Fform%3D1");
    }
}
