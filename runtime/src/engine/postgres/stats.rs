//! Counts of open runs. The statement reads only open runs, however many have finished.

use super::connections::Connections;
use super::rows::get;
use crate::engine::{QueueError, QueueStats, RunCounts};

const STATS: &str = "
    select task_id, queue,
      count(*) filter (where status in ('QUEUED', 'DELAYED') and run_at <= now()) as queued,
      count(*) filter (where status in ('QUEUED', 'DELAYED') and run_at <= now()
        and parked_order is null) as due,
      count(*) filter (where status in ('QUEUED', 'DELAYED') and run_at > now()) as delayed,
      count(*) filter (where status = 'EXECUTING') as executing,
      count(*) filter (where status = 'WAITING') as waiting,
      count(*) filter (where status in ('QUEUED', 'DELAYED') and parked_order is not null) as parked,
      min(run_at) filter (where status in ('QUEUED', 'DELAYED') and run_at <= now()) as oldest_due
    from supabase_task.runs
    where status in ('DELAYED', 'QUEUED', 'EXECUTING', 'WAITING')
    group by task_id, queue";

pub(super) async fn stats(connections: &Connections) -> Result<QueueStats, QueueError> {
    let mut stats = QueueStats::default();
    for row in connections.rows(sqlx::query(STATS)).await? {
        let count = |column| get::<i64>(&row, column).map(i64::unsigned_abs);
        let counts = RunCounts {
            queued: count("queued")?,
            due: count("due")?,
            delayed: count("delayed")?,
            executing: count("executing")?,
            waiting: count("waiting")?,
            parked: count("parked")?,
            oldest_due: get(&row, "oldest_due")?,
        };
        stats.add(get(&row, "task_id")?, get(&row, "queue")?, &counts);
    }
    Ok(stats)
}
