//! Mails about somebody's requests. The event names the request; whom the mail goes to and its
//! link are asked for at the moment it is written, and are kept nowhere.

use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use stoa_identity_entities::{customer, data_request};
use stoa_identity_types::RequestState;
use stoa_kernel::{Ctx, NewEvent, Result, Tx, events};
use stoa_types::{DataRequest, Id};

use super::{PRIVACY_NOTICE, requests};

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivacyAbout {
    /// An erasure waits for the link in this mail.
    ConfirmErasure,
    /// It was confirmed and will be carried out.
    ErasureWaiting,
    /// Its time has come, but something keeps it.
    ErasureBlocked,
    /// It was called off.
    ErasureCancelled,
    /// A copy can be fetched.
    ExportReady,
}

impl PrivacyAbout {
    /// Every one, for tests of what is said about it.
    pub const ALL: [Self; 5] = [
        Self::ConfirmErasure,
        Self::ErasureWaiting,
        Self::ErasureBlocked,
        Self::ErasureCancelled,
        Self::ExportReady,
    ];

    /// The state in which there is still something to say.
    fn state(self) -> RequestState {
        match self {
            Self::ConfirmErasure => RequestState::Asked,
            Self::ErasureWaiting => RequestState::Waiting,
            Self::ErasureBlocked => RequestState::Blocked,
            Self::ErasureCancelled => RequestState::Cancelled,
            Self::ExportReady => RequestState::Ready,
        }
    }
}

/// The data of [`PRIVACY_NOTICE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyNotice {
    pub about: PrivacyAbout,
    pub request: Id<DataRequest>,
}

/// Everything the mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyMail {
    pub to: String,
    pub name: String,
    pub url: String,
    /// Until when the link works or a copy is there; when an erasure is carried out.
    pub when: Option<DateTime<Utc>>,
    /// What keeps an erasure.
    pub blockers: Vec<String>,
}

/// Has the customer told, once the caller's transaction is written.
pub(super) async fn tell(tx: &Tx, ctx: &Ctx, about: PrivacyAbout, row: &data_request::Model) -> Result<()> {
    let request = Id::<DataRequest>::new(row.id);
    let notice = PrivacyNotice { about, request };
    events::emit(tx, ctx, NewEvent::new(PRIVACY_NOTICE, request, row.version + 1).data(notice).internal())
        .await
}

/// What the mail says; `None` when there is nothing to say any more.
pub async fn privacy_mail(ctx: &Ctx, notice: &PrivacyNotice) -> Result<Option<PrivacyMail>> {
    let conn = ctx.db().read();
    let Some(row) = data_request::Entity::find_by_id(notice.request.uuid()).one(conn).await? else {
        return Ok(None);
    };
    let owner = customer::Entity::find_by_id(row.customer_id).one(conn).await?;
    let Some(owner) = owner.filter(|owner| owner.erased_at.is_none()) else { return Ok(None) };
    if requests::state(&row) != notice.about.state() {
        return Ok(None);
    }
    let root = format!("{}/{}", ctx.app.settings.public_url, row.locale);
    let account = owner.user_id.is_some();
    let url = match notice.about {
        PrivacyAbout::ExportReady | PrivacyAbout::ErasureCancelled if account => {
            format!("{root}/account/privacy")
        }
        _ => format!("{root}/data-request?token={}", requests::token(ctx, notice.request)),
    };
    let when = match notice.about {
        PrivacyAbout::ErasureWaiting | PrivacyAbout::ErasureBlocked => row.effective_at,
        _ => row.expires_at,
    };
    let blockers = serde_json::from_value(row.blockers).unwrap_or_default();
    Ok(Some(PrivacyMail { to: owner.email, name: owner.name, url, when, blockers }))
}
