use std::time::Duration;

use stoa_kernel::ports::{Cache, MemoryCache};

pub async fn contract(cache: &dyn Cache) {
    let minute = Duration::from_secs(60);
    assert_eq!(cache.get("nothing").await.unwrap(), None);
    cache.put("short", b"1".to_vec(), Duration::from_millis(200)).await.unwrap();
    cache.put("long", b"2".to_vec(), minute).await.unwrap();
    assert_eq!(cache.get("short").await.unwrap().as_deref(), Some(&b"1"[..]));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(cache.get("short").await.unwrap(), None, "it is forgotten in time");
    assert_eq!(cache.get("long").await.unwrap().as_deref(), Some(&b"2"[..]), "and not before");
    cache.put("long", b"3".to_vec(), minute).await.unwrap();
    assert_eq!(cache.get("long").await.unwrap().as_deref(), Some(&b"3"[..]), "the last one counts");
    cache.remove("long").await.unwrap();
    cache.remove("long").await.unwrap();
    assert_eq!(cache.get("long").await.unwrap(), None);
    cache.put("empty", Vec::new(), minute).await.unwrap();
    assert_eq!(cache.get("empty").await.unwrap(), Some(Vec::new()), "empty is not absent");
}

#[tokio::test]
async fn memory_keeps_and_forgets() {
    contract(&MemoryCache::default()).await;
}
