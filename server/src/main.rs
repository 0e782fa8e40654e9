use clap::Parser;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    stoa::cli::run(stoa::cli::Cli::parse()).await
}
