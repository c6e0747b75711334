//! [`QueueSlots`]: the places that this worker has in queues with a limit.
//!
//! A place belongs to an attempt that runs. When the attempt ends, its place passes to the next run of
//! the queue: to one that has just arrived here, without asking the database; or to the next parked one,
//! whichever that is. A place that no attempt takes within a moment is free for other workers.
//!
//! What is asked of the database is gathered by queue and key (`lease`), one statement at a time for each
//! (`actor`).

mod actor;
mod key;
mod lease;
mod slot;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::actor::Actor;
pub(super) use self::key::QueueKey;
use self::slot::Shared;
pub(super) use self::slot::{Entry, QueueSlot};
use super::super::core::Postgres;
use super::ticket::Ticket;
use crate::engine::QueueError;

/// The places that this worker has in queues with a limit.
#[derive(Debug)]
pub(super) struct QueueSlots {
    shared: Arc<Shared>,
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
            actor: AbortOnDropHandle::new(tokio::spawn(actor.run())),
        }
    }

    /// Whether the actor has ended, which it does only if it panics.
    pub(super) fn has_ended(&self) -> bool {
        self.actor.is_finished()
    }

    /// A place for the run of a ticket, or it is parked.
    pub(super) async fn enter(&self, ticket: &Ticket) -> Result<Entry, QueueError> {
        let key = QueueKey::of(ticket);
        let answer = {
            let mut leases = self.shared.lock();
            leases.entry(key.clone()).or_default().enter(ticket.fence)
        };
        let Some(answer) = answer else {
            return Ok(Entry::Go(self.place(key)));
        };
        self.shared.changed.notify_one();
        match answer.await {
            Ok(Ok(true)) => Ok(Entry::Go(self.place(key))),
            Ok(Ok(false)) => Ok(Entry::NotNow),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(QueueError::Closed),
        }
    }

    /// A place that another worker's attempt gave to one of this worker's, which waited for it.
    pub(super) fn adopt(&self, key: QueueKey) -> QueueSlot {
        {
            let mut leases = self.shared.lock();
            let lease = leases.entry(key.clone()).or_default();
            lease.places += 1;
            lease.in_use += 1;
        }
        self.place(key)
    }

    /// The database is told how many places this worker needs of a queue. One that was given to an attempt
    /// which has not adopted it yet is taken back by this, so it is for what is rare.
    pub(super) fn recount(&self, key: QueueKey) {
        self.shared.lock().entry(key).or_default().recount();
        self.shared.changed.notify_one();
    }

    /// Runs of this queue may be parked: whoever has places looks.
    pub(super) fn parked(&self, queue: &str) {
        for (key, lease) in self.shared.lock().iter_mut() {
            if *key.queue == *queue {
                lease.hear_of_parked();
            }
        }
    }

    /// Notifications may have been missed.
    pub(super) fn look_again(&self) {
        for lease in self.shared.lock().values_mut() {
            lease.hear_of_parked();
        }
    }

    fn place(&self, key: QueueKey) -> QueueSlot {
        QueueSlot::new(self.shared.clone(), key)
    }
}
