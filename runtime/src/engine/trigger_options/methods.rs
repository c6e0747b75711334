//! The methods of [`TriggerOptions`](super::TriggerOptions) and of the builders that hold one.

use serde::Serialize;
use serde_json::{Map, Value};

/// Adds the methods to an `impl`: in `trigger_options!(self => self.options)`, the second part is the
/// [`TriggerOptions`](super::TriggerOptions) of the first. This way each method is written only once.
macro_rules! trigger_options {
    ($this:ident => $options:expr) => {
        /// Delays the run by this long from now, by the queue's clock: at most 366 days. Default: no
        /// delay.
        pub fn delay(mut $this, delay: std::time::Duration) -> Self {
            $options.delay = Some(delay);
            $options.run_at = None;
            $this
        }

        /// Delays the run until this time: a `SystemTime` or a `chrono::DateTime<Utc>`, at most 366
        /// days from now. A time in the past means now.
        pub fn run_at(mut $this, time: impl Into<chrono::DateTime<chrono::Utc>>) -> Self {
            $options.run_at = Some(time.into());
            $options.delay = None;
            $this
        }

        /// Sets an idempotency key: triggering the task again with the same key returns the existing
        /// run. A key belongs to its task and has 1 to 2,048 bytes. A run that failed releases its
        /// key; a run that completed or was cancelled keeps it.
        pub fn idempotency_key(mut $this, key: impl Into<String>) -> Self {
            $options.idempotency_key = Some(key.into());
            $this
        }

        /// Sets how long the idempotency key is kept: at most 366 days. Default: 30 days.
        pub fn idempotency_ttl(mut $this, ttl: std::time::Duration) -> Self {
            $options.idempotency_ttl = Some(ttl);
            $this
        }

        /// Adds tags: at most 10, of 1 to 128 characters each.
        pub fn tags<I>(mut $this, tags: I) -> Self
        where
            I: IntoIterator,
            I::Item: Into<String>,
        {
            $options.tags.extend(tags.into_iter().map(Into::into));
            $this
        }

        /// Sets the run's metadata: anything that serializes to a JSON object, up to 256 KiB and 64
        /// levels deep.
        pub fn metadata(mut $this, metadata: impl serde::Serialize) -> Self {
            $options.metadata = Some($crate::engine::object(metadata));
            $this
        }

        /// Gives the run a head start in seconds over other waiting runs, as if it had been triggered
        /// that much earlier: at most 366 days. A delayed run still does not start early.
        pub fn priority(mut $this, seconds: u32) -> Self {
            $options.priority = Some(seconds);
            $this
        }

        /// Sets how many attempts the run has in total: 1 to 250.
        pub fn max_attempts(mut $this, attempts: u32) -> Self {
            $options.max_attempts = Some(attempts);
            $this
        }

        /// Sets how long the run may wait to start before it expires: at most 366 days, counted from
        /// now even if the run is delayed. Zero means that it never expires.
        pub fn ttl(mut $this, ttl: std::time::Duration) -> Self {
            $options.ttl = Some(ttl);
            $this
        }

        /// Sets the concurrency key: the queue's limit applies to each key separately, including the
        /// empty one. At most 256 characters.
        pub fn concurrency_key(mut $this, key: impl Into<String>) -> Self {
            $options.concurrency_key = Some(key.into());
            $this
        }

        /// Sets the id of the trace the run belongs to: 32 hexadecimal digits, as in W3C Trace
        /// Context. Default: the parent's trace for a child of another run, otherwise a new one.
        pub fn trace_id(mut $this, id: impl Into<String>) -> Self {
            $options.trace_id = Some(id.into());
            $this
        }
    };
}
pub(crate) use trigger_options;

/// Converts metadata to a JSON object. The error is kept until the run is stored, and reported then.
pub(crate) fn object(metadata: impl Serialize) -> Result<Map<String, Value>, String> {
    match crate::json::to_value(&metadata) {
        Ok(Value::Object(metadata)) => Ok(metadata),
        Ok(_) => Err(
            "the metadata is not a JSON object: give each value a key, as in a struct or a map"
                .to_owned(),
        ),
        Err(error) => Err(format!("the metadata cannot be written as JSON: {error}")),
    }
}
