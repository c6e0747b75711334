//! [`Beginner`]: writes down which runs this worker has begun, before it begins them.
//!
//! After a crash, what is written here tells the runs whose attempts died from those that had only
//! been fetched. It is one row of one table for each worker, so beginning a run costs no write of its
//! own. It does not wait for the disk: a run's ticket is there until its outcome is written down, so
//! if the *server* crashes and forgets that a run had begun, the ticket still tells of the run, and all
//! that is lost is that the attempt counts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::super::database::failure;
use super::super::events::Backoff;
use super::super::rows;
use super::super::store::Postgres;
use super::arrivals::{Arrivals, InHand};
use super::begun::Begun;
use crate::auth::Principal;
use crate::engine::{QueueError, RunStatus};
use crate::task::{RunId, RunInfo};

/// How many tickets are begun in one statement at most.
const MOST: usize = 512;

/// How long tickets that were handed out together may be apart.
const TOGETHER: Duration = Duration::from_millis(2);

/// A run as it was when it was begun.
pub(super) struct BeginRow {
    pub(super) status: RunStatus,
    pub(super) ticket: i32,
    pub(super) attempt: u32,
    pub(super) payload: Box<RawValue>,
    pub(super) principal: Option<Principal>,
    pub(super) concurrency_key: Option<String>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) info: RunInfo,
}

/// What came of asking for a run.
pub(super) enum Beginning {
    Run(Box<BeginRow>),
    /// It is gone.
    NoSuchRun,
    /// This worker has this very ticket in hand: it lost the connection, was taken for dead, or
    /// graphile_worker was started again.
    BegunBefore,
}

enum Message {
    Begin {
        run: RunId,
        ticket: i32,
        reply: oneshot::Sender<Beginning>,
    },
    /// Say that the worker lives.
    Heartbeat,
    /// The worker ends.
    SignOff(oneshot::Sender<()>),
}

/// The one who writes the worker's row: from one place, so that an older state never overwrites a
/// newer one.
#[derive(Clone, Debug)]
pub(super) struct Beginner {
    messages: mpsc::Sender<Message>,
    begun: Arc<Begun>,
    arrivals: Arc<Arrivals>,
    heard: watch::Receiver<Heard>,
    _actor: Arc<AbortOnDropHandle<()>>,
}

impl Beginner {
    pub(super) fn start(engine: &Arc<Postgres>, worker_id: &str, places: usize) -> Self {
        let (messages, received) = mpsc::channel(MOST);
        let begun = Arc::new(Begun::default());
        let arrivals = Arc::new(Arrivals::new(places));
        let (hear, heard) = watch::channel(Heard::default());
        let actor = Actor {
            engine: engine.clone(),
            worker_id: worker_id.to_owned(),
            begun: begun.clone(),
            arrivals: arrivals.clone(),
            hear,
        };
        let actor = AbortOnDropHandle::new(tokio::spawn(actor.run(received)));
        Self {
            messages,
            begun,
            arrivals,
            heard,
            _actor: Arc::new(actor),
        }
    }

    pub(super) fn begun(&self) -> &Arc<Begun> {
        &self.begun
    }

    pub(super) fn arrivals(&self) -> &Arc<Arrivals> {
        &self.arrivals
    }

    /// Whether the database heard this worker all the time for this long. While it did not, it may
    /// not have heard the others either, and their silence says nothing.
    pub(super) fn was_heard(&self, time: Duration) -> bool {
        self.heard.borrow().without_gap(time)
    }

    /// Marks the run as begun, and reads it. `Err` if the worker ends before the database is there.
    pub(super) async fn begin(
        &self,
        run: RunId,
        ticket: i32,
        in_hand: Option<&mut InHand>,
    ) -> Result<Beginning, Ending> {
        let (reply, row) = oneshot::channel();
        let message = Message::Begin { run, ticket, reply };
        self.messages.send(message).await.map_err(|_| Ending)?;
        if let Some(in_hand) = in_hand {
            in_hand.arrived();
        }
        row.await.map_err(|_| Ending)
    }

    pub(super) async fn heartbeat(&self) {
        // The worker ends: nobody needs to hear that it lives.
        let _ = self.messages.send(Message::Heartbeat).await;
    }

    /// Removes the worker's row: it has nothing any more.
    pub(super) async fn sign_off(&self) {
        let (reply, done) = oneshot::channel();
        if self.messages.send(Message::SignOff(reply)).await.is_ok() {
            // If the database is away the row stays, and others remove it.
            let _ = tokio::time::timeout(Duration::from_secs(5), done).await;
        }
    }
}

/// The worker ends.
#[derive(Debug)]
pub(super) struct Ending;

/// When the database heard this worker.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    last: Option<Instant>,
    /// When it was heard again after it had not been for a while.
    again: Option<Instant>,
}

impl Heard {
    /// It was heard now.
    fn now(&mut self, longest_gap: Duration) {
        let now = Instant::now();
        if self.last.is_some_and(|last| now - last > longest_gap) {
            self.again = Some(now);
        }
        self.last = Some(now);
    }

    fn without_gap(&self, time: Duration) -> bool {
        self.last.is_some_and(|last| last.elapsed() <= time / 2)
            && self.again.is_none_or(|again| again.elapsed() >= time)
    }
}

struct Actor {
    engine: Arc<Postgres>,
    worker_id: String,
    begun: Arc<Begun>,
    arrivals: Arc<Arrivals>,
    hear: watch::Sender<Heard>,
}

impl Actor {
    async fn run(self, mut received: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(MOST);
        loop {
            // What was put off is there already.
            if messages.is_empty() && received.recv_many(&mut messages, MOST).await == 0 {
                return;
            }
            self.arrivals.complete(TOGETHER).await;
            while messages.len() < MOST
                && let Ok(message) = received.try_recv()
            {
                messages.push(message);
            }
            let mut wanted = HashMap::new();
            let mut put_off = Vec::new();
            let mut sign_off = None;
            for message in messages.drain(..) {
                match message {
                    // Of two tickets of one run, one after the other: each reads the row.
                    Message::Begin { run, .. } if wanted.contains_key(&run) => {
                        put_off.push(message)
                    }
                    Message::Begin { run, ticket, reply } => {
                        if self.begun.insert(run, ticket) {
                            wanted.insert(run, reply);
                        } else {
                            let _ = reply.send(Beginning::BegunBefore);
                        }
                    }
                    Message::Heartbeat => {}
                    Message::SignOff(reply) => sign_off = Some(reply),
                }
            }
            messages = put_off;
            if let Some(reply) = sign_off {
                self.sign_off().await;
                // Nobody waits any more, if it took too long.
                let _ = reply.send(());
                return;
            }
            let ids: Vec<_> = wanted.keys().map(|run| *run.as_uuid()).collect();
            let rows = self.mark_until_it_works(&ids).await;
            for row in rows {
                if let Some(reply) = wanted.remove(&row.info.id) {
                    // A ticket whose handler is gone is delivered again.
                    let _ = reply.send(Beginning::Run(row));
                }
            }
            for reply in wanted.into_values() {
                let _ = reply.send(Beginning::NoSuchRun);
            }
        }
    }

    async fn mark_until_it_works(&self, ids: &[Uuid]) -> Vec<Box<BeginRow>> {
        let mut wait = Backoff::new();
        loop {
            match self.mark(ids).await {
                Ok(rows) => return rows,
                Err(error) => {
                    tracing::warn!(%error, runs = ids.len(), "runs cannot be begun; trying again");
                    wait.sleep().await;
                }
            }
        }
    }

    async fn mark(&self, ids: &[Uuid]) -> Result<Vec<Box<BeginRow>>, QueueError> {
        let (runs, tickets) = self.begun.marks();
        let rows = sqlx::query(
            "with seen as (
               insert into supabase_task.workers (id, runs, tickets) values ($1, $2, $3)
               on conflict (id) do update
                 set runs = excluded.runs, tickets = excluded.tickets, seen_at = now()
             )
             select id, status, ticket, attempt, payload::text, auth, user_id, max_attempts,
               nullif(tags, '{}'), nullif(metadata, '{}'), idempotency_key, parent_run_id, trace_id,
               created_at, expires_at, concurrency_key
             from supabase_task.runs where id = any ($4)",
        )
        .bind(&self.worker_id)
        .bind(runs)
        .bind(tickets)
        .bind(ids)
        .fetch_all(&self.engine.connections.marking)
        .await
        .map_err(failure)?;
        let longest_gap = self.engine.settings.takeover / 2;
        self.hear.send_modify(|heard| heard.now(longest_gap));
        rows.iter().map(row).collect()
    }

    async fn sign_off(&self) {
        let deleted =
            sqlx::query("delete from supabase_task.workers where id = $1 and runs = '{}'")
                .bind(&self.worker_id);
        // What is still in it was begun, and somebody has to take it over.
        let (runs, tickets) = self.begun.marks();
        let outcome = if runs.is_empty() {
            let emptied = self.mark(&[]).await.map(drop);
            match deleted.execute(&self.engine.connections.marking).await {
                Ok(_) => emptied,
                Err(error) => Err(failure(error)),
            }
        } else {
            tracing::warn!(
                runs = tickets.len(),
                "the worker ends with runs whose outcome is not written down: others take them over"
            );
            Ok(())
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, "the worker could not sign off");
        }
    }
}

/// The columns are read by their places: by their names, each would be looked up in each row.
fn row(row: &PgRow) -> Result<Box<BeginRow>, QueueError> {
    let id = RunId::from(get::<Uuid>(row, 0)?);
    let status: &str = get(row, 1)?;
    let metadata: Option<Json<Map<String, Value>>> = get(row, 9)?;
    Ok(Box::new(BeginRow {
        status: status.parse().map_err(|_| {
            QueueError::Migration(format!("the run {id} has the unknown status `{status}`"))
        })?,
        ticket: get(row, 2)?,
        attempt: get::<i32>(row, 3)?.unsigned_abs(),
        payload: rows::raw(get(row, 4)?)?,
        principal: rows::principal(get(row, 5)?, get(row, 6)?),
        concurrency_key: get(row, 15)?,
        expires_at: get(row, 14)?,
        info: RunInfo {
            id,
            max_attempts: get::<i32>(row, 7)?.unsigned_abs(),
            tags: get::<Option<_>>(row, 8)?.unwrap_or_default(),
            metadata: metadata.unwrap_or_default().0,
            idempotency_key: get(row, 10)?,
            parent: get::<Option<Uuid>>(row, 11)?.map(RunId::from),
            trace_id: get(row, 12)?,
            created_at: get(row, 13)?,
        },
    }))
}

fn get<'r, T>(row: &'r PgRow, column: usize) -> Result<T, QueueError>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(column).map_err(failure)
}
