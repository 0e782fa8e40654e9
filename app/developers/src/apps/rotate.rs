//! A key gives way to its successor.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};
use stoa_ui::{
    Button, ButtonKind, Code, PageError, PageForm, PageHeader, PageTitle, RadioGroup, choice::ChoiceOption,
    load, resource, use_form,
};

use crate::text;

/// The key to rotate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldKey {
    pub app: String,
    pub id: String,
    pub name: String,
    /// "stoa_dev_…3f9a".
    pub mark: String,
}

/// `/developers/apps/:id/keys/:key/rotate`
#[component]
pub fn RotatePage() -> impl IntoView {
    let params = use_params_map();
    let asked = move || params.with(|params| (params.get("id"), params.get("key")));
    let key =
        resource(asked, |(id, key)| LoadOldKey { id: id.unwrap_or_default(), key: key.unwrap_or_default() });
    load(key, |key: OldKey| {
        let form = use_form::<RotateKey>();
        let OldKey { app, id, name, mark } = key;
        let overlaps = vec![
            ChoiceOption::new("3600", text::keys::overlap_hour()),
            ChoiceOption::new("86400", text::keys::overlap_day()),
            ChoiceOption::new("604800", text::keys::overlap_week()),
            ChoiceOption::new("0", text::keys::overlap_now()),
        ];
        let back = format!("/developers/apps/{app}/keys");
        view! {
            <PageTitle text=text::keys::rotate_one(&name)/>
            <div class="mx-auto max-w-[80rem] px-4 pb-16 md:px-6">
                <PageHeader title=text::keys::rotate_one(&name) back_label=text::apps::keys() back_href=back/>
                <p class="mb-6 max-w-[66ch]">{text::keys::rotate_lead()} " " <Code>{mark}</Code></p>
                <PageForm form=form class="flex max-w-[40rem] flex-col gap-5">
                    <input type="hidden" name="app" value=app/>
                    <input type="hidden" name="key" value=id/>
                    <RadioGroup
                        name="overlap_seconds"
                        legend=text::keys::overlap()
                        options=overlaps
                        value=form.value_or("overlap_seconds", "86400")
                        error=form.error("overlap_seconds")
                    />
                    <div>
                        <Button kind=ButtonKind::Brand pending=form.pending() pending_label=text::keys::rotating()>
                            {text::keys::rotate()}
                        </Button>
                    </div>
                </PageForm>
            </div>
        }
    })
}

/// A key of the reader's that still works and has no successor; 404 for any other.
#[server]
pub async fn load_old_key(id: String, key: String) -> Result<OldKey, PageError> {
    let ctx = stoa_ui::server::ctx()?;
    let (app, _) = super::find(&ctx, &id).await?;
    let asked = key.parse().map_err(|_| PageError::not_found())?;
    let known = stoa_identity::apps::get_app_key(&ctx, app, asked).await?;
    let works = known.revoked_at.is_none()
        && known.successor.is_none()
        && known.expires_at.is_none_or(|at| at > ctx.now);
    if !works {
        return Err(PageError::not_found());
    }
    Ok(OldKey {
        app: id, id: key, name: known.name, mark: format!("{}_…{}", known.prefix, known.last_four)
    })
}

/// Makes a key's successor, shown once on the page that follows.
#[server]
pub async fn rotate_key(
    #[server(default)] app: String,
    #[server(default)] key: String,
    #[server(default)] overlap_seconds: String,
) -> Result<(), PageError> {
    use stoa_identity::apps;
    use stoa_identity_types::RotateKey;

    let ctx = stoa_ui::server::ctx()?;
    let session = stoa_ui::server::extension::<tower_sessions::Session>()?;
    let id = app.parse().map_err(|_| PageError::not_found())?;
    let key = key.parse().map_err(|_| PageError::not_found())?;
    // What is no number is refused as an overlap that there is not.
    let input = RotateKey { overlap_seconds: overlap_seconds.parse().unwrap_or(-1) };
    let made = apps::rotate_key(&ctx, &session, id, key, input).await?;
    apps::keep_to_show(&ctx, &session, &made.view.id.to_string(), &made.secret).await?;
    let page = format!("/developers/apps/{id}/keys");
    stoa_ui::server::redirect_to(&page, text::keys::rotated()).await
}
