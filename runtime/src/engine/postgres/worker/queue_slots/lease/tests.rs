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

/// Returns a lease with one slot, which an attempt holds.
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
    assert_eq!((lease.slots, lease.in_use), (1, 1));
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
    // During the request, no run gets it.
    assert!(lease.enter(fence()).is_some());
    lease.answered(request, Answer::default());
    assert_eq!(lease.slots, 0);
    assert!(!lease.is_unused());
}

/// It is unknown what the database gave, so the next request reports how many slots are in use.
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

/// Returns whether a run was given a slot.
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
    assert_eq!((lease.slots, lease.in_use), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn runs_ask_for_a_place_when_none_becomes_free() {
    let mut lease = one_in_use();
    let _waits = lease.enter(fence()).unwrap();
    tokio::time::advance(PATIENCE).await;
    // The last slot became free long ago, so this run requests one at once.
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

/// The response may be older than what was heard.
#[tokio::test(start_paused = true)]
async fn what_is_heard_while_the_database_is_asked_counts() {
    let mut lease = one_in_use();
    let request = lease.ask(key(), Instant::now());
    lease.expect_parked();
    lease.answered(request, Answer::default());
    assert!(lease.has_parked);
    let request = lease.ask(key(), Instant::now());
    lease.answered(request, Answer::default());
    assert!(!lease.has_parked);
}

/// The database rolled the request back, so it still counts the offered slot.
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
    /// The database gives at most this many slots.
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

/// A lease, and what its callers know.
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

    /// An attempt has ended, and a parked run may follow it.
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
            Event::OthersPark => self.lease.expect_parked(),
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
        // After a refused request, no run follows.
        self.following
            .retain_mut(|answer| matches!(answer.try_recv(), Err(TryRecvError::Empty)));
        assert_eq!(self.lease.in_use, self.begun);
        assert!(self.lease.in_use <= self.lease.slots);
    }
}

proptest! {
    /// No slot is given twice, none is lost, and each run gets an answer in the end.
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
            // From here on, the database gives no slots.
            while let Some(due) = scene.lease.due(Instant::now()) {
                tokio::time::sleep_until(due).await;
                scene.answers(0);
                scene.look();
            }
            assert!(scene.asking.is_empty() && scene.following.is_empty());
            assert_eq!(scene.lease.slots, scene.begun);
        });
    }
}
