//! The form contract, the guards and the headers, through a real router.

use axum::{
    Extension, Router,
    body::Body,
    middleware::{from_fn, from_fn_with_state},
    response::Response,
    routing::{any, get, post},
};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_stream_with_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router as PageRouter, Routes},
    path,
};
use stoa_kernel::Ctx;
use stoa_testing::{Backend, Test};
use stoa_types::{FieldError, Problem};
use tower::ServiceExt;
use tower_sessions::{MemoryStore, SessionManagerLayer};

use super::*;
use crate::{
    IdempotencyKey, NotFound, PageError, PageForm, flash_message, load, page::provide_page_state, use_form,
    use_form_named,
};

const HOST: &str = "localhost:3000";
const ORIGIN: &str = "http://localhost:3000";

#[server]
async fn greet(
    #[server(default)] name: String,
    #[server(default)] address: Address,
    #[server(default)] password: String,
) -> Result<String, PageError> {
    match name.as_str() {
        "" => Err(PageError::invalid(vec![
            FieldError {
                field: "name".to_owned(),
                code: "greet.name_missing".to_owned(),
                message: "Enter a name, like Ioanna".to_owned(),
            },
            FieldError {
                field: "address/city".to_owned(),
                code: "greet.city_unknown".to_owned(),
                message: format!("We don't deliver to {}", address.city),
            },
        ])),
        "boom" => Err(stoa_kernel::Error::internal("a cause nobody may see").into()),
        "stranger" => {
            signed_in(&ctx()?)?;
            Ok(String::new())
        }
        "quiet" => Ok(format!("{password} is not shown")),
        name => {
            redirect_to("/done?from=greet", format!("Greeted {name}")).await?;
            Ok(name.to_owned())
        }
    }
}

#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct Address {
    city: String,
}

#[server]
async fn only_for_members() -> Result<String, PageError> {
    Ok(signed_in(&ctx()?)?.to_string())
}

#[component]
fn TestApp() -> impl IntoView {
    leptos_meta::provide_meta_context();
    provide_page_state();
    view! {
        <PageRouter>
            <main>
                <Routes fallback=NotFound>
                    <Route path=path!("/form") view=FormPage ssr=SsrMode::Async/>
                    <Route path=path!("/done") view=DonePage ssr=SsrMode::Async/>
                    <Route path=path!("/members") view=MembersPage ssr=SsrMode::Async/>
                </Routes>
            </main>
        </PageRouter>
    }
}

#[component]
fn FormPage() -> impl IntoView {
    let (form, other) = (use_form::<Greet>(), use_form_named::<Greet>("other"));
    view! {
        <crate::PageTitle text="Greeting".to_owned()/>
        <PageForm form=form id="first">
            <input id="f-name" name="name" value=form.value("name") aria-invalid=form.invalid("name")/>
            <input name="address[city]" value=form.value_or("address[city]", "Athens")/>
            <p id="city-error">{form.error("address[city]")}</p>
            <IdempotencyKey form=form/>
        </PageForm>
        <PageForm form=other>
            <input id="other" name="name" value=other.value("name")/>
        </PageForm>
    }
}

#[component]
fn DonePage() -> impl IntoView {
    view! { <p id="flash">{flash_message().unwrap_or_else(|| "no message".to_owned())}</p> }
}

#[component]
fn MembersPage() -> impl IntoView {
    let member = crate::resource(|| (), |()| OnlyForMembers {});
    load(member, |member| view! { <p>{member}</p> })
}

fn document(options: LeptosOptions) -> impl IntoView {
    let _ = options;
    view! {
        <!DOCTYPE html>
        <html>
            <head><leptos_meta::MetaTags/></head>
            <body><TestApp/></body>
        </html>
    }
}

/// Made once: while Leptos makes the list, resources of the whole process stand still, so a
/// second test doing it would stop the pages of the first.
fn routes() -> Vec<leptos_axum::AxumRouteListing> {
    static ROUTES: std::sync::OnceLock<Vec<leptos_axum::AxumRouteListing>> = std::sync::OnceLock::new();
    ROUTES.get_or_init(|| generate_route_list(TestApp)).clone()
}

struct Site {
    router: Router,
    _test: Test,
}

impl Site {
    async fn new() -> Self {
        Self::seen_by(|test| test.visitor()).await
    }

    /// The site as the person of `caller` sees it.
    async fn seen_by(caller: impl Fn(&Test) -> Ctx) -> Self {
        let test = Test::new(Backend::Sqlite, &[], Default::default()).await;
        let options = LeptosOptions::builder().output_name("stoa").build();
        let render = {
            let options = options.clone();
            move || document(options.clone())
        };
        let security = Security::new("https://shop.example", true)
            .leading_to(["https://pay.example/hosted/1", "javascript:x"]);
        let api = Router::new()
            .route("/v1/things", post(async || "done"))
            .layer(from_fn_with_state(security.clone(), secure_api));
        let page = {
            let security = security.clone();
            move || provide_page_security(&security)
        };
        let router = Router::new()
            .route("/", get(root))
            .route("/preferences", post(preferences))
            .route("/api/{*function}", any(|request| handle_server_function(|| {}, request)))
            .route("/seller", get(async || "the portal"))
            .leptos_routes_with_handler(routes(), render_app_async_stream_with_context(page, render))
            .layer(from_fn(page_state))
            .layer(from_fn(guard))
            .layer(from_fn_with_state(security, secure))
            .merge(api)
            .layer(Extension(caller(&test)))
            .layer(SessionManagerLayer::new(MemoryStore::default()).with_secure(false))
            .with_state(options);
        Self { router, _test: test }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.expect("the router never fails")).await
    }

    async fn page(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::get(path)
            .header(header::HOST, HOST)
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookie)
            .body(Body::empty());
        self.send(request.expect("a request")).await
    }

    /// Posts a form as a browser without WebAssembly does, from the page at `from`.
    async fn form(&self, from: &str, cookie: &str, body: impl Into<Body>) -> Answer {
        self.send(plain(from, cookie).body(body.into()).expect("a request")).await
    }
}

fn plain(from: &str, cookie: &str) -> http::request::Builder {
    Request::post(Greet::PATH)
        .header(header::HOST, HOST)
        .header(header::ORIGIN, ORIGIN)
        .header("sec-fetch-site", "same-origin")
        .header(header::REFERER, format!("{ORIGIN}{from}"))
        .header(header::ACCEPT, "text/html,application/xhtml+xml")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    body: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The session cookie set by this answer.
    fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }

    fn problem(&self) -> Problem {
        serde_json::from_str(&self.body).expect("a problem")
    }
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed_and_what_was_wrong() {
    let site = Site::new().await;
    let answer = site.form("/form?step=2", "", "name=&address%5Bcity%5D=Atlantis&password=hunter2").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let target = answer.header("location").to_owned();
    assert!(target.starts_with("/form?step=2&form="), "{target}");

    let page = site.page(&target, &answer.cookie()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Enter a name, like Ioanna"));
    assert!(
        page.body.contains("We don&#x27;t deliver to Atlantis")
            || page.body.contains("We don't deliver to Atlantis")
    );
    assert!(page.body.contains(r#"value="Atlantis""#), "the city typed is back");
    assert!(page.body.contains(r##"href="#f-name""##), "the summary leads to the field");
    assert!(page.body.contains("<title>Error: "), "{}", page.body);
    assert!(!page.body.contains("hunter2"), "a password never comes back");
    assert!(page.body.matches("role=\"alert\"").count() == 1, "only the form that was sent is refused");

    // Reloading shows it again, another visitor or another form does not.
    assert!(site.page(&target, &answer.cookie()).await.body.contains("Atlantis"));
    assert!(!site.page(&target, "").await.body.contains("Atlantis"));
    assert!(!site.page("/form", &answer.cookie()).await.body.contains("Atlantis"));
}

#[tokio::test]
async fn a_form_among_several_of_its_kind_is_told_apart_by_its_name() {
    let site = Site::new().await;
    let answer = site.form("/form", "", "_form=other&name=&address%5Bcity%5D=Atlantis").await;
    let page = site.page(answer.header("location"), &answer.cookie()).await;
    assert!(page.body.contains("Enter a name, like Ioanna"));
    assert!(page.body.contains(r#"value="Athens""#), "the first form shows its own value");
}

#[tokio::test]
async fn a_refused_form_is_forgotten_after_ten_minutes() {
    let test = Test::new(Backend::Sqlite, &[], Default::default()).await;
    let now = test.app.now().timestamp();
    let session = tower_sessions::Session::new(None, std::sync::Arc::new(MemoryStore::default()), None);
    let form = crate::form::StoredForm {
        id: "a".to_owned(),
        action: "/api/greet".to_owned(),
        name: String::new(),
        values: vec![],
        problem: *PageError::not_found().0,
        expires: now + session::FORM_SECONDS,
    };
    session::keep_form(&session, form, now).await.expect("kept");
    assert!(session::find_form(&session, "a", now + 599).await.is_some());
    assert!(session::find_form(&session, "a", now + 600).await.is_none());
}

#[tokio::test]
async fn a_done_form_leads_on_and_its_message_shows_once() {
    let site = Site::new().await;
    let answer = site.form("/form", "", "name=Ioanna").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/done?from=greet"));
    let cookie = answer.cookie();
    assert!(site.page("/done", &cookie).await.body.contains("Greeted Ioanna"));
    assert!(site.page("/done", &cookie).await.body.contains("no message"));
}

#[tokio::test]
async fn a_form_that_leads_nowhere_comes_back_to_its_page_without_the_old_errors() {
    let site = Site::new().await;
    let answer = site.form("/form?step=2&form=old", "", "name=quiet").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/form?step=2"));
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn a_fetched_function_answers_with_the_status_of_its_problem() {
    let site = Site::new().await;
    let fetch = |body: &'static str| {
        Request::post(Greet::PATH)
            .header(header::HOST, HOST)
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request")
    };
    let refused = site.send(fetch("name=")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.problem().field("name"), Some("Enter a name, like Ioanna"));
    let broken = site.send(fetch("name=boom")).await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!broken.body.contains("a cause nobody may see"));
    assert!(broken.problem().request_id.is_some());
    let done = site.send(fetch("name=Ioanna")).await;
    assert_eq!((done.status, done.body.as_str()), (StatusCode::OK, "\"Ioanna\""));
    assert_eq!(done.header("location"), "/done?from=greet");
    assert!(done.headers.contains_key("serverfnredirect"));
}

#[tokio::test]
async fn a_form_that_needs_sign_in_leads_there_and_back() {
    let site = Site::new().await;
    let answer = site.form("/form?step=2", "", "name=stranger").await;
    let target = (answer.status, answer.header("location"));
    assert_eq!(target, (StatusCode::SEE_OTHER, "/en-gb/sign-in?next=/form%3Fstep%3D2"));
}

#[tokio::test]
async fn a_form_too_large_or_wrongly_encoded_is_refused_with_a_page() {
    let site = Site::new().await;
    let large = site.form("/form", "", format!("name={}", "a".repeat(1024 * 1024))).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.body.starts_with("<!DOCTYPE html>"));
    let mut json = plain("/form", "").body(Body::from("{}")).expect("a request");
    json.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    assert_eq!(site.send(json).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_referring_page_of_another_site_is_never_the_target() {
    let site = Site::new().await;
    let mut request = plain("/form", "").body(Body::from("name=")).expect("a request");
    request
        .headers_mut()
        .insert(header::REFERER, http::HeaderValue::from_static("https://evil.example/form"));
    let answer = site.send(request).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.header("location").is_empty());
}

#[tokio::test]
async fn changes_from_elsewhere_are_refused() {
    let site = Site::new().await;
    let send = async |site_header: Option<&'static str>, origin: Option<&'static str>| {
        let mut request = plain("/form", "id=1").body(Body::from("name=quiet")).expect("a request");
        for (name, value) in [("sec-fetch-site", site_header), ("origin", origin)] {
            request.headers_mut().remove(name);
            if let Some(value) = value {
                request.headers_mut().insert(name, http::HeaderValue::from_static(value));
            }
        }
        site.send(request).await.status
    };
    for (site_header, origin) in [
        (Some("same-origin"), Some(ORIGIN)),
        (Some("same-origin"), None),
        (Some("none"), None),
        (None, Some(ORIGIN)),
        (None, Some("https://shop.example")),
    ] {
        assert_eq!(send(site_header, origin).await, StatusCode::SEE_OTHER, "{site_header:?} {origin:?}");
    }
    for (site_header, origin) in [
        (None, None),
        (Some("cross-site"), None),
        (Some("same-site"), Some(ORIGIN)),
        (Some("same-origin"), Some("https://evil.example")),
        (None, Some("http://localhost:3001")),
        (None, Some("null")),
        (None, Some("http://localhost:3000.evil.example")),
    ] {
        assert_eq!(send(site_header, origin).await, StatusCode::FORBIDDEN, "{site_header:?} {origin:?}");
    }
}

#[tokio::test]
async fn a_program_with_a_key_needs_no_origin() {
    let site = Site::new().await;
    let request = Request::post(Greet::PATH)
        .header(header::AUTHORIZATION, "Bearer key")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("name=quiet"));
    assert_eq!(site.send(request.expect("a request")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_interface_for_programs_checks_only_what_a_cookie_could_authorise() {
    let site = Site::new().await;
    let send = async |cookie: Option<&'static str>, origin: Option<&'static str>| {
        let mut request = Request::post("/v1/things").header(header::HOST, HOST);
        for (name, value) in [("cookie", cookie), ("origin", origin)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        site.send(request.body(Body::empty()).expect("a request")).await
    };
    assert_eq!(send(None, None).await.status, StatusCode::OK);
    assert_eq!(send(Some("stoa_session=1"), Some(ORIGIN)).await.status, StatusCode::OK);
    let refused = send(Some("stoa_session=1"), None).await;
    assert_eq!(
        (refused.status, refused.problem().code.as_str()),
        (StatusCode::FORBIDDEN, "request.origin_unknown")
    );
    assert_eq!(
        send(Some("stoa_session=1"), Some("https://evil.example")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_a_page_its_nonce() {
    let site = Site::new().await;
    for answer in [site.page("/form", "").await, site.page("/", "").await, site.page("/seller", "").await] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert!(answer.header("strict-transport-security").contains("max-age="));
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'self'"));
        assert!(answer.header("content-security-policy").contains("'wasm-unsafe-eval'"));
    }
    let policy = |answer: &Answer| answer.header("content-security-policy").to_owned();
    let (one, two) = (policy(&site.page("/form", "").await), policy(&site.page("/form", "").await));
    assert!(one.contains("'nonce-") && one != two, "a nonce serves once");
    assert!(one.contains("form-action 'self' https://shop.example https://pay.example;"), "{one}");
    assert!(!one.contains("'unsafe-inline'; script") && !one.contains("script-src 'self' 'unsafe"));
}

#[tokio::test]
async fn a_page_that_needs_sign_in_redirects_and_an_unknown_one_is_404() {
    let site = Site::new().await;
    let answer = site.page("/members?tab=2", "").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::FOUND, "/en-gb/sign-in?next=/members%3Ftab%3D2")
    );
}

#[tokio::test]
async fn staff_pages_open_for_staff_only() {
    let visitor = Site::new().await.page("/seller?status=late", "").await;
    assert_eq!(
        (visitor.status, visitor.header("location")),
        (StatusCode::FOUND, "/en-gb/sign-in?next=/seller%3Fstatus%3Dlate")
    );
    let staff = Site::seen_by(|test| test.person(None, &[stoa_kernel::Permission("orders.read")])).await;
    assert_eq!(staff.page("/seller", "").await.status, StatusCode::FORBIDDEN);
    let shopper = Site::seen_by(|test| test.person(None, &[])).await;
    assert_eq!(shopper.page("/seller", "").await.status, StatusCode::FORBIDDEN);
    let seller = Site::seen_by(|test| test.person(Some(stoa_kernel::new_id()), &[])).await;
    assert_eq!(seller.page("/seller", "").await.body, "the portal");
}

#[tokio::test]
async fn the_root_leads_to_the_home_page_in_the_visitors_language() {
    let site = Site::new().await;
    let answer = site.page("/?utm=1", "").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, "/en-gb?utm=1"));
    assert!(answer.header("vary").contains("accept-language"));
}

#[tokio::test]
async fn preferences_are_kept_and_lead_back() {
    let site = Site::new().await;
    let send = async |body: &'static str| {
        let mut request = plain("/form?step=2", "").body(Body::from(body)).expect("a request");
        *request.uri_mut() = http::Uri::from_static("/preferences");
        site.send(request).await
    };
    let chosen = send("theme=dark&locale=en-gb").await;
    assert_eq!((chosen.status, chosen.header("location")), (StatusCode::SEE_OTHER, "/form?step=2"));
    let cookies: Vec<_> =
        chosen.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("stoa_theme=dark;")), "{cookies:?}");
    let nonsense = send("theme=plaid%0d%0aset-cookie:x&currency=%3Cb%3E").await;
    assert!(nonsense.headers.get("set-cookie").is_none());
}

/// Loaded content that fails names its own title, which the server reads when that content
/// is long gone; with several threads at work this once brought the page down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_pages_at_once_all_arrive() {
    let site = std::sync::Arc::new(Site::new().await);
    let mut pages = tokio::task::JoinSet::new();
    for _ in 0..400 {
        let site = site.clone();
        pages.spawn(async move { site.page("/members?tab=2", "").await.status });
    }
    let all = async {
        while let Some(page) = pages.join_next().await {
            assert_eq!(page.expect("no page panics"), StatusCode::FOUND);
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), all).await.expect("every page arrives");
}
