//! [`QueueSlots`]: the slots that this worker has in queues with a limit.
//!
//! A limit counts the attempts of all workers together, so the database has to agree to each. Asking it for
//! every attempt would cost a round trip each, so a worker keeps its slots in a *lease* and passes them on:
//! when an attempt ends, its slot goes to a run that has just arrived in this worker, without asking the
//! database; or, if runs are parked, to the next parked run of any worker. A slot that no attempt takes
//! within a moment is offered to other workers.
//!
//! Each queue and key has a lease (`lease`), which gathers requests; the `actor` sends them, one statement at
//! a time for each lease.

mod actor;
mod lease;
mod slot;

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::actor::Actor;
use self::slot::Shared;
pub(super) use self::slot::{Entry, QueueSlot};
use super::super::core::Postgres;
use super::ticket::{QueueKey, Ticket};
use crate::engine::QueueError;

#[derive(Debug)]
pub(super) struct QueueSlots {
    shared: Arc<Shared>,
    limited: watch::Sender<HashSet<String>>,
    actor: AbortOnDropHandle<()>,
}

impl QueueSlots {
    pub(super) fn start(
        engine: &Arc<Postgres>,
        worker: &str,
        tasks: Vec<String>,
        give_up: CancellationToken,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let actor = Actor {
            engine: engine.clone(),
            worker: worker.to_owned(),
            tasks,
            shared: shared.clone(),
            give_up,
        };
        Self {
            shared,
            limited: watch::Sender::default(),
            actor: AbortOnDropHandle::new(tokio::spawn(actor.run())),
        }
    }

    /// Returns whether the actor has ended, which happens only if it panics.
    pub(super) fn has_ended(&self) -> bool {
        self.actor.is_finished()
    }

    /// Sets which queues have a limit, so that their runs need slots.
    pub(super) fn limit(&self, names: HashSet<String>) {
        self.limited.send_replace(names);
    }

    pub(super) fn is_limited(&self, queue: &str) -> bool {
        self.limited.borrow().contains(queue)
    }

    /// Takes a slot for the run of a ticket, or parks the run.
    pub(super) async fn enter(&self, ticket: &Ticket) -> Result<Entry, QueueError> {
        let key = QueueKey::of(ticket);
        let answer = {
            let mut leases = self.shared.lock();
            leases.entry(key.clone()).or_default().enter(ticket.fence)
        };
        let Some(answer) = answer else {
            return Ok(Entry::Go(self.slot(key)));
        };
        self.shared.changed.notify_one();
        match answer.await {
            Ok(Ok(true)) => Ok(Entry::Go(self.slot(key))),
            Ok(Ok(false)) => Ok(Entry::NotNow),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(QueueError::Closed),
        }
    }

    /// Takes over a slot that the database gave to an attempt of this worker that waited for it.
    pub(super) fn adopt(&self, key: QueueKey) -> QueueSlot {
        {
            let mut leases = self.shared.lock();
            let lease = leases.entry(key.clone()).or_default();
            lease.slots += 1;
            lease.in_use += 1;
        }
        self.slot(key)
    }

    /// Reports to the database how many slots of a queue this worker needs. This takes back a slot of an
    /// attempt that has not adopted it yet, so it is only for rare cases.
    pub(super) fn recount(&self, key: QueueKey) {
        self.shared.lock().entry(key).or_default().recount();
        self.shared.changed.notify_one();
    }

    /// Records that runs of this queue may be parked, so its slots are not passed on without asking.
    pub(super) fn parked(&self, queue: &str) {
        for (key, lease) in self.shared.lock().iter_mut() {
            if *key.queue == *queue {
                lease.expect_parked();
            }
        }
    }

    /// Records that notifications may have been missed.
    pub(super) fn look_again(&self) {
        for lease in self.shared.lock().values_mut() {
            lease.expect_parked();
        }
    }

    fn slot(&self, key: QueueKey) -> QueueSlot {
        QueueSlot::new(self.shared.clone(), key)
    }
}
