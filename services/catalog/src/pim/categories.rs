//! The category tree.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use stoa_catalog_entities::category;
use stoa_catalog_types::{CategoryNode, CategoryRef, CreateCategory};
use stoa_kernel::{Ctx, Error, Fields, NewEvent, Result, Tx, audit, db, events, new_id};
use stoa_types::{Category, Id, Uuid};

use super::{CATEGORY_NAME_INVALID, CATEGORY_TAKEN, TAXONOMY_WRITE, TOO_DEEP};
use crate::{
    cache::{Copies, Part, touch},
    text,
};

/// Deepest level of the tree.
const DEEPEST: usize = 6;

/// The whole tree, in order.
pub(crate) struct Tree {
    nodes: Vec<category::Model>,
    by_id: HashMap<Uuid, usize>,
    pub roots: Arc<Vec<CategoryNode>>,
}

static TREE: LazyLock<Copies<(), Arc<Tree>>> =
    LazyLock::new(|| Copies::new(Part::Catalogue, 64, Duration::from_secs(30)));

/// The tree, at most half a minute old.
pub(crate) async fn tree(conn: &impl ConnectionTrait, ctx: &Ctx) -> Result<Arc<Tree>> {
    let load = async {
        let nodes = category::Entity::find()
            .order_by_asc(category::Column::Position)
            .order_by_asc(category::Column::Name)
            .all(conn)
            .await?;
        Ok(Arc::new(Tree::new(nodes)))
    };
    TREE.get(ctx, (), load).await
}

impl Tree {
    fn new(nodes: Vec<category::Model>) -> Self {
        let by_id = nodes.iter().enumerate().map(|(place, node)| (node.id, place)).collect();
        let mut tree = Self { nodes, by_id, roots: Arc::default() };
        tree.roots = Arc::new(tree.under(None, 0));
        tree
    }

    fn under(&self, parent: Option<Uuid>, depth: usize) -> Vec<CategoryNode> {
        if depth > DEEPEST {
            return Vec::new();
        }
        let own = self.nodes.iter().filter(|node| node.parent_id == parent);
        own.map(|node| CategoryNode { category: refer(node), children: self.under(Some(node.id), depth + 1) })
            .collect()
    }

    fn node(&self, id: Uuid) -> Option<&category::Model> {
        self.by_id.get(&id).and_then(|place| self.nodes.get(*place))
    }

    pub fn reference(&self, id: Uuid) -> Option<CategoryRef> {
        self.node(id).map(refer)
    }

    pub fn description(&self, id: Uuid) -> Option<String> {
        self.node(id).and_then(|node| node.description.clone())
    }

    pub fn by_path(&self, path: &str) -> Option<Uuid> {
        let path = path.trim_matches('/');
        self.nodes.iter().find(|node| node.path == path).map(|node| node.id)
    }

    /// From the root to `id`, both included.
    pub fn breadcrumb(&self, id: Uuid) -> Vec<CategoryRef> {
        let mut way = Vec::new();
        let mut next = self.node(id);
        while let Some(node) = next
            && way.len() <= DEEPEST
        {
            way.push(refer(node));
            next = node.parent_id.and_then(|parent| self.node(parent));
        }
        way.reverse();
        way
    }

    pub fn children(&self, parent: Option<Uuid>) -> Vec<CategoryRef> {
        self.nodes.iter().filter(|node| node.parent_id == parent).map(refer).collect()
    }

    /// `id` and everything under it.
    pub fn with_descendants(&self, id: Uuid) -> Vec<Uuid> {
        let Some(node) = self.node(id) else { return Vec::new() };
        let prefix = format!("{}/", node.path);
        let inside = self.nodes.iter().filter(|other| other.id == id || other.path.starts_with(&prefix));
        inside.map(|node| node.id).collect()
    }
}

fn refer(node: &category::Model) -> CategoryRef {
    CategoryRef { id: Id::new(node.id), name: node.name.clone(), path: node.path.clone() }
}

/// Adds a category at the end of its parent's.
///
/// Needs `pim.taxonomy_write`. 409 when the parent has one with this slug.
pub async fn create_category(ctx: &Ctx, input: CreateCategory) -> Result<CategoryRef> {
    ctx.require(TAXONOMY_WRITE)?;
    let mut fields = Fields::default();
    let name = text::line(&input.name, 80).filter(|name| !text::slug(name).is_empty());
    fields.check(name.is_some(), "name", CATEGORY_NAME_INVALID, "Name the category in up to 80 characters.");
    let slug =
        input.slug.as_deref().map_or_else(|| text::slug(name.as_deref().unwrap_or_default()), str::to_owned);
    fields.check(
        text::is_slug(&slug),
        "slug",
        CATEGORY_NAME_INVALID,
        "Use lower-case letters, digits and hyphens.",
    );
    fields.finish()?;
    let tx = ctx.db().begin().await?;
    let parent = match input.parent {
        None => None,
        Some(parent) => Some(
            category::Entity::find_by_id(parent.uuid())
                .one(&tx)
                .await?
                .ok_or_else(|| Error::not_found("category"))?,
        ),
    };
    let path = path_under(parent.as_ref(), &slug)?;
    let description =
        input.description.as_deref().and_then(|text| text::line(text, 1000)).filter(|text| !text.is_empty());
    let node = insert(
        &tx,
        ctx,
        parent.as_ref().map(|parent| parent.id),
        name.unwrap_or_default(),
        slug,
        path,
        description,
    )
    .await?;
    let Some(node) = node else {
        return Err(CATEGORY_TAKEN.error("There is a category with this name already.").field("name"));
    };
    ctx.db().commit(tx).await?;
    Ok(refer(&node))
}

fn path_under(parent: Option<&category::Model>, slug: &str) -> Result<String> {
    let Some(parent) = parent else { return Ok(slug.to_owned()) };
    if parent.path.split('/').count() >= DEEPEST {
        return Err(TOO_DEEP.error("Categories go six levels deep."));
    }
    Ok(format!("{}/{slug}", parent.path))
}

/// The category at the end of these names, making what is missing; None for no names.
/// The caller has checked who may.
pub async fn ensure_category_path(tx: &Tx, ctx: &Ctx, names: &[String]) -> Result<Option<Id<Category>>> {
    let mut parent: Option<category::Model> = None;
    for name in names.iter().filter(|name| !text::slug(name).is_empty()).take(DEEPEST) {
        let slug = text::slug(name);
        let path = path_under(parent.as_ref(), &slug)?;
        let find = || category::Entity::find().filter(category::Column::Path.eq(path.clone())).one(tx);
        let node = match find().await? {
            Some(node) => node,
            None => {
                let name: String =
                    name.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
                let id = parent.as_ref().map(|parent| parent.id);
                match insert(tx, ctx, id, name, slug, path.clone(), None).await? {
                    Some(node) => node,
                    // Somebody else was faster.
                    None => find().await?.ok_or_else(|| Error::not_found("category"))?,
                }
            }
        };
        parent = Some(node);
    }
    Ok(parent.map(|node| Id::new(node.id)))
}

async fn insert(
    tx: &Tx,
    ctx: &Ctx,
    parent: Option<Uuid>,
    name: String,
    slug: String,
    path: String,
    description: Option<String>,
) -> Result<Option<category::Model>> {
    let siblings = category::Entity::find().filter(match parent {
        Some(parent) => category::Column::ParentId.eq(parent),
        None => category::Column::ParentId.is_null(),
    });
    let node = category::Model {
        id: new_id::<Category>().uuid(),
        parent_id: parent,
        slug,
        path,
        name,
        description,
        position: siblings.count(tx).await? as i32,
        asset_id: None,
        version: 1,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let new = node.clone();
    let row = category::ActiveModel {
        id: Set(new.id),
        parent_id: Set(new.parent_id),
        slug: Set(new.slug),
        path: Set(new.path),
        name: Set(new.name),
        description: Set(new.description),
        position: Set(new.position),
        asset_id: Set(None),
        version: Set(1),
        created_at: Set(new.created_at),
        updated_at: Set(new.updated_at),
    };
    let inserted = category::Entity::insert(row)
        .on_conflict_do_nothing_on([category::Column::Path])
        .exec_without_returning(tx)
        .await?;
    if !db::inserted(&inserted) {
        return Ok(None);
    }
    let id = Id::<Category>::new(node.id);
    let data = json!({ "category": id, "path": node.path, "name": node.name });
    events::emit(tx, ctx, NewEvent::new("taxonomy.updated", id, 1).data(data.clone())).await?;
    audit::record(tx, ctx, audit::Entry::new("category.created", id).facts(data)).await?;
    touch(ctx, Part::Catalogue);
    Ok(Some(node))
}
