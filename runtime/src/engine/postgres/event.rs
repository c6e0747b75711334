//! [`Event`]: what the database tells this process.

use std::sync::Arc;

use crate::run::RunId;

/// What the database tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A run that somebody waits for may have its last status.
    Ended(RunId),
    /// A run may have been cancelled.
    Canceled(RunId),
    /// A run that waits for a place in its queue may have one.
    Entered(RunId),
    /// Runs of this queue may be parked.
    Parked(Arc<str>),
    /// A parked run could not begin, though there was a place, because somebody had locked it.
    Skipped,
    /// There may be a new ticket.
    Issued,
    /// The connection was lost and is there again: any of the above may have been missed.
    Reconnected,
}
