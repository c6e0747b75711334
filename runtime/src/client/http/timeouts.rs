//! [`Timeouts`]: how long a client waits.

use std::time::Duration;

/// How long a client waits for the project's server.
///
/// ```
/// use std::time::Duration;
/// use supabase_task::client::Timeouts;
///
/// let timeouts = Timeouts::default().request(Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(in crate::client) connect: Duration,
    pub(in crate::client) request: Duration,
    pub(in crate::client) total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(30),
            total: Duration::from_secs(60),
        }
    }
}

impl Timeouts {
    /// How long opening a connection may take, TLS included. 5 seconds by default.
    #[must_use]
    pub fn connect(mut self, timeout: Duration) -> Self {
        self.connect = timeout;
        self
    }

    /// How long one request may take, from its start to the last byte of the answer. 30 seconds by
    /// default.
    ///
    /// What is streamed, an upload or a download, may take any time: for it this is the longest
    /// time in which nothing moves.
    ///
    /// Supabase ends a statement of a signed-in user after 8 seconds, whatever is set here.
    ///
    /// A connection of HTTP/2 is pinged every sixth of it (1 to 5 seconds), and given up if the answer takes
    /// a third of it (2 to 5 seconds).
    #[must_use]
    pub fn request(mut self, timeout: Duration) -> Self {
        self.request = timeout;
        self
    }

    /// How long one call may take with all its attempts and the waits between them. 60 seconds by
    /// default. Not for what is streamed.
    #[must_use]
    pub fn total(mut self, timeout: Duration) -> Self {
        self.total = timeout;
        self
    }
}
