//! What the statement of one request returned.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

/// What the statement returned, for the response.
#[derive(Default)]
pub(super) struct Returned {
    rows: AtomicUsize,
    body: OnceLock<Bytes>,
    total: OnceLock<i64>,
}

impl Returned {
    /// How many rows the last statement returned, which are those a write has written.
    pub(super) fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }

    pub(super) fn set_rows(&self, rows: usize) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    /// The response's body, as PostgreSQL has written it.
    pub(super) fn body(&self) -> Option<&Bytes> {
        self.body.get()
    }

    /// A request has one statement with rows, so there is one body.
    pub(super) fn set_body(&self, body: String) {
        self.body.get_or_init(|| body.into());
    }

    /// How many rows there are without the page.
    pub(super) fn total(&self) -> Option<i64> {
        self.total.get().copied()
    }

    pub(super) fn set_total(&self, total: Option<i64>) {
        if let Some(total) = total {
            self.total.get_or_init(|| total);
        }
    }
}
