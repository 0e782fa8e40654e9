//! Phone numbers, each for one purpose, proved by a code that is sent there.
//!
//! A code is made from the row and the moment it ends with the installation's key, so that the
//! job that sends it carries no code, and a job that runs twice sends the same one. The row
//! keeps a hash. It counts for one number and purpose, for ten minutes and five tries.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use stoa_identity_entities::contact_method as table;
use stoa_identity_types::{AddContactMethod, ContactMethodView, ContactMethods, VerifyContactMethod};
use stoa_kernel::{
    App, Ctx, Error, Fields, Job, JobHandler, Result, audit, jobs, new_id,
    ports::{Mail, Rate},
    sign,
};
use stoa_types::{ContactMethod, Customer, DateTime, Id, Utc, Uuid};

use super::{
    CODE_OVER, CODE_WRONG, CONTACT_KNOWN, CONTACTS_FULL, NO_CARRIER, PHONE_INVALID, READ,
    access::{Reach, own, reach},
    profile::{take, tell_change},
};

/// How long a code counts.
const LIFE: TimeDelta = TimeDelta::minutes(10);
/// Wrong codes before another has to be sent.
const TRIES: i64 = 5;
/// Numbers one customer has at most.
const MOST: u64 = 10;
/// Messages to one number, whoever asks for them: they cost money, and ring.
const PER_PHONE: Rate = Rate { name: "customers.codes.phone", count: 3, per: Duration::from_secs(600) };
/// Messages one customer has sent.
const PER_CUSTOMER: Rate = Rate { name: "customers.codes", count: 10, per: Duration::from_secs(3600) };

/// Sends a text message to a phone, or fails so that the caller tries again later. `server`
/// wires a carrier's; in development there is one that writes into the mail folder.
#[async_trait]
pub trait TextMessages: Send + Sync {
    /// `id` stays the same when the same message is sent again; `to` is E.164.
    async fn send(&self, id: &str, to: &str, text: &str) -> Result<()>;
}

/// The carrier that is wired, as a part of the [`App`].
#[derive(Clone)]
pub struct TextCarrier(pub Arc<dyn TextMessages>);

impl fmt::Debug for TextCarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextCarrier")
    }
}

/// The address of nobody under which a message is kept in development.
fn mailed_as(phone: &str) -> String {
    format!("{}@sms.invalid", phone.trim_start_matches('+'))
}

/// Deletes the copies kept here of messages to these customers' phones.
pub(super) async fn forget_messages(ctx: &Ctx, people: &[Id<Customer>]) -> Result<()> {
    let rows = table::Entity::find()
        .filter(table::Column::CustomerId.is_in(people.iter().map(|id| id.uuid())))
        .all(ctx.db().read())
        .await?;
    for row in rows {
        ctx.app.mail.forget(&mailed_as(&row.phone)).await?;
    }
    Ok(())
}

/// Text messages as mails to nobody, which `/dev/mail` shows.
struct MailFolder(App);

#[async_trait]
impl TextMessages for MailFolder {
    async fn send(&self, id: &str, to: &str, text: &str) -> Result<()> {
        let mail = Mail {
            id: id.to_owned(),
            to: mailed_as(to),
            subject: format!("Text message to {to}"),
            text: text.to_owned(),
            html: format!("<p>{text}</p>"),
        };
        self.0.mail.send(&mail).await
    }
}

/// The carrier; 503 `customers.no_carrier` where none is wired and it is no development.
fn carrier(app: &App) -> Result<Arc<dyn TextMessages>> {
    match app.part::<TextCarrier>() {
        Ok(wired) => Ok(wired.0),
        Err(_) if app.settings.is_development() => Ok(Arc::new(MailFolder(app.clone()))),
        Err(_) => Err(NO_CARRIER.error("We can't send text messages at present. Use your email address.")),
    }
}

/// Country calling codes (ITU-T E.164, list of assigned codes): no number begins otherwise.
const CALLING_CODES: &str = "1 20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 \
237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 \
269 27 290 291 297 298 299 30 31 32 33 34 350 351 352 353 354 355 356 357 358 359 36 370 371 372 373 374 375 376 377 378 379 \
380 381 382 383 385 386 387 389 39 40 41 420 421 423 43 44 45 46 47 48 49 500 501 502 503 504 505 506 507 508 509 51 52 53 54 \
55 56 57 58 590 591 592 593 594 595 596 597 598 599 60 61 62 63 64 65 66 670 672 673 674 675 676 677 678 679 680 681 682 683 \
685 686 687 688 689 690 691 692 7 81 82 84 850 852 853 855 856 86 880 886 90 91 92 93 94 95 960 961 962 963 964 965 966 967 \
968 970 971 972 973 974 975 976 977 979 98 992 993 994 995 996 998";

/// The number in E.164 (`+` and 8 to 15 digits, a country's code first); `None` for what is no
/// number of that form, such as one without its country.
pub fn e164(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let international = typed.strip_prefix('+').or_else(|| typed.strip_prefix("00"))?;
    // "+44 (0)20": the nought is dialled inside the country alone.
    let digits: String = international
        .replacen("(0)", "", 1)
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}'))
        .collect();
    let fits = (8..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && CALLING_CODES.split(' ').any(|code| digits.starts_with(code));
    fits.then(|| format!("+{digits}"))
}

/// A customer's numbers, for whoever it is; for the platform's staff with `customers.read`,
/// masked. 404 for everybody else.
pub async fn contact_methods(ctx: &Ctx, id: Id<Customer>) -> Result<ContactMethods> {
    let conn = ctx.db().read();
    let (_, reach) = reach(ctx, conn, id, READ).await?;
    let rows = table::Entity::find()
        .filter(table::Column::CustomerId.eq(id.uuid()))
        .order_by_asc(table::Column::Id)
        .all(conn)
        .await?;
    let mut items: Vec<ContactMethodView> = rows.into_iter().filter_map(|row| view(ctx.now, row)).collect();
    if reach == Reach::Staff {
        items.iter_mut().for_each(mask);
    }
    Ok(ContactMethods { items })
}

/// Adds a number and sends a code there. For the person alone.
///
/// 422 on `phone`; 409 `customers.contact_known` for one that is there already for this
/// purpose, `customers.contacts_full` at ten; 429 when too many codes are asked for; 503 where
/// no text messages can be sent.
pub async fn add_contact_method(
    ctx: &Ctx,
    id: Id<Customer>,
    input: &AddContactMethod,
) -> Result<ContactMethodView> {
    own(ctx, ctx.db().read(), id).await?;
    let phone = e164(&input.phone);
    let mut fields = Fields::default();
    fields.check(
        phone.is_some(),
        "phone",
        PHONE_INVALID,
        "Enter a phone number with its country's code, like +30 694 123 4567",
    );
    fields.finish()?;
    let Some(phone) = phone else { return Err(Error::internal("checked above")) };
    may_send(ctx, id, &phone).await?;
    let new = new_id::<ContactMethod>();
    let expires_at = ctx.now + LIFE;
    let row = table::Model {
        id: new.uuid(),
        customer_id: id.uuid(),
        purpose: input.purpose.as_str().to_owned(),
        phone,
        verified_at: None,
        code_hash: Some(hash(&ctx.app, new.uuid(), &code(&ctx.app, new.uuid(), expires_at))),
        code_expires_at: Some(expires_at),
        code_tries: 0,
        created_at: ctx.now,
    };
    let tx = ctx.db().begin().await?;
    let owner = take(&tx, ctx, id).await?;
    if table::Entity::find().filter(table::Column::CustomerId.eq(id.uuid())).count(&tx).await? >= MOST {
        return Err(CONTACTS_FULL.error("You have ten numbers. Remove one you don't use any more."));
    }
    use table::Column as C;
    let done = table::Entity::insert(table::ActiveModel::from(row.clone()).reset_all())
        .on_conflict_do_nothing_on([C::CustomerId, C::Purpose, C::Phone])
        .exec_without_returning(&tx)
        .await?;
    if !stoa_kernel::db::inserted(&done) {
        return Err(CONTACT_KNOWN
            .error("This number is there already. Ask for a new code beside it.")
            .field("phone"));
    }
    jobs::enqueue(&tx, ctx, SEND.kind, new).await?;
    audit::record(&tx, ctx, audit::Entry::new("contact_method.added", new)).await?;
    tell_change(&tx, ctx, id, owner.version, &["contact_methods"]).await?;
    ctx.db().commit(tx).await?;
    view(ctx.now, row).ok_or_else(|| Error::internal("written just now"))
}

/// Sends another code to a number that is not proved yet; the last one counts no more. For the
/// person alone. 404; 409 `customers.contact_known` for one that is proved; 429; 503.
pub async fn resend_code(
    ctx: &Ctx,
    id: Id<Customer>,
    method: Id<ContactMethod>,
) -> Result<ContactMethodView> {
    let row = find(ctx, id, method).await?;
    if row.verified_at.is_some() {
        return Err(CONTACT_KNOWN.error("This number is confirmed already."));
    }
    may_send(ctx, id, &row.phone).await?;
    let expires_at = ctx.now + LIFE;
    let tx = ctx.db().begin().await?;
    let done = table::Entity::update_many()
        .col_expr(
            table::Column::CodeHash,
            Expr::value(Some(hash(&ctx.app, row.id, &code(&ctx.app, row.id, expires_at)))),
        )
        .col_expr(table::Column::CodeExpiresAt, Expr::value(Some(expires_at)))
        .col_expr(table::Column::CodeTries, Expr::value(0_i64))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::VerifiedAt.is_null())
        .exec(&tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(Error::not_found("contact method"));
    }
    jobs::enqueue(&tx, ctx, SEND.kind, method).await?;
    audit::record(&tx, ctx, audit::Entry::new("contact_method.code_sent", method)).await?;
    ctx.db().commit(tx).await?;
    let row = table::Model { code_expires_at: Some(expires_at), ..row };
    view(ctx.now, row).ok_or_else(|| Error::not_found("contact method"))
}

/// Proves a number by the code that was sent there. For the person alone.
///
/// 422 on `code` for a wrong one, in the audit trail; 409 `customers.code_over` when it came
/// too late or after five wrong ones; 404 for a number of somebody else.
pub async fn verify_contact_method(
    ctx: &Ctx,
    id: Id<Customer>,
    method: Id<ContactMethod>,
    input: &VerifyContactMethod,
) -> Result<ContactMethodView> {
    let row = find(ctx, id, method).await?;
    if row.verified_at.is_some() {
        return view(ctx.now, row).ok_or_else(|| Error::not_found("contact method"));
    }
    let typed: String = input.code.chars().filter(|letter| !letter.is_whitespace()).take(12).collect();
    let tx = ctx.db().begin().await?;
    // Every try is counted before it is looked at, so that none is free.
    let tried = table::Entity::update_many()
        .col_expr(table::Column::CodeTries, Expr::col(table::Column::CodeTries).add(1))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::CodeTries.lt(TRIES))
        .filter(table::Column::CodeExpiresAt.gt(ctx.now))
        .filter(table::Column::VerifiedAt.is_null())
        .exec(&tx)
        .await?;
    if tried.rows_affected != 1 {
        return Err(CODE_OVER.error("This code doesn't count any more. Ask for a new one."));
    }
    let proved = table::Entity::update_many()
        .col_expr(table::Column::VerifiedAt, Expr::value(Some(ctx.now)))
        .col_expr(table::Column::CodeHash, Expr::value(Option::<String>::None))
        .col_expr(table::Column::CodeExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(table::Column::Id.eq(row.id))
        .filter(table::Column::CodeHash.eq(hash(&ctx.app, row.id, &typed)))
        .exec(&tx)
        .await?;
    let right = proved.rows_affected == 1;
    let action = if right { "contact_method.verified" } else { "contact_method.code_refused" };
    audit::record(&tx, ctx, audit::Entry::new(action, method)).await?;
    if right {
        let owner = take(&tx, ctx, id).await?;
        tell_change(&tx, ctx, id, owner.version, &["contact_methods"]).await?;
    }
    ctx.db().commit(tx).await?;
    if !right {
        let mut fields = Fields::default();
        fields.add("code", CODE_WRONG, "This is not the code we sent. Check it and try again.");
        fields.finish()?;
    }
    let row = table::Model { verified_at: Some(ctx.now), code_hash: None, code_expires_at: None, ..row };
    view(ctx.now, row).ok_or_else(|| Error::not_found("contact method"))
}

/// Takes a number away; nothing happens where it is gone already. For the person alone.
pub async fn remove_contact_method(ctx: &Ctx, id: Id<Customer>, method: Id<ContactMethod>) -> Result<()> {
    own(ctx, ctx.db().read(), id).await?;
    let tx = ctx.db().begin().await?;
    let owner = take(&tx, ctx, id).await?;
    let gone = table::Entity::delete_many()
        .filter(table::Column::Id.eq(method.uuid()))
        .filter(table::Column::CustomerId.eq(id.uuid()))
        .exec(&tx)
        .await?;
    if gone.rows_affected != 1 {
        return Ok(());
    }
    audit::record(&tx, ctx, audit::Entry::new("contact_method.removed", method)).await?;
    tell_change(&tx, ctx, id, owner.version, &["contact_methods"]).await?;
    Ok(ctx.db().commit(tx).await?)
}

async fn find(ctx: &Ctx, id: Id<Customer>, method: Id<ContactMethod>) -> Result<table::Model> {
    let conn = ctx.db().read();
    own(ctx, conn, id).await?;
    let row = table::Entity::find_by_id(method.uuid()).one(conn).await?;
    row.filter(|row| row.customer_id == id.uuid()).ok_or_else(|| Error::not_found("contact method"))
}

async fn may_send(ctx: &Ctx, id: Id<Customer>, phone: &str) -> Result<()> {
    carrier(&ctx.app)?;
    ctx.limit_each(PER_CUSTOMER, &id.to_string()).await?;
    ctx.limit_each(PER_PHONE, &hash(&ctx.app, Uuid::nil(), phone)).await
}

pub(super) const SEND: JobHandler =
    JobHandler { kind: "customers.send_code", attempts: 5, run: |ctx, job| Box::pin(send(ctx, job)) };

/// Sends the code of a number, while it counts and is asked for still.
async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let id: Id<ContactMethod> = jobs::payload(job)?;
    let Some(row) = table::Entity::find_by_id(id.uuid()).one(ctx.db().read()).await? else { return Ok(()) };
    let Some(expires_at) = row.code_expires_at.filter(|until| *until > ctx.now) else { return Ok(()) };
    let code = code(&ctx.app, row.id, expires_at);
    let text = format!("{code} is your Stoa code. It works for 10 minutes. Don't tell it to anybody.");
    carrier(&ctx.app)?.send(&job_id(id, expires_at), &row.phone, &text).await
}

fn job_id(id: Id<ContactMethod>, expires_at: DateTime<Utc>) -> String {
    format!("{id}.{}", expires_at.timestamp())
}

/// Six digits from the row and the moment they end.
fn code(app: &App, id: Uuid, expires_at: DateTime<Utc>) -> String {
    let signed = sign::sign(app, "customers.code", &format!("{id} {}", expires_at.timestamp_micros()));
    let bytes = signed.rsplit_once('.').map(|(_, tag)| tag.as_bytes()).unwrap_or_default();
    let number = bytes.iter().take(16).fold(0_u128, |sum, byte| (sum << 6) | u128::from(*byte & 63));
    format!("{:06}", number % 1_000_000)
}

/// What the table knows a code by: worth nothing without the installation's key.
fn hash(app: &App, id: Uuid, code: &str) -> String {
    let signed = sign::sign(app, "customers.code_hash", &format!("{id} {code}"));
    signed.rsplit_once('.').map(|(_, hash)| hash.to_owned()).unwrap_or_default()
}

/// What staff see of a number before they reveal it: its beginning and its end.
pub(super) fn mask(item: &mut ContactMethodView) {
    let (start, end) =
        (item.phone.get(..3).unwrap_or_default(), item.phone.get(item.phone.len() - 2..).unwrap_or_default());
    item.phone = format!("{start}…{end}");
}

/// A number as it is shown; none for one of a newer release's purposes.
pub(super) fn view(now: DateTime<Utc>, row: table::Model) -> Option<ContactMethodView> {
    Some(ContactMethodView {
        id: Id::new(row.id),
        phone: row.phone,
        purpose: row.purpose.parse().ok()?,
        verified_at: row.verified_at,
        code_expires_at: row.code_expires_at.filter(|until| *until > now && row.code_tries < TRIES),
        created_at: row.created_at,
    })
}

#[cfg(test)]
mod tests {
    use super::e164;

    /// 11.M4
    #[test]
    fn a_phone_number_is_kept_with_its_country_however_it_is_typed() {
        for (typed, kept) in [
            ("+30 694 123 4567", "+306941234567"),
            ("0030 694-123-4567", "+306941234567"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            (" +1 (212) 555.0100 ", "+12125550100"),
            ("+971 50 123 4567", "+971501234567"),
        ] {
            assert_eq!(e164(typed).as_deref(), Some(kept), "{typed}");
        }
        for wrong in [
            "",
            "694 123 4567",
            "+",
            "+30",
            "+0301234567",
            "+210 1234567",
            "+30 694 123 4567 89012",
            "+30 call me",
            "+٣٠٦٩٤١٢٣٤٥٦٧",
        ] {
            assert_eq!(e164(wrong), None, "{wrong}");
        }
    }
}
