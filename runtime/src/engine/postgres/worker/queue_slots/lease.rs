//! [`Lease`]: the places that this worker has of one queue and key, and what is to be asked for it.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::super::backoff::Backoff;
use super::super::super::failure::locked;
use super::super::ticket::{Fence, Ticket};
use super::QueueKey;
use crate::engine::QueueError;
use crate::task::RunId;

/// How long a place may be free in this worker before others may have it.
const LINGER: Duration = Duration::from_millis(20);

/// How many runs are asked for in one statement.
const MOST: usize = 100;

/// Who wants to begin a run: whether it may.
type Wanting = (Fence, oneshot::Sender<Result<bool, QueueError>>);

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
    /// Runs that want to begin.
    wanting: Vec<Wanting>,
    /// Since when one of the places is free.
    free_since: Option<Instant>,
    is_asking: bool,
    /// When the database was last asked.
    asked_at: Option<Instant>,
    /// The database could not be asked: when it is asked again.
    retry_at: Option<Instant>,
    backoff: Option<Backoff>,
}

/// What is asked for one queue and key.
pub(super) struct Request {
    pub(super) key: QueueKey,
    /// Places that no attempt needs: they are offered.
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
    /// Those that may not, and cannot be parked either.
    pub(super) refused: HashSet<RunId>,
    pub(super) tickets: Vec<Ticket>,
}

impl Lease {
    /// A run wants to begin. `None` if there is a place for it here; otherwise the database is asked.
    pub(super) fn enter(
        &mut self,
        fence: Fence,
    ) -> Option<oneshot::Receiver<Result<bool, QueueError>>> {
        if self.in_use < self.places && !self.has_parked && !self.is_asking {
            self.in_use += 1;
            self.note_free();
            return None;
        }
        let (reply, answer) = oneshot::channel();
        self.wanting.push((fence, reply));
        Some(answer)
    }

    /// An attempt has ended.
    pub(super) fn release(&mut self) {
        self.in_use = self.in_use.saturating_sub(1);
        self.free_since.get_or_insert_with(Instant::now);
    }

    /// When the database is to be asked; `None` if there is nothing to ask.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        match self.is_asking {
            true => None,
            false if self.retry_at.is_some() => self.retry_at,
            false if !self.wanting.is_empty() || !self.following.is_empty() => Some(now),
            false if self.places > self.in_use => Some(self.free_since.unwrap_or(now) + LINGER),
            false => None,
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
            && self.retry_at.is_none()
            && self.wanting.is_empty()
            && self.following.is_empty()
    }

    /// All that is to be asked now. Until there is an answer, free places are given to nobody.
    pub(super) fn ask(&mut self, key: QueueKey, now: Instant) -> Request {
        self.is_asking = true;
        self.asked_at = Some(now);
        let idle = self.places.saturating_sub(self.in_use);
        self.places -= idle;
        let some = self.wanting.len().min(MOST);
        Request {
            key,
            idle,
            in_use: self.retry_at.map(|_| self.in_use),
            wanting: self.wanting.drain(..some).collect(),
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

    /// The database refuses the question itself.
    pub(super) fn refused(&mut self, request: Request, error: &QueueError) {
        self.ended();
        // What it says of its tables, it says of every run. An attempt that has ended is followed by none.
        for (_, reply) in request.wanting {
            let _ = reply.send(Err(QueueError::Migration(error.to_string())));
        }
        self.has_parked = false;
    }

    /// The database has answered.
    pub(super) fn answered(&mut self, request: Request, answer: Answer) {
        self.ended();
        self.places += answer.may_begin.len() + answer.tickets.len();
        let mut is_any_parked = false;
        for (fence, reply) in request.wanting {
            let may_begin = answer.may_begin.contains(&fence.run);
            is_any_parked |= !may_begin;
            if may_begin {
                self.in_use += 1;
            }
            let reply_with = match answer.refused.contains(&fence.run) {
                // Its row is locked, or takes no change at all: it is handed back.
                true => Err(locked("the run could not be parked".to_owned())),
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
        self.note_free();
    }

    fn ended(&mut self) {
        self.is_asking = false;
        (self.retry_at, self.backoff) = (None, None);
    }

    fn note_free(&mut self) {
        self.free_since = (self.in_use < self.places).then(Instant::now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fence() -> Fence {
        Fence {
            run: RunId::new(),
            ticket: 1,
            delivery: 0,
        }
    }

    fn key() -> QueueKey {
        QueueKey {
            queue: "q".into(),
            key: "".into(),
        }
    }

    /// A lease with one place, which an attempt has.
    fn one_in_use() -> Lease {
        let mut lease = Lease::default();
        let fence = fence();
        let mut answer = lease.enter(fence).unwrap();
        let request = lease.ask(key(), Instant::now());
        let given = Answer {
            may_begin: HashSet::from([fence.run]),
            ..Answer::default()
        };
        lease.answered(request, given);
        assert!(answer.try_recv().unwrap().unwrap());
        assert_eq!((lease.places, lease.in_use), (1, 1));
        lease
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_passes_on_without_a_question_unless_runs_are_parked() {
        let mut lease = one_in_use();
        lease.release();
        assert!(lease.enter(fence()).is_none());
        lease.release();
        lease.has_parked = true;
        assert!(lease.enter(fence()).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_nobody_takes_is_offered_after_a_moment() {
        let mut lease = one_in_use();
        assert_eq!(lease.due(Instant::now()), None);
        lease.release();
        assert_eq!(lease.due(Instant::now()), Some(Instant::now() + LINGER));
        let request = lease.ask(key(), Instant::now());
        assert_eq!((request.idle, request.in_use), (1, None));
        // Meanwhile it is nobody's.
        assert!(lease.enter(fence()).is_some());
        lease.answered(request, Answer::default());
        assert_eq!(lease.places, 0);
        assert!(!lease.is_unused());
    }

    /// What the database has given then is not known: it is told what is needed.
    #[tokio::test(start_paused = true)]
    async fn after_an_answer_that_was_lost_everything_is_asked_again() {
        let mut lease = one_in_use();
        lease.release();
        let request = lease.ask(key(), Instant::now());
        lease.failed(request);
        let again = lease.due(Instant::now()).unwrap();
        assert!(again > Instant::now());
        assert!(!lease.is_unused());
        tokio::time::sleep_until(again).await;
        let request = lease.ask(key(), Instant::now());
        assert_eq!((request.idle, request.in_use), (0, Some(0)));
        lease.answered(request, Answer::default());
        assert!(lease.is_unused());
    }
}
