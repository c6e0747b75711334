//! [`Actor`]: requests slots of queues from the database.
//!
//! Each lease gathers what it needs while its last request is under way; the actor then sends the request of
//! the lease that has waited longest. One failing queue does not hold up the others.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::super::core::Postgres;
use super::super::super::rows::get;
use super::super::ticket::Ticket;
use super::lease::{Answer, Request};
use super::slot::Shared;
use crate::engine::QueueError;
use crate::run::RunId;

/// How many statements are under way at once.
const MOST_AT_ONCE: usize = 3;

pub(super) struct Actor {
    pub(super) engine: Arc<Postgres>,
    pub(super) worker: String,
    pub(super) tasks: Vec<String>,
    pub(super) shared: Arc<Shared>,
    pub(super) give_up: CancellationToken,
}

impl Actor {
    pub(super) async fn run(self) {
        let mut asking = FuturesUnordered::new();
        loop {
            let changed = self.shared.changed.notified();
            let mut wake = None;
            while asking.len() < MOST_AT_ONCE {
                match self.next_request() {
                    Ok(request) => asking.push(self.ask(request)),
                    Err(next) => {
                        wake = next;
                        break;
                    }
                }
            }
            let due = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now));
            tokio::select! {
                Some(()) = asking.next() => {}
                () = changed => {}
                () = due, if wake.is_some() => {}
            }
        }
    }

    /// Returns the next request. An error is the time at which there will be one.
    fn next_request(&self) -> Result<Request, Option<Instant>> {
        let mut leases = self.shared.lock();
        let now = Instant::now();
        let due = |due: Option<Instant>| due.is_some_and(|due| due <= now);
        let next = leases
            .iter_mut()
            .filter(|(_, lease)| due(lease.due(now)))
            .min_by_key(|(_, lease)| lease.asked_at);
        if let Some((key, lease)) = next {
            return Ok(lease.ask(key.clone(), now));
        }
        leases.retain(|_, lease| !lease.is_unused());
        Err(leases.values().filter_map(|lease| lease.due(now)).min())
    }

    async fn ask(&self, request: Request) {
        let answer = self.rotate(&request).await;
        let queue = request.key.queue.clone();
        let mut leases = self.shared.lock();
        let lease = leases.entry(request.key.clone()).or_default();
        match answer {
            Ok(answer) => lease.answered(request, answer),
            // Requests of other queues go on in the meantime.
            Err(error) if error.is_retryable() && !self.give_up.is_cancelled() => {
                if lease.failed(request) {
                    tracing::warn!(queue.name = &*queue, %error, "slots of a queue cannot be requested; trying again");
                }
            }
            Err(error) => {
                if lease.refused(request, &error) {
                    tracing::error!(queue.name = &*queue, %error, "slots of a queue cannot be requested");
                }
            }
        }
    }

    async fn rotate(&self, request: &Request) -> Result<Answer, QueueError> {
        let wanting = request.wanting.iter();
        let (runs, tickets, deliveries): (Vec<_>, Vec<_>, Vec<_>) =
            wanting.clone().map(|one| one.fence.columns()).collect();
        let may_wait: Vec<_> = wanting.map(|one| one.may_wait).collect();
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let query = sqlx::query(
            "select verdict, run_id, ticket::text
             from supabase_task.rotate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
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
        .bind(deliveries)
        .bind(may_wait);
        let mut answer = Answer::default();
        for row in self.engine.connections.rows(query).await? {
            let run: Option<Uuid> = get(&row, 1)?;
            match (get(&row, 0)?, run, get(&row, 2)?) {
                ("GO", _, Some(ticket)) => answer.tickets.extend(Ticket::read(ticket)),
                ("GO", Some(run), None) => _ = answer.may_begin.insert(RunId::from(run)),
                ("MORE", ..) => answer.has_parked = true,
                ("WAIT", Some(run), _) => _ = answer.to_wait.insert(RunId::from(run)),
                ("REFUSED", Some(run), _) => _ = answer.refused.insert(RunId::from(run)),
                _ => {}
            }
        }
        Ok(answer)
    }
}
