use std::{path::Path, sync::Arc};

use object_store::{ObjectStore, aws::AmazonS3Builder, local::LocalFileSystem, prefix::PrefixStore};
use url::Url;

use crate::{Error, Result};

/// Objects in a local folder, created if missing.
pub fn local_objects(folder: &Path) -> Result<Arc<dyn ObjectStore>> {
    std::fs::create_dir_all(folder).map_err(Error::internal)?;
    let store = LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true);
    Ok(Arc::new(store))
}

/// Objects in a bucket: `s3://KEY:SECRET@bucket/prefix?endpoint=http://…&region=…`.
/// Without key and secret the usual `AWS_*` variables are read.
pub fn s3_objects(url: &str) -> Result<Arc<dyn ObjectStore>> {
    let url = Url::parse(url).map_err(|error| Error::internal(format!("STOA_S3_URL: {error}")))?;
    let bucket = url.host_str().ok_or_else(|| Error::internal("STOA_S3_URL names no bucket: s3://bucket"))?;
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    if !url.username().is_empty() {
        builder = builder
            .with_access_key_id(url.username())
            .with_secret_access_key(url.password().unwrap_or_default());
    }
    for (name, value) in url.query_pairs() {
        builder = match name.as_ref() {
            "endpoint" => builder.with_allow_http(value.starts_with("http://")).with_endpoint(value),
            "region" => builder.with_region(value),
            other => {
                return Err(Error::internal(format!(
                    "STOA_S3_URL: unknown setting {other}; use endpoint or region"
                )));
            }
        };
    }
    let store = builder.build()?;
    let prefix = url.path().trim_matches('/');
    if prefix.is_empty() { Ok(Arc::new(store)) } else { Ok(Arc::new(PrefixStore::new(store, prefix))) }
}
