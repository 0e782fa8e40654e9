use serde::{Deserialize, Serialize};
use stoa_types::{Asset, DateTime, Id, Utc};

/// Widths in pixels in which pictures are offered.
pub const WIDTHS: [u32; 5] = [320, 640, 960, 1280, 1600];

/// The widths in which a picture of `width` pixels is offered: the standard ones it
/// is large enough for, and its own where it ends between two of them.
pub fn widths_of(width: u32) -> Vec<u32> {
    let mut widths: Vec<u32> = WIDTHS.into_iter().filter(|standard| *standard <= width).collect();
    let largest = width.min(WIDTHS[WIDTHS.len() - 1]);
    if largest > 0 && widths.last() != Some(&largest) {
        widths.push(largest);
    }
    widths
}

/// A format pictures are offered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// Every browser Stoa supports shows it.
    Webp,
    /// Smaller; made later than WebP.
    Avif,
}

impl PictureFormat {
    /// The ending of the file's name, also the name in the database.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Webp => "webp",
            Self::Avif => "avif",
        }
    }

    /// The media type.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

/// A picture as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Picture {
    pub asset: Id<Asset>,
    /// What it shows, for those who cannot see it.
    pub alt: String,
    /// Pixels of the original; 4:5 is assumed while the picture is on its way.
    pub width: u32,
    pub height: u32,
    /// The picture's average colour, `#rrggbb`, to show while it loads.
    pub placeholder: String,
    /// Whether its WebP files are there. Until then its addresses answer a plain
    /// placeholder that browsers keep for seconds only.
    pub ready: bool,
    /// Whether AVIF files are there as well.
    pub avif: bool,
}

impl Picture {
    /// The address of one file, such as `/media/ast_…/640.webp`.
    pub fn url(&self, width: u32, format: PictureFormat) -> String {
        format!("/media/{}/{width}.{}", self.asset, format.extension())
    }

    /// The address for `src`: 640 pixels wide, or the nearest there is.
    pub fn src(&self) -> String {
        let widths = widths_of(self.width);
        let width = widths.iter().copied().filter(|width| *width <= 640).max().or(widths.first().copied());
        self.url(width.unwrap_or(WIDTHS[0]), PictureFormat::Webp)
    }

    /// The value of `srcset` in one format; empty for AVIF that is not made yet.
    pub fn srcset(&self, format: PictureFormat) -> String {
        if format == PictureFormat::Avif && !self.avif {
            return String::new();
        }
        let urls: Vec<String> = widths_of(self.width)
            .into_iter()
            .map(|width| format!("{} {width}w", self.url(width, format)))
            .collect();
        urls.join(", ")
    }
}

/// Where an asset stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AssetState {
    /// To be fetched from its address.
    Pending,
    /// Stored; its derivatives are being made.
    Processing,
    /// Can be shown.
    Ready,
    /// Could not be had or made; `error` says why.
    Failed,
}

impl AssetState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Processing, Self::Ready, Self::Failed];

    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A stored or awaited file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssetView {
    pub id: Id<Asset>,
    pub state: AssetState,
    /// Media type found in the bytes, such as `image/jpeg`; absent until it is there.
    pub mime: Option<String>,
    /// Size of the stored original in bytes.
    pub size: i64,
    /// Pixels; 0 until known.
    pub width: u32,
    pub height: u32,
    /// SHA-256 of the bytes as they were sent, in hexadecimal.
    pub sha256: Option<String>,
    /// Where it comes from, when it was fetched.
    pub source_url: Option<String>,
    /// Why it failed, or failed last.
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// One file made from an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DerivativeView {
    pub format: PictureFormat,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// Size in bytes.
    pub size: i64,
    /// Its address, the same for ever.
    pub url: String,
}

/// A picture for a product: one that is stored already, or an address to fetch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AttachMedia {
    /// A stored asset.
    #[serde(default)]
    pub asset: Option<Id<Asset>>,
    /// An http or https address of a picture to fetch; exactly one of the two.
    #[serde(default)]
    pub url: Option<String>,
    /// What it shows; the product's title when left out.
    #[serde(default)]
    pub alt: Option<String>,
    /// Place from 0; the end when left out.
    #[serde(default)]
    pub position: Option<u32>,
}

/// A picture of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MediaView {
    pub picture: Picture,
    /// Place from 0; the first is the thumbnail.
    pub position: u32,
    pub state: AssetState,
    /// Why it failed, if it did.
    pub error: Option<String>,
}
