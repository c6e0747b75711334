//! [`Lease`]: the slots of one queue and key that this worker has.
//!
//! The database gives slots to workers, not to attempts. A worker passes its slots from one attempt to the
//! next without asking, as long as no run is parked. Otherwise the order of the parked runs decides, which
//! only the database knows, and the worker sends one request at a time: which runs want to begin, which slots
//! are idle, and for how many ended attempts a parked run may follow. While a request is under way, idle
//! slots are given to no one, because the database may give them away.
//!
//! This type decides what to do, and does no input or output itself: the actor sends its requests.

#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::super::backoff::Backoff;
use super::super::super::failure::locked;
use super::super::ticket::{Fence, QueueKey, Ticket};
use crate::engine::QueueError;
use crate::run::RunId;

/// How long a slot may be idle in this worker before it is offered to other workers.
const LINGER: Duration = Duration::from_millis(20);

/// How long a run may wait for one of this worker's slots before it is parked, and only while slots become
/// free here. Parking a run and letting it begin again costs more than a short attempt.
const PATIENCE: Duration = Duration::from_millis(50);

/// How many runs one request contains at most.
const MOST: usize = 100;

/// A run that wants to begin.
#[derive(Debug)]
pub(super) struct Wanting {
    pub(super) fence: Fence,
    /// Whether it may still wait for a slot here instead of being parked.
    pub(super) may_wait: bool,
    /// Answers whether the run may begin.
    reply: oneshot::Sender<Result<bool, QueueError>>,
}

#[derive(Debug, Default)]
pub(super) struct Lease {
    /// How many slots this worker has, according to the database.
    pub(super) slots: usize,
    /// How many of them attempts hold.
    pub(super) in_use: usize,
    /// Whether there may be parked runs.
    pub(super) has_parked: bool,
    /// Attempts that have ended, each of which a parked run may follow.
    pub(super) following: Vec<oneshot::Sender<Option<Ticket>>>,
    /// Runs that wait for one of these slots, and since when: first in, first out.
    waiting: VecDeque<(Instant, Wanting)>,
    /// Runs that want to begin, and need a slot from the database.
    wanting: Vec<Wanting>,
    /// When a slot was last given to an attempt, or became free.
    moved_at: Option<Instant>,
    /// Since when a slot is free.
    free_since: Option<Instant>,
    is_asking: bool,
    /// Whether runs may have been parked during the current request.
    has_heard: bool,
    /// Set if the database's count of these slots may be wrong: when at the latest to report how many
    /// attempts hold one.
    tell_at: Option<Instant>,
    /// When the last request was sent: the lease that has waited longest comes first.
    pub(super) asked_at: Option<Instant>,
    /// Set if the last request failed: when to send the next one.
    retry_at: Option<Instant>,
    backoff: Option<Backoff>,
}

/// A request for one queue and key.
pub(super) struct Request {
    pub(super) key: QueueKey,
    /// How many slots no attempt needs: they are offered to others.
    pub(super) idle: usize,
    /// How many slots attempts hold, if the response to an earlier request was lost.
    pub(super) in_use: Option<usize>,
    pub(super) wanting: Vec<Wanting>,
    pub(super) following: Vec<oneshot::Sender<Option<Ticket>>>,
}

/// The database's response to a request.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) may_begin: HashSet<RunId>,
    /// Runs that get the next free slot of this worker.
    pub(super) to_wait: HashSet<RunId>,
    /// Runs that may not begin and cannot be parked either.
    pub(super) refused: HashSet<RunId>,
    /// Whether runs are parked.
    pub(super) has_parked: bool,
    pub(super) tickets: Vec<Ticket>,
}

impl Lease {
    /// Takes a slot for a run that wants to begin. Returns `None` if it has one; otherwise the run waits for
    /// a slot of this worker, or for the database's response.
    pub(super) fn enter(
        &mut self,
        fence: Fence,
    ) -> Option<oneshot::Receiver<Result<bool, QueueError>>> {
        if self.in_use < self.slots && self.is_ours_to_give() {
            self.begun();
            return None;
        }
        let (reply, answer) = oneshot::channel();
        let now = Instant::now();
        let is_moving = self.moved_at.is_some_and(|at| now - at < PATIENCE);
        let wanting = Wanting {
            fence,
            may_wait: is_moving || self.moved_at.is_none(),
            reply,
        };
        if is_moving && self.slots > 0 && !self.has_parked {
            self.waiting.push_back((now, wanting));
        } else {
            self.wanting.push(wanting);
        }
        Some(answer)
    }

    /// Releases the slot of an attempt that has ended, and passes it to the run that has waited longest.
    pub(super) fn release(&mut self) {
        self.in_use = self.in_use.saturating_sub(1);
        let now = Instant::now();
        self.moved_at = Some(now);
        self.free_since.get_or_insert(now);
        self.pass_on();
    }

    /// Returns whether a free slot may be given away without a request, because no parked run comes first.
    fn is_ours_to_give(&self) -> bool {
        !self.has_parked && !self.is_asking
    }

    fn pass_on(&mut self) {
        while self.in_use < self.slots && self.is_ours_to_give() {
            let Some((_, first)) = self.waiting.pop_front() else {
                return;
            };
            // The receiver may be gone because the worker ends.
            if first.reply.send(Ok(true)).is_ok() {
                self.begun();
            }
        }
    }

    /// Records that runs may be parked.
    pub(super) fn expect_parked(&mut self) {
        self.has_parked = true;
        self.has_heard = true;
    }

    /// Records that the database's count of these slots may be wrong.
    pub(super) fn recount(&mut self) {
        self.tell_at = Some(Instant::now());
    }

    /// Returns when to send a request. `None` if there is nothing to request.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        match self.is_asking {
            true => None,
            false if self.retry_at.is_some() => self.retry_at,
            false if !self.wanting.is_empty() || !self.following.is_empty() => Some(now),
            false => [self.offered_at(now), self.impatient_at(now), self.tell_at]
                .into_iter()
                .flatten()
                .min(),
        }
    }

    /// Returns when to offer an idle slot to other workers.
    fn offered_at(&self, now: Instant) -> Option<Instant> {
        (self.slots > self.in_use).then(|| self.free_since.unwrap_or(now) + LINGER)
    }

    /// Returns when the first of the runs that wait for a slot here becomes part of a request.
    fn impatient_at(&self, now: Instant) -> Option<Instant> {
        let (since, _) = self.waiting.front()?;
        match self.has_parked || self.slots == 0 {
            true => Some(now),
            false => Some(*since + PATIENCE),
        }
    }

    /// Returns whether the lease can be removed.
    pub(super) fn is_unused(&self) -> bool {
        self.slots == 0
            && self.in_use == 0
            && !self.is_asking
            && self.tell_at.is_none()
            && self.retry_at.is_none()
            && self.waiting.is_empty()
            && self.wanting.is_empty()
            && self.following.is_empty()
    }

    /// Builds the next request. Until the response arrives, free slots are given to no one.
    pub(super) fn ask(&mut self, key: QueueKey, now: Instant) -> Request {
        while self.impatient_at(now).is_some_and(|at| at <= now)
            && let Some((_, mut wanting)) = self.waiting.pop_front()
        {
            wanting.may_wait = false;
            self.wanting.push(wanting);
        }
        self.is_asking = true;
        self.has_heard = false;
        self.asked_at = Some(now);
        let idle = self.slots.saturating_sub(self.in_use);
        self.slots -= idle;
        let is_unsure = self.tell_at.take().is_some() || self.retry_at.is_some();
        // The response names runs, so a run with two tickets needs two requests.
        let mut runs = HashSet::new();
        let (wanting, later) = std::mem::take(&mut self.wanting)
            .into_iter()
            .partition(|one| runs.len() < MOST && runs.insert(one.fence.run));
        self.wanting = later;
        Request {
            key,
            idle,
            in_use: is_unsure.then_some(self.in_use),
            wanting,
            following: std::mem::take(&mut self.following),
        }
    }

    /// Handles a request that failed and will be sent again. Returns whether to log this.
    pub(super) fn failed(&mut self, request: Request) -> bool {
        self.is_asking = false;
        let backoff = self.backoff.get_or_insert_with(Backoff::new);
        self.retry_at = Some(Instant::now() + backoff.wait());
        self.wanting.splice(..0, request.wanting);
        self.following.splice(..0, request.following);
        backoff.should_log()
    }

    /// Handles a request that the database refuses. Returns whether to log this.
    pub(super) fn refused(&mut self, request: Request, error: &QueueError) -> bool {
        self.is_asking = false;
        self.retry_at = None;
        // The error concerns all runs of the request. No run follows the attempts that have ended.
        for wanting in request.wanting {
            let _ = wanting.reply.send(Err(error.copy()));
        }
        self.has_parked = false;
        // The transaction was rolled back, so the database still counts the idle slots.
        let backoff = self.backoff.get_or_insert_with(Backoff::new);
        self.tell_at = Some(Instant::now() + backoff.wait());
        backoff.should_log()
    }

    /// Handles the response to a request.
    pub(super) fn answered(&mut self, request: Request, answer: Answer) {
        self.is_asking = false;
        (self.retry_at, self.backoff) = (None, None);
        self.has_parked = answer.has_parked || self.has_heard;
        self.slots += answer.may_begin.len() + answer.tickets.len();
        for wanting in request.wanting {
            let run = wanting.fence.run;
            if answer.to_wait.contains(&run) {
                self.waiting.push_back((Instant::now(), wanting));
                continue;
            }
            let may_begin = answer.may_begin.contains(&run);
            let reply_with = match answer.refused.contains(&run) {
                // Its row is locked, or accepts no change: the run is handed back.
                true => Err(locked("the run could not be parked".to_owned())),
                false => Ok(may_begin),
            };
            // The receiver may be gone because the worker ends.
            if wanting.reply.send(reply_with).is_ok() && may_begin {
                self.begun();
            }
        }
        let mut tickets = answer.tickets.into_iter();
        for reply in request.following {
            let ticket = tickets.next();
            let is_given = ticket.is_some();
            if reply.send(ticket).is_ok() && is_given {
                self.begun();
            }
        }
        self.free_since = (self.in_use < self.slots).then(Instant::now);
        self.pass_on();
    }

    /// Counts a slot that was given to an attempt.
    fn begun(&mut self) {
        let now = Instant::now();
        self.in_use += 1;
        self.moved_at = Some(now);
        self.free_since = (self.in_use < self.slots).then_some(now);
    }
}
