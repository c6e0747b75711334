//! [`Embedded`]: the PostgreSQL that runs inside this process.

use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::fmt;

use oliphaunt_wasix::session::{
    CatalogProfile, PostgresConfig, PreparedDatabase, StartupConfig,
    postgres_config_with_extension_startup, resolve_extension_set,
};
use oliphaunt_wasix::{DatabaseStorage, Extension};
use sqlx::postgres::PgConnectOptions;

use super::account::private_folder;
use super::bridge::Bridge;
use super::door::{Door, Stream};
use crate::local::LocalError;
use crate::local::error::Source;

/// How long it may take to start. The first time it unpacks itself.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// How much stack the thread of PostgreSQL has. Its own limit, `max_stack_depth`, is 2 MB.
const STACK_SIZE: usize = 16 * 1024 * 1024;

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

/// Creates the extensions that every Supabase project has before its first migration.
pub(super) const PREINSTALLED: &str = "create extension if not exists pgcrypto with schema extensions; \
     create extension if not exists \"uuid-ossp\" with schema extensions";

/// Those of [`PREINSTALLED`].
const PREINSTALLED_NAMES: [&str; 2] = ["pgcrypto", "uuid-ossp"];

/// A PostgreSQL inside this process, whose data is in memory. It serves one connection at a time, on a thread of
/// its own.
pub(super) struct Embedded {
    pub(super) options: PgConnectOptions,
    stopping: Arc<Stopping>,
    /// Sends how it ended.
    ended: mpsc::Receiver<Result<(), Source>>,
    thread: JoinHandle<()>,
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
    pub(super) fn start(extensions: &[String]) -> Result<Self, LocalError> {
        let extensions: Vec<Extension> = BUNDLED
            .iter()
            .filter(|name| {
                let is_named = extensions.iter().any(|extension| extension == *name);
                is_named || PREINSTALLED_NAMES.contains(name)
            })
            .filter_map(|name| Extension::by_sql_name(name))
            .collect();
        let system = |what| move |source| LocalError::System { what, source };
        // It is removed with the thread.
        let folder = private_folder().map_err(system("a temporary folder"))?;
        let door = Door::open(folder.path()).map_err(system("a socket"))?;
        let options = door.options().clone();
        let stopping = Arc::new(Stopping::default());
        let (report_start, started) = mpsc::sync_channel(1);
        let (report_end, ended) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("local-supabase-postgres".to_owned())
            .stack_size(STACK_SIZE)
            .spawn({
                let stopping = Arc::clone(&stopping);
                move || {
                    let end = run(&door, &extensions, &stopping, &report_start);
                    drop((door, folder));
                    // Nobody waits for it after a failed start.
                    let _ = report_end.send(end);
                }
            })
            .map_err(system("a thread"))?;
        let embedded = Self {
            options,
            stopping,
            ended,
            thread,
        };
        match started.recv_timeout(START_TIMEOUT) {
            Ok(()) => Ok(embedded),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                embedded.stopping.now.store(true, Ordering::SeqCst);
                Err(LocalError::PostgresStart(
                    "it is not ready after 2 minutes".into(),
                ))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let end = embedded.ended.recv();
                let ended_early = || "its thread ended".into();
                let reason = end.ok().and_then(Result::err).unwrap_or_else(ended_early);
                Err(LocalError::PostgresStart(reason))
            }
        }
    }

    /// Ends it, and waits for that. Blocks while a statement runs.
    pub(super) fn stop(self) -> Result<(), Source> {
        self.stopping.now.store(true, Ordering::SeqCst);
        if let Some(stream) = &*self.stopping.served() {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
        // The thread may wait for a connection. It does not if there is none to be had.
        let _ = Door::knock(&self.options);
        let end = self.ended.recv();
        let _ = self.thread.join();
        end.unwrap_or_else(|_| Err("its thread panicked".into()))
    }
}

impl Stopping {
    fn served(&self) -> std::sync::MutexGuard<'_, Option<Stream>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts PostgreSQL and serves its connections until it is stopped.
fn run(
    door: &Door,
    extensions: &[Extension],
    stopping: &Stopping,
    report_start: &mpsc::SyncSender<()>,
) -> Result<(), Source> {
    let mut database = PreparedDatabase::prepare(
        DatabaseStorage::Memory,
        CatalogProfile::Standard,
        "postgres",
    )?;
    let extensions = resolve_extension_set(extensions)?;
    let mut config = PostgresConfig::default();
    // As on any other server. Without it, it would be `public` alone.
    config.insert("search_path", "\"$user\", public");
    let config = postgres_config_with_extension_startup(config, &extensions)?;
    let runtime = database.runtime()?;
    let session = runtime.open_with_extensions(config, StartupConfig::default(), &extensions)?;
    drop(runtime);
    let mut bridge = Bridge::new(session);
    if report_start.send(()).is_err() {
        return Ok(bridge.end().map(drop)?);
    }
    while !stopping.now.load(Ordering::SeqCst) {
        let stream = door.accept()?;
        *stopping.served() = Some(stream.try_clone()?);
        // `stop` may have looked before there was a stream.
        if stopping.now.load(Ordering::SeqCst) {
            break;
        }
        // The client is told what it can be told; that it has gone away is nothing that is wrong.
        if let Err(error) = bridge.serve(stream, door.password()) {
            tracing::debug!(%error, "a connection to the embedded PostgreSQL has ended");
        }
        *stopping.served() = None;
    }
    if bridge.end()? {
        database.release()?;
    }
    Ok(())
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").finish_non_exhaustive()
    }
}
