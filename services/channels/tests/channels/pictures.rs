//! Pictures that a file names by their address.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use chrono::TimeDelta;
use stoa_catalog::media;
use stoa_catalog_types::AssetState;
use stoa_channels_types::Outcome::{Created, Unchanged};
use stoa_testing::{Answer, Client, Test};
use stoa_types::{Asset, Id, Uuid};

use crate::support::{How, bring, modules, outcomes, shop};

/// A host of one picture on this machine, which is down until it is told otherwise.
async fn host() -> (String, Arc<AtomicBool>) {
    let up = Arc::new(AtomicBool::new(false));
    let answer = {
        let up = up.clone();
        move || async move {
            match up.load(Ordering::SeqCst) {
                true => include_bytes!("jug.png").into_response(),
                false => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/jug.png", get(answer))).await });
    // Tests run at once: everybody adds to what the others allow.
    static ALLOW: Mutex<()> = Mutex::new(());
    let _guard = ALLOW.lock().unwrap();
    let known = std::env::var("STOA_FETCH_ALLOW").unwrap_or_default();
    // SAFETY: only this function writes the environment, one at a time.
    unsafe { std::env::set_var("STOA_FETCH_ALLOW", format!("{known},{host}")) };
    (host, up)
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn only_asset(test: &Test) -> Id<Asset> {
    use sea_orm::{ConnectionTrait, Statement};
    let one = Statement::from_string(test.app.db.backend(), "SELECT id FROM asset");
    let rows = test.app.db.read().query_all_raw(one).await.unwrap();
    assert_eq!(rows.len(), 1, "one address, one picture");
    Id::new(rows[0].try_get::<Uuid>("", "id").unwrap())
}

stoa_testing::on_both!(
    a_picture_that_cannot_be_had_is_tried_again_behind_a_placeholder,
    &modules(),
    async |test: &Test| {
        let (host, up) = host().await;
        let seller = shop(test, "auel").await;
        let text = format!(
            "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src,Image Alt Text\n\
             jug,Stoneware jug,Title,Default Title,JUG,5,20,http://{host}/jug.png,\n"
        );
        let how = || How { publish: true, ..How::default() };
        let report = bring(test, seller, text.as_bytes(), how()).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Created)], "{report:?}");
        assert_eq!(
            test.scalar("SELECT COUNT(*) FROM product WHERE status = 'published'").await,
            1,
            "a picture on its way counts"
        );
        assert_eq!(
            test.scalar("SELECT COUNT(*) FROM product_media WHERE alt = 'Stoneware jug'").await,
            1,
            "a missing text becomes the title"
        );
        test.settle().await;

        let id = only_asset(test).await;
        let asset = media::get(&test.system(), id).await.unwrap();
        assert_eq!(asset.state, AssetState::Pending);
        assert!(asset.error.unwrap().contains("503"), "why is recorded");
        assert_eq!(
            test.scalar(
                "SELECT COUNT(*) FROM job WHERE kind = 'media.fetch' AND state = 'queued' AND attempts = 1"
            )
            .await,
            1,
            "a job tries again"
        );
        let client = Client::new(&test.app, stoa_catalog::routes());
        let address = format!("/media/{id}/640.webp");
        let shown = client.get(&test.visitor(), &address).await;
        assert_eq!((shown.status.as_u16(), header(&shown, "content-type")), (200, "image/svg+xml"));
        assert!(!header(&shown, "cache-control").contains("immutable"), "a placeholder is not kept");

        // The same file meanwhile asks for nothing new.
        let report = bring(test, seller, text.as_bytes(), how()).await.unwrap();
        assert_eq!(outcomes(&report), [("jug", Unchanged)]);
        assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE kind = 'media.fetch'").await, 1);

        up.store(true, Ordering::SeqCst);
        test.travel(TimeDelta::hours(2));
        test.settle().await;
        let asset = media::get(&test.system(), id).await.unwrap();
        assert_eq!((asset.state, asset.error), (AssetState::Ready, None));
        let shown = client.get(&test.visitor(), &format!("/media/{id}/40.webp")).await;
        assert_eq!((shown.status.as_u16(), header(&shown, "content-type")), (200, "image/webp"));
    }
);
