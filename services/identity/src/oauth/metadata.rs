//! What clients read before they begin: the discovery document and the key set.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::AlgorithmParameters;
use openidconnect::{
    AdditionalProviderMetadata, AuthUrl, IssuerUrl, JsonWebKeyId, JsonWebKeySetUrl, ProviderMetadata,
    ResponseTypes, Scope, TokenUrl, UserInfoUrl,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
        CoreJsonCurveType, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stoa_kernel::{App, Error, Result};

use super::{issuer, keys, scopes};

/// What OAuth's own document says beside OpenID Connect's (RFC 8414, RFC 7636, RFC 9207).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Beside {
    introspection_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint_auth_methods_supported: Vec<CoreClientAuthMethod>,
    revocation_endpoint_auth_methods_supported: Vec<CoreClientAuthMethod>,
    code_challenge_methods_supported: Vec<String>,
    authorization_response_iss_parameter_supported: bool,
    prompt_values_supported: Vec<CoreAuthPrompt>,
}

impl AdditionalProviderMetadata for Beside {}

type Metadata = ProviderMetadata<
    Beside,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The discovery document (OpenID Connect Discovery, section 3; RFC 8414, section 2).
pub fn discovery(app: &App) -> Result<Value> {
    let issuer = issuer(app);
    let at = |path: &str| format!("{issuer}{path}");
    let secrets = || vec![CoreClientAuthMethod::ClientSecretBasic, CoreClientAuthMethod::ClientSecretPost];
    let beside = Beside {
        introspection_endpoint: at("/oauth/introspect"),
        revocation_endpoint: at("/oauth/revoke"),
        introspection_endpoint_auth_methods_supported: secrets(),
        revocation_endpoint_auth_methods_supported: with_public(secrets()),
        code_challenge_methods_supported: vec!["S256".to_owned()],
        authorization_response_iss_parameter_supported: true,
        prompt_values_supported: vec![
            CoreAuthPrompt::None,
            CoreAuthPrompt::Login,
            CoreAuthPrompt::Consent,
            CoreAuthPrompt::SelectAccount,
        ],
    };
    let claims = [
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "at_hash",
        "name",
        "email",
        "email_verified",
    ];
    let document = Metadata::new(
        IssuerUrl::new(issuer.clone()).map_err(Error::internal)?,
        AuthUrl::new(at("/oauth/authorize")).map_err(Error::internal)?,
        JsonWebKeySetUrl::new(at("/oauth/jwks")).map_err(Error::internal)?,
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256],
        beside,
    )
    .set_token_endpoint(Some(TokenUrl::new(at("/oauth/token")).map_err(Error::internal)?))
    .set_userinfo_endpoint(Some(UserInfoUrl::new(at("/oauth/userinfo")).map_err(Error::internal)?))
    .set_scopes_supported(Some(scopes::all(app).map(|name| Scope::new(name.to_owned())).collect()))
    .set_response_modes_supported(Some(vec![CoreResponseMode::Query]))
    .set_grant_types_supported(Some(vec![
        CoreGrantType::AuthorizationCode,
        CoreGrantType::RefreshToken,
        CoreGrantType::ClientCredentials,
    ]))
    .set_token_endpoint_auth_methods_supported(Some(with_public(secrets())))
    .set_claims_supported(Some(claims.map(|name| CoreClaimName::new(name.to_owned())).to_vec()));
    Ok(serde_json::to_value(document)?)
}

fn with_public(mut methods: Vec<CoreClientAuthMethod>) -> Vec<CoreClientAuthMethod> {
    methods.push(CoreClientAuthMethod::None);
    methods
}

/// The public keys that tokens may be signed with now, soon, or were until a while ago (RFC
/// 7517).
pub async fn key_set(app: &App) -> Result<Value> {
    let keys = keys::keys(app).await?;
    let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_err(Error::internal);
    let mut all = Vec::new();
    for key in keys.published(app.now()) {
        let kid = Some(JsonWebKeyId::new(key.kid.clone()));
        all.push(match &key.public {
            AlgorithmParameters::RSA(rsa) => CoreJsonWebKey::new_rsa(bytes(&rsa.n)?, bytes(&rsa.e)?, kid),
            AlgorithmParameters::OctetKeyPair(pair) => {
                CoreJsonWebKey::new_okp(bytes(&pair.x)?, CoreJsonCurveType::Ed25519, kid)
            }
            _ => return Err(Error::internal("a key of a kind that is never made")),
        });
    }
    Ok(serde_json::to_value(CoreJsonWebKeySet::new(all))?)
}
