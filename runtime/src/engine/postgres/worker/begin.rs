//! [`Beginner`]: takes tickets into this worker's hand.
//!
//! What a worker has in hand is in its row of `supabase_task.workers`, and nowhere else: it is what
//! others take over if the worker dies. So the row is written from one place here, and only as the next
//! version of what was written last. When an answer of the database was lost, nobody here knows what
//! the row says; then it is read, and what is in it besides is given back.
//!
//! Nothing of this waits for the disk. If the *server* crashes and forgets that tickets were taken,
//! they are in graphile_worker's table again: the runs that have ended meanwhile say so, and of the
//! others one attempt is written down.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::super::database::failure;
use super::super::events::Backoff;
use super::super::store::Postgres;
use super::begun::Begun;
use super::deliveries::{Delivered, Deliveries};
use super::fetch::{Asking, Content, Given, GivenTicket, fetch};
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
    /// Give back what is in the row and not in hand.
    Reconcile,
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
        let actor = Actor {
            engine: engine.clone(),
            worker_id: worker_id.to_owned(),
            begun: begun.clone(),
            version: None,
            hear,
        };
        let actor = AbortOnDropHandle::new(tokio::spawn(actor.run(received)));
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
        let tickets = jobs.iter().filter_map(|job| self.deliveries.take(*job));
        self.forget(tickets.collect()).await;
    }

    /// Gives back what no handler has taken: graphile_worker has ended.
    pub(super) async fn give_back_untaken(&self) {
        self.forget(self.deliveries.clear()).await;
    }

    async fn forget(&self, tickets: Vec<Delivered>) {
        for ticket in &tickets {
            self.begun.forget(ticket);
        }
        if !tickets.is_empty() {
            // Signing off does the same.
            let _ = self.messages.send(Message::Reconcile).await;
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
    /// That of the worker's row, as far as it is known.
    version: Option<i64>,
    hear: watch::Sender<Heard>,
}

impl Actor {
    async fn run(mut self, mut received: mpsc::Receiver<Message>) {
        while let Some(message) = received.recv().await {
            match message {
                Message::Fetch {
                    request,
                    places,
                    reply,
                } => {
                    let given = self.fetch(request, places).await;
                    if let Err(Ok(given)) = reply.send(given) {
                        // Nobody asks any more.
                        for (_, delivered) in given {
                            self.begun.forget(&delivered);
                        }
                        self.version = None;
                    }
                }
                Message::Mark { run, ticket, reply } => {
                    self.begun.insert(run, ticket);
                    self.write_until_it_works().await;
                    // Who asked may have ended.
                    let _ = reply.send(());
                }
                Message::Heartbeat => {
                    if let Err(error) = self.write().await {
                        tracing::warn!(%error, "the worker cannot say that it lives; trying again");
                    }
                }
                Message::Reconcile => {
                    self.version = None;
                    if let Err(error) = self.version().await {
                        tracing::warn!(%error, "tickets cannot be given back; trying again");
                    }
                }
                Message::SignOff(reply) => {
                    self.sign_off().await;
                    // Nobody waits any more, if it took too long.
                    let _ = reply.send(());
                    return;
                }
            }
        }
    }

    async fn fetch(
        &mut self,
        request: Request,
        places: Vec<OwnedSemaphorePermit>,
    ) -> Result<Vec<(Notice, Delivered)>, QueueError> {
        loop {
            self.begun.expect();
            let given = self.ask(&request, places.len()).await;
            let given = given.map(|given| given.map(|tickets| self.take_in_hand(tickets)));
            self.begun.expect_no_more();
            match given? {
                None => return Ok(Vec::new()),
                // None of them is new: those that are may come next.
                Some(tickets) if tickets.is_empty() => {}
                Some(tickets) => {
                    let given = tickets.into_iter().zip(places);
                    return Ok(given.map(delivered).collect());
                }
            }
        }
    }

    /// None if nothing is due.
    async fn ask(
        &mut self,
        request: &Request,
        most: usize,
    ) -> Result<Option<Vec<GivenTicket>>, QueueError> {
        loop {
            let version = self.version().await?;
            // What comes of it is not known until it has come.
            self.version = None;
            let (runs, tickets) = self.begun.marks();
            let asking = Asking {
                worker: &self.worker_id,
                version,
                runs: &runs,
                tickets: &tickets,
                task_ids: &request.task_ids,
                most,
                locked_by: &request.locked_by,
            };
            match fetch(&self.engine.connections.marking, asking).await? {
                Given::Nothing => {
                    self.version = Some(version);
                    return Ok(None);
                }
                Given::Refused => {}
                Given::Tickets {
                    version: written,
                    tickets,
                } => {
                    match written {
                        Some(written) => self.wrote(written),
                        None => self.version = Some(version),
                    }
                    return Ok(Some(tickets));
                }
            }
        }
    }

    /// Leaves out those that are in hand already: the server had forgotten that they were taken.
    fn take_in_hand(&self, tickets: Vec<GivenTicket>) -> Vec<GivenTicket> {
        let is_new = |ticket: &GivenTicket| match ticket.content {
            Content::Run { run, ticket, .. } => self.begun.insert(run, ticket),
            Content::Plain { .. } | Content::Strange => true,
        };
        tickets.into_iter().filter(is_new).collect()
    }

    /// The version of the worker's row, which says what is in hand here.
    async fn version(&mut self) -> Result<i64, QueueError> {
        if let Some(version) = self.version {
            return Ok(version);
        }
        let (runs, tickets) = self.begun.marks();
        let (version, given_back): (i64, i64) =
            sqlx::query_as("select version, given_back from supabase_task.reconcile($1, $2, $3)")
                .bind(&self.worker_id)
                .bind(runs)
                .bind(tickets)
                .fetch_one(&self.engine.connections.marking)
                .await
                .map_err(failure)?;
        if given_back > 0 {
            tracing::info!(
                tickets = given_back,
                "tickets that could not begin were given back"
            );
        }
        self.wrote(version);
        Ok(version)
    }

    async fn write(&mut self) -> Result<(), QueueError> {
        let Some(version) = self.version else {
            return self.version().await.map(drop);
        };
        // What comes of it is not known until it has come.
        self.version = None;
        let (runs, tickets) = self.begun.marks();
        let version: Option<i64> = sqlx::query_scalar(
            "update supabase_task.workers
             set runs = $3, tickets = $4, seen_at = now(), version = version + 1
             where id = $1 and version = $2 returning version",
        )
        .bind(&self.worker_id)
        .bind(version)
        .bind(runs)
        .bind(tickets)
        .fetch_optional(&self.engine.connections.marking)
        .await
        .map_err(failure)?;
        match version {
            Some(version) => self.wrote(version),
            None => drop(self.version().await?),
        }
        Ok(())
    }

    async fn write_until_it_works(&mut self) {
        let mut wait = Backoff::new();
        while let Err(error) = self.write().await {
            tracing::warn!(%error, "a run cannot be begun; trying again");
            wait.sleep().await;
        }
    }

    fn wrote(&mut self, version: i64) {
        self.version = Some(version);
        let longest_gap = self.engine.settings.takeover / 2;
        self.hear.send_modify(|heard| heard.now(longest_gap));
    }

    async fn sign_off(&mut self) {
        // It may say more than is in hand.
        self.version = None;
        let signed_off = match self.version().await {
            Ok(version) => sqlx::query(
                "delete from supabase_task.workers
                 where id = $1 and version = $2 and runs = '{}'",
            )
            .bind(&self.worker_id)
            .bind(version)
            .execute(&self.engine.connections.marking)
            .await
            .map_err(failure),
            Err(error) => Err(error),
        };
        let (left, _) = self.begun.marks();
        match signed_off {
            Err(error) => tracing::warn!(%error, "the worker could not sign off"),
            // What is still in it was begun, and somebody has to take it over.
            Ok(_) if !left.is_empty() => tracing::warn!(
                runs = left.len(),
                "the worker ends with runs whose outcome is not written down: others take them over"
            ),
            Ok(_) => {}
        }
    }
}

fn delivered((given, place): (GivenTicket, OwnedSemaphorePermit)) -> (Notice, Delivered) {
    let notice = Notice {
        job: given.job,
        task_id: given.task_id,
    };
    let delivered = Delivered {
        was_handed_out: given.was_handed_out,
        place,
        content: given.content,
    };
    (notice, delivered)
}
