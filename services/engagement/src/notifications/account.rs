//! Mails about somebody's account: with a link to confirm an address or to come back in, and
//! about what has changed.
//!
//! The event and the job carry the link's id alone. What the mail says, and the link itself,
//! is asked for at the moment it is sent, and is kept nowhere.

use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use stoa_engagement_entities::notification;
use stoa_identity::auth::{
    self, LinkAbout, LinkMail,
    notices::{Notice, NoticeAbout, NoticeMail, notice_mail},
};
use stoa_kernel::{Ctx, Event, Job, JobHandler, Result, Tx, db, jobs, new_id, ports::Mail};
use stoa_types::{Id, Notification, OneTimeLink};

use super::{
    TEMPLATE_BROKEN,
    model::{Frame, Message, render_text},
    send::{Outcome, is_queued, record},
};

pub(super) const SEND: JobHandler =
    JobHandler { kind: "notifications.send_link", attempts: 8, run: |ctx, job| Box::pin(send(ctx, job)) };

#[derive(Serialize, Deserialize)]
struct Data {
    link: Id<OneTimeLink>,
}

#[derive(Serialize, Deserialize)]
struct Work {
    notification: Id<Notification>,
    link: Id<OneTimeLink>,
}

pub(super) async fn on_link(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let Data { link } = serde_json::from_value(event.data.clone())?;
    if let Some(id) = queue(tx, ctx, event, "account_link").await? {
        jobs::enqueue(tx, ctx, SEND.kind, Work { notification: id, link }).await?;
    }
    Ok(())
}

/// The log's row of a mail that the event asks for; `None` when it was written before.
pub(super) async fn queue(
    tx: &Tx,
    ctx: &Ctx,
    event: &Event,
    template: &str,
) -> Result<Option<Id<Notification>>> {
    let id = new_id::<Notification>();
    let row = notification::ActiveModel {
        id: Set(id.uuid()),
        event_id: Set(event.id),
        template: Set(template.to_owned()),
        channel: Set("email".to_owned()),
        order_id: Set(None),
        shipment_id: Set(None),
        amount: Set(None),
        currency: Set(None),
        recipient: Set(None),
        subject: Set(None),
        locale: Set(ctx.locale.clone()),
        state: Set("queued".to_owned()),
        reason: Set(None),
        created_at: Set(ctx.now),
        sent_at: Set(None),
    };
    use notification::Column::{Channel, EventId, Template};
    let written = notification::Entity::insert(row)
        .on_conflict_do_nothing_on([EventId, Template, Channel])
        .exec_without_returning(tx)
        .await?;
    Ok(db::inserted(&written).then_some(id))
}

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let Work { notification: id, link } = jobs::payload(job)?;
    if !is_queued(ctx, id).await? {
        return Ok(());
    }
    let Some(link) = auth::issue_link(ctx, link).await? else {
        return record(ctx, id, Outcome::Skipped("the link is over, or nobody is registered")).await;
    };
    let message = render(&link).map_err(|error| TEMPLATE_BROKEN.error(error.to_string()))?;
    deliver(ctx, job, id, link.to, message).await
}

/// Sends the mail and says in the log how that went; the last failure stays there.
pub(super) async fn deliver(
    ctx: &Ctx,
    job: &Job,
    id: Id<Notification>,
    to: String,
    message: Message,
) -> Result<()> {
    let mail = Mail {
        id: id.to_string(),
        to: to.clone(),
        subject: message.subject.clone(),
        text: message.text,
        html: message.html,
    };
    match ctx.app.mail.send(&mail).await {
        Ok(()) => record(ctx, id, Outcome::Sent { recipient: to, subject: message.subject }).await,
        Err(error) if job.attempts >= job.max_attempts => {
            record(ctx, id, Outcome::Failed(error.to_string())).await?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

pub(super) const SEND_NOTICE: JobHandler = JobHandler {
    kind: "notifications.send_account_notice",
    attempts: 8,
    run: |ctx, job| Box::pin(send_notice(ctx, job)),
};

#[derive(Serialize, Deserialize)]
struct NoticeWork {
    notification: Id<Notification>,
    notice: Notice,
}

pub(super) async fn on_notice(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let notice: Notice = serde_json::from_value(event.data.clone())?;
    if let Some(notification) = queue(tx, ctx, event, "account_notice").await? {
        jobs::enqueue(tx, ctx, SEND_NOTICE.kind, NoticeWork { notification, notice }).await?;
    }
    Ok(())
}

async fn send_notice(ctx: &Ctx, job: &Job) -> Result<()> {
    let NoticeWork { notification: id, notice } = jobs::payload(job)?;
    if !is_queued(ctx, id).await? {
        return Ok(());
    }
    let Some(mail) = notice_mail(ctx, &notice).await? else {
        return record(ctx, id, Outcome::Skipped("there is nobody to tell any more")).await;
    };
    let message = render_notice(&notice, &mail).map_err(|error| TEMPLATE_BROKEN.error(error.to_string()))?;
    deliver(ctx, job, id, mail.to, message).await
}

/// What the template of a notice speaks of.
#[derive(Serialize)]
struct NoticeFacts<'a> {
    name: &'a str,
    link: &'a str,
    what: &'static str,
    more: &'static str,
    /// "Thu 14 May 2026, 09:30 UTC".
    when: String,
}

fn render_notice(notice: &Notice, mail: &NoticeMail) -> Result<Message, minijinja::Error> {
    let (what, more) = said(notice.about);
    let when = notice.at.format("%a %-d %b %Y, %H:%M UTC").to_string();
    let facts = NoticeFacts { name: &mail.name, link: &mail.url, what, more, when };
    let reason = "You get this mail because you have an account at Stoa. It can't be turned off.";
    let frame = Frame { link: &mail.url, action: "Look at your sign-in", reason };
    render_text(include_str!("templates/account_notice.txt"), &facts, frame)
}

/// What has happened, and what follows from it.
fn said(about: NoticeAbout) -> (&'static str, &'static str) {
    match about {
        NoticeAbout::PasswordChanged => ("Your password was changed", "You're signed out everywhere else."),
        NoticeAbout::PasswordRemoved => {
            ("Your password was removed", "You sign in with a passkey from now on.")
        }
        NoticeAbout::NewDevice => (
            "You signed in on a new device",
            "We haven't seen a browser of this kind on your account before.",
        ),
        NoticeAbout::SecondStepOn => {
            ("The second step was turned on", "Signing in asks for a code from your app from now on.")
        }
        NoticeAbout::SecondStepOff => {
            ("The second step was turned off", "Your password alone signs you in from now on.")
        }
        NoticeAbout::PasskeyAdded => ("A passkey was added", "It signs you in without your password."),
        NoticeAbout::PasskeyRemoved => ("A passkey was removed", "It doesn't sign you in any more."),
        NoticeAbout::SocialLinked => {
            ("A sign-in with another account was added", "That account signs you in from now on.")
        }
        NoticeAbout::SocialUnlinked => {
            ("A sign-in with another account was removed", "That account doesn't sign you in any more.")
        }
        NoticeAbout::AppTokenReused => (
            "An app was disconnected",
            "What it was given was used twice, so somebody may have copied it. Connect the app again if you use it.",
        ),
        NoticeAbout::KeyLeaked => (
            "An API key of yours was found and ended",
            "Somebody came across the whole key and reported it. Create a new one in the developer portal.",
        ),
    }
}

/// What the templates speak of.
#[derive(Serialize)]
struct Facts<'a> {
    name: &'a str,
    link: &'a str,
    /// "60 minutes", "24 hours".
    within: String,
}

fn render(mail: &LinkMail) -> Result<Message, minijinja::Error> {
    let (text, action) = match mail.about {
        LinkAbout::SignUp => (include_str!("templates/account_sign_up.txt"), "Confirm your address"),
        LinkAbout::Known => (include_str!("templates/account_known.txt"), "Sign in"),
        LinkAbout::Reset => (include_str!("templates/account_reset.txt"), "Choose a new password"),
        LinkAbout::SignIn => (include_str!("templates/account_sign_in.txt"), "Sign in"),
        LinkAbout::ChangeEmail => {
            (include_str!("templates/account_change_email.txt"), "Confirm your address")
        }
        LinkAbout::AddressTaken => (include_str!("templates/account_address_taken.txt"), "Sign in"),
        LinkAbout::EmailNotice => {
            (include_str!("templates/account_email_notice.txt"), "Change your password")
        }
        LinkAbout::EmailChanged => (include_str!("templates/account_email_changed.txt"), "Sign in"),
    };
    let facts = Facts { name: &mail.name, link: &mail.url, within: within(mail.minutes.unwrap_or_default()) };
    let reason = "You get this mail because somebody typed your address at Stoa.";
    render_text(text, &facts, Frame { link: &mail.url, action, reason })
}

/// Minutes as people say them.
fn within(minutes: i64) -> String {
    match minutes {
        1 => "1 minute".to_owned(),
        ..=119 => format!("{minutes} minutes"),
        _ => format!("{} hours", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(about: LinkAbout) -> LinkMail {
        LinkMail {
            about,
            to: "ana@stoa.example".to_owned(),
            name: "Ana <b>\r\nBcc: all@example.com".to_owned(),
            locale: "en-gb".to_owned(),
            url: "http://localhost:3000/en-gb/recover/password?token=abc".to_owned(),
            minutes: Some(60),
        }
    }

    #[test]
    fn every_mail_with_a_link_renders_and_escapes() {
        let all = [
            LinkAbout::SignUp,
            LinkAbout::Known,
            LinkAbout::Reset,
            LinkAbout::SignIn,
            LinkAbout::ChangeEmail,
            LinkAbout::AddressTaken,
            LinkAbout::EmailNotice,
            LinkAbout::EmailChanged,
        ];
        for about in all {
            let message = render(&mail(about)).unwrap_or_else(|error| panic!("{about:?}: {error}"));
            assert!(message.text.contains("recover/password?token=abc"), "{}", message.text);
            assert!(message.html.contains("href=\"http"), "{}", message.html);
            assert!(!message.html.contains("<b>") && !message.subject.contains(['\r', '\n']));
        }
        assert!(render(&mail(LinkAbout::Reset)).unwrap().text.contains("within 60 minutes"));
    }

    #[test]
    fn every_notice_says_what_happened_and_what_to_do() {
        let to = NoticeMail {
            to: "ana@stoa.example".to_owned(),
            name: "Ana <b>\r\nBcc: all@example.com".to_owned(),
            url: "http://localhost:3000/en-gb/account/security".to_owned(),
        };
        for about in NoticeAbout::ALL {
            let at = chrono::DateTime::from_timestamp(1_779_000_000, 0).unwrap();
            let user = Id::new(stoa_types::Uuid::nil());
            let notice = Notice { user, about, at, locale: "en-gb".to_owned() };
            let message = render_notice(&notice, &to).unwrap_or_else(|error| panic!("{about:?}: {error}"));
            assert_eq!(message.subject, said(about).0);
            assert!(message.text.contains("Sun 17 May 2026") && message.text.contains("/account/security"));
            assert!(!message.html.contains("<b>") && !message.subject.contains(['\r', '\n']));
        }
    }

    #[test]
    fn a_time_is_said_as_people_say_it() {
        assert_eq!(
            ["1 minute", "60 minutes", "24 hours"],
            [1, 60, 1440].map(within).each_ref().map(String::as_str)
        );
    }
}
