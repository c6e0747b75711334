//! [`QueueSlot`]: a slot that an attempt holds in a queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

use super::super::ticket::Ticket;
use super::key::QueueKey;
use super::lease::Lease;

/// What becomes of a run that wants to begin.
#[derive(Debug)]
pub(in super::super) enum Entry {
    Go(QueueSlot),
    /// It is parked, or its ticket is stale: there is nothing to do for this one.
    NotNow,
}

/// A place in a queue, as long as this lives.
#[derive(Debug)]
pub(in super::super) struct QueueSlot {
    slots: Arc<Shared>,
    key: QueueKey,
    is_held: bool,
}

impl QueueSlot {
    pub(super) fn new(slots: Arc<Shared>, key: QueueKey) -> Self {
        Self {
            slots,
            key,
            is_held: true,
        }
    }

    /// Its attempt has ended: gives the place to the next parked run, if there is one for this worker.
    pub(in super::super) async fn next(mut self) -> Option<(Ticket, QueueSlot)> {
        let answer = {
            let mut leases = self.slots.lock();
            let lease = leases.get_mut(&self.key)?;
            if !lease.has_parked {
                return None;
            }
            self.is_held = false;
            lease.release();
            let (reply, answer) = oneshot::channel();
            lease.following.push(reply);
            answer
        };
        self.slots.changed.notify_one();
        let ticket = answer.await.ok()??;
        let place = Self::new(self.slots.clone(), self.key.clone());
        Some((ticket, place))
    }
}

impl Drop for QueueSlot {
    fn drop(&mut self) {
        if self.is_held {
            if let Some(lease) = self.slots.lock().get_mut(&self.key) {
                lease.release();
            }
            self.slots.changed.notify_one();
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) leases: Mutex<HashMap<QueueKey, Lease>>,
    pub(super) changed: Notify,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<QueueKey, Lease>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
