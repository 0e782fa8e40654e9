//! Authorization codes: good once, for a minute, for who asked.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sha2::{Digest, Sha256};
use stoa_identity_entities::oauth_code as table;
use stoa_kernel::{Ctx, Result, Tx, sign};
use stoa_types::{Id, OAuthGrant, User, Uuid};
use subtle::ConstantTimeEq;

use super::{
    Answer, CODE_LIFE, Refusal,
    client::Client,
    grant::{self, Granted, Person, Why},
    hash, principal,
    request::Request,
};

/// One answer for whatever is wrong with a code.
const WRONG: Refusal = Refusal::Said("invalid_grant", "The code is wrong, was used, or is over.");

/// A code for what the person agreed to, in the caller's transaction.
pub(super) async fn issue(
    tx: &Tx,
    ctx: &Ctx,
    request: &Request,
    user: Id<User>,
    signed_in_at: DateTime<Utc>,
) -> Result<String> {
    let code = sign::random_token::<32>()?;
    let row = table::ActiveModel {
        id: Set(Uuid::now_v7()),
        code_hash: Set(hash(&code)),
        client_id: Set(request.client.id.uuid()),
        user_id: Set(user.uuid()),
        seller_id: Set(ctx.seller.map(Id::uuid)),
        redirect_uri: Set(request.redirect_uri.clone()),
        scopes: Set(serde_json::to_value(&request.scopes)?),
        nonce: Set(request.nonce.clone()),
        challenge: Set(request.challenge.clone()),
        signed_in_at: Set(signed_in_at),
        created_at: Set(ctx.now),
        expires_at: Set(ctx.now + CODE_LIFE),
        used_at: Set(None),
        grant_id: Set(None),
    };
    table::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(code)
}

/// What a code was redeemed for.
pub(super) struct Redeemed {
    pub granted: Granted,
    pub nonce: Option<String>,
}

/// Takes a code for the tokens it stands for. One that was used before takes back what it was
/// given for (RFC 6749, section 4.1.2).
pub(super) async fn redeem(
    ctx: &Ctx,
    client: &Client,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Answer<Redeemed> {
    let found = table::Entity::find()
        .filter(table::Column::CodeHash.eq(hash(code)))
        .filter(table::Column::ClientId.eq(client.id.uuid()))
        .one(ctx.db().read())
        .await?;
    let row = found.ok_or(WRONG)?;
    if row.used_at.is_some() {
        return reused(ctx, client, row.id).await;
    }
    if row.redirect_uri != redirect_uri || !proves(&row.challenge, verifier) {
        return Err(WRONG);
    }
    let person = Person {
        user: Id::new(row.user_id),
        seller: row.seller_id.map(Id::new),
        signed_in_at: row.signed_in_at,
    };
    if person.principal(&ctx.app).await?.is_none() {
        return Err(WRONG);
    }
    let id = stoa_kernel::new_id::<OAuthGrant>();
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(table::Column::UsedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::GrantId, Expr::value(Some(id.uuid())))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::UsedAt.is_null())
        .filter(table::Column::ExpiresAt.gt(ctx.now))
        .exec(&tx)
        .await?;
    if done.rows_affected == 0 {
        tx.rollback().await?;
        // Somebody was quicker with it, or its time is over.
        return reused(ctx, client, row.id).await;
    }
    let scopes = serde_json::from_value(row.scopes).map_err(stoa_kernel::Error::internal)?;
    let granted = grant::start(&tx, ctx, id, client, Some(person), scopes).await?;
    ctx.db().commit(tx).await?;
    Ok(Redeemed { granted, nonce: row.nonce })
}

/// Ends what a used code was given for; a code that is merely over ends nothing.
async fn reused<T>(ctx: &Ctx, client: &Client, code: Uuid) -> Answer<T> {
    let tx = ctx.db().begin().await?;
    let row = table::Entity::find_by_id(code).one(&tx).await?;
    let Some(id) = row.filter(|row| row.used_at.is_some()).and_then(|row| row.grant_id) else {
        tx.rollback().await?;
        return Err(WRONG);
    };
    let id = Id::<OAuthGrant>::new(id);
    grant::end(&tx, ctx, id, client.id, Why::CodeReused).await?;
    ctx.db().commit(tx).await?;
    principal::forget(id);
    Err(WRONG)
}

/// Whether the proof is that of the challenge (RFC 7636, section 4.6): 43 to 128 characters
/// whose SHA-256 it is.
fn proves(challenge: &str, verifier: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let fits = (43..=128).contains(&verifier.len()) && verifier.bytes().all(plain);
    let hash = Sha256::digest(verifier);
    let hash = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, hash);
    fits && bool::from(hash.as_bytes().ct_eq(challenge.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_proof_is_that_of_the_standard() {
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(proves(challenge, verifier));
        assert!(!proves(challenge, challenge), "not plain");
        assert!(!proves(challenge, &verifier[1..]));
        assert!(!proves(challenge, ""));
    }
}
