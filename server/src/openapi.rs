//! What holds for every operation of the OpenAPI document, said in one place: who may call
//! it, what it refuses and in which form, and where a key may be sent.

use stoa_identity::auth::session;
use utoipa::openapi::{
    ContentBuilder, Object, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema, Server, Type,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

/// Signing in and out, messages of payment providers, which come with an id of their own, and what
/// OAuth's standards and mail programs lay down.
const WITHOUT_KEY: &[&str] = &[
    "create_session",
    "delete_session",
    "receive_payment_webhook",
    "exchange_token",
    "introspect_token",
    "revoke_token",
    "unsubscribe_customer",
];

/// How an operation knows its caller, as its description says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// "Needs `products.write`."
    Permission,
    /// "For the cart's holder …"
    Holder,
    /// "… the person signed in …", "… the person alone …": whoever that is, for what is theirs.
    Person,
    /// "For whoever it is, and for staff with `customers.read`": a person for what is theirs, and
    /// others by a permission.
    Own,
    /// Neither is said: everybody, and some see more.
    Open,
}

impl Access {
    fn of(operation: &Operation) -> Self {
        let text = operation.description.as_deref().unwrap_or_default().replace('\n', " ");
        let needs = text.split("eeds `").skip(1).filter_map(|rest| rest.split('`').next());
        if text.contains("cart's holder") {
            Self::Holder
        } else if text.contains("the person signed in") || text.contains("the person alone") {
            Self::Person
        } else if ["or whoever it is", "for staff with `", "for the platform's staff with `"]
            .into_iter()
            .any(|words| text.contains(words))
        {
            Self::Own
        } else if needs.into_iter().any(|name| name.contains('.')) {
            Self::Permission
        } else {
            Self::Open
        }
    }

    fn security(self) -> Vec<SecurityRequirement> {
        let scheme = |name: &str| SecurityRequirement::new(name, [] as [&str; 0]);
        match self {
            Self::Permission => vec![scheme("key"), scheme("session")],
            Self::Holder => vec![scheme("cart"), scheme("key"), scheme("session")],
            Self::Person => vec![scheme("session")],
            Self::Own => vec![scheme("session"), scheme("key")],
            Self::Open => vec![SecurityRequirement::default(), scheme("key"), scheme("session")],
        }
    }
}

/// Completes the document.
pub fn finish(document: &mut OpenApi) {
    document.servers = Some(vec![Server::new("/")]);
    let components = document.components.get_or_insert_default();
    for (name, scheme) in schemes() {
        components.add_security_scheme(name, scheme);
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete(path, method, operation);
        }
    }
}

fn schemes() -> [(&'static str, SecurityScheme); 3] {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, made with `stoa token create`."))
        .build();
    let cookie = ApiKeyValue::with_description(
        session::COOKIE,
        "A person's session, from `POST /v1/auth/login`; `__Host-` stands in front of the name under HTTPS. \
         Changes need an `Origin` or `Sec-Fetch-Site` of this site.",
    );
    let cart = ApiKeyValue::with_description(
        "Stoa-Cart-Token",
        "The token that `POST /v1/carts` answered: opens that cart, its payment and its order.",
    );
    [
        ("key", SecurityScheme::Http(key)),
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("cart", SecurityScheme::ApiKey(ApiKey::Header(cart))),
    ]
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("GET", item.get.as_mut()),
        ("PUT", item.put.as_mut()),
        ("POST", item.post.as_mut()),
        ("PATCH", item.patch.as_mut()),
        ("DELETE", item.delete.as_mut()),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation?)))
}

fn complete(path: &str, method: &str, operation: &mut Operation) {
    let access = Access::of(operation);
    let mut security = access.security();
    if operation.description.as_deref().is_some_and(|text| text.contains("the cart's token")) {
        security.push(SecurityRequirement::new("cart", [] as [&str; 0]));
    }
    operation.security = Some(security);
    let id = operation.operation_id.clone().unwrap_or_default();
    let keyed = method == "POST" && !WITHOUT_KEY.contains(&id.as_str());
    if keyed && !sends(operation, "Idempotency-Key") {
        operation.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
    }
    let body = operation.request_body.is_some();
    let mut refusals = vec!["400", "401", "429", "default"];
    if access == Access::Permission {
        refusals.push("403");
    }
    if path.contains('{') {
        refusals.push("404");
    }
    if keyed {
        refusals.extend(["409", "422"]);
    }
    if body {
        refusals.extend(["413", "415", "422"]);
    }
    if sends(operation, "If-Match") {
        refusals.push("412");
    }
    if requires(operation, "If-Match") {
        refusals.push("428");
    }
    let responses = &mut operation.responses.responses;
    for status in refusals {
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new("")));
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response {
            describe(path, status, response);
        }
    }
}

fn describe(path: &str, status: &str, response: &mut Response) {
    if response.description.is_empty() {
        response.description = in_words(status).to_owned();
    }
    // OAuth's refusals have a form of their own (RFC 6749, section 5.2).
    let of_oauth = path.starts_with("/oauth/") && response.content.contains_key("application/json");
    if status.starts_with('2') || status.starts_with('3') || of_oauth {
        return;
    }
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let words = std::mem::take(&mut response.description);
    *response =
        ResponseBuilder::new().description(words).content("application/problem+json", problem).build();
}

/// What a status means wherever an operation says nothing of its own.
fn in_words(status: &str) -> &'static str {
    match status {
        "200" => "Done",
        "201" => "Made; `Location` says where it is",
        "204" => "Done; there is nothing to show",
        "400" => "A parameter, header or the JSON can't be read",
        "401" => "Nobody is signed in, or the key is not valid",
        "403" => "Whoever asks has not the permission",
        "404" => "There is no such record, or not for whoever asks",
        "409" => "Not as things stand, or the same key is still being worked on",
        "412" => "It was changed since the version in `If-Match`",
        "413" => "The body is too large",
        "415" => "The body has another type",
        "422" => "Members of the body don't fit; `errors` names each. Or the key was used with another body",
        "428" => "`If-Match` is missing",
        "429" => "Too often; `Retry-After` says how long to wait",
        _ => "Any other refusal or failure",
    }
}

fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some("Up to 255 characters, new for each action: a repetition gets the first answer"))
        .required(Required::False)
        .schema(Some(Schema::Object(Object::with_type(Type::String))))
        .build()
}

fn header<'a>(operation: &'a Operation, name: &str) -> Option<&'a Parameter> {
    operation.parameters.iter().flatten().find_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.name == name => Some(parameter),
        _ => None,
    })
}

fn sends(operation: &Operation, name: &str) -> bool {
    header(operation, name).is_some()
}

fn requires(operation: &Operation, name: &str) -> bool {
    header(operation, name).is_some_and(|parameter| matches!(parameter.required, Required::True))
}
