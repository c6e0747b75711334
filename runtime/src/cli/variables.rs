//! The variables that a command reads.

use crate::auth::AuthKind;
use crate::config::{Config, ConfigError, Needs, Settings};

/// Where variables are looked up.
pub(super) type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// The modes of tasks.
pub(super) const MODES: [AuthKind; 4] = AuthKind::ALL;

/// Reads the configuration in the environment for tasks of these modes.
pub(super) fn configuration(needs: &Needs) -> (Settings, Result<Config, ConfigError>) {
    let mut settings = Settings::default();
    settings.read(&Settings::environment, needs);
    let config = settings.check(needs);
    (settings, config)
}

/// Returns the first variable that is not empty.
pub(super) fn first_of(names: &[&str], variables: Variables<'_>) -> Option<String> {
    let mut values = names.iter().filter_map(|name| variables(name));
    values.find(|value| !value.trim().is_empty())
}
