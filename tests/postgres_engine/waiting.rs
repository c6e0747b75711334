//! Many callers that wait for runs.

use supabase_task::prelude::*;
use tokio::task::JoinSet;

use crate::stage::{PATIENCE, Stage};
use crate::tasks::note;

const RUNS: u64 = 5_000;

/// They share one subscription and one query.
#[tokio::test]
async fn thousands_of_handles_are_waited_for_at_once() {
    let stage = Stage::new().await;
    let handles = note::trigger_batch(&stage.queue, 0..RUNS).await.unwrap();
    let mut waiting = JoinSet::new();
    for (number, handle) in (0..).zip(handles) {
        waiting.spawn(async move { (number, handle.wait().await) });
    }
    let _worker = stage.process_with(&[("ENGINE_CONCURRENCY", "50")]);
    let all = async {
        while let Some(waited) = waiting.join_next().await {
            let (number, output) = waited.unwrap();
            assert_eq!(output.unwrap(), number);
        }
    };
    tokio::time::timeout(PATIENCE, all).await.unwrap();
}

/// A caller that waits for a run that does not exist gets an error, and no one else does.
#[tokio::test]
async fn a_run_that_is_not_there_is_told_at_once() {
    let stage = Stage::new().await;
    let there = note::trigger(&stage.queue, 1).await.unwrap();
    let waits = tokio::spawn({
        let there = there.clone();
        async move { there.wait().await }
    });
    let nobody = crate::stage::id(uuid::Uuid::now_v7());
    let error = stage.queue.finished(nobody).await.unwrap_err();
    assert!(error.to_string().contains("there is no run"), "{error}");
    let worker = stage.worker().start().unwrap();
    assert_eq!(waits.await.unwrap().unwrap(), 1);
    worker.shutdown().await.unwrap();
}
