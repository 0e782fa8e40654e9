//! What people and apps say to each other at the OAuth 2 and OpenID Connect provider.

use serde::{Deserialize, Serialize};
use stoa_types::{App, DateTime, Id, OAuthClient, Utc};

/// What an app asks a person for (RFC 6749, section 4.1.1; RFC 7636, section 4.3; OpenID
/// Connect Core, section 3.1.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AuthoriseApp {
    /// Always `code`.
    pub response_type: String,
    /// One of the app's clients, `oac_…`.
    pub client_id: String,
    /// One of the client's addresses, as registered.
    pub redirect_uri: String,
    /// Names with spaces between.
    #[serde(default)]
    pub scope: Option<String>,
    /// Goes back to the app unchanged.
    #[serde(default)]
    pub state: Option<String>,
    /// Goes into the identity token unchanged.
    #[serde(default)]
    pub nonce: Option<String>,
    /// SHA-256 of the proof, base64url: 43 characters.
    pub code_challenge: String,
    /// Always `S256`.
    pub code_challenge_method: String,
}

/// Where to send the browser.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Authorised {
    /// The app's address with `code`, `state` and `iss`.
    pub redirect_to: String,
}

impl std::fmt::Debug for Authorised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorised(…)")
    }
}

/// What a token request is answered with (RFC 6749, section 5.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenAnswer {
    /// A signed token (RFC 9068), to be sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds that the access token works.
    pub expires_in: i64,
    /// Works once; the answer to it holds the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Who signed in, when `openid` was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// What was given, with spaces between.
    pub scope: String,
}

impl std::fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenAnswer").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// A refusal in OAuth's own form (RFC 6749, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OAuthRefusal {
    /// Such as `invalid_grant`.
    pub error: String,
    /// What is wrong, for whoever writes the app.
    pub error_description: String,
}

/// What is to be known of a token (RFC 7662, section 2.2). Of a token that does not work
/// only that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Introspection {
    pub active: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `access_token` or `refresh_token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
}

/// A scope and what it lets an app do, as people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScopeWords {
    pub name: String,
    /// Such as "See your name".
    pub words: String,
}

/// An app that a person lets act for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectedAppView {
    pub client: Id<OAuthClient>,
    pub app: Id<App>,
    pub name: String,
    pub scopes: Vec<ScopeWords>,
    pub created_at: DateTime<Utc>,
}

/// The apps that the person signed in lets act for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectedApps {
    /// The newest first, at most 100.
    pub items: Vec<ConnectedAppView>,
}
