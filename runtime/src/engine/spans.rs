//! The spans around the calls of an engine: what they take is seen apart from what tasks take.
//!
//! They are at DEBUG, and each has the number of runs in its field `runs`.

use tracing::{Span, debug_span};

/// Storing new runs.
pub(crate) fn enqueue(runs: usize) -> Span {
    debug_span!("enqueue", runs)
}

/// Claiming runs for the free slots of a worker. Their number is recorded by [`claimed`].
pub(crate) fn claim() -> Span {
    debug_span!("claim", runs = tracing::field::Empty)
}

/// Records how many runs were claimed.
pub(crate) fn claimed(span: &Span, runs: usize) {
    span.record("runs", runs);
}

/// Storing the outcomes of attempts.
pub(crate) fn complete(runs: usize) -> Span {
    debug_span!("complete", runs)
}
