//! What an app asks a person for, checked before anybody is shown anything.

use std::collections::BTreeSet;

use stoa_identity_types::AuthoriseApp;
use stoa_kernel::{Ctx, Error, Result};
use stoa_types::{Id, OAuthClient};

use super::{
    client::{self, Client},
    issuer, redirect, scopes,
};

/// Longest `state` and `nonce` we carry.
const LONGEST: usize = 2000;

/// A request that can be put to a person.
#[derive(Clone)]
pub(super) struct Request {
    pub client: Client,
    pub redirect_uri: String,
    pub scopes: BTreeSet<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub challenge: String,
    pub prompt: BTreeSet<String>,
    /// Seconds since sign-in that the app puts up with.
    pub max_age: Option<i64>,
}

/// Why a request can't be put to a person.
pub(super) enum Wrong {
    /// Whom to answer is in doubt: the person is told, and sent nowhere (RFC 6749, section
    /// 4.1.2.1).
    Here(&'static str),
    /// The app is told, at its own address.
    There {
        redirect_to: String,
        error: &'static str,
        why: &'static str,
    },
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Wrong {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A request as it came, each parameter once.
#[derive(Default)]
struct Sent {
    asked: AuthoriseApp,
    challenge: Option<String>,
    method: Option<String>,
    response_mode: Option<String>,
    prompt: Option<String>,
    max_age: Option<String>,
    by_value: bool,
    by_reference: bool,
    /// A name that came twice.
    twice: bool,
}

/// Reads the query of `GET /oauth/authorize`. What is unknown is left out (RFC 6749, section
/// 3.1).
pub(super) async fn from_query(ctx: &Ctx, query: &str) -> Result<Request, Wrong> {
    let mut sent = Sent::default();
    let mut seen = BTreeSet::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let known = put(&mut sent, &name, value.into_owned());
        sent.twice |= known && !seen.insert(name.into_owned());
    }
    check(ctx, sent).await
}

/// Puts a parameter where it belongs; whether it is one we know. An empty one counts as left
/// out.
fn put(sent: &mut Sent, name: &str, value: String) -> bool {
    let some = Some(value.clone()).filter(|value| !value.is_empty());
    match name {
        "response_type" => sent.asked.response_type = value,
        "client_id" => sent.asked.client_id = value,
        "redirect_uri" => sent.asked.redirect_uri = value,
        "scope" => sent.asked.scope = some,
        "state" => sent.asked.state = some,
        "nonce" => sent.asked.nonce = some,
        "code_challenge" => sent.challenge = some,
        "code_challenge_method" => sent.method = some,
        "response_mode" => sent.response_mode = some,
        "prompt" => sent.prompt = some,
        "max_age" => sent.max_age = some,
        "request" => sent.by_value = some.is_some(),
        "request_uri" => sent.by_reference = some.is_some(),
        _ => return false,
    }
    true
}

/// The same for a request in JSON.
pub(super) async fn from_json(ctx: &Ctx, asked: AuthoriseApp) -> Result<Request, Wrong> {
    let challenge = Some(asked.code_challenge.clone());
    let method = Some(asked.code_challenge_method.clone());
    check(ctx, Sent { asked, challenge, method, ..Sent::default() }).await
}

async fn check(ctx: &Ctx, sent: Sent) -> Result<Request, Wrong> {
    let unknown = || Wrong::Here("The app that sent you here isn't registered, or no longer.");
    if sent.twice && sent.asked.redirect_uri.is_empty() {
        return Err(unknown());
    }
    let id: Id<OAuthClient> = sent.asked.client_id.parse().map_err(|_| unknown())?;
    let client = client::live(ctx, id).await?.ok_or_else(unknown)?;
    if !redirect::is_registered(&client.redirect_uris, &sent.asked.redirect_uri) {
        return Err(Wrong::Here("The app wants you sent to an address that it hasn't registered."));
    }
    let back = (sent.asked.redirect_uri.clone(), sent.asked.state.clone());
    let refuse = |error, why| {
        Err(Wrong::There { redirect_to: refused(ctx, &back.0, back.1.as_deref(), error, why), error, why })
    };
    if sent.twice {
        return refuse("invalid_request", "A parameter came twice.");
    }
    if sent.by_value {
        return refuse("request_not_supported", "Send the parameters themselves.");
    }
    if sent.by_reference {
        return refuse("request_uri_not_supported", "Send the parameters themselves.");
    }
    match sent.asked.response_type.as_str() {
        "code" => {}
        "" => return refuse("invalid_request", "response_type is missing."),
        _ => return refuse("unsupported_response_type", "Only response_type=code is answered."),
    }
    if sent.response_mode.is_some_and(|mode| mode != "query") {
        return refuse("invalid_request", "Only response_mode=query is answered.");
    }
    if sent.method.as_deref() != Some("S256") {
        return refuse("invalid_request", "code_challenge_method must be S256.");
    }
    let Some(challenge) = sent.challenge.filter(|text| is_challenge(text)) else {
        return refuse("invalid_request", "code_challenge must be 43 characters of base64url.");
    };
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > LONGEST);
    if long(&sent.asked.state) || long(&sent.asked.nonce) {
        return refuse("invalid_request", "state and nonce may be 2,000 characters long.");
    }
    let scopes = scopes::parse(sent.asked.scope.as_deref().unwrap_or_default());
    if scopes.is_empty() || !scopes.is_subset(&client.scopes) {
        return refuse("invalid_scope", "Ask for scopes that the client is registered for.");
    }
    let prompt = scopes::parse(sent.prompt.as_deref().unwrap_or_default());
    if prompt.contains("none") && prompt.len() > 1 {
        return refuse("invalid_request", "prompt=none stands alone.");
    }
    let max_age = match sent.max_age.as_deref().map(str::parse::<u32>) {
        None => None,
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        Some(Err(_)) => return refuse("invalid_request", "max_age must be a number of seconds."),
    };
    Ok(Request {
        client,
        redirect_uri: sent.asked.redirect_uri,
        scopes,
        state: sent.asked.state,
        nonce: sent.asked.nonce,
        challenge,
        prompt,
        max_age,
    })
}

/// SHA-256 in base64url without padding: 43 characters.
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The app's address with the refusal in it.
pub(super) fn refused(ctx: &Ctx, address: &str, state: Option<&str>, error: &str, why: &str) -> String {
    answered(ctx, address, state, &[("error", error), ("error_description", why)])
}

/// The app's address with the answer in it, its `state`, and who gives it (RFC 9207).
pub(super) fn answered(ctx: &Ctx, address: &str, state: Option<&str>, answer: &[(&str, &str)]) -> String {
    let issuer = issuer(&ctx.app);
    let mut all = answer.to_vec();
    all.extend(state.map(|state| ("state", state)));
    all.push(("iss", &issuer));
    redirect::with(address, &all)
}
