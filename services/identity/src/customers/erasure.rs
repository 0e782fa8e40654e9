//! Erasing what is held about a person (GDPR, Article 17): asked for, confirmed by the link in a
//! mail, carried out a week later unless it is called off or something keeps it.
//!
//! Without the link anybody at a borrowed browser, or with a stolen session, could take an
//! account away from its owner. The week is for second thoughts of the owner.

use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stoa_identity_entities::{customer, data_request};
use stoa_identity_types::{DataRequestView, RequestKind, RequestState};
use stoa_kernel::{Ctx, Error, Job, JobHandler, NewEvent, Result, Tx, audit, events, jobs, personal};
use stoa_types::{Customer, DataRequest, Id};
use tower_sessions::Session;

use super::{
    ERASURE_BLOCKED, ERASURE_OPEN, PersonalRegister, REQUEST_OVER, WRITE,
    access::{Reach, reach},
    contacts,
    exports::{self, still_there},
    privacy_notices::{self, PrivacyAbout},
    requests::{self, ASKED, close, records, reload, state, step, view},
};
use crate::auth::{self, session, step_up};

/// How long the link that confirms it works.
const LINK: TimeDelta = TimeDelta::days(1);
/// From the confirmation to when it is carried out.
const COOLING_OFF: TimeDelta = TimeDelta::days(7);
/// How long until what keeps it is looked at again.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(6);

/// Until when it can be called off.
const OPEN: [RequestState; 3] = [RequestState::Asked, RequestState::Waiting, RequestState::Blocked];

const KIND: &str = "customers.erase";
pub(super) const ERASE: JobHandler =
    JobHandler { kind: KIND, attempts: 8, run: |ctx, job| Box::pin(carry_out(ctx, job)) };

#[derive(Serialize, Deserialize)]
struct Work {
    request: Id<DataRequest>,
}

/// What keeps a customer from being erased now, in words; nothing where nothing does.
pub async fn blockers(ctx: &Ctx, id: Id<Customer>) -> Result<Vec<String>> {
    let register = ctx.app.part::<PersonalRegister>()?;
    let people = records(ctx.db().read(), id).await?;
    let mut all = Vec::new();
    for (_, area) in register.0.iter() {
        for person in &people {
            all.extend(area.blockers(ctx, *person).await?);
        }
    }
    Ok(all)
}

/// Asks for the erasure. Nothing happens before the link in the mail is used. For whoever it is,
/// having proved who they are in the last ten minutes (403 `auth.step_up_required`), and for
/// staff with `customers.write`, such as for a guest who wrote to us. Asked again, the mail comes
/// again. 409 `customers.erasure_open` for one that was confirmed.
pub async fn ask_erasure(ctx: &Ctx, session: &Session, id: Id<Customer>) -> Result<DataRequestView> {
    let (owner, by) = reach(ctx, ctx.db().read(), id, WRITE).await?;
    still_there(&owner)?;
    if by == Reach::Own {
        step_up::require(ctx, session).await?;
    }
    ctx.limit_each(ASKED, &id.to_string()).await?;
    let tx = ctx.db().begin().await?;
    let row = match requests::open(&tx, ctx, &owner, RequestKind::Erasure, RequestState::Asked, Some(LINK))
        .await?
    {
        Some(row) => row,
        None => again(&tx, ctx, &owner).await?,
    };
    privacy_notices::tell(&tx, ctx, PrivacyAbout::ConfirmErasure, &row).await?;
    let facts = json!({ "request": Id::<DataRequest>::new(row.id) });
    audit::record(&tx, ctx, audit::Entry::new("customer.erasure_asked", id).facts(facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(view(&row))
}

/// The request that is there already, its link good for another day.
async fn again(tx: &Tx, ctx: &Ctx, owner: &customer::Model) -> Result<data_request::Model> {
    let known = requests::underway(tx, RequestKind::Erasure, owner.id).await?;
    let known = known.ok_or_else(|| Error::internal("it was there just now"))?;
    let longer = step(known.id, &[RequestState::Asked], RequestState::Asked)
        .col_expr(data_request::Column::ExpiresAt, Expr::value(Some(ctx.now + LINK)))
        .exec(tx)
        .await?;
    if longer.rows_affected != 1 {
        return Err(ERASURE_OPEN.error("This is confirmed already. Call it off if you want to stay."));
    }
    reload(tx, known.id).await
}

/// Confirms an erasure by the link in the mail; a second time changes nothing. Needs no sign-in:
/// whoever has the mail has the link. 404 `customers.request_link_invalid`.
pub async fn confirm_erasure(ctx: &Ctx, token: &str) -> Result<DataRequestView> {
    let row = requests::by_token(ctx, token).await?;
    let tx = ctx.db().begin().await?;
    let effective = ctx.now + COOLING_OFF;
    let done = step(row.id, &[RequestState::Asked], RequestState::Waiting)
        .col_expr(data_request::Column::EffectiveAt, Expr::value(Some(effective)))
        .filter(data_request::Column::Kind.eq(RequestKind::Erasure.as_str()))
        .filter(data_request::Column::ExpiresAt.gt(ctx.now))
        .exec(&tx)
        .await?;
    let row = reload(&tx, row.id).await?;
    if done.rows_affected != 1 {
        let confirmed = row.effective_at.is_some() && row.closed_at.is_none();
        return if confirmed { Ok(view(&row)) } else { Err(requests::link_invalid()) };
    }
    let request = Id::<DataRequest>::new(row.id);
    look_at(&tx, ctx, request, effective).await?;
    privacy_notices::tell(&tx, ctx, PrivacyAbout::ErasureWaiting, &row).await?;
    let entry = audit::Entry::new("customer.erasure_confirmed", Id::<Customer>::new(row.customer_id));
    audit::record(&tx, ctx, entry.facts(json!({ "request": request }))).await?;
    ctx.db().commit(tx).await?;
    Ok(view(&row))
}

async fn look_at(
    tx: &Tx,
    ctx: &Ctx,
    request: Id<DataRequest>,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let options = jobs::Options { run_at: Some(at), ..jobs::Options::default() };
    jobs::enqueue_with(tx, ctx, KIND, Work { request }, options).await?;
    Ok(())
}

/// Calls an erasure off. For whoever it is, and for staff with `customers.write`. 409
/// `customers.request_over` when it is done, or was called off.
pub async fn cancel_erasure(
    ctx: &Ctx,
    id: Id<Customer>,
    request: Id<DataRequest>,
) -> Result<DataRequestView> {
    reach(ctx, ctx.db().read(), id, WRITE).await?;
    let row = requests::of(ctx.db().read(), id, request).await?;
    call_off(ctx, row).await
}

/// [`cancel_erasure`] by the link in a mail, without signing in.
pub async fn cancel_erasure_by_link(ctx: &Ctx, token: &str) -> Result<DataRequestView> {
    let row = requests::by_token(ctx, token).await?;
    call_off(ctx, row).await
}

async fn call_off(ctx: &Ctx, row: data_request::Model) -> Result<DataRequestView> {
    let tx = ctx.db().begin().await?;
    let done = close(ctx, row.id, &OPEN, RequestState::Cancelled)
        .filter(data_request::Column::Kind.eq(RequestKind::Erasure.as_str()))
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(REQUEST_OVER.error("This is over: there is nothing left to call off."));
    }
    let row = reload(&tx, row.id).await?;
    privacy_notices::tell(&tx, ctx, PrivacyAbout::ErasureCancelled, &row).await?;
    let entry = audit::Entry::new("customer.erasure_cancelled", Id::<Customer>::new(row.customer_id));
    let facts = json!({ "request": Id::<DataRequest>::new(row.id) });
    audit::record(&tx, ctx, entry.facts(facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(view(&row))
}

async fn carry_out(ctx: &Ctx, job: &Job) -> Result<()> {
    let Work { request } = jobs::payload(job)?;
    let row = reload(ctx.db().read(), request.uuid()).await?;
    if !matches!(state(&row), RequestState::Waiting | RequestState::Blocked) {
        return Ok(());
    }
    let customer = Id::<Customer>::new(row.customer_id);
    let kept = blockers(ctx, customer).await?;
    if !kept.is_empty() {
        return wait(ctx, &row, kept).await;
    }
    match erase(ctx, &row).await {
        // An order was placed between the look and the deed.
        Err(error) if error.is(ERASURE_BLOCKED) => {
            let kept = blockers(ctx, customer).await?;
            wait(ctx, &row, kept).await
        }
        done => done,
    }
}

/// Notes what keeps it, tells the person the first time, and looks again later.
async fn wait(ctx: &Ctx, row: &data_request::Model, kept: Vec<String>) -> Result<()> {
    let tx = ctx.db().begin().await?;
    let done = step(row.id, &[RequestState::Waiting, RequestState::Blocked], RequestState::Blocked)
        .col_expr(data_request::Column::Blockers, Expr::value(json!(kept)))
        .exec(&tx)
        .await?;
    if done.rows_affected == 1 {
        look_at(&tx, ctx, Id::new(row.id), ctx.now + LOOK_AGAIN).await?;
        if state(row) == RequestState::Waiting {
            privacy_notices::tell(&tx, ctx, PrivacyAbout::ErasureBlocked, row).await?;
            let entry = audit::Entry::new("customer.erasure_blocked", Id::<Customer>::new(row.customer_id));
            audit::record(&tx, ctx, entry.facts(json!({ "reasons": kept.len() }))).await?;
        }
    }
    Ok(ctx.db().commit(tx).await?)
}

/// Erases every record of the person in every area, in one transaction.
async fn erase(ctx: &Ctx, row: &data_request::Model) -> Result<()> {
    let register = ctx.app.part::<PersonalRegister>()?;
    let conn = ctx.db().read();
    let customer = Id::<Customer>::new(row.customer_id);
    let people = records(conn, customer).await?;
    let owners = customer::Entity::find()
        .filter(customer::Column::Id.is_in(people.iter().map(|id| id.uuid())))
        .all(conn)
        .await?;
    // Files first: whatever happens after, a copy of what is to go must not outlive it.
    let copies = data_request::Entity::find()
        .filter(data_request::Column::CustomerId.is_in(people.iter().map(|id| id.uuid())))
        .filter(data_request::Column::Object.is_not_null())
        .all(conn)
        .await?;
    for copy in &copies {
        exports::delete_files(ctx, copy).await?;
    }
    for owner in owners.iter().filter(|owner| owner.erased_at.is_none()) {
        ctx.app.mail.forget(&owner.email).await?;
    }
    contacts::forget_messages(ctx, &people).await?;
    let mut marks = Vec::new();
    for (_, area) in register.0.iter() {
        for person in &people {
            marks.extend(area.marks(ctx, *person).await?);
        }
    }
    let tx = ctx.db().begin().await?;
    let done = close(ctx, row.id, &[RequestState::Waiting, RequestState::Blocked], RequestState::Done)
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Ok(());
    }
    let mut sessions = Vec::new();
    for owner in &owners {
        if let Some(user) = requests::user_of(owner) {
            sessions.extend(session::revoke_all_in(&tx, ctx, user).await?);
        }
    }
    // The upper areas first: they find what is a person's by what the lower ones know of them.
    for (_, area) in register.0.iter().rev() {
        for person in &people {
            area.erase(&tx, ctx, *person).await?;
        }
    }
    data_request::Entity::update_many()
        .col_expr(data_request::Column::Object, Expr::value(Option::<String>::None))
        .filter(data_request::Column::CustomerId.is_in(people.iter().map(|id| id.uuid())))
        .exec(&tx)
        .await?;
    personal::forget(&tx, &marks).await?;
    let facts = json!({ "request": Id::<DataRequest>::new(row.id), "records": people });
    audit::record(&tx, ctx, audit::Entry::new("customer.erased", customer).facts(facts)).await?;
    for owner in owners.iter().filter(|owner| owner.erased_at.is_none()) {
        let facts = json!({ "kind": owner.kind });
        let event = NewEvent::new("customer.deleted", Id::<Customer>::new(owner.id), owner.version + 1);
        events::emit(&tx, ctx, event.data(&facts)).await?;
    }
    ctx.db().commit(tx).await?;
    session::forget_all(&sessions);
    owners.iter().filter_map(requests::user_of).for_each(auth::forget_person);
    Ok(())
}
