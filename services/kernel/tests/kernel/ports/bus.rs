use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream::BoxStream};
use stoa_kernel::ports::{Bus, LocalBus};

async fn next(listener: &mut BoxStream<'static, Vec<u8>>) -> Option<Vec<u8>> {
    tokio::time::timeout(Duration::from_secs(5), listener.next()).await.expect("a message in time")
}

async fn contract(bus: Arc<dyn Bus>) {
    bus.publish("orders", b"nobody listens").await.unwrap();
    let (mut one, mut two) = (bus.subscribe("orders").await.unwrap(), bus.subscribe("orders").await.unwrap());
    let mut other = bus.subscribe("prices").await.unwrap();
    for number in 0..100_u8 {
        bus.publish("orders", &[number]).await.unwrap();
    }
    for listener in [&mut one, &mut two] {
        for number in 0..100 {
            assert_eq!(next(listener).await, Some(vec![number]), "everybody hears all, in order");
        }
    }
    bus.publish("prices", b"other").await.unwrap();
    assert_eq!(next(&mut other).await.as_deref(), Some(&b"other"[..]), "and nothing of other topics");

    // One that does not listen keeps nobody from publishing, and the others from hearing.
    for _ in 0..10_000 {
        bus.publish("orders", b"many").await.unwrap();
    }
    drop(one);
    let mut late = bus.subscribe("orders").await.unwrap();
    bus.publish("orders", b"last").await.unwrap();
    assert_eq!(next(&mut late).await.as_deref(), Some(&b"last"[..]), "what was before is not repeated");
    while next(&mut two).await.as_deref() != Some(&b"last"[..]) {}
    drop((two, late));
    bus.publish("orders", b"gone").await.unwrap();
    let mut again = bus.subscribe("orders").await.unwrap();
    bus.publish("orders", b"back").await.unwrap();
    assert_eq!(next(&mut again).await.as_deref(), Some(&b"back"[..]));
}

#[tokio::test]
async fn messages_reach_everybody_in_this_process() {
    contract(Arc::new(LocalBus::default())).await;
}
