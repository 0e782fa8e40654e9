//! Fetching pictures by address, by a job.

use std::time::Duration;

use futures::StreamExt;
use reqwest::{Client, header, redirect};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use stoa_catalog_entities::asset;
use stoa_catalog_types::AssetState;
use stoa_kernel::{Ctx, Error, ErrorKind, Job, Result, Tx, jobs, new_id};
use stoa_types::{Asset, Id, Seller, Uuid};

use super::{
    NOT_FETCHED, TOO_LARGE,
    address::{self, Pinned},
    derive::{self, About},
    store,
};

/// How often a picture is tried.
pub(super) const ATTEMPTS: i32 = 8;
const REDIRECTS: usize = 5;
const TIMEOUT: Duration = Duration::from_secs(30);

/// Refuses an address nothing may be fetched from: 422. A host that does not answer is
/// no reason to refuse; the job tries later.
pub async fn check_address(url: &str) -> Result<()> {
    match address::pin(address::parse(url)?).await {
        Err(error) if error.is(NOT_FETCHED) => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Records a picture that is on its way and enqueues its fetching. One that the owner
/// has, or waits for, from this address is answered instead.
pub async fn enqueue_fetch(tx: &Tx, ctx: &Ctx, seller: Option<Id<Seller>>, url: &str) -> Result<Id<Asset>> {
    address::parse(url)?;
    let known = asset::Entity::find()
        .select_only()
        .column(asset::Column::Id)
        .filter(asset::Column::SourceUrl.eq(url));
    let known = match seller {
        Some(seller) => known.filter(asset::Column::SellerId.eq(seller.uuid())),
        None => known.filter(asset::Column::SellerId.is_null()),
    };
    if let Some(id) = known.into_tuple::<Uuid>().one(tx).await? {
        return Ok(Id::new(id));
    }
    let id = new_id::<Asset>();
    let row = asset::ActiveModel {
        id: Set(id.uuid()),
        seller_id: Set(seller.map(Id::uuid)),
        state: Set(AssetState::Pending.as_str().to_owned()),
        sha256: Set(None),
        mime: Set(None),
        size: Set(0),
        width: Set(0),
        height: Set(0),
        placeholder: Set("#e6e4df".to_owned()),
        avif: Set(false),
        file_name: Set(None),
        source_url: Set(Some(url.to_owned())),
        error: Set(None),
        attempts: Set(0),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    asset::Entity::insert(row).exec_without_returning(tx).await?;
    jobs::enqueue(tx, ctx, "media.fetch", About { asset: id }).await?;
    Ok(id)
}

/// The job: fetches, stores, and lets the derivatives be made. A refusal that will not
/// change is recorded; anything else is tried again with back-off.
pub(super) async fn run(ctx: &Ctx, job: &Job) -> Result<()> {
    let id = jobs::payload::<About>(job)?.asset;
    let Some(asset) = asset::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await? else { return Ok(()) };
    let Some(url) = asset.source_url.clone().filter(|_| asset.sha256.is_none()) else { return Ok(()) };
    let fetched = match fetch(ctx, &url).await {
        Ok(bytes) => store::keep(ctx, bytes).await,
        Err(error) => Err(error),
    };
    let ctx = &ctx.renewed();
    let store::Original { header, hash, size } = match fetched {
        Ok(found) => found,
        Err(error) => {
            let for_good = !matches!(error.kind(), ErrorKind::BadGateway | ErrorKind::Internal);
            attempted(ctx, id, &error.to_string()).await?;
            return if for_good || job.attempts >= ATTEMPTS {
                derive::fail(ctx, id, &error.to_string()).await
            } else {
                Err(error)
            };
        }
    };
    let seller = asset.seller_id.map(Id::<Seller>::new);
    let tx = ctx.db().begin().await?;
    asset::Entity::update_many()
        .col_expr(asset::Column::State, AssetState::Processing.as_str().into())
        .col_expr(asset::Column::Sha256, Some(hash).into())
        .col_expr(asset::Column::Mime, Some(header.mime).into())
        .col_expr(asset::Column::Size, size.into())
        .col_expr(asset::Column::Width, (header.width as i32).into())
        .col_expr(asset::Column::Height, (header.height as i32).into())
        .col_expr(asset::Column::Error, Option::<String>::None.into())
        .col_expr(asset::Column::Attempts, job.attempts.into())
        .col_expr(asset::Column::UpdatedAt, ctx.now.into())
        .filter(asset::Column::Id.eq(id.uuid()))
        .exec(&tx)
        .await?;
    store::told(&tx, ctx, id, seller, header).await?;
    jobs::enqueue(&tx, ctx, "media.derive", About { asset: id }).await?;
    ctx.db().commit(tx).await?;
    Ok(())
}

async fn attempted(ctx: &Ctx, id: Id<Asset>, why: &str) -> Result<()> {
    use sea_orm::{ExprTrait, sea_query::Expr};
    asset::Entity::update_many()
        .col_expr(asset::Column::Attempts, Expr::col(asset::Column::Attempts).add(1))
        .col_expr(asset::Column::Error, Some(why.chars().take(500).collect::<String>()).into())
        .col_expr(asset::Column::UpdatedAt, ctx.now.into())
        .filter(asset::Column::Id.eq(id.uuid()))
        .exec(ctx.db().write())
        .await?;
    Ok(())
}

/// The bytes behind an address. Every step of a redirection is looked up, checked and
/// pinned like the first.
async fn fetch(ctx: &Ctx, url: &str) -> Result<Vec<u8>> {
    let mut next = address::parse(url)?;
    for _ in 0..=REDIRECTS {
        let pinned = address::pin(next.clone()).await?;
        let response = get(&pinned).await?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            let to = to
                .and_then(|to| next.join(to).ok())
                .ok_or_else(|| NOT_FETCHED.error("The picture's address leads nowhere."))?;
            next = address::parse(to.as_str())?;
            continue;
        }
        if !status.is_success() {
            return Err(NOT_FETCHED.error(format!("The picture's host answered {}.", status.as_u16())));
        }
        return body(response, ctx.app.settings.upload_limit).await;
    }
    Err(NOT_FETCHED.error("The picture's address leads in circles."))
}

async fn get(pinned: &Pinned) -> Result<reqwest::Response> {
    let unreachable = |error: reqwest::Error| {
        NOT_FETCHED.error(format!("The picture's host did not answer: {}.", reason(&error)))
    };
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .resolve_to_addrs(&pinned.host, &pinned.to)
        .no_proxy()
        .timeout(TIMEOUT)
        .connect_timeout(Duration::from_secs(10))
        .user_agent("Stoa picture fetcher")
        .build()
        .map_err(Error::internal)?;
    client.get(pinned.url.clone()).header(header::ACCEPT, "image/*").send().await.map_err(unreachable)
}

fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it took too long"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the answer broke off"
    }
}

/// Reads no more than `limit` bytes, whatever the answer's header promises.
async fn body(response: reqwest::Response, limit: u64) -> Result<Vec<u8>> {
    let too_large = || TOO_LARGE.error(format!("The picture has more than {} MB.", limit / 1024 / 1024));
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk
            .map_err(|error| NOT_FETCHED.error(format!("The picture did not arrive: {}.", reason(&error))))?;
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
