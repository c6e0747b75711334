//! The commands, and how they are called.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::arguments::{without_database_url, without_secrets};
use super::check::Check;
use super::completions::Completions;
use super::error::CommandError;
use super::exit::Exit;
use super::migrate::Migrate;
use super::output::tell;
use super::program::{Program, ProgramName};
use super::roles::Roles;
use super::run::RunTask;
use super::runs::Runs;
use super::runtime;
use super::tasks::Tasks;
use super::trigger::TriggerTask;
use super::types::GenTypes;
use super::worker::RunWorker;

/// Background tasks for Supabase in Rust.
#[derive(Debug, Parser)]
#[command(arg_required_else_help = true)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Tasks(Tasks),
    Run(RunTask),
    Trigger(Box<TriggerTask>),
    Worker(RunWorker),
    #[command(subcommand, arg_required_else_help = true)]
    Runs(Runs),
    Migrate(Migrate),
    Check(Check),
    #[command(subcommand, arg_required_else_help = true)]
    Roles(Roles),
    /// Generate code from a database.
    #[command(subcommand, arg_required_else_help = true)]
    Gen(Gen),
    Completions(Completions),
}

#[derive(Debug, Subcommand)]
enum Gen {
    Types(GenTypes),
}

/// clap's exit code for an unknown option, which `gen types` keeps.
const USAGE: i32 = 2;

/// The command line of a program of this name.
pub(super) fn command(name: &ProgramName) -> clap::Command {
    name.name(CommandLine::command())
}

/// Parses the arguments. No error contains a possible secret.
pub(super) fn parse(
    arguments: &[OsString],
    name: &ProgramName,
) -> Result<CommandLine, clap::Error> {
    let mut command = command(name);
    let matches = command.try_get_matches_from_mut(arguments);
    matches
        .and_then(|matches| CommandLine::from_arg_matches(&matches))
        .map_err(|error| without_secrets(error, arguments).format(&mut command))
}

/// Runs the command that the arguments name.
pub(super) fn execute<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    program: Program<'_>,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let name = ProgramName::of(arguments.first().map(OsString::as_os_str));
    if let Err(error) = without_database_url(&arguments) {
        return refused(&name, &error);
    }
    let line = match parse(&arguments, &name) {
        Ok(line) => line,
        Err(refused) => {
            // If printing fails, there is nowhere to report it.
            let _ = refused.print();
            let is_gen = arguments.get(1).is_some_and(|name| name == "gen");
            return match refused.exit_code() {
                0 => Exit::Done.into(),
                USAGE if is_gen => ExitCode::from(2),
                // 2 has another meaning for a run.
                _ => Exit::Refused.into(),
            };
        }
    };
    match line.command.run(program.named(name.clone())) {
        Ok(exit) => exit.into(),
        Err(error) => refused(&name, &error),
    }
}

fn refused(name: &ProgramName, error: &CommandError) -> ExitCode {
    let text = format!("error: {error}");
    tell(name.in_text(&text));
    error.exit().into()
}

impl Command {
    fn run(self, program: Program<'_>) -> Result<Exit, CommandError> {
        let variables = program.variables;
        runtime::block_on(self.may_be_busy(), async {
            match self {
                Self::Tasks(tasks) => tasks.run(),
                Self::Run(run) => run.run(program).await,
                Self::Trigger(trigger) => trigger.run(variables).await,
                Self::Worker(worker) => worker.run(program).await,
                Self::Runs(runs) => runs.run(variables).await,
                Self::Migrate(migrate) => migrate.run(variables).await,
                Self::Check(check) => check.run(program).await,
                Self::Roles(roles) => roles.run(program).await,
                Self::Gen(Gen::Types(types)) => {
                    types.run(variables).await?;
                    Ok(Exit::Done)
                }
                Self::Completions(completions) => completions.run(&program.name),
            }
        })
        .map_err(CommandError::Runtime)?
    }

    /// Tasks are the user's code, and may block a thread.
    fn may_be_busy(&self) -> bool {
        matches!(self, Self::Run(_) | Self::Worker(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::run;

    #[test]
    fn the_command_line_is_sound() {
        command(&ProgramName::default()).debug_assert();
    }

    #[test]
    fn an_option_that_gen_types_does_not_have_is_exit_code_2() {
        assert_eq!(run(["supabase-task", "gen", "types", "--nope"]), 2.into());
        let checked_what = run(["supabase-task", "gen", "types", "--check"]);
        assert_eq!(checked_what, 2.into());
        let both = ["--db-url", "x", "--project-url", "y"];
        let which = run(["supabase-task", "gen", "types"].into_iter().chain(both));
        assert_eq!(which, 2.into());
    }

    #[test]
    fn what_the_other_commands_do_not_know_is_exit_code_3() {
        for arguments in [
            &["supabase-task", "nope"][..],
            &["supabase-task", "tasks", "--nope"],
            &["supabase-task", "run"],
            &["supabase-task", "worker", "--concurrency", "0"],
            &["supabase-task", "worker", "--drain", "30"],
            &["supabase-task", "runs", "show", "not-an-id"],
            &["supabase-task", "runs", "list", "--status", "done"],
            &[
                "supabase-task",
                "trigger",
                "a",
                "--delay",
                "1s",
                "--run-at",
                "2026-01-01T00:00:00Z",
            ],
        ] {
            assert_eq!(run(arguments.iter().copied()), 3.into(), "{arguments:?}");
        }
        assert_eq!(run(["supabase-task", "run", "--help"]), 0.into());
    }

    /// Commands that need the queue exist anyway, and name the missing feature.
    #[cfg(not(feature = "postgres"))]
    #[tokio::test]
    async fn a_program_without_postgres_says_what_to_install() {
        for url in [None, Some("postgres://localhost/db")] {
            let variables = |_: &str| url.map(str::to_owned);
            for arguments in [
                &["supabase-task", "migrate"][..],
                &["supabase-task", "runs", "list"],
            ] {
                let line = CommandLine::try_parse_from(arguments).unwrap();
                let error = match line.command {
                    Command::Migrate(migrate) => migrate.run(&variables).await.unwrap_err(),
                    Command::Runs(runs) => runs.run(&variables).await.unwrap_err(),
                    other => panic!("{other:?}"),
                };
                assert_eq!(error.exit(), Exit::Refused);
                let text = error.to_string();
                assert!(text.contains("--features cli,postgres"), "{text}");
            }
        }
    }
}
