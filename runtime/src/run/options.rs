//! [`TaskOptions`]: the options in `#[supabase_task(…)]`.

mod retry;

use std::time::Duration;

pub use retry::RetryPolicy;

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

/// The schedule of a task: a cron line and its time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleOptions {
    cron: &'static str,
    timezone: &'static str,
}

impl ScheduleOptions {
    /// Creates a schedule from a cron line of five fields, in UTC.
    pub const fn cron(line: &'static str) -> Self {
        Self {
            cron: line,
            timezone: "UTC",
        }
    }

    /// Sets the time zone by its IANA name, such as `Europe/Berlin`. Default: UTC.
    pub const fn timezone(mut self, name: &'static str) -> Self {
        self.timezone = name;
        self
    }

    /// Returns the cron line.
    pub const fn line(&self) -> &'static str {
        self.cron
    }

    /// Returns the time zone's IANA name.
    pub const fn timezone_name(&self) -> &'static str {
        self.timezone
    }
}
