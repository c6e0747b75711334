//! [`QueueMessage`]: a message read from a queue.

use serde::Deserialize;
use serde_json::Value;

/// A message of a queue. Times are RFC 3339 text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct QueueMessage<T> {
    /// The id, for [`delete`](super::Queue::delete) and [`archive`](super::Queue::archive).
    #[serde(rename = "msg_id")]
    pub id: i64,
    /// How often it was read, including this time. If this is many times, consider setting it aside.
    #[serde(rename = "read_ct")]
    pub read_count: u32,
    /// When it was sent.
    pub enqueued_at: String,
    /// Until when it is hidden from other readers.
    #[serde(rename = "vt")]
    pub visible_at: String,
    /// The message itself.
    pub message: T,
    /// The headers, which newer versions of pgmq have.
    pub headers: Option<Value>,
}
