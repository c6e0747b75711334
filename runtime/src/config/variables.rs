//! Which variables a mode's tasks need.

use super::setting::Setting;
use crate::auth::AuthKind;

/// One value that tasks of a mode need from the environment.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Variable {
    /// The variable to set.
    #[serde(rename = "name")]
    pub(crate) usual: &'static str,
    /// The variables that work as well.
    #[serde(rename = "or")]
    pub(crate) others: Vec<&'static str>,
}

/// What tasks of `mode` need, and those that take a database.
pub(crate) fn variables_of(mode: AuthKind, takes_database: bool) -> Vec<Variable> {
    #[cfg(not(feature = "sql"))]
    let is_database = |_: Setting| {
        let _ = takes_database;
        false
    };
    #[cfg(feature = "sql")]
    let is_database = |setting| takes_database && setting == Setting::Database;
    Setting::ALL
        .iter()
        .copied()
        .filter(|&setting| setting.modes().contains(&mode) || is_database(setting))
        .map(|setting| {
            let usual = setting.usual_variable();
            let all = setting.variables().iter().copied();
            Variable {
                usual,
                others: all.filter(|name| *name != usual).collect(),
            }
        })
        .collect()
}
