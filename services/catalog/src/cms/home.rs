use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use futures::future::try_join_all;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use stoa_catalog_entities::{content_block, page};
use stoa_catalog_types::{BlockData, HomeBlock, HomePage, Picture, RowSource, SellerRef};
use stoa_kernel::{Ctx, Fields, NewEvent, Result, audit, events};
use stoa_types::{Asset, ContentPage, Id, Uuid};

use super::{BLOCK_INVALID, WRITE};
use crate::{
    cache::{Copies, Part, touch},
    media, pim,
    products::slugs::LOCALE,
    storefront, text,
};

const HOME: &str = "home";
const MOST_BLOCKS: usize = 200;
/// Version of the shape of a block's data.
const SCHEMA: i32 = 1;

/// Sets title and blocks of the home page and publishes them.
///
/// Needs `cms.write`. 422 naming the blocks that are wrong.
pub async fn set_home(ctx: &Ctx, title: &str, blocks: Vec<BlockData>) -> Result<()> {
    ctx.require(WRITE)?;
    let title = check(title, &blocks)?;
    let tx = ctx.db().begin().await?;
    let known = page::Entity::find()
        .filter(page::Column::Slug.eq(HOME))
        .filter(page::Column::Locale.eq(LOCALE))
        .one(&tx)
        .await?;
    let (id, version) = known.as_ref().map_or((Uuid::now_v7(), 1), |page| (page.id, page.version + 1));
    if known.is_some() {
        page::Entity::update_many()
            .col_expr(page::Column::Title, title.clone().into())
            .col_expr(page::Column::Version, version.into())
            .col_expr(page::Column::UpdatedAt, ctx.now.into())
            .col_expr(page::Column::PublishedAt, Some(ctx.now).into())
            .filter(page::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        content_block::Entity::delete_many().filter(content_block::Column::PageId.eq(id)).exec(&tx).await?;
    } else {
        let row = page::ActiveModel {
            id: Set(id),
            slug: Set(HOME.to_owned()),
            locale: Set(LOCALE.to_owned()),
            title: Set(title.clone()),
            template: Set(HOME.to_owned()),
            status: Set("published".to_owned()),
            version: Set(1),
            created_at: Set(ctx.now),
            updated_at: Set(ctx.now),
            published_at: Set(Some(ctx.now)),
        };
        page::Entity::insert(row).exec_without_returning(&tx).await?;
    }
    let mut rows = Vec::with_capacity(blocks.len());
    for (place, block) in blocks.iter().enumerate() {
        rows.push(content_block::ActiveModel {
            id: Set(Uuid::now_v7()),
            page_id: Set(id),
            position: Set(place as i32),
            kind: Set(kind(block).to_owned()),
            schema_version: Set(SCHEMA),
            data: Set(serde_json::to_value(block)?),
            updated_at: Set(ctx.now),
        });
    }
    if !rows.is_empty() {
        content_block::Entity::insert_many(rows).exec_without_returning(&tx).await?;
    }
    let subject = Id::<ContentPage>::new(id);
    let data = json!({ "slug": HOME, "locale": LOCALE, "blocks": blocks.len() });
    events::emit(&tx, ctx, NewEvent::new("page.published", subject, version).data(data.clone())).await?;
    audit::record(&tx, ctx, audit::Entry::new("page.published", subject).facts(data)).await?;
    touch(ctx, Part::Catalogue);
    ctx.db().commit(tx).await?;
    Ok(())
}

fn kind(block: &BlockData) -> &'static str {
    match block {
        BlockData::Hero { .. } => "hero",
        BlockData::CategoryTiles { .. } => "category_tiles",
        BlockData::ProductRow { .. } => "product_row",
        BlockData::Story { .. } => "story",
    }
}

/// Checks texts and links: links stay inside the shop.
fn check(title: &str, blocks: &[BlockData]) -> Result<String> {
    let mut fields = Fields::default();
    let title = text::line(title, 120).filter(|title| !title.is_empty());
    fields.check(title.is_some(), "title", BLOCK_INVALID, "Give the page a title of up to 120 characters.");
    fields.check(blocks.len() <= MOST_BLOCKS, "blocks", BLOCK_INVALID, "A page has at most 200 blocks.");
    let heroes = blocks.iter().filter(|block| matches!(block, BlockData::Hero { .. })).count();
    fields.check(heroes <= 1, "blocks", BLOCK_INVALID, "A page has one opening at most.");
    for (place, block) in blocks.iter().enumerate().take(MOST_BLOCKS) {
        let (heading, href) = match block {
            BlockData::Hero { heading, href, .. }
            | BlockData::ProductRow { heading, href, .. }
            | BlockData::Story { heading, href, .. } => (heading, href.as_str()),
            BlockData::CategoryTiles { heading, .. } => (heading, ""),
        };
        let named = text::line(heading, 160).is_some_and(|heading| !heading.is_empty());
        fields.check(
            named,
            &format!("blocks/{place}/heading"),
            BLOCK_INVALID,
            "Give the block a heading of up to 160 characters.",
        );
        let inside =
            href.is_empty() || (href.starts_with('/') && !href.starts_with("//") && !href.contains('\\'));
        fields.check(
            inside,
            &format!("blocks/{place}/href"),
            BLOCK_INVALID,
            "Link to a path of the shop, such as /c/kitchen.",
        );
    }
    fields.finish()?;
    Ok(title.unwrap_or_default())
}

struct Stored {
    title: String,
    blocks: Vec<BlockData>,
}

static STORED: LazyLock<Copies<(), Arc<Stored>>> =
    LazyLock::new(|| Copies::new(Part::Catalogue, 64, Duration::from_secs(30)));

/// The home page with everything on it as it is now. Without one of its own the shop
/// shows its categories and what is new.
pub async fn home(ctx: &Ctx) -> Result<HomePage> {
    let stored = STORED.get(ctx, (), async { Ok(Arc::new(load(ctx).await?)) }).await?;
    let blocks = try_join_all(stored.blocks.iter().map(|block| show(ctx, block))).await?;
    Ok(HomePage { title: stored.title.clone(), blocks: blocks.into_iter().flatten().collect() })
}

async fn load(ctx: &Ctx) -> Result<Stored> {
    let conn = ctx.db().read();
    let page = page::Entity::find()
        .filter(page::Column::Slug.eq(HOME))
        .filter(page::Column::Locale.eq(LOCALE))
        .filter(page::Column::Status.eq("published"))
        .one(conn)
        .await?;
    let Some(page) = page else { return Ok(plain()) };
    let rows = content_block::Entity::find()
        .filter(content_block::Column::PageId.eq(page.id))
        .order_by_asc(content_block::Column::Position)
        .all(conn)
        .await?;
    // A block of a kind this version does not know shows nothing, and hides nothing else.
    let blocks = rows.into_iter().filter_map(|row| serde_json::from_value(row.data).ok()).collect();
    Ok(Stored { title: page.title, blocks })
}

fn plain() -> Stored {
    let tiles = BlockData::CategoryTiles { heading: "Browse".to_owned(), categories: Vec::new() };
    let row = BlockData::ProductRow {
        heading: "New in the shop".to_owned(),
        link_label: String::new(),
        href: String::new(),
        source: RowSource::Newest,
        limit: 8,
    };
    Stored { title: "Stoa".to_owned(), blocks: vec![tiles, row] }
}

/// The block as it is shown; None when there is nothing to show in it.
async fn show(ctx: &Ctx, block: &BlockData) -> Result<Option<HomeBlock>> {
    Ok(match block.clone() {
        BlockData::Hero { heading, text, link_label, href, picture, alt } => {
            let picture = look_up(ctx, picture, alt).await?;
            Some(HomeBlock::Hero { heading, text, link_label, href, picture })
        }
        BlockData::CategoryTiles { heading, categories } => {
            let tree = pim::tree(ctx.db().read(), ctx).await?;
            let wanted = match categories.is_empty() {
                true => tree.children(None),
                false => categories.iter().filter_map(|path| tree.reference(tree.by_path(path)?)).collect(),
            };
            let mut tiles = storefront::tiles(ctx, wanted).await?;
            tiles.retain(|tile| tile.count > 0);
            (!tiles.is_empty()).then_some(HomeBlock::CategoryTiles { heading, tiles })
        }
        BlockData::ProductRow { heading, link_label, href, source, limit } => {
            let limit = limit.clamp(1, 24) as usize;
            let products = match source {
                RowSource::Newest => storefront::newest(ctx, limit).await?,
                RowSource::Category { path } => storefront::of_category(ctx, &path, limit).await?,
                RowSource::Products { ids } => {
                    let mut found = storefront::cards(ctx, &ids).await?;
                    found.truncate(limit);
                    found
                }
            };
            (!products.is_empty()).then_some(HomeBlock::ProductRow { heading, link_label, href, products })
        }
        BlockData::Story { heading, text, seller, link_label, href, picture, alt } => {
            let seller = match seller {
                Some(slug) => seller_of(ctx, &slug).await?,
                None => None,
            };
            let picture = look_up(ctx, picture, alt).await?;
            Some(HomeBlock::Story { heading, text, seller, link_label, href, picture })
        }
    })
}

async fn look_up(ctx: &Ctx, asset: Option<Id<Asset>>, alt: String) -> Result<Option<Picture>> {
    let Some(asset) = asset else { return Ok(None) };
    let mut found = media::pictures(ctx.db().read(), ctx, &[asset]).await?;
    Ok(found.remove(&asset).map(|picture| Picture { alt, ..picture }))
}

async fn seller_of(ctx: &Ctx, slug: &str) -> Result<Option<SellerRef>> {
    let found = stoa_identity::sellers::id_of_slug(ctx.db().read(), slug).await?;
    match found {
        Some(id) => Ok(Some(crate::sellers::name(ctx.db().read(), ctx, id.uuid()).await?)),
        None => Ok(None),
    }
}
