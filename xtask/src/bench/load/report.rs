//! What was measured, as a table for people and as JSON for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::cases::Case;
use super::run::Counted;

/// One line: a case at a number of connections.
#[derive(Debug, Serialize)]
pub struct Row {
    pub products: usize,
    pub case: &'static str,
    pub connections: usize,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Of single requests; a checkout takes five.
    pub request_p99_ms: f64,
    pub errors: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_error: Option<String>,
    /// Of server and database, with everything an operation left behind.
    pub cpu_ms: f64,
    /// Of that, until the last answer.
    pub cpu_meanwhile_ms: f64,
    /// Of that, PostgreSQL's.
    pub cpu_of_postgres_ms: f64,
    pub peak_mb: f64,
    /// Of that resident at the end, what is not mapped from files.
    pub own_mb: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bare: Option<Bare>,
    #[serde(skip)]
    pub of: Case,
}

/// The bare handler's figures for the same main query, and ours as shares of them.
#[derive(Debug, Serialize)]
pub struct Bare {
    pub per_second: f64,
    pub p99_ms: f64,
    pub cpu_ms: f64,
    /// Requests per second, ours to the bare handler's: 1.0 is as fast.
    pub ratio: f64,
    /// CPU, the bare handler's to ours: 1.0 is as cheap.
    pub cpu_ratio: f64,
}

impl Row {
    pub fn new(
        of: Case,
        products: usize,
        connections: usize,
        counted: &Counted,
        bare: Option<&Counted>,
    ) -> Self {
        Self {
            products,
            case: of.name(),
            connections,
            per_second: counted.per_second(),
            p50_ms: counted.within(0.5),
            p99_ms: counted.within(0.99),
            request_p99_ms: counted.request_within(0.99),
            errors: counted.errors,
            first_error: counted.first_error.clone(),
            cpu_ms: counted.cpu(),
            cpu_meanwhile_ms: counted.cpu_meanwhile(),
            cpu_of_postgres_ms: counted.cpu_of_postgres(),
            peak_mb: megabytes(counted.memory.peak),
            own_mb: megabytes(counted.memory.own),
            bare: bare.map(|bare| Bare {
                per_second: bare.per_second(),
                p99_ms: bare.within(0.99),
                cpu_ms: bare.cpu(),
                ratio: counted.per_second() / bare.per_second().max(f64::EPSILON),
                cpu_ratio: bare.cpu() / counted.cpu().max(f64::EPSILON),
            }),
            of,
        }
    }

    /// The row while the run goes on.
    pub fn line(&self) -> String {
        format!(
            "{:<21} {:>3} connections  {:>8.0}/s  p50 {:>7.1} ms  p99 {:>7.1} ms  CPU {:>7.2} ms  {} errors",
            self.case, self.connections, self.per_second, self.p50_ms, self.p99_ms, self.cpu_ms, self.errors
        )
    }
}

/// Facts of one size of shop.
#[derive(Debug, Serialize)]
pub struct Size {
    pub products: usize,
    /// None when the folder was filled before.
    pub seed_seconds: Option<f64>,
    /// From starting the process to the first 200 of `/readyz`: the median of three.
    pub start_ms: f64,
    /// Resident memory before the first request, and the most under load.
    pub idle_mb: f64,
    pub peak_mb: f64,
}

#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: String,
    pub database: String,
    pub commit: String,
    pub seconds: u64,
    pub sizes: Vec<Size>,
    pub rows: Vec<Row>,
}

/// A goal of the project and how it stands.
pub struct Verdict {
    pub goal: String,
    pub measured: String,
    pub met: bool,
}

/// Connections at which times and ratios are compared with the goals.
const USUAL: usize = 8;

impl Report {
    /// As a Markdown table.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ =
            writeln!(text, "{}; {}; {}; {} s each\n", self.machine, self.database, self.commit, self.seconds);
        let postgres = self.rows.iter().any(|row| row.cpu_of_postgres_ms > 0.0);
        for size in &self.sizes {
            let seeded = size.seed_seconds.map_or(String::new(), |s| format!("seeded in {s:.0} s, "));
            let _ = writeln!(
                text,
                "{} products: {seeded}started in {:.0} ms, {:.0} MB resident before the first request, at most {:.0} MB\n",
                size.products, size.start_ms, size.idle_mb, size.peak_mb
            );
            let extra = if postgres { " of PostgreSQL |" } else { "" };
            let _ = writeln!(
                text,
                "| what | connections | per second | p50 ms | p99 ms | p99 of a request | errors | CPU ms each |{extra} peak MB | of bare, per second | of bare, CPU |"
            );
            let rule = if postgres { "---:|" } else { "" };
            let _ = writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|{rule}---:|---:|---:|");
            for row in self.rows.iter().filter(|row| row.products == size.products) {
                let ratio = |value: fn(&Bare) -> f64| {
                    row.bare.as_ref().map_or_else(|| "-".to_owned(), |bare| format!("{:.2}", value(bare)))
                };
                let extra =
                    if postgres { format!(" {:.2} |", row.cpu_of_postgres_ms) } else { String::new() };
                let _ = writeln!(
                    text,
                    "| {} | {} | {:.0} | {:.1} | {:.1} | {:.1} | {} | {:.2} |{extra} {:.0} | {} | {} |",
                    row.case,
                    row.connections,
                    row.per_second,
                    row.p50_ms,
                    row.p99_ms,
                    row.request_p99_ms,
                    row.errors,
                    row.cpu_ms,
                    row.peak_mb,
                    ratio(|bare| bare.ratio),
                    ratio(|bare| bare.cpu_ratio),
                );
            }
            text.push('\n');
        }
        for row in &self.rows {
            if let Some(error) = &row.first_error {
                let _ = writeln!(text, "first error of {} at {}: {error}", row.case, row.connections);
            }
        }
        let verdicts = self.verdicts();
        if !verdicts.is_empty() {
            text.push_str("| goal | measured | |\n|---|---|---|\n");
            for verdict in verdicts {
                let met = if verdict.met { "met" } else { "missed" };
                let _ = writeln!(text, "| {} | {} | {met} |", verdict.goal, verdict.measured);
            }
        }
        text
    }

    /// The goals that this run can say something about.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        let row = |case: Case, products: usize| {
            self.rows
                .iter()
                .find(|row| row.of == case && row.products == products && row.connections == USUAL)
        };
        for case in Case::ALL {
            if let (Some(goal), Some(row)) = (case.goal(), row(case, 1_000)) {
                verdicts.push(Verdict {
                    goal: format!("{}: at most {goal} ms of CPU", case.name()),
                    measured: format!("{:.2} ms", row.cpu_ms),
                    met: row.cpu_ms <= goal,
                });
            }
        }
        if let Some(bare) = row(Case::List, 1_000).and_then(|row| row.bare.as_ref()) {
            verdicts.push(Verdict {
                goal: "product list: at least 0.5 of the bare handler".to_owned(),
                measured: format!("{:.2} by requests, {:.2} by CPU", bare.ratio, bare.cpu_ratio),
                met: bare.ratio >= 0.5,
            });
        }
        let usual = || self.rows.iter().filter(|row| row.connections == USUAL);
        if let Some(slowest) =
            usual().max_by(|left, right| left.request_p99_ms.total_cmp(&right.request_p99_ms))
        {
            verdicts.push(Verdict {
                goal: format!("p99 of requests under 50 ms at {USUAL} connections"),
                measured: format!(
                    "{:.1} ms at most ({}, {} products)",
                    slowest.request_p99_ms, slowest.case, slowest.products
                ),
                met: slowest.request_p99_ms < 50.0,
            });
        }
        let growth = Case::ALL.into_iter().filter_map(|case| {
            let (small, large) = (row(case, 1_000)?, row(case, 10_000)?);
            Some((case, large.cpu_ms / small.cpu_ms.max(f64::EPSILON)))
        });
        if let Some((case, most)) = growth.max_by(|left, right| left.1.total_cmp(&right.1)) {
            verdicts.push(Verdict {
                goal: "10,000 products: at most 1.5 times the CPU of 1,000".to_owned(),
                measured: format!("{most:.2} times at most ({})", case.name()),
                met: most <= 1.5,
            });
        }
        if let Some(most) = self.sizes.iter().map(|size| size.peak_mb).reduce(f64::max) {
            verdicts.push(Verdict {
                goal: "resident memory under 150 MB under load".to_owned(),
                measured: format!("{most:.0} MB at most"),
                met: most < 150.0,
            });
        }
        if let Some(slowest) = self.sizes.iter().map(|size| size.start_ms).reduce(f64::max) {
            verdicts.push(Verdict {
                goal: "started in under 1 s".to_owned(),
                measured: format!("{slowest:.0} ms"),
                met: slowest < 1000.0,
            });
        }
        for size in &self.sizes {
            let within = match size.products {
                200 => 20.0,
                10_000 => 180.0,
                _ => continue,
            };
            if let Some(seconds) = size.seed_seconds {
                verdicts.push(Verdict {
                    goal: format!("{} products seeded within {within} s", size.products),
                    measured: format!("{seconds:.0} s"),
                    met: seconds < within,
                });
            }
        }
        verdicts
    }
}

pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// The median of a few times.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(of: Case, products: usize, cpu_ms: u64) -> Row {
        let counted = Counted {
            operations: 100,
            elapsed: Duration::from_secs(1),
            times: vec![60_000; 100],
            requests: vec![12_000; 500],
            server: (Duration::ZERO, Duration::from_millis(cpu_ms * 100)),
            ..Counted::default()
        };
        let bare = Counted { operations: 400, elapsed: Duration::from_secs(1), ..Counted::default() };
        Row::new(of, products, USUAL, &counted, Some(&bare))
    }

    fn report(rows: Vec<Row>) -> Report {
        Report {
            machine: "2 cores".into(),
            database: "SQLite".into(),
            commit: "abc".into(),
            seconds: 1,
            sizes: Vec::new(),
            rows,
        }
    }

    #[test]
    fn goals_are_compared_with_what_was_measured() {
        let report = report(vec![row(Case::Checkout, 1_000, 5), row(Case::Checkout, 10_000, 8)]);
        let met = |part: &str| {
            report
                .verdicts()
                .into_iter()
                .find(|verdict| verdict.goal.contains(part))
                .map(|verdict| verdict.met)
        };
        assert_eq!(met("whole checkout"), Some(true));
        assert_eq!(met("1.5 times"), Some(false));
        assert_eq!(met("p99"), Some(true));
        assert_eq!(met("product list"), None, "what was not measured is not judged");
    }

    #[test]
    fn a_ratio_below_one_is_slower_than_bare() {
        let row = row(Case::List, 1_000, 1);
        assert_eq!(row.bare.as_ref().map(|bare| bare.ratio), Some(0.25));
        assert!(
            report(vec![row]).verdicts().iter().any(|verdict| verdict.goal.contains("bare") && !verdict.met)
        );
    }
}
