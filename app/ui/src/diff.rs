//! What changed, field by field.

use leptos::prelude::*;

/// One field before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiffRow {
    /// Its name.
    pub field: String,
    /// Before; empty when it was not set.
    pub before: String,
    /// After; empty when it was removed.
    pub after: String,
}

/// A list of changed fields: removed with −, added with +.
#[component]
pub fn Diff(
    /// What was changed, for readers: "Changes to Salt-glazed jug".
    #[prop(into)]
    caption: String,
    /// The fields that changed.
    rows: Vec<DiffRow>,
) -> impl IntoView {
    view! {
        <table class="w-full text-sm text-start border-t border-line">
            <caption class="sr-only">{caption}</caption>
            <thead class="sr-only">
                <tr>
                    <th scope="col">"Field"</th>
                    <th scope="col">"Change"</th>
                </tr>
            </thead>
            <tbody>
                {rows
                    .into_iter()
                    .map(|row| {
                        view! {
                            <tr class="border-b border-line last:border-b-0 align-top">
                                <th scope="row" class="py-2 pe-4 w-40 text-start font-semibold">
                                    {row.field}
                                </th>
                                <td class="py-2 wrap-anywhere">
                                    {(!row.before.is_empty())
                                        .then(|| {
                                            view! {
                                                <del class="block text-bad-fg">
                                                    <span aria-hidden="true">"− "</span>
                                                    <span class="sr-only">"Removed: "</span>
                                                    {row.before}
                                                </del>
                                            }.into_any()
                                        })}
                                    {(!row.after.is_empty())
                                        .then(|| {
                                            view! {
                                                <ins class="block text-ok-fg no-underline">
                                                    <span aria-hidden="true">"+ "</span>
                                                    <span class="sr-only">"Added: "</span>
                                                    {row.after}
                                                </ins>
                                            }.into_any()
                                        })}
                                </td>
                            </tr>
                        }.into_any()
                    })
                    .collect_view()}
            </tbody>
        </table>
    }
}
