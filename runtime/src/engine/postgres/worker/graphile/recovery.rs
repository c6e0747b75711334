//! Recovery of the jobs of a dead worker.
//!
//! graphile_worker finds workers whose heartbeat is too old, and asks a hook about each of their jobs. The
//! hook records the crash in the job's run, and only then lets the job be delivered again.

use std::sync::{Arc, OnceLock};

use graphile_worker::{JobRecoveryContext, JobRecoveryResult};
use sqlx::AssertSqlSafe;

use crate::engine::QueueError;
use crate::engine::postgres::rows::interval;
use crate::engine::postgres::worker::state::WorkerState;
use crate::engine::postgres::worker::ticket::{Fence, Ticket};

/// Decides what to do with a job of a worker that graphile_worker takes for dead.
pub(super) async fn recover(
    state: &OnceLock<Arc<WorkerState>>,
    context: &JobRecoveryContext,
    text: &str,
) -> JobRecoveryResult {
    let Some(state) = state.get() else {
        return JobRecoveryResult::Skip;
    };
    let dead = &context.previous_worker_id;
    if *dead == state.worker_id || !state.liveness.can_judge_others() {
        // The database was down, so no worker's heartbeat could arrive.
        return JobRecoveryResult::Skip;
    }
    let Some(ticket) = Ticket::read(text) else {
        // The job is not a ticket.
        return JobRecoveryResult::Default;
    };
    match lost(state, ticket.fence, dead).await {
        Ok(true) => JobRecoveryResult::Default,
        // The worker is alive.
        Ok(false) => JobRecoveryResult::Skip,
        Err(error) => {
            tracing::warn!(task.run_id = %ticket.fence.run, %error, "a run of a dead worker cannot be taken over yet");
            JobRecoveryResult::Skip
        }
    }
}

/// Records the crash in the run of a ticket, before the ticket is delivered again. Returns false if the
/// worker is alive by this library's heartbeat: graphile_worker's own one waits for a connection like any
/// other statement, so it may be late.
async fn lost(state: &WorkerState, fence: Fence, dead: &str) -> Result<bool, QueueError> {
    let engine = &state.engine;
    let sql = engine.jobs_schema.fill(
        "select supabase_task.lost($1, $2, $3, $4, (
           select count(*) = 1 from (
             select from supabase_task_jobs.jobs where locked_by = $4
             union all
             select from supabase_task.runs where held_by = $4
             limit 2) had))
         where not exists (
           select from supabase_task.workers where id = $4 and seen_at > now() - $5)",
    );
    let query = fence.bind(sqlx::query(AssertSqlSafe(sql)));
    let query = query.bind(dead).bind(interval(engine.settings.takeover));
    Ok(engine.connections.execute(query).await? > 0)
}
