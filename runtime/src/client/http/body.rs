//! [`Body`]: the body of a request.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};

use crate::lock::lock;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// The body of a request.
pub(crate) enum Body {
    Empty,
    /// In memory, so that it can be sent again.
    Bytes(Bytes),
    /// Read once, while it is sent.
    Stream(BodyStream),
    /// A stream that has already been sent.
    Spent,
}

/// A body that is not in memory as a whole.
pub(crate) struct BodyStream {
    pub(super) stream: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
    /// How many bytes it will yield, if known.
    pub(super) length: Option<u64>,
}

impl BodyStream {
    pub(crate) fn new<S>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
    {
        Self {
            stream: Box::pin(stream),
            length,
        }
    }

    pub(crate) fn into_stream(self) -> Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>> {
        self.stream
    }

    /// Splits bytes into pieces, so that the progress of sending them is visible.
    pub(crate) fn of_bytes(mut bytes: Bytes) -> Self {
        const LONGEST: usize = 64 * 1024;
        let length = Some(bytes.len() as u64);
        let slices = std::iter::from_fn(move || {
            let slice = bytes.split_to(bytes.len().min(LONGEST));
            (!slice.is_empty()).then_some(Ok(slice))
        });
        Self::new(stream::iter(slices), length)
    }
}

impl Body {
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// Returns the body for one more attempt. A stream is returned only once.
    pub(crate) fn take(&mut self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Bytes(bytes) => Some(Self::Bytes(bytes.clone())),
            Self::Stream(_) => Some(std::mem::replace(self, Self::Spent)),
            Self::Spent => None,
        }
    }
}

// The body is the user's data.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Bytes(_) => "Bytes",
            Self::Stream(_) => "Stream",
            Self::Spent => "Spent",
        })
    }
}

/// A stream does not have its announced length.
#[derive(Debug)]
pub(crate) struct WrongLength {
    pub(crate) expected: u64,
    /// `None` if it is longer.
    pub(crate) found: Option<u64>,
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        match found {
            Some(found) => write!(f, "it ended after {found} bytes instead of {expected}"),
            None => write!(
                f,
                "it is longer than the {expected} bytes that were announced"
            ),
        }
    }
}

impl StdError for WrongLength {}

/// The progress of a stream that is being sent.
#[derive(Default)]
pub(super) struct Watch {
    sent: AtomicU64,
    error: Mutex<Option<BoxError>>,
}

impl Watch {
    /// Returns how many bytes the stream has yielded.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Takes the error that ended the stream, if any.
    pub(super) fn take_error(&self) -> Option<BoxError> {
        lock(&self.error).take()
    }
}

/// Reports the progress of a stream to `watch`.
pub(super) fn watched(
    stream: BodyStream,
    watch: Arc<Watch>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream.stream.map(move |chunk| match chunk {
        Ok(chunk) => {
            watch.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            Ok(chunk)
        }
        Err(error) => {
            *lock(&watch.error) = Some(error);
            Err(io::ErrorKind::Other.into())
        }
    })
}
