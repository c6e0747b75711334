//! Concurrency limits: how many runs of a queue run at once.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use supabase_task::RunStatus;
use supabase_task::prelude::*;

use crate::support::{Engine, Gate, on_both_engines, soon};
use crate::tasks::{echo, gated};

on_both_engines!(
    a_queue_runs_as_many_as_its_limit,
    each_key_has_the_limit_for_itself,
    tasks_of_one_queue_share_its_limit,
    a_limit_holds_across_workers,
    a_run_over_the_limit_holds_no_place,
    a_worker_runs_as_many_as_it_may,
);

/// How many runs of each group are running, and the highest number so far.
static RUNNING: LazyLock<Mutex<HashMap<String, Running>>> = LazyLock::new(Mutex::default);

#[derive(Clone, Copy, Default)]
struct Running {
    now: u32,
    most: u32,
}

fn running(group: &str, change: impl FnOnce(&mut Running)) -> Running {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let running = running.entry(group.to_owned()).or_default();
    change(running);
    *running
}

/// A run in progress, until this is dropped.
struct InGroup(String);

impl InGroup {
    fn enter(group: &str) -> Self {
        running(group, |running| {
            running.now += 1;
            running.most = running.most.max(running.now);
        });
        Self(group.to_owned())
    }
}

impl Drop for InGroup {
    fn drop(&mut self) {
        running(&self.0, |running| running.now -= 1);
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Counted {
    /// Unique to one test.
    test: String,
    key: String,
}

impl Counted {
    fn new(key: &str) -> Self {
        Self {
            test: uuid::Uuid::new_v4().to_string(),
            key: key.to_owned(),
        }
    }

    fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    fn group(&self) -> String {
        format!("{}/{}", self.test, self.key)
    }

    /// The highest number of runs of the group at once.
    fn most(&self) -> u32 {
        running(&self.group(), |_| {}).most
    }
}

async fn count(payload: &Counted, gate: &Gate) {
    let _group = InGroup::enter(&payload.group());
    gate.pass().await;
    // Long enough to notice another one.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
}

#[supabase_task(auth = "service", queue(name = "two", concurrency_limit = 2))]
async fn two_at_once(payload: Counted, _s: ServiceClient, gate: State<Gate>) -> TaskResult<()> {
    count(&payload, &gate).await;
    Ok(())
}

#[supabase_task(auth = "service", queue = "two")]
async fn same_queue(payload: Counted, _s: ServiceClient, gate: State<Gate>) -> TaskResult<()> {
    count(&payload, &gate).await;
    Ok(())
}

#[supabase_task(
    auth = "service",
    queue(name = "by-key", concurrency_limit = 1),
    concurrency_key = payload.key
)]
async fn one_for_each(payload: Counted, _s: ServiceClient, gate: State<Gate>) -> TaskResult<()> {
    count(&payload, &gate).await;
    Ok(())
}

async fn a_queue_runs_as_many_as_its_limit(engine: Engine) {
    let _worker = engine.start();
    let payload = Counted::new("");
    let payloads = vec![payload.clone(); 8];
    let handles = two_at_once::trigger_batch(&engine.queue, payloads)
        .await
        .unwrap();
    engine.gate.arrived(2).await;
    engine.gate.open(8);
    for handle in handles {
        soon(handle.wait()).await.unwrap();
    }
    assert_eq!(payload.most(), 2);
}

async fn each_key_has_the_limit_for_itself(engine: Engine) {
    let _worker = engine.start();
    let ann = Counted::new("ann");
    let bob = ann.with_key("bob");
    let payloads = [&ann, &ann, &ann, &bob, &bob].map(Clone::clone);
    let mut handles = one_for_each::trigger_batch(&engine.queue, payloads)
        .await
        .unwrap();
    // One run per key at once, and a third whose trigger sets the key.
    let other = one_for_each::trigger(&engine.queue, ann.with_key("carl"));
    handles.push(other.concurrency_key("carla").await.unwrap());
    engine.gate.arrived(3).await;
    engine.gate.open(6);
    for handle in &handles {
        soon(handle.wait()).await.unwrap();
    }
    assert_eq!((ann.most(), bob.most()), (1, 1));
    let run = handles[0].retrieve().await.unwrap();
    assert_eq!(run.queue, "by-key");
    assert_eq!(run.concurrency_key.as_deref(), Some("ann"));
    let run = handles[5].retrieve().await.unwrap();
    assert_eq!(run.concurrency_key.as_deref(), Some("carla"));
}

async fn tasks_of_one_queue_share_its_limit(engine: Engine) {
    let _worker = engine.start();
    let payload = Counted::new("");
    let queue = &engine.queue;
    let mut handles = Vec::new();
    for _ in 0..3 {
        handles.push(
            two_at_once::trigger(queue, payload.clone())
                .await
                .unwrap()
                .id(),
        );
        handles.push(
            same_queue::trigger(queue, payload.clone())
                .await
                .unwrap()
                .id(),
        );
    }
    engine.gate.arrived(2).await;
    engine.gate.open(6);
    for handle in handles {
        assert_eq!(engine.finished(handle).await.status, RunStatus::Completed);
    }
    assert_eq!(payload.most(), 2);
}

async fn a_limit_holds_across_workers(engine: Engine) {
    let _workers = [engine.start(), engine.start(), engine.start()];
    let payload = Counted::new("");
    let payloads = vec![payload.clone(); 9];
    let handles = two_at_once::trigger_batch(&engine.queue, payloads)
        .await
        .unwrap();
    engine.gate.arrived(2).await;
    engine.gate.open(9);
    for handle in handles {
        soon(handle.wait()).await.unwrap();
    }
    assert_eq!(payload.most(), 2);
}

async fn a_run_over_the_limit_holds_no_place(engine: Engine) {
    let _worker = engine.worker().concurrency(3).start().unwrap();
    let payload = Counted::new("");
    let payloads = vec![payload.clone(); 6];
    let handles = two_at_once::trigger_batch(&engine.queue, payloads)
        .await
        .unwrap();
    engine.gate.arrived(2).await;
    // Two of three slots are taken, and four runs wait for their queue.
    let other = echo::trigger(&engine.queue, 1).await.unwrap();
    assert_eq!(soon(other.wait()).await.unwrap(), 1);
    assert_eq!(handles[5].status().await.unwrap(), RunStatus::Queued);
    engine.gate.open(6);
    for handle in handles {
        soon(handle.wait()).await.unwrap();
    }
    assert_eq!(payload.most(), 2);
}

async fn a_worker_runs_as_many_as_it_may(engine: Engine) {
    let _worker = engine.worker().concurrency(2).start().unwrap();
    let labels = ["a", "b", "c"].map(str::to_owned);
    let handles = gated::trigger_batch(&engine.queue, labels).await.unwrap();
    engine.gate.arrived(2).await;
    assert_eq!(handles[2].status().await.unwrap(), RunStatus::Queued);
    engine.gate.open(1);
    engine.gate.arrived(1).await;
    engine.gate.open(2);
    for handle in handles {
        soon(handle.wait()).await.unwrap();
    }
}
