//! The port for signing in with an account elsewhere ([`super::OidcProvider`] is any OpenID
//! Connect provider). Off by default: without a provider the sign-in offers none.

use std::sync::Arc;

use stoa_identity_types::SocialProvider;
use stoa_kernel::{App, BoxFuture, Error, Result};

/// One provider of accounts. What it owes is in `tests/identity/social.rs`, which takes any.
pub trait SocialLogin: Send + Sync {
    /// Its name in addresses, such as `google`: lower-case letters, digits and hyphens.
    fn key(&self) -> &str;

    /// Its name on the button, such as "Google".
    fn label(&self) -> &str;

    /// Who it says it is in its answers (RFC 9207), where it is one that does.
    fn issuer(&self) -> Option<&str> {
        None
    }

    /// The `https` address to send the browser to. It carries `attempt.state` and
    /// `attempt.return_to` and asks for no more than who somebody is.
    fn address<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<String>>;

    /// Who came back with `code`. Asks the provider, so never call it inside a transaction.
    /// A code that it did not give for this attempt is refused with
    /// [`super::WRONG_CREDENTIALS`].
    fn identify<'a>(&'a self, attempt: &'a Attempt, code: &'a str) -> BoxFuture<'a, Result<Account>>;
}

/// One attempt to sign in: secrets that the browser's session keeps between going and
/// coming back, so that nobody else can end what they began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Comes back with the browser unchanged.
    pub state: String,
    /// Comes back inside the provider's signed answer.
    pub nonce: String,
    /// Proof (PKCE) that who redeems the code is who asked for it.
    pub verifier: String,
    /// Our address that the provider sends the browser back to.
    pub return_to: String,
}

/// An account as its provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The provider's own id of the person: the only thing an account is recognised by.
    pub subject: String,
    pub email: Option<String>,
    /// Whether the provider says that the address is the person's. Another one joins
    /// nobody to an account that is here already.
    pub email_verified: bool,
    pub name: Option<String>,
}

/// The providers that the server has wired, in the order of their buttons.
#[derive(Clone, Default)]
pub struct SocialLogins(pub Arc<[Arc<dyn SocialLogin>]>);

impl SocialLogins {
    fn of(app: &App) -> Self {
        app.part::<Self>().unwrap_or_default()
    }
}

/// The providers a sign-in offers; none unless one is wired.
pub fn social_providers(app: &App) -> Vec<SocialProvider> {
    let known = SocialLogins::of(app);
    known
        .0
        .iter()
        .map(|one| SocialProvider { key: one.key().to_owned(), label: one.label().to_owned() })
        .collect()
}

/// The provider of this name; 404 for one that is not wired.
pub fn social_login(app: &App, key: &str) -> Result<Arc<dyn SocialLogin>> {
    let known = SocialLogins::of(app);
    known.0.iter().find(|one| one.key() == key).cloned().ok_or_else(|| Error::not_found("way to sign in"))
}
