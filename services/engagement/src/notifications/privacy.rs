//! Mails about what somebody asked about their data: a copy, or its erasure.

use serde::{Deserialize, Serialize};
use stoa_identity::customers::privacy_notices::{PrivacyAbout, PrivacyMail, PrivacyNotice, privacy_mail};
use stoa_kernel::{Ctx, Event, Job, JobHandler, Result, Tx, jobs};
use stoa_types::{Id, Notification};

use super::{
    TEMPLATE_BROKEN,
    account::{deliver, queue},
    model::{Frame, Message, render_text},
    send::{Outcome, is_queued, record},
};

pub(super) const SEND: JobHandler = JobHandler {
    kind: "notifications.send_data_request",
    attempts: 8,
    run: |ctx, job| Box::pin(send(ctx, job)),
};

#[derive(Serialize, Deserialize)]
struct Work {
    notification: Id<Notification>,
    notice: PrivacyNotice,
}

pub(super) async fn on_notice(tx: &Tx, ctx: &Ctx, event: &Event) -> Result<()> {
    let notice: PrivacyNotice = serde_json::from_value(event.data.clone())?;
    if let Some(notification) = queue(tx, ctx, event, "data_request").await? {
        jobs::enqueue(tx, ctx, SEND.kind, Work { notification, notice }).await?;
    }
    Ok(())
}

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let Work { notification: id, notice } = jobs::payload(job)?;
    if !is_queued(ctx, id).await? {
        return Ok(());
    }
    let Some(mail) = privacy_mail(ctx, &notice).await? else {
        return record(ctx, id, Outcome::Skipped("the request is further, or nobody is there to be told"))
            .await;
    };
    let message = render(notice.about, &mail).map_err(|error| TEMPLATE_BROKEN.error(error.to_string()))?;
    deliver(ctx, job, id, mail.to, message).await
}

/// What the templates speak of.
#[derive(Serialize)]
struct Facts<'a> {
    name: &'a str,
    link: &'a str,
    /// "Mon 30 Nov 2026".
    when: String,
    blockers: &'a [String],
}

fn render(about: PrivacyAbout, mail: &PrivacyMail) -> Result<Message, minijinja::Error> {
    let (text, action) = match about {
        PrivacyAbout::ConfirmErasure => (include_str!("templates/erasure_confirm.txt"), "Delete my data"),
        PrivacyAbout::ErasureWaiting => (include_str!("templates/erasure_waiting.txt"), "Keep my data"),
        PrivacyAbout::ErasureBlocked => {
            (include_str!("templates/erasure_blocked.txt"), "See what we wait for")
        }
        PrivacyAbout::ErasureCancelled => {
            (include_str!("templates/erasure_cancelled.txt"), "See your choices")
        }
        PrivacyAbout::ExportReady => (include_str!("templates/export_ready.txt"), "Fetch your data"),
    };
    let when = mail.when.map(|when| when.format("%a %-d %b %Y").to_string()).unwrap_or_default();
    let facts = Facts { name: &mail.name, link: &mail.url, when, blockers: &mail.blockers };
    let reason = "You get this mail because of what you asked about your data at Stoa.";
    render_text(text, &facts, Frame { link: &mail.url, action, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mail_about_a_request_renders_and_escapes() {
        let mail = PrivacyMail {
            to: "ana@stoa.example".to_owned(),
            name: "Ana <b>\r\nBcc: all@example.com".to_owned(),
            url: "http://localhost:3000/en-gb/data-request?token=abc".to_owned(),
            when: chrono::DateTime::from_timestamp(1_779_000_000, 0),
            blockers: vec!["Order K7QM-2XPAC is on its way.".to_owned()],
        };
        for about in PrivacyAbout::ALL {
            let message = render(about, &mail).unwrap_or_else(|error| panic!("{about:?}: {error}"));
            assert!(message.text.contains("data-request?token=abc"), "{}", message.text);
            assert!(!message.html.contains("<b>") && !message.subject.contains(['\r', '\n']));
        }
        let blocked = render(PrivacyAbout::ErasureBlocked, &mail).unwrap().text;
        assert!(blocked.contains("K7QM-2XPAC"), "{blocked}");
        assert!(render(PrivacyAbout::ErasureWaiting, &mail).unwrap().text.contains("Sun 17 May 2026"));
    }
}
