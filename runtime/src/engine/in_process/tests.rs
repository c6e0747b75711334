//! Tests of everything that takes time, in tokio's paused time. What both engines promise is tested on
//! both, in `tests/engine`.

mod panicking_ticks;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Supabase;
use crate::auth::Service;
use crate::engine::TaskEntry;
use crate::engine::schedule::Schedule;
use crate::engine::worker::{WorkPlan, WorkerSettings};
use crate::engine::{AttemptOutcome, Queue, RunFilter, RunStatus, WorkerError};
use crate::run::{RetryPolicy, RunId, ScheduleOptions, TaskError, TaskOptions, TaskResult, Tick};
use crate::task::{Task, TaskContext, TaskRequest};

/// What an attempt of the probe does.
#[derive(Debug, Serialize, Deserialize)]
enum Probe {
    Succeed,
    Fail,
    Hang,
    /// Triggers this many children and waits for all of them, and for one more before and after.
    Family(u64),
    Brittle(#[serde(deserialize_with = "panics")] ()),
}

/// Panics when the payload is parsed, but not when a typed trigger serializes it.
fn panics<'de, D: serde::Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    panic!("a payload that cannot be read")
}

struct ProbeTask;

impl Task for ProbeTask {
    const ID: &'static str = "in-process-probe";
    const OPTIONS: TaskOptions = TaskOptions::new()
        .retry(RetryPolicy::new().jitter(false))
        .schedule(SCHEDULE);
    type Auth = Service;
    type Payload = Probe;
    type Return = TaskResult<u32>;

    fn identity(_: &Probe) {}

    fn scheduled(_: Tick) -> Option<Probe> {
        Some(Probe::Succeed)
    }

    async fn call(request: TaskRequest<Service>, payload: Probe) -> TaskResult<Self::Return> {
        match payload {
            Probe::Succeed => Ok(Ok(request.context().attempt())),
            Probe::Fail => Ok(Err(TaskError::retry("no"))),
            Probe::Hang => std::future::pending().await,
            Probe::Brittle(()) => Ok(Ok(0)),
            Probe::Family(children) => Ok(family(request.context(), children).await),
        }
    }
}

async fn family(context: &TaskContext, children: u64) -> TaskResult<u32> {
    // Finishes before the other children are triggered.
    let first = context.trigger::<ProbeTask>(Probe::Succeed).await?;
    first.wait().await?;
    let children = (0..children).map(|_| Probe::Succeed);
    let outputs = context.trigger_batch_and_wait::<ProbeTask>(children);
    for output in outputs.await? {
        output?;
    }
    Ok(first.wait().await?)
}

const SCHEDULE: ScheduleOptions = ScheduleOptions::cron("*/5 * * * *");

static PROBE: TaskEntry = TaskEntry::of::<ProbeTask>(file!(), line!());

fn plan(queue: &Queue, schedules: bool) -> WorkPlan {
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:1")
        .secret_key("sb_secret_of_nobody")
        .build()
        .unwrap();
    let schedule = Schedule::new(PROBE.id(), &SCHEDULE).unwrap();
    WorkPlan {
        supabase,
        queue: queue.clone(),
        settings: WorkerSettings {
            schedules,
            ..WorkerSettings::default()
        },
        tasks: HashMap::from([(PROBE.id(), &PROBE)]),
        limits: BTreeMap::new(),
        schedules: match schedules {
            true => vec![(&PROBE, schedule)],
            false => Vec::new(),
        },
    }
}

struct TestWorker {
    stop: CancellationToken,
    work: JoinHandle<Result<(), WorkerError>>,
}

fn start(queue: &Queue, schedules: bool) -> TestWorker {
    let stop = CancellationToken::new();
    let plan = plan(queue, schedules);
    let work = queue.backend().clone().work(plan, stop.clone());
    TestWorker {
        stop,
        work: tokio::spawn(work),
    }
}

async fn count(queue: &Queue, status: RunStatus) -> usize {
    let filter = RunFilter::new().status(status).limit(1_000);
    queue.runs(filter).await.unwrap().len()
}

/// Waits, without advancing time, until a run has this status.
async fn settled(queue: &Queue, run: RunId, status: RunStatus) {
    while queue.retrieve(run).await.unwrap().status != status {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_takes_the_time_it_says() {
    let queue = Queue::in_process();
    let _worker = start(&queue, false);
    let start = tokio::time::Instant::now();
    let delay = Duration::from_secs(3_600);
    let handle = ProbeTask::trigger(&queue, Probe::Succeed).delay(delay);
    let handle = handle.await.unwrap();
    assert_eq!(handle.status().await.unwrap(), RunStatus::Delayed);
    assert_eq!(handle.wait().await.unwrap(), 1);
    assert!(start.elapsed() >= delay);
    assert!(start.elapsed() < delay + Duration::from_secs(1));
    let run = handle.retrieve().await.unwrap();
    assert!(run.started_at.unwrap() >= run.run_at);
}

#[tokio::test(start_paused = true)]
async fn between_attempts_it_waits_as_the_policy_says() {
    let queue = Queue::in_process();
    let _worker = start(&queue, false);
    let handle = ProbeTask::trigger(&queue, Probe::Fail).await.unwrap();
    handle.wait().await.unwrap_err();
    let attempts = handle.retrieve().await.unwrap().attempts;
    let waits: Vec<_> = attempts
        .windows(2)
        .map(|pair| (pair[1].started_at - pair[0].ended_at).num_seconds())
        .collect();
    assert_eq!(waits, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_nobody_starts_expires_also_without_a_worker() {
    let queue = Queue::in_process();
    let ttl = Duration::from_secs(600);
    let start = tokio::time::Instant::now();
    let handle = ProbeTask::trigger(&queue, Probe::Succeed).ttl(ttl);
    let run = queue.finished(handle.await.unwrap().id()).await.unwrap();
    assert_eq!(run.status, RunStatus::Expired);
    assert!(run.finished_at >= run.expires_at);
    assert!(start.elapsed() >= ttl);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_forgotten_after_its_time() {
    let queue = Queue::in_process();
    let hour = Duration::from_secs(3_600);
    let trigger = || {
        ProbeTask::trigger(&queue, Probe::Succeed)
            .idempotency_key("once")
            .idempotency_ttl(hour)
    };
    let first = trigger().await.unwrap();
    assert_eq!(trigger().await.unwrap().id(), first.id());
    tokio::time::advance(hour + Duration::from_secs(1)).await;
    let third = trigger().await.unwrap();
    assert!(!third.is_cached() && third.id() != first.id());
}

#[tokio::test(start_paused = true)]
async fn each_tick_is_one_run_with_any_number_of_workers() {
    let queue = Queue::in_process();
    let _workers = [
        start(&queue, true),
        start(&queue, true),
        start(&queue, true),
    ];
    tokio::time::sleep(Duration::from_secs(31 * 60)).await;
    let runs = queue.runs(RunFilter::new().limit(100)).await.unwrap();
    let mut keys: Vec<_> = runs.iter().map(|run| run.idempotency_key.clone()).collect();
    keys.dedup();
    assert_eq!(keys.len(), runs.len());
    assert!((6..=7).contains(&runs.len()), "{}", runs.len());
    for run in &runs {
        assert_eq!(run.status, RunStatus::Completed);
        assert_eq!(run.created_at.timestamp() / 60 % 5, 0, "{}", run.created_at);
    }
}

#[tokio::test(start_paused = true)]
async fn of_the_ticks_that_no_worker_saw_one_is_made_up_for() {
    let queue = Queue::in_process();
    let first = start(&queue, true);
    tokio::time::sleep(Duration::from_secs(1)).await;
    first.stop.cancel();
    first.work.await.unwrap().unwrap();
    let before = count(&queue, RunStatus::Completed).await;
    tokio::time::sleep(Duration::from_secs(30 * 60)).await;
    let _second = start(&queue, true);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(count(&queue, RunStatus::Completed).await, before + 1);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_dies_is_a_failed_attempt() {
    let queue = Queue::in_process();
    let _worker = start(&queue, false);
    let handle = ProbeTask::trigger(&queue, Probe::Brittle(()));
    let run = queue.finished(handle.await.unwrap().id()).await.unwrap();
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(run.attempts.len(), 3);
    assert!(run.error.unwrap().message.contains("in-process-probe"));
    // The worker continues.
    let handle = ProbeTask::trigger(&queue, Probe::Succeed).await.unwrap();
    assert_eq!(handle.wait().await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_dropped_hands_its_runs_back() {
    let queue = Queue::in_process();
    let worker = start(&queue, false);
    let handle = ProbeTask::trigger(&queue, Probe::Hang).await.unwrap();
    settled(&queue, handle.id(), RunStatus::Executing).await;
    worker.work.abort();
    settled(&queue, handle.id(), RunStatus::Queued).await;
    let run = handle.retrieve().await.unwrap();
    assert_eq!(run.attempts.len(), 1);
    assert_eq!(run.attempts[0].outcome, AttemptOutcome::Interrupted);

    let _other = start(&queue, false);
    settled(&queue, handle.id(), RunStatus::Executing).await;
    let run = handle.cancel().await.unwrap();
    assert_eq!(run.status, RunStatus::Canceled);
}

#[tokio::test(start_paused = true)]
async fn a_worker_drains_then_interrupts_then_returns() {
    let queue = Queue::in_process();
    let worker = start(&queue, false);
    let handle = ProbeTask::trigger(&queue, Probe::Hang).await.unwrap();
    settled(&queue, handle.id(), RunStatus::Executing).await;
    let begin = tokio::time::Instant::now();
    worker.stop.cancel();
    worker.work.await.unwrap().unwrap();
    assert_eq!(begin.elapsed().as_secs(), 35);
    assert_eq!(handle.status().await.unwrap(), RunStatus::Queued);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_finished_runs_are_forgotten() {
    let queue = Queue::in_process();
    let _worker = start(&queue, false);
    let trigger = ProbeTask::trigger(&queue, Probe::Succeed);
    let first = trigger.idempotency_key("first").await.unwrap();
    first.wait().await.unwrap();
    let second = ProbeTask::trigger(&queue, Probe::Succeed).await.unwrap();
    second.wait().await.unwrap();
    let runs = (0..9_999).map(|_| Probe::Succeed);
    for handle in ProbeTask::trigger_batch(&queue, runs).await.unwrap() {
        handle.wait().await.unwrap();
    }
    first.retrieve().await.unwrap_err();
    second.retrieve().await.unwrap();
    let trigger = ProbeTask::trigger(&queue, Probe::Succeed);
    let again = trigger.idempotency_key("first").await.unwrap();
    assert!(!again.is_cached());
}

#[tokio::test(start_paused = true)]
async fn the_children_of_a_run_that_goes_on_are_not_forgotten() {
    let queue = Queue::in_process();
    let _worker = start(&queue, false);
    let parent = ProbeTask::trigger(&queue, Probe::Family(9_999));
    let parent = parent.await.unwrap();
    settled(&queue, parent.id(), RunStatus::Waiting).await;
    let others = (0..10_000).map(|_| Probe::Succeed);
    let others = ProbeTask::trigger_batch(&queue, others).await.unwrap();
    assert_eq!(parent.wait().await.unwrap(), 1);
    // They count once their parent has ended.
    others[0].retrieve().await.unwrap_err();
}
