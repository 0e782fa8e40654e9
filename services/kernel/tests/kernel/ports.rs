//! One contract for a port's default and its twin.

use std::{sync::Arc, time::Duration};

use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use stoa_kernel::ports::{Cache, MemoryCache, MemoryRateLimiter, Rate, RateLimiter, local_objects};

/// What media, labels and documents rely on.
async fn objects_contract(store: Arc<dyn ObjectStore>) {
    let path = Path::from("media/ab/cd.webp");
    assert!(store.get(&path).await.is_err(), "nothing is there at first");
    store.put(&path, PutPayload::from_static(b"one")).await.unwrap();
    store.put(&path, PutPayload::from_static(b"two")).await.unwrap();
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap().as_ref(), b"two");
    let large = vec![7_u8; 6 * 1024 * 1024];
    store.put(&Path::from("media/large"), PutPayload::from(large.clone())).await.unwrap();
    assert_eq!(store.get_range(&Path::from("media/large"), 10..20).await.unwrap().as_ref(), &large[10..20]);
    let listed: Vec<_> = store.list(Some(&Path::from("media"))).try_collect().await.unwrap();
    assert_eq!(listed.len(), 2);
    store.delete(&path).await.unwrap();
    assert!(matches!(store.get(&path).await, Err(object_store::Error::NotFound { .. })));
}

#[tokio::test]
async fn a_local_folder_keeps_objects() {
    let folder = tempfile::tempdir().unwrap();
    objects_contract(local_objects(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn a_cache_forgets_in_time() {
    let cache = MemoryCache::default();
    cache.put("a", b"1".to_vec(), Duration::from_millis(80)).await.unwrap();
    cache.put("b", b"2".to_vec(), Duration::from_secs(60)).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap().as_deref(), Some(&b"1"[..]));
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.remove("b").await.unwrap();
    assert_eq!(cache.get("b").await.unwrap(), None);
}

#[tokio::test]
async fn a_rate_is_kept_for_each_key_alone() {
    let limiter = MemoryRateLimiter::default();
    let rate = Rate { name: "test", count: 3, per: Duration::from_secs(60) };
    for _ in 0..3 {
        assert_eq!(limiter.take(rate, "a").await.unwrap(), None);
    }
    assert!(limiter.take(rate, "a").await.unwrap().is_some());
    assert_eq!(limiter.take(rate, "b").await.unwrap(), None);
    assert!(limiter.check(rate, "a").await.unwrap_err().facts().contains_key("retry_after"));
}
