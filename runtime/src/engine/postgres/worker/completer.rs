//! [`Completer`]: stores the outcomes of attempts.
//!
//! Most attempts complete their runs. These outcomes are stored many at a time: while one statement is under
//! way, the next batch gathers. A batch is only an optimization. If the database refuses it, or one of its
//! rows is locked, the batch is split, and each of its runs is written by itself. All other outcomes are
//! written one by one.
//!
//! The caller waits until its outcome is on disk. Until then, graphile_worker keeps the ticket, so a crash in
//! between repeats the attempt.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use uuid::Uuid;

use super::super::backoff::Backoff;
use super::super::core::Postgres;
use super::super::failure::{is_about_statement, is_locked};
use super::super::rows::get;
use super::outcome::Outcome;
use super::ticket::Fence;
use crate::engine::{QueueError, spans};

/// How many records may wait. Each attempt waits for its own record, so there are hardly more records than
/// attempts.
const MOST_WAITING: usize = 1_024;

/// How many outcomes are written in one statement.
const MOST: usize = 512;

/// Roughly how many bytes of outputs are written in one statement.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// How often a batch is tried that PostgreSQL refuses for a transient reason, before it is split.
const TRIES_TOGETHER: u32 = 3;

/// How often a single outcome is tried that PostgreSQL refuses for a transient reason, before the run fails.
/// A locked row does not count.
const TRIES_ALONE: u32 = 20;

/// The longest wait between tries. When the database is back, runs begin again at once, and their outcomes
/// would pile up.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// The result of writing an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// It is stored, or the run was already over with this delivery.
    Done,
    /// The run has another ticket, or is over: nothing is left to do for this ticket.
    Stale,
    /// Another worker has the ticket.
    Taken,
    /// It could not be stored: the worker ends, or the database refuses even the failure of the run.
    NotWritten,
}

/// An attempt that is shown as running since this time in its run's row.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) fence: Fence,
    pub(super) at: DateTime<Utc>,
}

enum Record {
    Started(Started),
    Completed(Completed),
}

/// The outcome of a completed run. It is sent back if it has to be written by itself.
type Completed = (Outcome, oneshot::Sender<Option<Outcome>>);

#[derive(Debug)]
pub(super) struct Completer {
    engine: Arc<Postgres>,
    worker: String,
    records: mpsc::Sender<Record>,
    give_up: CancellationToken,
    actor: AbortOnDropHandle<()>,
}

impl Completer {
    /// Starts the actor. `give_up` ends all retries.
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

    /// Returns whether the actor has ended, which happens only if it panics.
    pub(super) fn has_ended(&self) -> bool {
        self.actor.is_finished()
    }

    /// Shows an attempt as running at some later time. Nothing waits for it.
    pub(super) fn show(&self, started: Started) {
        // If the channel is full, it is not shown.
        let _ = self.records.try_send(Record::Started(started));
    }

    /// Ends the quarantine of an attempt. Returns once this is on disk: the next quarantined attempt may kill
    /// the process, and this one would be blamed for it.
    pub(super) async fn out_of_quarantine(&self, fence: Fence) {
        let mut backoff = Backoff::up_to(LONGEST_WAIT);
        loop {
            let query = sqlx::query(
                "update supabase_task.runs set quarantined = false
                 where id = $1 and ticket = $2 and delivery = $3",
            );
            match self.engine.connections.execute(fence.bind(query)).await {
                Ok(_) => return,
                Err(error) if backoff.should_log() => {
                    tracing::warn!(task.run_id = %fence.run, %error, "a run cannot be let out of its quarantine; trying again");
                }
                Err(_) => {}
            }
            let slept = self.give_up.run_until_cancelled(backoff.sleep()).await;
            if slept.is_none() {
                return;
            }
        }
    }

    /// Writes an outcome, and returns once it is on disk.
    pub(super) async fn write(&self, outcome: Outcome) -> Settled {
        let alone = match outcome.can_batch() {
            false => outcome,
            true => {
                let (reply, answer) = oneshot::channel();
                let record = Record::Completed((outcome, reply));
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
            let settled = settle(&self.engine, &outcome);
            match settled.instrument(spans::complete(1)).await {
                Ok(settled) => {
                    if settled != Settled::Done && outcome.entry.is_some() {
                        tracing::warn!(
                            task.run_id = %run,
                            worker.id = self.worker,
                            outcome = outcome.kind.as_str(),
                            "the outcome of an attempt was dropped: this worker was silent for so long \
                             that another one took the run over"
                        );
                    }
                    return settled;
                }
                Err(error) if may_pass(&error, tries) => {
                    if backoff.should_log() {
                        tracing::warn!(task.run_id = %run, %error, "the outcome of a run cannot be stored; trying again");
                    }
                }
                Err(error) if is_refused => {
                    tracing::error!(task.run_id = %run, %error, "the database refuses even the failure of a run: its ticket is delivered again later");
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
            let slept = self.give_up.run_until_cancelled(backoff.sleep()).await;
            if slept.is_none() {
                return Settled::NotWritten;
            }
        }
    }
}

struct Actor {
    engine: Arc<Postgres>,
    worker: String,
    give_up: CancellationToken,
}

impl Actor {
    /// Writes one statement at a time. While it is under way, the next batch gathers.
    async fn run(self, mut received: mpsc::Receiver<Record>) {
        let mut records = Vec::with_capacity(MOST);
        while received.recv_many(&mut records, MOST).await > 0 {
            self.write(records.drain(..)).await;
        }
    }

    async fn write(&self, records: impl Iterator<Item = Record>) {
        let (mut started, mut completed) = (Vec::new(), Vec::new());
        for record in records {
            match record {
                Record::Started(attempt) => started.push(attempt),
                Record::Completed(run) => completed.push(run),
            }
        }
        self.show(started).await;
        // Two workers that write the same runs lock them in the same order.
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

    /// Completes runs together, and returns to their callers those that must be written alone.
    async fn complete_all(&self, batch: Vec<Completed>) {
        let mut backoff = Backoff::up_to(LONGEST_WAIT);
        let mut tries = 0;
        let left = loop {
            tries += 1;
            let completed = complete(&self.engine, batch.iter().map(|(outcome, _)| outcome));
            match completed.instrument(spans::complete(batch.len())).await {
                Ok(left) => break left,
                Err(error) if is_about_all(&error, tries) && !self.give_up.is_cancelled() => {
                    if backoff.should_log() {
                        tracing::warn!(%error, runs = batch.len(), worker.id = self.worker, "outcomes of runs cannot be stored; trying again");
                    }
                    self.give_up.run_until_cancelled(backoff.sleep()).await;
                }
                // One of them is refused or locked. Written by itself, it does not delay the others.
                Err(error) => {
                    tracing::debug!(%error, runs = batch.len(), "a batch of outcomes is split");
                    break batch
                        .iter()
                        .map(|(outcome, _)| *outcome.fence.run.as_uuid())
                        .collect();
                }
            }
        };
        for (outcome, reply) in batch {
            let is_left = left.contains(outcome.fence.run.as_uuid());
            // The caller may be gone because the worker ends.
            let _ = reply.send(is_left.then_some(outcome));
        }
    }

    /// Shows attempts as EXECUTING. If the database is down, they are not shown.
    async fn show(&self, started: Vec<Started>) {
        let Err(error) = self.show_all(&started).await else {
            return;
        };
        tracing::debug!(%error, "running attempts cannot be shown");
        if is_about_statement(&error) && started.len() > 1 {
            // One of them is refused.
            for one in &started {
                if let Err(error) = self.show_all(std::slice::from_ref(one)).await {
                    tracing::debug!(%error, "a running attempt cannot be shown");
                }
            }
        }
    }

    /// Skips locked rows: nothing waits for this.
    async fn show_all(&self, started: &[Started]) -> Result<(), QueueError> {
        if started.is_empty() {
            return Ok(());
        }
        let times: Vec<_> = started.iter().map(|started| started.at).collect();
        let (runs, tickets, deliveries): (Vec<_>, Vec<_>, Vec<_>) = started
            .iter()
            .map(|started| started.fence.columns())
            .collect();
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
            .bind(runs)
            .bind(tickets)
            .bind(deliveries)
            .bind(times)
            .bind(&self.worker);
        self.engine.connections.execute(query).await.map(drop)
    }
}

/// Returns whether an error is about the database, and not about one of the runs.
fn is_about_all(error: &QueueError, tries: u32) -> bool {
    error.is_retryable()
        && !is_locked(error)
        && !(is_about_statement(error) && tries >= TRIES_TOGETHER)
}

/// Returns whether the database may accept the outcome later.
fn may_pass(error: &QueueError, tries: u32) -> bool {
    error.is_retryable() && (is_locked(error) || !is_about_statement(error) || tries < TRIES_ALONE)
}

/// Completes runs, and returns those that were not completed.
async fn complete(
    engine: &Postgres,
    outcomes: impl Iterator<Item = &Outcome>,
) -> Result<Vec<Uuid>, QueueError> {
    let (mut fences, mut outputs, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    let (mut times, mut users) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        fences.push(outcome.fence.columns());
        outputs.push(outcome.output.as_ref().map(|output| output.get()));
        entries.push(outcome.entry.as_ref().map(|entry| format!("[{entry}]")));
        times.push(outcome.started_at);
        users.push(outcome.user);
    }
    let (ids, tickets, deliveries): (Vec<_>, Vec<_>, Vec<_>) = fences.into_iter().collect();
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
    // A run that an earlier try completed, whose response was lost, counts as completed.
    let query = sqlx::query(
        "select e.id from unnest($1::uuid[], $2::int[], $3::int[]) as e (id, ticket, delivery)
         where not exists (
           select from supabase_task.runs r
           where r.id = e.id and r.ticket = e.ticket and r.delivery = e.delivery
             and r.status = 'COMPLETED')",
    );
    let query = query.bind(ids).bind(tickets).bind(deliveries);
    let rows = engine.connections.rows(query).await?;
    rows.iter().map(|row| get(row, "id")).collect()
}

/// Writes one outcome.
async fn settle(engine: &Postgres, outcome: &Outcome) -> Result<Settled, QueueError> {
    let query = sqlx::query(
        "select supabase_task.settle(
           $1, $2, $3, $4, $5::text::jsonb, $6::text::json, $7::text::jsonb, $8, $9)",
    );
    let query = outcome.fence.bind(query);
    let query = query
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
