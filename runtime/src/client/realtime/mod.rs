//! Realtime over HTTP: broadcasts to the listeners of a topic.
//!
//! [`Client::realtime`](super::Client::realtime) sends what supabase-js's `httpSend` sends, and in
//! batches what its REST fallback sends, with one difference: supabase-js puts the API key, even a
//! secret one, into the URL. Here, keys and tokens are only in headers.
//!
//! There is no socket, so nothing is received. To open one yourself, see
//! [`UserClient::access_token`](super::UserClient::access_token).
//!
//! Tested on the wire, against the requests in the source of `@supabase/realtime-js` 2.119 (its
//! recorded requests have no broadcast) and a server that fails; not against Supabase's own Realtime
//! server.

mod batch;
mod broadcast;
#[cfg(test)]
mod wire_tests;

use bytes::Bytes;
use serde::Serialize;

pub use self::batch::BroadcastMessage;
pub use self::broadcast::Broadcast;
use super::error::ClientError;
use super::transport::Transport;
use crate::debug::debug_fields;

/// Broadcasts as one identity. From [`Client::realtime`](super::Client::realtime).
#[derive(Clone)]
#[must_use = "it does nothing by itself; call `broadcast`"]
pub struct Realtime {
    transport: Transport,
}

impl Realtime {
    pub(super) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Sends `payload`, any JSON but `null`, to all listeners of `event` on `topic`. The topic is that
    /// of the channel, without the prefix `realtime:`.
    ///
    /// Needs a Realtime server of version 2.97 or newer; for an older server, send a
    /// [batch](Self::broadcast_batch).
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// supabase
    ///     .realtime()
    ///     .broadcast("room:7", "progress", &json!({ "percent": 40 }))
    ///     .private()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn broadcast<P: Serialize + ?Sized>(
        &self,
        topic: &str,
        event: &str,
        payload: &P,
    ) -> Broadcast {
        Broadcast::json(self.transport.clone(), topic, event, payload)
    }

    /// Like [`broadcast`](Self::broadcast), with a payload of bytes.
    pub fn broadcast_bytes(
        &self,
        topic: &str,
        event: &str,
        payload: impl Into<Bytes>,
    ) -> Broadcast {
        Broadcast::bytes(self.transport.clone(), topic, event, payload.into())
    }

    /// Sends several messages at once, to any topics. Without messages, nothing is sent.
    ///
    /// **The server silently drops private messages that this identity may not send**: no error means
    /// that the batch arrived, not that every message of it was passed on. A single
    /// [`broadcast`](Self::broadcast) is refused instead.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{BroadcastMessage, ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let done = json!({ "done": true });
    /// supabase
    ///     .realtime()
    ///     .broadcast_batch([
    ///         BroadcastMessage::new("room:7", "progress", &done).private(),
    ///         BroadcastMessage::new("lobby", "progress", &done),
    ///     ])
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If a payload is not a JSON object, or the server refuses the batch.
    pub async fn broadcast_batch(
        &self,
        messages: impl IntoIterator<Item = BroadcastMessage>,
    ) -> Result<(), ClientError> {
        // Not held over the await: the iterator need not be `Send`.
        let messages: Vec<_> = messages.into_iter().collect();
        batch::send(&self.transport, messages).await
    }
}

debug_fields!(Realtime: |this| {
    host: this.transport.host(),
    identity: this.transport.identity(),
});
