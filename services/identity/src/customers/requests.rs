//! What people ask about their data: the requests themselves, the links in their mails, and the
//! queue staff watch.
//!
//! There is one request of a kind under way for a customer. The law gives a month for each from
//! the moment it was asked (GDPR, Article 12(3)).

use chrono::{Months, TimeDelta};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::{customer, data_request as table, user};
use stoa_identity_types::{
    DataRequestQuery, DataRequestRow, DataRequestView, DataRequests, RequestKind, RequestState,
};
use stoa_kernel::{
    Cron, Ctx, Error, JobHandler, Result, Tx, db, new_id,
    page::{self, Cursor},
    ports::Rate,
    sign,
};
use stoa_types::{Customer, DataRequest, Id, Page, PageQuery, User, Uuid};

use super::{
    READ, REQUEST_LINK,
    access::{kind as customer_kind, mask_email, mask_name, reach},
    erasure, exports,
    staff::staff,
};

/// Purpose of the signature in links about a request.
const LINK: &str = "customers.data_request";
/// Requests in a list of one customer.
const HISTORY: u64 = 50;
/// Requests of one customer, each of which sends mail.
pub(super) const ASKED: Rate =
    Rate { name: "customers.data_request", count: 10, per: std::time::Duration::from_secs(24 * 3600) };
/// Wrong links from one network.
const WRONG_LINKS: Rate =
    Rate { name: "customers.data_request_link", count: 30, per: std::time::Duration::from_secs(60) };

/// Opens a request in the caller's transaction; `None` where one of this kind is under way.
pub(super) async fn open(
    tx: &Tx,
    ctx: &Ctx,
    owner: &customer::Model,
    kind: RequestKind,
    state: RequestState,
    expires_in: Option<TimeDelta>,
) -> Result<Option<table::Model>> {
    let due = ctx.now.checked_add_months(Months::new(1)).unwrap_or(ctx.now + TimeDelta::days(30));
    let row = table::Model {
        id: new_id::<DataRequest>().uuid(),
        kind: kind.as_str().to_owned(),
        state: state.as_str().to_owned(),
        customer_id: owner.id,
        open_key: Some(open_key(kind, owner.id)),
        asked_by: ctx.actor.to_string(),
        locale: owner.locale.clone().unwrap_or_else(|| ctx.locale.clone()),
        asked_at: ctx.now,
        due_at: due,
        effective_at: None,
        blockers: serde_json::json!([]),
        object: None,
        bytes: None,
        expires_at: expires_in.map(|within| ctx.now + within),
        closed_at: None,
        version: 1,
    };
    let done = table::Entity::insert(table::ActiveModel::from(row.clone()).reset_all())
        .on_conflict_do_nothing_on([table::Column::OpenKey])
        .exec_without_returning(tx)
        .await?;
    Ok(db::inserted(&done).then_some(row))
}

fn open_key(kind: RequestKind, customer: Uuid) -> String {
    format!("{kind}:{}", Id::<Customer>::new(customer))
}

/// The request of this kind that is under way.
pub(super) async fn underway(
    conn: &impl ConnectionTrait,
    kind: RequestKind,
    customer: Uuid,
) -> Result<Option<table::Model>> {
    let found = table::Entity::find().filter(table::Column::OpenKey.eq(open_key(kind, customer)));
    Ok(found.one(conn).await?)
}

/// The beginning of every step of a request: only from one of the states `from`. Whoever comes
/// second finds it in another.
pub(super) fn step(id: Uuid, from: &[RequestState], to: RequestState) -> sea_orm::UpdateMany<table::Entity> {
    table::Entity::update_many()
        .col_expr(table::Column::State, to.as_str().into())
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .filter(table::Column::Id.eq(id))
        .filter(table::Column::State.is_in(from.iter().map(|state| state.as_str())))
}

/// [`step`] to a state nothing follows on.
pub(super) fn close(
    ctx: &Ctx,
    id: Uuid,
    from: &[RequestState],
    to: RequestState,
) -> sea_orm::UpdateMany<table::Entity> {
    step(id, from, to)
        .col_expr(table::Column::OpenKey, Expr::value(Option::<String>::None))
        .col_expr(table::Column::ClosedAt, Expr::value(Some(ctx.now)))
}

pub(super) async fn reload(conn: &impl ConnectionTrait, id: Uuid) -> Result<table::Model> {
    table::Entity::find_by_id(id).one(conn).await?.ok_or_else(|| Error::not_found("request"))
}

/// A request of this customer.
pub(super) async fn of(
    conn: &impl ConnectionTrait,
    customer: Id<Customer>,
    id: Id<DataRequest>,
) -> Result<table::Model> {
    let row = reload(conn, id.uuid()).await?;
    if row.customer_id == customer.uuid() { Ok(row) } else { Err(Error::not_found("request")) }
}

pub(super) fn state(row: &table::Model) -> RequestState {
    // A state of a newer release is looked after by that release.
    row.state.parse().unwrap_or(RequestState::Failed)
}

pub(super) fn view(row: &table::Model) -> DataRequestView {
    DataRequestView {
        id: Id::new(row.id),
        customer: Id::new(row.customer_id),
        kind: row.kind.parse().unwrap_or(RequestKind::Export),
        state: state(row),
        asked_at: row.asked_at,
        due_at: row.due_at,
        effective_at: row.effective_at,
        blockers: serde_json::from_value(row.blockers.clone()).unwrap_or_default(),
        expires_at: row.expires_at,
        bytes: row.bytes,
        closed_at: row.closed_at,
    }
}

/// A customer's requests of one kind, the newest first; of erasures also what would keep one
/// now. For whoever it is, and for staff with `customers.read`.
pub async fn requests(ctx: &Ctx, id: Id<Customer>, kind: RequestKind) -> Result<DataRequests> {
    let conn = ctx.db().read();
    reach(ctx, conn, id, READ).await?;
    let rows = table::Entity::find()
        .filter(table::Column::CustomerId.eq(id.uuid()))
        .filter(table::Column::Kind.eq(kind.as_str()))
        .order_by_desc(table::Column::Id)
        .limit(HISTORY)
        .all(conn)
        .await?;
    let blockers = match kind {
        RequestKind::Export => Vec::new(),
        RequestKind::Erasure => erasure::blockers(ctx, id).await?,
    };
    Ok(DataRequests { items: rows.iter().map(view).collect(), blockers })
}

/// The queue: every customer's requests, people masked. Needs `customers.read` of the platform.
pub async fn data_requests(ctx: &Ctx, query: &DataRequestQuery) -> Result<Page<DataRequestRow>> {
    staff(ctx, READ)?;
    let conn = ctx.db().read();
    let paging = PageQuery { after: query.after.clone(), limit: query.limit };
    let (limit, cursor) = (page::limit(&paging)?, Cursor::<Uuid>::read(&paging)?);
    use table::Column as C;
    let urgent = query.open == Some(true);
    let select = table::Entity::find()
        .apply_if(query.kind, |select, kind| select.filter(C::Kind.eq(kind.as_str())))
        .apply_if(query.open, |select, open| match open {
            true => select.filter(C::ClosedAt.is_null()),
            false => select.filter(C::ClosedAt.is_not_null()),
        });
    // Ids grow with time, and so do the limits: the oldest is the most urgent.
    let select = match (&cursor, urgent) {
        (Cursor::Start, true) => select.order_by_asc(C::Id),
        (Cursor::Start, false) => select.order_by_desc(C::Id),
        (Cursor::After(last), true) => select.filter(C::Id.gt(*last)).order_by_asc(C::Id),
        (Cursor::After(last), false) => select.filter(C::Id.lt(*last)).order_by_desc(C::Id),
        (Cursor::Before(first), true) => select.filter(C::Id.lt(*first)).order_by_desc(C::Id),
        (Cursor::Before(first), false) => select.filter(C::Id.gt(*first)).order_by_asc(C::Id),
    };
    let rows = select.limit(limit + 1).all(conn).await?;
    let page = page::build(rows, limit, &cursor, |row| row.id);
    let owners = customer::Entity::find()
        .filter(customer::Column::Id.is_in(page.items.iter().map(|row| row.customer_id)))
        .all(conn)
        .await?;
    Ok(page.map(|row| {
        let owner = owners.iter().find(|owner| owner.id == row.customer_id);
        DataRequestRow {
            request: view(&row),
            name: owner.map(|owner| mask_name(&owner.name)).unwrap_or_default(),
            email: owner.map(shown_email).unwrap_or_default(),
            customer_kind: customer_kind(owner.map_or("", |owner| &owner.kind)),
            overdue: row.due_at < row.closed_at.unwrap_or(ctx.now),
        }
    }))
}

/// Nothing for a record that says nothing about a person any more.
fn shown_email(owner: &customer::Model) -> String {
    if owner.erased_at.is_some() { String::new() } else { mask_email(&owner.email) }
}

/// The link in a mail about a request. It says which, and is good for what the request's state
/// allows: it holds no secret that would have to be kept.
pub(super) fn token(ctx: &Ctx, id: Id<DataRequest>) -> String {
    sign::sign(&ctx.app, LINK, &id.to_string())
}

/// The request a link is about; 404 `customers.request_link_invalid`.
pub(super) async fn by_token(ctx: &Ctx, token: &str) -> Result<table::Model> {
    let id = sign::verify(&ctx.app, LINK, token).and_then(|id| id.parse::<Id<DataRequest>>().ok());
    let found = match id {
        Some(id) => table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await?,
        None => None,
    };
    match found {
        Some(row) => Ok(row),
        None => {
            ctx.limit(WRONG_LINKS).await?;
            Err(link_invalid())
        }
    }
}

pub(super) fn link_invalid() -> Error {
    REQUEST_LINK.error("This link is over or damaged. Open it from the newest message, or ask again.")
}

/// What a link is about, for its page, and whether its owner has an account to fetch a copy in;
/// nothing happens by looking, since mail programs open links by themselves.
pub async fn look_at_request(ctx: &Ctx, token: &str) -> Result<(DataRequestView, bool)> {
    let row = by_token(ctx, token).await?;
    let owner = customer::Entity::find_by_id(row.customer_id).one(ctx.db().read()).await?;
    Ok((view(&row), owner.is_some_and(|owner| owner.user_id.is_some())))
}

/// Every record of the person whose record this is: itself, the guest with an address they have
/// proved, and what was merged into it.
pub(super) async fn records(conn: &impl ConnectionTrait, id: Id<Customer>) -> Result<Vec<Id<Customer>>> {
    let row = customer::Entity::find_by_id(id.uuid()).one(conn).await?;
    let row = row.ok_or_else(|| Error::not_found("customer"))?;
    let mut all = vec![row.id];
    if proved_of(conn, &row).await?.is_some_and(|_| row.user_id.is_some()) {
        let guest = customer::Entity::find()
            .filter(customer::Column::EmailNormalised.eq(&row.email_normalised))
            .filter(customer::Column::Kind.eq("guest"))
            .one(conn)
            .await?;
        all.extend(guest.map(|guest| guest.id));
    }
    let merged = customer::Entity::find()
        .filter(customer::Column::MergedInto.is_in(all.clone()))
        .select_only()
        .column(customer::Column::Id)
        .into_tuple::<Uuid>()
        .all(conn)
        .await?;
    all.extend(merged);
    Ok(all.into_iter().map(Id::new).collect())
}

/// The address a record speaks for, as it was typed and as it is recognised: a guest's own, an
/// account's once it is proved.
async fn proved_of(conn: &impl ConnectionTrait, row: &customer::Model) -> Result<Option<(String, String)>> {
    if row.erased_at.is_some() {
        return Ok(None);
    }
    let own = || Some((row.email.clone(), row.email_normalised.clone()));
    let Some(person) = row.user_id else { return Ok(own()) };
    let person = user::Entity::find_by_id(person).one(conn).await?;
    let proved = person.is_some_and(|person| {
        person.email_verified_at.is_some() && person.email_normalised == row.email_normalised
    });
    Ok(if proved { own() } else { None })
}

/// The addresses that are a customer's beyond doubt, as typed and as recognised: for services
/// above, which may hold something under an address alone.
pub async fn proved_addresses(conn: &impl ConnectionTrait, id: Id<Customer>) -> Result<Vec<String>> {
    let Some(row) = customer::Entity::find_by_id(id.uuid()).one(conn).await? else { return Ok(Vec::new()) };
    let mut all: Vec<String> =
        proved_of(conn, &row).await?.map(|(typed, known)| vec![typed, known]).unwrap_or_default();
    all.dedup();
    Ok(all)
}

/// The user behind a record.
pub(super) fn user_of(row: &customer::Model) -> Option<Id<User>> {
    row.user_id.map(Id::new)
}

pub(super) const TIDY: JobHandler =
    JobHandler { kind: "customers.tidy_requests", attempts: 3, run: |ctx, _| Box::pin(tidy(ctx)) };
pub(super) const TIDYING: Cron =
    Cron { name: "customers.tidy_requests", schedule: "23 * * * *", job: "customers.tidy_requests" };

/// Ends what is over: copies whose time has passed, with their files, and erasures that nobody
/// confirmed.
async fn tidy(ctx: &Ctx) -> Result<()> {
    use table::Column as C;
    let over = table::Entity::find()
        .filter(C::ExpiresAt.lt(ctx.now))
        .filter(C::State.is_in([RequestState::Asked.as_str(), RequestState::Ready.as_str()]))
        .all(ctx.db().read())
        .await?;
    for row in over {
        exports::delete_files(ctx, &row).await?;
        let change = step(row.id, &[RequestState::Asked, RequestState::Ready], RequestState::Expired)
            .col_expr(C::OpenKey, Expr::value(Option::<String>::None))
            .col_expr(C::ClosedAt, Expr::value(Some(row.closed_at.unwrap_or(ctx.now))))
            .col_expr(C::Object, Expr::value(Option::<String>::None));
        // An erasure that was asked for again meanwhile has a later end.
        change.filter(C::ExpiresAt.lt(ctx.now)).exec(ctx.db().write()).await?;
    }
    Ok(())
}
