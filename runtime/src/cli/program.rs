//! [`Program`]: the program that a command is part of.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use clap::Command;
use tracing_subscriber::EnvFilter;

use super::error::CommandError;
use super::variables::{Variables, first_of};
use crate::Supabase;
use crate::auth::AuthKind;
use crate::config::Settings;

/// The filter of the log without `RUST_LOG`.
const DEFAULT_LOG: &str = "warn,supabase_task=info";

pub(super) struct Program<'a> {
    pub(super) variables: Variables<'a>,
    /// What the program adds to its `Supabase`.
    configure: Box<dyn FnOnce(Supabase) -> Supabase + 'a>,
    has_logs_of_ours: bool,
    pub(super) name: ProgramName,
}

impl<'a> Program<'a> {
    pub(super) fn new(configure: impl FnOnce(Supabase) -> Supabase + 'a) -> Self {
        Self {
            variables: &Settings::environment,
            configure: Box::new(configure),
            has_logs_of_ours: false,
            name: ProgramName::default(),
        }
    }

    /// Logs to the standard error in commands that run tasks.
    pub(super) fn with_logs(mut self) -> Self {
        self.has_logs_of_ours = true;
        self
    }

    /// Sets the name that the program was started with.
    pub(super) fn named(mut self, name: ProgramName) -> Self {
        self.name = name;
        self
    }

    /// Sets up the log, on the standard error and filtered by `RUST_LOG`, unless the program logs already.
    /// Call this before a task is run.
    pub(super) fn install_logs(&self) {
        if !self.has_logs_of_ours {
            return;
        }
        let asked = first_of(&["RUST_LOG"], self.variables);
        let directives = asked.unwrap_or_else(|| DEFAULT_LOG.to_owned());
        let log = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::builder().parse_lossy(directives))
            .with_writer(io::stderr)
            .with_ansi(false);
        // An error means that there is a log already, which is fine.
        let _ = log.try_init();
    }

    /// Returns the project with only the keys that tasks of these modes need.
    pub(super) fn supabase(self, modes: &[AuthKind]) -> Result<Supabase, CommandError> {
        let builder = Supabase::builder().read_env().modes(modes);
        let builder = modes.iter().fold(builder, |b, mode| b.needs(*mode));
        Ok((self.configure)(builder.build()?))
    }
}

/// The name that the program was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProgramName(String);

/// The program that this crate installs.
const OURS: &str = "supabase-task";

/// The name of a program of tasks in the help.
const EXAMPLE: &str = "my-tasks";

impl Default for ProgramName {
    fn default() -> Self {
        Self(OURS.to_owned())
    }
}

impl ProgramName {
    /// The name in the first argument, which may be a path.
    pub(super) fn of(first: Option<&OsStr>) -> Self {
        let name = first.and_then(|path| Path::new(path).file_name()?.to_str());
        let name = name.map(|name| {
            name.strip_suffix(std::env::consts::EXE_SUFFIX)
                .unwrap_or(name)
        });
        name.filter(|name| !name.is_empty())
            .map_or_else(Self::default, |name| Self(name.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Adapts a text of this library, whose commands name `supabase-task`, to this name.
    pub(super) fn in_text(&self, text: &str) -> String {
        text.replace(&format!("`{OURS} "), &format!("`{} ", self.0))
    }

    /// Gives the command line this name, also in its help.
    pub(super) fn name(&self, command: Command) -> Command {
        let version = match self.0 == OURS {
            true => env!("CARGO_PKG_VERSION").to_owned(),
            false => format!("(supabase-task {})", env!("CARGO_PKG_VERSION")),
        };
        self.in_help(command)
            .name(self.0.clone())
            .bin_name(self.0.clone())
            .version(version)
    }

    fn in_help(&self, mut command: Command) -> Command {
        if let Some(help) = command.get_long_about() {
            let help = help.to_string();
            let help = help.replace(EXAMPLE, &self.0);
            let help = help.replace(&format!(" {OURS} "), &format!(" {} ", self.0));
            command = command.long_about(help);
        }
        let commands: Vec<String> = command
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .collect();
        commands.into_iter().fold(command, |command, name| {
            command.mut_subcommand(name, |command| self.in_help(command))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_file() {
        for (first, expected) in [
            (Some("/usr/local/bin/my-tasks"), "my-tasks"),
            (Some("target/debug/my tasks"), "my tasks"),
            (Some("worker"), "worker"),
            (Some(""), "supabase-task"),
            (Some("/"), "supabase-task"),
            (None, "supabase-task"),
        ] {
            let name = ProgramName::of(first.map(OsStr::new));
            assert_eq!(name.as_str(), expected);
        }
    }

    #[test]
    fn a_text_names_the_program_that_was_run() {
        let name = ProgramName("my-tasks".to_owned());
        assert_eq!(
            name.in_text("run `supabase-task migrate`; the library is `supabase-task`"),
            "run `my-tasks migrate`; the library is `supabase-task`"
        );
    }
}
