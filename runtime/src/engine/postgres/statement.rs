//! [`TriggerStatement`]: a trigger for a transaction of the caller's, with any driver.

use super::spec::Spec;
use crate::engine::QueueError;
use crate::engine::new_run::NewRun;
use crate::run::RunId;

/// A trigger as one SQL statement with one parameter, to run in a transaction of yours, with any
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

    /// The statement. It gives one row: the run's id as `run_id`, which is another run's where the
    /// idempotency key was known, and then `is_cached` is true.
    pub fn sql(&self) -> &'static str {
        "select run_id, is_cached from supabase_task.enqueue($1::text::json)"
    }

    /// The value of `$1`, a text.
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The id of the run, if it is a new one.
    pub fn run_id(&self) -> RunId {
        self.run_id
    }
}

/// New runs as `supabase_task.enqueue` takes them.
pub(super) fn specs(runs: &[NewRun]) -> Result<String, QueueError> {
    let specs: Vec<_> = runs.iter().map(Spec::of).collect();
    serde_json::to_string(&specs).map_err(|error| QueueError::Payload(error.into()))
}
