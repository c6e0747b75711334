//! Workers that are killed and a server that restarts, while runs drain: nothing is lost, nothing is
//! completed twice, and every attempt is explained. The example `chaos` does it for longer.

use std::collections::HashMap;

use supabase_task::RunStatus;
use supabase_task::engine::{AttemptOutcome, RunFilter};
use supabase_task::prelude::*;
use supabase_task_tests::TestServer;

use crate::process::WorkerProcess;
use crate::stage::{Stage, until};
use crate::tasks::step;

const RUNS: u64 = 2_000;
const KILLS: usize = 8;

#[tokio::test]
async fn runs_drain_while_workers_are_killed_and_the_server_restarts() {
    let mut server = TestServer::start().await;
    let stage = Stage::at(server.url().to_string(), None).await;
    let handles = step::trigger_batch(&stage.queue, 0..RUNS).await.unwrap();
    let mut workers: [WorkerProcess; 2] = [stage.process(), stage.process()];

    let mut killed = 0;
    let mut dead = Vec::new();
    while killed < KILLS {
        // Each kill after a share of the runs, so that all of them meet work.
        let share = (killed as i64 + 1) * (RUNS as i64) / (KILLS as i64 + 2);
        progress(&stage, &mut workers, share).await;
        let victim = &mut workers[killed % 2];
        victim.kill().await;
        dead.extend(victim.worker_id());
        *victim = stage.process();
        killed += 1;
        if killed == KILLS / 2 {
            server.restart().await;
        }
    }
    progress(&stage, &mut workers, RUNS as i64).await;

    let mut runs = Vec::new();
    loop {
        let mut filter = RunFilter::new().task("step").limit(1_000);
        if let Some(last) = runs.last() {
            let last: &supabase_task::engine::Run = last;
            filter = filter.before(last.id);
        }
        let page = stage.queue.runs(filter).await.unwrap();
        if page.is_empty() {
            break;
        }
        runs.extend(page);
    }
    assert_eq!(runs.len(), handles.len(), "lost");
    let mut extra: HashMap<AttemptOutcome, usize> = HashMap::new();
    for run in &runs {
        assert_eq!(run.status, RunStatus::Completed, "{run:?}");
        assert_eq!(
            run.output.as_ref().unwrap().get(),
            run.payload.get(),
            "{run:?}"
        );
        let (last, before) = run.attempts.split_last().unwrap();
        assert_eq!(last.outcome, AttemptOutcome::Completed, "{run:?}");
        for attempt in before {
            *extra.entry(attempt.outcome).or_default() += 1;
            assert_eq!(attempt.outcome, AttemptOutcome::Crashed, "{run:?}");
            // It was in the hands of a worker that was killed.
            let worker = attempt.worker.as_ref().unwrap();
            assert!(dead.contains(worker), "{dead:?} {run:?}");
        }
        let crashes = before.len() as u32;
        assert_eq!(last.number, crashes + 1, "{run:?}");
    }
    println!("{RUNS} runs, {KILLS} kills, 1 restart; attempts besides: {extra:?}");
    assert!(!extra.is_empty(), "no kill met any work");

    // Nothing is left behind, once the dead are swept.
    for worker in &mut workers {
        worker.signal("TERM").await;
        assert!(worker.ended().await.success(), "{}", worker.log());
    }
    let last = stage.process();
    until("no ticket and no dead worker is left", || async {
        let left: i64 = stage
            .scalar(
                "select (select count(*) from graphile_worker.jobs)
                   + (select count(*) from supabase_task.workers)",
            )
            .await;
        (left <= 1).then_some(())
    })
    .await;
    drop(last);
}

/// Waits until so many runs are completed. A worker that cannot reach the server when it starts gives
/// up, and is started again, as a service manager does.
async fn progress(stage: &Stage, workers: &mut [WorkerProcess], runs: i64) {
    until(format!("{runs} runs are completed"), || {
        for worker in &mut *workers {
            if !worker.is_running() {
                *worker = stage.process();
            }
        }
        async { (over(stage).await >= runs).then_some(()) }
    })
    .await;
}

async fn over(stage: &Stage) -> i64 {
    // The server may be away.
    sqlx::query_scalar("select count(*) from supabase_task.runs where status = 'COMPLETED'")
        .fetch_one(&stage.pool)
        .await
        .unwrap_or(0)
}
