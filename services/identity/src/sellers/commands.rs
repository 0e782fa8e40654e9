//! Taking sellers on board.

use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use stoa_identity_entities::seller;
use stoa_identity_types::{CreateSeller, SellerPresence, SellerStatus, SellerView};
use stoa_kernel::{Ctx, NewEvent, Result, audit, db, events, new_id};
use stoa_types::{Id, Seller};

use super::{SLUG_TAKEN, WRITE, model, queries};

/// Takes a seller on board: active and online at once. Needs `sellers.write`.
///
/// 409 `sellers.slug_taken`; 422 with every wrong field.
pub async fn create(ctx: &Ctx, input: CreateSeller) -> Result<SellerView> {
    ctx.require(WRITE)?;
    let checked = match model::check(input) {
        Ok(checked) => checked,
        Err(fields) => return Err(stoa_kernel::Error::invalid(fields.into_inner())),
    };
    let id = new_id::<Seller>();
    let row = seller::Model {
        id: id.uuid(),
        slug: checked.slug,
        name: checked.name,
        email: checked.email.original,
        country: checked.country,
        description: checked.description,
        status: SellerStatus::Active.to_string(),
        status_reason: None,
        presence: SellerPresence::Online.to_string(),
        commission_bp: checked.commission_bp,
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 1,
    };
    let tx = ctx.db().begin().await?;
    // `reset_all` marks every column as set; from a model they count as unchanged.
    let done = seller::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict_do_nothing_on([seller::Column::Slug])
        .exec_without_returning(&tx)
        .await?;
    if !db::inserted(&done) {
        return Err(SLUG_TAKEN.error("Another shop has this address. Choose another.").field("slug"));
    }
    let event = NewEvent::new("seller.onboarded", id, 1).seller(Some(id));
    events::emit(&tx, ctx, event.data(serde_json::json!({ "slug": row.slug, "country": row.country })))
        .await?;
    let facts =
        serde_json::json!({ "slug": row.slug, "country": row.country, "commission_bp": row.commission_bp });
    audit::record(
        &tx,
        ctx,
        audit::Entry::new("seller.onboarded", id).seller(Some(Id::new(row.id))).facts(facts),
    )
    .await?;
    ctx.db().commit(tx).await?;
    Ok(queries::view(row, true))
}
