//! Workers that are killed, a server that restarts, connections that freeze, outcomes that are refused, and
//! rows that are bad or locked, all while runs drain: no run is lost, no run is completed twice, and every
//! attempt is explained. The example `chaos` does part of this for longer.

use std::collections::HashMap;

use supabase_task::RunStatus;
use supabase_task::engine::{AttemptOutcome, RunFilter};
use supabase_task::prelude::*;
use supabase_task_tests::TestServer;

use crate::faults;
use crate::process::WorkerProcess;
use crate::proxy::Proxy;
use crate::stage::{Stage, until};
use crate::tasks::step;

const RUNS: u64 = 2_000;
const KILLS: usize = 8;

/// Longer than a busy machine can delay a worker's heartbeat.
const TAKEOVER: [(&str, &str); 1] = [("ENGINE_TAKEOVER_MS", "3000")];

#[tokio::test]
async fn runs_drain_while_workers_are_killed_and_the_server_restarts() {
    let mut server = TestServer::start().await;
    let stage = Stage::at(server.url().to_string(), None).await;
    let proxy = Proxy::to(&stage.url).await;
    faults::refuse_outcomes(&stage).await;
    let handles = step::trigger_batch(&stage.queue, 0..RUNS).await.unwrap();
    let locking = faults::lock_rows(&stage.url);
    // The first worker's connections will freeze.
    let start: [&dyn Fn() -> WorkerProcess; 2] =
        [&|| stage.process_behind(&proxy, &TAKEOVER), &|| {
            stage.process_with(&TAKEOVER)
        }];
    let mut workers: [WorkerProcess; 2] = [start[0](), start[1]()];
    let bad = faults::bad_rows(&stage).await;

    let mut killed = 0;
    let mut dead = Vec::new();
    while killed < KILLS {
        // Each kill comes after a share of the runs, so that all of them interrupt work.
        let share = (killed as i64 + 1) * (RUNS as i64) / (KILLS as i64 + 2);
        progress(&stage, &mut workers, start, share).await;
        let place = killed % 2;
        workers[place].kill().await;
        dead.extend(workers[place].worker_id());
        workers[place] = start[place]();
        killed += 1;
        if killed == KILLS / 2 {
            server.restart().await;
        }
        if killed == KILLS / 2 + 2 {
            let frozen = until("the worker has started", || async {
                workers[0].worker_id()
            })
            .await;
            // The other worker may consider it dead.
            dead.push(frozen);
            proxy.freeze_open();
        }
    }
    progress(&stage, &mut workers, start, RUNS as i64 + bad).await;
    drop(locking);
    faults::remove_bad_jobs(&stage).await;

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
    assert_eq!(runs.len() as i64, handles.len() as i64 + bad, "lost");
    let mut extra: HashMap<AttemptOutcome, usize> = HashMap::new();
    let mut failed = 0;
    for run in &runs {
        let before = run
            .attempts
            .split_last()
            .map_or(&[][..], |(_, before)| before);
        let last = run.attempts.last();
        let number = run.payload.get().parse::<u64>();
        let is_completed = run.status == RunStatus::Completed;
        match number {
            Err(_) => assert_eq!(run.status, RunStatus::Failed, "{run:?}"),
            Ok(number) if !is_completed => {
                assert_eq!(run.status, RunStatus::Failed, "{run:?}");
                let is_explained = faults::is_refused(number) || faults::may_be_refused(number);
                let error = run.error.as_ref().unwrap();
                assert!(is_explained && error.message.contains("refused"), "{run:?}");
                failed += 1;
            }
            Ok(number) => {
                assert!(!faults::is_refused(number), "{run:?}");
                assert_eq!(run.output.as_ref().unwrap().get(), run.payload.get());
                assert_eq!(last.unwrap().outcome, AttemptOutcome::Completed, "{run:?}");
            }
        }
        // The outcome of a refused attempt is not among them.
        let before = match number {
            Ok(_) if !is_completed => &run.attempts[..],
            _ => before,
        };
        for attempt in before {
            *extra.entry(attempt.outcome).or_default() += 1;
            assert_eq!(attempt.outcome, AttemptOutcome::Crashed, "{run:?}");
            // It was held by a worker that was killed.
            let worker = attempt.worker.as_ref().unwrap();
            assert!(dead.contains(worker), "{dead:?} {run:?}");
        }
        if is_completed {
            assert_eq!(last.unwrap().number, before.len() as u32 + 1, "{run:?}");
        }
    }
    println!(
        "{RUNS} runs, {KILLS} kills, 1 restart, 1 freeze, {failed} refused; attempts besides: {extra:?}"
    );
    assert!(!extra.is_empty(), "no kill met any work");

    // Nothing is left behind once the dead workers are swept.
    for worker in &mut workers {
        // The last one may still be starting: a signal that nothing waits for kills it.
        until("the worker has started", || async { worker.worker_id() }).await;
        worker.signal("TERM").await;
        assert!(worker.ended().await.success(), "{}", worker.log());
    }
    let last = stage.process_with(&TAKEOVER);
    until("no ticket and no dead worker is left", || async {
        let left: i64 = stage
            .scalar(
                "select (select count(*) from supabase_task_jobs.jobs)
                   + (select count(*) from supabase_task.workers)",
            )
            .await;
        (left <= 1).then_some(())
    })
    .await;
    drop(last);
}

/// Waits until the given number of runs are completed. A worker that cannot reach the server on startup gives
/// up and is restarted, as a service manager would do.
async fn progress(
    stage: &Stage,
    workers: &mut [WorkerProcess; 2],
    start: [&dyn Fn() -> WorkerProcess; 2],
    runs: i64,
) {
    until(format!("{runs} runs are over"), || {
        for (worker, start) in workers.iter_mut().zip(start) {
            if !worker.is_running() {
                *worker = start();
            }
        }
        async { (over(stage).await >= runs).then_some(()) }
    })
    .await;
}

async fn over(stage: &Stage) -> i64 {
    // The server may be down.
    sqlx::query_scalar("select count(*) from supabase_task.runs where finished_at is not null")
        .fetch_one(&stage.pool)
        .await
        .unwrap_or(0)
}
