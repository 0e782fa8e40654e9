//! What a customer agreed to be written about, and how often.
//!
//! Every yes and no is a record that nothing alters; how it stands now is the last record of
//! a purpose and channel, kept beside them in `contact_preference` so that asking costs one
//! row. Whoever writes to people about such a purpose claims it first ([`claim_contact`]).

use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;
use stoa_identity_entities::{consent_record as table, contact_preference};
use stoa_identity_types::{
    Channel, ConsentPurpose, ConsentSource, CustomerConsent, CustomerConsents, Frequency, Preference,
    RecordConsent, Unsubscribing,
};
use stoa_kernel::{Ctx, Error, Fields, Result, Tx, audit, new_id, ports::Rate, sign};
use stoa_types::{ConsentRecord, Customer, Id};

use super::{
    CONSENT_TEXT, READ, UNSUBSCRIBE_INVALID, WRITE,
    access::{Reach, reach},
    profile::{take, tell_change},
};

/// Records in a history.
const HISTORY: u64 = 200;
/// Purpose of the signature in unsubscribe links.
const LINK: &str = "customers.unsubscribe";
/// Wrong unsubscribe links from one network.
const WRONG_LINKS: Rate =
    Rate { name: "customers.unsubscribe", count: 30, per: std::time::Duration::from_secs(60) };

/// The sentences somebody agreed to, by purpose, the first version first. A version is never
/// changed: it is what was agreed to.
pub fn texts(purpose: ConsentPurpose) -> &'static [&'static str] {
    match purpose {
        ConsentPurpose::News => {
            &["Write to me about new things, stories and offers. I can stop it at any time."]
        }
        ConsentPurpose::Recommendations => {
            &["Suggest things that go with what I have looked at and bought. I can stop it at any time."]
        }
        ConsentPurpose::Research => &["Ask me now and then how I like the shop. I can stop it at any time."],
    }
}

/// The sentence of a version; empty for one there never was.
fn text(purpose: ConsentPurpose, version: i64) -> &'static str {
    usize::try_from(version - 1).ok().and_then(|at| texts(purpose).get(at).copied()).unwrap_or_default()
}

fn newest(purpose: ConsentPurpose) -> i64 {
    i64::try_from(texts(purpose).len()).unwrap_or_default()
}

/// How it stands with everything somebody may agree to, and all they ever said: the proof. For
/// whoever it is, and for the platform's staff with `customers.read`; 404 for everybody else.
pub async fn consents(ctx: &Ctx, id: Id<Customer>) -> Result<CustomerConsents> {
    let conn = ctx.db().read();
    reach(ctx, conn, id, READ).await?;
    let now = contact_preference::Entity::find()
        .filter(contact_preference::Column::CustomerId.eq(id.uuid()))
        .all(conn)
        .await?;
    let every = ConsentPurpose::ALL
        .iter()
        .flat_map(|purpose| Channel::ALL.iter().map(move |channel| (*purpose, *channel)));
    let preferences = every
        .map(|(purpose, channel)| {
            let said =
                now.iter().find(|row| row.purpose == purpose.as_str() && row.channel == channel.as_str());
            Preference {
                purpose,
                channel,
                given: said.is_some_and(|row| row.given),
                frequency: said.map_or_else(Frequency::default, |row| frequency(&row.frequency)),
                text: text(purpose, newest(purpose)).to_owned(),
                text_version: newest(purpose),
                since: said.map(|row| row.since),
            }
        })
        .collect();
    let rows = table::Entity::find()
        .filter(table::Column::CustomerId.eq(id.uuid()))
        .order_by_desc(table::Column::At)
        .order_by_desc(table::Column::Id)
        .limit(HISTORY)
        .all(conn)
        .await?;
    Ok(CustomerConsents { preferences, history: rows.into_iter().filter_map(view).collect() })
}

/// Records one yes or no. Saying the same again is recorded again: it is what was said. For
/// whoever it is, and for staff with `customers.write`, who write down what they were told.
///
/// 422 on `text_version` for a sentence there never was.
pub async fn record_consent(
    ctx: &Ctx,
    id: Id<Customer>,
    input: &RecordConsent,
    source: ConsentSource,
) -> Result<CustomerConsent> {
    let (_, by) = reach(ctx, ctx.db().read(), id, WRITE).await?;
    let source = if by == Reach::Staff { ConsentSource::Staff } else { source };
    let version = input.text_version.unwrap_or_else(|| newest(input.purpose));
    let mut fields = Fields::default();
    fields.check(
        !text(input.purpose, version).is_empty(),
        "text_version",
        CONSENT_TEXT,
        "There is no such version of the sentence. Leave it out for the present one.",
    );
    fields.finish()?;
    let tx = ctx.db().begin().await?;
    let said = Said {
        purpose: input.purpose,
        channel: input.channel,
        given: input.given,
        frequency: input.frequency,
        version,
        source,
    };
    let kept = write(&tx, ctx, id, said).await?;
    ctx.db().commit(tx).await?;
    Ok(kept)
}

/// Records several at once, all or none: what a page of choices sends. Only what differs from
/// how it stands is recorded.
pub async fn record_consents(
    ctx: &Ctx,
    id: Id<Customer>,
    wanted: &[RecordConsent],
    source: ConsentSource,
) -> Result<u64> {
    let (_, by) = reach(ctx, ctx.db().read(), id, WRITE).await?;
    let source = if by == Reach::Staff { ConsentSource::Staff } else { source };
    let tx = ctx.db().begin().await?;
    let mut changed = 0;
    for input in wanted {
        let now = standing(&tx, id, input.purpose, input.channel).await?;
        let same = match &now {
            Some(row) => {
                row.given == input.given
                    && (!row.given
                        || input.frequency.is_none_or(|wanted| wanted == frequency(&row.frequency)))
            }
            None => !input.given,
        };
        if !same {
            let said = Said {
                purpose: input.purpose,
                channel: input.channel,
                given: input.given,
                frequency: input.frequency,
                version: newest(input.purpose),
                source,
            };
            write(&tx, ctx, id, said).await?;
            changed += 1;
        }
    }
    ctx.db().commit(tx).await?;
    Ok(changed)
}

/// One thing somebody said.
struct Said {
    purpose: ConsentPurpose,
    channel: Channel,
    given: bool,
    frequency: Option<Frequency>,
    version: i64,
    source: ConsentSource,
}

async fn write(tx: &Tx, ctx: &Ctx, id: Id<Customer>, said: Said) -> Result<CustomerConsent> {
    // One after the other, so that the last record is how it stands.
    let owner = take(tx, ctx, id).await?;
    let before = standing(tx, id, said.purpose, said.channel).await?;
    let often = said
        .frequency
        .unwrap_or_else(|| before.as_ref().map_or_else(Frequency::default, |row| frequency(&row.frequency)));
    let new = new_id::<ConsentRecord>();
    let row = table::Model {
        id: new.uuid(),
        customer_id: id.uuid(),
        purpose: said.purpose.as_str().to_owned(),
        channel: said.channel.as_str().to_owned(),
        given: said.given,
        frequency: often.as_str().to_owned(),
        text_version: said.version,
        source: said.source.as_str().to_owned(),
        ip_hash: ctx.network.as_deref().map(|network| ip_hash(ctx, network)),
        actor: ctx.actor.to_string(),
        at: ctx.now,
    };
    table::Entity::insert(table::ActiveModel::from(row.clone()).reset_all())
        .exec_without_returning(tx)
        .await?;
    let now = contact_preference::ActiveModel {
        customer_id: Set(id.uuid()),
        purpose: Set(row.purpose.clone()),
        channel: Set(row.channel.clone()),
        given: Set(said.given),
        frequency: Set(row.frequency.clone()),
        since: Set(ctx.now),
        last_contact_at: Set(None),
    };
    use contact_preference::Column as C;
    contact_preference::Entity::insert(now)
        .on_conflict(
            OnConflict::columns([C::CustomerId, C::Purpose, C::Channel])
                .update_columns([C::Given, C::Frequency, C::Since])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    let facts = json!({
        "customer": id, "purpose": said.purpose, "channel": said.channel, "given": said.given,
        "frequency": often, "text_version": said.version, "source": said.source,
    });
    audit::record(tx, ctx, audit::Entry::new("consent.recorded", new).facts(facts)).await?;
    tell_change(tx, ctx, id, owner.version, &["consents"]).await?;
    view(row).ok_or_else(|| Error::internal("written just now"))
}

async fn standing(
    conn: &impl ConnectionTrait,
    id: Id<Customer>,
    purpose: ConsentPurpose,
    channel: Channel,
) -> Result<Option<contact_preference::Model>> {
    let key = (id.uuid(), purpose.as_str().to_owned(), channel.as_str().to_owned());
    Ok(contact_preference::Entity::find_by_id(key).one(conn).await?)
}

/// Whether somebody may be written to about this now, in the caller's transaction, and if so
/// counts it: they have agreed, and were not written to about it lately. Of two who ask at the
/// same moment one may. Whatever is sent carries [`unsubscribe_url`].
pub async fn claim_contact(
    tx: &Tx,
    ctx: &Ctx,
    id: Id<Customer>,
    purpose: ConsentPurpose,
    channel: Channel,
) -> Result<bool> {
    use contact_preference::Column as C;
    let due = Frequency::ALL.iter().fold(Condition::any().add(C::LastContactAt.is_null()), |any, often| {
        let before = ctx.now - gap(*often);
        any.add(Condition::all().add(C::Frequency.eq(often.as_str())).add(C::LastContactAt.lte(before)))
    });
    let done = contact_preference::Entity::update_many()
        .col_expr(C::LastContactAt, Expr::value(Some(ctx.now)))
        .filter(C::CustomerId.eq(id.uuid()))
        .filter(C::Purpose.eq(purpose.as_str()))
        .filter(C::Channel.eq(channel.as_str()))
        .filter(C::Given.eq(true))
        .filter(due)
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// The shortest time between two messages.
const fn gap(often: Frequency) -> TimeDelta {
    match often {
        Frequency::Daily => TimeDelta::days(1),
        Frequency::Weekly => TimeDelta::days(7),
        Frequency::Monthly => TimeDelta::days(30),
    }
}

/// The page that takes a consent back without signing in, for the foot of a message. The same
/// link stays good.
pub fn unsubscribe_url(
    ctx: &Ctx,
    locale: &str,
    id: Id<Customer>,
    purpose: ConsentPurpose,
    channel: Channel,
) -> String {
    format!("{}/{locale}/unsubscribe?token={}", ctx.app.settings.public_url, token(ctx, id, purpose, channel))
}

/// The address a mail program posts to when its reader uses its own button: the value of
/// `List-Unsubscribe`, to go with `List-Unsubscribe-Post: List-Unsubscribe=One-Click`
/// (RFC 8058).
pub fn one_click_url(ctx: &Ctx, id: Id<Customer>, purpose: ConsentPurpose, channel: Channel) -> String {
    let token = token(ctx, id, purpose, channel);
    format!("{}/v1/customers/unsubscribe?token={token}", ctx.app.settings.public_url)
}

fn token(ctx: &Ctx, id: Id<Customer>, purpose: ConsentPurpose, channel: Channel) -> String {
    sign::sign(&ctx.app, LINK, &format!("{id}~{purpose}~{channel}"))
}

fn read(ctx: &Ctx, token: &str) -> Option<(Id<Customer>, ConsentPurpose, Channel)> {
    let mut parts = sign::verify(&ctx.app, LINK, token)?.split('~');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

async fn read_or_refuse(ctx: &Ctx, token: &str) -> Result<(Id<Customer>, ConsentPurpose, Channel)> {
    match read(ctx, token) {
        Some(about) => Ok(about),
        None => {
            ctx.limit(WRONG_LINKS).await?;
            Err(UNSUBSCRIBE_INVALID.error("This link is damaged. Open it from the message once more."))
        }
    }
}

/// What an unsubscribe link is about, for its page; nothing happens by looking, since mail
/// programs open links by themselves. 404 `customers.unsubscribe_invalid`.
pub async fn look_at_unsubscribe(ctx: &Ctx, token: &str) -> Result<Unsubscribing> {
    let (id, purpose, channel) = read_or_refuse(ctx, token).await?;
    let now = standing(ctx.db().read(), id, purpose, channel).await?;
    Ok(Unsubscribing { purpose, channel, given: now.is_some_and(|row| row.given) })
}

/// Takes the consent back that the link is about; a second time changes nothing. Needs no
/// sign-in: whoever has the message has the link. 404 `customers.unsubscribe_invalid`.
pub async fn unsubscribe(ctx: &Ctx, token: &str, source: ConsentSource) -> Result<()> {
    let (id, purpose, channel) = read_or_refuse(ctx, token).await?;
    let tx = ctx.db().begin().await?;
    let now = standing(&tx, id, purpose, channel).await?;
    if now.is_some_and(|row| row.given) {
        let said = Said { purpose, channel, given: false, frequency: None, version: newest(purpose), source };
        write(&tx, ctx, id, said).await?;
    }
    Ok(ctx.db().commit(tx).await?)
}

/// What a network is recorded as: it can be compared with another's by whoever has the
/// installation's key, and read by nobody.
fn ip_hash(ctx: &Ctx, network: &str) -> String {
    let signed = sign::sign(&ctx.app, "customers.ip", network);
    signed.rsplit_once('.').map(|(_, hash)| hash.to_owned()).unwrap_or_default()
}

/// The stored word's meaning; an unknown one, of a newer release, is the rarest.
fn frequency(word: &str) -> Frequency {
    word.parse().unwrap_or(Frequency::Monthly)
}

/// A record as it is shown; none for one of a newer release.
fn view(row: table::Model) -> Option<CustomerConsent> {
    let purpose = row.purpose.parse().ok()?;
    Some(CustomerConsent {
        id: Id::new(row.id),
        purpose,
        channel: row.channel.parse().ok()?,
        given: row.given,
        frequency: frequency(&row.frequency),
        text_version: row.text_version,
        text: text(purpose, row.text_version).to_owned(),
        source: row.source.parse().ok()?,
        at: row.at,
    })
}
