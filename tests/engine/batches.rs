//! Many runs at once.

use std::time::Duration;

use supabase_task::QueueError;
use supabase_task::engine::{RunFilter, TriggerOptions};
use supabase_task::prelude::*;

use crate::support::{Engine, on_both_engines, soon};
use crate::tasks::{echo, note};

on_both_engines!(
    two_and_a_half_thousand_in_their_order,
    options_of_all_and_of_each,
    nothing_is_a_batch_too,
    too_many_are_refused,
    none_is_stored_if_one_is_refused,
    two_workers_make_each_run_once,
);

async fn two_and_a_half_thousand_in_their_order(engine: Engine) {
    let handles = echo::trigger_batch(&engine.queue, 0..2_500).await.unwrap();
    assert_eq!(handles.len(), 2_500);
    assert!(handles.iter().all(|handle| !handle.is_cached()));
    assert!(handles.windows(2).all(|pair| pair[0].id() < pair[1].id()));
    let _worker = engine.worker().concurrency(50).start().unwrap();
    for n in [0, 1, 999, 1_000, 1_001, 1_999, 2_000, 2_499] {
        assert_eq!(soon(handles[n as usize].wait()).await.unwrap(), n);
    }
}

async fn options_of_all_and_of_each(engine: Engine) {
    let hour = Duration::from_secs(3_600);
    let all = echo::trigger_batch(&engine.queue, [1, 2])
        .tags(["all"])
        .delay(hour);
    for handle in all.await.unwrap() {
        assert_eq!(handle.retrieve().await.unwrap().tags, ["all"]);
    }
    let items = [
        (1, TriggerOptions::new().tags(["one"])),
        (2, TriggerOptions::new().priority(5)),
    ];
    let each = echo::trigger_batch_with(&engine.queue, items)
        .await
        .unwrap();
    assert_eq!(each[0].retrieve().await.unwrap().tags, ["one"]);
    assert_eq!(each[1].retrieve().await.unwrap().priority, 5);
}

async fn nothing_is_a_batch_too(engine: Engine) {
    let handles = echo::trigger_batch(&engine.queue, []).await.unwrap();
    assert!(handles.is_empty());
}

async fn too_many_are_refused(engine: Engine) {
    let refused = echo::trigger_batch(&engine.queue, 0..10_001).await;
    assert!(matches!(refused.unwrap_err(), QueueError::InvalidOption(_)));
    assert!(
        engine
            .queue
            .runs(RunFilter::new())
            .await
            .unwrap()
            .is_empty()
    );
}

async fn none_is_stored_if_one_is_refused(engine: Engine) {
    let items = [
        (1, TriggerOptions::new()),
        (2, TriggerOptions::new().max_attempts(0)),
    ];
    echo::trigger_batch_with(&engine.queue, items)
        .await
        .unwrap_err();
    assert!(
        engine
            .queue
            .runs(RunFilter::new())
            .await
            .unwrap()
            .is_empty()
    );
}

async fn two_workers_make_each_run_once(engine: Engine) {
    let _workers = [engine.start(), engine.start()];
    let labels: Vec<_> = (100..300).map(|n: u32| n.to_string()).collect();
    let handles = note::trigger_batch(&engine.queue, labels.clone())
        .await
        .unwrap();
    for handle in &handles {
        soon(handle.wait()).await.unwrap();
    }
    let mut lines = engine.log.lines();
    lines.sort();
    assert_eq!(lines, labels);
}
