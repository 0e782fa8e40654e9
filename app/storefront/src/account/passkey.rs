//! The button that asks the browser for a passkey.
//!
//! It belongs to a form: `public/passkeys.js` asks the browser, puts its answer into the hidden
//! field and sends the form. Without that script the form is sent with the field empty, and the
//! server says what to do instead.

use leptos::prelude::*;
use stoa_ui::{Button, ButtonKind, FormState, PageForm};

use crate::text;

/// The script; the same in every release, so it has no hash in its name.
const SCRIPT: &str = "/passkeys.js";

/// What the browser is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// One of the passkeys it keeps, when the button is pressed; and before that in the address
    /// field, where it can.
    UseAtOnce,
    /// One of the passkeys it keeps.
    Use,
    /// A new one.
    Make,
}

/// A form of one button that asks the browser for a passkey.
#[component]
pub(super) fn PasskeyForm(
    /// Its state.
    form: FormState,
    /// What the browser is asked for.
    ask: Ask,
    /// What the button does.
    submit: &'static str,
    /// A field nobody sees.
    #[prop(optional)]
    hidden: Option<(&'static str, String)>,
    /// Fields above the button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (act, block, pending) = match ask {
        Ask::UseAtOnce => ("get", true, text::sign_in::pending()),
        Ask::Use => ("get", true, text::account_confirm::pending()),
        Ask::Make => ("create", false, text::account_passkeys::adding()),
    };
    view! {
        <PageForm form=form class="flex flex-col gap-5">
            {hidden.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }.into_any())}
            <input type="hidden" name="credential" value=""/> {children.map(|children| children())}
            <div data-passkey=act data-autofill=(ask == Ask::UseAtOnce).then_some("")>
                <Button kind=ButtonKind::Outline block=block pending=form.pending() pending_label=pending>
                    {submit}
                </Button>
            </div>
        </PageForm>
        {script()}
    }
}

/// Loads the script: in the first HTML by itself, on a page drawn later by hand, since a browser
/// runs no script that is drawn. To run it twice does nothing.
fn script() -> AnyView {
    Effect::new(|_: Option<()>| {
        let document = document();
        if let (Ok(script), Some(head)) = (document.create_element("script"), document.head()) {
            let _ = script.set_attribute("src", SCRIPT);
            let _ = head.append_child(&script);
        }
    });
    view! { <script src=SCRIPT defer></script> }.into_any()
}

/// What the browser answered, from the form's field. `said` is for whoever has no passkey here.
#[cfg(feature = "ssr")]
pub(super) fn answer(credential: &str, said: &'static str) -> Result<serde_json::Value, stoa_ui::PageError> {
    serde_json::from_str(credential).map_err(|_| stoa_ui::PageError::new(422, "auth.passkey_missing", said))
}
