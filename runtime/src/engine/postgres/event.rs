//! [`Event`]: a hint from the database.

use std::sync::Arc;

use crate::run::RunId;

/// A hint from the database to look at its tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// An awaited run may have ended.
    Ended(RunId),
    /// A run may have been cancelled.
    Canceled(RunId),
    /// A parent that waits for a slot of its queue may have one.
    Entered(RunId),
    /// Runs of this queue may be parked.
    Parked(Arc<str>),
    /// A slot was free, but a parked run could not begin because its row was locked.
    Skipped,
    /// There may be a new ticket.
    Issued,
    /// The connection was lost and is back. Any of the above may have been missed.
    Reconnected,
}
