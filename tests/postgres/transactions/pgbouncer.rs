//! A PgBouncer in transaction mode.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

/// A running PgBouncer. It ends with this value.
pub(super) struct PgBouncer {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl PgBouncer {
    /// Starts it before the server of `url`, with `most` connections to it.
    pub(super) fn start(url: &Url, most: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Free now, and nobody else's a moment later: PgBouncer cannot be given an open socket.
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = port.local_addr().unwrap().port();
        let (host, server_port) = (
            url.host_str().unwrap_or("127.0.0.1"),
            url.port().unwrap_or(5432),
        );
        let host = url
            .query_pairs()
            .find(|(name, _)| name == "host")
            .map_or(host.to_owned(), |(_, socket)| socket.into_owned());
        let (user, password) = (url.username(), url.password().unwrap_or_default());
        let path = folder.path();
        fs::write(
            path.join("users.txt"),
            format!("\"{user}\" \"{password}\"\n"),
        )
        .unwrap();
        let settings = format!(
            "[databases]\n* = host={host} port={server_port}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = plain\nauth_file = {users}\npool_mode = transaction\n\
             default_pool_size = {most}\nmax_client_conn = 200\nlogfile = {log}\n",
            users = path.join("users.txt").display(),
            log = path.join("log").display(),
        );
        fs::write(path.join("pgbouncer.ini"), settings).unwrap();
        let mut command = if is_root() {
            // It refuses to run as root.
            let owned = Command::new("chown")
                .args(["-R", "nobody"])
                .arg(path)
                .status();
            assert!(owned.unwrap().success());
            let mut command = Command::new("setpriv");
            command.args(["--reuid=nobody", "--clear-groups", "pgbouncer"]);
            command
        } else {
            Command::new("pgbouncer")
        };
        let process = command
            .arg("-q")
            .arg(path.join("pgbouncer.ini"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("no PgBouncer: {error}: apt-get install pgbouncer"));
        let mut started = Self {
            process,
            port,
            _folder: folder,
        };
        started.wait();
        started
    }

    fn wait(&mut self) {
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "PgBouncer has ended: {ended:?}");
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "PgBouncer does not listen"
            );
            std::thread::yield_now();
        }
    }

    /// The URL of the same database through it.
    pub(super) fn url(&self, url: &Url) -> Url {
        let mut through = url.clone();
        through.set_query(None);
        through.set_host(Some("127.0.0.1")).unwrap();
        through.set_port(Some(self.port)).unwrap();
        through
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    id.trim_ascii() == b"0"
}
