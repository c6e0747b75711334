//! A payload that panics while its schedule makes it.

use chrono::Timelike;

use super::*;
use crate::engine::error_log::ErrorLog;
use crate::engine::in_process::clock;
use crate::task::ScheduledPayload;

/// Can be made only at minutes divisible by ten.
#[derive(Debug, Serialize, Deserialize)]
struct Fussy;

impl ScheduledPayload for Fussy {
    fn from_tick(tick: Tick) -> Self {
        assert_eq!(tick.timestamp.minute() % 10, 0, "not at this time");
        Self
    }
}

struct FussyTask;

impl Task for FussyTask {
    const ID: &'static str = "in-process-fussy";
    const OPTIONS: TaskOptions = TaskOptions::new().schedule(SCHEDULE);
    type Auth = Service;
    type Payload = Fussy;
    type Return = TaskResult<()>;

    fn identity(_: &Fussy) {}

    fn scheduled(tick: Tick) -> Option<Fussy> {
        Some(Fussy::from_tick(tick))
    }

    async fn call(_: TaskRequest<Service>, _: Fussy) -> TaskResult<Self::Return> {
        Ok(Ok(()))
    }
}

static FUSSY: TaskEntry = TaskEntry::of::<FussyTask>(file!(), line!());

#[tokio::test(start_paused = true)]
async fn a_panic_fails_its_tick_alone_and_is_logged_with_the_task() {
    let (log, _here) = ErrorLog::capture_here();
    let queue = Queue::in_process();
    let schedule = Schedule::new(FUSSY.id(), &SCHEDULE).unwrap();
    let mut plan = plan(&queue, false);
    plan.tasks.insert(FUSSY.id(), &FUSSY);
    plan.schedules.push((&FUSSY, schedule));
    // Forty minutes contain eight ticks if they start a minute after one, whenever the test runs.
    let past_a_tick = clock::now().timestamp().rem_euclid(600).unsigned_abs();
    tokio::time::sleep(Duration::from_secs(600 - past_a_tick + 60)).await;
    let stop = CancellationToken::new();
    let worker = tokio::spawn(queue.backend().clone().work(plan, stop.clone()));
    tokio::time::sleep(Duration::from_secs(40 * 60)).await;

    assert_eq!(count(&queue, RunStatus::Completed).await, 4);
    let errors = log.errors();
    assert_eq!(errors.len(), 4, "{errors:?}");
    for error in errors {
        assert!(error.contains("task.id=\"in-process-fussy\""), "{error}");
        assert!(error.contains("not at this time"), "{error}");
    }
    stop.cancel();
    worker.await.unwrap().unwrap();
}
