use std::{collections::HashMap, net::IpAddr, num::NonZeroU32, sync::Mutex, time::Duration};

use async_trait::async_trait;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter as Governor, clock::Clock as _};

use crate::{Error, Result, error::codes};

/// At most `count` in `per`, smoothed (GCRA); `name` keeps limits of one key apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    pub name: &'static str,
    pub count: u32,
    pub per: Duration,
}

impl Rate {
    /// The same rate with `times` the allowance.
    pub fn times(self, times: u32) -> Self {
        Self { count: self.count.saturating_mul(times.max(1)), ..self }
    }
}

/// Whom requests are counted for: the address, or for IPv6 the /64 network around it,
/// since one line has all of that.
pub fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Counts what a key (an address, an account, an API key) does.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes one from the key's allowance, or answers how long to wait.
    async fn take(&self, rate: Rate, key: &str) -> Result<Option<Duration>>;

    /// Refuses with 429 and `Retry-After` when the allowance is used up.
    async fn check(&self, rate: Rate, key: &str) -> Result<()> {
        match self.take(rate, key).await? {
            None => Ok(()),
            Some(wait) => {
                let seconds = wait.as_secs() + 1;
                Err(codes::TOO_MANY
                    .error(format!("That was too often. Try again in {seconds} seconds."))
                    .fact("retry_after", seconds))
            }
        }
    }
}

/// Counts in this process. The twin for several is [`super::Redis`].
#[derive(Default)]
pub struct MemoryRateLimiter(Mutex<HashMap<Rate, std::sync::Arc<DefaultKeyedRateLimiter<String>>>>);

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(&self, rate: Rate, key: &str) -> Result<Option<Duration>> {
        let count = NonZeroU32::new(rate.count).ok_or_else(|| Error::internal("a rate of none"))?;
        let quota = Quota::with_period(rate.per / rate.count)
            .ok_or_else(|| Error::internal("a rate without a period"))?
            .allow_burst(count);
        let limiter = {
            let mut limiters = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            limiters.entry(rate).or_insert_with(|| std::sync::Arc::new(Governor::keyed(quota))).clone()
        };
        if limiter.len() > 100_000 {
            limiter.retain_recent();
        }
        match limiter.check_key(&key.to_owned()) {
            Ok(()) => Ok(None),
            Err(refused) => Ok(Some(refused.wait_time_from(limiter.clock().now()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_line_counts_as_one() {
        let at = |text: &str| network(text.parse().ok());
        assert_eq!(at("2001:db8:1:2:3::4"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:192.0.2.7"), at("192.0.2.7"));
    }
}
