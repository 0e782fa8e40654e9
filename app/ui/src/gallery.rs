//! The pictures of a product.

use leptos::prelude::*;

use crate::button::IconButton;
use crate::icons;
use crate::picture::{Picture, PictureSource};

/// Thumbnails shown before "+4".
const THUMBS: usize = 6;

/// Slides one can swipe, thumbnails beside them from 768 px on, and each
/// picture large in a popover. All of it works without JavaScript; with it the
/// thumbnails move the slides without moving the page.
#[component]
pub fn Gallery(
    /// The pictures, the main one first.
    pictures: Vec<PictureSource>,
    /// What they show, for readers: "Pictures of Salt-glazed jug".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let count = pictures.len();
    let thumbs = (count > 1).then(|| {
        let over = count.saturating_sub(THUMBS);
        pictures
            .iter()
            .take(THUMBS)
            .enumerate()
            .map(|(place, picture)| {
                let mut picture = picture.clone();
                picture.alt = String::new();
                let number = place + 1;
                let more = (over > 0 && number == THUMBS).then(|| {
                    view! {
                        <span
                            aria-hidden="true"
                            class="absolute inset-0 grid place-items-center bg-scrim text-stone-0 font-semibold"
                        >
                            {format!("+{over}")}
                        </span>
                    }.into_any()
                });
                view! {
                    <li>
                        <a
                            href=format!("#image-{number}")
                            rel="external"
                            aria-label=format!("Image {number} of {count}")
                            class="relative block w-16 aspect-4/5 rounded-sm bg-sunken overflow-clip border border-line hover:border-ink"
                            on:click=move |event| {
                                if show_slide(number) {
                                    event.prevent_default();
                                }
                            }
                        >
                            <Picture picture=picture sizes="64px" class="size-full object-cover"/>
                            {more}
                        </a>
                    </li>
                }.into_any()
            })
            .collect_view()
    });
    let slides = pictures
        .into_iter()
        .enumerate()
        .map(|(place, picture)| {
            let number = place + 1;
            let zoom = format!("zoom-{number}");
            let large = picture.clone();
            view! {
                <li
                    id=format!("image-{number}")
                    class="relative shrink-0 w-full snap-center scroll-mt-24"
                >
                    <button
                        type="button"
                        popovertarget=zoom.clone()
                        aria-label=format!("Enlarge image {number} of {count}")
                        class="block w-full aspect-4/5 bg-sunken rounded-md overflow-clip cursor-zoom-in focus-visible:-outline-offset-4"
                    >
                        <Picture
                            picture=picture
                            sizes="(min-width: 80rem) 640px, (min-width: 48rem) 50vw, 100vw"
                            eager=place == 0
                            class="size-full object-cover"
                        />
                    </button>
                    {(count > 1)
                        .then(|| {
                            view! {
                                <span
                                    aria-hidden="true"
                                    class="md:hidden absolute bottom-3 end-3 inline-flex items-center h-6 px-2 rounded-xs bg-surface text-sm tabular-nums"
                                >
                                    {format!("{number} / {count}")}
                                </span>
                            }.into_any()
                        })}
                    <div popover="auto" id=zoom class="zoom" aria-label=format!("Image {number} of {count}, large")>
                        <div class="absolute top-3 end-3 rounded-md bg-surface">
                            <IconButton
                                label="Close"
                                glyph=icons::CLOSE
                                opens=zoom.clone()
                                attr:popovertargetaction="hide"
                            />
                        </div>
                        <Picture picture=large sizes="100vw" class="w-full h-dvh object-contain"/>
                    </div>
                </li>
            }.into_any()
        })
        .collect_view();
    view! {
        <section aria-label=label class="flex flex-col md:flex-row-reverse gap-3 min-w-0">
            <ul class="gallery flex flex-1 min-w-0 overflow-x-auto snap-x snap-mandatory rounded-md">
                {slides}
            </ul>
            {thumbs.map(|thumbs| view! { <ul class="max-md:hidden flex flex-col gap-2 shrink-0">{thumbs}</ul> }.into_any())}
        </section>
    }
}

/// Brings a slide into the strip without moving the page; false when there is
/// no such slide.
fn show_slide(number: usize) -> bool {
    use leptos::wasm_bindgen::JsCast;
    let Some(slide) = document()
        .get_element_by_id(&format!("image-{number}"))
        .and_then(|slide| slide.dyn_into::<leptos::web_sys::HtmlElement>().ok())
    else {
        return false;
    };
    let Some(strip) = slide.parent_element() else {
        return false;
    };
    strip.set_scroll_left(slide.offset_left() - strip.first_offset());
    true
}

/// Where the first child of a strip begins.
trait FirstOffset {
    fn first_offset(&self) -> i32;
}

impl FirstOffset for leptos::web_sys::Element {
    fn first_offset(&self) -> i32 {
        use leptos::wasm_bindgen::JsCast;
        self.first_element_child()
            .and_then(|child| child.dyn_into::<leptos::web_sys::HtmlElement>().ok())
            .map(|child| child.offset_left())
            .unwrap_or(0)
    }
}
