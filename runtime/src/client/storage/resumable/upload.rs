//! [`ResumableUpload`]: an upload that has begun on the server.

use std::time::Duration;

use super::CHUNK;
use super::location::UploadLocation;
use super::protocol::Remote;
use super::source::Source;
use crate::client::error::{ClientError, Failure};
use crate::client::storage::body::UploadBody;
use crate::client::storage::bucket_ref::BucketRef;
use crate::client::storage::progress::{OnProgress, Progress};
use crate::client::storage::upload::UploadedObject;
use crate::client::storage::waits::Waits;
use crate::debug::debug_fields;

/// A resumable upload that has begun. From
/// [`UploadResumable::start`](super::UploadResumable::start) or [`Bucket::resume_upload`](crate::client::storage::Bucket::resume_upload).
#[must_use = "call `finish` to upload the rest"]
pub struct ResumableUpload {
    remote: Remote,
    source: Source,
    progress: OnProgress,
    /// How many bytes are stored, if that is known.
    offset: Option<u64>,
    /// How many bytes were last known to be stored.
    stored: u64,
    /// The most bytes that were ever stored.
    most: u64,
    first_wait: Duration,
}

/// The outcome of one step.
enum Step {
    /// The server has stored more than was known.
    Found,
    /// The server has confirmed that it stored a chunk.
    Stored,
    /// The server has all bytes.
    Complete,
}

impl ResumableUpload {
    pub(super) fn new(
        remote: Remote,
        source: Source,
        progress: OnProgress,
        offset: Option<u64>,
    ) -> Self {
        Self {
            remote,
            source,
            progress,
            offset,
            stored: 0,
            most: 0,
            first_wait: Waits::FIRST,
        }
    }

    pub(in crate::client::storage) fn resume(
        bucket: BucketRef,
        location: &UploadLocation,
        body: UploadBody,
    ) -> Result<Self, ClientError> {
        let remote = Remote::of(bucket, location)?;
        if let Some(found) = body.length().filter(|found| *found != location.length) {
            let message = format!(
                "the upload was started with {} bytes, but this body has {found}",
                location.length
            );
            return Err(remote.failed(Failure::invalid(message)));
        }
        let source = Source::new(body, location.length);
        Ok(Self::new(remote, source, OnProgress::default(), None))
    }

    /// Returns what a later run needs to continue. Save it before you call [`finish`](Self::finish).
    pub fn location(&self) -> &UploadLocation {
        &self.remote.location
    }

    /// Returns how many bytes the server has stored, as far as is known.
    pub fn stored(&self) -> u64 {
        self.stored
    }

    /// Calls `tell` whenever the server has stored more.
    pub fn progress(mut self, tell: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = OnProgress::new(tell);
        self
    }

    /// Sets the token of the [`SignedUploadUrl`](crate::client::storage::SignedUploadUrl) that the
    /// upload was started with.
    pub fn signed_with(mut self, token: &str) -> Self {
        self.remote.token = Some(token.into());
        self
    }

    /// Uploads the rest. Cancellation-safe: if it was dropped or has failed, call it again to continue
    /// from what the server has stored.
    ///
    /// If the server refuses the last chunk but then says that it has all bytes, this looks for the
    /// object with [`info`](crate::client::storage::Bucket::info), which requires that the identity may read it. If that
    /// fails, the refusal is returned as the error.
    ///
    /// # Errors
    ///
    /// If the upload no longer exists, the error is [`is_not_found`](ClientError::is_not_found): start
    /// the upload again.
    pub async fn finish(&mut self) -> Result<UploadedObject, ClientError> {
        let deadline = self.remote.bucket.transport().deadline();
        let mut waits = Waits::new(self.first_wait, deadline);
        // The server's refusal of the last chunk, if it arrived.
        let mut refusal = None;
        loop {
            let step = self.step().await;
            if self.stored > self.most {
                self.most = self.stored;
                waits.start_over();
            }
            match step {
                Ok(Step::Found) => {}
                Ok(Step::Stored) => refusal = None,
                Ok(Step::Complete) => match refusal {
                    Some(refusal) if !self.remote.is_object_there().await => return Err(refusal),
                    _ => return Ok(self.remote.object()),
                },
                Err(error) => {
                    let error = waits.after(error).await?;
                    if error.status().is_some() {
                        refusal = Some(error);
                    }
                }
            }
        }
    }

    /// Aborts the upload: the server drops what it has stored. It is not an error if the upload no longer
    /// exists.
    pub async fn abort(self) -> Result<(), ClientError> {
        self.remote.abort().await
    }

    /// One request.
    async fn step(&mut self) -> Result<Step, ClientError> {
        let length = self.remote.location.length;
        let offset = match self.offset {
            Some(offset) => offset,
            None => {
                let offset = self.remote.offset().await?;
                self.offset = Some(offset);
                let more = offset > self.stored;
                self.stored = offset;
                if more {
                    self.progress.tell(offset, Some(length));
                    return Ok(Step::Found);
                }
                offset
            }
        };
        if offset == length {
            return Ok(Step::Complete);
        }
        let size = CHUNK.min(length - offset);
        let chunk = self.source.chunk(offset, size).await;
        let chunk = chunk.map_err(|failure| self.remote.failed(failure))?;
        // Unknown until the response arrives.
        self.offset = None;
        let stored = self.remote.append(offset, chunk).await?;
        self.offset = Some(stored);
        self.stored = stored;
        self.progress.tell(stored, Some(length));
        Ok(Step::Stored)
    }

    #[cfg(test)]
    pub(super) fn with_first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }
}

debug_fields!(ResumableUpload: |this| {
    location: this.location(),
    stored: this.stored,
});
