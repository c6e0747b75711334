//! [`QueueKey`]: a queue and one of its concurrency keys.

use std::sync::Arc;

use super::super::ticket::Ticket;

/// A queue and one of its concurrency keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct QueueKey {
    pub(super) queue: Arc<str>,
    pub(super) key: Arc<str>,
}

impl QueueKey {
    pub(in super::super) fn of(ticket: &Ticket) -> Self {
        Self {
            queue: ticket.queue.as_str().into(),
            // In the database's form, in which an empty key differs from no key.
            key: match &ticket.concurrency_key {
                Some(key) => format!(":{key}").into(),
                None => "".into(),
            },
        }
    }
}
