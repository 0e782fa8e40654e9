//! Mails with a link to somebody's account: to confirm an address, to come back in.
//!
//! The event and the job carry the link's id alone. What the mail says, and the link itself,
//! is asked for at the moment it is sent, and is kept nowhere.

use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use stoa_engagement_entities::notification;
use stoa_identity::auth::{self, LinkAbout, LinkMail};
use stoa_identity_types::OneTimeLink;
use stoa_kernel::{Ctx, Event, Job, JobHandler, Result, Tx, db, jobs, new_id, ports::Mail};
use stoa_types::{Id, Notification};

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
    let id = new_id::<Notification>();
    let row = notification::ActiveModel {
        id: Set(id.uuid()),
        event_id: Set(event.id),
        template: Set("account_link".to_owned()),
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
    if db::inserted(&written) {
        jobs::enqueue(tx, ctx, SEND.kind, Work { notification: id, link }).await?;
    }
    Ok(())
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
    let mail = Mail {
        id: id.to_string(),
        to: link.to.clone(),
        subject: message.subject.clone(),
        text: message.text,
        html: message.html,
    };
    match ctx.app.mail.send(&mail).await {
        Ok(()) => record(ctx, id, Outcome::Sent { recipient: link.to, subject: message.subject }).await,
        Err(error) if job.attempts >= job.max_attempts => {
            record(ctx, id, Outcome::Failed(error.to_string())).await?;
            Err(error)
        }
        Err(error) => Err(error),
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
        for about in [LinkAbout::SignUp, LinkAbout::Known, LinkAbout::Reset, LinkAbout::SignIn] {
            let message = render(&mail(about)).unwrap_or_else(|error| panic!("{about:?}: {error}"));
            assert!(message.text.contains("recover/password?token=abc"), "{}", message.text);
            assert!(message.html.contains("href=\"http"), "{}", message.html);
            assert!(!message.html.contains("<b>") && !message.subject.contains(['\r', '\n']));
        }
        assert!(render(&mail(LinkAbout::Reset)).unwrap().text.contains("within 60 minutes"));
    }

    #[test]
    fn a_time_is_said_as_people_say_it() {
        assert_eq!(
            ["1 minute", "60 minutes", "24 hours"],
            [1, 60, 1440].map(within).each_ref().map(String::as_str)
        );
    }
}
