//! Supabase Queues: the messages of the PostgreSQL extension pgmq, through its schema `pgmq_public`.
//!
//! [`Client::queue`](super::Client::queue) calls the functions of that schema. The project must expose
//! them: dashboard > Integrations > Queues > "Expose Queues via PostgREST".
//!
//! They run with the caller's rights. The service role may use every queue; a user's client needs
//! the grants that the dashboard sets for a queue, and policies on the table `pgmq.q_<name>`.
//!
//! A queue delivers at least once: a message that you [read](Queue::read) is hidden from other readers
//! for a while. If you do not [delete](Queue::delete) or [archive](Queue::archive) it in that time, the
//! next reader gets it.
//!
//! Tested against a real PostgreSQL, through `LocalSupabase`. Functions with the documented signatures
//! over plain tables stand in for the extension, which the embedded PostgreSQL cannot load. Not tested
//! against pgmq itself.

mod message;
mod send;
#[cfg(test)]
mod wire_tests;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::message::QueueMessage;
pub use self::send::{SendMessage, SendMessages};
use super::error::{ClientError, Failure};
use super::postgrest::Schema;
use super::seconds::whole_seconds;
use super::transport::Transport;
use crate::client::transport::Operation;
use crate::debug::debug_fields;

const SCHEMA: &str = "pgmq_public";

/// One queue, as one identity sees it. From [`Client::queue`](super::Client::queue).
#[derive(Clone)]
#[must_use = "a queue does nothing by itself; call `send` or `read`"]
pub struct Queue {
    transport: Transport,
    name: String,
}

impl Queue {
    pub(super) fn new(transport: Transport, name: &str) -> Self {
        Self {
            transport,
            name: name.to_owned(),
        }
    }

    /// Adds a message, which can be anything that serializes to JSON, and returns its id.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let mails = supabase.queue("mails");
    /// let id = mails.send(&json!({ "to": "ada@example.com" })).await?;
    /// mails.send(&json!({ "to": "bob@example.com" })).delay(Duration::from_secs(60)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send<T: Serialize + ?Sized>(&self, message: &T) -> SendMessage {
        SendMessage::new(self.clone(), message)
    }

    /// Adds several messages at once, and returns their ids in order. Without messages, nothing is sent.
    pub fn send_batch<T: Serialize>(&self, messages: &[T]) -> SendMessages {
        SendMessages::new(self.clone(), messages)
    }

    /// Reads at most `max` messages, and hides them from other readers for `visibility`, a whole number of
    /// seconds.
    ///
    /// If one of them is not a `T`, the call returns none of them, and all become visible again after that
    /// time. To check each message by itself, read [`serde_json::Value`]s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # #[derive(serde::Deserialize)]
    /// # struct Mail { to: String }
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let mails = supabase.queue("mails");
    /// for mail in mails.read::<Mail>(Duration::from_secs(30), 10).await? {
    ///     println!("to {}", mail.message.to);
    ///     mails.delete(mail.id).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read<T: DeserializeOwned>(
        &self,
        visibility: Duration,
        max: u32,
    ) -> Result<Vec<QueueMessage<T>>, ClientError> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            queue_name: &'a str,
            sleep_seconds: i32,
            n: u32,
        }

        let sleep_seconds = whole_seconds("the time that a message stays hidden", visibility)
            .map_err(|mistake| self.mistake("read from queue", mistake))?;
        let arguments = Arguments {
            queue_name: &self.name,
            sleep_seconds,
            n: max,
        };
        self.call("read", &arguments).await
    }

    /// Removes the next message from the queue and returns it, or returns `None` if no message is visible.
    ///
    /// If you fail afterwards, the message is lost. A message that is not a `T` is lost too.
    pub async fn pop<T: DeserializeOwned>(&self) -> Result<Option<QueueMessage<T>>, ClientError> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            queue_name: &'a str,
        }

        let arguments = Arguments {
            queue_name: &self.name,
        };
        let messages: Vec<QueueMessage<T>> = self.call("pop", &arguments).await?;
        Ok(messages.into_iter().next())
    }

    /// Moves a message to the queue's archive, the table `pgmq.a_<name>`. Returns whether the message
    /// existed.
    pub async fn archive(&self, id: i64) -> Result<bool, ClientError> {
        self.with_message("archive", id).await
    }

    /// Deletes a message. Returns whether it existed.
    pub async fn delete(&self, id: i64) -> Result<bool, ClientError> {
        self.with_message("delete", id).await
    }

    async fn with_message(&self, function: &str, id: i64) -> Result<bool, ClientError> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            queue_name: &'a str,
            message_id: i64,
        }

        let arguments = Arguments {
            queue_name: &self.name,
            message_id: id,
        };
        self.call(function, &arguments).await
    }

    async fn call<A: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        function: &str,
        arguments: &A,
    ) -> Result<T, ClientError> {
        let schema = Schema::new(self.transport.clone(), SCHEMA);
        let query = schema.rpc(function, arguments);
        query.execute().await.map_err(with_advice)
    }

    fn mistake(&self, verb: &'static str, mistake: Failure) -> ClientError {
        let operation = Operation::on(verb, self.name.clone());
        self.transport.not_sent(operation, mistake)
    }
}

fn with_advice(error: ClientError) -> ClientError {
    let advice = match error.code() {
        Some("PGRST106" | "PGRST202" | "3F000") => {
            "is the Queues integration on, and \"Expose Queues via PostgREST\" in its settings?"
        }
        Some("42P01") => "is there a queue of this name?",
        Some("42501") => {
            "a user's client needs the queue's grants and a policy on its table `pgmq.q_…`"
        }
        _ => return error,
    };
    error.with_advice(advice)
}

debug_fields!(Queue: |this| {
    name: this.name,
    identity: this.transport.identity(),
});
