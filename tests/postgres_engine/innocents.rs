//! A task that kills its process, next to others that do nothing wrong.

use std::time::{Duration, Instant};

use supabase_task::RunStatus;
use supabase_task::engine::AttemptOutcome::{Completed, Crashed, Interrupted};
use supabase_task::prelude::*;

use crate::stage::{PATIENCE, Stage, outcomes, until_within};
use crate::tasks::{innocent, killer, note};

/// How often the killer and its neighbours may be lost together until the killer is identified.
const HANDFUL: u32 = 6;

async fn the_killer_alone_ends_by_it(milliseconds: u64) {
    let stage = Stage::new().await;
    let settings = [("ENGINE_CONCURRENCY", "10")];
    let mut worker = stage.process_with(&settings);
    let innocents = innocent::trigger_batch(&stage.queue, vec!["gate".to_owned(); 6])
        .await
        .unwrap();
    for run in &innocents {
        stage.status(run.id(), RunStatus::Executing).await;
    }
    // These wait for a later time and never delay anything.
    let delay = Duration::from_secs(3_600);
    let waiting = note::trigger(&stage.queue, 1).delay(delay).await.unwrap();

    let killer = killer::trigger(&stage.queue, milliseconds).await.unwrap();
    let started = Instant::now();
    let mut deaths = 0;
    let killed = until_within(PATIENCE * 3, "the killer is over", || {
        if !worker.is_running() {
            deaths += 1;
            worker = stage.process_with(&settings);
        }
        async { Some(stage.run(killer.id()).await).filter(|run| run.status.is_final()) }
    })
    .await;
    println!(
        "{milliseconds} ms: the killer is {} after {deaths} deaths and {:.1?}: {:?}",
        killed.status,
        started.elapsed(),
        outcomes(&killed)
    );
    assert_eq!(killed.status, RunStatus::Crashed, "{killed:?}");
    assert!((3..=HANDFUL).contains(&deaths), "{deaths}");

    stage.open("gate").await;
    for run in &innocents {
        let run = stage.finished(run.id()).await;
        println!("innocent: {:?}", outcomes(&run));
        assert_eq!(run.status, RunStatus::Completed, "{run:?}");
        let counted = run
            .attempts
            .iter()
            .filter(|attempt| attempt.outcome != Interrupted);
        assert!(counted.count() <= 3, "{run:?}");
        let last = run.attempts.last().unwrap();
        assert_eq!(last.outcome, Completed);
        let before = &run.attempts[..run.attempts.len() - 1];
        let lost = |outcome| outcome == Crashed || outcome == Interrupted;
        assert!(
            before.iter().all(|attempt| lost(attempt.outcome)),
            "{run:?}"
        );
    }
    let waited = stage.run(waiting.id()).await;
    assert_eq!(outcomes(&waited), []);
    assert!(worker.is_running());
}

#[tokio::test]
async fn who_kills_its_process_at_once_ends_alone() {
    the_killer_alone_ends_by_it(0).await;
}

#[tokio::test]
async fn who_kills_its_process_after_a_while_ends_alone() {
    the_killer_alone_ends_by_it(200).await;
}

/// There are more runs than slots. Runs that have not started when their process dies are not
/// charged for it.
#[tokio::test]
async fn what_had_not_begun_is_not_charged() {
    let stage = Stage::new().await;
    let settings = [("ENGINE_CONCURRENCY", "2")];
    let mut worker = stage.process_with(&settings);
    let holding = innocent::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    stage.status(holding.id(), RunStatus::Executing).await;
    let killer = killer::trigger(&stage.queue, 200).await.unwrap();
    stage.marked(killer.id(), "begun", 1).await;
    let waiting = note::trigger_batch(&stage.queue, 0..20).await.unwrap();
    until_within(PATIENCE * 3, "the killer is over", || {
        if !worker.is_running() {
            worker = stage.process_with(&settings);
        }
        async { Some(stage.run(killer.id()).await).filter(|run| run.status.is_final()) }
    })
    .await;
    stage.open("gate").await;
    for run in &waiting {
        let run = stage.finished(run.id()).await;
        assert_eq!(outcomes(&run), [(1, Completed)], "{run:?}");
    }
    assert_eq!(
        stage.finished(holding.id()).await.status,
        RunStatus::Completed
    );
}
