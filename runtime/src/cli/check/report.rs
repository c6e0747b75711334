//! [`Report`]: a line and a mark for each thing that was looked at.

use std::fmt;

use crate::cli::output::{one_line, print};
use crate::cli::program::ProgramName;
use crate::cli::{CommandError, Exit};

/// Writes a line for each thing that was looked at, and remembers the worst of them.
#[derive(Debug)]
pub(super) struct Report {
    exit: Exit,
    program: ProgramName,
}

impl Report {
    pub(super) fn new(program: ProgramName) -> Self {
        Self {
            exit: Exit::Done,
            program,
        }
    }

    /// It is as it should be.
    pub(super) fn good(&self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        self.line('✓', name, text)
    }

    /// It is not, and this is what to do.
    pub(super) fn bad(&mut self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        if self.exit == Exit::Done {
            self.exit = Exit::Failed;
        }
        self.line('✗', name, text)
    }

    /// It is missing or wrong in the environment.
    pub(super) fn refused(
        &mut self,
        name: &str,
        text: impl fmt::Display,
    ) -> Result<(), CommandError> {
        self.exit = Exit::Refused;
        self.line('✗', name, text)
    }

    /// It was not looked at, and this is why.
    pub(super) fn skipped(&self, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        self.line('–', name, text)
    }

    /// How the command ends.
    pub(super) fn exit(self) -> Exit {
        self.exit
    }

    fn line(&self, mark: char, name: &str, text: impl fmt::Display) -> Result<(), CommandError> {
        let text = one_line(&self.program.in_text(&text.to_string()));
        print(format_args!("{mark} {name:18}  {text}"))
    }
}
