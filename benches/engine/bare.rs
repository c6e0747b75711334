//! `graphile_worker` by itself, configured as our worker configures it
//! (`engine/postgres/worker/mod.rs`).

use std::time::Duration;

use graphile_worker::worker_utils::WorkerUtils;
use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, LocalQueueConfig, RefetchDelayConfig, TaskHandler,
    WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::protocol::{self, Payload};

/// As many connections as a queue of ours has at most.
const CONNECTIONS: u32 = 7;

/// Does nothing.
#[derive(Clone, Serialize, Deserialize)]
struct Empty(Payload);

impl TaskHandler for Empty {
    const IDENTIFIER: &'static str = "empty";

    async fn run(self, _: WorkerContext) -> impl IntoTaskHandlerResult {
        self.0.started();
        Ok::<(), String>(())
    }
}

pub(crate) struct Bare(WorkerUtils);

async fn connect(url: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect(url)
        .await
        .expect("the database is there")
}

async fn options(url: &str, concurrency: usize) -> WorkerOptions {
    let poll = Duration::from_secs(1);
    let takeover = Duration::from_secs(30);
    let refetch = RefetchDelayConfig::default()
        .with_duration(poll)
        .with_threshold(0)
        .with_max_abort_threshold(1);
    let local_queue = LocalQueueConfig::default()
        .with_size(concurrency)
        .with_refetch_delay(refetch);
    WorkerOptions::default()
        .pg_pool(connect(url).await)
        .concurrency(concurrency)
        .poll_interval(poll)
        .local_queue(local_queue)
        .complete_job_batch_delay(Duration::from_millis(5))
        .heartbeat_interval(takeover / 6)
        .sweep_interval(takeover / 6)
        .sweep_threshold(takeover)
        .recovery_delay(Duration::ZERO)
        .listen_os_shutdown_signals(false)
        .define_job::<Empty>()
}

impl protocol::Queue for Bare {
    async fn produce(url: &str) -> Self {
        let worker = options(url, 1).await.init().await.expect("a worker");
        Self(worker.create_utils())
    }

    async fn enqueue(&self, payload: Payload) {
        let job = self.0.add_job(Empty(payload), JobSpec::default()).await;
        job.expect("it is stored");
    }

    async fn enqueue_all(&self, payloads: Vec<Payload>) {
        let spec = JobSpec::default();
        let jobs: Vec<_> = payloads
            .into_iter()
            .map(|payload| (Empty(payload), &spec))
            .collect();
        self.0.add_jobs(&jobs).await.expect("they are stored");
    }

    async fn work(url: &str, concurrency: usize, stop: impl Future<Output = ()> + Send + 'static) {
        let worker = options(url, concurrency).await.shutdown_signal(stop);
        let worker = worker.init().await.expect("a worker");
        worker.run().await.expect("it works");
    }
}
