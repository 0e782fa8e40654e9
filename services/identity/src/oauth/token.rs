//! `POST /oauth/token`: who asks, and what for.

use std::{collections::BTreeSet, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, header};
use stoa_identity_types::TokenAnswer;
use stoa_kernel::{Ctx, ports::Rate};
use stoa_types::{Id, OAuthClient, OAuthGrant};
use subtle::ConstantTimeEq;

use super::{
    ACCESS_LIFE, Answer, Refusal,
    client::{self, Client},
    code,
    grant::{self, Granted},
    hash, jwt, principal, scopes,
};

/// Wrong secrets from one network.
const WRONG_SECRETS: Rate = Rate { name: "auth.oauth.client", count: 60, per: Duration::from_secs(60) };
/// One answer for an unknown client and a wrong secret.
const NOBODY: Refusal = Refusal::Said("invalid_client", "There is no such client, or its secret is another.");

/// The fields of a form, each once.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form; a field that comes twice makes all of it worthless (RFC 6749, section
    /// 3.2).
    pub fn parse(body: &[u8]) -> Answer<Self> {
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let names: BTreeSet<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() < fields.len() {
            return Err(Refusal::Said("invalid_request", "A field came twice."));
        }
        Ok(Self(fields))
    }

    /// What a field says; an empty one says nothing.
    pub fn get(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn need(&self, name: &str, why: &'static str) -> Answer<&str> {
        self.get(name).ok_or(Refusal::Said("invalid_request", why))
    }
}

/// Answers a token request (RFC 6749, sections 4.1.3, 4.4.2 and 6).
pub async fn exchange(ctx: &Ctx, headers: &HeaderMap, form: &Form) -> Answer<TokenAnswer> {
    let kind = form.need("grant_type", "grant_type is missing.")?;
    match kind {
        "authorization_code" => {
            let client = known_client(ctx, headers, form).await?;
            let code = form.need("code", "code is missing.")?;
            let redirect_uri = form.need("redirect_uri", "redirect_uri is missing.")?;
            let verifier = form.need("code_verifier", "code_verifier is missing.")?;
            let redeemed = code::redeem(ctx, &client, code, redirect_uri, verifier).await?;
            answer(ctx, &client, redeemed.granted, redeemed.nonce).await
        }
        "refresh_token" => {
            let client = known_client(ctx, headers, form).await?;
            let token = form.need("refresh_token", "refresh_token is missing.")?;
            let narrow = form.get("scope").map(scopes::parse);
            // Before the token is used up: a scope that was never given is a mistake of the app.
            if let Some(narrow) = &narrow {
                let known = grant::of_refresh_token(ctx, client.id, token).await?;
                let given: BTreeSet<String> = match known {
                    Some((grant, _)) => {
                        serde_json::from_value(grant.scopes).map_err(stoa_kernel::Error::internal)?
                    }
                    None => narrow.clone(),
                };
                if !narrow.is_subset(&given) {
                    return Err(Refusal::Said("invalid_scope", "Ask for no more than was given."));
                }
            }
            let mut granted = grant::refresh(ctx, &client, token).await?;
            if let Some(narrow) = narrow {
                granted.scopes = narrow;
            }
            // Whoever is gone or suspended keeps nothing alive.
            if let Some(person) = granted.person
                && person.principal(&ctx.app).await?.is_none()
            {
                return Err(Refusal::Said("invalid_grant", "The person can't be acted for any more."));
            }
            answer(ctx, &client, granted, None).await
        }
        "client_credentials" => {
            let client = known_client(ctx, headers, form).await?;
            own(ctx, &client, form.get("scope")).await
        }
        _ => Err(Refusal::Said(
            "unsupported_grant_type",
            "Ask by authorization_code, refresh_token or client_credentials.",
        )),
    }
}

/// Tokens for the client itself: permissions that it is registered for.
async fn own(ctx: &Ctx, client: &Client, asked: Option<&str>) -> Answer<TokenAnswer> {
    if !client.own_tokens || client.secret_hash.is_none() {
        return Err(Refusal::Said("unauthorized_client", "This client has no tokens of its own."));
    }
    let about_people = |scope: &String| scopes::ABOUT_PEOPLE.contains(&scope.as_str());
    let may: BTreeSet<String> = client.scopes.iter().filter(|scope| !about_people(scope)).cloned().collect();
    let scopes = asked.map_or_else(|| may.clone(), scopes::parse);
    if scopes.is_empty() || !scopes.is_subset(&may) {
        return Err(Refusal::Said("invalid_scope", "Ask for permissions that the client is registered for."));
    }
    let tx = ctx.db().begin().await?;
    let id = stoa_kernel::new_id::<OAuthGrant>();
    let granted = grant::start(&tx, ctx, id, client, None, scopes).await?;
    ctx.db().commit(tx).await?;
    answer(ctx, client, granted, None).await
}

async fn answer(ctx: &Ctx, client: &Client, granted: Granted, nonce: Option<String>) -> Answer<TokenAnswer> {
    let Granted { id, person, scopes, refresh_token } = granted;
    let scope = scopes::join(&scopes);
    let sub = person.map_or_else(|| client.id.to_string(), |person| person.user.to_string());
    let access_token = jwt::access(&ctx.app, ctx.now, sub.clone(), client.id, id, scope.clone()).await?;
    let id_token = match person {
        Some(person) if scopes.contains(scopes::OPENID) => {
            let at = person.signed_in_at;
            Some(jwt::identity(&ctx.app, ctx.now, sub, client.id, at, nonce, &access_token).await?)
        }
        _ => None,
    };
    principal::forget(id);
    Ok(TokenAnswer {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: ACCESS_LIFE.num_seconds(),
        refresh_token,
        id_token,
        scope,
    })
}

/// The client that asks, proven by its secret where it has one: by HTTP Basic or by fields of
/// the form (RFC 6749, section 2.3.1), never by both.
pub(super) async fn known_client(ctx: &Ctx, headers: &HeaderMap, form: &Form) -> Answer<Client> {
    let basic = basic(headers)?;
    let in_form = form.get("client_secret");
    if basic.is_some() && in_form.is_some() {
        return Err(Refusal::Said("invalid_request", "Send the secret once: by Basic or in the form."));
    }
    let (id, secret) = match &basic {
        Some((id, secret)) => (id.as_str(), Some(secret.as_str())),
        None => (form.get("client_id").ok_or(NOBODY)?, in_form),
    };
    if basic.is_some() && form.get("client_id").is_some_and(|other| other != id) {
        return Err(Refusal::Said("invalid_request", "The client is named twice, and differently."));
    }
    let client = match id.parse::<Id<OAuthClient>>() {
        Ok(id) => client::live(ctx, id).await?,
        Err(_) => None,
    };
    let proven = client.filter(|client| match (&client.secret_hash, secret) {
        (Some(known), Some(secret)) => bool::from(known.as_bytes().ct_eq(hash(secret).as_bytes())),
        (None, None) => true,
        _ => false,
    });
    match proven {
        Some(client) => Ok(client),
        None => {
            ctx.limit(WRONG_SECRETS).await?;
            Err(NOBODY)
        }
    }
}

/// Id and secret of `Authorization: Basic`, each form-encoded first.
fn basic(headers: &HeaderMap) -> Answer<Option<(String, String)>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let read = || {
        let text = value.to_str().ok()?;
        let (scheme, encoded) = text.split_once(' ')?;
        let bytes =
            scheme.eq_ignore_ascii_case("basic").then(|| BASE64_STANDARD.decode(encoded.trim()).ok())??;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some((form_decoded(id), form_decoded(secret)))
    };
    read().map(Some).ok_or(NOBODY)
}

fn form_decoded(text: &str) -> String {
    // A value is read as a form's: with a name before it.
    let pair = format!("x={}", text.replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
