use clap::Parser;

/// Pages are made of many small pieces, on several threads: with the system's own allocator they
/// cost a third more (docs/performance.md).
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    stoa::cli::run(stoa::cli::Cli::parse()).await
}
