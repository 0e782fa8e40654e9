//! Files in a folder, and in a bucket behind the S3 interface: the server is s3s-fs,
//! which checks signatures and answers like S3, in this process.

use std::{path::Path as Folder, sync::Arc};

use axum::{Router, extract::Request, http::StatusCode, response::IntoResponse};
use futures::{StreamExt, TryStreamExt};
use object_store::{Error, ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use stoa_kernel::ports::{local_objects, s3_objects};

/// What media, labels and documents rely on.
async fn contract(store: Arc<dyn ObjectStore>) {
    let path = Path::from("media/ab/cd.webp");
    let missing = |result: Result<_, Error>| matches!(result, Err(Error::NotFound { .. }));
    assert!(missing(store.get(&path).await.map(|_| ())), "nothing is there at first");
    assert!(missing(store.head(&path).await.map(|_| ())));
    store.put(&path, PutPayload::from_static(b"one")).await.unwrap();
    store.put(&path, PutPayload::from_static(b"two")).await.unwrap();
    assert_eq!(
        store.get(&path).await.unwrap().bytes().await.unwrap().as_ref(),
        b"two",
        "the last one counts"
    );
    assert_eq!(store.head(&path).await.unwrap().size, 3);

    let large: Vec<u8> = (0..6 * 1024 * 1024_u32).map(|at| (at % 251) as u8).collect();
    let big = Path::from("media/large");
    store.put(&big, PutPayload::from(large.clone())).await.unwrap();
    assert_eq!(store.get_range(&big, 10..20).await.unwrap().as_ref(), &large[10..20]);
    let mut streamed = Vec::new();
    let mut stream = store.get(&big).await.unwrap().into_stream();
    while let Some(chunk) = stream.next().await {
        streamed.extend_from_slice(&chunk.unwrap());
    }
    assert!(streamed == large, "a large file comes back as it went");

    store.put(&Path::from("labels/1.pdf"), PutPayload::new()).await.unwrap();
    let mut listed: Vec<String> = store
        .list(Some(&Path::from("media")))
        .map_ok(|found| found.location.to_string())
        .try_collect()
        .await
        .unwrap();
    listed.sort();
    assert_eq!(listed, ["media/ab/cd.webp", "media/large"]);
    assert_eq!(store.list(None).try_collect::<Vec<_>>().await.unwrap().len(), 3, "an empty file is a file");

    store.delete(&path).await.unwrap();
    assert!(missing(store.get(&path).await.map(|_| ())));
    // Deleting again is a missing file to a folder and nothing at all to S3.
    let _ = store.delete(&path).await;

    let at_once = (0..20).map(|number| {
        let store = store.clone();
        async move { store.put(&Path::from(format!("many/{number}")), PutPayload::from(vec![number])).await }
    });
    futures::future::try_join_all(at_once).await.unwrap();
    assert_eq!(store.list(Some(&Path::from("many"))).try_collect::<Vec<_>>().await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_local_folder_keeps_objects() {
    let folder = tempfile::tempdir().unwrap();
    contract(local_objects(folder.path()).unwrap()).await;
}

/// An S3 server over `folder`, whose subfolders are its buckets; answers its address.
async fn s3_over(folder: &Folder) -> String {
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).expect("a folder to serve"));
    builder.set_auth(SimpleAuth::from_single("key", "secret"));
    let service = builder.build();
    let answer = move |request: Request| {
        let service = service.clone();
        async move {
            match service.call(request.map(s3s::Body::http_body_unsync)).await {
                Ok(response) => response.map(axum::body::Body::new),
                Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_keeps_objects() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("shop")).unwrap();
    let endpoint = s3_over(folder.path()).await;
    let url = |rest: &str| format!("s3://key:secret@shop{rest}?endpoint={endpoint}&region=eu-central-1");
    contract(s3_objects(&url("/one")).unwrap()).await;
    // Another marketplace in the same bucket sees none of it.
    contract(s3_objects(&url("/two/deep")).unwrap()).await;
    let whole = s3_objects(&url("")).unwrap();
    assert_eq!(whole.list(None).try_collect::<Vec<_>>().await.unwrap().len(), 44);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_refuses_is_an_error_and_not_a_missing_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("shop")).unwrap();
    let endpoint = s3_over(folder.path()).await;
    let at = |login: &str| {
        s3_objects(&format!("s3://{login}@shop?endpoint={endpoint}&region=eu-central-1")).unwrap()
    };
    let path = Path::from("media/x");
    let wrong = at("key:guess").put(&path, PutPayload::from_static(b"x")).await.unwrap_err();
    assert!(!matches!(wrong, Error::NotFound { .. }), "{wrong:?}");
    assert!(at("key:secret").put(&path, PutPayload::from_static(b"x")).await.is_ok());
    for wrong in ["", "s3://", "not an address", "s3://bucket?colour=red"] {
        assert!(s3_objects(wrong).is_err(), "{wrong}");
    }
}
