//! [`QueueOptions`]: the queue a task's runs wait in.

/// The queue that a task's runs wait in, and how many of them may run at once.
///
/// Tasks that name the same queue share its limit. With `concurrency_key`, each value of the key has
/// a limit of its own, as in Trigger.dev.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueOptions {
    name: &'static str,
    concurrency_limit: Option<u32>,
}

impl QueueOptions {
    /// A queue by its name, without a limit of its own.
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            concurrency_limit: None,
        }
    }

    /// How many runs of the queue may run at once, on all workers together. Default: as many as the
    /// workers have room for.
    pub const fn concurrency_limit(mut self, limit: u32) -> Self {
        self.concurrency_limit = Some(limit);
        self
    }

    /// The queue's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How many of its runs may run at once.
    pub const fn limit(&self) -> Option<u32> {
        self.concurrency_limit
    }
}
