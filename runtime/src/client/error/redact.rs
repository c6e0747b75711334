//! Redacts credentials: some servers and proxies quote a request's headers when they refuse it, and an
//! error's text is logged, and stored with a run.

use http::HeaderValue;

use super::failure::Failure;

const REDACTED: &str = "[redacted]";

/// A shorter value is not a key, and may be an ordinary word.
const SHORTEST: usize = 8;

impl Failure {
    /// Redacts these values wherever the server quotes them.
    pub(crate) fn without<'a>(
        mut self,
        credentials: impl IntoIterator<Item = &'a HeaderValue>,
    ) -> Self {
        for credential in credentials {
            let Ok(credential) = std::str::from_utf8(credential.as_bytes()) else {
                continue;
            };
            let secret = credential.strip_prefix("Bearer ").unwrap_or(credential);
            if secret.len() < SHORTEST {
                continue;
            }
            if self.message.contains(secret) {
                self.message = self.message.replace(secret, REDACTED).into();
            }
            for text in [&mut self.code, &mut self.details, &mut self.hint] {
                if let Some(text) = text.as_mut().filter(|text| text.contains(secret)) {
                    *text = text.replace(secret, REDACTED).into();
                }
            }
        }
        self
    }
}
