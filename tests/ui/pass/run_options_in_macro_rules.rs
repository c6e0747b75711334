//! Tasks that `macro_rules!` generates: options from its arguments, in each kind of fragment.

use std::time::Duration;

use supabase_task::prelude::*;
use supabase_task::task::{HookContext, QueueOptions, RetryPolicy, ScheduleOptions, TaskOptions};

async fn announce<T: Task>(hook: HookContext<'_, T>) {
    println!("{} begins", hook.context().run_id());
}

macro_rules! sweep {
    (
        $name:ident, $attempts:literal, $factor:expr, $min:literal, $limit:literal, $queue:literal,
        $line:literal, $zone:literal, $priority:literal, $hook:path, $late:expr
    ) => {
        #[supabase_task(
            auth = "service",
            retry(max_attempts = $attempts, factor = $factor, min = $min, jitter = false),
            max_duration = $limit,
            queue(name = $queue, concurrency_limit = $attempts),
            concurrency_key = $late,
            schedule = $line,
            timezone = $zone,
            priority = $priority,
            on_start = $hook
        )]
        async fn $name(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
            supabase.from("todos").delete().eq("done", true).await?;
            Ok(())
        }
    };
}

sweep!(
    sweep_todos, 4, 1.5, "2s", "5m", "sweeps", "0 3 * * *", "Europe/Berlin", 3, announce,
    "late".len()
);

fn main() {
    assert_eq!(
        sweep_todos::OPTIONS,
        TaskOptions::new()
            .retry(
                RetryPolicy::new()
                    .max_attempts(4)
                    .factor(1.5)
                    .min(Duration::from_secs(2))
                    .jitter(false)
            )
            .max_duration(Duration::from_secs(300))
            .queue(QueueOptions::named("sweeps").concurrency_limit(4))
            .schedule(ScheduleOptions::cron("0 3 * * *").timezone("Europe/Berlin"))
            .priority(3)
    );
    assert_eq!(sweep_todos::concurrency_key(&()).as_deref(), Some("4"));
}
