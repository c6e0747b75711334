//! [`Waiters`]: the callers that wait for runs to end.
//!
//! Any number of callers share one subscription and one statement at a time. A caller's run is first marked
//! as `awaited`, so that its end sends a notification, and then checked; it is also polled, in case a
//! notification was lost.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OnceCell, broadcast, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::backoff::Backoff;
use super::connections::Connections;
use super::failure::is_about_statement;
use super::rows::get;
use super::{event::Event, events::Events};
use crate::engine::QueueError;
use crate::run::RunId;

/// How often all awaited runs are checked, in case a notification was lost.
const LOOK: Duration = Duration::from_secs(5);

/// How many runs are checked in one statement.
const MOST: usize = 1_000;

/// How many new waiters may be queued for the actor.
const MOST_WAITING: usize = 1_024;

/// How soon to check again after a run could not be marked because its row was locked.
const LOCKED: Duration = Duration::from_millis(100);

/// How soon to check again after a run should have expired but has not, because its row was locked.
const LATE: Duration = Duration::from_millis(250);

/// Marks runs as awaited, so that their end sends a notification. This comes before they are checked, so that
/// no end is missed in between. A locked run is skipped, and does not delay the waiters of other runs.
const MARK: &str = "
    update supabase_task.runs set awaited = true
    where id in (
      select id from supabase_task.runs
      where id = any ($1) and not awaited
        and status in ('DELAYED', 'QUEUED', 'EXECUTING', 'WAITING')
      for update skip locked)";

/// Selects the runs that exist: whether each has ended, in how many seconds it expires, and whether it is
/// marked as awaited.
const LOOK_AT: &str = "
    select id, status not in ('DELAYED', 'QUEUED', 'EXECUTING', 'WAITING'),
      extract(epoch from pending_expiry - now())::float8, awaited
    from supabase_task.runs where id = any ($1)";

/// `Ok` if the run has ended; an error if there is no such run or it cannot be checked.
type Answer = Result<(), QueueError>;

type Waiter = (RunId, oneshot::Sender<Answer>);

#[derive(Debug, Default)]
pub(super) struct Waiters {
    started: OnceCell<(mpsc::Sender<Waiter>, AbortOnDropHandle<()>)>,
}

impl Waiters {
    /// Waits until a run has ended.
    pub(super) async fn wait(
        &self,
        connections: &Connections,
        events: &Events,
        run: RunId,
    ) -> Result<(), QueueError> {
        let start = || async {
            let (waiters, received) = mpsc::channel(MOST_WAITING);
            let actor = Actor {
                connections: connections.clone(),
                waiting: HashMap::new(),
            };
            let events = events.subscribe().await;
            let actor = tokio::spawn(actor.run(received, events));
            (waiters, AbortOnDropHandle::new(actor))
        };
        let (waiters, _) = self.started.get_or_init(start).await;
        let (reply, answer) = oneshot::channel();
        waiters
            .send((run, reply))
            .await
            .map_err(|_| QueueError::Closed)?;
        answer.await.map_err(|_| QueueError::Closed)?
    }
}

struct Actor {
    connections: Connections,
    waiting: HashMap<RunId, Vec<oneshot::Sender<Answer>>>,
}

impl Actor {
    async fn run(
        mut self,
        mut received: mpsc::Receiver<Waiter>,
        mut events: broadcast::Receiver<Event>,
    ) {
        let mut backoff = Backoff::new();
        let mut next_look = Instant::now() + LOOK;
        // The runs to check now.
        let mut asked: Vec<RunId> = Vec::new();
        let mut new = Vec::new();
        loop {
            tokio::select! {
                count = received.recv_many(&mut new, MOST) => {
                    if count == 0 {
                        return;
                    }
                    for (run, reply) in new.drain(..) {
                        self.waiting.entry(run).or_default().push(reply);
                        asked.push(run);
                    }
                }
                event = events.recv() => match event {
                    Ok(Event::Ended(run)) if self.waiting.contains_key(&run) => asked.push(run),
                    Ok(Event::Reconnected) | Err(RecvError::Lagged(_)) => asked = self.all(),
                    Ok(_) => continue,
                    Err(RecvError::Closed) => return,
                },
                () = tokio::time::sleep_until(next_look), if !self.waiting.is_empty() => {
                    next_look = Instant::now() + LOOK;
                    asked = self.all();
                }
            }
            // Handle the events that have arrived in the meantime in the same check.
            while let Ok(event) = events.try_recv() {
                match event {
                    Event::Ended(run) if self.waiting.contains_key(&run) => asked.push(run),
                    Event::Reconnected => asked = self.all(),
                    _ => {}
                }
            }
            asked.sort_unstable();
            asked.dedup();
            while !asked.is_empty() {
                let some: Vec<_> = asked.drain(..asked.len().min(MOST)).collect();
                match self.look_at(&some).await {
                    Ok(soonest) => {
                        backoff = Backoff::new();
                        if let Some(soonest) = soonest {
                            next_look = next_look.min(Instant::now() + soonest);
                        }
                    }
                    Err(error) if error.is_retryable() => {
                        if backoff.should_log() {
                            tracing::warn!(%error, runs = self.waiting.len(), "awaited runs cannot be checked; trying again");
                        }
                        backoff.sleep().await;
                        next_look = Instant::now();
                        asked.clear();
                    }
                    Err(error) => {
                        for run in some {
                            self.answer(run, || Err(error.copy()));
                        }
                    }
                }
            }
        }
    }

    /// Returns the runs that callers still wait for.
    fn all(&mut self) -> Vec<RunId> {
        self.waiting.retain(|_, replies| {
            replies.retain(|reply| !reply.is_closed());
            !replies.is_empty()
        });
        self.waiting.keys().copied().collect()
    }

    /// Checks runs, and answers the callers whose runs have ended. Returns how soon to check again, if one of
    /// the others is locked or expires soon.
    async fn look_at(&mut self, runs: &[RunId]) -> Result<Option<Duration>, QueueError> {
        let ids: Vec<Uuid> = runs.iter().map(|run| *run.as_uuid()).collect();
        self.mark(&ids).await?;
        let rows = self
            .connections
            .rows(sqlx::query(LOOK_AT).bind(ids))
            .await?;
        let mut found = HashMap::with_capacity(rows.len());
        let mut again = Vec::new();
        let mut is_late = false;
        for row in &rows {
            let run = RunId::from(get::<Uuid>(row, 0)?);
            let has_ended: bool = get(row, 1)?;
            found.insert(run, has_ended);
            if !has_ended && !get::<bool>(row, 3)? {
                again.push(LOCKED);
            }
            if let (false, Some(left)) = (has_ended, get::<Option<f64>>(row, 2)?) {
                is_late |= left <= 0.0;
                let left = match left <= 0.0 {
                    true => LATE,
                    false => Duration::from_secs_f64(left.min(LOOK.as_secs_f64())),
                };
                again.push(left + Duration::from_millis(5));
            }
        }
        if is_late {
            // Without a worker, nothing else would let them expire.
            let expire = sqlx::query("select supabase_task.expire()");
            if let Err(error) = self.connections.execute(expire).await {
                tracing::debug!(%error, "runs cannot expire yet");
            }
        }
        for run in runs {
            match found.get(run) {
                Some(true) => self.answer(*run, || Ok(())),
                Some(false) => {}
                None => self.answer(*run, || Err(QueueError::NoSuchRun(*run))),
            }
        }
        Ok(again.into_iter().min())
    }

    /// Marks runs as awaited. If PostgreSQL refuses a mark, polling finds the end of that run.
    async fn mark(&self, ids: &[Uuid]) -> Result<(), QueueError> {
        let mark = sqlx::query(MARK).bind(ids);
        match self.connections.execute(mark).await {
            Err(error) if is_about_statement(&error) => {}
            other => return other.map(drop),
        }
        for id in ids {
            let mark = sqlx::query(MARK).bind(std::slice::from_ref(id));
            match self.connections.execute(mark).await {
                Err(error) if is_about_statement(&error) => {
                    tracing::debug!(task.run_id = %id, %error, "a run cannot be marked as awaited; it is polled");
                }
                other => _ = other?,
            }
        }
        Ok(())
    }

    /// Answers the callers that wait for a run.
    fn answer(&mut self, run: RunId, answer: impl Fn() -> Answer) {
        for reply in self.waiting.remove(&run).into_iter().flatten() {
            // An error means that the caller no longer waits.
            let _ = reply.send(answer());
        }
    }
}
