//! [`Lease`]: the places that this worker has of one queue and key, and what is to be asked for it.

#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::super::backoff::Backoff;
use super::super::super::failure::locked;
use super::super::ticket::{Fence, Ticket};
use super::key::QueueKey;
use crate::engine::QueueError;
use crate::run::RunId;

/// How long a place may be free in this worker before others may have it.
const LINGER: Duration = Duration::from_millis(20);

/// How long a run may wait for one of this worker's places before it is parked, and only while places become
/// free here: to park a run and to let it begin again costs more than a short attempt.
const PATIENCE: Duration = Duration::from_millis(50);

/// How many runs are asked for in one statement.
const MOST: usize = 100;

/// A run that wants to begin.
#[derive(Debug)]
pub(super) struct Wanting {
    pub(super) fence: Fence,
    /// Whether it has not waited for a place here yet.
    pub(super) may_wait: bool,
    /// Whether it may begin.
    reply: oneshot::Sender<Result<bool, QueueError>>,
}

/// The places that this worker has of one queue and key.
#[derive(Debug, Default)]
pub(super) struct Lease {
    /// How many places the database says that this worker has.
    pub(super) places: usize,
    /// How many of them attempts have.
    pub(super) in_use: usize,
    /// Whether there may be parked runs.
    pub(super) has_parked: bool,
    /// Attempts that have ended, for a parked run each.
    pub(super) following: Vec<oneshot::Sender<Option<Ticket>>>,
    /// Runs that wait for one of these places, and since when. The first to come is the first to go.
    waiting: VecDeque<(Instant, Wanting)>,
    /// Runs that want to begin, and ask the database for a place.
    wanting: Vec<Wanting>,
    /// When a place was last given to an attempt, or became free.
    moved_at: Option<Instant>,
    /// Since when one of the places is free.
    free_since: Option<Instant>,
    is_asking: bool,
    /// While the database was asked, somebody said that runs are parked.
    has_heard: bool,
    /// What the database knows of these places may be wrong: when it is told at the latest how many attempts
    /// need.
    tell_at: Option<Instant>,
    /// When the database was last asked.
    asked_at: Option<Instant>,
    /// The database could not be asked: when it is asked again.
    retry_at: Option<Instant>,
    backoff: Option<Backoff>,
}

/// What is asked for one queue and key.
pub(super) struct Request {
    pub(super) key: QueueKey,
    /// Slots that no attempt needs: they are offered.
    pub(super) idle: usize,
    /// How many places attempts need, if it is not known what the database gave the last time.
    pub(super) in_use: Option<usize>,
    pub(super) wanting: Vec<Wanting>,
    pub(super) following: Vec<oneshot::Sender<Option<Ticket>>>,
}

/// What the database answers.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) may_begin: HashSet<RunId>,
    /// Those that are next, when a place of this worker is free.
    pub(super) to_wait: HashSet<RunId>,
    /// Those that may not, and cannot be parked either.
    pub(super) refused: HashSet<RunId>,
    /// Whether runs are parked.
    pub(super) has_parked: bool,
    pub(super) tickets: Vec<Ticket>,
}

impl Lease {
    /// A run wants to begin. `None` if there is a place for it here; otherwise it waits for one, or the
    /// database is asked.
    pub(super) fn enter(
        &mut self,
        fence: Fence,
    ) -> Option<oneshot::Receiver<Result<bool, QueueError>>> {
        if self.in_use < self.places && self.is_ours_to_give() {
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
        if is_moving && self.places > 0 && !self.has_parked {
            self.waiting.push_back((now, wanting));
        } else {
            self.wanting.push(wanting);
        }
        Some(answer)
    }

    /// An attempt has ended: its place passes to the run that has waited longest for one.
    pub(super) fn release(&mut self) {
        self.in_use = self.in_use.saturating_sub(1);
        let now = Instant::now();
        self.moved_at = Some(now);
        self.free_since.get_or_insert(now);
        self.pass_on();
    }

    /// Whether a place that is free passes on without a question: no run is before those that are here.
    fn is_ours_to_give(&self) -> bool {
        !self.has_parked && !self.is_asking
    }

    fn pass_on(&mut self) {
        while self.in_use < self.places && self.is_ours_to_give() {
            let Some((_, first)) = self.waiting.pop_front() else {
                return;
            };
            // Who asked may be gone: the worker ends.
            if first.reply.send(Ok(true)).is_ok() {
                self.begun();
            }
        }
    }

    /// Somebody says that runs are parked.
    pub(super) fn hear_of_parked(&mut self) {
        self.has_parked = true;
        self.has_heard = true;
    }

    /// What the database knows of these places may be wrong.
    pub(super) fn recount(&mut self) {
        self.tell_at = Some(Instant::now());
    }

    /// When the database is to be asked; `None` if there is nothing to ask.
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

    /// When a place that no attempt has is to be offered to others.
    fn offered_at(&self, now: Instant) -> Option<Instant> {
        (self.places > self.in_use).then(|| self.free_since.unwrap_or(now) + LINGER)
    }

    /// When the first of the runs that wait for a place here is to ask the database.
    fn impatient_at(&self, now: Instant) -> Option<Instant> {
        let (since, _) = self.waiting.front()?;
        match self.has_parked || self.places == 0 {
            true => Some(now),
            false => Some(*since + PATIENCE),
        }
    }

    /// When the database was last asked: who has waited longest comes first.
    pub(super) fn asked_at(&self) -> Option<Instant> {
        self.asked_at
    }

    /// Whether nothing is known of this queue any more.
    pub(super) fn is_unused(&self) -> bool {
        self.places == 0
            && self.in_use == 0
            && !self.is_asking
            && self.tell_at.is_none()
            && self.retry_at.is_none()
            && self.waiting.is_empty()
            && self.wanting.is_empty()
            && self.following.is_empty()
    }

    /// All that is to be asked now. Until there is an answer, free places are given to nobody.
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
        let idle = self.places.saturating_sub(self.in_use);
        self.places -= idle;
        let is_unsure = self.tell_at.take().is_some() || self.retry_at.is_some();
        // The answer names runs. One with two tickets is asked for twice.
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

    /// The database could not be asked, and will be asked again. Whether this is to be logged.
    pub(super) fn failed(&mut self, request: Request) -> bool {
        self.is_asking = false;
        let backoff = self.backoff.get_or_insert_with(Backoff::new);
        self.retry_at = Some(Instant::now() + backoff.wait());
        self.wanting.splice(..0, request.wanting);
        self.following.splice(..0, request.following);
        backoff.should_log()
    }

    /// The database refuses the question itself. Whether this is to be logged.
    pub(super) fn refused(&mut self, request: Request, error: &QueueError) -> bool {
        self.is_asking = false;
        self.retry_at = None;
        // What it says of its tables, it says of every run. An attempt that has ended is followed by none.
        for wanting in request.wanting {
            let _ = wanting.reply.send(Err(error.copy()));
        }
        self.has_parked = false;
        // What it knows of the places is as it was.
        let backoff = self.backoff.get_or_insert_with(Backoff::new);
        self.tell_at = Some(Instant::now() + backoff.wait());
        backoff.should_log()
    }

    /// The database has answered.
    pub(super) fn answered(&mut self, request: Request, answer: Answer) {
        self.ended();
        self.has_parked = answer.has_parked || self.has_heard;
        self.places += answer.may_begin.len() + answer.tickets.len();
        for wanting in request.wanting {
            let run = wanting.fence.run;
            if answer.to_wait.contains(&run) {
                self.waiting.push_back((Instant::now(), wanting));
                continue;
            }
            let may_begin = answer.may_begin.contains(&run);
            let reply_with = match answer.refused.contains(&run) {
                // Its row is locked, or takes no change at all: it is handed back.
                true => Err(locked("the run could not be parked".to_owned())),
                false => Ok(may_begin),
            };
            // Who asked may be gone: the worker ends.
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
        self.free_since = (self.in_use < self.places).then(Instant::now);
        self.pass_on();
    }

    fn ended(&mut self) {
        self.is_asking = false;
        (self.retry_at, self.backoff) = (None, None);
    }

    /// An attempt has one of the places.
    fn begun(&mut self) {
        let now = Instant::now();
        self.in_use += 1;
        self.moved_at = Some(now);
        self.free_since = (self.in_use < self.places).then_some(now);
    }
}
