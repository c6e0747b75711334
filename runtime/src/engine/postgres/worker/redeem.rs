//! From a ticket to an attempt in a task of its own.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::FutureExt;
use futures_util::future::abortable;
use tokio::sync::oneshot;

use super::super::database::failure;
use super::super::events::Backoff;
use super::super::store::retried;
use super::attempts::{Attempts, Running};
use super::deliveries::Delivered;
use super::fetch::{BeginRow, Content};
use super::finish::{Record, settle};
use super::outcome::{Made, Outcome};
use super::places::RunPlaces;
use super::plain::PlainRun;
use crate::auth::Principal;
use crate::engine::QueueError;
use crate::engine::worker::Attempt;
use crate::task::{TaskEntry, TaskError, Verdict};

/// An attempt that takes longer than this is shown as EXECUTING. For shorter ones a write of their
/// own would be half of the work.
const SHOWN_AFTER: Duration = Duration::from_millis(50);

/// What a ticket was not redeemed for: it is delivered again.
#[derive(Debug)]
pub(crate) struct NotRedeemed;

impl Attempts {
    /// Makes the attempt of a ticket, if it is good, and returns once its place in the worker is
    /// free again: when the attempt has ended, or waits for another run.
    pub(crate) async fn redeem(
        self: &Arc<Self>,
        task_id: &str,
        job: i64,
    ) -> Result<(), NotRedeemed> {
        let deliveries = self.beginner().deliveries();
        let Some(delivered) = deliveries.take(job) else {
            // It was given back meanwhile, or it was not fetched in the way it should.
            return match deliveries.is_removed(job) {
                true => Ok(()),
                false => Err(NotRedeemed),
            };
        };
        let Delivered {
            was_handed_out,
            place,
            content,
        } = delivered;
        let task = match self.plan().tasks.get(task_id) {
            Some(task) if !self.is_stopping() => *task,
            _ => return self.hand_back(content).await,
        };
        let (row, plain) = match content {
            Content::Run {
                run,
                ticket,
                row: None,
            } => {
                self.begun().remove(run, ticket);
                return Ok(());
            }
            Content::Run {
                run,
                ticket,
                row: Some(row),
            } => match self.may_begin(task, ticket, &row, was_handed_out).await {
                Ok(true) => (row, None),
                Ok(false) => {
                    self.begun().remove(run, ticket);
                    return Ok(());
                }
                Err(error) => {
                    tracing::warn!(run_id = %run, %error, "a run cannot be begun; its ticket goes back");
                    let row = Some(row);
                    return self.hand_back(Content::Run { run, ticket, row }).await;
                }
            },
            Content::Plain { run, plain } => {
                let not_redeemed = |error: QueueError| {
                    tracing::warn!(run_id = %run, %error, "a run cannot be begun; its ticket goes back");
                    NotRedeemed
                };
                if was_handed_out {
                    let lost = retried(|| async { plain.lost(self.engine()).await }).await;
                    return lost.map_err(not_redeemed);
                }
                let row = plain.row(run).map_err(not_redeemed)?;
                (Box::new(row), Some(plain))
            }
            Content::Strange => {
                tracing::warn!(
                    task.id = task_id,
                    job,
                    "a job of graphile_worker has the name of a task, and is no run of it: \
                     trigger the task instead"
                );
                return Err(NotRedeemed);
            }
        };
        let (run, ticket) = (row.info.id, row.ticket);
        let is_limited = plain.is_none() && self.is_limited(task);
        let (free, is_free) = oneshot::channel();
        let places = Arc::new(RunPlaces::new(self, run, ticket, place, free, plain));
        let attempt = self.attempt(task, *row, is_limited, places);
        self.until_free(attempt, is_free).await;
        Ok(())
    }

    /// Nothing of the attempt was made.
    async fn hand_back(&self, content: Content) -> Result<(), NotRedeemed> {
        match content {
            Content::Run { run, ticket, .. } => {
                let outcome = Outcome::handed_back(run, ticket);
                self.record(Record::Ended(outcome)).await;
                Ok(())
            }
            Content::Plain { run, plain } => {
                let outcome = Outcome::handed_back(run, 1);
                self.settle_plain(&plain, &outcome).await;
                Ok(())
            }
            Content::Strange => Err(NotRedeemed),
        }
    }

    /// Gives a run without a history a row, with what came of its attempt. Its ticket is there until
    /// this is done, so nothing is lost if it never is.
    async fn settle_plain(&self, plain: &PlainRun, outcome: &Outcome) {
        let mut wait = Backoff::new();
        loop {
            let kept = match plain.keep(self.engine()).await {
                Ok(()) => settle(self.engine(), outcome).await,
                Err(error) => Err(error),
            };
            match kept {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(run_id = %outcome.run, %error, "an outcome cannot be written down; trying again");
                    wait.sleep().await;
                }
            }
        }
    }

    /// Whether the ticket is good. What only the database can tell is asked only when it matters.
    async fn may_begin(
        &self,
        task: &TaskEntry,
        ticket: i32,
        row: &BeginRow,
        was_handed_out: bool,
    ) -> Result<bool, QueueError> {
        if row.ticket != ticket {
            return Ok(false);
        }
        let is_late = row.expires_at.is_some_and(|end| end <= Utc::now()) && row.attempt == 0;
        let is_limited = self.is_limited(task);
        if !(was_handed_out || is_late || is_limited) {
            return Ok(!row.status.is_final());
        }
        // A trigger from SQL cannot know the key.
        let key = match is_limited && row.concurrency_key.is_none() {
            true => concurrency_key(task, row),
            false => None,
        };
        let answer = retried(|| async {
            sqlx::query_scalar::<_, String>("select supabase_task.begin_run($1, $2, $3, $4)")
                .bind(self.worker_id())
                .bind(*row.info.id.as_uuid())
                .bind(ticket)
                .bind(key.as_deref())
                .fetch_one(&self.engine().connections.pool)
                .await
                .map_err(failure)
        });
        Ok(answer.await? == "GO")
    }

    /// Makes the attempt, until it has ended or waits for another run. Then it goes on by itself.
    async fn until_free(
        &self,
        attempt: impl Future<Output = ()> + Send + 'static,
        is_free: oneshot::Receiver<()>,
    ) {
        let mut attempt = Box::pin(self.tracker().track_future(attempt));
        tokio::select! {
            biased;
            () = &mut attempt => {}
            // An error is the end of the attempt as well.
            _ = is_free => drop(tokio::spawn(attempt)),
        }
    }

    /// All of an attempt, from now on to be found among those that run.
    fn attempt(
        self: &Arc<Self>,
        task: &'static TaskEntry,
        row: BeginRow,
        is_limited: bool,
        places: Arc<RunPlaces>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (run, ticket) = (row.info.id, row.ticket);
        let made = Made {
            run,
            ticket,
            number: row.attempt + 1,
            started_at: Utc::now(),
            worker: self.worker_id().to_owned(),
            unknown_principal: unknown_principal(task, &row),
            is_limited,
        };
        let attempt = Attempt {
            run: row.info,
            number: made.number,
            payload: row.payload,
            principal: row.principal,
            places: places.clone(),
        };
        let (cancellation, attempt) = self.plan().attempt(task, attempt);
        let attempts = self.clone();
        let token = cancellation.clone();
        let (attempt, abort) = abortable(async move {
            if attempts.begun().is_canceled(run, ticket) {
                token.cancel();
            }
            let verdict = match places.is_plain() {
                // There is no row to show it in.
                true => guarded(attempt).await,
                false => attempts.shown(&made, attempt).await,
            };
            match (places.take_plain(), verdict) {
                // Its ticket is used up, and that is all.
                (Some(_), Verdict::Completed(_)) => {}
                (Some(plain), verdict) => {
                    attempts
                        .settle_plain(&plain, &Outcome::of(made, verdict))
                        .await;
                }
                (None, verdict) => {
                    let outcome = Outcome::of(made, verdict);
                    attempts.record(Record::Ended(outcome)).await;
                }
            }
            attempts.running().remove(&(run, ticket));
            places.ended();
        });
        let running = Running {
            cancellation,
            abort,
        };
        self.running().insert((run, ticket), running);
        attempt.map(drop)
    }

    /// The attempt's verdict; the run is shown as EXECUTING if it takes a while.
    async fn shown(&self, made: &Made, attempt: impl Future<Output = Verdict>) -> Verdict {
        let attempt = guarded(attempt);
        tokio::pin!(attempt);
        tokio::select! {
            biased;
            verdict = &mut attempt => verdict,
            () = tokio::time::sleep(SHOWN_AFTER) => {
                let (run, ticket, at) = (made.run, made.ticket, made.started_at);
                self.record(Record::Started { run, ticket, at }).await;
                attempt.await
            }
        }
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

/// Who a run acts as, if only its payload says so: it was triggered from SQL. A payload that does not
/// parse fails the attempt, and says nothing here.
fn unknown_principal(task: &TaskEntry, row: &BeginRow) -> Option<Principal> {
    match row.principal {
        Some(_) => None,
        None => Some(task.prepare(row.payload.clone()).ok()?.principal),
    }
}

fn concurrency_key(task: &TaskEntry, row: &BeginRow) -> Option<String> {
    task.prepare(row.payload.clone()).ok()?.concurrency_key
}
