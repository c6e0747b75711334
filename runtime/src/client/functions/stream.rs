//! [`FunctionStream`]: an answer, read as it arrives.

use bytes::Bytes;

use super::events::{Decoder, ServerEvent};
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::transport::OpenResponse;
use crate::debug::debug_fields;

/// The answer of an Edge Function, read as it arrives: as pieces of any kind, or as server-sent events.
/// From [`Invoke::stream`](super::Invoke::stream).
///
/// [`Timeouts::request`](crate::client::Timeouts::request) limits the wait for each piece, not the whole
/// stream, which may last until the client's deadline. To end it sooner, drop it.
pub struct FunctionStream {
    response: OpenResponse,
    events: Decoder,
}

impl FunctionStream {
    pub(super) fn new(response: OpenResponse) -> Self {
        Self {
            response,
            events: Decoder::default(),
        }
    }

    /// Returns the HTTP status, which is one of success.
    pub fn status(&self) -> u16 {
        self.response.answer.status().as_u16()
    }

    /// Returns the first value of a header, if it is text. Names are case-insensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.answer.headers().get(name)?.to_str().ok()
    }

    /// Returns the next piece of the body, or `None` at its end. The boundaries between pieces have no
    /// meaning.
    ///
    /// Cancellation-safe: a piece that was not returned is returned by the next call. Do not mix this
    /// with [`event`](Self::event).
    ///
    /// # Errors
    ///
    /// If the connection breaks or a timeout passes.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        self.response.chunk().await
    }

    /// Returns the next server-sent event, or `None` when the function has ended its answer.
    ///
    /// Comments, which functions send to keep a connection open, are skipped. Cancellation-safe.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let mut answer = supabase.functions().invoke("chat").text("hello").stream().await?;
    /// while let Some(event) = answer.event().await? {
    ///     print!("{}", event.data);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the connection breaks, a timeout passes, or one event is longer than 1 MiB.
    pub async fn event(&mut self) -> Result<Option<ServerEvent>, ClientError> {
        loop {
            match self.events.next() {
                Ok(Some(event)) => return Ok(Some(event)),
                Ok(None) => {}
                Err(too_long) => {
                    let failure = Failure::new(ClientErrorKind::TooLarge, too_long);
                    return Err(self.response.error(failure));
                }
            }
            match self.response.chunk().await? {
                Some(chunk) => self.events.push(&chunk),
                // Without a blank line at its end, an event is incomplete and does not count.
                None => return Ok(None),
            }
        }
    }
}

debug_fields!(FunctionStream: |this| { status: this.status() });
