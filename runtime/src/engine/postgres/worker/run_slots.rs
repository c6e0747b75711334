//! [`RunSlots`]: the slots that one attempt holds, in its worker and in its queue.
//!
//! An attempt that waits for a child needs neither, so it releases both. Before it continues, it takes the
//! slot of the queue first and then the slot of the worker.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::super::backoff::retried;
use super::super::event::Event;
use super::queue_slots::QueueSlot;
use super::state::WorkerState;
use super::ticket::{Fence, QueueKey, Ticket};
use crate::engine::QueueError;
use crate::engine::backend::Slots;
use crate::lock::lock;
use futures_util::future::BoxFuture;

/// How often an attempt that waits for a slot of its queue checks, in case a notification was lost.
const LOOK: Duration = Duration::from_secs(2);

pub(super) struct RunSlots {
    // Weak, because the attempt holds this, and the worker's state holds the attempt.
    state: Weak<WorkerState>,
    fence: Fence,
    key: Option<QueueKey>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    slot: Option<OwnedSemaphorePermit>,
    queue_slot: Option<QueueSlot>,
    /// Tells the code that started the attempt, once, that it continues without its ticket.
    left: Option<oneshot::Sender<()>>,
}

impl RunSlots {
    pub(super) fn new(
        state: &Arc<WorkerState>,
        ticket: &Ticket,
        slot: OwnedSemaphorePermit,
        queue_slot: Option<QueueSlot>,
        left: oneshot::Sender<()>,
    ) -> Self {
        Self {
            state: Arc::downgrade(state),
            fence: ticket.fence,
            key: queue_slot.is_some().then(|| QueueKey::of(ticket)),
            held: Mutex::new(Held {
                slot: Some(slot),
                queue_slot,
                left: Some(left),
            }),
        }
    }

    /// Takes the slots that an attempt held when it ended.
    pub(super) fn take(&self) -> (Option<OwnedSemaphorePermit>, Option<QueueSlot>) {
        let mut held = lock(&self.held);
        (held.slot.take(), held.queue_slot.take())
    }

    fn state(&self) -> Result<Arc<WorkerState>, QueueError> {
        self.state.upgrade().ok_or(QueueError::Closed)
    }

    async fn ask<T>(&self, state: &WorkerState, sql: &'static str) -> Result<T, QueueError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let query = self.fence.bind(sqlx::query(sql)).bind(&state.worker_id);
        state.engine.connections.scalar(query).await
    }
}

impl Slots for RunSlots {
    fn release(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async move {
            let state = self.state()?;
            // From now on the worker holds the run without a ticket.
            let sql = "select supabase_task.wait_for_child($1, $2, $3, $4)";
            retried(|| self.ask::<bool>(&state, sql)).await?;
            let (slot, queue_slot, left) = {
                let mut held = lock(&self.held);
                (held.slot.take(), held.queue_slot.take(), held.left.take())
            };
            drop((slot, queue_slot));
            if let Some(left) = left {
                // The receiver is gone if the worker ends.
                let _ = left.send(());
            }
            Ok(())
        })
    }

    fn acquire(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async move {
            let state = self.state()?;
            let mut events = state.engine.events.subscribe().await;
            // The slot of the queue first: no attempt occupies a slot of the worker while it waits.
            let sql = "select supabase_task.go_on($1, $2, $3, $4)";
            let is_gone = loop {
                match retried(|| self.ask::<String>(&state, sql)).await?.as_str() {
                    "PARKED" => {}
                    answer => break answer == "GONE",
                }
                let notified = async {
                    loop {
                        match events.recv().await {
                            Ok(Event::Entered(run)) if run == self.fence.run => return,
                            Ok(Event::Reconnected) | Err(_) => return,
                            Ok(_) => {}
                        }
                    }
                };
                let _ = tokio::time::timeout(LOOK, notified).await;
            };
            let queue_slot = match (self.key.clone(), is_gone) {
                (Some(key), false) => Some(state.queues.adopt(key)),
                (Some(key), true) => {
                    // It may have been given a slot before the run was over.
                    state.queues.recount(key);
                    None
                }
                (None, _) => None,
            };
            let slot = state.slots.clone().acquire_owned().await;
            let slot = slot.map_err(|_| QueueError::Closed)?;
            let mut held = lock(&self.held);
            held.slot = Some(slot);
            held.queue_slot = queue_slot;
            Ok(())
        })
    }
}
