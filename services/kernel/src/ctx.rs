//! Who asks, for which seller, in which language, and when.

use std::{collections::HashSet, sync::Arc};

use axum::extract::FromRequestParts;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use http::request::Parts;
use stoa_types::{ApiKey, App as RegisteredApp, Currency, Id, Seller, User, Uuid};

use crate::{
    App, Db,
    error::{Error, Result, codes},
    ports::Rate,
};

/// A permission, `<service>.<name>`, a constant of its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Permission(pub &'static str);

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A visitor who has not signed in.
    Visitor,
    /// A signed-in person, shopper, seller's or platform's.
    User(Id<User>),
    /// A program with an API key.
    Key(Id<ApiKey>),
    /// A registered app with an access token of its own, for nobody in particular.
    App(Id<RegisteredApp>),
    /// Stoa itself: jobs, schedules, the command line.
    System,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Visitor => f.write_str("visitor"),
            Self::User(id) => write!(f, "{id}"),
            Self::Key(id) => write!(f, "{id}"),
            Self::App(id) => write!(f, "{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// Whose records a caller may touch: what lists filter by, and single records are checked
/// against ([`Self::allows`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every seller's.
    Platform,
    /// One seller's only.
    Seller(Id<Seller>),
}

impl Scope {
    /// The seller to filter by, if the scope is one seller's.
    pub fn seller(self) -> Option<Uuid> {
        match self {
            Self::Platform => None,
            Self::Seller(id) => Some(id.uuid()),
        }
    }

    /// Refuses with 404 when a record is outside the scope.
    pub fn allows(self, seller: Option<Uuid>, what: &str) -> Result<()> {
        match self {
            Self::Platform => Ok(()),
            Self::Seller(own) if seller == Some(own.uuid()) => Ok(()),
            Self::Seller(_) => Err(Error::not_found(what)),
        }
    }
}

/// The first argument of every use case. Cheap to clone; carries no transaction.
#[derive(Clone)]
pub struct Ctx {
    pub app: App,
    pub actor: Actor,
    pub permissions: Arc<HashSet<String>>,
    /// The app that a person let act for them, by an access token; `None` when they act
    /// themselves. It has the permissions it was given and nothing that is the person's own
    /// ([`Self::user`]).
    pub via: Option<Id<RegisteredApp>>,
    /// The owner of [`Self::seller`] whose leave the actor, a member of the platform's staff, has to
    /// act for it; `None` for everybody who acts for themselves.
    pub support: Option<Id<User>>,
    /// The seller the actor works for; `None` for shoppers and platform staff.
    pub seller: Option<Id<Seller>>,
    /// Lower-case BCP 47, such as `en-gb`.
    pub locale: String,
    pub currency: Currency,
    pub request_id: String,
    /// W3C `traceparent` of what asked for this work: the caller's, or one made for the request.
    pub trace: Option<String>,
    pub idempotency_key: Option<String>,
    /// The visitor's cart token from the cookie, if any.
    pub cart_token: Option<String>,
    /// The network the request came from ([`crate::ports::network`]); `None` for work that
    /// nobody asked for over a network: jobs, schedules, the command line.
    pub network: Option<String>,
    /// When this request or job began, UTC, whole microseconds.
    pub now: DateTime<Utc>,
}

impl Ctx {
    /// A visitor without any permission.
    pub fn visitor(app: &App) -> Self {
        Self {
            app: app.clone(),
            actor: Actor::Visitor,
            permissions: Arc::default(),
            via: None,
            support: None,
            seller: None,
            locale: "en-gb".to_owned(),
            currency: Currency::EUR,
            request_id: uuid::Uuid::now_v7().simple().to_string(),
            trace: None,
            idempotency_key: None,
            cart_token: None,
            network: None,
            now: app.now(),
        }
    }

    /// Stoa itself, which may do everything.
    pub fn system(app: &App) -> Self {
        Self { actor: Actor::System, ..Self::visitor(app) }
    }

    /// The same caller at the present moment, for work that takes long.
    pub fn renewed(&self) -> Self {
        Self { now: self.app.now(), ..self.clone() }
    }

    pub fn db(&self) -> &Db {
        &self.app.db
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.actor == Actor::System || self.permissions.contains(permission.0)
    }

    /// Refuses: 401 for a visitor, 403 for somebody known.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) {
            return Ok(());
        }
        match self.actor {
            Actor::Visitor => Err(codes::SIGN_IN.error("Sign in to do this.")),
            _ => Err(codes::FORBIDDEN
                .error(format!("Your role can't do this. Ask an owner for the permission {}.", permission.0))
                .fact("permission", permission.0)),
        }
    }

    /// Like [`Self::require`], and answers whose records the caller may touch.
    pub fn scope(&self, permission: Permission) -> Result<Scope> {
        self.require(permission)?;
        Ok(self.seller.map_or(Scope::Platform, Scope::Seller))
    }

    /// Takes one from the network's allowance of `rate`; 429 with `Retry-After` when it is
    /// used up. Programs with a key or token of their own have the interface's own limit and pass.
    pub async fn limit(&self, rate: Rate) -> Result<()> {
        match &self.network {
            Some(network) if !matches!(self.actor, Actor::Key(_) | Actor::App(_)) => {
                self.limit_each(rate, network).await
            }
            _ => Ok(()),
        }
    }

    /// [`Self::limit`] for each `key` (a cart, an account) instead of each network.
    pub async fn limit_each(&self, rate: Rate, key: &str) -> Result<()> {
        if self.network.is_none() {
            return Ok(());
        }
        self.app.rate.check(rate.times(self.app.settings.allowance), key).await
    }

    /// The signed-in person, or 401; 403 for an app that acts for them, since what is a
    /// person's own goes by no permission that could have been given to it.
    pub fn user(&self) -> Result<Id<User>> {
        match self.actor {
            Actor::User(_) if self.via.is_some() => {
                Err(codes::FORBIDDEN.error("An app can't do this for somebody. Sign in as a person."))
            }
            Actor::User(id) => Ok(id),
            _ => Err(codes::SIGN_IN.error("Sign in to do this.")),
        }
    }
}

/// Whole microseconds: PostgreSQL keeps no more, and what is stored must equal what was used.
pub(crate) fn to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(time)
}

/// The server's middleware puts the context into the request's extensions.
impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            Error::internal("the request carries no context: the context middleware is not mounted")
        })
    }
}
