//! What Linux counts about a process: CPU time and memory.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Linux counts CPU time in hundredths of a second, whatever the kernel's own clock does.
const TICK: Duration = Duration::from_millis(10);

/// The processes whose CPU time is counted: the server and, where it serves, PostgreSQL.
pub struct Watched {
    pub server: u32,
    /// The postmaster; its children belong to it.
    pub postgres: Option<u32>,
}

impl Watched {
    /// User and system time so far: of the server and of PostgreSQL.
    pub fn cpu(&self) -> Result<(Duration, Duration)> {
        let server = stat(self.server)?.own;
        let mut postgres = Duration::ZERO;
        if let Some(parent) = self.postgres {
            let stat = stat(parent)?;
            // What ended and was waited for is in the parent's own books.
            postgres = stat.own + stat.ended_children;
            for child in children(parent) {
                postgres += self::stat(child).map(|stat| stat.own).unwrap_or_default();
            }
        }
        Ok((server, postgres))
    }

    /// Waits until what the requests left behind (events, jobs, mails) is done: until two looks,
    /// a third of a second each, find the processor nearly idle. Gives up after `limit`.
    pub fn settle(&self, limit: Duration) -> Result<()> {
        let started = Instant::now();
        let mut quiet = 0;
        let mut before = self.total()?;
        while quiet < 2 && started.elapsed() < limit {
            std::thread::sleep(Duration::from_millis(330));
            let now = self.total()?;
            quiet = if now.saturating_sub(before) <= TICK { quiet + 1 } else { 0 };
            before = now;
        }
        Ok(())
    }

    /// User and system time of all of them.
    pub fn total(&self) -> Result<Duration> {
        let (server, postgres) = self.cpu()?;
        Ok(server + postgres)
    }
}

struct Stat {
    parent: u32,
    own: Duration,
    ended_children: Duration,
}

fn stat(process: u32) -> Result<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))
        .with_context(|| format!("process {process} is gone, or this is not Linux"))?;
    parse_stat(&text).context("/proc/…/stat has another form")
}

/// The name in the second field may hold anything, so fields are counted after its bracket.
fn parse_stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| Some(TICK * fields.get(at)?.parse::<u32>().ok()?);
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        ended_children: ticks(13)? + ticks(14)?,
    })
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|process| stat(*process).is_ok_and(|stat| stat.parent == parent))
        .collect()
}

/// Memory of one process, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// Resident now.
    pub resident: u64,
    /// The most that was resident since [`forget_peak`].
    pub peak: u64,
    /// Of the resident: the process's own, not mapped from files.
    pub own: u64,
}

pub fn memory(process: u32) -> Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    Ok(parse_memory(&text))
}

fn parse_memory(text: &str) -> Memory {
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or_default() * 1024
    };
    Memory { resident: value("VmRSS:"), peak: value("VmHWM:"), own: value("RssAnon:") }
}

/// Lets the peak begin anew. Where the kernel refuses, it stays the peak since the start.
pub fn forget_peak(process: u32) {
    let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
}

/// What the machine is, for the report: cores, processor, memory.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let read = |path: &str| fs::read_to_string(Path::new(path)).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(':'))
        .map_or("an unnamed processor", |(_, name)| name.trim());
    let memory = read("/proc/meminfo");
    let kilobytes: u64 = memory
        .lines()
        .find(|line| line.starts_with("MemTotal:"))
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or_default();
    format!("{cores} cores ({model}), {} GB of memory", (kilobytes + 512 * 1024) / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_whatever_the_program_is_called() {
        let text = "4711 (a) b (c)) S 12 4711 4711 0 -1 4194304 500 0 0 0 150 25 7 3 20 0 9 0 1 2 3";
        let stat = parse_stat(text).unwrap();
        assert_eq!(stat.parent, 12);
        assert_eq!(stat.own, Duration::from_millis(1750));
        assert_eq!(stat.ended_children, Duration::from_millis(100));
        assert!(parse_stat("4711 (a) S").is_none());
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "Name:\tstoa\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nRssAnon:\t     512 kB\n";
        assert_eq!(parse_memory(text), Memory { resident: 1 << 20, peak: 2 << 20, own: 512 << 10 });
    }

    #[test]
    fn our_own_process_can_be_watched() {
        let me = Watched { server: std::process::id(), postgres: None };
        let before = me.total().unwrap();
        let mut sum = 0_u64;
        while me.total().unwrap() < before + TICK {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(memory(me.server).unwrap().peak > 0);
        assert!(machine().contains("cores"));
    }
}
