//! [`Parts`]: the background tasks of a worker.
//!
//! None of them ever ends by itself. If one does, the worker must not continue without it: it ends with an
//! error, so that a supervisor restarts it.

use std::collections::HashMap;

use tokio::task::{Id, JoinSet};

/// The background tasks of a worker. Dropping this ends them.
#[derive(Default)]
pub(super) struct Parts {
    tasks: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Parts {
    /// Starts a part. The name is for the error if the part ends.
    pub(super) fn start(
        &mut self,
        name: &'static str,
        part: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = self.tasks.spawn(part);
        self.names.insert(task.id(), name);
    }

    /// Waits until a part has ended, and returns which one and how.
    pub(super) async fn ended(&mut self) -> String {
        let (id, how) = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => (id, "returned"),
            Some(Err(error)) if error.is_panic() => (error.id(), "panicked"),
            Some(Err(error)) => (error.id(), "was ended"),
            None => return std::future::pending().await,
        };
        let name = self.names.get(&id).copied().unwrap_or("something");
        format!("{name} {how}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_ends_is_named() {
        let mut parts = Parts::default();
        parts.start("what goes on", std::future::pending());
        parts.start("what says nothing", async {});
        assert_eq!(parts.ended().await, "what says nothing returned");
        parts.start("what breaks", async { panic!("on purpose") });
        assert_eq!(parts.ended().await, "what breaks panicked");
    }

    #[tokio::test(start_paused = true)]
    async fn without_any_nothing_has_ended() {
        let mut parts = Parts::default();
        let time = std::time::Duration::from_secs(60);
        assert!(tokio::time::timeout(time, parts.ended()).await.is_err());
    }
}
