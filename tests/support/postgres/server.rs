//! [`TestServer`]: a PostgreSQL server that a test may stop.

use std::fmt;
use std::process::Command;

use sqlx::{Connection, PgConnection};
use url::Url;

use super::installed::Installed;

/// A PostgreSQL server for one test, which the test may restart. Stopped with this value.
///
/// Committed data survives every restart.
pub struct TestServer {
    installed: Installed,
    /// Its stopped processes.
    stopped: Vec<String>,
}

impl TestServer {
    /// Starts the server.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed, even if `DATABASE_URL` is set: a server that others use must
    /// not be stopped.
    pub async fn start() -> Self {
        let installed = Installed::start_durable()
            .await
            .unwrap_or_else(|reason| panic!("{reason}"));
        Self {
            installed,
            stopped: Vec::new(),
        }
    }

    /// The URL of its database, for its superuser.
    pub fn url(&self) -> &Url {
        self.installed.url()
    }

    /// Stops it as a service manager would (connections are closed), and starts it again.
    ///
    /// # Panics
    ///
    /// If it does not come back.
    pub async fn restart(&mut self) {
        self.signal("INT").await;
    }

    /// Crashes it (connections are lost), and starts it again, which recovers from its log.
    ///
    /// # Panics
    ///
    /// If it does not come back.
    pub async fn crash(&mut self) {
        self.signal("QUIT").await;
    }

    /// Stops all of its processes (SIGSTOP): data sent to it is accepted, and nothing is answered.
    ///
    /// # Panics
    ///
    /// If the signal cannot be sent.
    pub async fn stand_still(&mut self) {
        let mut connection = PgConnection::connect(self.url().as_str()).await.unwrap();
        let main: String =
            sqlx::query_scalar("select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        connection.close().await.unwrap();
        // First the process that starts the others.
        send("STOP", std::slice::from_ref(&main));
        let listed = Command::new("pgrep").args(["-P", &main]).output().unwrap();
        let others = String::from_utf8(listed.stdout).unwrap();
        self.stopped = vec![main];
        self.stopped.extend(others.lines().map(str::to_owned));
        send("STOP", &self.stopped);
    }

    /// Resumes its processes.
    pub fn go_on(&mut self) {
        if !self.stopped.is_empty() {
            send("CONT", &self.stopped);
            self.stopped.clear();
        }
    }

    async fn signal(&mut self, signal: &str) {
        self.installed
            .restart(signal)
            .await
            .unwrap_or_else(|reason| panic!("{reason}"));
    }
}

fn send(signal: &str, processes: &[String]) {
    // Some of them may have exited meanwhile.
    let sent = Command::new("kill")
        .arg(format!("-{signal}"))
        .args(processes)
        .output();
    if let Err(error) = sent {
        eprintln!("no signal {signal} to PostgreSQL: {error}");
    }
}

/// A process that is stopped cannot be shut down.
impl Drop for TestServer {
    fn drop(&mut self) {
        self.go_on();
    }
}

// Written by hand, because the URL contains a password.
impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer").finish_non_exhaustive()
    }
}
