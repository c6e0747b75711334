//! The limits of stored data. Every limit is defined here, with its unit and its reason.
//!
//! They hold for both engines. The SQL functions enforce the same limits.

use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Bytes of a payload's JSON: Trigger.dev's limit. Payloads are read with their runs, a thousand at once.
pub(crate) const MAX_PAYLOAD_BYTES: usize = 3 * MIB;

/// Levels of a payload's JSON: serde_json parses 127, and an engine stores a payload inside other JSON.
pub(crate) const MAX_PAYLOAD_DEPTH: usize = 100;

/// Bytes of an output's JSON: Trigger.dev's limit. An output is held in memory, written in one statement,
/// and read by every waiter.
pub(crate) const MAX_OUTPUT_BYTES: usize = 10 * MIB;

/// Levels of an output's JSON: as for a payload, because it is read back the same way.
pub(crate) const MAX_OUTPUT_DEPTH: usize = 100;

/// Bytes of a run's metadata as JSON: Trigger.dev's limit. Listing runs reads their metadata.
pub(crate) const MAX_METADATA_BYTES: usize = 256 * KIB;

/// Levels of a run's metadata: descriptions of a run need few, and `jsonb` is traversed recursively.
pub(crate) const MAX_METADATA_DEPTH: usize = 64;

/// The largest absolute value of a number in metadata: `jsonb` stores larger numbers, but an `f64` ends soon
/// after, and serde_json could no longer parse the run.
pub(crate) const MAX_METADATA_NUMBER: f64 = 1e300;

/// Bytes of an idempotency key: Trigger.dev's limit, and one that fits into a PostgreSQL index entry.
pub(crate) const MAX_IDEMPOTENCY_KEY_BYTES: usize = 2_048;

/// Tags of a run: Trigger.dev's limit.
pub(crate) const MAX_TAGS: usize = 10;

/// Characters of a tag: Trigger.dev's limit.
pub(crate) const MAX_TAG_CHARS: usize = 128;

/// Characters of a concurrency key: it is part of an index, and of the name of a lock.
pub(crate) const MAX_CONCURRENCY_KEY_CHARS: usize = 256;

/// Characters of a queue's name: the limit of the attribute and of Trigger.dev.
pub(crate) const MAX_QUEUE_CHARS: usize = 128;

/// Characters of a task's id: graphile_worker's limit for the name of a task.
pub(crate) const MAX_TASK_ID_CHARS: usize = 128;

/// Hexadecimal digits of a trace id: exactly those of W3C Trace Context.
pub(crate) const TRACE_ID_DIGITS: usize = 32;

/// Attempts of a run: Trigger.dev's limit. Each attempt adds an entry to the run's history.
pub(crate) const MAX_ATTEMPTS: u32 = 250;

/// Days in [`LONGEST`]: a leap year.
pub(crate) const LONGEST_DAYS: u32 = 366;

/// Seconds of a run's head start: a year, so that subtracting it from the time of day cannot overflow.
pub(crate) const MAX_PRIORITY_SECONDS: u32 = LONGEST_DAYS * 24 * 60 * 60;

/// The longest time stored with a run: its `delay`, `ttl` and `idempotency_ttl`, how far ahead it may be
/// due, and the wait for its next attempt. It is a year, so that adding it to the time of day cannot
/// overflow.
pub(crate) const LONGEST: Duration = Duration::from_secs(MAX_PRIORITY_SECONDS as u64);

/// Characters of an error's text, and of the text of each of its causes: Trigger.dev's limit. Each attempt
/// of a run stores an error.
pub(crate) const MAX_MESSAGE_CHARS: usize = 1_000;

/// Causes of an error: deeper ones add little, and a cycle would never end.
pub(crate) const MAX_CAUSES: usize = 10;
