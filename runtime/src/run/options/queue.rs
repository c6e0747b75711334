//! [`QueueOptions`]: the queue of a task's runs.

/// The queue of a task's runs, and how many of its runs may execute at once.
///
/// Tasks that name the same queue share its limit. With `concurrency_key`, the limit applies to each value
/// of the key separately, as in Trigger.dev.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueOptions {
    name: &'static str,
    concurrency_limit: Option<u32>,
}

impl QueueOptions {
    /// Names a queue, without setting a limit.
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            concurrency_limit: None,
        }
    }

    /// Sets how many runs of the queue may execute at once, on all workers together. Default: as many as
    /// the workers have slots for.
    pub const fn concurrency_limit(mut self, limit: u32) -> Self {
        self.concurrency_limit = Some(limit);
        self
    }

    /// Returns the queue's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns how many runs of the queue may execute at once.
    pub const fn limit(&self) -> Option<u32> {
        self.concurrency_limit
    }
}
