//! What an upload reads from, chunk by chunk.

use std::future::poll_fn;
use std::io::{self, SeekFrom};

use bytes::{Bytes, BytesMut};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::client::error::Failure;
use crate::client::http::BoxError;
use crate::client::http::WrongLength;
use crate::client::storage::body::{ByteStream, Content, UploadBody};

/// The body of an upload, of which chunks are taken.
pub(super) struct Source {
    kind: Kind,
    length: u64,
}

enum Kind {
    Bytes(Bytes),
    File(File),
    Stream(Window),
}

impl Source {
    /// Of the length that the body says, or of `length`.
    pub(super) fn new(body: UploadBody, length: u64) -> Self {
        let kind = match body.content {
            Content::Bytes(bytes) => Kind::Bytes(bytes),
            Content::File(file) => Kind::File(file),
            Content::Stream(stream) => Kind::Stream(Window::new(stream)),
        };
        Self { kind, length }
    }

    /// The `size` bytes from `offset` on.
    ///
    /// Of a stream only what was not taken, and the last chunk. Cancellation-safe.
    pub(super) async fn chunk(&mut self, offset: u64, size: u64) -> Result<Bytes, Failure> {
        let length = self.length;
        let chunk = match &mut self.kind {
            Kind::Bytes(bytes) => part(bytes, offset, size)
                .filter(|_| bytes.len() as u64 == length)
                .ok_or_else(|| wrong_length(length, Some(bytes.len() as u64))),
            Kind::File(file) => read(file, offset, size).await.map_err(BoxError::from),
            Kind::Stream(window) => window.chunk(offset, size, length).await,
        };
        chunk.map_err(Failure::unreadable_body)
    }
}

fn wrong_length(expected: u64, found: Option<u64>) -> BoxError {
    Box::new(WrongLength { expected, found })
}

fn part(bytes: &Bytes, offset: u64, size: u64) -> Option<Bytes> {
    let from = usize::try_from(offset).ok()?;
    let to = usize::try_from(offset.checked_add(size)?).ok()?;
    (to <= bytes.len()).then(|| bytes.slice(from..to))
}

async fn read(file: &mut File, offset: u64, size: u64) -> io::Result<Bytes> {
    file.seek(SeekFrom::Start(offset)).await?;
    let mut chunk = BytesMut::with_capacity(size as usize);
    let mut rest = file.take(size);
    while rest.limit() > 0 {
        if rest.read_buf(&mut chunk).await? == 0 {
            let message = "the file is shorter than it was";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
    }
    Ok(chunk.freeze())
}

/// A stream, and the chunk of it that the server may not have yet.
struct Window {
    stream: ByteStream,
    /// Where `kept` begins.
    start: u64,
    /// The last chunk.
    kept: Bytes,
    /// The chunk that is being read, from `start` on.
    next: BytesMut,
    /// What of the stream's last piece is beyond it.
    beyond: Bytes,
}

impl Window {
    fn new(stream: ByteStream) -> Self {
        Self {
            stream,
            start: 0,
            kept: Bytes::new(),
            next: BytesMut::new(),
            beyond: Bytes::new(),
        }
    }

    async fn chunk(&mut self, offset: u64, size: u64, length: u64) -> Result<Bytes, BoxError> {
        // A chunk whose reading was cancelled.
        if !self.next.is_empty() {
            self.kept = self.next.split().freeze();
        }
        self.skip_to(offset, length).await?;
        let wanted = size as usize;
        if self.kept.len() < wanted {
            // Most often nothing is kept, and this is the only chunk in memory.
            let kept = std::mem::take(&mut self.kept);
            self.next = BytesMut::with_capacity(wanted);
            self.next.extend_from_slice(&kept);
            drop(kept);
            while self.next.len() < wanted {
                let found = self.start + self.next.len() as u64;
                let Some(piece) = self.piece(wanted - self.next.len()).await? else {
                    return Err(wrong_length(length, Some(found)));
                };
                self.next.extend_from_slice(&piece);
            }
            self.kept = self.next.split().freeze();
            self.next = BytesMut::new();
        }
        let chunk = self.kept.slice(..wanted);
        // What is longer than was said is not sent to its end.
        let is_last = offset + size == length;
        if is_last && (self.kept.len() > wanted || !self.has_ended().await?) {
            return Err(wrong_length(length, None));
        }
        Ok(chunk)
    }

    /// Forgets what is before `offset`.
    async fn skip_to(&mut self, offset: u64, length: u64) -> Result<(), BoxError> {
        if offset < self.start {
            return Err(
                "the server has lost a part that was stored already, and a stream is read once"
                    .into(),
            );
        }
        while self.start < offset {
            let ahead = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
            if self.kept.is_empty() {
                self.kept = match self.piece(usize::MAX).await? {
                    Some(piece) => piece,
                    None => return Err(wrong_length(length, Some(self.start))),
                };
            }
            let passed = self.kept.split_to(ahead.min(self.kept.len()));
            self.start += passed.len() as u64;
        }
        Ok(())
    }

    /// The next piece of the stream, at most `longest` of it. Never empty.
    async fn piece(&mut self, longest: usize) -> Result<Option<Bytes>, BoxError> {
        if !self.fill().await? {
            return Ok(None);
        }
        let piece = self.beyond.split_to(longest.min(self.beyond.len()));
        Ok(Some(piece))
    }

    async fn has_ended(&mut self) -> Result<bool, BoxError> {
        Ok(!self.fill().await?)
    }

    /// Whether there is anything more.
    async fn fill(&mut self) -> Result<bool, BoxError> {
        while self.beyond.is_empty() {
            let stream = &mut self.stream;
            match poll_fn(|context| stream.as_mut().poll_next(context)).await {
                Some(piece) => self.beyond = piece?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}
