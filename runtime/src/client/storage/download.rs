//! [`Download`]: an object, read as it comes.

use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderName, Method};
use tokio::io::{AsyncBufRead, AsyncWrite, AsyncWriteExt};
use tokio_util::io::StreamReader;
use tokio_util::sync::ReusableBoxFuture;

use super::bucket::Bucket;
use super::progress::{OnProgress, Progress};
use super::request::{Sent, plain};
use super::transform::Transform;
use crate::client::error::{ClientError, Failure};
use crate::client::http::DEFAULT_MAX_RESPONSE_BYTES;
use crate::client::request::OpenResponse;

/// A download, before it is sent. From [`Bucket::download`].
#[derive(Debug)]
#[must_use = "a download does nothing until it is awaited"]
pub struct DownloadRequest {
    bucket: Bucket,
    path: String,
    transform: Transform,
    version_id: Option<String>,
    cache_nonce: Option<String>,
    progress: OnProgress,
}

impl DownloadRequest {
    pub(super) fn new(bucket: Bucket, path: &str) -> Self {
        Self {
            bucket,
            path: path.to_owned(),
            transform: Transform::new(),
            version_id: None,
            cache_nonce: None,
            progress: OnProgress::default(),
        }
    }

    /// Has the server resize or convert the image before it sends it.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # use supabase_task::client::storage::{Resize, Transform};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let small = Transform::new().width(64).height(64).resize(Resize::Contain);
    /// let avatars = supabase.storage().from("avatars");
    /// let png = avatars.download("alice.png").transform(small).await?.bytes().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn transform(mut self, transform: Transform) -> Self {
        self.transform = transform;
        self
    }

    /// This version of the object, in a bucket with versions.
    pub fn version_id(mut self, version: &str) -> Self {
        self.version_id = Some(version.to_owned());
        self
    }

    /// A text that makes another URL of it, so that no cache answers with an old version.
    pub fn cache_nonce(mut self, nonce: &str) -> Self {
        self.cache_nonce = Some(nonce.to_owned());
        self
    }

    /// Calls `tell` for each piece that was read, in whichever way the download is read.
    pub fn progress(mut self, tell: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = OnProgress::new(tell);
        self
    }

    async fn send(self) -> Result<Download, ClientError> {
        let operation = self.bucket.operation("download", &self.path);
        // `/object/{bucket}` takes a token that it refuses for none, and then says that there is no such
        // bucket.
        let folder: &[&str] = match self.transform.is_empty() {
            true => &["object", "authenticated"],
            false => &["render", "image", "authenticated"],
        };
        let transport = self.bucket.transport();
        let mut url = match self.bucket.url(folder, &self.path) {
            Ok(url) => url,
            Err(failure) => return Err(transport.not_sent(operation, failure)),
        };
        let mut query = self.transform.query();
        query.extend(self.cache_nonce.map(|nonce| ("cacheNonce", nonce)));
        query.extend(self.version_id.map(|version| ("versionId", version)));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let response = transport.open(plain(operation, Method::GET, url)).await?;
        Ok(Download {
            total: response.answer.length(),
            response,
            read: 0,
            progress: self.progress,
        })
    }
}

/// Sends it, and waits for the head of the answer. Sent again as all reads are: see
/// [`Client::with_retries`](crate::client::Client::with_retries).
impl IntoFuture for DownloadRequest {
    type Output = Result<Download, ClientError>;
    type IntoFuture = Sent<Download>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An object whose bytes are still to be read. From [`Bucket::download`].
///
/// To drop it ends the transfer.
#[must_use = "of a download that is not read nothing is there"]
pub struct Download {
    response: OpenResponse,
    read: u64,
    total: Option<u64>,
    progress: OnProgress,
}

impl Download {
    /// The media type of the object.
    pub fn content_type(&self) -> Option<&str> {
        self.header(CONTENT_TYPE)
    }

    /// The entity tag of the object, with its quotes.
    pub fn etag(&self) -> Option<&str> {
        self.header(ETAG)
    }

    /// How many bytes there are, unless the server does not say so or has compressed them.
    pub fn length(&self) -> Option<u64> {
        self.total
    }

    /// The next piece, or `None` at the end. Cancellation-safe: a piece that was not returned is
    /// returned by the next call.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        let chunk = self.response.chunk().await?;
        if let Some(chunk) = &chunk {
            self.read += chunk.len() as u64;
            self.progress.tell(self.read, self.total);
        }
        Ok(chunk)
    }

    /// All of it. Longer than the client's limit
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

    /// Writes all of it to `writer`, piece by piece, and tells how many bytes there were.
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
    /// Besides those of the transfer, if `writer` fails: of kind
    /// [`Body`](crate::client::ClientErrorKind::Body), with its error as
    /// [`source`](std::error::Error::source).
    pub async fn write_to<W>(mut self, writer: &mut W) -> Result<u64, ClientError>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        while let Some(chunk) = self.chunk().await? {
            if let Err(error) = writer.write_all(&chunk).await {
                return Err(self.not_written(error));
            }
        }
        match writer.flush().await {
            Ok(()) => Ok(self.read),
            Err(error) => Err(self.not_written(error)),
        }
    }

    /// As a stream of its pieces.
    pub fn into_stream(self) -> DownloadStream {
        DownloadStream {
            next: ReusableBoxFuture::new(next(self)),
            ended: false,
        }
    }

    /// As a reader, for what reads files. A [`ClientError`] is the inner error of the
    /// [`io::Error`].
    pub fn into_reader(self) -> impl AsyncBufRead + Send + Unpin + 'static {
        StreamReader::new(IoStream(self.into_stream()))
    }

    fn header(&self, name: HeaderName) -> Option<&str> {
        self.response.answer.headers().get(name)?.to_str().ok()
    }

    fn not_written(&self, error: io::Error) -> ClientError {
        self.response.error(Failure::unwritable(error))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("content_type", &self.content_type())
            .field("total", &self.total)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

/// The pieces of a download. From [`Download::into_stream`].
pub struct DownloadStream {
    next: ReusableBoxFuture<'static, (Result<Option<Bytes>, ClientError>, Download)>,
    ended: bool,
}

async fn next(mut download: Download) -> (Result<Option<Bytes>, ClientError>, Download) {
    (download.chunk().await, download)
}

impl Stream for DownloadStream {
    type Item = Result<Bytes, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let (outcome, download) = ready!(self.next.poll(context));
        match outcome {
            Ok(Some(chunk)) => {
                self.next.set(next(download));
                Poll::Ready(Some(Ok(chunk)))
            }
            Ok(None) => {
                self.ended = true;
                Poll::Ready(None)
            }
            Err(error) => {
                self.ended = true;
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

impl fmt::Debug for DownloadStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadStream")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// The same with errors as readers have them.
struct IoStream(DownloadStream);

impl Stream for IoStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(Pin::new(&mut self.0).poll_next(context));
        Poll::Ready(next.map(|chunk| chunk.map_err(io::Error::other)))
    }
}
