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
    /// Sets how long opening a connection may take, including TLS. 5 seconds by default.
    #[must_use]
    pub fn connect(mut self, timeout: Duration) -> Self {
        self.connect = timeout;
        self
    }

    /// Sets how long one request may take, from its start to the last byte of the response. 30 seconds
    /// by default.
    ///
    /// A streamed upload or download may take any time. For it, this is the longest time without any
    /// data moving.
    ///
    /// Supabase ends a statement of a signed-in user after 8 seconds, whatever is set here.
    ///
    /// An HTTP/2 connection is pinged at intervals of a sixth of this timeout (1 to 5 seconds), and closed
    /// if the answer takes longer than a third of it (2 to 5 seconds).
    #[must_use]
    pub fn request(mut self, timeout: Duration) -> Self {
        self.request = timeout;
        self
    }

    /// Sets how long one call may take, including all its attempts and the waits between them.
    /// 60 seconds by default. It does not apply to streamed bodies.
    #[must_use]
    pub fn total(mut self, timeout: Duration) -> Self {
        self.total = timeout;
        self
    }
}
