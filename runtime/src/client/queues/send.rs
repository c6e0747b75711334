//! [`SendMessage`] and [`SendMessages`]: requests to add messages to a queue.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Queue;
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::seconds::whole_seconds;

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
        let message = self.message.map_err(|error| mistake(not_json(error)))?;
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
        let messages = self.messages.map_err(|error| mistake(not_json(error)))?;
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

fn not_json(error: serde_json::Error) -> Failure {
    let message = format!("a message does not serialize to JSON: {error}");
    Failure::invalid(message).with_source(error)
}

/// The messages are in the queue, even if the number of ids is wrong.
fn no_ids(ids: usize, messages: usize) -> Failure {
    let message = format!("the server returned {ids} ids for {messages} messages");
    Failure::new(ClientErrorKind::Decode, message)
}

/// Sends the message, and returns its id.
impl IntoFuture for SendMessage {
    type Output = Result<i64, ClientError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// Sends the messages, and returns their ids in order.
impl IntoFuture for SendMessages {
    type Output = Result<Vec<i64>, ClientError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

// The messages are the user's data.
impl fmt::Debug for SendMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMessage")
            .field("queue", &self.queue.name)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SendMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMessages")
            .field("queue", &self.queue.name)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
