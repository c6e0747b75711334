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
#[derive(Default)]
pub(super) struct Rows {
    pub(super) allowed: u64,
    pub(super) total: u64,
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
    /// Adds the outcome of a statement on `total` rows.
    pub(super) fn add(&mut self, outcome: Outcome, total: u64) {
        self.total += total;
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
        let Self { allowed, total, .. } = self;
        match (self.failures.is_empty(), allowed) {
            (true, _) if *total == 0 => return f.write_str("no rows"),
            (true, _) => return write!(f, "{allowed} of {total}"),
            (false, 0) => f.write_str("error")?,
            (false, _) => write!(f, "{allowed} of {total}, error")?,
        }
        let codes: BTreeSet<_> = self.failures.iter().map(|failure| &failure.code).collect();
        codes.into_iter().try_for_each(|code| write!(f, " {code}"))
    }
}
