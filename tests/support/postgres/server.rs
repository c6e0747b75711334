//! [`TestServer`]: a PostgreSQL that a test may stop.

use std::fmt;

use url::Url;

use super::installed::Installed;

/// An installed PostgreSQL of one test's own, which the test may restart. Stopped with this value.
///
/// What was committed survives every restart.
pub struct TestServer {
    installed: Installed,
}

impl TestServer {
    /// Starts the server.
    ///
    /// # Panics
    ///
    /// Without an installed PostgreSQL, also where `DATABASE_URL` is set: one that others use is not
    /// to be stopped.
    pub async fn start() -> Self {
        let installed = Installed::start_durable()
            .await
            .unwrap_or_else(|reason| panic!("{reason}"));
        Self { installed }
    }

    /// Where its database is, as its superuser.
    pub fn url(&self) -> &Url {
        self.installed.url()
    }

    /// Stops it as a service manager does (connections are closed), and starts it again.
    ///
    /// # Panics
    ///
    /// If it does not come back.
    pub async fn restart(&mut self) {
        self.signal("INT").await;
    }

    /// Lets it crash (connections are lost), and starts it again, which recovers from its log.
    ///
    /// # Panics
    ///
    /// If it does not come back.
    pub async fn crash(&mut self) {
        self.signal("QUIT").await;
    }

    async fn signal(&mut self, signal: &str) {
        self.installed
            .restart(signal)
            .await
            .unwrap_or_else(|reason| panic!("{reason}"));
    }
}

// By hand: the URL holds a password.
impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer").finish_non_exhaustive()
    }
}
