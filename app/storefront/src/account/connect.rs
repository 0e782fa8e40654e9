//! Whether an app may act for the person: the page that an app sends people to by
//! `GET /oauth/authorize`.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, Link, LinkButton, PageError, PageForm, i18n::link, load, resource, use_form,
};

use super::frame::Door;
use crate::text;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connect {
    /// The question.
    Question {
        /// What the app is called.
        name: String,
        website: Option<String>,
        /// The host it takes people back to.
        leads_to: String,
        /// What it may do, in plain words.
        scopes: Vec<String>,
    },
    /// Nothing is asked: why, in a sentence.
    Wrong(String),
    /// Nothing is asked: the app gets its answer here.
    Answered(String),
}

/// `/{l}/account/connect?client_id=…`: the query is the app's own.
#[component]
pub fn ConnectPage() -> impl IntoView {
    let query = use_location().search;
    let asked = resource(move || query.get(), |query| LoadConnect { query });
    load(asked, move |connect| match connect {
        Connect::Question { name, website, leads_to, scopes } => {
            question(name, website, leads_to, scopes, query.get_untracked())
        }
        Connect::Wrong(why) => view! {
            <Door title=text::account_connect::wrong_title()>
                <p>{why}</p>
                <p class="text-muted">{text::account_connect::wrong_body()}</p>
                <div>
                    <LinkButton href=link("/") kind=ButtonKind::Outline>
                        {text::account_connect::home()}
                    </LinkButton>
                </div>
            </Door>
        }
        .into_any(),
        Connect::Answered(to) => view! {
            <Door title=text::account_connect::answered_title()>
                <p>
                    <Link href=to>{text::account_connect::go_back()}</Link>
                </p>
            </Door>
        }
        .into_any(),
    })
}

fn question(
    name: String,
    website: Option<String>,
    leads_to: String,
    scopes: Vec<String>,
    query: String,
) -> AnyView {
    let (yes, no) = (use_form::<ConnectApp>(), use_form::<DeclineApp>());
    let page = website.map(|website| {
        let label = text::account_connect::about(&name);
        view! {
            <p>
                <Link href=website>{label}</Link>
            </p>
        }
        .into_any()
    });
    let lead = text::account_connect::lead(&name);
    let again = query.clone();
    view! {
        <Door title=text::account_connect::title()>
            <p class="wrap-anywhere">{lead}</p>
            <ul class="list-disc ps-5 flex flex-col gap-2">
                {scopes.into_iter().map(|words| view! { <li>{words}</li> }).collect_view()}
            </ul>
            {page}
            <p class="text-sm text-muted wrap-anywhere">{text::account_connect::leads_to(&leads_to)}</p>
            <p class="text-sm text-muted">
                {text::account_connect::take_back()} " "
                <Link href=link("/account/apps")>{text::account_connect::apps()}</Link>
            </p>
            <div class="flex flex-col gap-3">
                <PageForm form=yes>
                    <input type="hidden" name="query" value=again/>
                    <Button
                        kind=ButtonKind::Brand
                        block=true
                        pending=yes.pending()
                        pending_label=text::account_connect::allowing()
                    >
                        {text::account_connect::allow()}
                    </Button>
                </PageForm>
                <PageForm form=no>
                    <input type="hidden" name="query" value=query/>
                    <Button kind=ButtonKind::Outline block=true pending=no.pending()>
                        {text::account_connect::decline()}
                    </Button>
                </PageForm>
            </div>
        </Door>
    }
    .into_any()
}

/// What the app wants; 401 where the person has to sign in first.
#[server]
pub async fn load_connect(query: String) -> Result<Connect, PageError> {
    use stoa_identity::oauth::{self, Asked};

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    Ok(match oauth::ask(&ctx, &session, query.trim_start_matches('?')).await? {
        Asked::Consent { name, website, leads_to, scopes, origin } => {
            stoa_ui::server::forms_may_lead_to(&origin);
            let scopes = scopes.into_iter().map(|scope| scope.words).collect();
            Connect::Question { name, website, leads_to, scopes }
        }
        Asked::SignIn => return Err(PageError::signed_out()),
        Asked::Answered(to) => {
            stoa_ui::server::redirect_away(&to)?;
            Connect::Answered(to)
        }
        Asked::Wrong(why) => {
            stoa_ui::server::set_status(400);
            Connect::Wrong(why.to_owned())
        }
    })
}

/// Lets the app act, and goes back to it.
#[server]
pub async fn connect_app(#[server(default)] query: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let to = stoa_identity::oauth::authorise(&ctx, &session, query.trim_start_matches('?')).await?;
    stoa_ui::server::redirect_away(&to)
}

/// Goes back to the app without.
#[server]
pub async fn decline_app(#[server(default)] query: String) -> Result<(), PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let to = stoa_identity::oauth::decline(&ctx, query.trim_start_matches('?')).await?;
    stoa_ui::server::redirect_away(&to)
}
