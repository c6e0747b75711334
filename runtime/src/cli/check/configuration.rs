//! The configuration in the environment.

use crate::auth::AuthKind;
use crate::cli::variables::{MODES, configuration};
use crate::config::{Config, ConfigError, Needs};
use crate::task::linked_tasks;

/// The environment's configuration for this program's tasks or, in a program without tasks, for any task.
#[derive(Debug)]
pub(super) struct Configuration {
    pub(super) config: Config,
    /// The identities that have keys.
    pub(super) modes: Vec<AuthKind>,
    /// The variables that were read.
    pub(super) variables: Vec<&'static str>,
}

impl Configuration {
    pub(super) fn read() -> Result<Self, ConfigError> {
        let mut needs: Needs = linked_tasks()
            .map(|task| (task.auth(), Some(task.id())))
            .collect();
        #[cfg(feature = "sql")]
        for task in linked_tasks().filter(|task| task.takes_database()) {
            needs.add_database(Some(task.id()));
        }
        if linked_tasks().next().is_none() {
            needs.extend(modes_present().into_iter().map(|mode| (mode, None)));
        }
        let (settings, config) = configuration(&needs);
        Ok(Self {
            config: config?,
            modes: MODES
                .into_iter()
                .filter(|mode| needs.contains(*mode))
                .collect(),
            variables: settings.variables_read(),
        })
    }
}

/// The modes for which something is set, or else the mode that needs the least.
fn modes_present() -> Vec<AuthKind> {
    let is_present = |mode: &AuthKind| {
        let needs: Needs = [(*mode, None)].into_iter().collect();
        let (_, config) = configuration(&needs);
        !config.is_err_and(|error| is_absent(&error))
    };
    let present: Vec<_> = MODES.into_iter().filter(is_present).collect();
    match present.is_empty() {
        true => vec![AuthKind::Anon],
        false => present,
    }
}

/// Whether a key is missing and nothing is wrong.
fn is_absent(error: &ConfigError) -> bool {
    let problems = error.problems();
    problems.iter().all(|problem| problem.is_missing())
        && problems
            .iter()
            .any(|problem| problem.variable() != Some("SUPABASE_URL"))
}
