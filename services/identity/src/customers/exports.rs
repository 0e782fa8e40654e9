//! A copy of everything held about a person (GDPR, Articles 15 and 20): asked for, put together
//! by a job, fetched for a week by whoever proves who they are.

use chrono::TimeDelta;
use object_store::{ObjectStoreExt, PutPayload, path::Path};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stoa_identity_entities::{customer, data_request};
use stoa_identity_types::{DataRequestView, ExportFormat, RequestKind, RequestState};
use stoa_kernel::{Ctx, Error, Job, JobHandler, Result, audit, jobs};
use stoa_types::{Customer, DataRequest, Id};
use tower_sessions::Session;

use super::{
    EXPORT_OVER, PersonalRegister, WRITE,
    access::{Reach, own, reach},
    privacy_notices::{self, PrivacyAbout},
    requests::{self, ASKED, close, records, reload, state, step, view},
};
use crate::auth::step_up;

/// How long a copy can be fetched.
const KEPT: TimeDelta = TimeDelta::days(7);

pub(super) const EXPORT: JobHandler =
    JobHandler { kind: "customers.export", attempts: 5, run: |ctx, job| Box::pin(make(ctx, job)) };

#[derive(Serialize, Deserialize)]
struct Work {
    request: Id<DataRequest>,
}

/// Asks for a copy. For whoever it is, having proved who they are in the last ten minutes (403
/// `auth.step_up_required`), and for staff with `customers.write`, who never get it: a mail goes
/// to the customer. While one is being made that one is answered.
pub async fn ask_export(ctx: &Ctx, session: &Session, id: Id<Customer>) -> Result<DataRequestView> {
    let (owner, by) = reach(ctx, ctx.db().read(), id, WRITE).await?;
    still_there(&owner)?;
    if by == Reach::Own {
        step_up::require(ctx, session).await?;
    }
    ctx.limit_each(ASKED, &id.to_string()).await?;
    let tx = ctx.db().begin().await?;
    let opened = requests::open(&tx, ctx, &owner, RequestKind::Export, RequestState::Working, None).await?;
    let Some(row) = opened else {
        let known = requests::underway(&tx, RequestKind::Export, owner.id).await?;
        return known.as_ref().map(view).ok_or_else(|| Error::internal("it was there just now"));
    };
    let request = Id::<DataRequest>::new(row.id);
    jobs::enqueue(&tx, ctx, EXPORT.kind, Work { request }).await?;
    let facts = json!({ "request": request });
    audit::record(&tx, ctx, audit::Entry::new("customer.export_asked", id).facts(facts)).await?;
    ctx.db().commit(tx).await?;
    Ok(view(&row))
}

/// 404 for a record that says nothing about a person any more.
pub(super) fn still_there(owner: &customer::Model) -> Result<()> {
    if owner.erased_at.is_some() { Err(Error::not_found("customer")) } else { Ok(()) }
}

async fn make(ctx: &Ctx, job: &Job) -> Result<()> {
    let Work { request } = jobs::payload(job)?;
    let row = reload(ctx.db().read(), request.uuid()).await?;
    if state(&row) != RequestState::Working {
        return Ok(());
    }
    match put_together(ctx, job, &row).await {
        Err(error) if job.attempts >= job.max_attempts => {
            // Stays in the queue of staff: the law's clock goes on.
            step(row.id, &[RequestState::Working], RequestState::Failed)
                .col_expr(data_request::Column::OpenKey, Expr::value(Option::<String>::None))
                .exec(ctx.db().write())
                .await?;
            Err(error)
        }
        done => done,
    }
}

async fn put_together(ctx: &Ctx, job: &Job, row: &data_request::Model) -> Result<()> {
    let customer = Id::<Customer>::new(row.customer_id);
    let register = ctx.app.part::<PersonalRegister>()?;
    let people = records(ctx.db().read(), customer).await?;
    let total = i64::try_from(register.0.len()).unwrap_or_default();
    let mut areas = Map::new();
    for (done, (name, area)) in register.0.iter().enumerate() {
        let mut parts = Vec::new();
        for person in &people {
            parts.push(area.export(ctx, *person).await?);
        }
        areas.insert((*name).to_owned(), Value::Array(parts));
        jobs::progress(ctx, job, i64::try_from(done + 1).unwrap_or_default(), total).await?;
    }
    let whole = json!({ "made_at": ctx.now, "customer": customer, "areas": areas });
    let bytes = serde_json::to_vec_pretty(&whole)?;
    let (size, object) =
        (i64::try_from(bytes.len()).unwrap_or(i64::MAX), format!("exports/{}", row.id.simple()));
    let table = rows_of(&whole["areas"]);
    for (format, bytes) in [(ExportFormat::Json, bytes), (ExportFormat::Csv, table)] {
        ctx.app.objects.put(&path(&object, format), PutPayload::from(bytes)).await?;
    }
    let now = ctx.renewed();
    let tx = ctx.db().begin().await?;
    use data_request::Column as C;
    let done = close(&now, row.id, &[RequestState::Working], RequestState::Ready)
        .col_expr(C::Object, Expr::value(Some(object)))
        .col_expr(C::Bytes, Expr::value(Some(size)))
        .col_expr(C::ExpiresAt, Expr::value(Some(now.now + KEPT)))
        .exec(&tx)
        .await?;
    if done.rows_affected == 1 {
        // What failed before has its answer now.
        data_request::Entity::update_many()
            .col_expr(C::ClosedAt, Expr::value(Some(now.now)))
            .col_expr(C::Version, Expr::col(C::Version).add(1))
            .filter(C::CustomerId.eq(row.customer_id))
            .filter(C::State.eq(RequestState::Failed.as_str()))
            .filter(C::ClosedAt.is_null())
            .exec(&tx)
            .await?;
        privacy_notices::tell(&tx, &now, PrivacyAbout::ExportReady, row).await?;
    }
    Ok(ctx.db().commit(tx).await?)
}

fn path(object: &str, format: ExportFormat) -> Path {
    Path::from(format!("{object}.{format}"))
}

/// Deletes a copy's files; nothing happens where there are none.
pub(super) async fn delete_files(ctx: &Ctx, row: &data_request::Model) -> Result<()> {
    let Some(object) = &row.object else { return Ok(()) };
    for format in ExportFormat::ALL {
        match ctx.app.objects.delete(&path(object, *format)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

/// One value for each row: area, path within it, value. A spreadsheet takes a cell that begins
/// like a formula for one; such a value gets an apostrophe in front, which JSON's does not have.
fn rows_of(areas: &Value) -> Vec<u8> {
    let mut rows = String::from("area,path,value\r\n");
    for (area, value) in areas.as_object().into_iter().flatten() {
        let mut path = Vec::new();
        flatten(value, &mut path, &mut |path, value| {
            let cells = [area.clone(), path.join("."), value];
            let cells: Vec<String> = cells.iter().map(|cell| cell_of(cell)).collect();
            rows.push_str(&cells.join(","));
            rows.push_str("\r\n");
        });
    }
    rows.into_bytes()
}

fn flatten(value: &Value, path: &mut Vec<String>, row: &mut impl FnMut(&[String], String)) {
    let mut within = |name: String, value: &Value| {
        path.push(name);
        flatten(value, path, row);
        path.pop();
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| within(name.clone(), value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| within(at.to_string(), value));
        }
        Value::Null => {}
        Value::String(text) => row(path, text.clone()),
        other => row(path, other.to_string()),
    }
}

/// RFC 4180.
fn cell_of(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A copy's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// What a browser saves it as.
    pub name: String,
    pub mime: &'static str,
    pub bytes: Vec<u8>,
}

/// A copy. For the person alone, having proved who they are in the last ten minutes (403
/// `auth.step_up_required`); staff get 404. 404 `customers.export_over` for one that is not ready
/// or no longer there. Each look is in the audit trail.
pub async fn export_file(
    ctx: &Ctx,
    session: &Session,
    id: Id<Customer>,
    request: Id<DataRequest>,
    format: ExportFormat,
) -> Result<ExportedFile> {
    let conn = ctx.db().read();
    own(ctx, conn, id).await?;
    let row = requests::of(conn, id, request).await?;
    step_up::require(ctx, session).await?;
    fetch(ctx, row, format).await
}

/// [`export_file`] for somebody without an account, by the link in their mail: it proves the
/// address. 404 for somebody who can sign in.
pub async fn export_file_by_link(ctx: &Ctx, token: &str, format: ExportFormat) -> Result<ExportedFile> {
    let row = requests::by_token(ctx, token).await?;
    let owner = customer::Entity::find_by_id(row.customer_id).one(ctx.db().read()).await?;
    if owner.is_none_or(|owner| owner.user_id.is_some()) {
        return Err(requests::link_invalid());
    }
    fetch(ctx, row, format).await
}

async fn fetch(ctx: &Ctx, row: data_request::Model, format: ExportFormat) -> Result<ExportedFile> {
    let over = || EXPORT_OVER.error("This copy is no longer there. Ask for another.");
    let fresh = row.expires_at.is_some_and(|until| until > ctx.now);
    let object = row.object.as_deref().filter(|_| fresh && state(&row) == RequestState::Ready);
    let object = object.ok_or_else(over)?;
    let found = match ctx.app.objects.get(&path(object, format)).await {
        Ok(found) => found,
        Err(object_store::Error::NotFound { .. }) => return Err(over()),
        Err(other) => return Err(other.into()),
    };
    let bytes = found.bytes().await?.to_vec();
    let tx = ctx.db().begin().await?;
    let facts = json!({ "request": Id::<DataRequest>::new(row.id), "format": format });
    let entry = audit::Entry::new("customer.export_fetched", Id::<Customer>::new(row.customer_id));
    audit::record(&tx, ctx, entry.facts(facts)).await?;
    ctx.db().commit(tx).await?;
    let mime = match format {
        ExportFormat::Json => "application/json",
        ExportFormat::Csv => "text/csv; charset=utf-8",
    };
    Ok(ExportedFile { name: format!("stoa-{}.{format}", row.asked_at.format("%Y-%m-%d")), mime, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_holds_every_value_and_no_formula() {
        let areas =
            json!({ "identity": [{ "name": "Ana, \"Bo\"", "none": null, "phones": ["+30210"], "n": 3 }] });
        let table = String::from_utf8(rows_of(&areas)).unwrap();
        assert_eq!(
            table,
            "area,path,value\r\nidentity,0.n,3\r\nidentity,0.name,\"Ana, \"\"Bo\"\"\"\r\nidentity,0.phones.0,'+30210\r\n"
        );
    }
}
