//! [`UploadBody`]: the content of an upload.

use std::error::Error as StdError;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::io::ReaderStream;

use super::download::Download;
use super::progress::OnProgress;
use crate::client::http::{Body, BodyStream, BoxError, WrongLength};
use crate::debug::debug_fields;

pub(super) type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

/// How many bytes of a file or reader are read at once.
const READ: usize = 64 * 1024;

/// The content of an upload: bytes or text, a [`file`](Self::file), a [`stream`](Self::stream), a
/// [`reader`](Self::reader), or a [`Download`] in progress.
///
/// Bytes and text are converted with [`From`]:
///
/// ```
/// # use supabase_task::client::storage::UploadBody;
/// let text = UploadBody::from("hello");
/// let bytes = UploadBody::from(vec![0u8, 1, 2]);
/// assert_eq!(bytes.length(), Some(3));
/// ```
pub struct UploadBody {
    pub(super) content: Content,
    length: Option<u64>,
}

pub(super) enum Content {
    Bytes(Bytes),
    File(File),
    Stream(ByteStream),
}

impl UploadBody {
    /// Creates a body from a stream. It is sent as it arrives: only one piece is in memory at a time.
    ///
    /// If you know the length, set it with [`with_length`](Self::with_length).
    ///
    /// ```
    /// # use bytes::Bytes;
    /// # use futures_core::Stream;
    /// # use supabase_task::client::storage::UploadBody;
    /// # fn example(video: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static) {
    /// let body = UploadBody::stream(video).with_length(7_340_032);
    /// # }
    /// ```
    pub fn stream<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self {
            content: Content::Stream(pieces(stream)),
            length: None,
        }
    }

    /// Creates a body from a reader, which is read while it is sent.
    pub fn reader<R>(reader: R) -> Self
    where
        R: AsyncRead + Send + 'static,
    {
        Self::stream(ReaderStream::with_capacity(reader, READ))
    }

    /// Opens the file at `path`, which is read while it is sent. Its length is determined now.
    ///
    /// ```no_run
    /// # use supabase_task::client::UserClient;
    /// # use supabase_task::client::storage::UploadBody;
    /// # async fn example(supabase: UserClient) -> Result<(), Box<dyn std::error::Error>> {
    /// let video = UploadBody::file("holiday.mp4").await?;
    /// supabase.storage().from("videos").upload_resumable("holiday.mp4", video).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub async fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = File::open(path).await?;
        let length = file.metadata().await?.len();
        Ok(Self {
            content: Content::File(file),
            length: Some(length),
        })
    }

    /// Sets how many bytes a stream or reader yields. If it yields a different number, the upload fails.
    #[must_use]
    pub fn with_length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    /// Returns the length in bytes, if it is known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Converts this into the body of one request.
    pub(super) fn into_body(self, progress: OnProgress) -> Body {
        let length = self.length;
        let stream = match self.content {
            // Bytes in memory can be sent again if the token has expired.
            Content::Bytes(bytes)
                if !progress.is_wanted() && length == Some(bytes.len() as u64) =>
            {
                return Body::Bytes(bytes);
            }
            Content::Bytes(bytes) => BodyStream::of_bytes(bytes).into_stream(),
            content => content.into_stream(length),
        };
        let metered = Metered {
            stream,
            length,
            read: 0,
            last: None,
            progress,
        };
        Body::Stream(BodyStream::new(metered, length))
    }
}

impl Content {
    /// Converts this into a stream. A file that has grown since it was opened ends at `length`.
    pub(super) fn into_stream(self, length: Option<u64>) -> ByteStream {
        match self {
            Self::Bytes(bytes) => BodyStream::of_bytes(bytes).into_stream(),
            Self::File(file) => {
                let file = file.take(length.unwrap_or(u64::MAX));
                pieces(ReaderStream::with_capacity(file, READ))
            }
            Self::Stream(stream) => stream,
        }
    }
}

/// A caller's stream, with its own byte and error types. It is not polled again after its end, which
/// some streams do not tolerate.
fn pieces<S, B, E>(stream: S) -> ByteStream
where
    S: Stream<Item = Result<B, E>> + Send + 'static,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    let piece = |piece: Result<B, E>| piece.map(Into::into).map_err(Into::into);
    Box::pin(stream.map(piece).fuse())
}

/// A stream that reports its progress, and fails if it does not have the announced length.
struct Metered {
    stream: ByteStream,
    length: Option<u64>,
    read: u64,
    /// The piece that completes the announced length, held back until the stream has ended.
    last: Option<Bytes>,
    progress: OnProgress,
}

impl Metered {
    fn hand_on(&mut self, piece: Bytes) -> Poll<Option<Result<Bytes, BoxError>>> {
        self.progress.tell(self.read, self.length);
        Poll::Ready(Some(Ok(piece)))
    }
}

impl Stream for Metered {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let piece = match ready!(self.stream.as_mut().poll_next(context)) {
                Some(Ok(piece)) => piece,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let wrong = self.length.filter(|length| *length != self.read);
                    return match (wrong, self.last.take()) {
                        (Some(expected), _) => Poll::Ready(Some(Err(Box::new(WrongLength {
                            expected,
                            found: Some(self.read),
                        })))),
                        (None, Some(last)) => self.hand_on(last),
                        (None, None) => Poll::Ready(None),
                    };
                }
            };
            if piece.is_empty() {
                continue;
            }
            self.read += piece.len() as u64;
            match self.length {
                Some(expected) if self.read > expected => {
                    let found = None;
                    return Poll::Ready(Some(Err(Box::new(WrongLength { expected, found }))));
                }
                Some(expected) if self.read == expected => self.last = Some(piece),
                _ => return self.hand_on(piece),
            }
        }
    }
}

impl From<Bytes> for UploadBody {
    fn from(bytes: Bytes) -> Self {
        Self {
            length: Some(bytes.len() as u64),
            content: Content::Bytes(bytes),
        }
    }
}

impl From<Vec<u8>> for UploadBody {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for UploadBody {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static [u8]> for UploadBody {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl<const N: usize> From<&'static [u8; N]> for UploadBody {
    fn from(bytes: &'static [u8; N]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<&'static str> for UploadBody {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

/// Copies from one bucket to another through this process, without holding the object in memory.
impl From<Download> for UploadBody {
    fn from(download: Download) -> Self {
        let length = download.length();
        Self {
            length,
            ..Self::stream(download.into_stream())
        }
    }
}

// The content is the user's data.
debug_fields!(UploadBody: |this| { length: this.length });
