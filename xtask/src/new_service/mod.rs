//! `cargo xtask new-service`: the files of a planned service, filled so far that they compile, run
//! and are tested: one record with its table, made, read and listed by its owner, with the audit
//! record and permissions that every service has. What the service is really about comes next.
//!
//! The templates are files beside this one, with `@name@` where a name goes.

mod names;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::map::{Map, Service, Status};
use crate::workspace::{root, run};
use names::{plural, snake, words};

#[derive(Args)]
pub struct Options {
    /// The service's number in services.toml
    number: u8,
    /// The record to begin with, one of the service's models (the first unless told)
    #[arg(long, value_name = "MODEL")]
    record: Option<String>,
    /// Two to four lower-case letters that its ids begin with (made from its name unless told)
    #[arg(long, value_name = "LETTERS")]
    prefix: Option<String>,
    /// Print the files and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// One file to be written, relative to the root.
struct NewFile {
    path: String,
    content: String,
}

pub fn command(options: &Options) -> Result<()> {
    let map = Map::read()?;
    let service = map
        .services
        .iter()
        .find(|service| service.number == options.number)
        .with_context(|| format!("services.toml has no service {}", options.number))?;
    let plan = Plan::of(service, options)?;
    let files = plan.files();
    if options.dry_run {
        for file in &files {
            println!("---- {}\n{}", file.path, file.content);
        }
        return Ok(());
    }
    let root = root();
    if let Some(taken) = files.iter().find(|file| root.join(&file.path).exists()) {
        bail!("{} exists already; nothing was written", taken.path);
    }
    // An area's first service needs its crates first.
    if let Some((missing, ..)) = plan.module_lines().into_iter().find(|(file, ..)| !root.join(file).exists())
    {
        bail!(
            "{missing} is missing: the area {} needs its three crates before its first service; \
             make them as another area's are",
            service.area
        );
    }
    for file in &files {
        let path = root.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, &file.content).with_context(|| format!("{} cannot be written", path.display()))?;
        println!("wrote   {}", file.path);
    }
    for (file, kind, line) in plan.module_lines() {
        let path = root.join(&file);
        let text = fs::read_to_string(&path).with_context(|| format!("{file} cannot be read"))?;
        fs::write(&path, with_line(&text, kind, &line))?;
        println!("changed {file}: {line}");
    }
    let sources: Vec<PathBuf> = files
        .iter()
        .filter(|file| Path::new(&file.path).extension().is_some_and(|extension| extension == "rs"))
        .map(|file| root.join(&file.path))
        .collect();
    run(std::process::Command::new("rustfmt").args(["--edition", "2024"]).args(sources).current_dir(&root))?;
    println!("\nBy hand, in this order (docs/adding-a-service.md says why):\n\n{}", plan.by_hand());
    Ok(())
}

/// Every name that the templates need.
struct Plan<'a> {
    service: &'a Service,
    record: String,
    /// Tables share one schema, so one that another service has too carries the service's name.
    table: String,
    prefix: String,
    create_path: Option<String>,
    list_path: Option<String>,
    read_path: Option<String>,
    created_event: Option<String>,
}

impl<'a> Plan<'a> {
    fn of(service: &'a Service, options: &Options) -> Result<Self> {
        let record = match &options.record {
            Some(record) if !service.models.contains(record) => {
                bail!("{} has no model {record}; it has {}", service.slug, service.models.join(", "))
            }
            Some(record) => record.clone(),
            None => service.models.first().context("the service has no models in services.toml")?.clone(),
        };
        let prefix = options
            .prefix
            .clone()
            .unwrap_or_else(|| snake(&record).chars().filter(|c| *c != '_').take(3).collect());
        if !(2..=4).contains(&prefix.len()) || !prefix.chars().all(|c| c.is_ascii_lowercase()) {
            bail!("--prefix must be two to four lower-case letters");
        }
        let planned = |method: &str, fits: fn(&str) -> bool| {
            service
                .endpoints
                .iter()
                .find(|row| {
                    row.method == method
                        && row.status == Status::Planned
                        && row.same_as.is_none()
                        && fits(&row.path)
                })
                .map(|row| row.path.clone())
        };
        let created = format!("{}.created", snake(&record));
        let name = snake(&record);
        let taken = root().join(format!("entities/{}/src/{name}.rs", service.area)).exists();
        let table = if taken || AMBIGUOUS.contains(&record.as_str()) {
            format!("{}_{name}", service.slug)
        } else {
            name
        };
        Ok(Self {
            table,
            create_path: planned("POST", |path| !path.contains('{')),
            list_path: planned("GET", |path| !path.contains('{')),
            read_path: planned("GET", |path| path.matches('{').count() == 1 && path.ends_with('}')),
            created_event: service.events.iter().any(|event| event.name == created).then_some(created),
            service,
            record,
            prefix,
        })
    }

    fn files(&self) -> Vec<NewFile> {
        let Service { slug, area, number, .. } = self.service;
        let table = &self.table;
        [
            (
                format!("services/{area}/types/src/{slug}.rs"),
                include_str!("templates/types.rs.txt").to_owned(),
            ),
            (format!("entities/{area}/src/{table}.rs"), include_str!("templates/entity.rs.txt").to_owned()),
            (
                format!("migration/src/{area}_{slug}.rs"),
                include_str!("templates/migration.rs.txt").to_owned(),
            ),
            (format!("services/{area}/src/{slug}/mod.rs"), include_str!("templates/mod.rs.txt").to_owned()),
            (
                format!("services/{area}/src/{slug}/model.rs"),
                include_str!("templates/model.rs.txt").to_owned(),
            ),
            (format!("services/{area}/src/{slug}/commands.rs"), self.commands()),
            (
                format!("services/{area}/src/{slug}/queries.rs"),
                include_str!("templates/queries.rs.txt").to_owned(),
            ),
            (format!("services/{area}/src/{slug}/http.rs"), self.http()),
            (
                format!("services/{area}/src/{slug}/tests.rs"),
                include_str!("templates/tests.rs.txt").to_owned(),
            ),
            (
                format!("docs/services/{number:02}-{}.md", slug.replace('_', "-")),
                include_str!("templates/page.md.txt").to_owned(),
            ),
        ]
        .into_iter()
        .map(|(path, template)| NewFile { path, content: self.fill(&template) })
        .collect()
    }

    fn commands(&self) -> String {
        let (import, emit) = match self.created_event {
            Some(_) => (", NewEvent, events", include_str!("templates/emit.rs.txt").trim_end()),
            None => ("", ""),
        };
        include_str!("templates/commands.rs.txt").replace("@event_import@", import).replace("@emit@", emit)
    }

    /// Only the routes that services.toml plans; a handler for each.
    fn http(&self) -> String {
        let (create, list, read) = (&self.create_path, &self.list_path, &self.read_path);
        let handlers: Vec<String> = [
            (create, include_str!("templates/http_create.rs.txt")),
            (list, include_str!("templates/http_list.rs.txt")),
            (read, include_str!("templates/http_read.rs.txt")),
        ]
        .into_iter()
        .filter_map(|(path, text)| {
            let path = path.as_deref()?;
            Some(text.replace("@path@", path))
        })
        .collect();
        if handlers.is_empty() {
            return include_str!("templates/http_empty.rs.txt").to_owned();
        }
        // What each handler imports; rustfmt puts the names in order.
        let names = |all: &[(bool, &str)]| {
            let wanted: Vec<&str> = all.iter().filter(|(wanted, _)| *wanted).map(|(_, name)| *name).collect();
            wanted.join(", ")
        };
        let (create, list, read) = (create.is_some(), list.is_some(), read.is_some());
        let routes = [
            (create, ".routes(routes!(create_@record@))"),
            (list, ".routes(routes!(list_@plural@))"),
            (read, ".routes(routes!(read_@record@))"),
        ];
        let routes: String = routes.iter().filter(|(wanted, _)| *wanted).map(|(_, route)| *route).collect();
        let head = include_str!("templates/http.rs.txt")
            .replace("@types@", &names(&[(create, "Create@Record@"), (true, "@Record@View")]))
            .replace(
                "@extractors@",
                &names(&[
                    (create, "Created"),
                    (create || list, "Json"),
                    (read, "Path"),
                    (list, "Query"),
                    (true, "Router"),
                    (read, "Versioned"),
                ]),
            )
            .replace(
                "@wire@",
                &names(&[
                    (read, "Id"),
                    (list, "Page"),
                    (list, "PageQuery"),
                    (create || read, "Problem"),
                    (read, "@Record@"),
                ]),
            )
            .replace("@modules@", &names(&[(create, "commands"), (list || read, "queries")]))
            .replace("@routes@", &routes);
        format!("{head}\n{}", handlers.join("\n"))
    }

    fn fill(&self, template: &str) -> String {
        let Service { slug, area, number, title, models, endpoints, events } = self.service;
        let record = snake(&self.record);
        let list = |lines: Vec<String>, before: &str| {
            if lines.is_empty() {
                format!("{before}(none)")
            } else {
                lines.iter().map(|line| format!("{before}{line}")).collect::<Vec<_>>().join("\n")
            }
        };
        let routes: Vec<String> =
            endpoints.iter().map(|row| format!("`{} {}`", row.method, row.path)).collect();
        let says: Vec<String> = events.iter().map(|row| format!("`{}`", row.name)).collect();
        template
            .replace("@doc_routes@", &list(routes.iter().map(|route| format!("- {route}")).collect(), "//! "))
            .replace(
                "@page_routes@",
                &list(routes.iter().map(|route| format!("- {route}: planned")).collect(), ""),
            )
            .replace(
                "@page_events@",
                &list(says.iter().map(|event| format!("- {event}: planned")).collect(), ""),
            )
            .replace("@doc_events@", &says.join(", "))
            .replace("@models@", &models.join(", "))
            .replace(
                "@emitted@",
                &self.created_event.as_ref().map(|event| format!("\"{event}\"")).unwrap_or_default(),
            )
            .replace("@created_event@", self.created_event.as_deref().unwrap_or_default())
            .replace("@Record@", &self.record)
            .replace("@record@", &record)
            .replace("@words@", &words(&self.record))
            .replace("@plural@", &plural(&record))
            .replace("@plural_words@", &plural(&words(&self.record)))
            .replace("@table@", &self.table)
            .replace("@prefix@", &self.prefix)
            .replace("@slug@", slug)
            .replace("@area@", area)
            .replace("@title@", title)
            .replace("@number@", &number.to_string())
    }

    /// Lines that make the new files part of their crates: file, kind of line, line.
    fn module_lines(&self) -> Vec<(String, &'static str, String)> {
        let Service { slug, area, .. } = self.service;
        vec![
            (format!("services/{area}/types/src/lib.rs"), "mod ", format!("mod {slug};")),
            (format!("services/{area}/types/src/lib.rs"), "pub use ", format!("pub use {slug}::*;")),
            (format!("entities/{area}/src/lib.rs"), "pub mod ", format!("pub mod {};", self.table)),
            (format!("services/{area}/src/lib.rs"), "pub mod ", format!("pub mod {slug};")),
        ]
    }

    fn by_hand(&self) -> String {
        self.fill(include_str!("templates/by_hand.txt"))
    }
}

/// Model names that occur in several services.
const AMBIGUOUS: &[&str] =
    &["Quote", "Hold", "Label", "Template", "Tag", "Subscription", "Plan", "Policy", "Channel", "Rule"];

/// Adds a line after the last one that begins as it does; without one, at the end.
fn with_line(text: &str, kind: &str, line: &str) -> String {
    if text.lines().any(|existing| existing == line) {
        return text.to_owned();
    }
    let mut lines: Vec<&str> = text.lines().collect();
    match lines.iter().rposition(|existing| existing.starts_with(kind) && existing.ends_with(';')) {
        Some(last) => lines.insert(last + 1, line),
        None => lines.extend(["", line]),
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(number: u8) -> Options {
        Options { number, record: None, prefix: None, dry_run: true }
    }

    #[test]
    fn every_planned_service_can_be_begun_and_no_placeholder_is_left() {
        for service in &Map::read().unwrap().services {
            let plan = Plan::of(service, &options(service.number)).unwrap();
            for file in plan.files() {
                let left = file.content.split('@').nth(1).filter(|word| {
                    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
                });
                assert_eq!(left, None, "{}", file.path);
            }
        }
    }

    #[test]
    fn a_line_follows_its_like_and_is_not_added_twice() {
        let text = "//! Area.\n\npub mod a;\npub mod c;\n\nuse x;\n";
        let with = with_line(text, "pub mod ", "pub mod b;");
        assert_eq!(with, "//! Area.\n\npub mod a;\npub mod c;\npub mod b;\n\nuse x;\n");
        assert_eq!(with_line(&with, "pub mod ", "pub mod b;"), with);
        assert_eq!(with_line("//! Area.\n", "mod ", "mod b;"), "//! Area.\n\nmod b;\n");
    }

    #[test]
    fn a_record_that_the_service_does_not_have_is_refused() {
        let map = Map::read().unwrap();
        let wrong = Options { record: Some("Nothing".into()), ..options(1) };
        assert!(Plan::of(&map.services[0], &wrong).is_err());
    }
}
