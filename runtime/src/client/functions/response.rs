//! [`FunctionResponse`]: the answer of a function.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::auth::Principal;
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::http::RawResponse;
use crate::client::transport::{Operation, Response};

/// The whole answer of an Edge Function. From [`Invoke::response`](super::Invoke::response), or, after a
/// refusal, from [`ClientError::function_response`].
#[derive(Clone)]
pub struct FunctionResponse {
    operation: Operation,
    identity: Principal,
    raw: RawResponse,
}

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
        Some(FunctionResponse::new(operation, identity, raw))
    }
}

impl FunctionResponse {
    pub(crate) fn new(operation: Operation, identity: Principal, raw: RawResponse) -> Self {
        Self {
            operation,
            identity,
            raw,
        }
    }

    pub(super) fn from_response(response: Response) -> Self {
        let Response {
            operation,
            identity,
            status,
            headers,
            body,
            ..
        } = response;
        let raw = RawResponse {
            status,
            headers,
            body,
        };
        Self::new(operation, identity, raw)
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.raw.status.as_u16()
    }

    /// Returns the first value of a header, if it is text. Names are case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.raw.headers.get(name)?.to_str().ok()
    }

    /// Returns the media type, such as `application/json`, without its parameters.
    pub fn content_type(&self) -> Option<&str> {
        let value = self.header("content-type")?.split(';').next()?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Returns the body.
    pub fn bytes(&self) -> &Bytes {
        &self.raw.body
    }

    /// Converts the response into its body.
    pub fn into_bytes(self) -> Bytes {
        self.raw.body
    }

    /// Returns the body as text.
    ///
    /// # Errors
    ///
    /// If the body is not UTF-8. The error is [`is_decode`](ClientError::is_decode).
    pub fn text(&self) -> Result<&str, ClientError> {
        std::str::from_utf8(&self.raw.body).map_err(|error| {
            let message = format!(
                "the answer of {} bytes is not text: {error}",
                self.raw.body.len()
            );
            let failure = Failure::new(ClientErrorKind::Decode, message);
            self.error(failure)
        })
    }

    /// Reads the body as JSON into a `T`. An empty body is read as `null`.
    ///
    /// # Errors
    ///
    /// If the body is not JSON of that type. The error is [`is_decode`](ClientError::is_decode).
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        let response = Response {
            operation: self.operation.clone(),
            identity: self.identity,
            status: self.raw.status,
            headers: self.raw.headers.clone(),
            body: self.raw.body.clone(),
        };
        response.decode()
    }

    fn error(&self, failure: Failure) -> ClientError {
        let status: StatusCode = self.raw.status;
        let failure = failure.with_status(status);
        ClientError::new(self.operation.clone(), Some(self.identity), failure)
    }
}

// The body is the function's, and a header can be a cookie.
impl fmt::Debug for FunctionResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionResponse")
            .field("status", &self.status())
            .field("content_type", &self.content_type())
            .field("length", &self.raw.body.len())
            .finish_non_exhaustive()
    }
}
