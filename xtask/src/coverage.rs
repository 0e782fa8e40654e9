//! `cargo xtask coverage`: how much of each service runs, by `services.toml`.

use anyhow::Result;
use clap::Args;

use crate::map::{Map, Service, Status};

#[derive(Args)]
pub struct Options {
    /// Name what is still planned, too
    #[arg(long)]
    planned: bool,
}

pub fn command(options: &Options) -> Result<()> {
    let map = Map::read()?;
    println!(
        "{:>3}  {:<20} {:<11} {:>10} {:>10} {:>6}",
        "no.", "service", "area", "endpoints", "events", "added"
    );
    let mut all = Tally::default();
    for service in &map.services {
        let tally = Tally::of(service);
        println!(
            "{:>3}  {:<20} {:<11} {:>10} {:>10} {:>6}",
            service.number,
            service.slug,
            service.area,
            tally.endpoints.shown(),
            tally.events.shown(),
            tally.added.shown()
        );
        if options.planned {
            print_planned(service);
        }
        all.add(&tally);
    }
    println!(
        "{:>3}  {:<20} {:<11} {:>10} {:>10} {:>6}",
        "",
        "all",
        "",
        all.endpoints.shown(),
        all.events.shown(),
        all.added.shown()
    );
    println!("\ndone/listed; a row that another service serves counts there; `added` are rows of our own.");
    Ok(())
}

fn print_planned(service: &Service) {
    for endpoint in service.endpoints.iter().filter(|e| e.status == Status::Planned && e.same_as.is_none()) {
        println!("       {} {}", endpoint.method, endpoint.path);
    }
    for event in service.events.iter().filter(|e| e.status == Status::Planned && e.same_as.is_none()) {
        println!("       {}", event.name);
    }
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Share {
    done: usize,
    listed: usize,
}

impl Share {
    fn count(&mut self, status: Status) {
        self.listed += 1;
        self.done += usize::from(status == Status::Done);
    }

    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.listed += other.listed;
    }

    fn shown(self) -> String {
        if self.listed == 0 { "-".into() } else { format!("{}/{}", self.done, self.listed) }
    }
}

#[derive(Default)]
struct Tally {
    endpoints: Share,
    events: Share,
    added: Share,
}

impl Tally {
    fn of(service: &Service) -> Self {
        let mut tally = Self::default();
        for row in service.endpoints.iter().filter(|row| row.same_as.is_none()) {
            if row.added { &mut tally.added } else { &mut tally.endpoints }.count(row.status);
        }
        for row in service.events.iter().filter(|row| row.same_as.is_none()) {
            if row.added { &mut tally.added } else { &mut tally.events }.count(row.status);
        }
        tally
    }

    fn add(&mut self, other: &Self) {
        self.endpoints.add(other.endpoints);
        self.events.add(other.events);
        self.added.add(other.added);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_our_own_and_rows_of_others_are_counted_apart() {
        let map = Map::parse(
            r#"
            [[service]]
            number = 16
            slug = "cms"
            area = "catalog"
            title = "Content management"
            models = ["Page"]
            [[service.endpoint]]
            method = "GET"
            path = "/v1/pages"
            status = "done"
            [[service.endpoint]]
            method = "GET"
            path = "/v1/assets/{id}"
            status = "planned"
            same_as = "media"
            [[service.endpoint]]
            method = "PATCH"
            path = "/v1/pages/{id}"
            status = "planned"
            added = true
            [[service.event]]
            name = "page.published"
            status = "planned"
            "#,
        )
        .unwrap();
        let tally = Tally::of(&map.services[0]);
        assert_eq!(tally.endpoints, Share { done: 1, listed: 1 });
        assert_eq!(tally.added, Share { done: 0, listed: 1 });
        assert_eq!(tally.events.shown(), "0/1");
    }

    #[test]
    fn the_founding_list_has_189_operations_and_113_event_names() {
        let map = Map::read().unwrap();
        let mut all = Tally::default();
        map.services.iter().for_each(|service| all.add(&Tally::of(service)));
        assert_eq!((map.services.len(), all.endpoints.listed, all.events.listed), (50, 189, 113));
    }
}
