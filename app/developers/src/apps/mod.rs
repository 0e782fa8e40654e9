//! Registered apps, their keys and their OAuth clients.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stoa_ui::{Banner, CodeBlock, PageHeader, PageTitle, TabItem, Tabs, Tone};

use crate::text;

pub mod keys;
pub mod list;
pub mod oauth;
pub mod overview;
pub mod rotate;

/// The app a page is about, as far as its head shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppHead {
    pub id: String,
    pub name: String,
}

/// The parts of an app's pages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Overview,
    Keys,
    OAuth,
}

/// One column with the app's name and the way to its parts.
fn frame(head: AppHead, part: Part, content: AnyView) -> AnyView {
    let at = |part: &str| format!("/developers/apps/{}/{part}", head.id);
    let tabs = vec![
        TabItem::new(text::apps::overview(), at("overview"), part == Part::Overview),
        TabItem::new(text::apps::keys(), at("keys"), part == Part::Keys),
        TabItem::new(text::apps::oauth(), at("oauth"), part == Part::OAuth),
    ];
    let title = match part {
        Part::Overview => head.name.clone(),
        Part::Keys => format!("{}, {}", text::apps::keys(), head.name),
        Part::OAuth => format!("{}, {}", text::apps::oauth(), head.name),
    };
    view! {
        <PageTitle text=title/>
        <div class="mx-auto max-w-[80rem] px-4 pb-16 md:px-6">
            <PageHeader title=head.name back_label=text::apps::back() back_href="/developers/apps"/>
            <Tabs label=text::apps::tabs() items=tabs/>
            <div class="mt-6 flex flex-col gap-6">{content}</div>
        </div>
    }
    .into_any()
}

/// A secret, the one time it is shown.
fn shown_once(title: &'static str, body: &'static str, label: &'static str, secret: String) -> AnyView {
    view! {
        <Banner tone=Tone::Warn title=title>
            <p class="mb-3">{body}</p>
            <CodeBlock label=label code=secret/>
        </Banner>
    }
    .into_any()
}

/// The app of a page's address, for a person who is signed in; 404 for what is no app of theirs.
#[cfg(feature = "ssr")]
async fn find(
    ctx: &stoa_kernel::Ctx,
    id: &str,
) -> Result<(stoa_types::Id<stoa_types::App>, stoa_identity_types::AppView), stoa_ui::PageError> {
    // A signed-out reader is sent to sign-in whatever the address says.
    stoa_ui::server::signed_in(ctx)?;
    let id = id.parse().map_err(|_| stoa_ui::PageError::not_found())?;
    Ok((id, stoa_identity::apps::get_app(ctx, id).await?))
}

/// The lines of a text field that say something.
#[cfg(feature = "ssr")]
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
