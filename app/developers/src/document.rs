//! Reads operations out of the OpenAPI document.

use serde_json::{Map, Value};

use crate::reference::{Answer, Member, OperationDoc, OperationLink, Parameter, TagLinks};

/// The methods an OpenAPI path item may have.
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// How many levels of objects an example body goes down.
const EXAMPLE_DEPTH: u8 = 4;

/// One operation and where it stands.
struct Found<'a> {
    slug: String,
    path: &'a str,
    method: &'a str,
    item: &'a Value,
    operation: &'a Value,
}

/// Every operation, in the document's order.
fn operations(document: &Value) -> Vec<Found<'_>> {
    let Some(paths) = document["paths"].as_object() else { return Vec::new() };
    paths
        .iter()
        .flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let operation = item.get(*method)?;
                Some(Found { slug: slug(path, method), path, method, item, operation })
            })
        })
        .collect()
}

/// The address of an operation: method and path, since handlers of two areas may share a name.
fn slug(path: &str, method: &str) -> String {
    let words = path.trim_start_matches("/v1").split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .fold(method.to_owned(), |slug, word| format!("{slug}-{}", word.to_lowercase()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn title(found: &Found<'_>) -> String {
    let summary = text(&found.operation["summary"]);
    if summary.is_empty() { format!("{} {}", found.method.to_uppercase(), found.path) } else { summary }
}

/// The list of operations by tag.
pub fn tags(document: &Value) -> Vec<TagLinks> {
    let mut tags: Vec<TagLinks> = Vec::new();
    for found in operations(document) {
        let tag = found.operation["tags"][0].as_str().unwrap_or("other").to_owned();
        let link = OperationLink {
            title: title(&found),
            slug: found.slug,
            method: found.method.to_uppercase(),
            path: found.path.to_owned(),
        };
        match tags.iter_mut().find(|known| known.tag == tag) {
            Some(known) => known.operations.push(link),
            None => tags.push(TagLinks { tag, operations: vec![link] }),
        }
    }
    tags.sort_by(|a, b| a.tag.cmp(&b.tag));
    tags
}

/// The operation with this address.
pub fn operation(document: &Value, slug: &str, base: &str) -> Option<OperationDoc> {
    let found = operations(document).into_iter().find(|found| found.slug == slug)?;
    let parameters: Vec<&Value> = [&found.item["parameters"], &found.operation["parameters"]]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .map(|parameter| resolve(document, parameter))
        .collect();
    let body = json_schema(resolve(document, &found.operation["requestBody"]));
    let mut answers: Vec<Answer> = found.operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(code, answer)| {
            let answer = resolve(document, answer);
            let schema = json_schema(answer);
            Answer {
                code: code.clone(),
                description: text(&answer["description"]),
                kind: schema.map(kind).unwrap_or_default(),
                members: schema.map(|schema| members(document, schema)).unwrap_or_default(),
            }
        })
        .collect();
    answers.sort_by(|a, b| a.code.cmp(&b.code));
    Some(OperationDoc {
        title: title(&found),
        method: found.method.to_uppercase(),
        path: found.path.to_owned(),
        prose: text(&found.operation["description"])
            .split("\n\n")
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        curl: curl(document, &found, &parameters, body, base),
        parameters: parameters
            .iter()
            .map(|parameter| Parameter {
                name: text(&parameter["name"]),
                place: text(&parameter["in"]),
                kind: kind(&parameter["schema"]),
                required: parameter["required"] == true,
                description: text(&parameter["description"]),
            })
            .collect(),
        request_kind: body.map(kind).unwrap_or_default(),
        request: body.map(|schema| members(document, schema)).unwrap_or_default(),
        answers,
    })
}

/// What a `$ref` leads to, else the value itself.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(value),
        None => value,
    }
}

fn json_schema(body: &Value) -> Option<&Value> {
    body["content"].as_object()?.values().next().map(|content| &content["schema"])
}

/// Schemas an `allOf`, `oneOf` or `anyOf` is made of, leaving `null` out.
fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .filter_map(|name| schema[name].as_array())
        .flatten()
        .filter(|part| part["type"] != "null")
}

/// The type in a word or two: `string`, `integer or null`, `list of OrderLineView`.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return name.to_owned();
    }
    let word = |name: &str| match name {
        "array" => format!("list of {}", kind(&schema["items"])),
        other => other.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => word(name),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).map(word).collect::<Vec<_>>().join(" or ")
        }
        _ => parts(schema).map(kind).collect::<Vec<_>>().join(" or "),
    }
}

/// The fields of an object, or of the objects of a list.
fn members(document: &Value, schema: &Value) -> Vec<Member> {
    let schema = resolve(document, schema);
    if schema["items"].is_object() {
        return members(document, &schema["items"]);
    }
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
    };
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, member)| Member {
        name: name.clone(),
        kind: kind(member),
        required: required(name),
        description: text(&member["description"]),
    });
    own.chain(parts(schema).flat_map(|part| members(document, part))).collect()
}

/// A value that shows the shape of a schema.
fn example(document: &Value, schema: &Value, depth: u8) -> Value {
    let schema = resolve(document, schema);
    if let Some(given) =
        schema.get("example").or_else(|| schema["examples"].get(0)).or_else(|| schema["enum"].get(0))
    {
        return given.clone();
    }
    if let Some(part) = parts(schema).next() {
        return example(document, part, depth);
    }
    let name = match &schema["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        name => name.as_str(),
    };
    match name {
        Some("integer" | "number") => Value::from(1),
        Some("boolean") => Value::Bool(true),
        Some("array") if depth > 0 => Value::Array(vec![example(document, &schema["items"], depth - 1)]),
        Some("array") => Value::Array(Vec::new()),
        Some("string") => Value::from("..."),
        _ if depth > 0 => {
            let required = schema["required"].as_array();
            let wanted = |name: &str| required.is_none_or(|names| names.iter().any(|known| known == name));
            let members = schema["properties"].as_object().into_iter().flatten();
            let object: Map<String, Value> = members
                .filter(|(name, _)| wanted(name))
                .map(|(name, member)| (name.clone(), example(document, member, depth - 1)))
                .collect();
            Value::Object(object)
        }
        _ => Value::Object(Map::new()),
    }
}

/// A call ready to paste into a shell.
fn curl(
    document: &Value,
    found: &Found<'_>,
    parameters: &[&Value],
    body: Option<&Value>,
    base: &str,
) -> String {
    let mut lines = vec!["curl".to_owned()];
    if found.method != "get" {
        lines[0] = format!("curl -X {}", found.method.to_uppercase());
    }
    lines.push("-H \"Authorization: Bearer $STOA_KEY\"".to_owned());
    for parameter in
        parameters.iter().filter(|parameter| parameter["in"] == "header" && parameter["required"] == true)
    {
        let value = if parameter["name"] == "Idempotency-Key" { "$(uuidgen)" } else { "1" };
        lines.push(format!("-H \"{}: {value}\"", text(&parameter["name"])));
    }
    if let Some(schema) = body {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        let value = serde_json::to_string(&example(document, schema, EXAMPLE_DEPTH)).unwrap_or_default();
        lines.push(format!("-d '{}'", value.replace('\'', "'\\''")));
    }
    let query: Vec<String> = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
        .map(|parameter| format!("{}=...", text(&parameter["name"])))
        .collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    lines.push(format!("'{base}{}{query}'", found.path));
    lines.join(" \\\n  ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_is_read_with_its_references() {
        let document = json!({
            "paths": { "/v1/carts/{id}/lines": { "post": {
                "tags": ["carts"], "summary": "Add a line", "description": "First.\n\nSecond.",
                "parameters": [{ "name": "Idempotency-Key", "in": "header", "required": true, "schema": { "type": "string" } }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/AddLine" } } } },
                "responses": { "201": { "description": "Added" } }
            } } },
            "components": { "schemas": { "AddLine": {
                "type": "object", "required": ["quantity"],
                "properties": { "quantity": { "type": "integer" }, "note": { "type": ["string", "null"] } }
            } } }
        });
        let tags = tags(&document);
        assert_eq!(tags[0].operations[0].slug, "post-carts-id-lines");
        let found = operation(&document, "post-carts-id-lines", "http://shop.test").unwrap();
        assert_eq!(found.prose, ["First.", "Second."]);
        assert_eq!(found.request_kind, "AddLine");
        assert_eq!(found.request.iter().find(|member| member.name == "note").unwrap().kind, "string or null");
        assert!(found.curl.contains("-d '{\"quantity\":1}'"), "{}", found.curl);
        assert!(found.curl.contains("'http://shop.test/v1/carts/{id}/lines'"), "{}", found.curl);
        assert!(operation(&document, "get-carts-id-lines", "").is_none());
    }
}
