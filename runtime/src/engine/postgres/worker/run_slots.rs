//! [`RunSlots`]: the slot an attempt has in its worker, and its place in its queue.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::super::backoff::retried;
use super::super::event::Event;
use super::attempts::Attempts;
use super::queue_slots::{QueueKey, QueueSlot};
use super::ticket::{Fence, Ticket};
use crate::engine::QueueError;
use crate::engine::backend::Slots;
use futures_util::future::BoxFuture;

/// How often who waits for a place looks, in case a notification was lost.
const LOOK: Duration = Duration::from_secs(2);

pub(super) struct RunSlots {
    // The attempt holds this, and the attempts hold the attempt.
    attempts: Weak<Attempts>,
    fence: Fence,
    key: Option<QueueKey>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    slot: Option<OwnedSemaphorePermit>,
    place: Option<QueueSlot>,
    /// Tells who made the attempt that it goes on without a slot; once.
    left: Option<oneshot::Sender<()>>,
}

impl RunSlots {
    pub(super) fn new(
        attempts: &Arc<Attempts>,
        ticket: &Ticket,
        slot: OwnedSemaphorePermit,
        place: Option<QueueSlot>,
        left: oneshot::Sender<()>,
    ) -> Self {
        Self {
            attempts: Arc::downgrade(attempts),
            fence: ticket.fence,
            key: place.is_some().then(|| QueueKey::of(ticket)),
            held: Mutex::new(Held {
                slot: Some(slot),
                place,
                left: Some(left),
            }),
        }
    }

    /// The attempt has ended: what it held.
    pub(super) fn take(&self) -> (Option<OwnedSemaphorePermit>, Option<QueueSlot>) {
        let mut held = self.held();
        (held.slot.take(), held.place.take())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempts(&self) -> Result<Arc<Attempts>, QueueError> {
        self.attempts.upgrade().ok_or(QueueError::Closed)
    }

    async fn ask<T>(&self, attempts: &Attempts, sql: &'static str) -> Result<T, QueueError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let query = sqlx::query(sql)
            .bind(*self.fence.run.as_uuid())
            .bind(self.fence.ticket)
            .bind(self.fence.delivery)
            .bind(attempts.worker_id());
        attempts.engine().connections.scalar(query).await
    }
}

impl Slots for RunSlots {
    fn release(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async move {
            let attempts = self.attempts()?;
            // From now on the worker has the run without its ticket.
            let sql = "select supabase_task.wait_for_child($1, $2, $3, $4)";
            retried(|| self.ask::<bool>(&attempts, sql)).await?;
            let (slot, place, left) = {
                let mut held = self.held();
                (held.slot.take(), held.place.take(), held.left.take())
            };
            drop((slot, place));
            if let Some(left) = left {
                // Nobody hears it if the worker ends.
                let _ = left.send(());
            }
            Ok(())
        })
    }

    fn acquire(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async move {
            let attempts = self.attempts()?;
            let mut events = attempts.engine().events.subscribe().await;
            // The queue's place first: one who has a slot in the worker never waits for one.
            let sql = "select supabase_task.go_on($1, $2, $3, $4)";
            let is_gone = loop {
                match retried(|| self.ask::<String>(&attempts, sql))
                    .await?
                    .as_str()
                {
                    "PARKED" => {}
                    answer => break answer == "GONE",
                }
                let told = async {
                    loop {
                        match events.recv().await {
                            Ok(Event::Entered(run)) if run == self.fence.run => return,
                            Ok(Event::Reconnected) | Err(_) => return,
                            Ok(_) => {}
                        }
                    }
                };
                let _ = tokio::time::timeout(LOOK, told).await;
            };
            let place = match (self.key.clone(), is_gone) {
                (Some(key), false) => Some(attempts.queues().adopt(key)),
                (Some(key), true) => {
                    // It may have been given a place before that.
                    attempts.queues().recount(key);
                    None
                }
                (None, _) => None,
            };
            let slot = attempts.slots().clone().acquire_owned().await;
            let slot = slot.map_err(|_| QueueError::Closed)?;
            let mut held = self.held();
            held.slot = Some(slot);
            held.place = place;
            Ok(())
        })
    }
}
