//! Mails about a team: invitations, roles given and taken, another owner's word.
//!
//! The event carries ids alone. Whom the mail goes to, and an invitation's link, is asked for at
//! the moment it is sent, and is kept nowhere.

use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use stoa_engagement_entities::notification;
use stoa_identity::access::{self, TeamAbout, TeamMail, TeamNotice};
use stoa_identity_types::RoleName;
use stoa_kernel::{Ctx, Event, Job, JobHandler, Result, Tx, db, jobs, new_id, ports::Mail};
use stoa_types::{Id, Notification};

use super::{
    TEMPLATE_BROKEN,
    model::{Frame, Message, render_text},
    send::{Outcome, is_queued, record},
};

pub(super) const SEND: JobHandler =
    JobHandler { kind: "notifications.send_team", attempts: 8, run: |ctx, job| Box::pin(send(ctx, job)) };

#[derive(Serialize, Deserialize)]
struct Work {
    notification: Id<Notification>,
    notice: TeamNotice,
}

pub(super) async fn on_team(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let notice: TeamNotice = serde_json::from_value(event.data.clone())?;
    let id = new_id::<Notification>();
    let row = notification::ActiveModel {
        id: Set(id.uuid()),
        event_id: Set(event.id),
        template: Set("team".to_owned()),
        channel: Set("email".to_owned()),
        order_id: Set(None),
        shipment_id: Set(None),
        amount: Set(None),
        currency: Set(None),
        recipient: Set(None),
        subject: Set(None),
        locale: Set(notice.locale.clone()),
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
        jobs::enqueue(tx, ctx, SEND.kind, Work { notification: id, notice }).await?;
    }
    Ok(())
}

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let Work { notification: id, notice } = jobs::payload(job)?;
    if !is_queued(ctx, id).await? {
        return Ok(());
    }
    let Some(facts) = access::team_mail(ctx, &notice).await? else {
        return record(ctx, id, Outcome::Skipped("the invitation is over, or nobody is there to be told"))
            .await;
    };
    let message = render(&facts).map_err(|error| TEMPLATE_BROKEN.error(error.to_string()))?;
    let mail = Mail {
        id: id.to_string(),
        to: facts.to.clone(),
        subject: message.subject.clone(),
        text: message.text,
        html: message.html,
    };
    match ctx.app.mail.send(&mail).await {
        Ok(()) => record(ctx, id, Outcome::Sent { recipient: facts.to, subject: message.subject }).await,
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
    by: &'a str,
    team: &'a str,
    role: &'a str,
    link: &'a str,
    /// "7 days".
    within: String,
}

fn render(mail: &TeamMail) -> Result<Message, minijinja::Error> {
    let (text, action) = match mail.about {
        TeamAbout::Invited => (include_str!("templates/team_invited.txt"), "See the invitation"),
        TeamAbout::RoleGiven => (include_str!("templates/team_role_given.txt"), "Go to your pages"),
        TeamAbout::RoleTaken => (include_str!("templates/team_role_taken.txt"), "Go to Stoa"),
        TeamAbout::ApprovalWanted => (include_str!("templates/team_approval.txt"), "See what waits"),
        TeamAbout::SupportWanted => (include_str!("templates/team_support.txt"), "See what is asked"),
        TeamAbout::OwnershipOffered => (include_str!("templates/team_ownership.txt"), "See the offer"),
    };
    let within = if mail.days == 1 { "1 day".to_owned() } else { format!("{} days", mail.days) };
    let facts = Facts {
        name: &mail.name,
        by: &mail.by,
        team: &mail.team,
        role: &role(&mail.role),
        link: &mail.url,
        within,
    };
    let reason = match mail.about {
        TeamAbout::Invited => "You get this mail because somebody typed your address at Stoa.",
        _ => "You get this mail because you have an account at Stoa.",
    };
    render_text(text, &facts, Frame { link: &mail.url, action, reason })
}

/// A role as people say it.
fn role(name: &str) -> String {
    let known = match name.parse() {
        Ok(RoleName::Seller) => "owner",
        Ok(RoleName::Catalog) => "catalogue",
        _ => name,
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(about: TeamAbout) -> TeamMail {
        TeamMail {
            about,
            to: "ana@stoa.example".to_owned(),
            name: "Ana <b>\r\nBcc: all@example.com".to_owned(),
            by: "Bob".to_owned(),
            team: "Kleio".to_owned(),
            role: "seller".to_owned(),
            url: "http://localhost:3000/en-gb/invitation?token=abc".to_owned(),
            days: 7,
        }
    }

    /// 12.B2
    #[test]
    fn every_mail_about_a_team_renders_and_escapes() {
        for about in TeamAbout::ALL {
            let message = render(&mail(about)).unwrap_or_else(|error| panic!("{about:?}: {error}"));
            assert!(message.text.contains("invitation?token=abc"), "{}", message.text);
            assert!(message.text.contains("Kleio") && message.html.contains("href=\"http"));
            assert!(!message.html.contains("<b>") && !message.subject.contains(['\r', '\n']));
        }
        assert!(render(&mail(TeamAbout::Invited)).unwrap().text.contains("7 days"));
        assert!(render(&mail(TeamAbout::RoleGiven)).unwrap().text.contains("owner"));
    }
}
