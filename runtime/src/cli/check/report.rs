//! [`Report`]: a line and a mark for each thing that was looked at.

use std::fmt;

use crate::cli::output::{one_line, print};
use crate::cli::{CommandError, Exit};

/// Writes a line for each thing that was looked at, and remembers the worst of them.
#[derive(Debug)]
pub(super) struct Report {
    exit: Exit,
}

impl Report {
    pub(super) fn new() -> Self {
        Self { exit: Exit::Done }
    }

    /// It is as it should be.
    pub(super) fn good(&self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        line('✓', name, text)
    }

    /// It is not, and this is what to do.
    pub(super) fn bad(&mut self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        if self.exit == Exit::Done {
            self.exit = Exit::Failed;
        }
        line('✗', name, text)
    }

    /// It is missing or wrong in the environment.
    pub(super) fn refused(
        &mut self,
        name: &str,
        text: impl fmt::Display,
    ) -> Result<(), CommandError> {
        self.exit = Exit::Refused;
        line('✗', name, text)
    }

    /// It was not looked at, and this is why.
    pub(super) fn skipped(&self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        line('–', name, text)
    }

    /// How the command ends.
    pub(super) fn exit(self) -> Exit {
        self.exit
    }
}

fn line(mark: char, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
    let text = one_line(&text.to_string());
    print(format_args!("{mark} {name:18}  {text}"))
}
