//! The PostgreSQL server that all contenders use.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use url::Url;

use super::process;

/// Runs a server (`$2…`) until standard input ends, which also happens if this program is killed;
/// then removes its folder (`$1`).
const GUARD: &str = r#"
trap '' INT TERM HUP
folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _; kill -QUIT "$server"; } <&3 &
wait "$server"
rm -rf "$folder"
"#;

pub(crate) struct Server {
    url: Url,
    /// The server's main process, if this benchmark started it.
    process: Option<u32>,
    _leash: Option<ChildStdin>,
}

impl Server {
    /// The server at `DATABASE_URL`, or a new one with PostgreSQL's defaults, except for `settings`
    /// and the address that it listens on.
    pub(crate) async fn start(settings: &[&str]) -> Self {
        if let Ok(url) = std::env::var("DATABASE_URL") {
            return Self {
                url: url.parse().expect("DATABASE_URL is a URL"),
                process: None,
                _leash: None,
            };
        }
        let programs = find();
        let folder = TempDir::with_prefix("supabase-task-bench-").expect("a folder");
        let account = account(folder.path());
        let run_as = |command: &mut Command| {
            if let Some((user, group)) = account {
                command.uid(user).gid(group);
            }
        };
        let data = folder.path().join("data");
        let mut initdb = Command::new(programs.join("initdb"));
        initdb
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
            .arg("--locale=C")
            .arg("--pgdata")
            .arg(&data)
            .current_dir(folder.path())
            .stdout(Stdio::null());
        run_as(&mut initdb);
        assert!(initdb.status().expect("initdb starts").success());
        let log = File::create(folder.path().join("log")).expect("a file");
        let mut guard = Command::new("sh");
        guard
            .args(["-c", GUARD, "sh"])
            .args([folder.path(), &programs.join("postgres")])
            .args([Path::new("-D"), &data, Path::new("-k"), folder.path()])
            .args(["-c", "listen_addresses="])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log);
        run_as(&mut guard);
        let leash = guard.spawn().expect("sh starts").stdin.take();
        // The guard removes it from now on.
        let folder = folder.keep();
        let mut url = Url::parse("postgresql://postgres@localhost:5432/postgres").expect("a URL");
        url.query_pairs_mut()
            .append_pair("host", &folder.to_string_lossy());
        let started = Instant::now();
        while let Err(error) = PgConnection::connect(url.as_str()).await {
            assert!(started.elapsed() < Duration::from_secs(30), "{error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let file = fs::read_to_string(data.join("postmaster.pid")).expect("a file");
        let process = file.lines().next().and_then(|line| line.parse().ok());
        Self {
            url,
            process,
            _leash: leash,
        }
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(database);
        url.into()
    }

    pub(crate) async fn connect(&self, database: &str) -> PgConnection {
        let connection = PgConnection::connect(&self.url(database)).await;
        connection.expect("the server is there")
    }

    /// A connection that does not interfere with the contenders.
    pub(crate) async fn maintenance(&self) -> PgConnection {
        let connection = PgConnection::connect(self.url.as_str()).await;
        connection.expect("the server is there")
    }

    /// Replaces the database of this name with an empty one.
    pub(crate) async fn fresh(&self, database: &str) {
        let mut connection = self.maintenance().await;
        for sql in [
            format!("drop database if exists {database} with (force)"),
            format!("create database {database}"),
            "checkpoint".to_owned(),
        ] {
            let done = sqlx::raw_sql(AssertSqlSafe(sql));
            done.execute(&mut connection).await.expect("it is done");
        }
    }

    /// The processor time of all its processes, including those that have ended.
    pub(crate) fn processor_seconds(&self) -> f64 {
        self.process.map_or(f64::NAN, process::family_seconds)
    }
}

/// The folder with PostgreSQL's programs. Debian and Ubuntu keep it outside PATH.
fn find() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = fs::read_dir("/usr/lib/postgresql");
    let installed = installed.into_iter().flatten().flatten();
    let mut debian: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    debian.sort();
    debian.reverse();
    std::env::split_paths(&path)
        .chain(debian)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .expect(
            "a PostgreSQL is needed: install one (`apt-get install postgresql`), or set DATABASE_URL",
        )
}

/// The account that the server runs as, which also gets the folder: the server refuses to run as
/// root.
fn account(folder: &Path) -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let user = ["postgres", "nobody"].into_iter().find_map(|name| {
        let (user, group) = (id(&["-u", name])?, id(&["-g", name])?);
        Some((user, group))
    });
    let (user, group) = user.expect("a user to run PostgreSQL as");
    chown(folder, Some(user), Some(group)).expect("the folder is ours");
    Some((user, group))
}
