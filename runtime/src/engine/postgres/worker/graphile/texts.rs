//! [`Texts`]: the payloads of the jobs that graphile_worker has fetched.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::lock::lock;

/// How long a text is kept that is not taken, because its job was given back or belongs to another worker by
/// now.
const KEPT: Duration = Duration::from_secs(60);

/// How often texts are removed that were not taken.
const TIDY_EVERY: Duration = Duration::from_secs(10);

/// The payloads of the jobs that graphile_worker has fetched. graphile_worker itself never sees them, because
/// it logs the whole content of a job that fails, which includes the payloads of the application's users.
// Not `Debug`, which would print what must stay out of logs.
#[derive(Clone, Default)]
pub(super) struct Texts {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    texts: HashMap<i64, (Instant, String)>,
    tidied: Option<Instant>,
}

impl Texts {
    pub(super) fn put(&self, job: i64, text: String) {
        let now = Instant::now();
        let mut inner = lock(&self.inner);
        if inner.tidied.is_none_or(|tidied| now - tidied >= TIDY_EVERY) {
            inner.tidied = Some(now);
            inner.texts.retain(|_, (at, _)| now - *at < KEPT);
        }
        inner.texts.insert(job, (now, text));
    }

    /// Takes the text of a job. It is empty for a job that was not fetched here.
    pub(super) fn take(&self, job: i64) -> String {
        let taken = lock(&self.inner).texts.remove(&job);
        taken.map(|(_, text)| text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_nobody_asks_for_is_removed() {
        let texts = Texts::default();
        texts.put(1, "first".to_owned());
        texts.put(2, "second".to_owned());
        assert_eq!(texts.take(1), "first");
        assert_eq!(texts.take(1), "");
        tokio::time::sleep(KEPT).await;
        texts.put(3, "third".to_owned());
        assert_eq!(lock(&texts.inner).texts.len(), 1);
        assert_eq!(texts.take(3), "third");
    }
}
