//! [`Cluster`]: a server of an installed PostgreSQL, in a temporary folder.
//!
//! A shell starts the server and ends it: it outlives this process for as long as it takes to remove everything.

use std::env;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use super::account::{self, Account};
use super::programs::Programs;
use crate::local::error::Source;

/// How long the server may take until it answers, with `initdb`.
const START: Duration = Duration::from_secs(90);

/// How long one try to connect may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long the server may take to stop.
const STOP: Duration = Duration::from_secs(4);

/// How long to wait for the server of a start that was abandoned.
const ABANDON: Duration = Duration::from_millis(500);

/// Fast instead of durable: the data goes with the stack.
const SETTINGS: [&str; 9] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    // Only the Unix socket, in a folder that other accounts cannot open.
    "listen_addresses=",
    "port=5432",
    "max_connections=500",
    "shared_buffers=64MB",
    "wal_level=logical",
    "timezone=UTC",
];

/// Makes a cluster in a folder (`$1`) with the programs of another one (`$2`), and runs its server with the settings
/// `$3…`. When standard input ends, stops the server and removes the folder; also when the server ends by itself, so
/// that connecting to it fails at once.
///
/// Standard input is a pipe that this process holds, so it ends with this process in any case. The locale is the first
/// one that the system has: with `C`, only ASCII letters have upper and lower case. The signal is sent again until the
/// server has ended, because a server that is just starting ignores it.
const GUARD: &str = r#"
folder=$1
programs=$2
shift 2
trap 'rm -rf "$folder"' EXIT
exec 3<&0
for locale in C.UTF-8 en_US.UTF-8 C; do
  "$programs/initdb" --pgdata="$folder/data" --pwfile="$folder/password" --username=postgres \
    --auth=password --encoding=UTF8 --locale="$locale" --no-sync </dev/null 3<&- && break
  rm -rf "$folder/data"
done
rm -f "$folder/password"
test -d "$folder/data" || exit 1
"$programs/postgres" -D "$folder/data" -k "$folder" "$@" </dev/null 3<&- &
server=$!
{
  while read -r _; do :; done
  while kill -QUIT "$server"; do sleep 0.1; done
} <&3 2>/dev/null &
leash=$!
exec 3<&-
wait "$server"
kill "$leash" 2>/dev/null
"#;

/// A running server. It stops when this is dropped or the process ends.
pub(super) struct Cluster {
    folder: PathBuf,
    password: String,
    guard: Child,
    /// The guard's standard input.
    leash: Option<ChildStdin>,
}

impl Cluster {
    /// Starts a new server and waits until it answers.
    pub(super) async fn start(programs: &Programs) -> Result<Self, Source> {
        let (mut cluster, log) = Self::launch(programs)?;
        let options = cluster.options("postgres");
        let started = Instant::now();
        // At first there is no socket, and then a server that is still starting up.
        loop {
            let error = match timeout(CONNECT, options.connect()).await {
                Ok(Ok(connection)) => {
                    connection.close().await?;
                    return Ok(cluster);
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it does not answer".to_owned(),
            };
            let has_ended = cluster.guard.try_wait()?.is_some();
            if has_ended || started.elapsed() > START {
                let log = contents(&log).unwrap_or_default();
                return Err(format!("{error}; its log: {}", log.trim()).into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn launch(programs: &Programs) -> Result<(Self, File), Source> {
        let folder = account::private_folder()?;
        let account = Account::for_server(folder.path())?;
        let password = uuid::Uuid::new_v4().simple().to_string();
        let password_file = folder.path().join("password");
        fs::write(&password_file, &password)?;
        // The folder last: until then, the account cannot replace the file.
        account.give(&password_file)?;
        account.give(folder.path())?;

        // Without a name, so that it disappears with the last open handle.
        let log = tempfile::tempfile()?;
        let mut guard = Command::new("sh");
        guard
            .args(["-c", GUARD, "sh"])
            .args([folder.path(), programs.folder()])
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?);
        account.run(&mut guard);
        // The variables of clients, such as PGPORT, would also be the server's.
        for (name, _) in env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                guard.env_remove(name);
            }
        }
        let mut guard = guard.spawn()?;
        let cluster = Self {
            leash: guard.stdin.take(),
            // The guard removes it from now on.
            folder: folder.keep(),
            password,
            guard,
        };
        Ok((cluster, log))
    }

    /// Returns how the superuser connects to a database.
    pub(super) fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .port(5432)
            .username("postgres")
            .password(&self.password)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
            .disable_statement_logging()
    }

    /// Returns the password of the superuser, which is that of the API's role too.
    pub(super) fn password(&self) -> &str {
        &self.password
    }

    /// Returns the URL of a database, with the superuser's password.
    pub(super) fn url(&self, database: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("host", &self.folder.to_string_lossy());
        query.append_pair("sslmode", "disable");
        // libpq does not read `+` as a space.
        let (password, query) = (&self.password, query.finish().replace('+', "%20"));
        format!("postgresql://postgres:{password}@localhost:5432/{database}?{query}")
    }

    /// Stops the server, and waits until its folder is removed. Blocks.
    pub(super) fn stop(mut self) -> io::Result<()> {
        self.end(STOP)
    }

    fn end(&mut self, longest: Duration) -> io::Result<()> {
        drop(self.leash.take());
        let told = Instant::now();
        while self.guard.try_wait()?.is_none() {
            if told.elapsed() > longest {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // After `stop`, it has ended already.
        let _ = self.end(ABANDON);
    }
}

// By hand: it has a password.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

fn contents(mut log: &File) -> io::Result<String> {
    let mut text = String::new();
    log.rewind()?;
    log.read_to_string(&mut text)?;
    Ok(text)
}
