//! From a delivered ticket to its attempt and the attempt's outcome.
//!
//! 1. Take a slot of the worker. A redelivered ticket takes the worker's one quarantine permit first.
//! 2. If the ticket does not contain everything, or was delivered before, *redeem* it: ask the database for
//!    the current state of the run.
//! 3. In a queue with a limit, take a slot of the queue. If none is free, the run is parked.
//! 4. Run the attempt. If it takes a while, it is shown as EXECUTING.
//! 5. Release both slots, and store the outcome. If runs of the queue are parked, the next one takes over
//!    both slots and runs without a ticket.
//!
//! The job of graphile_worker is done when the outcome of its own attempt is on disk, or when the attempt
//! waits for a child and continues without the ticket.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, abortable};
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use uuid::Uuid;

use super::super::backoff::retried;
use super::super::failure::is_about_statement;
use super::attempts::Running;
use super::completer::{Settled, Started};
use super::outcome::{Made, Outcome};
use super::queue_slots::{Entry, QueueSlot};
use super::run_slots::RunSlots;
use super::state::WorkerState;
use super::ticket::Ticket;
use crate::auth::StoredIdentity;
use crate::engine::worker::Attempt;
use crate::engine::{QueueError, TaskEntry, Verdict};
use crate::run::TaskError;

/// An attempt that takes longer than this is shown as EXECUTING. For shorter attempts, that write would be
/// half of the work.
const SHOWN_AFTER: Duration = Duration::from_millis(50);

/// How long a redelivered attempt is in quarantine. A run that kills its process mostly does so at once.
const QUARANTINE: Duration = Duration::from_secs(1);

/// How long a ticket may wait for a slot. There is a slot for each delivered ticket, unless attempts that
/// waited for a child have taken it to continue.
const SLOT: Duration = Duration::from_secs(1);

/// A job of graphile_worker.
pub(super) struct Job<'a> {
    pub(super) id: i64,
    pub(super) task: &'a str,
    pub(super) payload: &'a str,
    /// Whether it was delivered before, to a worker that died or refused it.
    pub(super) is_redelivered: bool,
}

/// The result of a job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ClaimedJob {
    /// The job is finished.
    Done,
    /// The job is not finished and goes back to graphile_worker, for this reason.
    Refused(&'static str),
}

/// The result of redeeming a ticket, i.e. of comparing it with its run's row.
enum Redeemed {
    Good(Box<Ticket>),
    /// There is nothing to do for this ticket.
    Stale,
    Unreadable,
}

/// An attempt that is about to run, with the slots that it holds.
struct Begun {
    task: &'static TaskEntry,
    ticket: Ticket,
    slot: OwnedSemaphorePermit,
    queue_slot: Option<QueueSlot>,
    quarantine: Option<OwnedSemaphorePermit>,
}

impl WorkerState {
    /// Runs the attempt of a job, if its ticket is good, and the attempts of parked runs that follow it in
    /// its queue. Returns once the job's outcome is on disk, or once the attempt waits for another run and
    /// continues without the job.
    pub(super) async fn execute_job(self: &Arc<Self>, job: Job<'_>) -> ClaimedJob {
        let Some(ticket) = Ticket::read(job.payload) else {
            tracing::warn!(
                task.id = job.task,
                job = job.id,
                "a job of graphile_worker has the name of a task, but is no run of it: trigger the \
                 task instead"
            );
            return ClaimedJob::Refused("this job is no run: trigger the task with supabase_task");
        };
        if ticket.task_id != job.task {
            return ClaimedJob::Refused("this job is of a run of another task");
        }
        let Some(task) = self.plan.tasks.get(job.task).copied() else {
            return ClaimedJob::Refused("this worker has no such task");
        };
        self.execute_ticket(task, ticket, job.is_redelivered).await
    }

    async fn execute_ticket(
        self: &Arc<Self>,
        task: &'static TaskEntry,
        ticket: Ticket,
        is_redelivered: bool,
    ) -> ClaimedJob {
        // A run that a dead worker held without a ticket has a new ticket with a delivery number above 0.
        let is_redelivered = is_redelivered || ticket.fence.delivery > 0;
        if self.stop.is_cancelled() {
            return self.hand_back(&ticket, is_redelivered).await;
        }
        let mut quarantine = None;
        if is_redelivered {
            quarantine = self.permit(self.quarantine.clone().acquire_owned()).await;
            if quarantine.is_none() {
                return self.hand_back(&ticket, true).await;
            }
        }
        let slot = self.permit(self.slots.clone().acquire_owned());
        let Ok(Some(slot)) = tokio::time::timeout(SLOT, slot).await else {
            return self.hand_back(&ticket, is_redelivered).await;
        };
        let is_limited = self.queues.is_limited(&ticket.queue);
        let read = self.read(task, ticket, is_redelivered, is_limited);
        let ticket = match read.await {
            Ok(ticket) => ticket,
            Err(delivered) => return delivered,
        };
        let mut queue_slot = None;
        if is_limited {
            match self.queues.enter(&ticket).await {
                Ok(Entry::Go(entered)) => queue_slot = Some(entered),
                Ok(Entry::NotNow) => return ClaimedJob::Done,
                Err(error) => return self.cannot_begin(&ticket, &error).await,
            }
        }
        let begun = Begun {
            task,
            ticket,
            slot,
            queue_slot,
            quarantine,
        };
        self.clone().make(begun).await
    }

    /// Waits for a permit. Returns `None` if the worker stops first.
    async fn permit(
        &self,
        permit: impl Future<Output = Result<OwnedSemaphorePermit, tokio::sync::AcquireError>>,
    ) -> Option<OwnedSemaphorePermit> {
        tokio::select! {
            biased;
            permit = permit => permit.ok(),
            () = self.stop.cancelled() => None,
        }
    }

    /// Returns the ticket with everything that the attempt needs. An error is the result of a job that cannot
    /// begin.
    async fn read(
        &self,
        task: &TaskEntry,
        mut ticket: Ticket,
        is_redelivered: bool,
        is_limited: bool,
    ) -> Result<Ticket, ClaimedJob> {
        let unknown_key = |ticket: &Ticket| match is_limited {
            true => unknown_key(task, ticket),
            false => None,
        };
        let key = unknown_key(&ticket);
        if is_redelivered || key.is_some() || self.has_to_ask(&ticket) {
            ticket = self.redeemed(&ticket, is_redelivered, key).await?;
            // The key of a large payload is known only now.
            if let Some(key) = unknown_key(&ticket) {
                ticket = self.redeemed(&ticket, false, Some(key)).await?;
            }
        }
        Ok(ticket)
    }

    async fn redeemed(
        &self,
        ticket: &Ticket,
        is_redelivered: bool,
        key: Option<String>,
    ) -> Result<Ticket, ClaimedJob> {
        match self.redeem(ticket, is_redelivered, key).await {
            Ok(Redeemed::Good(read)) => Ok(*read),
            Ok(Redeemed::Stale) => Err(ClaimedJob::Done),
            Ok(Redeemed::Unreadable) => Err(self.fail(ticket, "its row cannot be read").await),
            Err(error) if is_about_statement(&error) && !error.is_retryable() => {
                tracing::warn!(task.run_id = %ticket.fence.run, %error, "the database refuses that a run begins: the run is FAILED");
                Err(self.fail(ticket, &error.to_string()).await)
            }
            Err(error) => {
                tracing::warn!(task.run_id = %ticket.fence.run, %error, "a run cannot begin; it is handed back");
                Err(self.hand_back(ticket, is_redelivered).await)
            }
        }
    }

    /// Returns whether the ticket does not contain everything, or may be out of date.
    fn has_to_ask(&self, ticket: &Ticket) -> bool {
        ticket.payload.is_none()
            || ticket.expires_at.is_some()
            || self.attempts.may_be_cancelled_since(ticket.fence.run)
    }

    async fn cannot_begin(&self, ticket: &Ticket, error: &QueueError) -> ClaimedJob {
        tracing::warn!(task.run_id = %ticket.fence.run, %error, "a run cannot begin; it is handed back");
        match error.is_retryable() {
            true => self.hand_back(ticket, true).await,
            // It is not the run's fault, and a new ticket would be refused as well.
            false => ClaimedJob::Refused("the run could not be begun"),
        }
    }

    /// Reads the ticket's current state from the run's row.
    async fn redeem(
        &self,
        ticket: &Ticket,
        is_redelivered: bool,
        key: Option<String>,
    ) -> Result<Redeemed, QueueError> {
        let query = || {
            sqlx::query("select supabase_task.redeem($1, $2, $3, $4, $5)::text")
                .bind(*ticket.fence.run.as_uuid())
                .bind(ticket.fence.ticket)
                .bind(&self.worker_id)
                .bind(is_redelivered)
                .bind(key.as_deref())
        };
        let text: Option<String> = retried(|| self.engine.connections.scalar(query())).await?;
        Ok(match text.as_deref().map(Ticket::read) {
            Some(Some(ticket)) => Redeemed::Good(Box::new(ticket)),
            Some(None) => Redeemed::Unreadable,
            None => Redeemed::Stale,
        })
    }

    /// Fails the run, because no attempt of it can ever begin.
    async fn fail(&self, ticket: &Ticket, reason: &str) -> ClaimedJob {
        let outcome = Outcome::not_begun(ticket.fence, self.clock.now(), reason);
        delivered(self.completer.write(outcome).await)
    }

    /// Hands back a ticket whose attempt has not begun; its run gets a new ticket.
    async fn hand_back(&self, ticket: &Ticket, is_redelivered: bool) -> ClaimedJob {
        let mut fence = ticket.fence;
        if is_redelivered {
            // The ticket may have the numbers of the delivery that was lost.
            match self.redeem(ticket, false, None).await {
                Ok(Redeemed::Good(read)) => fence = read.fence,
                Ok(Redeemed::Stale) => return ClaimedJob::Done,
                Ok(Redeemed::Unreadable) | Err(_) => {
                    return ClaimedJob::Refused("the run could not be handed back");
                }
            }
        }
        let outcome = Outcome::handed_back(fence, self.clock.now());
        delivered(self.completer.write(outcome).await)
    }

    /// Runs attempts one after the other, as long as a queue slot is passed on. Returns the result of the
    /// first one's job; the others have no job. An outcome that cannot be stored yet delays no other run.
    fn make(self: Arc<Self>, begun: Begun) -> BoxFuture<'static, ClaimedJob> {
        Box::pin(async move {
            let mut first = None;
            let mut next = Some(begun);
            while let Some(begun) = next {
                let (left, has_left) = oneshot::channel();
                let (pass_on, mut passed_on) = oneshot::channel();
                let attempt = self.attempt(begun, left, pass_on);
                let attempt = self.attempts.tracker.spawn(attempt);
                tokio::select! {
                    biased;
                    // An error means that the attempt was aborted.
                    following = &mut passed_on => next = following.ok().flatten(),
                    Ok(()) = has_left => {
                        // It continues without a ticket. The runs that follow it have none either.
                        self.attempts.tracker.clone().spawn(async move {
                            if let Ok(Some(next)) = passed_on.await {
                                self.make(next).await;
                            }
                        });
                        break;
                    }
                }
                first.get_or_insert(attempt);
            }
            match first {
                Some(first) => delivered(first.await.unwrap_or(Settled::NotWritten)),
                None => ClaimedJob::Done,
            }
        })
    }

    /// Registers an attempt as running, and returns the future that runs it and stores its outcome. As soon
    /// as the attempt has ended, the run that follows it in its queue is sent to `pass_on`.
    fn attempt(
        self: &Arc<Self>,
        begun: Begun,
        left: oneshot::Sender<()>,
        pass_on: oneshot::Sender<Option<Begun>>,
    ) -> impl Future<Output = Settled> + Send + 'static {
        let ticket = begun.ticket;
        let slots = RunSlots::new(self, &ticket, begun.slot, begun.queue_slot, left);
        let slots = Arc::new(slots);
        let fence = ticket.fence;
        // A payload that could not be read fails the attempt when it is parsed.
        let payload = ticket.payload.unwrap_or_else(|| RawValue::NULL.to_owned());
        let made = Made {
            fence,
            number: ticket.attempt.saturating_add(1),
            // By the database's clock.
            started_at: self.clock.now(),
            worker: self.worker_id.clone(),
            unknown_user: unknown_user(begun.task, ticket.stored, &payload),
        };
        let attempt = Attempt {
            run: ticket.info,
            number: made.number,
            payload,
            stored: ticket.stored,
        };
        let (stop, attempt) = self.plan.attempt(begun.task, attempt, slots.clone());
        let state = self.clone();
        let (attempt, abort) = abortable(async move {
            // An attempt that ends in quarantine stays in it until its outcome is stored.
            let (verdict, _quarantine) = state.shown(&made, begun.quarantine, attempt).await;
            let outcome = Outcome::of(made, verdict, state.clock.now());
            // Both slots are free while the outcome is being stored.
            let (slot, queue_slot) = slots.take();
            let (settled, ()) = tokio::join!(state.completer.write(outcome), async {
                // `make` waits for this.
                let _ = pass_on.send(state.following(slot, queue_slot).await);
            });
            state.attempts.running().remove(&fence);
            settled
        });
        let running = Running { stop, abort };
        self.attempts.running().insert(fence, running);
        // The run may have been cancelled while its ticket was on the way.
        if self.attempts.may_be_cancelled_since(fence.run) {
            self.attempts.check_soon();
        }
        attempt.map(|ended| ended.unwrap_or(Settled::NotWritten))
    }

    /// Returns the parked run that takes over the slots of an attempt that has ended.
    async fn following(
        &self,
        slot: Option<OwnedSemaphorePermit>,
        queue_slot: Option<QueueSlot>,
    ) -> Option<Begun> {
        let (slot, queue_slot) = (slot?, queue_slot?);
        if self.stop.is_cancelled() {
            return None;
        }
        let (ticket, queue_slot) = queue_slot.next().await?;
        // The database gives this worker only runs of its own tasks.
        let task = *self.plan.tasks.get(ticket.task_id.as_str())?;
        Some(Begun {
            task,
            ticket,
            slot,
            queue_slot: Some(queue_slot),
            quarantine: None,
        })
    }

    /// Runs the attempt and returns its verdict. Shows the run as EXECUTING if it takes a while. If it ends
    /// in quarantine, also returns the quarantine permit.
    async fn shown(
        &self,
        made: &Made,
        quarantine: Option<OwnedSemaphorePermit>,
        attempt: impl Future<Output = Verdict>,
    ) -> (Verdict, Option<OwnedSemaphorePermit>) {
        let attempt = guarded(attempt);
        tokio::pin!(attempt);
        if let Some(quarantine) = quarantine {
            // `redeem` has already shown it as EXECUTING.
            let let_out = async {
                tokio::time::sleep(QUARANTINE).await;
                self.completer.out_of_quarantine(made.fence).await;
            };
            tokio::select! {
                biased;
                verdict = &mut attempt => return (verdict, Some(quarantine)),
                () = let_out => {}
            }
            drop(quarantine);
            return (attempt.await, None);
        }
        let verdict = tokio::select! {
            biased;
            verdict = &mut attempt => verdict,
            () = tokio::time::sleep(SHOWN_AFTER) => {
                let (fence, at) = (made.fence, made.started_at);
                self.completer.show(Started { fence, at });
                attempt.await
            }
        };
        (verdict, None)
    }
}

fn delivered(settled: Settled) -> ClaimedJob {
    match settled {
        Settled::Done | Settled::Stale => ClaimedJob::Done,
        Settled::Taken => ClaimedJob::Refused("another worker has this ticket"),
        Settled::NotWritten => ClaimedJob::Refused("the outcome is not stored"),
    }
}

/// Catches a panic while the attempt is dropped. Panics of the task itself are caught where it is called.
async fn guarded(attempt: impl Future<Output = Verdict>) -> Verdict {
    let verdict = AssertUnwindSafe(attempt).catch_unwind().await;
    verdict.unwrap_or_else(|_| {
        Verdict::Failed(TaskError::abort(
            "the attempt panicked while it was taken down",
        ))
    })
}

/// Returns the concurrency key from the payload, for a run that was triggered from SQL.
fn unknown_key(task: &TaskEntry, ticket: &Ticket) -> Option<String> {
    match (&ticket.concurrency_key, &ticket.payload) {
        (None, Some(payload)) => task.prepare(payload.clone()).ok()?.concurrency_key,
        _ => None,
    }
}

/// Returns the user from the payload, for a run that was triggered from SQL. Returns `None` for a payload
/// that does not parse, and for one that names another identity than the stored one; both fail the attempt
/// later.
fn unknown_user(task: &TaskEntry, stored: StoredIdentity, payload: &RawValue) -> Option<Uuid> {
    if !stored.lacks_user() {
        return None;
    }
    let named = task.prepare(payload.to_owned()).ok()?.principal;
    let user = named.user().filter(|_| stored.allows(&named))?;
    Some(*user.as_uuid()).filter(|user| !user.is_nil())
}
