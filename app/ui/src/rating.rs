//! Ratings in short.

use leptos::prelude::*;

use crate::field::given;

/// A rating as it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RatingText {
    /// The average, formatted: "4.8".
    pub average: String,
    /// How many, formatted: "132".
    pub count: String,
}

/// A star, the average and the number of reviews.
#[component]
pub fn Rating(
    /// The rating.
    rating: RatingText,
    /// Where the reviews are; empty for nowhere.
    #[prop(optional, into)]
    href: String,
) -> impl IntoView {
    let spoken = format!("{} out of 5, {} reviews", rating.average, rating.count);
    let text = view! {
        <span aria-hidden="true" class="inline-flex items-center gap-1 tabular-nums">
            <svg width="14" height="14" viewBox="0 0 24 24" class="fill-current shrink-0">
                <path d="M12 2l3.1 6.3 6.9 1-5 4.9 1.2 6.8-6.2-3.2L5.8 21 7 14.2 2 9.3l6.9-1z"/>
            </svg>
            {rating.average}
            <span class="text-muted">{format!("({})", rating.count)}</span>
        </span>
        <span class="sr-only">{spoken}</span>
    };
    match given(href) {
        Some(href) => view! {
            <a href=href class="inline-flex items-center min-h-6 text-sm hover:underline underline-offset-4 rounded-xs">
                {text}
            </a>
        }
        .into_any(),
        None => view! { <span class="inline-flex items-center text-sm">{text}</span> }.into_any(),
    }
}

/// How many reviews gave 5, 4, 3, 2 and 1 stars, as bars that filter.
#[component]
pub fn RatingSummary(
    /// The rating.
    rating: RatingText,
    /// Reviews with 5, 4, 3, 2, 1 stars.
    counts: [u32; 5],
    /// The reviews with a number of stars: the number is appended.
    #[prop(into)]
    href_prefix: String,
) -> impl IntoView {
    let all = counts.iter().map(|n| u64::from(*n)).sum::<u64>().max(1);
    view! {
        <div class="flex flex-col gap-3 max-w-80">
            <p>
                <span class="text-2xl font-semibold tabular-nums">{rating.average.clone()}</span>
                <span class="text-muted">
                    {format!(" out of 5, from {} reviews", rating.count)}
                </span>
            </p>
            <ul class="flex flex-col">
                {counts
                    .into_iter()
                    .enumerate()
                    .map(|(place, count)| {
                        let stars = 5 - place;
                        let width = u64::from(count) * 100 / all;
                        view! {
                            <li>
                                <a
                                    href=format!("{href_prefix}{stars}")
                                    class="grid grid-cols-[4.5rem_1fr_3rem] items-center gap-3 min-h-7 coarse:min-h-11 text-sm hover:bg-hover rounded-sm"
                                >
                                    <span>{if stars == 1 { "1 star".to_string() } else { format!("{stars} stars") }}</span>
                                    <svg
                                        viewBox="0 0 100 6"
                                        preserveAspectRatio="none"
                                        aria-hidden="true"
                                        class="w-full h-1.5 rounded-xs bg-sunken"
                                    >
                                        <rect width=width.to_string() height="6" class="fill-fg"/>
                                    </svg>
                                    <span class="text-end text-muted tabular-nums">{count.to_string()}</span>
                                </a>
                            </li>
                        }.into_any()
                    })
                    .collect_view()}
            </ul>
        </div>
    }
}
