//! [`FunctionResponse`]: the answer of a function.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::client::error::ClientError;
use crate::client::transport::Response;
use crate::debug::debug_fields;

/// The whole answer of an Edge Function. From [`Invoke::response`](super::Invoke::response), or, after a
/// refusal, from [`ClientError::function_response`].
#[derive(Clone)]
pub struct FunctionResponse(pub(super) Response);

impl ClientError {
    /// Returns the status, headers and body of the response, if an Edge Function or the relay in front
    /// of it refused the call. The error's own text quotes only a `message`, `msg` or `error` field of
    /// a JSON object from the body.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # #[derive(serde::Deserialize)]
    /// # struct Refusal { reason: String }
    /// # async fn example(supabase: UserClient) -> Result<Option<Refusal>, ClientError> {
    /// match supabase.functions().invoke("charge").await {
    ///     Ok(()) => Ok(None),
    ///     Err(error) => match error.function_response() {
    ///         Some(answer) if answer.status() == 402 => answer.json::<Refusal>().map(Some),
    ///         _ => Err(error),
    ///     },
    /// }
    /// # }
    /// ```
    pub fn function_response(&self) -> Option<FunctionResponse> {
        let (operation, identity, raw) = self.refused_function()?;
        Some(FunctionResponse(Response {
            operation,
            identity,
            raw,
        }))
    }
}

impl FunctionResponse {
    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.0.raw.status.as_u16()
    }

    /// Returns the first value of a header, if it is text. Names are case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.raw.headers.get(name)?.to_str().ok()
    }

    /// Returns the media type, such as `application/json`, without its parameters.
    pub fn content_type(&self) -> Option<&str> {
        let value = self.header("content-type")?.split(';').next()?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Returns the body.
    pub fn bytes(&self) -> &Bytes {
        &self.0.raw.body
    }

    /// Converts the response into its body.
    pub fn into_bytes(self) -> Bytes {
        self.0.raw.body
    }

    /// Returns the body as text.
    ///
    /// # Errors
    ///
    /// If the body is not UTF-8. The error is [`is_decode`](ClientError::is_decode).
    pub fn text(&self) -> Result<&str, ClientError> {
        let body = self.bytes();
        std::str::from_utf8(body).map_err(|error| {
            let message = format!("the answer of {} bytes is not text: {error}", body.len());
            self.0.clone().unusable(message)
        })
    }

    /// Reads the body as JSON into a `T`. An empty body is read as `null`.
    ///
    /// # Errors
    ///
    /// If the body is not JSON of that type. The error is [`is_decode`](ClientError::is_decode).
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        self.0.clone().decode()
    }
}

// The body is the function's, and a header can be a cookie.
debug_fields!(FunctionResponse: |this| {
    status: this.status(),
    content_type: this.content_type(),
    length: this.bytes().len(),
});
