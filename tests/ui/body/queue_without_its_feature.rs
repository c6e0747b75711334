//~ errors: 1

use supabase_task::Queue;
use supabase_task::engine::QueueError;

pub async fn count() -> Result<u64, QueueError> {
    let queue = Queue::connect("postgres://localhost/postgres").await?;
    Ok(queue.stats().await?.total.queued)
}

fn main() {}
