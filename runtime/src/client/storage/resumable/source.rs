//! The source from which an upload reads its chunks.

use std::io::{self, SeekFrom};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::client::error::Failure;
use crate::client::http::BoxError;
use crate::client::http::WrongLength;
use crate::client::storage::body::{ByteStream, Content, UploadBody};

/// The body of an upload, read in chunks.
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
    /// Creates a source of `length` bytes.
    pub(super) fn new(body: UploadBody, length: u64) -> Self {
        let kind = match body.content {
            Content::Bytes(bytes) => Kind::Bytes(bytes),
            Content::File(file) => Kind::File(file),
            Content::Stream(stream) => Kind::Stream(Window::new(stream)),
        };
        Self { kind, length }
    }

    /// Returns the `size` bytes from `offset` on.
    ///
    /// A stream can only return bytes that were not taken yet, and the last chunk again. Cancellation-safe.
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

/// A chunk's size, which is some megabytes.
fn in_memory(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

fn part(bytes: &Bytes, offset: u64, size: u64) -> Option<Bytes> {
    let from = usize::try_from(offset).ok()?;
    let to = usize::try_from(offset.checked_add(size)?).ok()?;
    (to <= bytes.len()).then(|| bytes.slice(from..to))
}

async fn read(file: &mut File, offset: u64, size: u64) -> io::Result<Bytes> {
    file.seek(SeekFrom::Start(offset)).await?;
    let mut chunk = BytesMut::with_capacity(in_memory(size));
    let mut rest = file.take(size);
    while rest.limit() > 0 {
        if rest.read_buf(&mut chunk).await? == 0 {
            let message = "the file is shorter than when it was opened";
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
    /// The part of the stream's last piece that is beyond it.
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
        // A cancelled call has left a partly read chunk.
        if !self.next.is_empty() {
            self.kept = self.next.split().freeze();
        }
        self.skip_to(offset, length).await?;
        let wanted = in_memory(size);
        if self.kept.len() < wanted {
            // Usually nothing is kept, and this is the only chunk in memory.
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
        // A stream that is longer than announced must not be sent to its end.
        let is_last = offset + size == length;
        if is_last && (self.kept.len() > wanted || !self.has_ended().await?) {
            return Err(wrong_length(length, None));
        }
        Ok(chunk)
    }

    /// Drops the bytes before `offset`.
    async fn skip_to(&mut self, offset: u64, length: u64) -> Result<(), BoxError> {
        if offset < self.start {
            return Err(
                "the server has lost a part that it had stored, and a stream cannot be read again"
                    .into(),
            );
        }
        while self.start < offset {
            let ahead = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
            if self.kept.is_empty() {
                let piece = self.piece(usize::MAX).await?;
                self.kept = piece.ok_or_else(|| wrong_length(length, Some(self.start)))?;
            }
            let passed = self.kept.split_to(ahead.min(self.kept.len()));
            self.start += passed.len() as u64;
        }
        Ok(())
    }

    /// Returns the next piece of the stream, of at most `longest` bytes. Never empty.
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

    /// Fills `beyond` if it is empty. Returns whether the stream has more bytes.
    async fn fill(&mut self) -> Result<bool, BoxError> {
        while self.beyond.is_empty() {
            match self.stream.next().await {
                Some(piece) => self.beyond = piece?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}
