//! Which identities a process needs, and which tasks need them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::auth::AuthKind;

/// The most tasks of a mode that a message names. It counts the rest.
const NAMED_TASKS: usize = 5;

/// The auth modes that a process needs, each with the ids of the tasks that need it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    modes: BTreeMap<AuthKind, BTreeSet<&'static str>>,
}

impl Needs {
    pub(crate) fn contains(&self, mode: AuthKind) -> bool {
        self.modes.contains_key(&mode)
    }

    /// Describes what needs any of `modes`: "the user tasks `a`, `b` and the anon task `c`".
    pub(super) fn of<'a>(&'a self, modes: &'a [AuthKind]) -> impl fmt::Display + 'a {
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
    for (index, task) in tasks.iter().take(NAMED_TASKS).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}`{task}`")?;
    }
    match tasks.len().checked_sub(NAMED_TASKS) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, " and {more} more"),
    }
}
