//! [`QueueSlot`]: a slot that an attempt holds in a queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{Notify, oneshot};

use super::super::ticket::{QueueKey, Ticket};
use super::lease::Lease;
use crate::lock::lock;

/// Whether a run may begin.
#[derive(Debug)]
pub(in super::super) enum Entry {
    Go(QueueSlot),
    /// The run is parked, or its ticket is stale: there is nothing to do for the ticket.
    NotNow,
}

/// A slot of a queue. Dropping it releases the slot.
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

    /// Passes the slot of an attempt that has ended to the next parked run, if this worker may run it.
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
        let slot = Self::new(self.slots.clone(), self.key.clone());
        Some((ticket, slot))
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
    leases: Mutex<HashMap<QueueKey, Lease>>,
    pub(super) changed: Notify,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<QueueKey, Lease>> {
        lock(&self.leases)
    }
}
