//! [`QueueSlots`]: the places that this worker has in queues with a limit.
//!
//! A place belongs to an attempt that runs. When the attempt ends, its place passes to the next run of
//! the queue: to one that has just arrived here, without asking the database; or to the next parked one,
//! whichever that is. A place that no attempt takes within a moment is free for other workers.
//!
//! What is asked of the database is gathered by queue and key, one statement at a time for each.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sqlx::Row;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::super::backoff::Backoff;
use super::super::failure::{failure, locked};
use super::super::store::Postgres;
use super::ticket::{Fence, Ticket};
use crate::engine::QueueError;
use crate::task::RunId;

/// How long a place may be free in this worker before others may have it.
const LINGER: Duration = Duration::from_millis(20);

/// How many runs are asked for in one statement.
const MOST: usize = 100;

/// How many statements are under way at once.
const MOST_AT_ONCE: usize = 3;

/// A queue and one of its concurrency keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct QueueKey {
    queue: Arc<str>,
    key: Arc<str>,
}

impl QueueKey {
    pub(super) fn of(ticket: &Ticket) -> Self {
        Self {
            queue: ticket.queue.as_str().into(),
            // As the database has it: an empty key is not the same as none.
            key: match &ticket.concurrency_key {
                Some(key) => format!(":{key}").into(),
                None => "".into(),
            },
        }
    }
}

/// What becomes of a run that wants to begin.
#[derive(Debug)]
pub(super) enum Entry {
    Go(Place),
    /// It is parked, or its ticket is stale: there is nothing to do for this one.
    NotNow,
}

/// A place in a queue, as long as this lives.
#[derive(Debug)]
pub(super) struct Place {
    slots: Arc<Shared>,
    key: QueueKey,
    is_held: bool,
}

impl Place {
    /// Its attempt has ended: gives the place to the next parked run, if there is one for this worker.
    pub(super) async fn next(mut self) -> Option<(Ticket, Place)> {
        let answer = {
            let mut state = self.slots.lock();
            let lease = state.leases.get_mut(&self.key)?;
            if !lease.has_parked {
                return None;
            }
            self.is_held = false;
            lease.release();
            let (reply, answer) = oneshot::channel();
            lease.following.push(reply);
            answer
        };
        self.slots.changed.notify_one();
        let ticket = answer.await.ok()??;
        let place = Self {
            slots: self.slots.clone(),
            key: self.key.clone(),
            is_held: true,
        };
        Some((ticket, place))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_held {
            if let Some(lease) = self.slots.lock().leases.get_mut(&self.key) {
                lease.release();
            }
            self.slots.changed.notify_one();
        }
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct State {
    leases: HashMap<QueueKey, Lease>,
}

/// The places of one queue and key.
#[derive(Debug, Default)]
struct Lease {
    /// How many places the database says that this worker has.
    places: usize,
    /// How many of them attempts have.
    in_use: usize,
    /// Since when one of them is free.
    free_since: Option<Instant>,
    /// Whether there may be parked runs.
    has_parked: bool,
    /// Runs that want to begin.
    wanting: Vec<(Fence, oneshot::Sender<Result<bool, QueueError>>)>,
    /// Attempts that have ended, for a parked run each.
    following: Vec<oneshot::Sender<Option<Ticket>>>,
    is_asking: bool,
    /// The database could not be asked: when it is asked again.
    retry_at: Option<Instant>,
    backoff: Option<Backoff>,
}

impl Lease {
    fn release(&mut self) {
        self.in_use = self.in_use.saturating_sub(1);
        self.free_since.get_or_insert_with(Instant::now);
    }

    /// When the database is to be asked; `None` if there is nothing to ask.
    fn due(&self, now: Instant) -> Option<Instant> {
        match self.is_asking {
            true => None,
            false if self.retry_at.is_some() => self.retry_at,
            false if !self.wanting.is_empty() || !self.following.is_empty() => Some(now),
            false if self.places > self.in_use => Some(self.free_since.unwrap_or(now) + LINGER),
            false => None,
        }
    }
}

/// The places that this worker has in queues with a limit.
#[derive(Debug)]
pub(super) struct QueueSlots {
    shared: Arc<Shared>,
    actor: AbortOnDropHandle<()>,
}

impl QueueSlots {
    pub(super) fn start(
        engine: &Arc<Postgres>,
        worker: &str,
        tasks: Vec<String>,
        give_up: CancellationToken,
    ) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Notify::new(),
        });
        let actor = Actor {
            engine: engine.clone(),
            worker: worker.to_owned(),
            tasks,
            shared: shared.clone(),
            give_up,
        };
        Self {
            shared,
            actor: AbortOnDropHandle::new(tokio::spawn(async move { actor.run().await })),
        }
    }

    /// Whether the actor has ended, which it does only if it panics.
    pub(super) fn has_ended(&self) -> bool {
        self.actor.is_finished()
    }

    /// A place for the run of a ticket, or it is parked.
    pub(super) async fn enter(&self, ticket: &Ticket) -> Result<Entry, QueueError> {
        let key = QueueKey::of(ticket);
        let answer = {
            let mut state = self.shared.lock();
            let lease = state.leases.entry(key.clone()).or_default();
            if lease.in_use < lease.places && !lease.has_parked && !lease.is_asking {
                lease.in_use += 1;
                lease.free_since = (lease.in_use < lease.places).then(Instant::now);
                None
            } else {
                let (reply, answer) = oneshot::channel();
                lease.wanting.push((ticket.fence, reply));
                Some(answer)
            }
        };
        let Some(answer) = answer else {
            return Ok(Entry::Go(self.place(key)));
        };
        self.shared.changed.notify_one();
        match answer.await {
            Ok(Ok(true)) => Ok(Entry::Go(self.place(key))),
            Ok(Ok(false)) => Ok(Entry::NotNow),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(QueueError::NoQueue),
        }
    }

    /// A place that another worker's attempt gave to one of this worker's, which waited for it.
    pub(super) fn adopt(&self, key: QueueKey) -> Place {
        {
            let mut state = self.shared.lock();
            let lease = state.leases.entry(key.clone()).or_default();
            lease.places += 1;
            lease.in_use += 1;
        }
        self.place(key)
    }

    /// Runs of this queue may be parked: whoever has places looks.
    pub(super) fn parked(&self, queue: &str) {
        let mut state = self.shared.lock();
        for (key, lease) in &mut state.leases {
            lease.has_parked |= *key.queue == *queue;
        }
    }

    /// Notifications may have been missed.
    pub(super) fn look_again(&self) {
        let mut state = self.shared.lock();
        for lease in state.leases.values_mut() {
            lease.has_parked = true;
        }
    }

    fn place(&self, key: QueueKey) -> Place {
        Place {
            slots: self.shared.clone(),
            key,
            is_held: true,
        }
    }
}

struct Actor {
    engine: Arc<Postgres>,
    worker: String,
    tasks: Vec<String>,
    shared: Arc<Shared>,
    give_up: CancellationToken,
}

/// What is asked for one queue and key.
struct Request {
    key: QueueKey,
    /// Places that no attempt needs: they are offered.
    idle: usize,
    /// How many places attempts need, if it is not known what the database has given.
    in_use: Option<usize>,
    wanting: Vec<(Fence, oneshot::Sender<Result<bool, QueueError>>)>,
    following: Vec<oneshot::Sender<Option<Ticket>>>,
}

/// What the database answers.
struct Answer {
    may_begin: HashSet<RunId>,
    /// Those that may not, and cannot be parked either.
    refused: HashSet<RunId>,
    tickets: Vec<Ticket>,
}

impl Actor {
    async fn run(&self) {
        let mut asking = FuturesUnordered::new();
        loop {
            let changed = self.shared.changed.notified();
            let wake = loop {
                let (request, wake) = self.next_request();
                match request {
                    Some(request) if asking.len() < MOST_AT_ONCE => asking.push(self.ask(request)),
                    Some(request) => {
                        self.put_back(request);
                        break None;
                    }
                    None => break wake,
                }
            };
            let due = async {
                match wake {
                    Some(wake) => tokio::time::sleep_until(wake).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(()) = asking.next() => {}
                () = changed => {}
                () = due => {}
            }
        }
    }

    /// What is to be asked now, or when there will be something.
    fn next_request(&self) -> (Option<Request>, Option<Instant>) {
        let mut state = self.shared.lock();
        let now = Instant::now();
        let mut wake: Option<Instant> = None;
        for (key, lease) in &mut state.leases {
            match lease.due(now) {
                Some(due) if due <= now => {
                    lease.is_asking = true;
                    let idle = lease.places.saturating_sub(lease.in_use);
                    lease.places -= idle;
                    let request = Request {
                        key: key.clone(),
                        idle,
                        // It is not known what the database has given the last time.
                        in_use: lease.retry_at.map(|_| lease.in_use),
                        wanting: lease
                            .wanting
                            .drain(..lease.wanting.len().min(MOST))
                            .collect(),
                        following: std::mem::take(&mut lease.following),
                    };
                    return (Some(request), None);
                }
                Some(due) => wake = Some(wake.map_or(due, |wake| wake.min(due))),
                None => {}
            }
        }
        // Queues that nothing is known of any more.
        state.leases.retain(|_, lease| {
            lease.places > 0
                || lease.in_use > 0
                || lease.is_asking
                || lease.retry_at.is_some()
                || !lease.wanting.is_empty()
                || !lease.following.is_empty()
        });
        (None, wake)
    }

    fn put_back(&self, request: Request) {
        let mut state = self.shared.lock();
        let lease = state.leases.entry(request.key).or_default();
        lease.is_asking = false;
        lease.places += request.idle;
        lease.wanting.splice(..0, request.wanting);
        lease.following.splice(..0, request.following);
    }

    async fn ask(&self, request: Request) {
        let answer = self.rotate(&request).await;
        let mut state = self.shared.lock();
        let lease = state.leases.entry(request.key.clone()).or_default();
        lease.is_asking = false;
        match answer {
            Err(error) if error.is_retryable() && !self.give_up.is_cancelled() => {
                // Others are asked for meanwhile.
                let backoff = lease.backoff.get_or_insert_with(Backoff::new);
                if backoff.should_log() {
                    tracing::warn!(queue.name = &*request.key.queue, %error, "the places of a queue cannot be asked for; trying again");
                }
                lease.retry_at = Some(Instant::now() + backoff.wait());
                lease.wanting.splice(..0, request.wanting);
                lease.following.splice(..0, request.following);
                return;
            }
            _ => (lease.retry_at, lease.backoff) = (None, None),
        }
        match answer {
            Ok(answer) => lease.answered(request, answer),
            Err(error) => {
                let reason = error.to_string();
                // What the database says of its tables, it says of every run.
                for (_, reply) in request.wanting {
                    let _ = reply.send(Err(QueueError::Migration(reason.clone())));
                }
                // An attempt that has ended is followed by none.
                drop(request.following);
                lease.has_parked = false;
                tracing::error!(
                    queue.name = &*request.key.queue,
                    error = reason,
                    "the places of a queue cannot be asked for"
                );
            }
        }
    }

    async fn rotate(&self, request: &Request) -> Result<Answer, QueueError> {
        let fences = request.wanting.iter().map(|(fence, _)| fence);
        let (mut runs, mut tickets, mut deliveries) = (Vec::new(), Vec::new(), Vec::new());
        for fence in fences {
            runs.push(*fence.run.as_uuid());
            tickets.push(fence.ticket);
            deliveries.push(fence.delivery);
        }
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let query = sqlx::query(
            "select verdict, run_id, ticket::text
             from supabase_task.rotate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&self.worker)
        .bind(&*request.key.queue)
        .bind(&*request.key.key)
        .bind(&self.tasks)
        .bind(count(request.idle))
        .bind(request.in_use.map(count))
        .bind(count(request.following.len()))
        .bind(runs)
        .bind(tickets)
        .bind(deliveries);
        let mut answer = Answer {
            may_begin: HashSet::new(),
            refused: HashSet::new(),
            tickets: Vec::new(),
        };
        for row in self.engine.connections.rows(query).await? {
            let verdict: &str = row.try_get(0).map_err(failure)?;
            let run: Option<Uuid> = row.try_get(1).map_err(failure)?;
            let ticket: Option<&str> = row.try_get(2).map_err(failure)?;
            match (verdict, run, ticket) {
                ("GO", _, Some(ticket)) => answer.tickets.extend(Ticket::read(ticket)),
                ("GO", Some(run), None) => _ = answer.may_begin.insert(RunId::from(run)),
                ("REFUSED", Some(run), _) => _ = answer.refused.insert(RunId::from(run)),
                _ => {}
            }
        }
        Ok(answer)
    }
}

/// Its row is locked, or takes no change at all: it is handed back.
fn refused() -> QueueError {
    locked("the run could not be parked".to_owned())
}

impl Lease {
    fn answered(&mut self, request: Request, answer: Answer) {
        self.places += answer.may_begin.len() + answer.tickets.len();
        let mut is_any_parked = false;
        for (fence, reply) in request.wanting {
            let may_begin = answer.may_begin.contains(&fence.run);
            is_any_parked |= !may_begin;
            if may_begin {
                self.in_use += 1;
            }
            let reply_with = match answer.refused.contains(&fence.run) {
                true => Err(refused()),
                false => Ok(may_begin),
            };
            // Who asked may be gone: the worker ends.
            if reply.send(reply_with).is_err() && may_begin {
                self.release();
            }
        }
        let mut tickets = answer.tickets.into_iter();
        for reply in request.following {
            let ticket = tickets.next();
            let is_given = ticket.is_some();
            if is_given {
                self.in_use += 1;
            } else {
                // There is none left for this worker.
                self.has_parked = false;
            }
            if reply.send(ticket).is_err() && is_given {
                self.release();
            }
        }
        self.has_parked |= is_any_parked;
        self.free_since = (self.in_use < self.places).then(Instant::now);
    }
}
