//! [`Events`]: what the database tells this process by `NOTIFY`.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::{OnceCell, broadcast, watch};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::alarm::Alarm;
use crate::task::RunId;

/// What the database tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A run that somebody waits for has its last status.
    Ended(RunId),
    /// A run was cancelled.
    Canceled(RunId),
    /// A run that waited for a place in its queue has one.
    Entered(RunId),
    /// There is a new ticket.
    Issued,
    /// The connection was lost and is there again: any of the above may have been missed.
    Reconnected,
}

/// The channel that graphile_worker notifies when there are jobs.
const JOBS: &str = "jobs:insert";

/// The library's own.
const OWN: &str = "supabase_task";

/// How many events may wait for one who listens. Who misses some looks at the tables.
const MOST_WAITING: usize = 1_024;

/// How long to wait for the connection before going on without it.
const READY: Duration = Duration::from_secs(2);

/// One connection that listens, opened when the first one asks.
#[derive(Clone, Debug)]
pub(super) struct Events {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    started: OnceCell<Started>,
}

#[derive(Debug)]
struct Started {
    events: broadcast::Sender<Event>,
    is_ready: watch::Receiver<bool>,
    alarm: Alarm,
    _listener: AbortOnDropHandle<()>,
}

impl Events {
    /// `pool` has one connection, which is used for nothing else.
    pub(super) fn new(pool: PgPool) -> Self {
        let started = OnceCell::new();
        Self {
            inner: Arc::new(Inner { pool, started }),
        }
    }

    /// Events from now on. While the database is away there are none, and `Reconnected` afterwards.
    pub(super) async fn subscribe(&self) -> broadcast::Receiver<Event> {
        let started = self.inner.started.get_or_init(|| async { self.start() });
        let started = started.await;
        let events = started.events.subscribe();
        let mut is_ready = started.is_ready.clone();
        let ready = is_ready.wait_for(|is_ready| *is_ready);
        // Late is no error: who waits looks at the tables now and then.
        let _ = tokio::time::timeout(READY, ready).await;
        events
    }

    /// A ticket was issued that is due after this long. Nothing happens if nobody listens here.
    pub(super) fn issued_for(&self, after: Duration) {
        if let Some(started) = self.inner.started.get() {
            started.alarm.set(after);
        }
    }

    fn start(&self) -> Started {
        let (events, _) = broadcast::channel(MOST_WAITING);
        let (ready, is_ready) = watch::channel(false);
        let listener = listen(self.inner.pool.clone(), events.clone(), ready);
        let alarm = Alarm::start(events.clone());
        Started {
            events,
            is_ready,
            alarm,
            _listener: AbortOnDropHandle::new(tokio::spawn(listener)),
        }
    }
}

/// For ever: connects, listens, and connects again.
async fn listen(pool: PgPool, events: broadcast::Sender<Event>, ready: watch::Sender<bool>) {
    let mut wait = Backoff::new();
    let mut was_connected = false;
    loop {
        match connect(&pool).await {
            Ok(mut listener) => {
                wait = Backoff::new();
                if was_connected {
                    tracing::info!("the queue's database is back, and is listened to again");
                    let _ = events.send(Event::Reconnected);
                }
                was_connected = true;
                ready.send_replace(true);
                forward(&mut listener, &events).await;
                ready.send_replace(false);
                tracing::warn!("the connection that listens to the queue's database was lost");
            }
            Err(error) => {
                let error = super::database::failure(error);
                tracing::warn!(%error, "the queue's database cannot be listened to; trying again");
            }
        }
        wait.sleep().await;
    }
}

async fn connect(pool: &PgPool) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen_all([OWN, JOBS]).await?;
    Ok(listener)
}

/// Until the connection is lost.
async fn forward(listener: &mut PgListener, events: &broadcast::Sender<Event>) {
    while let Ok(Some(notification)) = listener.try_recv().await {
        let event = match notification.channel() {
            JOBS => Some(Event::Issued),
            _ => parse(notification.payload()),
        };
        if let Some(event) = event {
            // Nobody listening is fine.
            let _ = events.send(event);
        }
    }
}

fn parse(payload: &str) -> Option<Event> {
    let (what, id) = payload.split_once(' ')?;
    let id = RunId::from(id.parse::<Uuid>().ok()?);
    match what {
        "ended" => Some(Event::Ended(id)),
        "canceled" => Some(Event::Canceled(id)),
        "entered" => Some(Event::Entered(id)),
        // Of a newer version.
        _ => None,
    }
}

/// How long to wait before the next try of something that failed.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    const SHORTEST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(5);

    pub(super) fn new() -> Self {
        Self::up_to(Self::LONGEST)
    }

    /// For what must not wait for long once it can be done.
    pub(super) fn up_to(longest: Duration) -> Self {
        Self {
            next: Self::SHORTEST,
            longest,
        }
    }

    pub(super) async fn sleep(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(self.longest);
    }
}
