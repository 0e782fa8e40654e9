//! Pictures with their derivatives.

use leptos::prelude::*;

use crate::field::given;

/// One picture in its sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PictureSource {
    /// The address every browser can show.
    pub src: String,
    /// Its sizes, as in HTML: `/m/a-320.webp 320w, /m/a-640.webp 640w`.
    pub srcset: String,
    /// The same as AVIF; empty when there is none.
    pub avif_srcset: String,
    /// Width in pixels of the original; gives the ratio.
    pub width: u32,
    /// Height in pixels of the original.
    pub height: u32,
    /// What it shows; empty for decoration.
    pub alt: String,
}

/// A picture. `eager` is for the one that decides how fast the page looks.
#[component]
pub fn Picture(
    /// The picture.
    picture: PictureSource,
    /// How wide it will be, as in HTML: `(min-width: 64rem) 25vw, 50vw`.
    #[prop(default = "100vw".to_string(), into)]
    sizes: String,
    /// Loads at once and first.
    #[prop(optional)]
    eager: bool,
    /// Classes of the `img`.
    #[prop(optional, into)]
    class: String,
) -> impl IntoView {
    let img = view! {
        <img
            src=picture.src
            srcset=given(picture.srcset)
            sizes=sizes.clone()
            width=picture.width.to_string()
            height=picture.height.to_string()
            alt=picture.alt
            class=class
            loading=if eager { "eager" } else { "lazy" }
            fetchpriority=eager.then_some("high")
            decoding="async"
        />
    };
    match given(picture.avif_srcset) {
        Some(avif) => view! {
            <picture class="contents">
                <source type="image/avif" srcset=avif sizes=sizes/>
                {img}
            </picture>
        }
        .into_any(),
        None => img.into_any(),
    }
}
