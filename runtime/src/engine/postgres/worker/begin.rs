//! [`Beginner`]: takes tickets into this worker's hand.
//!
//! What a worker has in hand is in its row of `supabase_task.workers`, and nowhere else: it is what
//! others take over if the worker dies. So the row is written from one place here, the [`Hand`].
//!
//! Nothing of this waits for the disk. If the *server* crashes and forgets that tickets were taken,
//! they are in graphile_worker's table again: the runs that have ended meanwhile say so, and of the
//! others one attempt is written down.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::super::store::Postgres;
use super::begun::Begun;
use super::deliveries::{Delivered, Deliveries};
use super::hand::Hand;
use super::heard::Heard;
use crate::engine::QueueError;
use crate::task::RunId;

/// How many messages may wait: there are hardly ever two.
const MOST_WAITING: usize = 16;

/// How often all else is done first, when a place has become free: others may.
const ROUNDS: u32 = 8;

/// graphile_worker asks for tickets.
#[derive(Debug)]
pub(in super::super) struct Request {
    /// What it calls this worker.
    pub(in super::super) locked_by: String,
    pub(in super::super) task_ids: Vec<i32>,
    pub(in super::super) most: usize,
}

/// What it is told of a ticket.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Notice {
    pub(in super::super) job: i64,
    pub(in super::super) task_id: i32,
}

enum Message {
    Fetch {
        request: Request,
        places: Vec<OwnedSemaphorePermit>,
        reply: oneshot::Sender<Result<Vec<(Notice, Delivered)>, QueueError>>,
    },
    /// A run that had no row has one, and this ticket.
    Mark {
        run: RunId,
        ticket: i32,
        reply: oneshot::Sender<()>,
    },
    /// Say that the worker lives.
    Heartbeat,
    /// These will not begin.
    GiveBack(Vec<Delivered>),
    /// The worker ends.
    SignOff(oneshot::Sender<()>),
}

/// The one who writes the worker's row.
#[derive(Clone, Debug)]
pub(in super::super) struct Beginner {
    messages: mpsc::Sender<Message>,
    begun: Arc<Begun>,
    deliveries: Arc<Deliveries>,
    places: Arc<Semaphore>,
    stop: CancellationToken,
    heard: watch::Receiver<Heard>,
    _actor: Arc<AbortOnDropHandle<()>>,
}

impl Beginner {
    pub(super) fn start(
        engine: &Arc<Postgres>,
        worker_id: &str,
        places: usize,
        stop: &CancellationToken,
    ) -> Self {
        let (messages, received) = mpsc::channel(MOST_WAITING);
        let begun = Arc::new(Begun::default());
        let (hear, heard) = watch::channel(Heard::default());
        let hand = Hand::new(engine, worker_id, &begun, hear);
        let actor = AbortOnDropHandle::new(tokio::spawn(serve(hand, received)));
        Self {
            messages,
            begun,
            deliveries: Arc::default(),
            places: Arc::new(Semaphore::new(places)),
            stop: stop.clone(),
            heard,
            _actor: Arc::new(actor),
        }
    }

    pub(super) fn begun(&self) -> &Arc<Begun> {
        &self.begun
    }

    pub(super) fn places(&self) -> &Arc<Semaphore> {
        &self.places
    }

    pub(super) fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// Leaves the jobs that are not removed yet.
    pub(in super::super) fn without_removed(&self, jobs: &mut Vec<i64>) {
        self.deliveries.without_removed(jobs);
    }

    /// Whether the database heard this worker all the time for this long. While it did not, it may
    /// not have heard the others either, and their silence says nothing.
    pub(super) fn was_heard(&self, time: Duration) -> bool {
        self.heard.borrow().without_gap(time)
    }

    /// Fetches no more tickets than there are free places, once there is one: what is fetched has
    /// begun. Nothing if the worker ends before.
    pub(in super::super) async fn fetch(
        &self,
        request: Request,
    ) -> Result<Vec<Notice>, QueueError> {
        let Some(places) = self.free_places(request.most).await else {
            return Ok(Vec::new());
        };
        let (reply, given) = oneshot::channel();
        let message = Message::Fetch {
            request,
            places,
            reply,
        };
        // The actor ends with the worker.
        if self.messages.send(message).await.is_err() {
            return Ok(Vec::new());
        }
        let Ok(given) = given.await else {
            return Ok(Vec::new());
        };
        let given = given?;
        let notices = given.iter().map(|(notice, _)| *notice).collect();
        let delivered = given.into_iter();
        self.deliveries
            .add(delivered.map(|(notice, delivered)| (notice.job, delivered)));
        Ok(notices)
    }

    async fn free_places(&self, most: usize) -> Option<Vec<OwnedSemaphorePermit>> {
        let mut places = Vec::new();
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            places.push(place);
        } else {
            let place = tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                place = self.places.clone().acquire_owned() => place.ok()?,
            };
            places.push(place);
            for _ in 0..ROUNDS {
                tokio::task::yield_now().await;
            }
        }
        while places.len() < most
            && let Ok(place) = self.places.clone().try_acquire_owned()
        {
            places.push(place);
        }
        (!self.stop.is_cancelled()).then_some(places)
    }

    /// Takes a ticket into the hand that did not come from the table. `Err` if the worker ends before
    /// the database is there.
    pub(super) async fn mark(&self, run: RunId, ticket: i32) -> Result<(), Ending> {
        let (reply, done) = oneshot::channel();
        let message = Message::Mark { run, ticket, reply };
        self.messages.send(message).await.map_err(|_| Ending)?;
        done.await.map_err(|_| Ending)
    }

    pub(super) async fn heartbeat(&self) {
        // The worker ends: nobody needs to hear that it lives.
        let _ = self.messages.send(Message::Heartbeat).await;
    }

    /// Gives back tickets that graphile_worker will not bring to their handlers.
    pub(in super::super) async fn give_back(&self, jobs: &[i64]) {
        // First, so that nothing is taken if this is dropped while it waits. If the worker has ended,
        // they are in its row.
        if let Ok(message) = self.messages.reserve().await {
            let tickets = jobs.iter().filter_map(|job| self.deliveries.take(*job));
            message.send(Message::GiveBack(tickets.collect()));
        }
    }

    /// Gives back what no handler has taken: graphile_worker has ended.
    pub(super) async fn give_back_untaken(&self) {
        if let Ok(message) = self.messages.reserve().await {
            message.send(Message::GiveBack(self.deliveries.clear()));
        }
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

/// Until the worker has signed off, or nobody can ask any more.
async fn serve(mut hand: Hand, mut received: mpsc::Receiver<Message>) {
    while let Some(message) = received.recv().await {
        match message {
            Message::Fetch {
                request,
                places,
                reply,
            } => {
                let given = hand.fetch(request, places).await;
                if let Err(Ok(given)) = reply.send(given) {
                    // Nobody asks any more.
                    let (_, given): (Vec<Notice>, Vec<_>) = given.into_iter().unzip();
                    hand.give_back(given).await;
                }
            }
            Message::Mark { run, ticket, reply } => {
                hand.take(run, ticket).await;
                // Who asked may have ended.
                let _ = reply.send(());
            }
            Message::Heartbeat => {
                if let Err(error) = hand.write().await {
                    tracing::warn!(%error, "the worker cannot say that it lives; trying again");
                }
            }
            Message::GiveBack(tickets) => hand.give_back(tickets).await,
            Message::SignOff(reply) => {
                hand.sign_off().await;
                // Nobody waits any more, if it took too long.
                let _ = reply.send(());
                return;
            }
        }
    }
}
