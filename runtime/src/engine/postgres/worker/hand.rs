//! [`Hand`]: the worker's row, which says what the worker has in hand.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, watch};

use super::super::database::failure;
use super::super::events::Backoff;
use super::super::store::Postgres;
use super::begin::{Notice, Request};
use super::begun::Begun;
use super::deliveries::Delivered;
use super::fetch::{Asking, Content, Given, GivenTicket, fetch};
use super::heard::Heard;
use crate::engine::QueueError;
use crate::task::RunId;

/// The worker's row, as far as it is known here.
///
/// It is written only as the next version of what was written last. When an answer of the database was
/// lost, nobody here knows what the row says; then it is read, and what is in it besides is given back.
pub(super) struct Hand {
    engine: Arc<Postgres>,
    worker_id: String,
    begun: Arc<Begun>,
    /// None if it is not known.
    version: Option<i64>,
    hear: watch::Sender<Heard>,
}

impl Hand {
    pub(super) fn new(
        engine: &Arc<Postgres>,
        worker_id: &str,
        begun: &Arc<Begun>,
        hear: watch::Sender<Heard>,
    ) -> Self {
        Self {
            engine: engine.clone(),
            worker_id: worker_id.to_owned(),
            begun: begun.clone(),
            version: None,
            hear,
        }
    }

    /// Takes tickets off graphile_worker's table, one for each of the places at most.
    pub(super) async fn fetch(
        &mut self,
        request: Request,
        places: Vec<OwnedSemaphorePermit>,
    ) -> Result<Vec<(Notice, Delivered)>, QueueError> {
        loop {
            self.begun.asked();
            let given = self.ask(&request, places.len()).await;
            let given = given.map(|given| given.map(|tickets| self.take_in_hand(tickets)));
            self.begun.answered();
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

    /// Writes down what is in hand.
    pub(super) async fn write(&mut self) -> Result<(), QueueError> {
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

    /// Takes a ticket that did not come from the table, and writes that down.
    pub(super) async fn take(&mut self, run: RunId, ticket: i32) {
        self.begun.insert(run, ticket);
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

    /// Gives these tickets back: they are forgotten here, so the row says more than is in hand.
    pub(super) async fn give_back(&mut self, tickets: Vec<Delivered>) {
        if tickets.is_empty() {
            return;
        }
        // From now on, and until it is read, the row is not written.
        self.version = None;
        tickets.iter().for_each(|ticket| self.begun.forget(ticket));
        if let Err(error) = self.version().await {
            tracing::warn!(%error, "tickets cannot be given back yet");
        }
    }

    /// Removes the row.
    pub(super) async fn sign_off(&mut self) {
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
