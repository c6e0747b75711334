//! [`TaskOptions`]: what `#[supabase_task(…)]` says of how a task is run.

mod queue;
mod retry;
mod schedule;

use std::time::Duration;

pub use queue::QueueOptions;
pub use retry::RetryPolicy;
pub use schedule::ScheduleOptions;

/// How a task is run: the options of its attribute, as values. Engines read them.
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
    /// The options of a task that names none: three attempts, no limit of time, no schedule.
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

    /// When and how often a failed attempt is made again. Default: [`RetryPolicy::new`].
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How long one attempt may take. Default: as long as it likes.
    pub const fn max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = Some(duration);
        self
    }

    /// The queue its runs wait in. Default: one of its own, without a limit.
    pub const fn queue(mut self, queue: QueueOptions) -> Self {
        self.queue = Some(queue);
        self
    }

    /// When it is run by itself. Default: never.
    pub const fn schedule(mut self, schedule: ScheduleOptions) -> Self {
        self.schedule = Some(schedule);
        self
    }

    /// How long a run may wait to be started before it expires. Default: for ever.
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// By how many seconds its runs are put before others that wait, as if they had been triggered
    /// that much earlier. Default: 0.
    pub const fn priority(mut self, seconds: u32) -> Self {
        self.priority = seconds;
        self
    }

    /// When and how often a failed attempt is made again.
    pub const fn retry_policy(&self) -> &RetryPolicy {
        &self.retry
    }

    /// How long one attempt may take.
    pub const fn longest_attempt(&self) -> Option<Duration> {
        self.max_duration
    }

    /// The queue its runs wait in, if it has none of its own.
    pub const fn queue_options(&self) -> Option<&QueueOptions> {
        self.queue.as_ref()
    }

    /// When it is run by itself.
    pub const fn schedule_options(&self) -> Option<&ScheduleOptions> {
        self.schedule.as_ref()
    }

    /// How long a run may wait to be started.
    pub const fn time_to_live(&self) -> Option<Duration> {
        self.ttl
    }

    /// By how many seconds its runs are put before others.
    pub const fn priority_seconds(&self) -> u32 {
        self.priority
    }
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self::new()
    }
}
