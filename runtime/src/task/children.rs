//! [`TriggerAndWait`]: a child run that its parent waits for.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio::runtime::Handle;

use super::trigger::{enqueue_all, run_of};
use super::{Task, TaskContext, TaskOutput};
use crate::engine::backend::Slots;
use crate::engine::new_run::NewRun;
use crate::engine::{QueueError, TriggerOptions, WaitError, trigger_options};
use futures_util::future::BoxFuture;

/// A child run to trigger and wait for. Set its options, then `.await` it.
///
/// See [`TaskContext::trigger_and_wait`].
#[must_use = "nothing is triggered until it is awaited"]
pub struct TriggerAndWait<'c, T: Task> {
    pub(super) context: &'c TaskContext,
    pub(super) payload: T::Payload,
    pub(super) options: TriggerOptions,
}

impl<T: Task> TriggerAndWait<'_, T> {
    trigger_options!(self => self.options);
}

impl<'c, T: Task> IntoFuture for TriggerAndWait<'c, T>
where
    TaskOutput<T>: DeserializeOwned,
{
    type Output = Result<TaskOutput<T>, WaitError>;
    type IntoFuture = BoxFuture<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let context = self.context;
        let options = self.options.child_of(context.run_id(), context.trace_id());
        let run = run_of::<T>(options, &self.payload);
        Box::pin(async move {
            let mut outputs = children::<T>(context, vec![run?]).await?;
            outputs.pop().ok_or(QueueError::NotStored)?
        })
    }
}

/// Triggers children, and waits for all of them without holding slots.
pub(crate) async fn children<T: Task>(
    context: &TaskContext,
    runs: Vec<NewRun>,
) -> Result<Vec<Result<TaskOutput<T>, WaitError>>, QueueError>
where
    TaskOutput<T>: DeserializeOwned,
{
    let link = context.engine().ok_or(QueueError::NoQueue)?;
    let handles = enqueue_all::<T>(&link.queue, runs).await?;
    link.slots.release().await?;
    let without_slots = WithoutSlots(Some(link.slots.clone()));
    let mut outputs = Vec::with_capacity(handles.len());
    for handle in handles {
        outputs.push(handle.wait().await);
    }
    without_slots.acquire().await?;
    Ok(outputs)
}

/// An attempt that released its slots. If a `select!` drops this, the attempt continues without waiting and
/// needs its slots again.
struct WithoutSlots(Option<Arc<dyn Slots>>);

impl WithoutSlots {
    async fn acquire(mut self) -> Result<(), QueueError> {
        if let Some(slots) = &self.0 {
            slots.acquire().await?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for WithoutSlots {
    fn drop(&mut self) {
        let (Some(slots), Ok(runtime)) = (self.0.take(), Handle::try_current()) else {
            return;
        };
        // This ends with the attempt at the latest, because then there are no slots to acquire.
        runtime.spawn(async move {
            if let Err(error) = slots.acquire().await {
                tracing::debug!(%error, "an attempt continues without its slots");
            }
        });
    }
}

impl<T: Task> fmt::Debug for TriggerAndWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TriggerAndWait")
            .field("task_id", &T::ID)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
