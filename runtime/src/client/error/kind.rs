//! [`ClientErrorKind`]: the kinds of a failed call.

/// The kinds of [`ClientError`](super::ClientError).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientErrorKind {
    /// The server refused the request: its status is not 2xx.
    Server,
    /// There was no connection, or it broke before the response was complete.
    Network,
    /// One of the [`Timeouts`](crate::client::Timeouts) elapsed.
    Timeout,
    /// The request succeeded, but the response does not decode as the requested type.
    Decode,
    /// The server answered with a redirect, which is not followed.
    Redirect,
    /// The response exceeds the client's size limit, or the request's URL is longer than the server
    /// accepts.
    TooLarge,
    /// The request body could not be read to its end, or the downloaded data could not be written: a
    /// stream, reader or writer of the caller failed.
    Body,
    /// The relay in front of an Edge Function answered because it did not reach the function.
    Relay,
    /// The call is invalid, and nothing was sent.
    InvalidRequest,
    /// A token for the user could not be signed.
    Token,
    /// The project is missing a key that the call needs, and nothing was sent.
    Config,
}
