//! Doc comments, `#[cfg]` and `#[tracing::instrument]`, above and below.

use supabase_task::prelude::*;
use supabase_task::task::linked_tasks;

/// A doc comment above.
#[supabase_task(auth = "service")]
async fn documented_above(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "service")]
/// A doc comment below.
#[doc = "And one more."]
async fn documented_below(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[cfg(any())]
#[supabase_task(auth = "service")]
async fn compiled_out_above(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[cfg(all())]
#[supabase_task(auth = "service")]
async fn compiled_in_above(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "service")]
#[cfg(any())]
async fn compiled_out_below(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "service")]
#[cfg(all())]
async fn compiled_in_below(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[tracing::instrument(skip_all)]
#[supabase_task(auth = "service")]
async fn instrumented_above(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "service")]
#[tracing::instrument(skip_all)]
async fn instrumented_below(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

#[supabase_task(auth = "service")]
#[allow(unused_variables)]
#[must_use]
async fn other_attributes(payload: (), supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

fn main() {
    let mut ids: Vec<_> = linked_tasks().map(|task| task.id()).collect();
    ids.sort();
    let expected = [
        "compiled_in_above",
        "compiled_in_below",
        "documented_above",
        "documented_below",
        "instrumented_above",
        "instrumented_below",
        "other_attributes",
    ];
    assert_eq!(ids, expected);
}
