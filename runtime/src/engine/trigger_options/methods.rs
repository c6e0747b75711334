//! The methods of [`TriggerOptions`](super::TriggerOptions) and of the builders that hold one.

/// Writes the methods into an `impl`: `trigger_options!(self => self.options)`, where the second part
/// is the [`TriggerOptions`](super::TriggerOptions) of the first. So each method is written once.
macro_rules! trigger_options {
    ($this:ident => $options:expr) => {
        /// The run begins this long from now, by the queue's clock: at most 366 days. Default: at
        /// once.
        pub fn delay(mut $this, delay: std::time::Duration) -> Self {
            $options.delay = Some(delay);
            $options.run_at = None;
            $this
        }

        /// The run begins at this time: a `SystemTime` or a `chrono::DateTime<Utc>`, at most 366
        /// days from now. A time that has passed is now.
        pub fn run_at(mut $this, time: impl Into<chrono::DateTime<chrono::Utc>>) -> Self {
            $options.run_at = Some(time.into());
            $options.delay = None;
            $this
        }

        /// Triggering the task again with the same key gives the run that is there. Keys are per
        /// task, 1 to 2,048 bytes. A run that failed gives its key back; one that completed or was
        /// cancelled keeps it.
        pub fn idempotency_key(mut $this, key: impl Into<String>) -> Self {
            $options.idempotency_key = Some(key.into());
            $this
        }

        /// How long the idempotency key is kept: at most 366 days. Default: 30 days.
        pub fn idempotency_ttl(mut $this, ttl: std::time::Duration) -> Self {
            $options.idempotency_ttl = Some(ttl);
            $this
        }

        /// Adds tags: at most 10 of 1 to 128 characters each.
        pub fn tags<I>(mut $this, tags: I) -> Self
        where
            I: IntoIterator,
            I::Item: Into<String>,
        {
            $options.tags.extend(tags.into_iter().map(Into::into));
            $this
        }

        /// What else is to be known of the run: anything that is an object in JSON, up to 256 KiB
        /// and 64 levels deep.
        pub fn metadata(mut $this, metadata: impl serde::Serialize) -> Self {
            $options.metadata = Some($crate::engine::object(metadata));
            $this
        }

        /// By how many seconds the run is put before others that wait: as if it had been triggered
        /// that much earlier, up to a year. It does not make a delayed run early.
        pub fn priority(mut $this, seconds: u32) -> Self {
            $options.priority = Some(seconds);
            $this
        }

        /// How many attempts the run has in all: 1 to 250.
        pub fn max_attempts(mut $this, attempts: u32) -> Self {
            $options.max_attempts = Some(attempts);
            $this
        }

        /// How long the run may wait to be started before it expires, at most 366 days, counted
        /// from now also when it is delayed. Zero: for ever.
        pub fn ttl(mut $this, ttl: std::time::Duration) -> Self {
            $options.ttl = Some(ttl);
            $this
        }

        /// Which of the queue's limits the run counts for: each key has its own, also an empty one.
        /// At most 256 characters.
        pub fn concurrency_key(mut $this, key: impl Into<String>) -> Self {
            $options.concurrency_key = Some(key.into());
            $this
        }

        /// The trace the run belongs to: 32 hexadecimal digits, as W3C's trace context has them.
        /// Default: one of its own.
        pub fn trace_id(mut $this, id: impl Into<String>) -> Self {
            $options.trace_id = Some(id.into());
            $this
        }
    };
}
pub(crate) use trigger_options;
