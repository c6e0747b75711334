//! From a ticket to an attempt, and to what came of it.

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
use super::attempts::{Attempts, Running};
use super::completer::{Progress, Settled};
use super::outcome::{Made, Outcome};
use super::queue_slots::{Entry, QueueSlot};
use super::run_slots::RunSlots;
use super::ticket::Ticket;
use crate::auth::Principal;
use crate::engine::QueueError;
use crate::engine::worker::Attempt;
use crate::engine::{TaskEntry, Verdict};
use crate::run::TaskError;

/// An attempt that takes longer than this is shown as EXECUTING. For shorter ones a write of their
/// own would be half of the work.
const SHOWN_AFTER: Duration = Duration::from_millis(50);

/// How long an attempt is kept apart that was lost with a process before. What takes its process with
/// it mostly does so at once.
const QUARANTINE: Duration = Duration::from_secs(1);

/// How long a ticket may wait for a slot. There is one for each that is delivered, but for attempts that
/// waited for a child and go on.
const SLOT: Duration = Duration::from_secs(1);

/// A job of graphile_worker.
pub(super) struct Job<'a> {
    pub(super) id: i64,
    pub(super) task: &'a str,
    pub(super) payload: &'a str,
    /// It was delivered before, to a worker that was lost or could not do it.
    pub(super) is_redelivered: bool,
}

/// What becomes of a job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ClaimedJob {
    /// It is done with.
    Done,
    /// It is not, and not this worker's: why.
    Refused(&'static str),
}

/// What becomes of a ticket when it is looked at in its run's row.
enum Redeemed {
    Good(Box<Ticket>),
    /// There is nothing to do for it.
    Stale,
    Unreadable,
}

/// An attempt that is about to be made, with what it holds.
struct Begun {
    task: &'static TaskEntry,
    ticket: Ticket,
    slot: OwnedSemaphorePermit,
    place: Option<QueueSlot>,
    quarantine: Option<OwnedSemaphorePermit>,
}

/// A job, as long as it is worked on.
struct WorkedOn<'a> {
    attempts: &'a Attempts,
    job: i64,
}

impl<'a> WorkedOn<'a> {
    fn new(attempts: &'a Attempts, job: i64) -> Self {
        attempts.jobs().insert(job);
        Self { attempts, job }
    }
}

impl Drop for WorkedOn<'_> {
    fn drop(&mut self) {
        self.attempts.jobs().remove(&self.job);
    }
}

impl Attempts {
    /// Makes the attempt of a job, if its ticket is good, and of parked runs that follow it in its queue.
    /// Returns once all is on the disk, or goes on without the job because it waits for another run.
    pub(super) async fn execute_job(self: &Arc<Self>, job: Job<'_>) -> ClaimedJob {
        let _worked_on = WorkedOn::new(self, job.id);
        let Some(ticket) = Ticket::read(job.payload) else {
            tracing::warn!(
                task.id = job.task,
                job = job.id,
                "a job of graphile_worker has the name of a task, and is no run of it: trigger the \
                 task instead"
            );
            return ClaimedJob::Refused("this job is no run: trigger the task with supabase_task");
        };
        if ticket.task_id != job.task {
            return ClaimedJob::Refused("this job is of a run of another task");
        }
        let Some(task) = self.plan().tasks.get(job.task).copied() else {
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
        // A run that was lost while a worker had it without a ticket has a new one.
        let is_redelivered = is_redelivered || ticket.fence.delivery > 0;
        if self.is_stopping() {
            return self.hand_back(&ticket, is_redelivered).await;
        }
        let mut quarantine = None;
        if is_redelivered {
            quarantine = self.permit(self.quarantine().clone().acquire_owned()).await;
            if quarantine.is_none() {
                return self.hand_back(&ticket, true).await;
            }
        }
        let slot = self.permit(self.slots().clone().acquire_owned());
        let Ok(Some(slot)) = tokio::time::timeout(SLOT, slot).await else {
            return self.hand_back(&ticket, is_redelivered).await;
        };
        let is_limited = self.is_limited(&ticket.queue);
        let read = self.read(task, ticket, is_redelivered, is_limited);
        let ticket = match read.await {
            Ok(ticket) => ticket,
            Err(delivered) => return delivered,
        };
        let mut place = None;
        if is_limited {
            match self.queues().enter(&ticket).await {
                Ok(Entry::Go(entered)) => place = Some(entered),
                Ok(Entry::NotNow) => return ClaimedJob::Done,
                Err(error) => return self.cannot_begin(&ticket, &error).await,
            }
        }
        let begun = Begun {
            task,
            ticket,
            slot,
            place,
            quarantine,
        };
        self.clone().make(begun).await
    }

    /// A permit, unless the worker stops before there is one.
    async fn permit(
        &self,
        permit: impl Future<Output = Result<OwnedSemaphorePermit, tokio::sync::AcquireError>>,
    ) -> Option<OwnedSemaphorePermit> {
        tokio::select! {
            biased;
            permit = permit => permit.ok(),
            () = self.stop().cancelled() => None,
        }
    }

    /// The ticket with all that is needed; an error is what becomes of one that cannot be begun.
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
            // Of a large payload, the key is known only now.
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
                tracing::warn!(task.run_id = %ticket.fence.run, %error, "a run cannot be begun; it is handed back");
                Err(self.hand_back(ticket, is_redelivered).await)
            }
        }
    }

    /// Whether the ticket does not say all that is needed.
    fn has_to_ask(&self, ticket: &Ticket) -> bool {
        ticket.payload.is_none()
            || ticket.expires_at.is_some()
            || self.is_doubtful(ticket.fence.run)
    }

    async fn cannot_begin(&self, ticket: &Ticket, error: &QueueError) -> ClaimedJob {
        tracing::warn!(task.run_id = %ticket.fence.run, %error, "a run cannot be begun; it is handed back");
        match error.is_retryable() {
            true => self.hand_back(ticket, true).await,
            // It is not the run's fault, and another ticket at once would be refused as well.
            false => ClaimedJob::Refused("the run could not be begun"),
        }
    }

    /// The ticket as the run's row has it now.
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
                .bind(self.worker_id())
                .bind(is_redelivered)
                .bind(key.as_deref())
        };
        let text: Option<String> = retried(|| self.engine().connections.scalar(query())).await?;
        Ok(match text.as_deref().map(Ticket::read) {
            Some(Some(ticket)) => Redeemed::Good(Box::new(ticket)),
            Some(None) => Redeemed::Unreadable,
            None => Redeemed::Stale,
        })
    }

    /// No attempt can be made: its run fails.
    async fn fail(&self, ticket: &Ticket, reason: &str) -> ClaimedJob {
        let outcome = Outcome::not_begun(ticket.fence, self.now(), reason);
        delivered(self.completer().write(outcome).await)
    }

    /// Nothing of the attempt was made.
    async fn hand_back(&self, ticket: &Ticket, is_redelivered: bool) -> ClaimedJob {
        let mut fence = ticket.fence;
        if is_redelivered {
            // Its numbers are those of the delivery that was lost.
            match self.redeem(ticket, false, None).await {
                Ok(Redeemed::Good(read)) => fence = read.fence,
                Ok(Redeemed::Stale) => return ClaimedJob::Done,
                Ok(Redeemed::Unreadable) | Err(_) => {
                    return ClaimedJob::Refused("the run could not be handed back");
                }
            }
        }
        let outcome = Outcome::handed_back(fence, self.now());
        delivered(self.completer().write(outcome).await)
    }

    /// Makes attempts, one after the other as long as a place in a queue is passed on. What becomes of the
    /// first one's ticket; the others have none. An outcome that cannot be written down yet delays no
    /// other run.
    fn make(self: Arc<Self>, begun: Begun) -> BoxFuture<'static, ClaimedJob> {
        Box::pin(async move {
            let mut first = None;
            let mut next = Some(begun);
            while let Some(begun) = next {
                let (left, has_left) = oneshot::channel();
                let (pass_on, mut passed_on) = oneshot::channel();
                let attempt = self.attempt(begun, left, pass_on);
                let attempt = self.tracker().spawn(attempt);
                tokio::select! {
                    biased;
                    // An error is the end of an attempt that was aborted.
                    following = &mut passed_on => next = following.ok().flatten(),
                    Ok(()) = has_left => {
                        // It goes on without a ticket. What follows it has none either.
                        self.tracker().clone().spawn(async move {
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

    /// All of an attempt, from now on to be found among those that run: what became of its outcome. The
    /// run that follows it in its queue is passed on as soon as it has ended.
    fn attempt(
        self: &Arc<Self>,
        begun: Begun,
        left: oneshot::Sender<()>,
        pass_on: oneshot::Sender<Option<Begun>>,
    ) -> impl Future<Output = Settled> + Send + 'static {
        let Begun {
            task,
            ticket,
            slot,
            place,
            quarantine,
        } = begun;
        let slots = Arc::new(RunSlots::new(self, &ticket, slot, place, left));
        let fence = ticket.fence;
        // What could not be read fails as a payload.
        let payload = ticket.payload.unwrap_or_else(|| RawValue::NULL.to_owned());
        let made = Made {
            fence,
            number: ticket.attempt.saturating_add(1),
            // By the database's clock, whatever this machine's says.
            started_at: self.now(),
            worker: self.worker_id().to_owned(),
            unknown_user: match ticket.principal {
                Some(_) => None,
                None => unknown_user(task, &payload),
            },
        };
        let attempt = Attempt {
            run: ticket.info,
            number: made.number,
            payload,
            principal: ticket.principal,
            slots: slots.clone(),
        };
        let (cancellation, attempt) = self.plan().attempt(task, attempt);
        let attempts = self.clone();
        let (attempt, abort) = abortable(async move {
            // Until its outcome is written down, a run that is kept apart is alone.
            let (verdict, _quarantine) = attempts.shown(&made, quarantine, attempt).await;
            let outcome = Outcome::of(made, verdict, attempts.now());
            // Its slot and its place are free while the outcome is written down.
            let (slot, place) = slots.take();
            let (settled, ()) = tokio::join!(attempts.completer().write(outcome), async {
                // Who made the attempt waits for this.
                let _ = pass_on.send(attempts.following(slot, place).await);
            });
            attempts.running().remove(&fence);
            settled
        });
        self.running().insert(
            fence,
            Running {
                cancellation,
                abort,
            },
        );
        // It was cancelled while it was on its way.
        if self.is_doubtful(fence.run) {
            self.look_soon();
        }
        attempt.map(|ended| ended.unwrap_or(Settled::NotWritten))
    }

    /// The run that has the place of one that has ended.
    async fn following(
        &self,
        slot: Option<OwnedSemaphorePermit>,
        place: Option<QueueSlot>,
    ) -> Option<Begun> {
        let (slot, place) = (slot?, place?);
        if self.is_stopping() {
            return None;
        }
        let (ticket, place) = place.next().await?;
        // Only runs of this worker's tasks are given to it.
        let task = *self.plan().tasks.get(ticket.task_id.as_str())?;
        Some(Begun {
            task,
            ticket,
            slot,
            place: Some(place),
            quarantine: None,
        })
    }

    /// The attempt's verdict; the run is shown as EXECUTING if it takes a while. If it ended while it was
    /// kept apart, it still is.
    async fn shown(
        &self,
        made: &Made,
        quarantine: Option<OwnedSemaphorePermit>,
        attempt: impl Future<Output = Verdict>,
    ) -> (Verdict, Option<OwnedSemaphorePermit>) {
        let attempt = guarded(attempt);
        tokio::pin!(attempt);
        if let Some(quarantine) = quarantine {
            // It is shown already.
            let let_out = async {
                tokio::time::sleep(QUARANTINE).await;
                self.completer().out_of_quarantine(made.fence).await;
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
                self.completer().show(Progress::Started { fence, at });
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
        Settled::NotWritten => ClaimedJob::Refused("the outcome is not written down"),
    }
}

/// The task's own panics are caught where it is called; this one is of something it left.
async fn guarded(attempt: impl Future<Output = Verdict>) -> Verdict {
    let verdict = AssertUnwindSafe(attempt).catch_unwind().await;
    verdict.unwrap_or_else(|_| {
        Verdict::Failed(TaskError::abort(
            "the attempt panicked while it was taken down",
        ))
    })
}

/// The concurrency key that only the payload says: the run was triggered from SQL.
fn unknown_key(task: &TaskEntry, ticket: &Ticket) -> Option<String> {
    match (&ticket.concurrency_key, &ticket.payload) {
        (None, Some(payload)) => task.prepare(payload.clone()).ok()?.concurrency_key,
        _ => None,
    }
}

/// Which user a run acts as, if only its payload says so: it was triggered from SQL. A payload that does
/// not parse fails the attempt, and says nothing here.
fn unknown_user(task: &TaskEntry, payload: &RawValue) -> Option<Uuid> {
    match task.prepare(payload.to_owned()).ok()?.principal {
        Principal::User(user) => Some(*user.as_uuid()).filter(|user| !user.is_nil()),
        _ => None,
    }
}
