use std::{sync::Arc, time::Duration};

use stoa_kernel::{
    error::codes::TOO_MANY,
    ports::{MemoryRateLimiter, Rate, RateLimiter},
};

pub async fn contract(limiter: Arc<dyn RateLimiter>) {
    let rate = Rate { name: "contract", count: 3, per: Duration::from_secs(60) };
    for _ in 0..3 {
        assert_eq!(limiter.take(rate, "a").await.unwrap(), None);
    }
    let wait = limiter.take(rate, "a").await.unwrap().expect("the allowance is used up");
    assert!(wait > Duration::ZERO && wait <= Duration::from_secs(60), "{wait:?}");
    assert_eq!(limiter.take(rate, "b").await.unwrap(), None, "each key has its own");
    let other = Rate { name: "another", ..rate };
    assert_eq!(limiter.take(other, "a").await.unwrap(), None, "and each limit");
    let refused = limiter.check(rate, "a").await.unwrap_err();
    assert!(refused.is(TOO_MANY) && refused.facts().contains_key("retry_after"));

    let quick = Rate { name: "quick", count: 10, per: Duration::from_millis(1000) };
    while limiter.take(quick, "a").await.unwrap().is_none() {}
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(limiter.take(quick, "a").await.unwrap(), None, "what was used comes back bit by bit");

    let busy = Rate { name: "busy", count: 20, per: Duration::from_secs(600) };
    let takers = (0..50).map(|_| {
        let limiter = limiter.clone();
        tokio::spawn(async move { limiter.take(busy, "a").await.unwrap().is_none() })
    });
    let taken =
        futures::future::join_all(takers).await.into_iter().filter(|one| *one.as_ref().unwrap()).count();
    assert_eq!(taken, 20, "also when all ask at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_counts() {
    contract(Arc::new(MemoryRateLimiter::default())).await;
}
