//! Only a user task must take its client: a service task may not need Supabase at all.

use supabase_task::prelude::*;
use supabase_task::task::linked_tasks;

#[supabase_task(auth = "service")]
async fn warm_up(_: ()) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "service")]
async fn report(_payload: (), ctx: TaskContext) -> TaskResult<String> {
    Ok(ctx.run_id().to_string())
}

fn main() {
    assert_eq!((warm_up::ID, report::ID), ("warm_up", "report"));
    assert!(linked_tasks().all(|task| task.auth().as_str() == "service"));
    assert_eq!(linked_tasks().count(), 2);
}
