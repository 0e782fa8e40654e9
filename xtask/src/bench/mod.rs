//! `cargo xtask bench`: what serving costs, and what building costs.

mod build;
mod load;

use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
// The flattened options have a group of the same name.
#[group(skip)]
pub struct Options {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    load: load::Options,
}

#[derive(Subcommand)]
enum Action {
    /// Check and build times after typical edits, against their targets (10 to 15 minutes)
    Build(build::Options),
}

pub fn command(options: &Options) -> Result<()> {
    match &options.action {
        Some(Action::Build(options)) => build::command(options),
        None => load::command(&options.load),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: super::Options,
    }

    #[test]
    fn without_a_word_the_load_is_measured_and_with_build_what_edits_cost() {
        Cli::command().debug_assert();
        let action = |args: &[&str]| {
            let cli = Cli::try_parse_from(["bench"].iter().chain(args)).map_err(|error| error.kind())?;
            Ok::<_, clap::error::ErrorKind>(cli.options.action.is_some())
        };
        assert_eq!(action(&["--quick", "--only", "list", "--only", "category-page"]), Ok(false));
        assert_eq!(
            action(&["--products", "1000,10000", "--connections", "8", "--database", "postgres"]),
            Ok(false)
        );
        assert_eq!(action(&["build", "--runs", "1"]), Ok(true));
        assert!(action(&["--only", "everything"]).is_err());
    }
}
