//! The identity area's answer to somebody who asks for their data or for its erasure, and the
//! register of all areas' answers.

use std::sync::Arc;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::{Value, json};
use stoa_identity_entities::{
    address, api_key, app, company, company_member, consent_record, contact_method, contact_preference,
    customer, customer_note, customer_tag, data_request, invitation, known_device, oauth_client, oauth_code,
    oauth_consent, oauth_grant, oauth_refresh, one_time_link, passkey, recovery_code, remembered_device,
    role, role_request, second_factor, segment_member, session, social_account, support_access, user,
    user_role,
};
use stoa_kernel::{BoxFuture, Ctx, Error, Result, Tx, personal::PersonalData};
use stoa_types::{
    Address, ConsentRecord, Customer, CustomerNote, DataRequest, Id, SupportAccess, User, Uuid,
};

use super::{companies, merge};

/// What every area does when somebody asks for their data: wired by `server`, lower areas first,
/// each with the name its part has in an export.
#[derive(Clone)]
pub struct PersonalRegister(pub Arc<[(&'static str, Arc<dyn PersonalData>)]>);

/// What identity knows about a customer: the record, the account, and what belongs to them.
pub struct IdentityData;

impl PersonalData for IdentityData {
    fn export<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Value>> {
        Box::pin(export(ctx, customer))
    }

    fn blockers<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(blockers(ctx, customer))
    }

    fn holdings<'a>(
        &'a self,
        ctx: &'a Ctx,
        customer: Id<Customer>,
    ) -> BoxFuture<'a, Result<Vec<(&'static str, i64)>>> {
        Box::pin(holdings(ctx, customer))
    }

    fn marks<'a>(&'a self, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(marks(ctx, customer))
    }

    /// The record stays, since orders refer to it; what it said about a person goes. The
    /// address becomes one that cannot be typed, so that a later guest gets a new record.
    fn erase<'a>(&'a self, tx: &'a Tx, ctx: &'a Ctx, customer: Id<Customer>) -> BoxFuture<'a, Result<()>> {
        Box::pin(erase(tx, ctx, customer))
    }

    /// What belongs to the record moves to the survivor; the record merged away is blanked.
    fn merge<'a>(
        &'a self,
        tx: &'a Tx,
        ctx: &'a Ctx,
        from: Id<Customer>,
        into: Id<Customer>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if from == into {
                return Ok(());
            }
            merge::move_belongings(tx, from, into).await?;
            erase(tx, ctx, from).await?;
            customer::Entity::update_many()
                .col_expr(customer::Column::MergedInto, Expr::value(Some(into.uuid())))
                .filter(customer::Column::Id.eq(from.uuid()))
                .exec(tx)
                .await?;
            Ok(())
        })
    }
}

async fn found(conn: &impl ConnectionTrait, id: Id<Customer>) -> Result<customer::Model> {
    let row = customer::Entity::find_by_id(id.uuid()).one(conn).await?;
    row.ok_or_else(|| Error::not_found("customer"))
}

async fn export(ctx: &Ctx, id: Id<Customer>) -> Result<Value> {
    let conn = ctx.db().read();
    let row = found(conn, id).await?;
    macro_rules! of_customer {
        ($table:ident) => {
            $table::Entity::find().filter($table::Column::CustomerId.eq(id.uuid())).all(conn).await?
        };
    }
    let addresses: Vec<Value> = of_customer!(address)
        .into_iter()
        .map(|row| {
            json!({
                "id": Id::<Address>::new(row.id), "name": row.name, "street": row.street, "extra": row.extra,
                "company": row.company, "postcode": row.postcode, "city": row.city, "region": row.region,
                "country": row.country, "phone": row.phone, "created_at": row.created_at,
                "removed_at": row.deleted_at,
            })
        })
        .collect();
    let phones: Vec<Value> = of_customer!(contact_method)
        .into_iter()
        .map(|row| json!({ "purpose": row.purpose, "phone": row.phone, "verified_at": row.verified_at }))
        .collect();
    let consents: Vec<Value> = of_customer!(consent_record)
        .into_iter()
        .map(|row| {
            json!({
                "id": Id::<ConsentRecord>::new(row.id), "purpose": row.purpose, "channel": row.channel,
                "given": row.given, "frequency": row.frequency, "text_version": row.text_version,
                "source": row.source, "network_hash": row.ip_hash, "at": row.at,
            })
        })
        .collect();
    let notes: Vec<Value> = of_customer!(customer_note)
        .into_iter()
        .map(|row| json!({ "id": Id::<CustomerNote>::new(row.id), "text": row.text, "at": row.created_at }))
        .collect();
    let tags: Vec<String> = of_customer!(customer_tag).into_iter().map(|row| row.tag).collect();
    let requests: Vec<Value> = of_customer!(data_request)
        .into_iter()
        .map(|row| {
            json!({
                "id": Id::<DataRequest>::new(row.id), "kind": row.kind, "state": row.state,
                "asked_at": row.asked_at, "closed_at": row.closed_at,
            })
        })
        .collect();
    let companies = companies::memberships_of(conn, id).await?;
    let segments = super::segments::of_customer(conn, id).await?;
    let segments: Vec<String> = segments.into_iter().map(|segment| segment.name).collect();
    let account = match row.user_id {
        Some(user) => Some(account(conn, user).await?),
        None => None,
    };
    Ok(json!({
        "customer": {
            "id": id,
            "kind": row.kind,
            "email": row.email,
            "name": row.name,
            "locale": row.locale,
            "created_at": row.created_at,
        },
        "account": account,
        "addresses": addresses,
        "contact_methods": phones,
        "consents": consents,
        "tags": tags,
        "notes": notes,
        "segments": segments,
        "companies": companies,
        "data_requests": requests,
    }))
}

/// What the sign-in knows about somebody; never what opens it.
async fn account(conn: &impl ConnectionTrait, id: Uuid) -> Result<Value> {
    let person = user::Entity::find_by_id(id).one(conn).await?.ok_or_else(|| Error::not_found("user"))?;
    macro_rules! of_user {
        ($table:ident) => {
            $table::Entity::find().filter($table::Column::UserId.eq(id)).all(conn).await?
        };
    }
    let sessions: Vec<Value> = of_user!(session)
        .into_iter()
        .map(|row| {
            json!({
                "browser": row.user_agent, "address": row.address, "began_at": row.created_at,
                "last_seen_at": row.last_seen_at,
            })
        })
        .collect();
    let devices: Vec<Value> = of_user!(remembered_device)
        .into_iter()
        .map(|row| {
            json!({ "browser": row.user_agent, "address": row.address, "last_used_at": row.last_used_at })
        })
        .collect();
    let known: Vec<Value> = of_user!(known_device)
        .into_iter()
        .map(|row| json!({ "first_seen_at": row.first_seen_at, "last_seen_at": row.last_seen_at }))
        .collect();
    let passkeys: Vec<Value> = of_user!(passkey)
        .into_iter()
        .map(
            |row| json!({ "name": row.name, "created_at": row.created_at, "last_used_at": row.last_used_at }),
        )
        .collect();
    let social: Vec<Value> = of_user!(social_account)
        .into_iter()
        .map(|row| {
            json!({ "provider": row.provider, "subject": row.subject, "email": row.email, "linked_at": row.created_at })
        })
        .collect();
    let apps: Vec<Value> = of_user!(oauth_consent)
        .into_iter()
        .map(|row| json!({ "client": row.client_id, "scopes": row.scopes, "since": row.created_at }))
        .collect();
    let support: Vec<Value> = of_user!(support_access)
        .into_iter()
        .map(|row| {
            json!({
                "id": Id::<SupportAccess>::new(row.id), "reason": row.reason, "state": row.state,
                "asked_at": row.created_at,
            })
        })
        .collect();
    let roles: Vec<String> = user_role::Entity::find()
        .inner_join(role::Entity)
        .filter(user_role::Column::UserId.eq(id))
        .select_only()
        .column(role::Column::Name)
        .into_tuple()
        .all(conn)
        .await?;
    let second_step = second_factor::Entity::find_by_id(id).count(conn).await? > 0;
    Ok(json!({
        "id": Id::<User>::new(id),
        "email": person.email,
        "email_verified_at": person.email_verified_at,
        "name": person.name,
        "status": person.status,
        "password_changed_at": person.password_changed_at,
        "created_at": person.created_at,
        "second_step": second_step,
        "roles": roles,
        "sessions": sessions,
        "remembered_devices": devices,
        "known_devices": known,
        "passkeys": passkeys,
        "social_accounts": social,
        "connected_apps": apps,
        "support_access": support,
    }))
}

/// Open orders and the like speak for themselves, in their areas.
async fn blockers(ctx: &Ctx, id: Id<Customer>) -> Result<Vec<String>> {
    let conn = ctx.db().read();
    let row = found(conn, id).await?;
    let mut all = Vec::new();
    for company in sole_admin_of(conn, id).await? {
        all.push(format!("You are the only admin of {company}. Make somebody else an admin first."));
    }
    if let Some(user) = row.user_id {
        let works = user_role::Entity::find()
            .inner_join(role::Entity)
            .filter(user_role::Column::UserId.eq(user))
            .filter(role::Column::Name.ne("shopper"))
            .count(conn)
            .await?;
        if works > 0 {
            all.push(
                "You belong to a shop's team or to ours. Have yourself taken out of it first.".to_owned(),
            );
        }
    }
    Ok(all)
}

/// Names of the companies with other members that nobody else could look after.
async fn sole_admin_of(conn: &impl ConnectionTrait, id: Id<Customer>) -> Result<Vec<String>> {
    use company_member::Column as C;
    let own = company_member::Entity::find()
        .filter(C::CustomerId.eq(id.uuid()))
        .filter(C::Role.eq("admin"))
        .all(conn)
        .await?;
    let mut names = Vec::new();
    for part in own {
        let others = company_member::Entity::find()
            .filter(C::CompanyId.eq(part.company_id))
            .filter(C::CustomerId.ne(id.uuid()))
            .all(conn)
            .await?;
        if !others.is_empty() && others.iter().all(|other| other.role != "admin") {
            let found = company::Entity::find_by_id(part.company_id).one(conn).await?;
            names.extend(found.map(|company| company.name));
        }
    }
    Ok(names)
}

async fn holdings(ctx: &Ctx, id: Id<Customer>) -> Result<Vec<(&'static str, i64)>> {
    let conn = ctx.db().read();
    macro_rules! count {
        ($table:ident) => {
            $table::Entity::find().filter($table::Column::CustomerId.eq(id.uuid())).count(conn).await?
        };
    }
    let live = address::Entity::find()
        .filter(address::Column::CustomerId.eq(id.uuid()))
        .filter(address::Column::DeletedAt.is_null())
        .count(conn)
        .await?;
    let all = [
        ("addresses", live),
        ("contact_methods", count!(contact_method)),
        ("consents", count!(consent_record)),
        ("tags", count!(customer_tag)),
        ("notes", count!(customer_note)),
        ("segments", count!(segment_member)),
        ("companies", count!(company_member)),
    ];
    Ok(all.into_iter().map(|(what, count)| (what, i64::try_from(count).unwrap_or(i64::MAX))).collect())
}

async fn marks(ctx: &Ctx, id: Id<Customer>) -> Result<Vec<String>> {
    let conn = ctx.db().read();
    let row = found(conn, id).await?;
    let mut all = vec![id.to_string(), row.email, row.email_normalised];
    all.extend(row.user_id.map(|user| Id::<User>::new(user).to_string()));
    let addresses =
        address::Entity::find().filter(address::Column::CustomerId.eq(id.uuid())).all(conn).await?;
    all.extend(addresses.into_iter().map(|row| Id::<Address>::new(row.id).to_string()));
    let phones = contact_method::Entity::find()
        .filter(contact_method::Column::CustomerId.eq(id.uuid()))
        .all(conn)
        .await?;
    all.extend(phones.into_iter().map(|row| row.phone));
    let notes = customer_note::Entity::find()
        .filter(customer_note::Column::CustomerId.eq(id.uuid()))
        .all(conn)
        .await?;
    all.extend(notes.into_iter().map(|row| Id::<CustomerNote>::new(row.id).to_string()));
    Ok(all)
}

async fn erase(tx: &Tx, ctx: &Ctx, customer: Id<Customer>) -> Result<()> {
    let pseudonym = format!("erased:{customer}");
    let Some(row) = customer::Entity::find_by_id(customer.uuid()).one(tx).await? else { return Ok(()) };
    one_time_link::Entity::delete_many()
        .filter(one_time_link::Column::EmailNormalised.eq(&row.email_normalised))
        .exec(tx)
        .await?;
    // What was agreed to stays, as proof, under the pseudonym.
    let id = customer.uuid();
    macro_rules! delete {
        ($($table:ident),*) => {
            $($table::Entity::delete_many().filter($table::Column::CustomerId.eq(id)).exec(tx).await?;)*
        };
    }
    delete!(contact_method, contact_preference, customer_tag, customer_note, segment_member);
    leave_companies(tx, id).await?;
    let nothing = || Expr::value(Option::<Uuid>::None);
    customer::Entity::update_many()
        .col_expr(customer::Column::ShippingAddressId, nothing())
        .col_expr(customer::Column::BillingAddressId, nothing())
        .col_expr(customer::Column::Email, pseudonym.clone().into())
        .col_expr(customer::Column::EmailNormalised, pseudonym.clone().into())
        .col_expr(customer::Column::Name, "".into())
        .col_expr(customer::Column::UserId, nothing())
        .col_expr(customer::Column::Locale, Expr::value(Option::<String>::None))
        .col_expr(customer::Column::ErasedAt, Expr::value(Some(ctx.now)))
        .col_expr(customer::Column::UpdatedAt, ctx.now.into())
        .col_expr(customer::Column::Version, Expr::col(customer::Column::Version).add(1))
        .filter(customer::Column::Id.eq(id))
        .filter(customer::Column::EmailNormalised.ne(pseudonym))
        .exec(tx)
        .await?;
    delete!(address);
    match row.user_id {
        Some(user) => erase_account(tx, ctx, user).await,
        None => Ok(()),
    }
}

/// A company nobody else belongs to says who its one member was.
async fn leave_companies(tx: &Tx, id: Uuid) -> Result<()> {
    use company_member::Column as C;
    let own: Vec<Uuid> = company_member::Entity::find()
        .filter(C::CustomerId.eq(id))
        .select_only()
        .column(C::CompanyId)
        .into_tuple()
        .all(tx)
        .await?;
    company_member::Entity::delete_many().filter(C::CustomerId.eq(id)).exec(tx).await?;
    let others = Query::select().column(C::CompanyId).from(company_member::Entity).to_owned();
    company::Entity::delete_many()
        .filter(company::Column::Id.is_in(own))
        .filter(company::Column::Id.not_in_subquery(others))
        .exec(tx)
        .await?;
    Ok(())
}

/// The sign-in: nobody comes in by it any more, and it says nothing about anybody. The row
/// stays, since what was done under it refers to it.
async fn erase_account(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<()> {
    let Some(person) = user::Entity::find_by_id(id).one(tx).await? else { return Ok(()) };
    let pseudonym = format!("erased:{}", Id::<User>::new(id));
    let grants = Query::select()
        .column(oauth_grant::Column::Id)
        .from(oauth_grant::Entity)
        .and_where(oauth_grant::Column::UserId.eq(id))
        .to_owned();
    oauth_refresh::Entity::delete_many()
        .filter(oauth_refresh::Column::GrantId.in_subquery(grants))
        .exec(tx)
        .await?;
    macro_rules! delete {
        ($($table:ident),*) => {
            $($table::Entity::delete_many().filter($table::Column::UserId.eq(id)).exec(tx).await?;)*
        };
    }
    delete!(
        session,
        second_factor,
        recovery_code,
        passkey,
        remembered_device,
        known_device,
        social_account,
        oauth_code,
        oauth_grant,
        oauth_consent,
        one_time_link,
        role_request,
        support_access,
        user_role
    );
    one_time_link::Entity::delete_many()
        .filter(one_time_link::Column::EmailNormalised.eq(&person.email_normalised))
        .exec(tx)
        .await?;
    invitation::Entity::delete_many()
        .filter(
            invitation::Column::EmailNormalised
                .eq(&person.email_normalised)
                .or(invitation::Column::UserId.eq(id)),
        )
        .exec(tx)
        .await?;
    close_apps(tx, ctx, id).await?;
    user::Entity::update_many()
        .col_expr(user::Column::Email, pseudonym.clone().into())
        .col_expr(user::Column::EmailNormalised, pseudonym.into())
        .col_expr(
            user::Column::EmailVerifiedAt,
            Expr::value(Option::<stoa_types::DateTime<stoa_types::Utc>>::None),
        )
        .col_expr(user::Column::Name, "".into())
        .col_expr(user::Column::PasswordHash, Expr::value(Option::<String>::None))
        .col_expr(user::Column::Status, "suspended".into())
        .col_expr(user::Column::UpdatedAt, ctx.now.into())
        .col_expr(user::Column::Version, Expr::col(user::Column::Version).add(1))
        .filter(user::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Programs of somebody who is gone work for nobody.
async fn close_apps(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<()> {
    let now = || Expr::value(Some(ctx.now));
    api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, now())
        .filter(api_key::Column::UserId.eq(id))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedFrom, Expr::value(Option::<String>::None))
        .filter(api_key::Column::UserId.eq(id))
        .exec(tx)
        .await?;
    let own = Query::select()
        .column(app::Column::Id)
        .from(app::Entity)
        .and_where(app::Column::UserId.eq(id))
        .to_owned();
    oauth_client::Entity::update_many()
        .col_expr(oauth_client::Column::RevokedAt, now())
        .filter(oauth_client::Column::AppId.in_subquery(own))
        .filter(oauth_client::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    app::Entity::update_many()
        .col_expr(app::Column::DeletedAt, now())
        .filter(app::Column::UserId.eq(id))
        .filter(app::Column::DeletedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
