//! [`Events`]: the notifications (`NOTIFY`) that this process receives from the database.
//!
//! A notification makes a process react at once instead of at its next poll. Any role may send one, and one
//! may be lost. Therefore each is only a hint to look at the tables, and everything that notifications
//! announce is polled as well.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::{OnceCell, broadcast, watch};
use tokio::time::{MissedTickBehavior, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::backoff::Backoff;
use super::connections::Connections;
use super::delay_timer::DelayTimer;
use super::event::Event;
use super::failure::failure;
use super::worker::graphile::schema::JOBS_CHANNEL;

/// The library's own channel.
const OWN: &str = "supabase_task";

/// How many events may wait for a subscriber. A subscriber that misses some looks at the tables.
const MOST_WAITING: usize = 1_024;

/// How long to wait for the connection before going on without it.
const READY: Duration = Duration::from_secs(2);

/// How often the connection is pinged: it may be idle for hours.
const PING_EVERY: Duration = Duration::from_secs(10);

/// How long a ping, or opening the connection, may take.
const ANSWER: Duration = Duration::from_secs(10);

/// One connection that listens, opened for the first subscriber.
#[derive(Clone, Debug)]
pub(super) struct Events {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    connections: Connections,
    started: OnceCell<Started>,
}

#[derive(Debug)]
struct Started {
    events: broadcast::Sender<Event>,
    is_ready: watch::Receiver<bool>,
    timer: DelayTimer,
    listener: Option<AbortOnDropHandle<()>>,
}

impl Events {
    pub(super) fn new(connections: &Connections) -> Self {
        Self {
            inner: Arc::new(Inner {
                connections: connections.clone(),
                started: OnceCell::new(),
            }),
        }
    }

    /// Subscribes to the events from now on. During an outage of the database there are none, and
    /// `Reconnected` afterwards.
    pub(super) async fn subscribe(&self) -> broadcast::Receiver<Event> {
        let started = self.inner.started.get_or_init(|| async { self.start() });
        let started = started.await;
        let events = started.events.subscribe();
        let mut is_ready = started.is_ready.clone();
        // Without a listener the sender is gone, and this returns at once.
        let ready = is_ready.wait_for(|is_ready| *is_ready);
        // A timeout is no error: subscribers also poll the tables.
        let _ = timeout(READY, ready).await;
        events
    }

    /// Wakes this process's worker when a ticket that was just issued is due. Without subscribers this does
    /// nothing.
    pub(super) fn issued_for(&self, after: Duration) {
        if let Some(started) = self.inner.started.get() {
            started.timer.set(after);
        }
    }

    /// Returns whether the listener has ended, which happens only if it panics.
    pub(super) fn has_ended(&self) -> bool {
        let started = self.inner.started.get();
        let listener = started.and_then(|started| started.listener.as_ref());
        listener.is_some_and(|listener| listener.is_finished())
    }

    fn start(&self) -> Started {
        let (events, _) = broadcast::channel(MOST_WAITING);
        let (ready, is_ready) = watch::channel(false);
        // Behind a transaction pooler no notification would arrive.
        let listener = self.inner.connections.can_listen().then(|| {
            let listener = listen(self.inner.connections.clone(), events.clone(), ready);
            AbortOnDropHandle::new(tokio::spawn(listener))
        });
        let timer = DelayTimer::start(events.clone());
        Started {
            events,
            is_ready,
            timer,
            listener,
        }
    }
}

/// Connects, listens, and reconnects, forever.
async fn listen(
    connections: Connections,
    events: broadcast::Sender<Event>,
    ready: watch::Sender<bool>,
) {
    let mut backoff = Backoff::new();
    let mut was_connected = false;
    loop {
        match timeout(ANSWER, connect(connections.for_listener())).await {
            Ok(Ok(mut listener)) => {
                backoff = Backoff::new();
                if was_connected {
                    tracing::info!("the queue's database is back: listening again");
                    let _ = events.send(Event::Reconnected);
                }
                was_connected = true;
                ready.send_replace(true);
                forward(&mut listener, &events).await;
                ready.send_replace(false);
                tracing::warn!("the connection that listens to the queue's database was lost");
            }
            Ok(Err(error)) if backoff.should_log() => {
                let error = failure(error);
                tracing::warn!(%error, "cannot listen to the queue's database; trying again");
            }
            Err(_) if backoff.should_log() => {
                tracing::warn!("the queue's database does not answer; trying again");
            }
            _ => {}
        }
        backoff.sleep().await;
    }
}

async fn connect(pool: PgPool) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen_all([OWN, JOBS_CHANNEL]).await?;
    Ok(listener)
}

/// Forwards notifications until the connection is lost, or does not answer a ping.
async fn forward(listener: &mut PgListener, events: &broadcast::Sender<Event>) {
    let mut pings = tokio::time::interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            received = listener.try_recv() => {
                let Ok(Some(notification)) = received else { return };
                let event = match notification.channel() {
                    JOBS_CHANNEL => Some(Event::Issued),
                    _ => parse(notification.payload()),
                };
                if let Some(event) = event {
                    // An error means that there is no subscriber.
                    let _ = events.send(event);
                }
            }
            _ = pings.tick() => {
                let ping = sqlx::raw_sql("select").execute(&mut *listener);
                if !matches!(timeout(ANSWER, ping).await, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}

fn parse(payload: &str) -> Option<Event> {
    let (what, about) = payload.split_once(' ')?;
    match what {
        "parked" => Some(Event::Parked(about.into())),
        "skipped" => Some(Event::Skipped),
        "ended" => about.parse().ok().map(Event::Ended),
        "canceled" => about.parse().ok().map(Event::Canceled),
        "entered" => about.parse().ok().map(Event::Entered),
        // From a newer version of the library, or from another program.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunId;

    #[test]
    fn what_is_not_ours_is_nothing() {
        let id = RunId::new();
        assert_eq!(parse(&format!("ended {id}")), Some(Event::Ended(id)));
        assert_eq!(parse("parked a b"), Some(Event::Parked("a b".into())));
        for text in [
            "",
            "ended",
            "ended ",
            "ended 17",
            "canceled canceled",
            "💣 x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
