//! Which identities a process needs, and which tasks need them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::setting::Setting;
use crate::auth::AuthKind;

/// The most tasks of a mode that a message names. It counts the rest.
const NAMED_TASKS: usize = 5;

/// The auth modes that a process needs, each with the ids of the tasks that need it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    modes: BTreeMap<AuthKind, BTreeSet<&'static str>>,
    /// The tasks that take a database. `None` if no database is needed.
    #[cfg(feature = "sql")]
    database: Option<BTreeSet<&'static str>>,
}

impl Needs {
    pub(crate) fn contains(&self, mode: AuthKind) -> bool {
        self.modes.contains_key(&mode)
    }

    /// Adds the need of a database, by this task or by the program itself.
    #[cfg(feature = "sql")]
    pub(crate) fn add_database(&mut self, task: Option<&'static str>) {
        self.database.get_or_insert_default().extend(task);
    }

    /// Returns whether a setting must be given. Every client needs the URL.
    pub(super) fn need(&self, setting: Setting) -> bool {
        #[cfg(feature = "sql")]
        if setting == Setting::Database {
            return self.database.is_some();
        }
        setting == Setting::Url || setting.modes().iter().any(|&mode| self.contains(mode))
    }

    /// Describes what needs a setting.
    pub(super) fn of(&self, setting: Setting) -> String {
        #[cfg(feature = "sql")]
        if let (Setting::Database, Some(tasks)) = (setting, &self.database) {
            return fmt::from_fn(|f| match tasks.len() {
                0 => f.write_str("databases"),
                count => {
                    let tasks_are = if count == 1 {
                        "the task "
                    } else {
                        "the tasks "
                    };
                    f.write_str(tasks_are)?;
                    write_names(f, tasks)
                }
            })
            .to_string();
        }
        self.of_modes(setting.modes()).to_string()
    }

    /// Describes what needs any of `modes`: "the user tasks `a`, `b` and the anon task `c`".
    fn of_modes<'a>(&'a self, modes: &'a [AuthKind]) -> impl fmt::Display + 'a {
        fmt::from_fn(|f| {
            let needing = self.modes.iter().filter(|(mode, _)| modes.contains(mode));
            let mut separator = "";
            for (mode, tasks) in needing {
                f.write_str(separator)?;
                write_tasks(f, *mode, tasks)?;
                separator = " and ";
            }
            if separator.is_empty() {
                f.write_str("every client")
            } else {
                Ok(())
            }
        })
    }
}

/// A mode without a task id was requested by the program itself.
impl Extend<(AuthKind, Option<&'static str>)> for Needs {
    fn extend<I>(&mut self, needs: I)
    where
        I: IntoIterator<Item = (AuthKind, Option<&'static str>)>,
    {
        for (mode, task) in needs {
            self.modes.entry(mode).or_default().extend(task);
        }
    }
}

impl FromIterator<(AuthKind, Option<&'static str>)> for Needs {
    fn from_iter<I>(needs: I) -> Self
    where
        I: IntoIterator<Item = (AuthKind, Option<&'static str>)>,
    {
        let mut all = Self::default();
        all.extend(needs);
        all
    }
}

fn write_tasks(
    f: &mut fmt::Formatter<'_>,
    mode: AuthKind,
    tasks: &BTreeSet<&'static str>,
) -> fmt::Result {
    match tasks.len() {
        0 => return write!(f, "{mode} clients"),
        1 => write!(f, "the {mode} task ")?,
        _ => write!(f, "the {mode} tasks ")?,
    }
    write_names(f, tasks)
}

fn write_names(f: &mut fmt::Formatter<'_>, tasks: &BTreeSet<&'static str>) -> fmt::Result {
    for (index, task) in tasks.iter().take(NAMED_TASKS).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}`{task}`")?;
    }
    match tasks.len().checked_sub(NAMED_TASKS) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, " and {more} more"),
    }
}
