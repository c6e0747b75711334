//! [`PrivateListener`]: where the embedded PostgreSQL takes connections.

use std::io;
#[cfg(not(unix))]
use std::net::TcpListener as Listener;
#[cfg(not(unix))]
pub(super) use std::net::TcpStream as Stream;
#[cfg(unix)]
use std::os::unix::net::UnixListener as Listener;
#[cfg(unix)]
pub(super) use std::os::unix::net::UnixStream as Stream;
use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// A listener that only this process can connect to: a Unix socket in a private folder, or a port on 127.0.0.1.
/// Both ask for a random password.
pub(super) struct PrivateListener {
    listener: Listener,
    password: String,
    options: PgConnectOptions,
}

impl PrivateListener {
    /// Listens in this folder, which must be private.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let password = uuid::Uuid::new_v4().simple().to_string();
        let options = PgConnectOptions::new_without_pgpass()
            .username("postgres")
            .password(&password)
            .database("postgres")
            .ssl_mode(PgSslMode::Disable)
            .disable_statement_logging();
        #[cfg(unix)]
        let (listener, options) = (
            Listener::bind(folder.join(".s.PGSQL.5432"))?,
            options.socket(folder).port(5432),
        );
        #[cfg(not(unix))]
        let (listener, options) = {
            let _ = folder;
            let listener = Listener::bind(("127.0.0.1", 0))?;
            let port = listener.local_addr()?.port();
            (listener, options.host("127.0.0.1").port(port))
        };
        Ok(Self {
            listener,
            password,
            options,
        })
    }

    /// Waits for the next connection.
    pub(super) fn accept(&self) -> io::Result<Stream> {
        let (stream, _) = self.listener.accept()?;
        Ok(stream)
    }

    /// Returns how to connect.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }

    /// Connects and sends nothing, so that [`accept`](Self::accept) returns.
    pub(super) fn wake(options: &PgConnectOptions) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(folder) = options.get_socket() {
            Stream::connect(folder.join(".s.PGSQL.5432"))?;
        }
        #[cfg(not(unix))]
        Stream::connect((options.get_host(), options.get_port()))?;
        Ok(())
    }
}
