//! [`RunPlaces`]: the place an attempt has in its worker and in its queue.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::super::database::failure;
use super::super::events::Event;
use super::super::store::retried;
use super::attempts::Attempts;
use super::plain::PlainRun;
use crate::engine::QueueError;
use crate::engine::backend::{BoxFuture, Places};
use crate::task::RunId;

/// How often who waits for a place looks, in case a notification was lost.
const LOOK: Duration = Duration::from_secs(2);

pub(super) struct RunPlaces {
    // The attempt holds this, and the attempts hold the attempt.
    attempts: Weak<Attempts>,
    run: RunId,
    ticket: i32,
    held: Mutex<Held>,
    /// All of the run, as long as it has no row.
    plain: Mutex<Option<PlainRun>>,
}

struct Held {
    place: Option<OwnedSemaphorePermit>,
    /// Tells the ticket's handler that it is done; once.
    free: Option<oneshot::Sender<()>>,
}

impl RunPlaces {
    pub(super) fn new(
        attempts: &Arc<Attempts>,
        run: RunId,
        ticket: i32,
        place: OwnedSemaphorePermit,
        free: oneshot::Sender<()>,
        plain: Option<PlainRun>,
    ) -> Self {
        Self {
            attempts: Arc::downgrade(attempts),
            run,
            ticket,
            held: Mutex::new(Held {
                place: Some(place),
                free: Some(free),
            }),
            plain: Mutex::new(plain),
        }
    }

    /// The attempt has ended: its place in the worker is free.
    pub(super) fn ended(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.place = None;
        if let Some(free) = held.free.take() {
            // The handler may be gone: the worker ends.
            let _ = free.send(());
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        let plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner);
        plain.is_some()
    }

    /// The run, if it has no row.
    pub(super) fn take_plain(&self) -> Option<PlainRun> {
        let mut plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner);
        plain.take()
    }

    /// Without its ticket, which is used up when it leaves, only its row is left of the run.
    async fn keep(&self, attempts: &Attempts) -> Result<(), QueueError> {
        let plain = self
            .plain
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(plain) = plain {
            retried(|| plain.keep(attempts.engine())).await?;
            let marked = attempts.beginner().mark(self.run, self.ticket).await;
            marked.map_err(|_| QueueError::NoQueue)?;
            drop(self.take_plain());
        }
        Ok(())
    }

    fn attempts(&self) -> Result<Arc<Attempts>, QueueError> {
        self.attempts.upgrade().ok_or(QueueError::NoQueue)
    }

    async fn enter_queue(&self, attempts: &Attempts) -> Result<bool, QueueError> {
        sqlx::query_scalar("select supabase_task.enter_run($1, $2)")
            .bind(*self.run.as_uuid())
            .bind(self.ticket)
            .fetch_one(&attempts.engine().connections.pool)
            .await
            .map_err(failure)
    }
}

impl Places for RunPlaces {
    fn leave(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async move {
            let attempts = self.attempts()?;
            self.keep(&attempts).await?;
            retried(|| async {
                sqlx::query("select supabase_task.leave_run($1, $2)")
                    .bind(*self.run.as_uuid())
                    .bind(self.ticket)
                    .execute(&attempts.engine().connections.pool)
                    .await
                    .map_err(failure)
            })
            .await?;
            self.ended();
            Ok(())
        })
    }

    fn enter(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async move {
            let attempts = self.attempts()?;
            let mut events = attempts.engine().events.subscribe().await;
            // The queue's place first: one who has a place in the worker never waits for one.
            while !retried(|| self.enter_queue(&attempts)).await? {
                let told = async {
                    loop {
                        match events.recv().await {
                            Ok(Event::Entered(run)) if run == self.run => return,
                            Ok(Event::Reconnected) | Err(_) => return,
                            Ok(_) => {}
                        }
                    }
                };
                let _ = tokio::time::timeout(LOOK, told).await;
            }
            let place = attempts.places().clone().acquire_owned().await;
            let place = place.map_err(|_| QueueError::NoQueue)?;
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.place = Some(place);
            Ok(())
        })
    }
}
