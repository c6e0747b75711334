//! [`BroadcastMessage`]: one message of several.

use http::Method;
use serde::Serialize;
use serde_json::{Map, Value};

use super::broadcast::accepted;
use crate::client::error::{ClientError, Failure, Service};
use crate::client::transport::{Operation, Transport};
use crate::debug::debug_fields;

/// One message of a [`broadcast_batch`](super::Realtime::broadcast_batch).
#[derive(Clone, Serialize)]
#[must_use = "nothing is sent until it is given to `broadcast_batch`"]
pub struct BroadcastMessage {
    topic: String,
    event: String,
    payload: Map<String, Value>,
    private: bool,
    #[serde(skip)]
    mistake: Option<String>,
}

impl BroadcastMessage {
    /// Creates a message with `payload`, a JSON object, for all listeners of `event` on `topic`. It is
    /// public by default.
    pub fn new<P: Serialize + ?Sized>(
        topic: impl Into<String>,
        event: impl Into<String>,
        payload: &P,
    ) -> Self {
        let (payload, mistake) = match crate::json::to_value(payload) {
            Ok(Value::Object(payload)) => (payload, None),
            Ok(_) => (
                Map::new(),
                Some("its payload is not a JSON object".to_owned()),
            ),
            Err(error) => {
                let mistake = format!("its payload does not serialize to JSON: {error}");
                (Map::new(), Some(mistake))
            }
        };
        Self {
            topic: topic.into(),
            event: event.into(),
            payload,
            private: false,
            mistake,
        }
    }

    /// Sends to the private channel of this topic, for which the policies on `realtime.messages` decide
    /// who has access.
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }
}

// The payload is the user's data.
debug_fields!(BroadcastMessage: |this| {
    topic: this.topic,
    event: this.event,
    private: this.private,
});

pub(super) async fn send(
    transport: &Transport,
    messages: Vec<BroadcastMessage>,
) -> Result<(), ClientError> {
    #[derive(Serialize)]
    struct Batch<'a> {
        messages: &'a [BroadcastMessage],
    }

    if messages.is_empty() {
        return Ok(());
    }
    let operation = Operation::new("broadcast a batch");
    let path = ["api", "broadcast"];
    let request = transport.request(Service::Realtime, Method::POST, &path, operation.clone());
    let mut request = request?;
    let mistake = |(index, message): (usize, &BroadcastMessage)| {
        let mistake = message.mistake.as_ref()?;
        Some(Failure::invalid(format!("message {index}: {mistake}")))
    };
    if let Some(mistake) = messages.iter().enumerate().find_map(mistake) {
        return Err(transport.not_sent(operation, mistake));
    }
    let batch = Batch {
        messages: &messages,
    };
    let json = crate::json::to_vec(&batch).map_err(|error| {
        let failure = Failure::invalid("the batch does not serialize to JSON").with_source(error);
        transport.not_sent(operation, failure)
    })?;
    request.set_json(json.into());
    accepted(transport.send(request).await?)
}
