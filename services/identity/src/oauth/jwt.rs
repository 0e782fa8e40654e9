//! Signed tokens: access tokens by RFC 9068, identity tokens by OpenID Connect Core.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use openidconnect::{
    AccessTokenHash, Audience, EmptyAdditionalClaims, IssuerUrl, Nonce, StandardClaims, SubjectIdentifier,
    core::CoreIdTokenClaims,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stoa_kernel::{App, Error, Result, sign};
use stoa_types::{Id, OAuthClient, OAuthGrant};

use super::{ACCESS_LIFE, issuer, keys};

/// What an access token's header says it is (RFC 9068, section 2.1), so that an identity token
/// is not taken for one.
const ACCESS_TYPE: &str = "at+jwt";
/// No token of ours is longer; nobody keeps us busy with one that is.
const LONGEST: usize = 8 * 1024;

/// Seconds by which the clock of another process that signs may be ahead of ours.
const AHEAD: i64 = 60;

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Access {
    pub iss: String,
    /// The person, or the client when it acts for itself.
    pub sub: String,
    /// The shop: its interface is the only one that takes the token.
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    /// We say none; who signs with a key they gave us may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    pub jti: String,
    pub client_id: Id<OAuthClient>,
    pub scope: String,
    /// The family it lives and dies with.
    pub grant: Id<OAuthGrant>,
}

/// Signs what an access token is to say, for [`ACCESS_LIFE`] from now on.
pub(super) async fn access(
    app: &App,
    now: DateTime<Utc>,
    sub: String,
    client_id: Id<OAuthClient>,
    grant: Id<OAuthGrant>,
    scope: String,
) -> Result<String> {
    let claims = Access {
        iss: issuer(app),
        sub,
        aud: issuer(app),
        exp: (now + ACCESS_LIFE).timestamp(),
        iat: now.timestamp(),
        nbf: None,
        jti: sign::random_token::<16>()?,
        client_id,
        scope,
        grant,
    };
    // Nobody but us has to check it, so it is signed by the shorter and faster kind.
    signed(app, now, Algorithm::EdDSA, ACCESS_TYPE, &claims).await
}

/// Signs who signed in, for the client alone.
pub(super) async fn identity(
    app: &App,
    now: DateTime<Utc>,
    sub: String,
    client: Id<OAuthClient>,
    signed_in_at: DateTime<Utc>,
    nonce: Option<String>,
    access_token: &str,
) -> Result<String> {
    let issuer = IssuerUrl::new(issuer(app)).map_err(Error::internal)?;
    let half = &Sha256::digest(access_token)[..16];
    let at_hash = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, half);
    let claims = CoreIdTokenClaims::new(
        issuer,
        vec![Audience::new(client.to_string())],
        now + ACCESS_LIFE,
        now,
        StandardClaims::new(SubjectIdentifier::new(sub)),
        EmptyAdditionalClaims {},
    )
    .set_auth_time(Some(signed_in_at))
    .set_nonce(nonce.map(Nonce::new))
    .set_access_token_hash(Some(AccessTokenHash::new(at_hash)));
    // Every client speaks RS256 (OpenID Connect Core, section 15.1).
    signed(app, now, Algorithm::RS256, "JWT", &claims).await
}

async fn signed(
    app: &App,
    now: DateTime<Utc>,
    algorithm: Algorithm,
    kind: &str,
    claims: &impl Serialize,
) -> Result<String> {
    let keys = keys::keys(app).await?;
    let key = keys.signer(algorithm, now)?;
    let mut header = Header::new(algorithm);
    header.typ = Some(kind.to_owned());
    header.kid = Some(key.kid.clone());
    encode(&header, claims, key.signing()).map_err(Error::internal)
}

/// What an access token says, when it is one of ours, for us and not over; `None` for
/// anything else, without a word about why. Reads nothing from the database.
pub(super) async fn verify(app: &App, token: &str) -> Result<Option<Access>> {
    if token.len() > LONGEST {
        return Ok(None);
    }
    let Ok(header) = decode_header(token) else { return Ok(None) };
    let (Some(kid), Some(ACCESS_TYPE)) = (header.kid, header.typ.as_deref()) else { return Ok(None) };
    let Some(keys) = keys::with_kid(app, &kid).await? else { return Ok(None) };
    let now = app.now();
    // The key says by which algorithm it is used, never the token.
    let Some(key) = keys.find(&kid, now).filter(|key| key.algorithm == header.alg) else { return Ok(None) };
    let mut expected = Validation::new(key.algorithm);
    expected.set_issuer(&[issuer(app)]);
    expected.set_audience(&[issuer(app)]);
    expected.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // By our own clock, below.
    expected.validate_exp = false;
    let Ok(token) = decode::<Access>(token, key.verifying(), &expected) else { return Ok(None) };
    let (claims, at) = (token.claims, now.timestamp());
    let begun = claims.iat.max(claims.nbf.unwrap_or_default()) <= at + AHEAD;
    Ok((claims.exp > at && begun).then_some(claims))
}
