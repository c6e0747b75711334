//! [`TaskOptions`]: the options in `#[supabase_task(…)]`.

mod queue;
mod retry;
mod schedule;

use std::time::Duration;

pub use queue::QueueOptions;
pub use retry::RetryPolicy;
pub use schedule::ScheduleOptions;

/// The options of a task's attribute as values, which engines read.
///
/// ```
/// use std::time::Duration;
/// use supabase_task::prelude::*;
///
/// #[supabase_task(auth = "service", retry(max_attempts = 5), max_duration = "5m")]
/// async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
///     Ok(())
/// }
///
/// assert_eq!(sweep::OPTIONS.retry_policy().attempts(), 5);
/// assert_eq!(sweep::OPTIONS.longest_attempt(), Some(Duration::from_secs(300)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskOptions {
    retry: RetryPolicy,
    max_duration: Option<Duration>,
    queue: Option<QueueOptions>,
    schedule: Option<ScheduleOptions>,
    ttl: Option<Duration>,
    priority: u32,
}

impl TaskOptions {
    /// Creates the options of a task that sets none: three attempts, no time limit, no schedule.
    pub const fn new() -> Self {
        Self {
            retry: RetryPolicy::new(),
            max_duration: None,
            queue: None,
            schedule: None,
            ttl: None,
            priority: 0,
        }
    }

    /// Sets when and how often a failed attempt is retried. Default: [`RetryPolicy::new`].
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how long one attempt may take. Default: no limit.
    pub const fn max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = Some(duration);
        self
    }

    /// Sets the queue of the task's runs. Default: a queue of its own, without a limit.
    pub const fn queue(mut self, queue: QueueOptions) -> Self {
        self.queue = Some(queue);
        self
    }

    /// Sets the task's schedule. Default: none.
    pub const fn schedule(mut self, schedule: ScheduleOptions) -> Self {
        self.schedule = Some(schedule);
        self
    }

    /// Sets how long a run may wait to start before it expires. Default: runs never expire.
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Gives the task's runs a head start in seconds over other waiting runs, as if they had been
    /// triggered that much earlier. Default: 0.
    pub const fn priority(mut self, seconds: u32) -> Self {
        self.priority = seconds;
        self
    }

    /// Returns when and how often a failed attempt is retried.
    pub const fn retry_policy(&self) -> &RetryPolicy {
        &self.retry
    }

    /// Returns how long one attempt may take.
    pub const fn longest_attempt(&self) -> Option<Duration> {
        self.max_duration
    }

    /// Returns the queue of the task's runs; `None` if the task has a queue of its own.
    pub const fn queue_options(&self) -> Option<&QueueOptions> {
        self.queue.as_ref()
    }

    /// Returns the task's schedule.
    pub const fn schedule_options(&self) -> Option<&ScheduleOptions> {
        self.schedule.as_ref()
    }

    /// Returns how long a run may wait to start.
    pub const fn time_to_live(&self) -> Option<Duration> {
        self.ttl
    }

    /// Returns the head start of the task's runs, in seconds.
    pub const fn priority_seconds(&self) -> u32 {
        self.priority
    }
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self::new()
    }
}
