//! The address book.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    Select,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::{address as table, customer};
use stoa_identity_types::{
    AddAddress, AddressUse, AddressView, Addresses, ChangeAddress, MAX_ADDRESSES, PostalAddress,
};
use stoa_kernel::{Ctx, Error, Fields, Result, Tx, audit, new_id};
use stoa_types::{Address, Customer, Id, Uuid};

use super::{
    ADDRESS_COUNTRY, ADDRESS_INCOMPLETE, ADDRESS_POSTCODE, ADDRESSES_FULL, READ, WRITE,
    access::{Reach, mask_name, reach},
    profile::{take, tell_change},
};
use crate::postal::{self, FaultKind};

/// A customer's book, for whoever it is; for the platform's staff with `customers.read`,
/// masked but for the country. 404 for everybody else.
pub async fn addresses(ctx: &Ctx, id: Id<Customer>) -> Result<Addresses> {
    let conn = ctx.db().read();
    let (customer, reach) = reach(ctx, conn, id, READ).await?;
    let mut items = book(conn, &customer).await?;
    if reach == Reach::Staff {
        items.iter_mut().for_each(mask);
    }
    Ok(Addresses { items })
}

/// One address of a book, as [`addresses`].
pub async fn address(ctx: &Ctx, id: Id<Customer>, address: Id<Address>) -> Result<AddressView> {
    let book = addresses(ctx, id).await?;
    book.items.into_iter().find(|known| known.id == address).ok_or_else(unknown)
}

/// Puts an address into the book. For whoever it is, and for staff with `customers.write`.
///
/// 422 with every wrong field under `address/…`; 409 `customers.addresses_full` at 50.
pub async fn add_address(ctx: &Ctx, id: Id<Customer>, input: &AddAddress) -> Result<AddressView> {
    reach(ctx, ctx.db().read(), id, WRITE).await?;
    let kept = check(&input.address)?;
    let tx = ctx.db().begin().await?;
    // Takes the customer's row, so that two additions count one after the other.
    let mut owner = take(&tx, ctx, id).await?;
    let count = live(id).count(&tx).await?;
    if count >= MAX_ADDRESSES {
        return Err(ADDRESSES_FULL
            .error(format!("Your address book holds {MAX_ADDRESSES}. Remove one you don't use any more.")));
    }
    let new = new_id::<Address>();
    let row = row_of(ctx, new, id, kept);
    table::Entity::insert(table::ActiveModel::from(row.clone()).reset_all())
        .exec_without_returning(&tx)
        .await?;
    let default_for = if count == 0 { AddressUse::ALL.to_vec() } else { input.default_for.clone() };
    set_defaults(&tx, &mut owner, row.id, &default_for).await?;
    note(&tx, ctx, "address.added", new, &owner).await?;
    ctx.db().commit(tx).await?;
    Ok(view(row, &owner))
}

/// Changes an address of the book; orders keep what they were placed with. For whoever it is,
/// and for staff with `customers.write`.
///
/// 412 when the address is another than `version`; 422 with every wrong field.
pub async fn change_address(
    ctx: &Ctx,
    id: Id<Customer>,
    address: Id<Address>,
    version: i64,
    input: &ChangeAddress,
) -> Result<AddressView> {
    reach(ctx, ctx.db().read(), id, WRITE).await?;
    let kept = input.address.as_ref().map(check).transpose()?;
    let tx = ctx.db().begin().await?;
    let mut owner = take(&tx, ctx, id).await?;
    let before = live(id).filter(table::Column::Id.eq(address.uuid())).one(&tx).await?;
    let before = before.ok_or_else(unknown)?;
    if before.version != version {
        return Err(Error::stale(before.version));
    }
    let row = table::Model {
        version: version + 1,
        updated_at: ctx.now,
        created_at: before.created_at,
        ..match kept {
            Some(kept) => row_of(ctx, address, id, kept),
            None => before,
        }
    };
    table::Entity::update(table::ActiveModel::from(row.clone()).reset_all()).exec(&tx).await?;
    if let Some(default_for) = &input.default_for {
        set_defaults(&tx, &mut owner, row.id, default_for).await?;
    }
    note(&tx, ctx, "address.changed", address, &owner).await?;
    ctx.db().commit(tx).await?;
    Ok(view(row, &owner))
}

/// Takes an address out of the book; nothing happens where it is out already. It is nobody's
/// default any more. For whoever it is, and for staff with `customers.write`.
pub async fn remove_address(ctx: &Ctx, id: Id<Customer>, address: Id<Address>) -> Result<()> {
    reach(ctx, ctx.db().read(), id, WRITE).await?;
    let tx = ctx.db().begin().await?;
    let mut owner = take(&tx, ctx, id).await?;
    let gone = table::Entity::update_many()
        .col_expr(table::Column::DeletedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .filter(table::Column::Id.eq(address.uuid()))
        .filter(table::Column::CustomerId.eq(id.uuid()))
        .filter(table::Column::DeletedAt.is_null())
        .exec(&tx)
        .await?;
    if gone.rows_affected != 1 {
        let known = table::Entity::find_by_id(address.uuid()).one(&tx).await?;
        return match known {
            Some(row) if row.customer_id == id.uuid() => Ok(()),
            _ => Err(unknown()),
        };
    }
    for (default, column) in [
        (&mut owner.shipping_address_id, customer::Column::ShippingAddressId),
        (&mut owner.billing_address_id, customer::Column::BillingAddressId),
    ] {
        if *default == Some(address.uuid()) {
            *default = None;
            default_to(&tx, id.uuid(), column, None).await?;
        }
    }
    note(&tx, ctx, "address.removed", address, &owner).await?;
    Ok(ctx.db().commit(tx).await?)
}

/// Where a customer's parcels go unless told; none where no address is the default.
pub(super) async fn book(conn: &impl ConnectionTrait, owner: &customer::Model) -> Result<Vec<AddressView>> {
    let rows = live(Id::new(owner.id)).order_by_desc(table::Column::Id).all(conn).await?;
    let mut items: Vec<AddressView> = rows.into_iter().map(|row| view(row, owner)).collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.default_for.len()));
    Ok(items)
}

/// What staff see of an address before they reveal it: the country.
pub(super) fn mask(item: &mut AddressView) {
    let hidden = |text: &mut Option<String>| {
        if let Some(text) = text {
            *text = "…".to_owned();
        }
    };
    let address = &mut item.address;
    address.name = mask_name(&address.name);
    address.street = "…".to_owned();
    address.postcode = "…".to_owned();
    hidden(&mut address.extra);
    hidden(&mut address.company);
    hidden(&mut address.phone);
    item.lines = postal::lines(&PostalAddress { postcode: String::new(), ..address.clone() });
}

fn unknown() -> Error {
    Error::not_found("address")
}

fn live(id: Id<Customer>) -> Select<table::Entity> {
    table::Entity::find()
        .filter(table::Column::CustomerId.eq(id.uuid()))
        .filter(table::Column::DeletedAt.is_null())
}

/// The address as it is kept; 422 with everything that is wrong.
fn check(address: &PostalAddress) -> Result<PostalAddress> {
    let (kept, faults) = postal::check(address);
    let mut fields = Fields::default();
    for fault in faults {
        let code = match fault.kind {
            FaultKind::Incomplete => ADDRESS_INCOMPLETE,
            FaultKind::Postcode => ADDRESS_POSTCODE,
            FaultKind::Country => ADDRESS_COUNTRY,
        };
        fields.add(format!("address/{}", fault.field), code, fault.message);
    }
    fields.finish()?;
    Ok(kept)
}

fn row_of(ctx: &Ctx, id: Id<Address>, customer: Id<Customer>, address: PostalAddress) -> table::Model {
    let PostalAddress { name, street, extra, company, postcode, city, region, country, phone } = address;
    table::Model {
        id: id.uuid(),
        customer_id: customer.uuid(),
        name,
        street,
        extra,
        company,
        postcode,
        city,
        region,
        country,
        phone,
        created_at: ctx.now,
        updated_at: ctx.now,
        deleted_at: None,
        version: 1,
    }
}

/// Makes the address the default for these uses, and no longer for the others.
async fn set_defaults(
    tx: &Tx,
    owner: &mut customer::Model,
    address: Uuid,
    uses: &[AddressUse],
) -> Result<()> {
    for (of, default, column) in [
        (AddressUse::Shipping, &mut owner.shipping_address_id, customer::Column::ShippingAddressId),
        (AddressUse::Billing, &mut owner.billing_address_id, customer::Column::BillingAddressId),
    ] {
        let wanted = if uses.contains(&of) {
            Some(address)
        } else if *default == Some(address) {
            None
        } else {
            continue;
        };
        *default = wanted;
        default_to(tx, owner.id, column, wanted).await?;
    }
    Ok(())
}

async fn default_to(tx: &Tx, customer: Uuid, column: customer::Column, address: Option<Uuid>) -> Result<()> {
    customer::Entity::update_many()
        .col_expr(column, Expr::value(address))
        .filter(customer::Column::Id.eq(customer))
        .exec(tx)
        .await?;
    Ok(())
}

async fn note(
    tx: &Tx,
    ctx: &Ctx,
    action: &'static str,
    address: Id<Address>,
    owner: &customer::Model,
) -> Result<()> {
    let id = Id::<Customer>::new(owner.id);
    let facts = serde_json::json!({ "customer": id });
    audit::record(tx, ctx, audit::Entry::new(action, address).facts(facts)).await?;
    tell_change(tx, ctx, id, owner.version, &["addresses"]).await
}

fn view(row: table::Model, owner: &customer::Model) -> AddressView {
    let default_for =
        [(AddressUse::Shipping, owner.shipping_address_id), (AddressUse::Billing, owner.billing_address_id)];
    let address = PostalAddress {
        name: row.name,
        street: row.street,
        extra: row.extra,
        company: row.company,
        postcode: row.postcode,
        city: row.city,
        region: row.region,
        country: row.country,
        phone: row.phone,
    };
    AddressView {
        id: Id::new(row.id),
        lines: postal::lines(&address),
        address,
        default_for: default_for
            .into_iter()
            .filter(|(_, default)| *default == Some(row.id))
            .map(|(of, _)| of)
            .collect(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    }
}
