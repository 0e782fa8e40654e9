use std::io::Cursor;

use axum::{Router, http::header, response::Redirect, routing::get};
use image::{ImageFormat, Rgba, RgbaImage};
use stoa_catalog::{media, products};
use stoa_catalog_types::{AssetState, AttachMedia, PictureFormat};
use stoa_kernel::{Ctx, jobs};
use stoa_testing::{Client, Test, on_both};
use stoa_types::{Asset, Id};

use crate::support::{input, modules, picture, seller};

fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbaImage::from_fn(width, height, |x, y| Rgba([(x % 255) as u8, (y % 255) as u8, 90, 255]));
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

on_both!(m25_1_a_picture_is_stored_once_and_gets_its_sizes, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let meta = media::MediaMeta::default;
    let first = media::store(ctx, png(700, 875), meta()).await.unwrap();
    assert_eq!(
        (first.state, first.width, first.height, first.mime.as_deref()),
        (AssetState::Processing, 700, 875, Some("image/png"))
    );
    assert_eq!(
        media::store(ctx, png(700, 875), meta()).await.unwrap().id,
        first.id,
        "the same bytes are one asset"
    );
    let client = Client::new(&test.app, stoa_catalog::routes());
    let visitor = test.visitor();
    let early = client.get(&visitor, &format!("/media/{}/640.webp", first.id)).await;
    assert_eq!(
        (early.status.as_u16(), early.headers[header::CONTENT_TYPE].to_str().unwrap()),
        (200, "image/svg+xml")
    );
    assert_eq!(early.headers[header::CACHE_CONTROL], "public, max-age=15");

    // As long as somebody else waits, AVIF does not begin.
    let busy = jobs::Worker { name: "busy", background: false };
    while jobs::work_once(&test.app, busy).await.unwrap() {}
    assert_eq!(media::get(ctx, first.id).await.unwrap().state, AssetState::Ready);
    let made = media::derivatives(ctx, first.id).await.unwrap();
    assert_eq!(
        made.iter().map(|one| (one.width, one.height)).collect::<Vec<_>>(),
        [(320, 400), (640, 800), (700, 875)]
    );
    let file = client.get(&visitor, &made[1].url).await;
    assert_eq!(
        (file.status.as_u16(), file.headers[header::CONTENT_TYPE].to_str().unwrap()),
        (200, "image/webp")
    );
    assert_eq!(file.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    let shown = image::load_from_memory(&file.bytes).unwrap();
    assert_eq!((shown.width(), shown.height()), (640, 800));
    let found = media::pictures(ctx.db().read(), ctx, &[first.id]).await.unwrap().remove(&first.id).unwrap();
    assert_eq!(
        (found.srcset(PictureFormat::Avif), found.srcset(PictureFormat::Webp).matches("webp").count()),
        (String::new(), 3)
    );
    assert!(test.events().await.contains(&"asset.transcoded".to_owned()));
    for missing in [
        format!("/media/{}/640.png", first.id),
        format!("/media/{}/640.webp", Id::<Asset>::new(uuid::Uuid::nil())),
        "/media/x/640.webp".to_owned(),
    ] {
        assert_eq!(client.get(&visitor, &missing).await.status.as_u16(), 404, "{missing}");
    }
});

on_both!(m25_4_avif_follows_when_nothing_else_waits, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let small = media::store(ctx, png(40, 50), media::MediaMeta::default()).await.unwrap();
    test.settle().await;
    let made = media::derivatives(ctx, small.id).await.unwrap();
    assert_eq!(
        made.iter().map(|one| (one.width, one.format)).collect::<Vec<_>>(),
        [(40, PictureFormat::Avif), (40, PictureFormat::Webp)]
    );
    let found = media::pictures(ctx.db().read(), ctx, &[small.id]).await.unwrap().remove(&small.id).unwrap();
    assert!(found.avif && found.ready);
    let told =
        "SELECT progress_total FROM job WHERE kind = 'media.derive_avif' AND progress_done = progress_total";
    assert!(test.scalar(told).await > 0, "it said how far it was, width by width");
});

on_both!(e1_5_what_is_no_picture_is_refused, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let store = async |bytes: Vec<u8>| {
        media::store(ctx, bytes, media::MediaMeta { file_name: Some("a.jpg".to_owned()), seller: None }).await
    };
    assert!(store(b"<svg onload=alert(1)>".to_vec()).await.unwrap_err().is(media::UNSUPPORTED_TYPE));
    let half = png(900, 900);
    let asset = store(half[..half.len() / 2].to_vec()).await.unwrap();
    test.settle().await;
    let failed = media::get(ctx, asset.id).await.unwrap();
    assert_eq!(failed.state, AssetState::Failed);
    assert!(failed.error.is_some_and(|error| error.contains("media.broken")));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE state = 'dead'").await, 0, "the worker survives");
    // A stranger's asset is not there.
    let (owner, stranger) = (seller(test, "jugs").await, seller(test, "bowls").await);
    let mine = media::MediaMeta { seller: Some(owner), file_name: None };
    let own = media::store(ctx, png(40, 50), mine).await.unwrap();
    let other = test.person(Some(stranger), &[media::READ, media::WRITE, products::WRITE]);
    assert_eq!(media::get(&other, own.id).await.unwrap_err().kind().status().as_u16(), 404);
    let bowl = products::create(
        &other,
        stoa_catalog_types::CreateProduct { seller: None, ..input("Bowl", stranger) },
    )
    .await
    .unwrap();
    let attach = AttachMedia { asset: Some(own.id), ..AttachMedia::default() };
    assert_eq!(
        products::attach_media(&other, bowl.id, attach).await.unwrap_err().kind().status().as_u16(),
        404
    );
});

on_both!(m25_e3_private_addresses_are_never_asked, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let jug = products::create(ctx, input("Jug", owner)).await.unwrap();
    for url in [
        "http://127.0.0.1/a.jpg",
        "http://169.254.169.254/latest",
        "http://[::1]/a",
        "http://0x7f.1/",
        "http://localhost:9/a.jpg",
    ] {
        let attach = AttachMedia { url: Some(url.to_owned()), ..AttachMedia::default() };
        let refused = products::attach_media(ctx, jug.id, attach).await.unwrap_err();
        assert!(refused.is(media::PRIVATE_ADDRESS), "{url}: {refused}");
    }
    let attach = AttachMedia { url: Some("file:///etc/passwd".to_owned()), ..AttachMedia::default() };
    assert!(products::attach_media(ctx, jug.id, attach).await.unwrap_err().is(media::ADDRESS_INVALID));
    assert_eq!(test.scalar("SELECT COUNT(*) FROM asset").await, 0);
});

/// A host of pictures on this machine, which the fetcher is told to allow.
async fn host() -> String {
    let routes = Router::new()
        .route("/jug.png", get(|| async { png(400, 500) }))
        .route("/moved.png", get(|| async { Redirect::temporary("/jug.png") }))
        .route("/inside.png", get(|| async { Redirect::temporary("http://127.0.0.1:1/secret.png") }))
        .route("/page.png", get(|| async { "<html>not a picture</html>" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("{address}")
}

on_both!(pictures_are_fetched_and_failures_are_told, &modules(), async |test: &Test| {
    let host = host().await;
    // Tests run at once: everybody adds to what the others allow.
    static ALLOW: std::sync::Mutex<()> = std::sync::Mutex::new(());
    {
        let _guard = ALLOW.lock().unwrap();
        let known = std::env::var("STOA_FETCH_ALLOW").unwrap_or_default();
        // SAFETY: only this test writes the environment, one at a time.
        unsafe { std::env::set_var("STOA_FETCH_ALLOW", format!("{known},{host}")) };
    }
    let ctx = &test.ctx;
    let owner = seller(test, "jugs").await;
    let fetch = async |ctx: &Ctx, path: &str| {
        let tx = ctx.db().begin().await.unwrap();
        let id = media::enqueue_fetch(&tx, ctx, Some(owner), &format!("http://{host}{path}")).await.unwrap();
        ctx.db().commit(tx).await.unwrap();
        id
    };
    let (there, moved) = (fetch(ctx, "/jug.png").await, fetch(ctx, "/moved.png").await);
    let (inside, page, missing) =
        (fetch(ctx, "/inside.png").await, fetch(ctx, "/page.png").await, fetch(ctx, "/none.png").await);
    assert_eq!(fetch(ctx, "/jug.png").await, there, "one address is fetched once");
    test.settle().await;
    let state = async |id| media::get(ctx, id).await.unwrap();
    assert_eq!((state(there).await.state, state(moved).await.state), (AssetState::Ready, AssetState::Ready));
    assert_eq!(state(there).await.width, 400);
    let refused = state(inside).await;
    assert_eq!(refused.state, AssetState::Failed);
    assert!(refused.error.unwrap().contains("media.private_address"), "a redirection inside is not followed");
    assert!(state(page).await.error.unwrap().contains("media.unsupported_type"));
    // What did not answer is tried again, later and later, and then given up with its reason.
    let waiting = state(missing).await;
    assert_eq!(waiting.state, AssetState::Pending);
    assert!(waiting.error.unwrap().contains("404"));
    for _ in 0..10 {
        test.travel(chrono::TimeDelta::hours(2));
        test.settle().await;
    }
    assert_eq!(state(missing).await.state, AssetState::Failed);
});

on_both!(ready_pictures_skip_the_job_and_are_stored_once, &modules(), async |test: &Test| {
    let ctx = &test.ctx;
    let (one, again, other) = (picture(ctx, 1).await, picture(ctx, 1).await, picture(ctx, 2).await);
    assert_eq!((one.id, one.state), (again.id, AssetState::Ready));
    assert_ne!(one.id, other.id);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE kind = 'media.derive'").await, 0);
    assert_eq!(test.scalar("SELECT COUNT(*) FROM job WHERE kind = 'media.derive_avif'").await, 2);
    let client = Client::new(&test.app, stoa_catalog::routes());
    let file = client.get(&test.visitor(), &format!("/media/{}/320.webp", one.id)).await;
    assert_eq!(file.bytes, [&b"w\x01\0\x01"[..], &320_u32.to_be_bytes()].concat());
});
