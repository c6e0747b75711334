//! Database responses that never arrive: the statement has been executed, and the client does not
//! know.

use supabase_task::engine::AttemptOutcome::Completed;
use supabase_task::prelude::*;

use crate::process::WorkerProcess;
use crate::proxy::Proxy;
use crate::stage::{Stage, outcomes};
use crate::tasks::step;

/// The number of runs to drain meanwhile.
const RUNS: u64 = 2_000;

#[tokio::test]
async fn answers_that_are_lost_lose_no_run_and_charge_none() {
    let stage = Stage::new().await;
    let way = Proxy::lossy(&stage.url).await;
    let worker = WorkerProcess::start(way.url(), &[("ENGINE_CONCURRENCY", "10")]);
    let runs = step::trigger_batch(&stage.queue, 0..RUNS).await.unwrap();
    for run in &runs {
        let run = stage.finished(run.id()).await;
        assert_eq!(outcomes(&run), [(1, Completed)], "{}", run.id);
    }
    let lost = way.lost();
    let given_back = worker.log().matches("were given back").count();
    println!("{lost} answers were lost, {given_back} of them with tickets");
    assert!(lost > 10 && given_back > 0, "{lost}, {given_back}");
    stage.nothing_is_left().await;
}
