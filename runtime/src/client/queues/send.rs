//! [`SendMessage`] and [`SendMessages`]: requests to add messages to a queue.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Queue;
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::seconds::whole_seconds;
use crate::client::sent::sent_when_awaited;
use crate::client::to_json::not_json;
use crate::debug::debug_fields;

/// A request to send a message. From [`Queue::send`].
#[must_use = "nothing is sent until it is awaited"]
pub struct SendMessage {
    queue: Queue,
    message: Result<Box<RawValue>, serde_json::Error>,
    delay: Duration,
}

/// A request to send several messages at once. From [`Queue::send_batch`].
#[must_use = "nothing is sent until it is awaited"]
pub struct SendMessages {
    queue: Queue,
    messages: Result<Vec<Box<RawValue>>, serde_json::Error>,
    delay: Duration,
}

#[derive(Serialize)]
struct SendArguments<'a> {
    queue_name: &'a str,
    message: &'a RawValue,
    sleep_seconds: i32,
}

#[derive(Serialize)]
struct SendBatchArguments<'a> {
    queue_name: &'a str,
    messages: &'a [Box<RawValue>],
    sleep_seconds: i32,
}

impl SendMessage {
    pub(super) fn new<T: Serialize + ?Sized>(queue: Queue, message: &T) -> Self {
        Self {
            queue,
            message: crate::json::to_raw_value(message),
            delay: Duration::ZERO,
        }
    }

    /// Hides the message from readers for a whole number of seconds. No delay by default.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    async fn send(self) -> Result<i64, ClientError> {
        let mistake = |failure| self.queue.mistake("send to queue", failure);
        let sleep_seconds = whole_seconds("a delay", self.delay).map_err(mistake)?;
        let message = self
            .message
            .map_err(|error| mistake(not_json("a message", error)))?;
        let arguments = SendArguments {
            queue_name: &self.queue.name,
            message: &message,
            sleep_seconds,
        };
        let ids: Vec<i64> = self.queue.call("send", &arguments).await?;
        match ids.as_slice() {
            [id] => Ok(*id),
            _ => Err(mistake(no_ids(ids.len(), 1))),
        }
    }
}

impl SendMessages {
    pub(super) fn new<T: Serialize>(queue: Queue, messages: &[T]) -> Self {
        Self {
            queue,
            messages: messages.iter().map(crate::json::to_raw_value).collect(),
            delay: Duration::ZERO,
        }
    }

    /// Hides the messages from readers for a whole number of seconds. No delay by default.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    async fn send(self) -> Result<Vec<i64>, ClientError> {
        let mistake = |failure| self.queue.mistake("send to queue", failure);
        let sleep_seconds = whole_seconds("a delay", self.delay).map_err(mistake)?;
        let messages = self
            .messages
            .map_err(|error| mistake(not_json("a message", error)))?;
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let arguments = SendBatchArguments {
            queue_name: &self.queue.name,
            messages: &messages,
            sleep_seconds,
        };
        let ids: Vec<i64> = self.queue.call("send_batch", &arguments).await?;
        if ids.len() != messages.len() {
            return Err(mistake(no_ids(ids.len(), messages.len())));
        }
        Ok(ids)
    }
}

/// The messages are in the queue, even if the number of ids is wrong.
fn no_ids(ids: usize, messages: usize) -> Failure {
    let message = format!("the server returned {ids} ids for {messages} messages");
    Failure::new(ClientErrorKind::Decode, message)
}

sent_when_awaited! {
    /// Sends the message, and returns its id.
    SendMessage => i64
}

sent_when_awaited! {
    /// Sends the messages, and returns their ids in order.
    SendMessages => Vec<i64>
}

// The messages are the user's data.
debug_fields!(SendMessage: |this| {
    queue: this.queue.name,
    delay: this.delay,
});

debug_fields!(SendMessages: |this| {
    queue: this.queue.name,
    delay: this.delay,
});
