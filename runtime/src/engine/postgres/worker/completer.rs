//! [`Completer`]: writes down what came of attempts.
//!
//! Runs that completed are written many in one statement. A batch is only a faster way: one that the
//! database refuses, or that meets a row that somebody has locked, comes apart, and each of its runs is
//! written by itself. Whoever made the attempt waits until its outcome is on the disk: until then its
//! ticket stays with graphile_worker, so a crash in between is a crash of the attempt.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::super::backoff::Backoff;
use super::super::core::Postgres;
use super::super::failure::{is_about_statement, is_locked};
use super::outcome::Outcome;
use super::ticket::Fence;
use crate::engine::QueueError;

/// How many records may wait. Those who make attempts wait for each, so there are hardly more than
/// attempts.
const MOST_WAITING: usize = 1_024;

/// How many are written in one statement,
const MOST: usize = 512;

/// and how many bytes of outputs, about.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// How often what PostgreSQL has refused for a reason that may pass is tried for runs together; then each is
/// tried by itself,
const TRIES_TOGETHER: u32 = 3;

/// and how often by itself, unless somebody has locked the run: what does not pass fails the run.
const TRIES_ALONE: u32 = 20;

/// How long to wait before a try, when the database does not take them. As soon as it is back, runs
/// begin again, and their outcomes would pile up.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// What became of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// It is written down.
    Done,
    /// Another ticket of the run counts, or it is over: nothing is left to do for this one.
    Stale,
    /// Another worker has the ticket.
    Taken,
    /// It could not be written down: the worker ends, or the database refuses whatever is tried.
    NotWritten,
}

/// What is shown of an attempt that takes a while.
#[derive(Debug)]
pub(super) enum Progress {
    /// It goes on since then.
    Started { fence: Fence, at: DateTime<Utc> },
}

enum Record {
    Progress(Progress),
    Completed {
        outcome: Outcome,
        /// The outcome is given back if it has to be written by itself.
        reply: oneshot::Sender<Option<Outcome>>,
    },
}

/// Writes down what came of attempts.
#[derive(Debug)]
pub(super) struct Completer {
    engine: Arc<Postgres>,
    worker: String,
    records: mpsc::Sender<Record>,
    give_up: CancellationToken,
    actor: AbortOnDropHandle<()>,
}

impl Completer {
    /// `give_up` ends all tries.
    pub(super) fn start(engine: &Arc<Postgres>, worker: &str, give_up: CancellationToken) -> Self {
        let (records, received) = mpsc::channel(MOST_WAITING);
        let actor = Actor {
            engine: engine.clone(),
            worker: worker.to_owned(),
            give_up: give_up.clone(),
        };
        Self {
            engine: engine.clone(),
            worker: worker.to_owned(),
            records,
            give_up,
            actor: AbortOnDropHandle::new(tokio::spawn(actor.run(received))),
        }
    }

    /// Ready when the actor has ended, which it does only if it panics.
    pub(super) fn has_ended(&self) -> bool {
        self.actor.is_finished()
    }

    /// Shows how far an attempt is, some time: nothing waits for it.
    pub(super) fn show(&self, progress: Progress) {
        // With so many before it, it is not shown.
        let _ = self.records.try_send(Record::Progress(progress));
    }

    /// Writes down that an attempt is no longer kept apart. Ready once it is on the disk: who is let in next
    /// may take the process with it, and this one would be blamed.
    pub(super) async fn out_of_quarantine(&self, fence: Fence) {
        let mut backoff = Backoff::up_to(LONGEST_WAIT);
        loop {
            let query = sqlx::query(
                "update supabase_task.runs set quarantined = false
                 where id = $1 and ticket = $2 and delivery = $3",
            );
            let query = query
                .bind(*fence.run.as_uuid())
                .bind(fence.ticket)
                .bind(fence.delivery);
            match self.engine.connections.execute(query).await {
                Ok(_) => return,
                Err(error) if backoff.should_log() => {
                    tracing::warn!(task.run_id = %fence.run, %error, "a run cannot be let out of its quarantine; trying again");
                }
                Err(_) => {}
            }
            tokio::select! {
                () = backoff.sleep() => {}
                () = self.give_up.cancelled() => return,
            }
        }
    }

    /// Writes an outcome down. Ready once it is on the disk.
    pub(super) async fn write(&self, outcome: Outcome) -> Settled {
        let alone = match outcome.can_batch() {
            false => outcome,
            true => {
                let (reply, answer) = oneshot::channel();
                let record = Record::Completed { outcome, reply };
                if self.records.send(record).await.is_err() {
                    return Settled::NotWritten;
                }
                match answer.await {
                    Ok(None) => return Settled::Done,
                    Ok(Some(outcome)) => outcome,
                    Err(_) => return Settled::NotWritten,
                }
            }
        };
        self.write_alone(alone).await
    }

    async fn write_alone(&self, mut outcome: Outcome) -> Settled {
        let run = outcome.fence.run;
        let mut backoff = Backoff::up_to(LONGEST_WAIT);
        let mut is_refused = false;
        let mut tries = 0;
        loop {
            tries += 1;
            match settle(&self.engine, &outcome).await {
                Ok(settled) => {
                    if settled != Settled::Done && outcome.entry.is_some() {
                        tracing::warn!(
                            task.run_id = %run,
                            worker.id = self.worker,
                            outcome = outcome.kind.as_str(),
                            "what came of an attempt was dropped: this worker was not heard of for so \
                             long that another one took the run over"
                        );
                    }
                    return settled;
                }
                Err(error) if may_pass(&error, tries) => {
                    if backoff.should_log() {
                        tracing::warn!(task.run_id = %run, %error, "the outcome of a run cannot be written down; trying again");
                    }
                }
                Err(error) if is_refused => {
                    tracing::error!(task.run_id = %run, %error, "the database refuses that a run has failed: its ticket is delivered again later");
                    return Settled::NotWritten;
                }
                Err(error) => {
                    tracing::warn!(task.run_id = %run, %error, "the database refuses the outcome of a run: the run is FAILED");
                    outcome.refused(&error.to_string());
                    is_refused = true;
                    tries = 0;
                    continue;
                }
            }
            tokio::select! {
                () = backoff.sleep() => {}
                () = self.give_up.cancelled() => return Settled::NotWritten,
            }
        }
    }
}

struct Actor {
    engine: Arc<Postgres>,
    worker: String,
    give_up: CancellationToken,
}

type Completed = (Outcome, oneshot::Sender<Option<Outcome>>);

impl Actor {
    /// One statement at a time: while it is under way, more come together for the next.
    async fn run(self, mut received: mpsc::Receiver<Record>) {
        let mut records = Vec::with_capacity(MOST);
        while received.recv_many(&mut records, MOST).await > 0 {
            self.write(records.drain(..)).await;
        }
    }

    async fn write(&self, records: impl Iterator<Item = Record>) {
        let mut progress = Vec::new();
        let mut completed: Vec<Completed> = Vec::new();
        for record in records {
            match record {
                Record::Progress(shown) => progress.push(shown),
                Record::Completed { outcome, reply } => completed.push((outcome, reply)),
            }
        }
        self.show(progress).await;
        // Two workers that have the same runs take them in the same order.
        completed.sort_unstable_by_key(|(outcome, _)| outcome.fence.run);
        while !completed.is_empty() {
            let mut bytes = 0;
            let fits = completed.iter().take_while(|(outcome, _)| {
                bytes += outcome.size();
                bytes <= MOST_BYTES
            });
            let count = fits.count().max(1);
            self.complete_all(completed.drain(..count).collect()).await;
        }
    }

    /// Completes runs together; those that are left are given back.
    async fn complete_all(&self, batch: Vec<Completed>) {
        let mut backoff = Backoff::up_to(LONGEST_WAIT);
        let mut tries = 0;
        let left = loop {
            tries += 1;
            match complete(&self.engine, batch.iter().map(|(outcome, _)| outcome)).await {
                Ok(left) => break left,
                Err(error) if is_about_all(&error, tries) && !self.give_up.is_cancelled() => {
                    if backoff.should_log() {
                        tracing::warn!(%error, runs = batch.len(), worker.id = self.worker, "outcomes of runs cannot be written down; trying again");
                    }
                    tokio::select! {
                        () = backoff.sleep() => {}
                        () = self.give_up.cancelled() => {}
                    }
                }
                // One of them is refused or locked: by itself, it delays nobody else.
                Err(error) => {
                    tracing::debug!(%error, runs = batch.len(), "a batch of outcomes comes apart");
                    break batch
                        .iter()
                        .map(|(outcome, _)| *outcome.fence.run.as_uuid())
                        .collect();
                }
            }
        };
        for (outcome, reply) in batch {
            let is_left = left.contains(outcome.fence.run.as_uuid());
            // Who made the attempt may be gone: the worker ends.
            let _ = reply.send(is_left.then_some(outcome));
        }
    }

    /// Shows attempts as EXECUTING. Without the database, they are not shown.
    async fn show(&self, progress: Vec<Progress>) {
        let Err(error) = self.show_all(&progress).await else {
            return;
        };
        tracing::debug!(%error, "attempts that go on cannot be shown");
        if is_about_statement(&error) && progress.len() > 1 {
            // One of them is refused.
            for shown in &progress {
                if let Err(error) = self.show_all(std::slice::from_ref(shown)).await {
                    tracing::debug!(%error, "an attempt that goes on cannot be shown");
                }
            }
        }
    }

    /// Those that somebody has locked are not shown: nothing waits for it.
    async fn show_all(&self, progress: &[Progress]) -> Result<(), QueueError> {
        let mut started = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for Progress::Started { fence, at } in progress {
            started.0.push(*fence.run.as_uuid());
            started.1.push(fence.ticket);
            started.2.push(fence.delivery);
            started.3.push(*at);
        }
        if started.0.is_empty() {
            return Ok(());
        }
        let query = sqlx::query(
            "update supabase_task.runs r
             set status = 'EXECUTING', worker = $5, executing_since = s.at,
               started_at = coalesce(r.started_at, s.at), pending_expiry = null
             from unnest($1::uuid[], $2::int[], $3::int[], $4::timestamptz[])
               as s (id, ticket, delivery, at)
             where r.id = s.id and r.ticket = s.ticket and r.delivery = s.delivery
               and r.status in ('QUEUED', 'DELAYED')
               and r.parked_order is null and r.ticket_at is null
               and r.id in (
                 select id from supabase_task.runs where id = any ($1) for update skip locked)",
        );
        let query = query
            .bind(started.0)
            .bind(started.1)
            .bind(started.2)
            .bind(started.3)
            .bind(&self.worker);
        self.engine.connections.execute(query).await?;
        Ok(())
    }
}

/// Whether an error says something about the database, and not about one of the runs.
fn is_about_all(error: &QueueError, tries: u32) -> bool {
    error.is_retryable()
        && !is_locked(error)
        && !(is_about_statement(error) && tries >= TRIES_TOGETHER)
}

/// Whether a run's outcome may be taken later.
fn may_pass(error: &QueueError, tries: u32) -> bool {
    error.is_retryable() && (is_locked(error) || !is_about_statement(error) || tries < TRIES_ALONE)
}

/// Completes runs; gives those that are not completed.
async fn complete(
    engine: &Postgres,
    outcomes: impl Iterator<Item = &Outcome>,
) -> Result<Vec<Uuid>, QueueError> {
    let (mut ids, mut tickets, mut deliveries) = (Vec::new(), Vec::new(), Vec::new());
    let (mut outputs, mut entries) = (Vec::new(), Vec::new());
    let (mut times, mut users) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        ids.push(*outcome.fence.run.as_uuid());
        tickets.push(outcome.fence.ticket);
        deliveries.push(outcome.fence.delivery);
        outputs.push(outcome.output.as_ref().map(|output| output.get()));
        entries.push(outcome.entry.as_ref().map(|entry| format!("[{entry}]")));
        times.push(outcome.started_at);
        users.push(outcome.user);
    }
    let query = sqlx::query("select supabase_task.complete($1, $2, $3, $4, $5, $6, $7)")
        .bind(&ids)
        .bind(&tickets)
        .bind(&deliveries)
        .bind(outputs)
        .bind(entries)
        .bind(times)
        .bind(users);
    let completed: i64 = engine.connections.scalar(query).await?;
    if usize::try_from(completed) == Ok(ids.len()) {
        return Ok(Vec::new());
    }
    // One that was completed before, and the answer was lost, is completed.
    let query = sqlx::query(
        "select e.id from unnest($1::uuid[], $2::int[], $3::int[]) as e (id, ticket, delivery)
         where not exists (
           select from supabase_task.runs r
           where r.id = e.id and r.ticket = e.ticket and r.delivery = e.delivery
             and r.status = 'COMPLETED')",
    );
    let rows = engine
        .connections
        .rows(query.bind(ids).bind(tickets).bind(deliveries))
        .await?;
    rows.iter()
        .map(|row| super::super::rows::get(row, "id"))
        .collect()
}

/// Writes one outcome down.
async fn settle(engine: &Postgres, outcome: &Outcome) -> Result<Settled, QueueError> {
    let query = sqlx::query(
        "select supabase_task.settle(
           $1, $2, $3, $4, $5::text::jsonb, $6::text::json, $7::text::jsonb, $8, $9)",
    )
    .bind(*outcome.fence.run.as_uuid())
    .bind(outcome.fence.ticket)
    .bind(outcome.fence.delivery)
    .bind(outcome.kind.as_str())
    .bind(outcome.entry.as_deref())
    .bind(outcome.output.as_ref().map(|output| output.get()))
    .bind(outcome.error.as_deref())
    .bind(outcome.retry_milliseconds)
    .bind(outcome.user);
    let settled: String = engine.connections.scalar(query).await?;
    if let Some(Ok(delay)) = outcome.retry_milliseconds.map(u64::try_from) {
        engine.events.issued_for(Duration::from_millis(delay));
    }
    match settled.as_str() {
        "DONE" => Ok(Settled::Done),
        "STALE" => Ok(Settled::Stale),
        "TAKEN" => Ok(Settled::Taken),
        other => Err(QueueError::Migration(format!(
            "`supabase_task.settle` answered `{other}`, which this version does not know: update the \
             library in this program"
        ))),
    }
}
