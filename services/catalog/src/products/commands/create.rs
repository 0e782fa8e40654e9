use sea_orm::{ActiveValue::Set, EntityTrait};
use stoa_catalog_entities::product;
use stoa_catalog_types::{AttributeInput, CreateProduct, ProductStatus, ProductView};
use stoa_kernel::{Ctx, Error, Fields, Result, Scope, Tx, new_id};
use stoa_types::{Category, Id, Product, Seller, Sku, Uuid, Variant};

use super::{entry, facts, tell};
use crate::{
    cache::{Part, touch},
    pim,
    products::{
        codes::*,
        model::{self, Axis, AxisValue, Combination},
        queries, slugs, store,
    },
    text,
};

/// Makes a product as a draft, with its variants and the seller's SKUs.
///
/// Needs `products.write`; staff name the seller. 422 with every field that is wrong;
/// 409 when the slug or a code is taken.
pub async fn create(ctx: &Ctx, input: CreateProduct) -> Result<ProductView> {
    let seller = match (ctx.scope(WRITE)?, input.seller) {
        (Scope::Seller(own), None) => Some(own),
        (Scope::Seller(own), Some(other)) if own != other => return Err(Error::not_found("seller")),
        (_, named) => named,
    };
    let mut fields = Fields::default();
    fields.check(seller.is_some(), "seller", SELLER_MISSING, "Say whose product it is.");
    let title = model::title(&input.title, &mut fields);
    let slug = input.slug.as_deref().map(str::trim).filter(|slug| !slug.is_empty());
    if let Some(slug) = slug {
        fields.check(
            text::is_slug(slug),
            "slug",
            SLUG_INVALID,
            "Use lower-case letters, digits and hyphens, such as salt-glazed-jug.",
        );
    }
    let mut axes = model::axes(&input.options, &mut fields);
    let combinations = model::combinations(&mut axes, &input.variants, &mut fields);
    let new = NewProduct {
        handle: None,
        slug: slug.map(str::to_owned),
        slug_base: text::slug(&title),
        maker: model::optional_line(input.maker.as_deref(), "maker", 120, &mut fields),
        description: model::description(input.description.as_deref().unwrap_or_default(), &mut fields),
        categories: input.category.into_iter().chain(input.categories).collect(),
        tags: model::tags(&input.tags, &mut fields),
        attributes: model::attributes(&input.attributes, &mut fields),
        tax_class: model::tax_class(input.tax_class.as_deref(), &mut fields),
        seo_title: model::optional_line(input.seo_title.as_deref(), "seo_title", 255, &mut fields),
        seo_description: model::optional_line(
            input.seo_description.as_deref(),
            "seo_description",
            500,
            &mut fields,
        ),
        title,
        axes,
        combinations,
    };
    fields.finish()?;
    let seller = seller.ok_or_else(|| Error::not_found("seller"))?;
    let tx = ctx.db().begin().await?;
    if !stoa_identity::sellers::names(&tx, &[seller]).await?.contains_key(&seller) {
        return Err(Error::not_found("seller"));
    }
    let (product, _) = insert(&tx, ctx, seller, new).await?;
    ctx.db().commit(tx).await?;
    queries::load(ctx.db().read(), ctx, Id::new(product.id)).await
}

/// A checked product to be written.
pub(crate) struct NewProduct {
    pub handle: Option<String>,
    pub slug: Option<String>,
    pub slug_base: String,
    pub title: String,
    pub maker: Option<String>,
    pub description: String,
    pub categories: Vec<Id<Category>>,
    pub tags: Vec<AxisValue>,
    pub attributes: Vec<AttributeInput>,
    pub axes: Vec<Axis>,
    pub combinations: Vec<Combination>,
    pub tax_class: String,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
}

/// Writes a new product with all its parts, event and audit row.
pub(crate) async fn insert(
    tx: &Tx,
    ctx: &Ctx,
    seller: Id<Seller>,
    new: NewProduct,
) -> Result<(product::Model, Vec<(Id<Variant>, Id<Sku>)>)> {
    let id = new_id::<Product>();
    let mut product = product::Model {
        id: id.uuid(),
        seller_id: seller.uuid(),
        handle: new.handle,
        status: ProductStatus::Draft.as_str().to_owned(),
        status_reason: None,
        title: new.title,
        slug: String::new(),
        maker: new.maker,
        description: new.description,
        mpn: None,
        tax_class: new.tax_class,
        category_id: None,
        thumbnail_id: None,
        thumbnail_alt: String::new(),
        search_text: String::new(),
        seo_title: new.seo_title,
        seo_description: new.seo_description,
        version: 1,
        created_at: ctx.now,
        updated_at: ctx.now,
        published_at: None,
        archived_at: None,
    };
    insert_row(tx, &product).await?;
    product.slug = slugs::take_slug(tx, ctx, product.id, new.slug.as_deref(), &new.slug_base).await?;
    set_slug(tx, product.id, &product.slug).await?;
    let axes = store::write_axes(tx, product.id, Vec::new(), &new.axes).await?;
    let owner = store::Owner { product: product.id, seller: product.seller_id, slug: &product.slug };
    let ids = store::insert_variants(tx, ctx, &owner, &axes, &new.combinations, 0).await?;
    store::set_tags(tx, ctx, product.id, &new.tags, true).await?;
    store::set_categories(tx, product.id, &new.categories, true).await?;
    product.category_id = new.categories.first().map(|category| category.uuid());
    pim::set_attributes(tx, ctx, product.id, &new.attributes, &new.axes, true).await?;
    store::refresh_search(tx, product.id, &product.title, product.maker.as_deref()).await?;
    let entry = entry("product.created", &product).facts(facts(&product));
    tell(tx, ctx, "product.created", &product, 1, &[], entry).await?;
    touch(ctx, Part::Catalogue);
    Ok((product, ids))
}

async fn insert_row(tx: &Tx, product: &product::Model) -> Result<()> {
    let new = product.clone();
    let row = product::ActiveModel {
        id: Set(new.id),
        seller_id: Set(new.seller_id),
        handle: Set(new.handle),
        status: Set(new.status),
        status_reason: Set(None),
        title: Set(new.title),
        slug: Set(new.slug),
        maker: Set(new.maker),
        description: Set(new.description),
        mpn: Set(new.mpn),
        tax_class: Set(new.tax_class),
        category_id: Set(None),
        thumbnail_id: Set(None),
        thumbnail_alt: Set(String::new()),
        search_text: Set(String::new()),
        seo_title: Set(new.seo_title),
        seo_description: Set(new.seo_description),
        version: Set(new.version),
        created_at: Set(new.created_at),
        updated_at: Set(new.updated_at),
        published_at: Set(None),
        archived_at: Set(None),
    };
    product::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

async fn set_slug(tx: &Tx, product: Uuid, slug: &str) -> Result<()> {
    use sea_orm::{ColumnTrait, QueryFilter};
    product::Entity::update_many()
        .col_expr(product::Column::Slug, slug.into())
        .filter(product::Column::Id.eq(product))
        .exec(tx)
        .await?;
    Ok(())
}
