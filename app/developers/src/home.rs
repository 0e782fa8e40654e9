//! The first page of the developer portal.

use leptos::prelude::*;
use stoa_ui::{ButtonKind, CodeBlock, LinkButton, PageTitle, ShopPage};

use crate::text;

/// `/developers`: from nothing to the first call.
#[component]
pub fn HomePage() -> impl IntoView {
    view! {
        <PageTitle text=text::home::title().to_owned()/>
        <ShopPage>
            <div class="flex max-w-[66ch] flex-col gap-6 pb-16">
            <h1 tabindex="-1" class="text-3xl font-semibold outline-none">{text::home::title()}</h1>
            <p>{text::home::lead()}</p>
            <section class="flex flex-col gap-3">
                <h2 class="text-xl font-semibold">{text::home::key_title()}</h2>
                <p>{text::home::key_body()}</p>
                <div>
                    <LinkButton href="/developers/apps" kind=ButtonKind::Brand>
                        {text::home::apps()}
                    </LinkButton>
                </div>
                <p>{text::home::key_by_command()}</p>
                <CodeBlock label=text::home::key_command() language="shell" code="stoa token create \\\n  --scopes products.read,orders.read"/>
            </section>
            <section class="flex flex-col gap-3">
                <h2 class="text-xl font-semibold">{text::home::call_title()}</h2>
                <p>{text::home::call_body()}</p>
                <CodeBlock label=text::home::call_command() language="shell" code="curl -H \"Authorization: Bearer $STOA_KEY\" \\\n  \"$STOA_URL/v1/products?limit=5\""/>
            </section>
            <section class="flex flex-col gap-3">
                <h2 class="text-xl font-semibold">{text::home::next_title()}</h2>
                <p>
                    <a href="/developers/reference" class="font-semibold underline decoration-brand underline-offset-4">
                        {text::home::reference()}
                    </a>
                </p>
                <p>
                    <a
                        href="/v1/openapi.json"
                        rel="external"
                        class="font-semibold underline decoration-brand underline-offset-4"
                    >
                        {text::home::openapi()}
                    </a>
                </p>
            </section>
            </div>
        </ShopPage>
    }
}
