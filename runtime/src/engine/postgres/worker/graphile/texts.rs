//! [`Texts`]: what is in the jobs that graphile_worker has fetched.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long the text of a job is kept that nobody has asked for: it was given back, or is another
/// worker's by now.
const KEPT: Duration = Duration::from_secs(60);

/// The texts of the jobs that graphile_worker has fetched. It gets none of them itself: it logs jobs that
/// fail with all that is in them, and that is the payloads of the application's users.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    texts: Arc<Mutex<HashMap<i64, (Instant, String)>>>,
}

impl Texts {
    pub(super) fn put(&self, job: i64, text: String) {
        let now = Instant::now();
        let mut texts = self.lock();
        if texts.len() >= 4_096 {
            texts.retain(|_, (at, _)| now - *at < KEPT);
        }
        texts.insert(job, (now, text));
    }

    /// What is in a job; nothing if it is no job that was fetched here.
    pub(super) fn take(&self, job: i64) -> String {
        self.lock()
            .remove(&job)
            .map(|(_, text)| text)
            .unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, (Instant, String)>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
