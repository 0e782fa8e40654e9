//! What a token is worth, giving it back, and who it is about.

use http::HeaderMap;
use openidconnect::{
    EmptyAdditionalClaims, EndUserEmail, EndUserName, StandardClaims, SubjectIdentifier,
    core::CoreUserInfoClaims,
};
use sea_orm::EntityTrait;
use serde_json::Value;
use stoa_identity_entities::user;
use stoa_identity_types::Introspection;
use stoa_kernel::{App, Ctx, Result};
use stoa_types::{Id, OAuthGrant, User};

use super::{
    Answer, Refusal,
    grant::{self, Why},
    issuer, jwt, principal, scopes,
    token::{Form, known_client},
};

/// Says what a token is worth now (RFC 7662): to the client it was given to alone, which must
/// have a secret; of anything else that it is not active.
pub async fn introspect(ctx: &Ctx, headers: &HeaderMap, form: &Form) -> Answer<Introspection> {
    let client = known_client(ctx, headers, form).await?;
    if client.secret_hash.is_none() {
        return Err(Refusal::Said("invalid_client", "Only a client with a secret may ask."));
    }
    let token = form.get("token").ok_or(Refusal::Said("invalid_request", "token is missing."))?;
    let nothing = Introspection::default();
    if let Some(access) = jwt::verify(&ctx.app, token).await? {
        // Whatever ends a token for the interface ends it here.
        let works = access.client_id == client.id && super::principal_of_token(&ctx.app, token).await.is_ok();
        let known = Introspection {
            active: true,
            scope: Some(access.scope),
            client_id: Some(access.client_id.to_string()),
            token_type: Some("access_token".to_owned()),
            exp: Some(access.exp),
            iat: Some(access.iat),
            sub: Some(access.sub),
            aud: Some(access.aud),
            iss: Some(access.iss),
        };
        return Ok(if works { known } else { nothing });
    }
    let Some((grant, token)) = grant::of_refresh_token(ctx, client.id, token).await? else {
        return Ok(nothing);
    };
    let works = grant.revoked_at.is_none()
        && token.used_at.is_none()
        && token.expires_at.min(grant.expires_at) > ctx.now;
    if !works {
        return Ok(nothing);
    }
    Ok(Introspection {
        active: true,
        scope: Some(scopes::join(
            &serde_json::from_value(grant.scopes).map_err(stoa_kernel::Error::internal)?,
        )),
        client_id: Some(client.id.to_string()),
        token_type: Some("refresh_token".to_owned()),
        exp: Some(token.expires_at.min(grant.expires_at).timestamp()),
        iat: Some(token.created_at.timestamp()),
        sub: grant.user_id.map(|user| Id::<User>::new(user).to_string()),
        aud: None,
        iss: Some(issuer(&ctx.app)),
    })
}

/// Takes a token back, and with it every other of its family (RFC 7009). A token that is none,
/// or another client's, is answered alike: there is nothing left of it.
pub async fn revoke_token(ctx: &Ctx, headers: &HeaderMap, form: &Form) -> Answer<()> {
    let client = known_client(ctx, headers, form).await?;
    let token = form.get("token").ok_or(Refusal::Said("invalid_request", "token is missing."))?;
    let id = match jwt::verify(&ctx.app, token).await? {
        Some(access) => Some(access.grant),
        None => grant::of_refresh_token(ctx, client.id, token)
            .await?
            .map(|(grant, _)| Id::<OAuthGrant>::new(grant.id)),
    };
    let Some(id) = id else { return Ok(()) };
    let tx = ctx.db().begin().await?;
    // Ends nothing that is another client's.
    grant::end(&tx, ctx, id, client.id, Why::Client).await?;
    ctx.db().commit(tx).await?;
    principal::forget(id);
    Ok(())
}

/// Who the person of an access token is, as far as they let the app know (OpenID Connect Core,
/// section 5.3). 401 `auth.token_invalid` for a token that does not work or is not about a
/// person who signed in by OpenID Connect.
pub async fn user_info(app: &App, token: &str) -> Result<Value> {
    let principal = super::principal_of_token(app, token).await?;
    let access = jwt::verify(app, token).await?;
    let (Some(user), Some(access)) = (principal.user(), access) else { return Err(principal::invalid()) };
    let asked = scopes::parse(&access.scope);
    if !asked.contains(scopes::OPENID) {
        return Err(principal::invalid());
    }
    let row = user::Entity::find_by_id(user.uuid()).one(app.db.read()).await?;
    let Some(row) = row else { return Err(principal::invalid()) };
    let mut claims = StandardClaims::new(SubjectIdentifier::new(user.to_string()));
    if asked.contains(scopes::PROFILE) {
        claims = claims.set_name(Some(EndUserName::new(row.name).into()));
    }
    if asked.contains(scopes::EMAIL) {
        claims = claims
            .set_email(Some(EndUserEmail::new(row.email)))
            .set_email_verified(Some(row.email_verified_at.is_some()));
    }
    Ok(serde_json::to_value(CoreUserInfoClaims::new(claims, EmptyAdditionalClaims {}))?)
}
