//! Files in a plain multipart form.

use leptos::prelude::*;

use crate::field::{FieldFrame, described_by, field_id, given};
use crate::icons::{self, Icon};
use crate::link::{LinkKind, link_class};

/// A file that is already there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its name.
    pub name: String,
    /// Its size in words: "1.2 MB".
    pub size: String,
    /// Where to open it; empty for nowhere.
    pub href: String,
    /// A small picture of it; empty for none.
    pub thumb: String,
    /// What is wrong with it; empty for nothing.
    pub error: String,
    /// Value sent as `{name}_remove` by its Remove button; empty shows none.
    pub remove: String,
}

/// A file input with the list of files already there. Its form must be
/// `method=post enctype=multipart/form-data`.
#[component]
pub fn Upload(
    /// The form name.
    #[prop(into)]
    name: String,
    /// The label above it.
    #[prop(into)]
    label: String,
    /// What may be chosen, as in HTML: `image/jpeg,image/png`.
    #[prop(optional, into)]
    accept: String,
    /// More than one file.
    #[prop(optional)]
    multiple: bool,
    /// What is allowed, in words: "JPG, PNG or WebP, up to 10 MB each".
    #[prop(optional, into)]
    hint: String,
    /// The message below it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// The files already there.
    #[prop(optional)]
    files: Vec<UploadedFile>,
    /// Sets `required`.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let id = field_id(&name);
    let described = described_by(&id, !hint.is_empty(), error);
    let remove_name = format!("{name}_remove");
    view! {
        <FieldFrame name=name.clone() label=label hint=hint error=error>
            {(!files.is_empty())
                .then(|| {
                    view! {
                        <ul class="divide-y divide-line border-y border-line">
                            {files
                                .into_iter()
                                .map(|file| {
                                    let remove = given(file.remove)
                                        .map(|value| {
                                            let spoken = format!(" {}", file.name);
                                            view! {
                                                <button
                                                    type="submit"
                                                    name=remove_name.clone()
                                                    value=value
                                                    formnovalidate=true
                                                    class="min-h-6 text-sm underline underline-offset-4 cursor-pointer hover:decoration-2 rounded-xs"
                                                >
                                                    "Remove"
                                                    <span class="sr-only">{spoken}</span>
                                                </button>
                                            }.into_any()
                                        });
                                    view! {
                                        <li class="flex items-center gap-3 py-2">
                                            {if file.thumb.is_empty() {
                                                view! {
                                                    <span class="grid place-items-center size-10 rounded-sm bg-sunken text-muted">
                                                        <Icon glyph=icons::FILE/>
                                                    </span>
                                                }
                                                    .into_any()
                                            } else {
                                                view! {
                                                    <img
                                                        src=file.thumb
                                                        alt=""
                                                        width="40"
                                                        height="40"
                                                        loading="lazy"
                                                        class="size-10 rounded-sm bg-sunken object-cover"
                                                    />
                                                }
                                                    .into_any()
                                            }}
                                            <span class="flex-1 min-w-0">
                                                {if file.href.is_empty() {
                                                    view! { <span class="block truncate">{file.name}</span> }
                                                        .into_any()
                                                } else {
                                                    view! {
                                                        <a
                                                            href=file.href
                                                            class=format!("block truncate {}", link_class(LinkKind::Plain))
                                                        >
                                                            {file.name}
                                                        </a>
                                                    }
                                                        .into_any()
                                                }}
                                                {if file.error.is_empty() {
                                                    view! { <span class="block text-sm text-muted">{file.size}</span> }
                                                        .into_any()
                                                } else {
                                                    view! {
                                                        <span class="block text-sm font-semibold text-bad-fg">
                                                            {file.error}
                                                        </span>
                                                    }
                                                        .into_any()
                                                }}
                                            </span>
                                            {remove}
                                        </li>
                                    }.into_any()
                                })
                                .collect_view()}
                        </ul>
                    }.into_any()
                })}
            <input
                type="file"
                id=id
                name=name
                accept=given(accept)
                multiple=multiple
                required=required
                aria-invalid=move || error.get().map(|_| "true")
                aria-describedby=described
                class="block w-full rounded-md border border-dashed border-control bg-surface p-3 text-sm text-muted cursor-pointer hover:bg-hover aria-invalid:border-2 aria-invalid:border-bad file:me-3 file:min-h-(--ctl-sm) file:px-3.5 file:rounded-md file:border file:border-solid file:border-control file:bg-surface file:text-fg file:font-semibold file:cursor-pointer"
            />
        </FieldFrame>
    }
}
