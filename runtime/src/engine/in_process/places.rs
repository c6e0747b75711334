//! [`AttemptPlaces`]: how an attempt gives back its place and takes one again.

use std::sync::Arc;

use super::InProcess;
use crate::engine::QueueError;
use crate::engine::backend::{BoxFuture, Places};
use crate::run::RunId;

/// The places of one attempt.
pub(super) struct AttemptPlaces {
    pub(super) engine: Arc<InProcess>,
    pub(super) run: RunId,
}

impl Places for AttemptPlaces {
    fn leave(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async {
            self.engine.change(|state, _| state.leave(self.run));
            Ok(())
        })
    }

    fn enter(&self) -> BoxFuture<'_, Result<(), QueueError>> {
        Box::pin(async move {
            loop {
                // Made under the lock, so that what happens after it is not missed.
                let came_back = self.engine.change(|state, _| {
                    let came_back = state.come_back(self.run)?;
                    Some(came_back.notified_owned())
                });
                match came_back {
                    Some(came_back) => came_back.await,
                    None => return Ok(()),
                }
            }
        })
    }
}
