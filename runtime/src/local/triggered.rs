//! What a test's code has triggered.

use std::fmt::Write as _;
use std::panic::Location;

use super::runs;
use crate::engine::{Queue, QueueError, Run, RunFilter};
use crate::run::TaskError;
use crate::task::{Task, TaskPayload};

/// The most runs that a message shows.
const SHOWN: usize = 20;

impl Queue {
    /// For tests, with the feature `local`: returns the payloads of a task's runs, oldest first, whether they have
    /// run or not.
    ///
    /// ```
    /// use supabase_task::Queue;
    /// use supabase_task::prelude::*;
    ///
    /// #[supabase_task(auth = "service")]
    /// async fn welcome(email: String, supabase: ServiceClient) -> TaskResult<()> {
    ///     Ok(())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), supabase_task::QueueError> {
    /// let queue = Queue::in_process();
    /// welcome::trigger(&queue, "alice@example.com".to_owned()).await?;
    /// assert_eq!(queue.triggered::<welcome>().await?, ["alice@example.com"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue cannot be reached, or a payload does not match the task's payload type.
    pub async fn triggered<T: Task>(&self) -> Result<Vec<T::Payload>, QueueError> {
        let runs = runs::all(self, RunFilter::new().task(T::ID)).await?;
        let payloads = runs.iter().map(|run| {
            let payload = T::Payload::from_text(run.payload.get());
            payload.map_err(|error| {
                let run = run.id;
                let error = format!("the payload of the run {run} does not parse: {error}");
                QueueError::Payload(TaskError::abort(error))
            })
        });
        payloads.collect()
    }

    /// For tests, with the feature `local`: asserts that a task was triggered with a payload that matches, whether
    /// the run has run or not.
    ///
    /// ```
    /// # use supabase_task::Queue;
    /// # use supabase_task::prelude::*;
    /// # #[supabase_task(auth = "service")]
    /// # async fn welcome(email: String, supabase: ServiceClient) -> TaskResult<()> {
    /// #     Ok(())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), supabase_task::QueueError> {
    /// let queue = Queue::in_process();
    /// welcome::trigger(&queue, "alice@example.com".to_owned()).await?;
    /// queue.assert_triggered::<welcome>(|email| email.starts_with("alice")).await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If it was not, with a message that shows what was triggered instead; or if the queue cannot be reached.
    #[track_caller]
    pub fn assert_triggered<T: Task>(
        &self,
        matches: impl Fn(&T::Payload) -> bool,
    ) -> impl Future<Output = ()> {
        let place = Location::caller();
        async move {
            let missing = missing::<T>(self, matches)
                .await
                .unwrap_or_else(|error| Some(format!("the queue's runs cannot be read: {error}")));
            assert!(
                missing.is_none(),
                "{}\n(asserted at {place})",
                missing.unwrap_or_default()
            );
        }
    }
}

/// Returns what was triggered instead of the task with a payload that matches.
async fn missing<T: Task>(
    queue: &Queue,
    matches: impl Fn(&T::Payload) -> bool,
) -> Result<Option<String>, QueueError> {
    let all = runs::all(queue, RunFilter::new()).await?;
    let (own, others): (Vec<_>, Vec<_>) = all.iter().partition(|run| run.task_id == T::ID);
    let parsed = own
        .iter()
        .map(|run| T::Payload::from_text(run.payload.get()));
    if parsed.flatten().any(|payload| matches(&payload)) {
        return Ok(None);
    }
    Ok(Some(match (own.is_empty(), others.is_empty()) {
        (false, _) => {
            let runs = own.len();
            let shown = shown(&own);
            format!(
                "`{}` was triggered, but none of its {runs} payloads matches:{shown}",
                T::ID
            )
        }
        (true, false) => format!("`{}` was not triggered, but:{}", T::ID, shown(&others)),
        (true, true) => format!("`{}` was not triggered, and nothing else was", T::ID),
    }))
}

/// One line for each run, the newest last.
fn shown(runs: &[&Run]) -> String {
    let hidden = runs.len().saturating_sub(SHOWN);
    let mut text = String::new();
    // Writing to a string cannot fail.
    if hidden > 0 {
        let _ = write!(text, "\n  … {hidden} more");
    }
    for run in runs.iter().skip(hidden) {
        let _ = write!(
            text,
            "\n  {} {} {}",
            run.task_id,
            run.status,
            run.payload.get()
        );
    }
    text
}
