use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::{header, request::Parts};

/// From where somebody signs in. The server, which knows its proxies, puts it into the
/// request's extensions; without that it is the connection's own address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    pub address: Option<IpAddr>,
    /// The browser's own description of itself, cut to 300 characters.
    pub user_agent: Option<String>,
    /// What a browser keeps that is not asked for the second step.
    pub remembered: Option<String>,
}

impl Device {
    /// The device at `address`, described by the request's headers.
    pub fn new(address: Option<IpAddr>, headers: &http::HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let user_agent = agent.map(|text| text.chars().take(300).collect());
        Self { address, user_agent, remembered: remembered(headers) }
    }
}

/// The cookie of a remembered browser, with or without its prefix: it is bound to a person, so
/// one that another host has set is worth nothing.
fn remembered(headers: &http::HeaderMap) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| name.strip_prefix("__Host-").unwrap_or(name) == super::remembered::COOKIE)
        .map(|(_, value)| value.chars().take(100).collect())
}

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        if let Some(device) = parts.extensions.get::<Self>() {
            return Ok(device.clone());
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(Self::new(peer, &parts.headers))
    }
}
