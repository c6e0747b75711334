//! What was lost on its way: cancellations that were not heard, runs that others have taken over, and
//! tickets that never arrived.

use std::time::Duration;

use uuid::Uuid;

use super::super::database::failure;
use super::attempts::Attempts;
use super::upkeep::interval;
use crate::engine::QueueError;
use crate::task::RunId;

/// How long a ticket may be locked for a worker that does not know of it: much longer than fetched
/// ones wait.
const UNKNOWN_AFTER: Duration = Duration::from_secs(10);

impl Attempts {
    /// Gives back tickets of runs without a history that are locked for this worker and that it does
    /// not have: the connection was lost when they were fetched, and nobody would ever redeem them.
    pub(super) async fn give_back_unknown(&self) -> Result<(), QueueError> {
        let name = self.delivery_name();
        let known: Vec<_> = {
            let running = self.running();
            running.keys().map(|(run, _)| *run.as_uuid()).collect()
        };
        let after = self.engine().settings.takeover.max(UNKNOWN_AFTER);
        let given_back: i64 = sqlx::query_scalar("select supabase_task.give_back($1, $2, $3)")
            .bind(name)
            .bind(known)
            .bind(interval(after))
            .fetch_one(&self.engine().connections.pool)
            .await
            .map_err(failure)?;
        if given_back > 0 {
            tracing::warn!(
                tickets = given_back,
                "tickets that were lost on their way to this worker were given back"
            );
        }
        Ok(())
    }

    /// Ends attempts of runs that are cancelled, for when a notification was missed, and of runs that
    /// somebody else has taken over: nothing would come of them.
    pub(super) async fn look_for_cancellations(&self) -> Result<(), QueueError> {
        let (runs, tickets) = self.begun().marks();
        if runs.is_empty() {
            return Ok(());
        }
        let over: Vec<(Uuid, i32, bool)> = sqlx::query_as(
            "select b.id, b.ticket, r.status = 'CANCELED'
             from unnest($1::uuid[], $2::int[]) as b (id, ticket)
             join supabase_task.runs r on r.id = b.id
             where r.status = 'CANCELED' or r.ticket <> b.ticket",
        )
        .bind(runs)
        .bind(tickets)
        .fetch_all(&self.engine().connections.pool)
        .await
        .map_err(failure)?;
        for (run, ticket, is_canceled) in over {
            let run = RunId::from(run);
            if is_canceled {
                self.cancel(run);
            } else if let Some(attempt) = self.running().get(&(run, ticket)) {
                attempt.cancellation.cancel();
            }
        }
        Ok(())
    }
}
