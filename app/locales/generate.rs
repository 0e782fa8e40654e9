// Included by the build script of every crate that shows text: turns the message files
// `app/locales/<locale>/<bundle>/*.json` into functions, so that a missing message or a
// forgotten argument is a compile error and only the messages a page names end up in its
// part of the browser bundle.
//
// A string is a function returning `&'static str`; one with `{placeholders}` takes them in
// the order of first appearance and returns a `String`; an object whose keys are CLDR
// plural categories (with `other`) takes `count: i64` first; any other object is a module.
// A message missing from a locale falls back to `en-gb`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Locales in the order of `stoa_ui::i18n::Locale`; the first is complete by definition.
const LOCALES: &[(&str, &str)] = &[("en-gb", "EnGb")];
const CATEGORIES: &[&str] = &["zero", "one", "two", "few", "many", "other"];

type Messages = BTreeMap<String, serde_json::Value>;

/// Writes `$OUT_DIR/text.rs` for the message files of `bundle`. `runtime` is the path of the
/// module that offers `locale()`, `Locale` and `plural()` to the generated code.
fn generate_text(bundle: &str, runtime: &str) {
    let manifest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    // `app/<crate>` and `app` itself both find `app/locales`.
    let root = [manifest.join("../locales"), manifest.join("locales")]
        .into_iter()
        .find(|path| path.is_dir())
        .expect("app/locales is beside the crate");
    println!("cargo::rerun-if-changed={}", root.join("generate.rs").display());
    let mut by_locale = Vec::new();
    for (code, _) in LOCALES {
        let folder = root.join(code).join(bundle);
        println!("cargo::rerun-if-changed={}", folder.display());
        by_locale.push(read_bundle(&folder));
    }
    let mut code = String::from("// Made from the message files by app/locales/generate.rs.\n");
    write_module(&mut code, &by_locale.iter().collect::<Vec<_>>(), runtime, bundle);
    let target = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("text.rs");
    std::fs::write(target, code).expect("OUT_DIR is writable");
}

/// One key per file, its name without `.json`.
fn read_bundle(folder: &Path) -> Messages {
    let mut messages = Messages::new();
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        println!("cargo::rerun-if-changed={}", path.display());
        let source =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value =
            serde_json::from_str(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        messages.insert(name, value);
    }
    messages
}

fn write_module(code: &mut String, locales: &[&Messages], runtime: &str, place: &str) {
    for (key, value) in locales[0] {
        let name = identifier(key, place);
        let place = format!("{place}/{key}");
        let variants: Vec<Option<&serde_json::Value>> =
            locales.iter().map(|messages| messages.get(key)).collect();
        match value {
            serde_json::Value::Object(object) if !object.contains_key("other") => {
                let _ =
                    writeln!(code, "/// Messages of `{place}`.\n#[allow(missing_docs)]\npub mod {name} {{");
                let maps: Vec<Messages> = variants.iter().map(|variant| as_messages(*variant)).collect();
                write_module(code, &maps.iter().collect::<Vec<_>>(), runtime, &place);
                code.push_str("}\n");
            }
            serde_json::Value::Object(_) => write_plural(code, &name, &variants, runtime, &place),
            serde_json::Value::String(_) => write_string(code, &name, &variants, runtime, &place),
            _ => panic!("{place}: a message is a string or an object"),
        }
    }
}

fn as_messages(value: Option<&serde_json::Value>) -> Messages {
    match value {
        Some(serde_json::Value::Object(object)) => {
            object.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        _ => Messages::new(),
    }
}

fn write_string(
    code: &mut String,
    name: &str,
    variants: &[Option<&serde_json::Value>],
    runtime: &str,
    place: &str,
) {
    let base = variants[0].and_then(serde_json::Value::as_str).expect("checked by the caller");
    let arguments = placeholders(base, place);
    let bodies: Vec<Option<String>> = variants
        .iter()
        .map(|variant| {
            let message = variant.and_then(serde_json::Value::as_str)?;
            check_same(&arguments, &placeholders(message, place), place);
            Some(if arguments.is_empty() {
                format!("{:?}", unescape(message))
            } else {
                format!("format!({message:?})")
            })
        })
        .collect();
    let output = if arguments.is_empty() { "&'static str" } else { "String" };
    let parameters: Vec<String> =
        arguments.iter().map(|argument| format!("{argument}: impl std::fmt::Display")).collect();
    let _ = writeln!(
        code,
        "/// {}\npub fn {name}({}) -> {output} {{ {} }}",
        doc(base),
        parameters.join(", "),
        choose(&bodies, runtime)
    );
}

fn write_plural(
    code: &mut String,
    name: &str,
    variants: &[Option<&serde_json::Value>],
    runtime: &str,
    place: &str,
) {
    let base = variants[0].and_then(|value| value.get("other")).and_then(serde_json::Value::as_str);
    let base = base.unwrap_or_else(|| panic!("{place}: `other` is a string"));
    let arguments: Vec<String> =
        placeholders(base, place).into_iter().filter(|argument| argument != "count").collect();
    let bodies: Vec<Option<String>> = variants
        .iter()
        .map(|variant| {
            let forms = (*variant)?.as_object()?;
            let mut arms = String::new();
            for (category, message) in forms {
                assert!(CATEGORIES.contains(&category.as_str()), "{place}: {category} is no plural category");
                let message = message.as_str().unwrap_or_else(|| panic!("{place}: {category} is a string"));
                let pattern = if category == "other" { "_".to_owned() } else { format!("{category:?}") };
                let text = if placeholders(message, place).is_empty() {
                    format!("{:?}.to_owned()", unescape(message))
                } else {
                    format!("format!({message:?})")
                };
                // `_` has to come last.
                if pattern == "_" {
                    let _ = write!(arms, "{pattern} => {text}, ");
                } else {
                    arms.insert_str(0, &format!("{pattern} => {text}, "));
                }
            }
            Some(format!("match {runtime}::plural({runtime}::locale(), count) {{ {arms}}}"))
        })
        .collect();
    let mut parameters = vec!["count: i64".to_owned()];
    parameters.extend(arguments.iter().map(|argument| format!("{argument}: impl std::fmt::Display")));
    let _ = writeln!(
        code,
        "/// {}\n#[allow(unused_variables)]\npub fn {name}({}) -> String {{ {} }}",
        doc(base),
        parameters.join(", "),
        choose(&bodies, runtime)
    );
}

/// One body when there is one locale, else a match on the current one.
fn choose(bodies: &[Option<String>], runtime: &str) -> String {
    let base = bodies[0].clone().expect("the first locale is complete");
    let others: Vec<String> = bodies
        .iter()
        .zip(LOCALES)
        .skip(1)
        .filter_map(|(body, (_, variant))| {
            body.as_ref().map(|body| format!("{runtime}::Locale::{variant} => {body}"))
        })
        .collect();
    if others.is_empty() {
        base
    } else {
        format!("match {runtime}::locale() {{ {}, _ => {base} }}", others.join(", "))
    }
}

/// Names in braces in the order of first appearance; `{{` and `}}` are braces.
fn placeholders(message: &str, place: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = message;
    while let Some(start) = rest.find('{') {
        if rest[start..].starts_with("{{") {
            rest = &rest[start + 2..];
            continue;
        }
        let end = rest[start..].find('}').unwrap_or_else(|| panic!("{place}: a brace is not closed"));
        let name = identifier(&rest[start + 1..start + end], place);
        if !found.contains(&name) {
            found.push(name);
        }
        rest = &rest[start + end + 1..];
    }
    found
}

fn check_same(expected: &[String], found: &[String], place: &str) {
    let mut expected: Vec<_> = expected.to_vec();
    let mut found: Vec<_> = found.to_vec();
    expected.sort();
    found.sort();
    assert!(expected == found, "{place}: a translation names other placeholders than en-gb");
}

fn unescape(message: &str) -> String {
    message.replace("{{", "{").replace("}}", "}")
}

fn doc(message: &str) -> String {
    message.replace(['\n', '\r'], " ").replace('<', "&lt;")
}

fn identifier(key: &str, place: &str) -> String {
    let valid = key.chars().next().is_some_and(|first| first.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    assert!(valid, "{place}: `{key}` is not a snake_case name");
    match key {
        "continue" | "return" | "type" | "move" | "match" | "for" | "in" | "if" | "else" | "use"
        | "yield" => {
            format!("{key}_")
        }
        _ => key.to_owned(),
    }
}
