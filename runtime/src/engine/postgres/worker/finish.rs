//! [`Finisher`]: writes down what came of attempts, many in one statement.
//!
//! An attempt's place is free before this is done; until it is, the run stays among those that the
//! worker has begun, so a crash in between is a crash of the attempt.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::super::database::failure;
use super::super::events::Backoff;
use super::super::store::Postgres;
use super::begin::Beginner;
use super::begun::Begun;
use super::outcome::Outcome;
use crate::engine::QueueError;
use crate::task::RunId;

/// How many outcomes may wait. Then attempts wait before they give back their places, so that a
/// database that is away stops the work instead of filling the memory.
const MOST_WAITING: usize = 1_024;

/// How many are written in one statement.
const MOST: usize = 512;

/// If so many come together, more are gathered.
const MANY: usize = 8;

/// For how long.
const TOGETHER: Duration = Duration::from_millis(3);

/// How long to wait before a try, when the database does not take them. As soon as it is back, runs
/// begin again, and their outcomes would pile up.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// What is to be written down.
#[derive(Debug)]
pub(super) enum Record {
    /// An attempt that takes long enough to be seen has begun.
    Started {
        run: RunId,
        ticket: i32,
        at: DateTime<Utc>,
    },
    /// What came of an attempt.
    Ended(Outcome),
}

#[derive(Debug)]
pub(super) struct Finisher {
    records: mpsc::Sender<Record>,
    actor: AbortOnDropHandle<()>,
    closing: CancellationToken,
    give_up: CancellationToken,
}

impl Finisher {
    pub(super) fn start(engine: &Arc<Postgres>, beginner: &Beginner) -> Self {
        let (records, received) = mpsc::channel(MOST_WAITING);
        let (closing, give_up) = (CancellationToken::new(), CancellationToken::new());
        let actor = Actor {
            engine: engine.clone(),
            begun: beginner.begun().clone(),
            give_up: give_up.clone(),
        };
        Self {
            records,
            actor: AbortOnDropHandle::new(tokio::spawn(actor.run(received, closing.clone()))),
            closing,
            give_up,
        }
    }

    pub(super) fn sender(&self) -> mpsc::Sender<Record> {
        self.records.clone()
    }

    /// Takes no more, and waits until all is written down, up to this long.
    pub(super) async fn close(self, longest: Duration) {
        self.closing.cancel();
        let mut actor = self.actor;
        if tokio::time::timeout(longest, &mut actor).await.is_err() {
            // It ends with the statement it is at.
            self.give_up.cancel();
        }
    }
}

/// Whether there is so much to do that nobody minds if it waits for more.
fn are_many(records: &[Record]) -> bool {
    let is_plain = |record: &Record| match record {
        Record::Started { .. } => true,
        Record::Ended(outcome) => outcome.is_plain(),
    };
    records.len() >= MANY && records.iter().all(is_plain)
}

struct Actor {
    engine: Arc<Postgres>,
    begun: Arc<Begun>,
    give_up: CancellationToken,
}

impl Actor {
    async fn run(self, mut received: mpsc::Receiver<Record>, closing: CancellationToken) {
        let mut records = Vec::with_capacity(MOST);
        loop {
            tokio::select! {
                biased;
                count = received.recv_many(&mut records, MOST) => if count == 0 { return },
                // What is there is still given out.
                () = closing.cancelled(), if !received.is_closed() => received.close(),
            }
            if are_many(&records) {
                tokio::time::sleep(TOGETHER).await;
            }
            while records.len() < MOST
                && let Ok(record) = received.try_recv()
            {
                records.push(record);
            }
            let mut started = Vec::new();
            let (mut plain, mut other) = (Vec::new(), Vec::new());
            for record in records.drain(..) {
                match record {
                    Record::Started { run, ticket, at } => started.push((run, ticket, at)),
                    Record::Ended(outcome) if outcome.is_plain() => plain.push(outcome),
                    Record::Ended(outcome) => other.push(outcome),
                }
            }
            plain.sort_unstable_by_key(|outcome| *outcome.run.as_uuid());
            // One that has ended meanwhile need not be shown as going on.
            started.retain(|(run, ..)| !plain.iter().chain(&other).any(|ended| ended.run == *run));
            // Without the database, it is shown no more.
            let _ = self.until_it_works(|| self.show(&started)).await;
            // Without the database they stay among the runs that were begun, for others to take over.
            if let Some(left) = self.until_it_works(|| self.complete(&plain)).await {
                // Cancelled, or taken over: told apart one by one.
                let is_left = |outcome: &mut Outcome| left.contains(outcome.run.as_uuid());
                other.extend(plain.extract_if(.., is_left));
                let completed = plain.iter().map(|outcome| (outcome.run, outcome.ticket));
                self.begun.remove_all(completed);
            }
            for outcome in &other {
                let settled = self.until_it_works(|| settle(&self.engine, outcome)).await;
                if settled.is_some() {
                    self.begun.remove(outcome.run, outcome.ticket);
                }
            }
        }
    }

    /// `None` if the worker ends without the database.
    async fn until_it_works<T, F>(&self, mut statement: impl FnMut() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, QueueError>>,
    {
        let mut wait = Backoff::up_to(LONGEST_WAIT);
        loop {
            match statement().await {
                Ok(done) => return Some(done),
                Err(error) => {
                    tracing::warn!(%error, "outcomes of runs cannot be written down; trying again");
                }
            }
            tokio::select! {
                () = wait.sleep() => {}
                () = self.give_up.cancelled() => return None,
            }
        }
    }

    async fn show(&self, started: &[(RunId, i32, DateTime<Utc>)]) -> Result<(), QueueError> {
        if started.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = started.iter().map(|(run, ..)| *run.as_uuid()).collect();
        let tickets: Vec<_> = started.iter().map(|(_, ticket, _)| *ticket).collect();
        let times: Vec<_> = started.iter().map(|(.., at)| *at).collect();
        sqlx::query(
            "update supabase_task.runs r
             set status = 'EXECUTING', executing_since = s.at,
               started_at = coalesce(r.started_at, s.at)
             from unnest($1::uuid[], $2::int[], $3::timestamptz[]) as s (id, ticket, at)
             where r.id = s.id and r.ticket = s.ticket and r.status in ('QUEUED', 'DELAYED')",
        )
        .bind(ids)
        .bind(tickets)
        .bind(times)
        .execute(&self.engine.connections.pool)
        .await
        .map_err(failure)
        .map(drop)
    }

    /// Completes runs; gives those that are not completed.
    async fn complete(&self, outcomes: &[Outcome]) -> Result<Vec<Uuid>, QueueError> {
        if outcomes.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = outcomes.iter().map(|o| *o.run.as_uuid()).collect();
        let tickets: Vec<_> = outcomes.iter().map(|o| o.ticket).collect();
        let outputs: Vec<_> = outcomes
            .iter()
            .map(|o| o.output.as_ref().map(|output| output.get()))
            .collect();
        let entries: Vec<_> = outcomes
            .iter()
            .map(|o| o.entry.as_ref().map(|entry| format!("[{entry}]")))
            .collect();
        let times: Vec<_> = outcomes.iter().map(|o| o.started_at).collect();
        // One lock for each run, that of its change. Two workers that have the same runs in hand take
        // them in the order of the ids; if the planner chose another one and they waited for each
        // other crosswise, one of them would be told so and try again.
        let (completed, _told): (i64, i64) = sqlx::query_as(
            "with completed as (
               update supabase_task.runs r set
                 status = 'COMPLETED', attempt = r.attempt + 1, output = e.output::json,
                 attempts = case r.attempts
                   when '[]' then e.entries::jsonb else r.attempts || e.entries::jsonb end,
                 started_at = coalesce(r.started_at, e.started_at), finished_at = now(),
                 executing_since = null
               from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::timestamptz[])
                 as e (id, ticket, output, entries, started_at)
               where r.id = e.id and r.ticket = e.ticket
                 and r.status in ('QUEUED', 'DELAYED', 'EXECUTING', 'WAITING') and not r.holding
               returning r.id, r.awaited
             ), told as (
               select pg_notify('supabase_task', 'ended ' || id) from completed where awaited
             )
             select (select count(*) from completed), (select count(*) from told)",
        )
        .bind(&ids)
        .bind(&tickets)
        .bind(outputs)
        .bind(entries)
        .bind(times)
        .fetch_one(&self.engine.connections.pool)
        .await
        .map_err(failure)?;
        if usize::try_from(completed) == Ok(outcomes.len()) {
            return Ok(Vec::new());
        }
        // One that was completed before, and the answer was lost, is completed.
        sqlx::query_scalar(
            "select e.id from unnest($1::uuid[], $2::int[]) as e (id, ticket)
             where not exists (
               select from supabase_task.runs r
               where r.id = e.id and r.ticket = e.ticket and r.status = 'COMPLETED')",
        )
        .bind(ids)
        .bind(tickets)
        .fetch_all(&self.engine.connections.pool)
        .await
        .map_err(failure)
    }
}

/// Writes one outcome down.
pub(super) async fn settle(engine: &Postgres, outcome: &Outcome) -> Result<(), QueueError> {
    let (auth, user) = outcome.auth.unzip();
    let is_ours: bool = sqlx::query_scalar(
        "select supabase_task.settle(
           $1, $2, $3, $4::text::jsonb, $5::text::json, $6::text::jsonb, $7, $8, $9)",
    )
    .bind(*outcome.run.as_uuid())
    .bind(outcome.ticket)
    .bind(outcome.kind.as_str())
    .bind(outcome.entry.as_deref())
    .bind(outcome.output.as_ref().map(|output| output.get()))
    .bind(outcome.error.as_deref())
    .bind(outcome.retry_milliseconds)
    .bind(auth)
    .bind(user.flatten())
    .fetch_one(&engine.connections.pool)
    .await
    .map_err(failure)?;
    if let Some(Ok(delay)) = outcome.retry_milliseconds.map(u64::try_from) {
        engine.events.issued_for(Duration::from_millis(delay));
    }
    if !is_ours {
        tracing::warn!(
            run_id = %outcome.run,
            outcome = outcome.kind.as_str(),
            "what came of an attempt was dropped: this worker was not heard of for so long \
             that another one took the run over"
        );
    }
    Ok(())
}
