//! [`Cluster`]: a server of an installed PostgreSQL, in a temporary folder.

use std::env;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use super::account::{self, Account};
use super::programs::{Programs, succeeded};
use crate::local::error::Source;

/// How long `initdb` may take.
const INIT: Duration = Duration::from_secs(60);

/// How long the server may take until it answers.
const START: Duration = Duration::from_secs(30);

/// How long the server may take to stop.
const STOP: Duration = Duration::from_secs(4);

/// How long to wait for the server of a start that was abandoned.
const ABANDON: Duration = Duration::from_millis(500);

/// The database's locale: the first of these that the system has. The characters of all languages have upper
/// and lower case, as on Supabase.
const LOCALES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

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

/// Runs a server (`$2…`) until standard input ends, then stops it and removes its folder (`$1`). The folder is
/// removed as well when the server ends by itself, so that connecting to it fails at once. The signal is sent
/// again until the server has ended, because a server that is just starting ignores it.
///
/// Standard input is a pipe that this process holds, so it ends with this process in any case.
const GUARD: &str = r#"
folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ while read -r _; do :; done; while kill -QUIT "$server"; do sleep 0.1; done; } <&3 2>/dev/null &
leash=$!
wait "$server"
rm -rf "$folder"
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
        let (mut cluster, log) = Self::launch(programs).await?;
        let options = cluster.options("postgres");
        let started = Instant::now();
        // At first there is no socket, and then a server that is still starting up.
        loop {
            let error = match timeout(START, options.connect()).await {
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

    async fn launch(programs: &Programs) -> Result<(Self, File), Source> {
        let folder = account::private_folder()?;
        let account = Account::for_server(folder.path())?;
        let password = uuid::Uuid::new_v4().simple().to_string();
        let password_file = folder.path().join("password");
        fs::write(&password_file, &password)?;
        // The folder last: until then, the account cannot replace the file.
        account.give(&password_file)?;
        account.give(folder.path())?;
        let data = folder.path().join("data");
        let command = |program: &Path| {
            let mut command = Command::new(program);
            account.run(&mut command);
            command.current_dir(folder.path());
            // The variables of clients, such as PGPORT, would also be the server's.
            for (name, _) in env::vars_os() {
                if name.as_encoded_bytes().starts_with(b"PG") {
                    command.env_remove(name);
                }
            }
            command
        };

        let mut error = String::new();
        for locale in LOCALES {
            let mut initdb = command(&programs.path("initdb"));
            initdb
                .args(["--username=postgres", "--auth=scram-sha-256", "--no-sync"])
                .args(["--encoding=UTF8", &format!("--locale={locale}"), "--pwfile"])
                .args([&password_file, Path::new("--pgdata"), &data]);
            let mut initdb = tokio::process::Command::from(initdb);
            let made = timeout(INIT, initdb.kill_on_drop(true).output()).await?;
            match succeeded(&made?) {
                Ok(_) => {
                    error.clear();
                    break;
                }
                Err(refused) => error = refused.to_string(),
            }
        }
        if !error.is_empty() {
            return Err(error.into());
        }
        fs::remove_file(&password_file)?;

        // Without a name, so that it disappears with the last open handle.
        let log = tempfile::tempfile()?;
        let mut guard = command(Path::new("sh"))
            .args(["-c", GUARD, "sh"])
            .args([folder.path(), &programs.path("postgres")])
            .args([Path::new("-D"), &data, Path::new("-k"), folder.path()])
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?)
            .spawn()?;
        let leash = guard.stdin.take();
        let cluster = Self {
            // The guard removes it from now on.
            folder: folder.keep(),
            password,
            guard,
            leash,
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
