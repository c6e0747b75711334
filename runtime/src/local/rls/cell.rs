//! What an identity may do to a table with one verb.

use std::collections::BTreeSet;
use std::fmt;

/// What an identity may do to a table with one verb.
pub(super) enum Cell {
    /// The role lacks the privilege.
    Denied,
    /// There is nothing to try.
    NotTried,
    Rows(Rows),
}

/// How many rows a verb reached.
#[derive(Clone, Default)]
pub(super) struct Rows {
    pub(super) allowed: u64,
    /// Of how many. A view may have other rows for each identity.
    pub(super) total: Option<u64>,
    pub(super) failures: BTreeSet<Failure>,
}

/// A statement failed, and neither a missing privilege on the table nor a policy of it is why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Failure {
    /// The SQLSTATE.
    pub(super) code: String,
    pub(super) message: String,
}

/// How a statement ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With this many rows.
    Done(u64),
    /// A policy of the table refused it.
    Refused,
    Failed(Failure),
}

impl Cell {
    pub(super) fn failures(&self) -> impl Iterator<Item = &Failure> {
        let rows = match self {
            Self::Rows(rows) => Some(rows),
            Self::Denied | Self::NotTried => None,
        };
        rows.into_iter().flat_map(|rows| &rows.failures)
    }
}

impl Rows {
    pub(super) fn of(total: Option<u64>) -> Self {
        Self {
            total,
            ..Self::default()
        }
    }

    /// Adds the outcome of a statement.
    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done(rows) => self.allowed += rows,
            Outcome::Refused => {}
            Outcome::Failed(failure) => _ = self.failures.insert(failure),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("denied"),
            Self::NotTried => f.write_str("-"),
            Self::Rows(rows) => rows.fmt(f),
        }
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_failed = !self.failures.is_empty();
        match (self.allowed, self.total) {
            (0, _) if has_failed => {}
            (_, Some(0)) => f.write_str("no rows")?,
            (allowed, Some(total)) => write!(f, "{allowed} of {total}")?,
            (1, None) => f.write_str("1 row")?,
            (allowed, None) => write!(f, "{allowed} rows")?,
        }
        if has_failed {
            let comma = if self.allowed == 0 { "" } else { ", " };
            write!(f, "{comma}error")?;
        }
        let codes: BTreeSet<_> = self.failures.iter().map(|failure| &failure.code).collect();
        codes.into_iter().try_for_each(|code| write!(f, " {code}"))
    }
}
