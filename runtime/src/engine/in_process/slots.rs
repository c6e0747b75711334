//! [`AttemptSlots`]: releases an attempt's slots and acquires them again.

use std::sync::Arc;

use super::InProcess;
use crate::engine::QueueError;
use crate::engine::backend::Slots;
use crate::run::RunId;
use futures_util::future::BoxFuture;

/// The slots of one attempt.
pub(super) struct AttemptSlots {
    pub(super) engine: Arc<InProcess>,
    pub(super) run: RunId,
}

impl Slots for AttemptSlots {
    fn release(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async {
            self.engine.change(|state, _| state.leave(self.run));
            Ok(())
        })
    }

    fn acquire(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async move {
            loop {
                // Created under the lock, so that no later notification is missed.
                let reacquired = self.engine.change(|state, _| {
                    let reacquired = state.reacquire(self.run)?;
                    Some(reacquired.notified_owned())
                });
                match reacquired {
                    Some(reacquired) => reacquired.await,
                    None => return Ok(()),
                }
            }
        })
    }
}
