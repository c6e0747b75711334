//! The load that an idle worker puts on the database.

use std::time::{Duration, Instant};

use supabase_task::Worker;
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::prelude::*;
use supabase_task_tests::TestServer;

use crate::stage::{Stage, offline};
use crate::tasks::note;

#[tokio::test]
async fn an_idle_worker_makes_few_transactions() {
    // A server of its own: in its first minute, autovacuum does not add to the count.
    let server = TestServer::start().await;
    let stage = Stage::at(server.url().to_string(), None).await;
    // With the default takeover time.
    let queue = PostgresOptions::new(&stage.url).connect().await.unwrap();
    let supabase = offline().with_state(stage.pool.clone());
    let worker = Worker::new(&queue, &supabase)
        .schedules(false)
        .start()
        .unwrap();
    note::trigger(&queue, 1)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();

    // A session's statistics appear up to ten seconds later.
    tokio::time::sleep(Duration::from_secs(11)).await;
    let (before, started) = (transactions(&stage).await, Instant::now());
    tokio::time::sleep(Duration::from_secs(15)).await;
    let made = transactions(&stage).await - before;
    let each_second = made as f64 / started.elapsed().as_secs_f64();
    println!("an idle worker: {each_second:.1} transactions a second");
    assert!(each_second < 5.0, "{each_second}");
    assert!(each_second > 0.1, "nothing was counted");
    worker.shutdown().await.unwrap();
}

async fn transactions(stage: &Stage) -> i64 {
    stage
        .scalar(
            "select xact_commit + xact_rollback from pg_stat_database
             where datname = current_database()",
        )
        .await
}
