//! [`Program`]: what a command knows of the program it is part of.

use std::fmt;

use super::{CommandError, Variables, logs};
use crate::Supabase;
use crate::auth::AuthKind;
use crate::config::Settings;

/// What a command knows of the program it is part of.
pub(super) struct Program<'a> {
    pub(super) variables: Variables<'a>,
    /// What the program adds to its `Supabase`.
    configure: Box<dyn FnOnce(Supabase) -> Supabase + 'a>,
    has_logs_of_ours: bool,
}

impl<'a> Program<'a> {
    pub(super) fn new(configure: impl FnOnce(Supabase) -> Supabase + 'a) -> Self {
        Self {
            variables: &Settings::environment,
            configure: Box::new(configure),
            has_logs_of_ours: false,
        }
    }

    /// The same, which logs to the standard error where tasks are run.
    pub(super) fn with_logs(mut self) -> Self {
        self.has_logs_of_ours = true;
        self
    }

    /// To be called before a task is run.
    pub(super) fn install_logs(&self) {
        if self.has_logs_of_ours {
            logs::install(self.variables);
        }
    }

    /// The project, with what tasks of these modes need and nothing else.
    pub(super) fn supabase(self, modes: &[AuthKind]) -> Result<Supabase, CommandError> {
        let builder = Supabase::builder().read_env().modes(modes);
        let builder = modes.iter().fold(builder, |b, mode| b.needs(*mode));
        Ok((self.configure)(builder.build()?))
    }
}

impl fmt::Debug for Program<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}
