//! This library's engine.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::{Queue, Worker};

use super::protocol::{self, Payload};

/// Does nothing.
#[supabase_task(auth = "service")]
async fn empty(payload: Payload, supabase: ServiceClient) -> TaskResult<()> {
    let _ = supabase;
    payload.started();
    Ok(())
}

/// One at a time.
#[supabase_task(auth = "service", queue(concurrency_limit = 1))]
async fn one(payload: Payload, supabase: ServiceClient) -> TaskResult<()> {
    let _ = supabase;
    payload.started();
    Ok(())
}

/// A hundred at a time.
#[supabase_task(auth = "service", queue(concurrency_limit = 100))]
async fn hundred(payload: Payload, supabase: ServiceClient) -> TaskResult<()> {
    let _ = supabase;
    payload.started();
    Ok(())
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Held {
    key: String,
}

/// Occupies the only slot of its key for as long as its worker runs.
#[supabase_task(auth = "service", queue(concurrency_limit = 1), concurrency_key = payload.key)]
async fn held(payload: Held, supabase: ServiceClient) -> TaskResult<()> {
    let _ = (payload, supabase);
    std::future::pending().await
}

pub(crate) struct Ours(Queue);

impl protocol::Queue for Ours {
    async fn produce(url: &str) -> Self {
        Self(Queue::connect(url).await.expect("a queue"))
    }

    async fn enqueue(&self, payload: Payload) {
        empty::trigger(&self.0, payload)
            .await
            .expect("it is stored");
    }

    async fn enqueue_all(&self, payloads: Vec<Payload>) {
        let stored = empty::trigger_batch(&self.0, payloads).await;
        stored.expect("they are stored");
    }

    async fn work(url: &str, concurrency: usize, stop: impl Future<Output = ()> + Send + 'static) {
        // Nothing connects to it.
        let supabase = Supabase::builder()
            .url("http://localhost:54321")
            .publishable_key("sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH")
            .secret_key("sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz")
            .build()
            .expect("the configuration is complete");
        let queue = Queue::connect(url).await.expect("a queue");
        let tasks = protocol::variable("TASKS");
        let worker = Worker::new(&queue, &supabase)
            .concurrency(concurrency)
            .tasks(tasks.split(','));
        worker.run_until(stop).await.expect("it works");
    }
}
