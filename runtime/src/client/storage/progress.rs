//! [`Progress`]: the progress of an upload or a download.

use std::fmt;

/// The progress of an upload or a download.
///
/// ```
/// # use supabase_task::client::storage::Progress;
/// fn percent(progress: Progress) -> Option<u64> {
///     Some(progress.bytes * 100 / progress.total?.max(1))
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The bytes so far: for an upload, those handed to the connection; for a resumable upload,
    /// those that the server has stored; for a download, those that were read.
    pub bytes: u64,
    /// The total number of bytes, if it is known.
    pub total: Option<u64>,
}

/// The caller's progress callback, if there is one.
#[derive(Default)]
pub(super) struct OnProgress(Option<Box<dyn FnMut(Progress) + Send>>);

impl OnProgress {
    pub(super) fn new(tell: impl FnMut(Progress) + Send + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn tell(&mut self, bytes: u64, total: Option<u64>) {
        if let Some(tell) = &mut self.0 {
            tell(Progress { bytes, total });
        }
    }
}

impl fmt::Debug for OnProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnProgress")
            .field(&self.is_wanted())
            .finish()
    }
}
