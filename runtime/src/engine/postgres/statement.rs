//! [`TriggerStatement`]: a trigger for the caller's own transaction, with any driver.

use super::spec::Spec;
use crate::engine::QueueError;
use crate::engine::new_run::NewRun;
use crate::run::RunId;

/// A trigger as one SQL statement with one parameter. Run it in your own transaction, with any
/// driver: the run exists if and only if the transaction commits.
///
/// ```
/// use supabase_task::prelude::*;
/// use supabase_task::Queue;
///
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Welcome { user_id: UserId }
/// #[supabase_task(auth = "user")]
/// async fn welcome(payload: Welcome, supabase: UserClient) -> TaskResult<()> {
///     Ok(())
/// }
///
/// # fn example(queue: &Queue, payload: Welcome) -> Result<(), supabase_task::QueueError> {
/// let trigger = welcome::trigger(queue, payload).statement()?;
/// // With tokio-postgres: transaction.execute(trigger.sql(), &[&trigger.parameter()]).await?;
/// println!("{} will run {}", trigger.sql(), trigger.run_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TriggerStatement {
    run_id: RunId,
    parameter: String,
}

impl TriggerStatement {
    pub(crate) fn new(run: &NewRun) -> Result<Self, QueueError> {
        Ok(Self {
            run_id: run.id,
            parameter: specs(std::slice::from_ref(run))?,
        })
    }

    /// Returns the statement. It returns one row: the run's id as `run_id`, and `is_cached`, which is true if
    /// the idempotency key was known; `run_id` is then the id of the existing run.
    pub fn sql(&self) -> &'static str {
        "select run_id, is_cached from supabase_task.enqueue($1::text::json)"
    }

    /// Returns the value of `$1`, a text.
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// Returns the id of the run, if a new one is stored.
    pub fn run_id(&self) -> RunId {
        self.run_id
    }
}

/// Returns new runs in the form that `supabase_task.enqueue` takes.
pub(super) fn specs(runs: &[NewRun]) -> Result<String, QueueError> {
    let specs: Vec<_> = runs.iter().map(Spec::of).collect();
    serde_json::to_string(&specs).map_err(|error| QueueError::Payload(error.into()))
}
