//! [`Lease`]: the places that this worker has of one queue and key, and what is to be asked for it.

use std::collections::{HashSet, VecDeque};
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::sync::oneshot::error::TryRecvError;

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

    /// A run that was given a place when it asked for one.
    fn may_begin(answer: &mut oneshot::Receiver<Result<bool, QueueError>>) -> bool {
        answer.try_recv().is_ok_and(|begins| begins.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn while_places_become_free_runs_wait_for_one_in_order() {
        let mut lease = one_in_use();
        let mut first = lease.enter(fence()).unwrap();
        let mut second = lease.enter(fence()).unwrap();
        assert_eq!(lease.due(Instant::now()), Some(Instant::now() + PATIENCE));
        lease.release();
        assert!(may_begin(&mut first));
        assert!(second.try_recv().is_err());
        lease.release();
        assert!(may_begin(&mut second));
        assert_eq!((lease.places, lease.in_use), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn runs_ask_for_a_place_when_none_becomes_free() {
        let mut lease = one_in_use();
        let _waits = lease.enter(fence()).unwrap();
        tokio::time::advance(PATIENCE).await;
        // It was long ago that a place moved: this one asks at once.
        let _asks = lease.enter(fence()).unwrap();
        assert_eq!(lease.due(Instant::now()), Some(Instant::now()));
        let request = lease.ask(key(), Instant::now());
        assert_eq!(request.wanting.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn runs_ask_for_a_place_when_others_are_before_them() {
        let mut lease = one_in_use();
        let mut waits = lease.enter(fence()).unwrap();
        lease.has_parked = true;
        lease.release();
        assert!(waits.try_recv().is_err());
        assert_eq!(lease.due(Instant::now()), Some(Instant::now()));
        let request = lease.ask(key(), Instant::now());
        assert_eq!((request.idle, request.wanting.len()), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_with_two_tickets_is_asked_for_twice() {
        let mut lease = Lease::default();
        let first = fence();
        let second = Fence { ticket: 2, ..first };
        let _answers = [first, second].map(|fence| lease.enter(fence).unwrap());
        for fence in [first, second] {
            let request = lease.ask(key(), Instant::now());
            let asked: Vec<_> = request.wanting.iter().map(|one| one.fence).collect();
            assert_eq!(asked, [fence]);
            lease.answered(request, Answer::default());
        }
    }

    /// The answer was written before that.
    #[tokio::test(start_paused = true)]
    async fn what_is_heard_while_the_database_is_asked_counts() {
        let mut lease = one_in_use();
        let request = lease.ask(key(), Instant::now());
        lease.hear_of_parked();
        lease.answered(request, Answer::default());
        assert!(lease.has_parked);
        let request = lease.ask(key(), Instant::now());
        lease.answered(request, Answer::default());
        assert!(!lease.has_parked);
    }

    /// What the database has rolled back, it still has.
    #[tokio::test(start_paused = true)]
    async fn after_a_refusal_the_database_is_told_what_is_needed() {
        let mut lease = one_in_use();
        lease.release();
        let request = lease.ask(key(), Instant::now());
        assert_eq!((request.idle, request.in_use), (1, None));
        lease.refused(request, &locked("refused".to_owned()));
        assert!(!lease.is_unused());
        let again = lease.due(Instant::now()).unwrap();
        assert!(again > Instant::now());
        let request = lease.ask(key(), again);
        assert_eq!((request.idle, request.in_use), (0, Some(0)));
        lease.answered(request, Answer::default());
        assert!(lease.is_unused());
    }

    #[derive(Clone, Debug)]
    enum Event {
        Arrives,
        Ends,
        Follows,
        /// The database gives this many places at most.
        Answers(usize),
        IsAway,
        Refuses,
        OthersPark,
        Recounts,
        TimePasses(u64),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            4 => Just(Event::Arrives),
            4 => Just(Event::Ends),
            2 => Just(Event::Follows),
            3 => (0..4_usize).prop_map(Event::Answers),
            1 => Just(Event::IsAway),
            1 => Just(Event::Refuses),
            1 => Just(Event::OthersPark),
            1 => Just(Event::Recounts),
            2 => (0..60_u64).prop_map(Event::TimePasses),
        ]
    }

    /// A lease, and what those know that ask it.
    #[derive(Default)]
    struct Scene {
        lease: Lease,
        asking: Vec<oneshot::Receiver<Result<bool, QueueError>>>,
        following: Vec<oneshot::Receiver<Option<Ticket>>>,
        begun: usize,
    }

    impl Scene {
        fn arrives(&mut self) {
            match self.lease.enter(fence()) {
                Some(answer) => self.asking.push(answer),
                None => self.begun += 1,
            }
        }

        /// The attempt has ended; another run is to follow it.
        fn follows(&mut self) {
            let (reply, answer) = oneshot::channel();
            self.begun -= 1;
            self.lease.release();
            self.lease.following.push(reply);
            self.following.push(answer);
        }

        fn request(&mut self) -> Option<Request> {
            let now = Instant::now();
            let is_due = self.lease.due(now).is_some_and(|due| due <= now);
            is_due.then(|| self.lease.ask(key(), now))
        }

        fn answers(&mut self, most: usize) {
            if let Some(request) = self.request() {
                let (mut may_begin, mut to_wait) = (HashSet::new(), HashSet::new());
                for wanting in &request.wanting {
                    if may_begin.len() < most {
                        may_begin.insert(wanting.fence.run);
                    } else if wanting.may_wait {
                        to_wait.insert(wanting.fence.run);
                    }
                }
                let answer = Answer {
                    may_begin,
                    to_wait,
                    ..Answer::default()
                };
                self.lease.answered(request, answer);
            }
        }

        fn happens(&mut self, event: &Event) {
            match event {
                Event::Arrives => self.arrives(),
                Event::Ends if self.begun > 0 => {
                    self.begun -= 1;
                    self.lease.release();
                }
                Event::Follows if self.begun > 0 && self.lease.has_parked => self.follows(),
                Event::Ends | Event::Follows | Event::TimePasses(_) => {}
                Event::Answers(most) => self.answers(*most),
                Event::IsAway => {
                    if let Some(request) = self.request() {
                        self.lease.failed(request);
                    }
                }
                Event::Refuses => {
                    if let Some(request) = self.request() {
                        self.lease.refused(request, &locked("refused".to_owned()));
                    }
                }
                Event::OthersPark => self.lease.hear_of_parked(),
                Event::Recounts => self.lease.recount(),
            }
        }

        fn look(&mut self) {
            self.asking.retain_mut(|answer| match answer.try_recv() {
                Ok(begins) => {
                    self.begun += usize::from(begins.unwrap_or(false));
                    false
                }
                Err(error) => {
                    assert_eq!(error, TryRecvError::Empty, "nobody answers");
                    true
                }
            });
            // Those whose question was refused are followed by none.
            self.following
                .retain_mut(|answer| matches!(answer.try_recv(), Err(TryRecvError::Empty)));
            assert_eq!(self.lease.in_use, self.begun);
            assert!(self.lease.in_use <= self.lease.places);
        }
    }

    proptest! {
        /// No place is given twice, none is lost, and each run that asks has an answer in the end.
        #[test]
        fn places_are_given_once(events in prop::collection::vec(event(), 0..60)) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut scene = Scene::default();
                for event in &events {
                    if let Event::TimePasses(milliseconds) = event {
                        tokio::time::advance(Duration::from_millis(*milliseconds)).await;
                    }
                    scene.happens(event);
                    scene.look();
                }
                // From here on the database gives none.
                while let Some(due) = scene.lease.due(Instant::now()) {
                    tokio::time::sleep_until(due).await;
                    scene.answers(0);
                    scene.look();
                }
                assert!(scene.asking.is_empty() && scene.following.is_empty());
                assert_eq!(scene.lease.places, scene.begun);
            });
        }
    }
}
