//! [`Download`]: an object, read as it arrives.

mod part;
mod request;
mod rest;
mod stream;

use std::borrow::Cow;
use std::io;
#[cfg(test)]
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderName;
use http::header::{CONTENT_TYPE, ETAG};
use tokio::io::{AsyncBufRead, AsyncWrite, AsyncWriteExt};
use url::Url;

use self::part::Part;
pub use self::request::DownloadRequest;
use self::rest::Rest;
pub use self::stream::DownloadStream;
use super::progress::OnProgress;
use super::waits::Waits;
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::http::DEFAULT_MAX_RESPONSE_BYTES;
use crate::client::transport::{OpenResponse, Transport};
use crate::debug::debug_fields;

/// An object whose bytes are still to be read. From [`Bucket::download`](super::Bucket::download).
///
/// If the connection breaks, the download requests the rest by itself. This requires that the server has
/// sent the length of the object and its entity tag, which it does not for an object that it compresses on
/// the way. [`with_retries(false)`](crate::client::Client::with_retries) turns it off.
///
/// The download fails after seven failures in a row without a byte in between, which take half a minute
/// unless the server asks for longer waits. It also fails at the client's deadline, if the server asks for a
/// wait of more than 30 seconds, or if the object was replaced in the meantime.
///
/// Dropping it ends the transfer.
#[must_use = "a download has no bytes until it is read: call `bytes`, `chunk`, `write_to` or another method"]
pub struct Download {
    response: OpenResponse,
    read: u64,
    total: Option<u64>,
    progress: OnProgress,
    /// How to ask for the rest, where that is possible.
    rest: Option<Rest>,
    /// The response broke off, and the rest has not been requested yet.
    broke_off: bool,
    waits: Waits,
}

impl Download {
    fn new(
        transport: &Transport,
        url: Url,
        part: Option<Part>,
        response: OpenResponse,
        progress: OnProgress,
    ) -> Self {
        let total = response.answer.length();
        let from = part.map_or(0, |part| part.from);
        let rest = Rest::of(transport, url, from, &response);
        Self {
            read: 0,
            total,
            progress,
            rest,
            broke_off: false,
            waits: Waits::new(Waits::FIRST, response.deadline),
            response,
        }
    }

    /// Returns the media type of the object.
    pub fn content_type(&self) -> Option<&str> {
        self.header(CONTENT_TYPE)
    }

    /// Returns the entity tag of the object, with its quotes.
    pub fn etag(&self) -> Option<&str> {
        self.header(ETAG)
    }

    /// Returns the number of bytes, unless the server does not send it or has compressed them.
    pub fn length(&self) -> Option<u64> {
        self.total
    }

    /// Returns the next piece, or `None` at the end. Cancellation-safe: a piece that was not returned is
    /// returned by the next call.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        loop {
            let outcome = match &self.rest {
                Some(rest) if self.broke_off => rest.ask_for(self.read).await.map(Step::Reopened),
                _ => self.response.chunk().await.map(Step::Read),
            };
            match outcome {
                Ok(Step::Read(Some(chunk))) => {
                    self.waits.start_over();
                    self.read += chunk.len() as u64;
                    if self.rest.is_some() && self.total.is_some_and(|total| self.read > total) {
                        let message = "the server sent more bytes than the object has";
                        return Err(self.error(ClientErrorKind::Decode, message));
                    }
                    self.progress.tell(self.read, self.total);
                    return Ok(Some(chunk));
                }
                // The response with the rest may come without a length.
                Ok(Step::Read(None)) if self.has_rest() => {
                    self.broke_off = true;
                    let message = format!(
                        "the response ended after {} bytes, before it was complete",
                        self.read
                    );
                    let error = self.error(ClientErrorKind::Network, message);
                    self.waits.after(error).await?;
                }
                Ok(Step::Read(None)) => return Ok(None),
                Ok(Step::Reopened(Some(response))) => {
                    self.response = *response;
                    self.broke_off = false;
                }
                Ok(Step::Reopened(None)) => return Err(self.not_continued()),
                Err(error) if self.has_rest() => {
                    self.broke_off = true;
                    self.waits.after(error).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether there are bytes left that can be asked for.
    fn has_rest(&self) -> bool {
        self.rest.is_some() && self.total.is_some_and(|total| self.read < total)
    }

    fn not_continued(&self) -> ClientError {
        let message = format!(
            "the response broke off after {} bytes and cannot be continued: the object was replaced, or the server \
             does not support ranges; download it again",
            self.read,
        );
        self.error(ClientErrorKind::Network, message)
    }

    fn error(&self, kind: ClientErrorKind, message: impl Into<Cow<'static, str>>) -> ClientError {
        self.response.error(Failure::new(kind, message))
    }

    /// Reads the whole object. An object longer than the client's limit
    /// ([`SupabaseBuilder::max_response_bytes`](crate::SupabaseBuilder::max_response_bytes), 64 MiB
    /// by default) is an error.
    pub async fn bytes(mut self) -> Result<Bytes, ClientError> {
        let limit = self.response.answer.max_bytes();
        if self.total.is_some_and(|total| total > limit) {
            return Err(self.response.error(self.response.answer.too_large()));
        }
        // A server can announce anything.
        let announced = self.total.unwrap_or(0).min(DEFAULT_MAX_RESPONSE_BYTES);
        let mut all = BytesMut::with_capacity(announced as usize);
        while let Some(chunk) = self.chunk().await? {
            if self.read > limit {
                return Err(self.response.error(self.response.answer.too_large()));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// Writes the whole object to `writer`, piece by piece, and returns the number of bytes.
    ///
    /// ```no_run
    /// # use supabase_task::client::UserClient;
    /// # async fn example(supabase: UserClient) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = tokio::fs::File::create("holiday.mp4").await?;
    /// let videos = supabase.storage().from("videos");
    /// videos.download("holiday.mp4").await?.write_to(&mut file).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the transfer fails, or if `writer` fails. An error of `writer` has the kind
    /// [`Body`](crate::client::ClientErrorKind::Body), and is the
    /// [`source`](std::error::Error::source).
    pub async fn write_to<W>(mut self, writer: &mut W) -> Result<u64, ClientError>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        while let Some(chunk) = self.chunk().await? {
            let written = writer.write_all(&chunk).await;
            written.map_err(|error| self.not_written(error))?;
        }
        let flushed = writer.flush().await;
        flushed.map_err(|error| self.not_written(error))?;
        Ok(self.read)
    }

    /// Converts the download into a stream of its pieces.
    pub fn into_stream(self) -> DownloadStream {
        DownloadStream::new(self)
    }

    /// Converts the download into a reader, for code that reads files. Its [`io::Error`] contains the
    /// [`ClientError`].
    pub fn into_reader(self) -> impl AsyncBufRead + Send + Unpin + 'static {
        self.into_stream().into_reader()
    }

    fn header(&self, name: HeaderName) -> Option<&str> {
        self.response.answer.headers().get(name)?.to_str().ok()
    }

    fn not_written(&self, error: io::Error) -> ClientError {
        self.response.error(Failure::unwritable(error))
    }
}

debug_fields!(Download: |this| {
    content_type: this.content_type(),
    total: this.total,
    read: this.read,
});

/// The outcome of one step of a download.
enum Step {
    /// A piece, or the end.
    Read(Option<Bytes>),
    /// The response with the rest, if there is one.
    Reopened(Option<Box<OpenResponse>>),
}

#[cfg(test)]
impl Download {
    pub(in crate::client::storage) fn with_first_wait(mut self, wait: Duration) -> Self {
        self.waits = Waits::new(wait, self.response.deadline);
        self
    }
}
