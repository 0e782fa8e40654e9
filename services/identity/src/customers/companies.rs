//! Companies that buy, and who belongs to them.

use std::{collections::HashMap, time::Duration};

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde_json::json;
use stoa_identity_entities::{company, company_member, customer};
use stoa_identity_types::{
    CompanyRole, CompanyView, CreateCompany, MemberView, MembershipView, SetMember, UpdateCompany,
};
use stoa_kernel::{Ctx, Error, Fields, Result, Tx, audit, new_id, ports::Rate};
use stoa_types::{Company, Customer, Id, Money};

use super::{
    COMPANY_INVALID, LAST_COMPANY_ADMIN, LIMIT_INVALID, MEMBER_UNKNOWN, READ, TAX_ID_INVALID, WRITE,
    access::{mask_name, mine, reach},
};
use crate::{email, postal, text};

/// Addresses one person asks to take in: the answer tells whether somebody has an account.
const ASKED: Rate = Rate { name: "customers.company_members", count: 30, per: Duration::from_secs(3600) };

/// What the person asking is to a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Member(Id<Customer>, CompanyRole),
    Staff,
}

impl Standing {
    fn may_change(self) -> bool {
        matches!(self, Self::Staff | Self::Member(_, CompanyRole::Admin))
    }
}

/// Makes a company. Whoever asks is its admin; staff with `customers.write` name one.
///
/// 422 with every wrong field; 404 for an admin there isn't.
pub async fn create_company(ctx: &Ctx, input: &CreateCompany) -> Result<CompanyView> {
    let mut fields = Fields::default();
    let name = text::line(&input.name, 120);
    fields.check(name.is_some(), "name", COMPANY_INVALID, "Enter the company's name, up to 120 characters.");
    let country = postal::country_code(&input.country);
    fields.check(
        country.is_some(),
        "country",
        COMPANY_INVALID,
        "Enter the country's two-letter code, like DE.",
    );
    let tax_id = tax_id(input.tax_id.as_deref(), &mut fields);
    let admin = match input.admin {
        Some(admin) => {
            reach(ctx, ctx.db().read(), admin, WRITE).await?;
            admin
        }
        None => mine(ctx).await?,
    };
    fields.finish()?;
    let (Some(name), Some(country)) = (name, country) else { return Err(Error::internal("checked above")) };
    let id = new_id::<Company>();
    let row = company::Model {
        id: id.uuid(),
        name,
        country,
        tax_id,
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 1,
    };
    let tx = ctx.db().begin().await?;
    company::Entity::insert(company::ActiveModel::from(row.clone()).reset_all())
        .exec_without_returning(&tx)
        .await?;
    put(&tx, ctx, id, admin, CompanyRole::Admin, None).await?;
    audit::record(&tx, ctx, audit::Entry::new("company.created", id).facts(json!({ "admin": admin })))
        .await?;
    let seen = view(&tx, row, None).await?;
    ctx.db().commit(tx).await?;
    Ok(seen)
}

/// A company, for its members and for the platform's staff with `customers.read`; 404 for
/// everybody else. Only its admins see the members' names whole.
pub async fn company(ctx: &Ctx, id: Id<Company>) -> Result<CompanyView> {
    let conn = ctx.db().read();
    let (row, standing) = stand(ctx, conn, id, READ).await?;
    view(conn, row, Some(standing)).await
}

/// Changes name and tax id. For its admins, and for staff with `customers.write`; other
/// members get 404. 412 when it is another than `version`.
pub async fn update_company(
    ctx: &Ctx,
    id: Id<Company>,
    version: i64,
    input: &UpdateCompany,
) -> Result<CompanyView> {
    let (row, standing) = stand(ctx, ctx.db().read(), id, WRITE).await?;
    may_change(standing)?;
    let mut fields = Fields::default();
    let name = input.name.as_deref().map(|name| text::line(name, 120));
    fields.check(
        name != Some(None),
        "name",
        COMPANY_INVALID,
        "Enter the company's name, up to 120 characters.",
    );
    let tax = input.tax_id.as_deref().map(|given| tax_id(Some(given), &mut fields));
    fields.finish()?;
    let tx = ctx.db().begin().await?;
    let mut change = touched(ctx);
    if let Some(Some(name)) = name {
        change = change.col_expr(company::Column::Name, name.into());
    }
    if let Some(tax) = tax {
        change = change.col_expr(company::Column::TaxId, Expr::value(tax));
    }
    let done = change
        .filter(company::Column::Id.eq(id.uuid()))
        .filter(company::Column::Version.eq(version))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(Error::stale(row.version));
    }
    audit::record(&tx, ctx, audit::Entry::new("company.updated", id)).await?;
    let row = company::Entity::find_by_id(id.uuid()).one(&tx).await?.ok_or_else(unknown)?;
    let seen = view(&tx, row, Some(standing)).await?;
    ctx.db().commit(tx).await?;
    Ok(seen)
}

/// Takes somebody with an account in, or changes their part. For its admins, and for staff with
/// `customers.write`.
///
/// 422 on `email` for whoever has no account, and on `spending_limit`; 409
/// `customers.last_company_admin` for the only admin, who would be none; 429 for many at once.
pub async fn set_member(ctx: &Ctx, id: Id<Company>, input: &SetMember) -> Result<CompanyView> {
    let (_, standing) = stand(ctx, ctx.db().read(), id, WRITE).await?;
    may_change(standing)?;
    ctx.limit_each(ASKED, &ctx.actor.to_string()).await?;
    let mut fields = Fields::default();
    let member = account(ctx.db().read(), &input.email).await?;
    fields.check(
        member.is_some(),
        "email",
        MEMBER_UNKNOWN,
        "Nobody has an account with this address. Ask them to make one first.",
    );
    let limit = input.spending_limit;
    fields.check(
        limit.is_none_or(|limit| limit.amount >= 0),
        "spending_limit",
        LIMIT_INVALID,
        "Enter 0 or more, or leave it out for no limit.",
    );
    fields.finish()?;
    let Some(member) = member else { return Err(Error::internal("checked above")) };
    let tx = ctx.db().begin().await?;
    let row = lock(&tx, ctx, id).await?;
    if input.role != CompanyRole::Admin {
        keep_one_admin(&tx, id, member).await?;
    }
    put(&tx, ctx, id, member, input.role, limit).await?;
    let facts = json!({ "customer": member, "role": input.role, "spending_limit": limit });
    audit::record(&tx, ctx, audit::Entry::new("company.member_set", id).facts(facts)).await?;
    let seen = view(&tx, row, Some(standing)).await?;
    ctx.db().commit(tx).await?;
    Ok(seen)
}

/// Takes a member out; nothing happens for whoever is none. For its admins, for staff with
/// `customers.write`, and for the member. 409 `customers.last_company_admin`.
pub async fn remove_member(ctx: &Ctx, id: Id<Company>, member: Id<Customer>) -> Result<()> {
    let (_, standing) = stand(ctx, ctx.db().read(), id, WRITE).await?;
    let leaves = matches!(standing, Standing::Member(own, _) if own == member);
    if !leaves {
        may_change(standing)?;
    }
    let tx = ctx.db().begin().await?;
    lock(&tx, ctx, id).await?;
    keep_one_admin(&tx, id, member).await?;
    let gone = company_member::Entity::delete_by_id((id.uuid(), member.uuid())).exec(&tx).await?;
    if gone.rows_affected == 1 {
        let facts = json!({ "customer": member });
        audit::record(&tx, ctx, audit::Entry::new("company.member_removed", id).facts(facts)).await?;
    }
    Ok(ctx.db().commit(tx).await?)
}

/// Whether a member may spend this much in one order, and by which role; none for whoever is no
/// member. For the checkout of a company.
pub async fn spending(
    conn: &impl ConnectionTrait,
    id: Id<Company>,
    member: Id<Customer>,
    amount: Money,
) -> Result<Option<(CompanyRole, bool)>> {
    let row = company_member::Entity::find_by_id((id.uuid(), member.uuid())).one(conn).await?;
    Ok(row.map(|row| {
        // A limit in another currency says nothing about this one, so it allows nothing.
        let within = limit(&row)
            .is_none_or(|limit| limit.currency == amount.currency && amount.amount <= limit.amount);
        (role(&row.role), within)
    }))
}

/// The companies a customer belongs to, by name.
pub(super) async fn memberships_of(
    conn: &impl ConnectionTrait,
    id: Id<Customer>,
) -> Result<Vec<MembershipView>> {
    let rows = company_member::Entity::find()
        .filter(company_member::Column::CustomerId.eq(id.uuid()))
        .all(conn)
        .await?;
    let names = company::Entity::find()
        .filter(company::Column::Id.is_in(rows.iter().map(|row| row.company_id)))
        .all(conn)
        .await?;
    let names: HashMap<_, _> = names.into_iter().map(|company| (company.id, company.name)).collect();
    let mut own: Vec<MembershipView> = rows
        .into_iter()
        .filter_map(|row| {
            Some(MembershipView {
                company: Id::new(row.company_id),
                name: names.get(&row.company_id)?.clone(),
                role: role(&row.role),
                spending_limit: limit(&row),
            })
        })
        .collect();
    own.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(own)
}

/// The companies of the person asking.
pub async fn my_companies(ctx: &Ctx) -> Result<Vec<MembershipView>> {
    let id = mine(ctx).await?;
    memberships_of(ctx.db().read(), id).await
}

fn unknown() -> Error {
    Error::not_found("company")
}

fn may_change(standing: Standing) -> Result<()> {
    if standing.may_change() { Ok(()) } else { Err(unknown()) }
}

async fn stand(
    ctx: &Ctx,
    conn: &impl ConnectionTrait,
    id: Id<Company>,
    permission: stoa_kernel::Permission,
) -> Result<(company::Model, Standing)> {
    let staff = ctx.may(permission) && ctx.seller.is_none();
    let person = match ctx.user() {
        Ok(person) => Some(person),
        Err(_) if staff => None,
        Err(refused) => return Err(refused),
    };
    let row = company::Entity::find_by_id(id.uuid()).one(conn).await?.ok_or_else(unknown)?;
    if let Some(person) = person
        && let Some(own) = super::access::of_user(conn, person).await?
        && let Some(member) = company_member::Entity::find_by_id((id.uuid(), own.uuid())).one(conn).await?
    {
        return Ok((row, Standing::Member(own, role(&member.role))));
    }
    if staff { Ok((row, Standing::Staff)) } else { Err(unknown()) }
}

fn touched(ctx: &Ctx) -> sea_orm::UpdateMany<company::Entity> {
    company::Entity::update_many()
        .col_expr(company::Column::UpdatedAt, ctx.now.into())
        .col_expr(company::Column::Version, Expr::col(company::Column::Version).add(1))
}

/// Takes the company's row for the caller's transaction: whoever changes its members waits.
async fn lock(tx: &Tx, ctx: &Ctx, id: Id<Company>) -> Result<company::Model> {
    touched(ctx).filter(company::Column::Id.eq(id.uuid())).exec(tx).await?;
    company::Entity::find_by_id(id.uuid()).one(tx).await?.ok_or_else(unknown)
}

/// 409 when nobody but `member` is an admin. The company's row is taken before, so that two
/// admins who remove each other at once do not both succeed.
async fn keep_one_admin(tx: &Tx, id: Id<Company>, member: Id<Customer>) -> Result<()> {
    use company_member::Column as C;
    let admins = company_member::Entity::find()
        .filter(C::CompanyId.eq(id.uuid()))
        .filter(C::Role.eq(CompanyRole::Admin.as_str()));
    let own = admins.clone().filter(C::CustomerId.eq(member.uuid())).count(tx).await?;
    let all = admins.count(tx).await?;
    if own == 1 && all == 1 {
        return Err(
            LAST_COMPANY_ADMIN.error("This is the company's last admin. Make another member admin first.")
        );
    }
    Ok(())
}

async fn put(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Company>,
    member: Id<Customer>,
    role: CompanyRole,
    limit: Option<Money>,
) -> Result<()> {
    use company_member::Column as C;
    let row = company_member::ActiveModel {
        company_id: Set(id.uuid()),
        customer_id: Set(member.uuid()),
        role: Set(role.as_str().to_owned()),
        limit_amount: Set(limit.map(|limit| limit.amount)),
        limit_currency: Set(limit.map(|limit| limit.currency.to_string())),
        created_at: Set(ctx.now),
    };
    company_member::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([C::CompanyId, C::CustomerId])
                .update_columns([C::Role, C::LimitAmount, C::LimitCurrency])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

async fn account(conn: &impl ConnectionTrait, address: &str) -> Result<Option<Id<Customer>>> {
    let Some(address) = email::normalise(address) else { return Ok(None) };
    let found = customer::Entity::find()
        .filter(customer::Column::EmailNormalised.eq(address.normalised))
        .filter(customer::Column::Kind.eq("registered"))
        .select_only()
        .column(customer::Column::Id)
        .into_tuple::<stoa_types::Uuid>()
        .one(conn)
        .await?;
    Ok(found.map(Id::new))
}

/// A tax id as it is kept: upper case, letters and digits; none where it is empty.
fn tax_id(given: Option<&str>, fields: &mut Fields) -> Option<String> {
    let kept: String = given
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '.' | '/'))
        .flat_map(char::to_uppercase)
        .collect();
    if kept.is_empty() {
        return None;
    }
    let fits = (4..=20).contains(&kept.len()) && kept.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fields.check(fits, "tax_id", TAX_ID_INVALID, "Enter 4 to 20 letters and digits, like EL123456789");
    fits.then_some(kept)
}

fn role(word: &str) -> CompanyRole {
    // A role of a newer release may do the least.
    word.parse().unwrap_or(CompanyRole::Approver)
}

fn limit(row: &company_member::Model) -> Option<Money> {
    Some(Money::new(row.limit_amount?, row.limit_currency.as_deref()?.parse().ok()?))
}

/// The company as `standing` sees it; whole for whoever has just made it.
async fn view(
    conn: &impl ConnectionTrait,
    row: company::Model,
    standing: Option<Standing>,
) -> Result<CompanyView> {
    let rows =
        company_member::Entity::find().filter(company_member::Column::CompanyId.eq(row.id)).all(conn).await?;
    let names: HashMap<_, _> = customer::Entity::find()
        .filter(customer::Column::Id.is_in(rows.iter().map(|row| row.customer_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|customer| (customer.id, customer.name))
        .collect();
    let whole = |of: Id<Customer>| match standing {
        None | Some(Standing::Member(_, CompanyRole::Admin)) => true,
        Some(Standing::Member(own, _)) => own == of,
        Some(Standing::Staff) => false,
    };
    let mut members: Vec<MemberView> = rows
        .into_iter()
        .map(|row| {
            let (customer, name) =
                (Id::new(row.customer_id), names.get(&row.customer_id).cloned().unwrap_or_default());
            MemberView {
                customer,
                name: if whole(customer) { name } else { mask_name(&name) },
                role: role(&row.role),
                spending_limit: limit(&row),
            }
        })
        .collect();
    members.sort_by(|a, b| {
        (a.role != CompanyRole::Admin, &a.name).cmp(&(b.role != CompanyRole::Admin, &b.name))
    });
    Ok(CompanyView {
        id: Id::new(row.id),
        name: row.name,
        country: row.country,
        tax_id: row.tax_id,
        members,
        version: row.version,
    })
}
