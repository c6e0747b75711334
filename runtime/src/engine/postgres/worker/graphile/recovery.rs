//! What becomes of the jobs of a worker that is dead.

use std::sync::{Arc, OnceLock};

use graphile_worker::{JobRecoveryContext, JobRecoveryResult};
use sqlx::AssertSqlSafe;

use crate::engine::QueueError;
use crate::engine::postgres::rows::interval;
use crate::engine::postgres::worker::attempts::Attempts;
use crate::engine::postgres::worker::ticket::{Fence, Ticket};

/// A worker is dead, and this job was its own.
pub(super) async fn recover(
    attempts: &OnceLock<Arc<Attempts>>,
    context: &JobRecoveryContext,
    text: &str,
) -> JobRecoveryResult {
    let Some(attempts) = attempts.get() else {
        return JobRecoveryResult::Skip;
    };
    let dead = &context.previous_worker_id;
    if dead == attempts.worker_id() || !attempts.can_judge_others() {
        // The database was away: nobody could be heard.
        return JobRecoveryResult::Skip;
    }
    let Some(ticket) = Ticket::read(text) else {
        // It is no run.
        return JobRecoveryResult::Default;
    };
    match lost(attempts, ticket.fence, dead).await {
        Ok(true) => JobRecoveryResult::Default,
        // It lives.
        Ok(false) => JobRecoveryResult::Skip,
        Err(error) => {
            tracing::warn!(task.run_id = %ticket.fence.run, %error, "a run of a dead worker cannot be taken over yet");
            JobRecoveryResult::Skip
        }
    }
}

/// A worker is dead that had this ticket: what the crash is to the run is written down, before the
/// ticket is delivered again. False if the worker was heard of: graphile_worker's own heartbeat waits
/// for a connection like any other statement.
async fn lost(attempts: &Attempts, fence: Fence, dead: &str) -> Result<bool, QueueError> {
    let engine = attempts.engine();
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
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(*fence.run.as_uuid())
        .bind(fence.ticket)
        .bind(fence.delivery)
        .bind(dead)
        .bind(interval(engine.settings.takeover));
    Ok(engine.connections.execute(query).await? > 0)
}
