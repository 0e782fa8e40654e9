//! Pictures: stored once by what they contain, shown in the sizes and formats a page
//! needs.
//!
//! Invariants
//! - What a file is, is read from its bytes, and how large it is from its header,
//!   before it is decoded.
//! - A derivative's address shows the same picture for ever; nothing of the original's
//!   metadata (place, camera) is in it.
//! - Nothing is fetched from an address inside a private network.
//!
//! Tables: `asset`, `asset_derivative`. Events: `asset.uploaded`, `asset.transcoded`.
//! Objects: `media/{sha256}` and `media/{sha256}/{width}.{webp|avif}`.

mod address;
mod check;
mod derive;
mod fetch;
mod http;
mod model;
mod queries;
mod serve;
mod store;

pub use check::{FileReport, verify_files};
pub use fetch::{check_address, enqueue_fetch};
pub use http::routes;
pub(crate) use queries::{PICTURE_COLUMNS, PictureRow};
pub use queries::{derivatives, get, pictures};
pub use serve::file_route;
pub use store::{
    MediaMeta, Original, ReadyDerivative, ReadyPicture, inspect, store, store_in, store_ready, transcode,
};

use stoa_kernel::{Code, ErrorKind, JobHandler, Module, Permission, personal::PersonalTable};

/// See assets.
pub const READ: Permission = Permission("media.read");
/// Store assets.
pub const WRITE: Permission = Permission("media.write");

pub const UNSUPPORTED_TYPE: Code = Code::new("media.unsupported_type", ErrorKind::UnsupportedType);
pub const TOO_LARGE: Code = Code::new("media.too_large", ErrorKind::TooLarge);
pub const TOO_MANY_PIXELS: Code = Code::new("media.too_many_pixels", ErrorKind::Invalid);
pub const BROKEN: Code = Code::new("media.broken", ErrorKind::Invalid);
pub const ADDRESS_INVALID: Code = Code::new("media.address_invalid", ErrorKind::Invalid);
pub const PRIVATE_ADDRESS: Code = Code::new("media.private_address", ErrorKind::Invalid);
pub const NOT_FETCHED: Code = Code::new("media.not_fetched", ErrorKind::BadGateway);

/// What media brings to the kernel.
pub const MODULE: Module = Module {
    number: 25,
    slug: "media",
    permissions: &[READ, WRITE],
    codes: &[
        UNSUPPORTED_TYPE,
        TOO_LARGE,
        TOO_MANY_PIXELS,
        BROKEN,
        ADDRESS_INVALID,
        PRIVATE_ADDRESS,
        NOT_FETCHED,
    ],
    events: &["asset.uploaded", "asset.transcoded"],
    jobs: &[
        JobHandler { kind: "media.derive", attempts: 3, run: |ctx, job| Box::pin(derive::webp(ctx, job)) },
        JobHandler {
            kind: "media.derive_avif",
            attempts: 2,
            run: |ctx, job| Box::pin(derive::avif(ctx, job)),
        },
        JobHandler {
            kind: "media.fetch",
            attempts: fetch::ATTEMPTS,
            run: |ctx, job| Box::pin(fetch::run(ctx, job)),
        },
    ],
    personal: &[
        PersonalTable { table: "asset", columns: &[] },
        PersonalTable { table: "asset_derivative", columns: &[] },
    ],
    ..Module::EMPTY
};
