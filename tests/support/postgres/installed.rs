//! An installed PostgreSQL, started in a temporary folder on a Unix socket there.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, iter};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use url::Url;

/// How long the server may take until it answers.
const START_TIMEOUT: Duration = Duration::from_secs(30);

const MISSING: &str = "\
    these tests need a PostgreSQL, and there is no `initdb` and `postgres` on PATH, in \
    `pg_config --bindir` or under /usr/lib/postgresql: install one (`apt-get install postgresql`, \
    `brew install postgresql`), or set DATABASE_URL to one whose role is a superuser";

/// Fast instead of durable: data that a crash loses would be thrown away anyway.
const SETTINGS: [&str; 5] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
];

/// The additional settings of a server that must survive being stopped: its crash loses nothing as
/// long as the machine keeps running.
const DURABLE: [&str; 1] = ["synchronous_commit=on"];

/// Runs a server (`$2…`) until standard input ends, then stops it and removes its folder (`$1`). A
/// line on standard input names a signal: it is sent to the server, which is started again once it
/// has exited.
///
/// Standard input is a pipe held by the test process, so it ends with that process in any case.
/// Ctrl-C reaches this shell too, which must still clean up.
const GUARD: &str = r#"
trap '' INT TERM HUP
folder=$1
shift
exec 3<&0
while
  "$@" </dev/null 3<&- &
  server=$!
  { if read -r signal; then kill "-$signal" "$server"; else kill -QUIT "$server"; false; fi; } <&3 &
  leash=$!
  wait "$server"
  kill -KILL "$leash" 2>/dev/null
  wait "$leash"
do :; done
rm -rf "$folder"
"#;

/// A running server. It runs until this is dropped or the process ends.
pub(super) struct Installed {
    url: Url,
    leash: ChildStdin,
}

impl Installed {
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Starts a new server and waits until it answers.
    pub(super) async fn start() -> Result<Self, String> {
        Self::start_with(&[]).await
    }

    /// The same, for a server that will be stopped and started again.
    pub(super) async fn start_durable() -> Result<Self, String> {
        Self::start_with(&DURABLE).await
    }

    /// Sends a signal to the server, and waits until a new one answers in its place.
    pub(super) async fn restart(&mut self, signal: &str) -> Result<(), String> {
        let before = started_at(&self.url)
            .await
            .map_err(|error| format!("PostgreSQL does not answer: {error}"))?;
        writeln!(self.leash, "{signal}")
            .map_err(|error| format!("PostgreSQL cannot be told to restart: {error}"))?;
        let told = Instant::now();
        loop {
            match started_at(&self.url).await {
                Ok(after) if after != before => return Ok(()),
                answer if told.elapsed() > START_TIMEOUT => {
                    return Err(format!("PostgreSQL did not restart: {answer:?}"));
                }
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    async fn start_with(settings: &[&str]) -> Result<Self, String> {
        let programs = find().ok_or(MISSING)?;
        let (url, mut guard, leash, log) = launch(&programs, settings)
            .map_err(|error| format!("PostgreSQL did not start: {error}"))?;
        let started = Instant::now();
        // At first there is no socket, and then a server that is still starting up.
        while let Err(error) = PgConnection::connect(url.as_str()).await {
            let exited = guard.try_wait().map_err(|error| error.to_string())?;
            if exited.is_some() || started.elapsed() > START_TIMEOUT {
                let log = read(log).unwrap_or_default();
                return Err(format!("PostgreSQL does not answer: {error}\n{log}"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { url, leash })
    }
}

/// The start time of the server that answers now.
async fn started_at(url: &Url) -> sqlx::Result<String> {
    let mut connection = PgConnection::connect(url.as_str()).await?;
    let started = sqlx::query_scalar("select pg_postmaster_start_time()::text")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(started)
}

/// The folder with PostgreSQL's programs. Debian and Ubuntu keep it outside PATH.
fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut by_version: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    by_version.sort();
    let newest_first = by_version.into_iter().rev().map(|(_, folder)| folder);
    env::split_paths(&path)
        .chain(iter::once_with(configured).flatten())
        .chain(newest_first)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// The folder that `pg_config` reports, if it is installed.
fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}

fn launch(programs: &Path, settings: &[&str]) -> io::Result<(Url, Child, ChildStdin, File)> {
    let folder = TempDir::with_prefix("supabase-task-")?;
    let account = Account::for_server(folder.path())?;
    let password = uuid::Uuid::new_v4().to_string();
    let password_file = folder.path().join("password");
    fs::write(&password_file, &password)?;
    if let Some(Account { user, group }) = account {
        chown(folder.path(), Some(user), Some(group))?;
    }
    let command = |program: &Path| {
        let mut command = Command::new(program);
        if let Some(Account { user, group }) = account {
            command.uid(user).gid(group);
        }
        command.current_dir(folder.path());
        command
    };

    let data = folder.path().join("data");
    succeeded(
        command(&programs.join("initdb"))
            .args(["--username=postgres", "--auth=scram-sha-256", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C", "--pwfile"])
            .args([&password_file, Path::new("--pgdata"), &data])
            .output()?,
    )?;

    // Without a name, so that it disappears with the last open handle.
    let log = tempfile::tempfile()?;
    let mut guard = command(Path::new("sh"))
        .args(["-c", GUARD, "sh"])
        .args([folder.path(), &programs.join("postgres")])
        .args([Path::new("-D"), &data, Path::new("-k"), folder.path()])
        .args(["-p", "5432"])
        // If a setting is given twice, the later one wins.
        .args(
            SETTINGS
                .iter()
                .chain(settings)
                .flat_map(|setting| ["-c", setting]),
        )
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .spawn()?;
    let leash = guard.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    // The guard removes it from now on.
    let folder = folder.keep();

    let mut url =
        Url::parse("postgresql://postgres@localhost:5432/postgres").map_err(io::Error::other)?;
    let _ = url.set_password(Some(&password));
    url.query_pairs_mut()
        .append_pair("host", &folder.to_string_lossy());
    Ok((url, guard, leash, log))
}

/// The account that the server runs as.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// PostgreSQL refuses to run as root, who owns `folder` in that case. For any other user, it
    /// runs as that user.
    fn for_server(folder: &Path) -> io::Result<Option<Self>> {
        if fs::metadata(folder)?.uid() != 0 {
            return Ok(None);
        }
        Self::named("postgres")
            .or_else(|_| Self::named("nobody"))
            .map(Some)
    }

    fn named(name: &str) -> io::Result<Self> {
        let id = |of: &str| -> io::Result<u32> {
            let printed = succeeded(Command::new("id").args([of, name]).output()?)?;
            printed.trim().parse().map_err(io::Error::other)
        };
        Ok(Self {
            user: id("-u")?,
            group: id("-g")?,
        })
    }
}

/// The output of a program, or its error output as an error.
fn succeeded(output: Output) -> io::Result<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(io::Error::other(text(&output.stderr)))
    }
}

fn read(mut log: File) -> io::Result<String> {
    let mut text = String::new();
    log.rewind()?;
    log.read_to_string(&mut text)?;
    Ok(text)
}
