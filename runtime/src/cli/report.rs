//! [`Report`]: a line and a mark for each check.

use std::fmt;

use crate::cli::error::CommandError;
use crate::cli::exit::Exit;
use crate::cli::output::{one_line, print};
use crate::cli::program::ProgramName;

/// Writes a line for each check, and remembers the worst result.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) exit: Exit,
    pub(super) program: ProgramName,
}

impl Report {
    /// The check passed.
    pub(super) fn good(&self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        self.line('✓', name, text)
    }

    /// The check failed. `text` says what to do.
    pub(super) fn bad(&mut self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        if self.exit == Exit::Done {
            self.exit = Exit::Failed;
        }
        self.line('✗', name, text)
    }

    /// A variable is missing or wrong.
    pub(super) fn refused(
        &mut self,
        name: &str,
        text: impl fmt::Display,
    ) -> Result<(), CommandError> {
        self.exit = Exit::Refused;
        self.line('✗', name, text)
    }

    /// Something to look at, which is no failure.
    pub(super) fn warning(&self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        self.line('!', name, text)
    }

    /// The check was skipped. `text` says why.
    pub(super) fn skipped(&self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        self.line('–', name, text)
    }

    fn line(&self, mark: char, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        let text = one_line(&self.program.in_text(&text.to_string()));
        print(format_args!("{mark} {name:18}  {text}"))
    }
}
