//! [`Broadcast`]: one message.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;

use crate::client::error::{ClientError, Failure, Service};
use crate::client::http::Body;
use crate::client::seconds::whole_seconds;
use crate::client::sent::sent_when_awaited;
use crate::client::to_json::to_json;
use crate::client::transport::{Operation, Request, Response, Transport};
use crate::debug::debug_fields;

/// The advice if the server supports only batches.
const OLD_SERVER: &str = "a single message needs a Realtime server of version 2.97 or newer: update the \
                          Supabase CLI or the server, or send it by `broadcast_batch`";

/// A request to broadcast one message. From [`Realtime::broadcast`](super::Realtime::broadcast).
#[must_use = "nothing is sent until it is awaited"]
pub struct Broadcast {
    transport: Transport,
    topic: String,
    event: String,
    content_type: HeaderValue,
    payload: Result<Bytes, Failure>,
    private: bool,
    persist: Option<Persist>,
}

enum Persist {
    Longest,
    For(Duration),
}

impl Broadcast {
    pub(super) fn json<P: Serialize + ?Sized>(
        transport: Transport,
        topic: &str,
        event: &str,
        payload: &P,
    ) -> Self {
        let payload = match to_json("its payload", payload) {
            Ok(json) if json == "null" => Err(Failure::invalid("its payload is `null`")),
            payload => payload,
        };
        let content_type = HeaderValue::from_static("application/json");
        Self::new(transport, topic, event, content_type, payload)
    }

    pub(super) fn bytes(transport: Transport, topic: &str, event: &str, payload: Bytes) -> Self {
        let content_type = HeaderValue::from_static("application/octet-stream");
        Self::new(transport, topic, event, content_type, Ok(payload))
    }

    fn new(
        transport: Transport,
        topic: &str,
        event: &str,
        content_type: HeaderValue,
        payload: Result<Bytes, Failure>,
    ) -> Self {
        Self {
            transport,
            topic: topic.to_owned(),
            event: event.to_owned(),
            content_type,
            payload,
            private: false,
            persist: None,
        }
    }

    /// Sends to the private channel of this topic, for which the policies on `realtime.messages` decide
    /// who has access. Public by default.
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// Keeps the message for later listeners, as long as the project's settings allow. Only for a
    /// [`private`](Self::private) message.
    pub fn persist(mut self) -> Self {
        self.persist = Some(Persist::Longest);
        self
    }

    /// Keeps the message for later listeners, for a whole number of seconds. Only for a
    /// [`private`](Self::private) message.
    pub fn persist_for(mut self, time: Duration) -> Self {
        self.persist = Some(Persist::For(time));
        self
    }

    async fn send(self) -> Result<(), ClientError> {
        let transport = self.transport.clone();
        match transport.send(self.into_request()?).await {
            Ok(response) => accepted(response),
            Err(error) if error.status() == Some(404) => Err(error.with_advice(OLD_SERVER)),
            Err(error) => Err(error),
        }
    }

    fn into_request(self) -> Result<Request, ClientError> {
        let operation = Operation::on("broadcast to", self.topic.clone());
        let path = ["api", "broadcast", &self.topic, "events", &self.event];
        let request =
            self.transport
                .request(Service::Realtime, Method::POST, &path, operation.clone());
        let transport = self.transport.clone();
        self.fill(request?)
            .map_err(|mistake| transport.not_sent(operation, mistake))
    }

    fn fill(self, mut request: Request) -> Result<Request, Failure> {
        if self.private {
            request.url.query_pairs_mut().append_pair("private", "true");
        }
        if let Some(persist) = &self.persist {
            if !self.private {
                return Err(Failure::invalid(
                    "only a private message can be kept: call `.private()` too",
                ));
            }
            let mut query = request.url.query_pairs_mut();
            match persist {
                Persist::Longest => query.append_pair("persist", "true"),
                Persist::For(time) => {
                    let seconds = whole_seconds("the time that a message is kept", *time)?;
                    query.append_pair("persist[ttl]", &seconds.to_string())
                }
            };
        }
        request.headers.insert(CONTENT_TYPE, self.content_type);
        request.body = Body::Bytes(self.payload?);
        Ok(request)
    }
}

sent_when_awaited! {
    /// Sends the message.
    Broadcast => ()
}

// The payload is the user's data.
debug_fields!(Broadcast: |this| {
    topic: this.topic,
    event: this.event,
    private: this.private,
});

/// Realtime answers a message that it accepts with 202, and with no other status.
pub(super) fn accepted(response: Response) -> Result<(), ClientError> {
    if response.raw.status == StatusCode::ACCEPTED {
        return Ok(());
    }
    let message = format!(
        "the server answered {} where Realtime answers 202; is the URL a Supabase project?",
        response.raw.status.as_u16()
    );
    Err(response.unusable(message))
}
