//! Any OpenID Connect provider as a way to sign in: authorization code with PKCE (S256), state
//! and nonce, its answer checked by its published keys (OpenID Connect Core 1.0, 3.1).
//!
//! Which providers there are, the operator says. What a provider says about itself
//! (its discovery document) is believed as far as it stays on HTTPS; nothing is followed
//! elsewhere, and no answer of it may be long.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse,
    core::{CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType, CoreUserInfoClaims},
};
use serde::Deserialize;
use stoa_kernel::{BoxFuture, Error, Result, error::codes};
use url::Url;

use super::{Account, Attempt, SocialLogin, WRONG_CREDENTIALS};

/// How long what a provider says about itself is believed; its keys change now and then.
const BELIEVED: Duration = Duration::from_secs(600);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// What the operator says about one provider.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// Its name in addresses: lower-case letters, digits and hyphens.
    pub key: String,
    /// Its name on the button.
    pub label: String,
    /// Its issuer, an `https` address; `http` on this machine while developing.
    pub issuer: String,
    /// What it knows this shop by.
    pub client_id: String,
    /// Absent for a client that is known by PKCE alone.
    #[serde(default)]
    pub client_secret: Option<String>,
}

impl std::fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OidcSettings")
            .field("key", &self.key)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// One provider.
pub struct OidcProvider {
    settings: OidcSettings,
    issuer: IssuerUrl,
    http: Asker,
    about: Cache<(), Arc<CoreProviderMetadata>>,
}

/// Why a provider could not be asked.
#[derive(Debug, thiserror::Error)]
enum Unreachable {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Message(#[from] http::Error),
    #[error("{0} is no address to ask")]
    Address(String),
    #[error("the answer is longer than it should be")]
    Long,
}

impl OidcProvider {
    /// A provider from the operator's settings. An error says what is wrong with them, for the
    /// operator to read.
    pub fn new(settings: OidcSettings, developing: bool) -> Result<Self, String> {
        let OidcSettings { key, label, issuer, client_id, .. } = &settings;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if key.is_empty() || !key.bytes().all(plain) {
            return Err(format!("{key:?}: the key is made of lower-case letters, digits and hyphens"));
        }
        if label.trim().is_empty() || client_id.is_empty() {
            return Err(format!("{key}: label and client_id can't be empty"));
        }
        let address = Url::parse(issuer).map_err(|_| format!("{key}: the issuer is no address"))?;
        if !may_ask(&address, developing) {
            return Err(format!("{key}: the issuer must begin with https://"));
        }
        let issuer = IssuerUrl::new(issuer.clone()).map_err(|error| format!("{key}: {error}"))?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(PATIENCE / 2)
            .timeout(PATIENCE)
            .build()
            .map_err(|error| error.to_string())?;
        let about = Cache::builder().max_capacity(1).time_to_live(BELIEVED).build();
        Ok(Self { settings, issuer, http: Asker { http, developing }, about })
    }
}

/// What providers are asked by.
struct Asker {
    http: reqwest::Client,
    /// Whether plain HTTP is fine.
    developing: bool,
}

impl<'c> AsyncHttpClient<'c> for Asker {
    type Error = Unreachable;
    type Future = BoxFuture<'c, Result<HttpResponse, Unreachable>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

impl Asker {
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let (parts, body) = request.into_parts();
        let address = parts.uri.to_string();
        let url = Url::parse(&address).map_err(|_| Unreachable::Address(address.clone()))?;
        if !may_ask(&url, self.developing) {
            return Err(Unreachable::Address(address));
        }
        let mut answer =
            self.http.request(parts.method, url).headers(parts.headers).body(body).send().await?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if bytes.len() + chunk.len() > LONGEST {
                return Err(Unreachable::Long);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(response.body(bytes)?)
    }
}

impl OidcProvider {
    /// What the provider says about itself, with its keys.
    async fn about(&self) -> Result<Arc<CoreProviderMetadata>> {
        let ask = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http);
        self.about
            .try_get_with((), async { ask.await.map(Arc::new) })
            .await
            .map_err(|error| self.away(&*error))
    }

    /// It cannot be asked just now: its business, not the visitor's.
    fn away(&self, why: &dyn std::error::Error) -> Error {
        tracing::warn!(provider = self.settings.key, error = %why, "a provider of accounts does not answer");
        let label = &self.settings.label;
        codes::UNAVAILABLE.error(format!("{label} doesn't answer. Try again, or sign in another way."))
    }

    fn refused(&self, why: &str) -> Error {
        tracing::info!(provider = self.settings.key, why, "a provider's answer was refused");
        WRONG_CREDENTIALS.error(format!(
            "{} didn't say who you are. Try again, or sign in another way.",
            self.settings.label
        ))
    }

    fn secret(&self) -> Option<ClientSecret> {
        self.settings.client_secret.clone().map(ClientSecret::new)
    }

    async fn ask(&self, attempt: &Attempt) -> Result<String> {
        let about = self.about().await?;
        let id = ClientId::new(self.settings.client_id.clone());
        let back = RedirectUrl::new(attempt.return_to.clone()).map_err(Error::internal)?;
        let client =
            CoreClient::from_provider_metadata((*about).clone(), id, self.secret()).set_redirect_uri(back);
        let proof = PkceCodeVerifier::new(attempt.verifier.clone());
        let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
        let (url, _, _) = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state.clone()),
                move || Nonce::new(nonce.clone()),
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&proof))
            .url();
        if may_ask(&url, self.http.developing) {
            Ok(url.into())
        } else {
            Err(self.refused("it leads off HTTPS"))
        }
    }

    async fn redeem(&self, attempt: &Attempt, code: &str) -> Result<Account> {
        let about = self.about().await?;
        let id = ClientId::new(self.settings.client_id.clone());
        let back = RedirectUrl::new(attempt.return_to.clone()).map_err(Error::internal)?;
        let client =
            CoreClient::from_provider_metadata((*about).clone(), id, self.secret()).set_redirect_uri(back);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| self.away(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(error) => self.away(&error),
                error => self.refused(&error.to_string()),
            })?;
        let token = tokens.id_token().ok_or_else(|| self.refused("there is no ID token"))?;
        let verifier = client.id_token_verifier().set_allowed_algs([
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::EdDsa,
        ]);
        let claims = match token.claims(&verifier, &Nonce::new(attempt.nonce.clone())) {
            Ok(claims) => claims,
            Err(error) => {
                // Its keys may have changed since we looked: the next attempt asks anew.
                self.about.invalidate(&()).await;
                return Err(self.refused(&error.to_string()));
            }
        };
        if let Some(expected) = claims.access_token_hash() {
            let actual = token.signing_alg().ok().zip(token.signing_key(&verifier).ok()).and_then(
                |(algorithm, key)| AccessTokenHash::from_token(tokens.access_token(), algorithm, key).ok(),
            );
            if actual.as_ref() != Some(expected) {
                return Err(self.refused("the access token is another's"));
            }
        }
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        let account = Account {
            subject: claims.subject().to_string(),
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified().unwrap_or(false),
            name,
        };
        // Many say the address only when asked for it.
        if account.email.is_some() {
            return Ok(account);
        }
        let Ok(asked) = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        else {
            return Ok(Account { email_verified: false, ..account });
        };
        let more: CoreUserInfoClaims =
            asked.request_async(&self.http).await.map_err(|error| self.away(&error))?;
        let email = more.email().map(|email| email.to_string());
        Ok(Account {
            email_verified: email.is_some() && more.email_verified().unwrap_or(false),
            email,
            name: account
                .name
                .or_else(|| more.name().and_then(|name| name.get(None)).map(|name| name.to_string())),
            ..account
        })
    }
}

/// HTTPS, or plain HTTP to this machine while developing.
fn may_ask(url: &Url, developing: bool) -> bool {
    let here = || match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (developing && url.scheme() == "http" && here())
}

impl SocialLogin for OidcProvider {
    fn key(&self) -> &str {
        &self.settings.key
    }

    fn label(&self) -> &str {
        &self.settings.label
    }

    fn issuer(&self) -> Option<&str> {
        Some(self.issuer.as_str())
    }

    fn address<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<String>> {
        Box::pin(self.ask(attempt))
    }

    fn identify<'a>(&'a self, attempt: &'a Attempt, code: &'a str) -> BoxFuture<'a, Result<Account>> {
        Box::pin(self.redeem(attempt, code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(key: &str, issuer: &str) -> OidcSettings {
        OidcSettings {
            key: key.to_owned(),
            label: "Lyceum".to_owned(),
            issuer: issuer.to_owned(),
            client_id: "stoa".to_owned(),
            client_secret: None,
        }
    }

    /// 12.M8
    #[test]
    fn only_providers_on_https_are_taken_but_for_ones_own_machine_while_developing() {
        let fine = |key: &str, issuer: &str, developing| {
            OidcProvider::new(settings(key, issuer), developing).is_ok()
        };
        assert!(fine("lyceum-1", "https://lyceum.example", false));
        assert!(
            fine("lyceum", "http://localhost:4000", true) && fine("lyceum", "http://127.0.0.1:4000", true)
        );
        for (key, issuer, developing) in [
            ("lyceum", "http://localhost:4000", false),
            ("lyceum", "http://lyceum.example", true),
            ("lyceum", "lyceum.example", false),
            ("Lyceum", "https://lyceum.example", false),
            ("", "https://lyceum.example", false),
            ("a/b", "https://lyceum.example", false),
        ] {
            assert!(!fine(key, issuer, developing), "{key} {issuer}");
        }
    }
}
