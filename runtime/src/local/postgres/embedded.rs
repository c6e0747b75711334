//! [`Embedded`]: the PostgreSQL that runs inside this process.

use std::fmt;
use std::io;
use std::net::Shutdown;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use oliphaunt_wasix::session::{
    CatalogProfile, PostgresConfig, PreparedDatabase, PreparedRuntime, StartupConfig,
    postgres_config_with_extension_startup, resolve_extension_set,
};
use oliphaunt_wasix::{DatabaseStorage, Extension};
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use super::account::private_folder;
use super::bridge::Bridge;
use super::guard::Guard;
use super::listener::{PrivateListener, Stream};
use crate::local::LocalError;
use crate::local::error::Source;
use crate::local::extensions::PRELOADED;
use crate::lock::lock;

/// How long it may take to start. The first time it unpacks itself.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// The extensions that the cargo features of this crate bring along, by their names in SQL.
const BUNDLED: [&str; 14] = [
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "ltree",
    "pg_trgm",
    "pgcrypto",
    "tablefunc",
    "unaccent",
    "uuid-ossp",
];

/// What makes it fast: its data is not to outlive it.
const FAST: [(&str, &str); 3] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
];

/// The data that a server starts with.
pub(super) enum Data {
    /// New data in this folder, which must not exist and stays.
    New(PathBuf),
    /// A copy, which this makes in a folder that does not exist.
    Copy(fn(&Path) -> Result<(), Source>),
}

/// A PostgreSQL inside this process, whose data is in a temporary folder. It serves one connection at a time, on a
/// thread of its own.
pub(super) struct Embedded {
    pub(super) options: PgConnectOptions,
    stopping: Arc<Stopping>,
    /// Sends how it ended.
    ended: mpsc::Receiver<Result<(), Source>>,
    /// `None` when it has ended.
    thread: Option<JoinHandle<()>>,
}

/// Ends the thread that serves connections.
#[derive(Default)]
struct Stopping {
    now: AtomicBool,
    /// The connection that is served.
    served: Mutex<Option<Stream>>,
}

impl Embedded {
    /// Starts it with the extensions of these names, as far as they are bundled. Blocks.
    pub(super) fn start(data: Data, extensions: &[String]) -> Result<Self, LocalError> {
        let extensions: Vec<Extension> = BUNDLED
            .iter()
            .filter(|name| {
                let is_named = extensions.iter().any(|extension| extension == *name);
                is_named || PRELOADED.contains(name)
            })
            .filter_map(|name| Extension::by_sql_name(name))
            .collect();
        let system = |what| move |source| LocalError::System { what, source };
        // It is removed with the thread.
        let folder = private_folder().map_err(system("a temporary folder"))?;
        let listener = PrivateListener::open(folder.path()).map_err(system("a socket"))?;
        let options = listener.options().clone();
        let stopping = Arc::new(Stopping::default());
        let (report_start, started) = mpsc::sync_channel(1);
        let (report_end, ended) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("local-supabase-postgres".to_owned())
            .spawn({
                let stopping = Arc::clone(&stopping);
                move || {
                    let mut folders = Folders::new(folder);
                    let end = folders.data(data).and_then(|data| {
                        run(
                            &listener,
                            data,
                            &extensions,
                            &stopping,
                            &report_start,
                            &mut folders,
                        )
                    });
                    drop((listener, folders));
                    // Nobody waits for it after a failed start.
                    let _ = report_end.send(end);
                }
            })
            .map_err(system("a thread"))?;
        let embedded = Self {
            options,
            stopping,
            ended,
            thread: Some(thread),
        };
        match started.recv_timeout(START_TIMEOUT) {
            Ok(()) => Ok(embedded),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(LocalError::PostgresStart(
                "it is not ready after 2 minutes".into(),
            )),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let end = embedded.ended.recv();
                let ended_early = || "its thread ended".into();
                let reason = end.ok().and_then(Result::err).unwrap_or_else(ended_early);
                Err(LocalError::PostgresStart(reason))
            }
        }
    }

    /// Ends it, and waits for that. Blocks while a statement runs.
    pub(super) fn stop(mut self) -> Result<(), Source> {
        self.signal();
        let end = self.ended.recv();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        end.unwrap_or_else(|_| Err("its thread panicked".into()))
    }

    fn signal(&self) {
        self.stopping.now.store(true, Ordering::SeqCst);
        if let Some(stream) = &*lock(&self.stopping.served) {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
        // The thread may wait for a connection. If there is none to be had, it does not.
        let _ = PrivateListener::wake(&self.options);
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.signal();
        }
    }
}

/// The temporary folders of a server. They are removed with this, or when the process ends.
struct Folders {
    own: TempDir,
    guard: Option<Guard>,
}

impl Folders {
    fn new(own: TempDir) -> Self {
        let guard = Guard::start().and_then(|mut guard| {
            guard.add(own.path())?;
            Ok(guard)
        });
        if let Err(error) = &guard {
            tracing::debug!(%error, "a process that is killed leaves temporary folders behind");
        }
        Self {
            own,
            guard: guard.ok(),
        }
    }

    /// Returns the folder of the data.
    fn data(&self, data: Data) -> Result<PathBuf, Source> {
        match data {
            Data::New(new) => Ok(new),
            Data::Copy(copy_to) => {
                let copy = self.own.path().join("data");
                copy_to(&copy)?;
                Ok(copy)
            }
        }
    }

    /// Makes the server's own temporary folder private, and removes it in any case: the server does not if it has
    /// crashed, or if the process is killed.
    fn take(&mut self, workspace: &Path) -> io::Result<()> {
        #[cfg(unix)]
        std::fs::set_permissions(workspace, PermissionsExt::from_mode(0o700))?;
        match &mut self.guard {
            Some(guard) => guard.add(workspace),
            None => Ok(()),
        }
    }
}

/// Returns the temporary folder that the server has made, by its debug output: nothing else names it.
fn workspace(runtime: &PreparedRuntime) -> Option<PathBuf> {
    let shown = format!("{runtime:?}");
    let (_, root) = shown.split_once("mutable_root: HostDirectory(\"")?;
    let root = Path::new(root.split_once('"')?.0);
    let parent = std::env::temp_dir();
    let is_workspace = |folder: &&Path| folder.parent() == Some(&parent);
    root.ancestors().find(is_workspace).map(Path::to_owned)
}

/// Starts PostgreSQL and serves its connections until it is stopped.
fn run(
    listener: &PrivateListener,
    data: PathBuf,
    extensions: &[Extension],
    stopping: &Stopping,
    report_start: &mpsc::SyncSender<()>,
    folders: &mut Folders,
) -> Result<(), Source> {
    let storage = DatabaseStorage::Directory(data);
    let mut database = PreparedDatabase::prepare(storage, CatalogProfile::Standard, "postgres")?;

    let extensions = resolve_extension_set(extensions)?;
    let mut config = PostgresConfig::default();
    // As on any other server. Without it, it would be `public` alone.
    config.insert("search_path", "\"$user\", public");
    for (name, value) in FAST {
        config.insert(name, value);
    }
    let config = postgres_config_with_extension_startup(config, &extensions)?;
    let runtime = database.runtime()?;
    match workspace(&runtime).map(|workspace| folders.take(&workspace)) {
        Some(Ok(())) => {}
        failed => tracing::debug!(?failed, "a temporary folder is not private"),
    }
    let session = runtime.open_with_extensions(config, StartupConfig::default(), &extensions)?;
    drop(runtime);

    let mut bridge = Bridge::new(session);
    if report_start.send(()).is_err() {
        return Ok(bridge.end()?);
    }
    while !stopping.now.load(Ordering::SeqCst) {
        let stream = listener.accept()?;
        *lock(&stopping.served) = Some(stream.try_clone()?);
        // `stop` may have looked before there was a stream.
        if stopping.now.load(Ordering::SeqCst) {
            break;
        }
        // The client is told what it can be told; that it has gone away is nothing that is wrong.
        if let Err(error) = bridge.serve(stream, listener.password()) {
            tracing::debug!(%error, "a connection to the embedded PostgreSQL has ended");
        }
        *lock(&stopping.served) = None;
    }
    bridge.end()?;
    let is_dead = bridge.is_dead();
    drop(bridge);
    match database.release() {
        Err(error) if !is_dead => Err(error.into()),
        _ => Ok(()),
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use sqlx::{ConnectOptions, Connection, Executor};

    use super::*;
    use crate::local::postgres::template;

    #[tokio::test]
    async fn a_server_that_has_ended_is_told_at_once_and_to_all_that_come_later() {
        let server = Embedded::start(Data::Copy(template::copy_to), &[]).unwrap();
        let mut connection = server.options.connect().await.unwrap();
        connection.execute("create table t (id int)").await.unwrap();
        let began = Instant::now();
        // Prepared, it is not refused, and the server ends for want of data.
        let copy = sqlx::query("copy t from stdin");
        let error = connection.execute(copy).await.unwrap_err().to_string();
        assert!(
            error.contains("the embedded PostgreSQL has ended"),
            "{error}"
        );
        let error = server.options.connect().await.unwrap_err().to_string();
        assert!(
            error.contains("the embedded PostgreSQL has ended"),
            "{error}"
        );
        assert!(began.elapsed() < Duration::from_secs(5));
        server.stop().unwrap();
    }

    #[tokio::test]
    async fn a_new_connection_sees_nothing_of_the_one_before() {
        let server = Embedded::start(Data::Copy(template::copy_to), &[]).unwrap();
        let mut connection = server.options.connect().await.unwrap();
        connection
            .execute(
                "create role other; create temp table t (id int); set session authorization other;\
                      set work_mem = '1MB'; prepare p as select 1",
            )
            .await
            .unwrap();
        connection.execute("begin").await.unwrap();
        connection.close().await.unwrap();
        let mut connection = server.options.connect().await.unwrap();
        let left: (String, String, bool, i64) = sqlx::query_as(
            "select session_user::text, current_setting('work_mem'), to_regclass('pg_temp.t') is null, \
             (select count(*) from pg_prepared_statements where not from_sql is false)",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert_eq!(
            (left.0.as_str(), left.1.as_str(), left.2, left.3),
            ("postgres", "4MB", true, 0)
        );
        drop(connection);
        server.stop().unwrap();
    }

    #[tokio::test]
    async fn a_wrong_password_is_refused() {
        let server = Embedded::start(Data::Copy(template::copy_to), &[]).unwrap();
        let options = server.options.clone().password("wrong");
        let error = options.connect().await.unwrap_err().to_string();
        assert!(error.contains("password"), "{error}");
        server.options.connect().await.unwrap();
        server.stop().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn its_folder_is_private_and_goes_with_it() {
        for is_stopped in [true, false] {
            let server = Embedded::start(Data::Copy(template::copy_to), &[]).unwrap();
            let folder = server.options.get_socket().unwrap().clone();
            let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
            match is_stopped {
                true => server.stop().unwrap(),
                false => drop(server),
            }
            let began = Instant::now();
            while folder.exists() {
                assert!(!is_stopped && began.elapsed() < Duration::from_secs(10));
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
}
