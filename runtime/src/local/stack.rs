//! Runs a stack on a thread and a runtime of its own.
//!
//! A stack therefore outlives the runtime it was started on (each `#[tokio::test]` has its own), is
//! never held up by other work there, and can be stopped without awaiting anything.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Weak, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::api::Api;
use super::database::Database;
use super::keys::Keys;
use super::migrations::{self, Migration};
use super::postgres::Postgres;
use super::{LocalError, LocalStep, LocalStepKind, gateway};

/// How long requests in flight may take to end at a graceful stop.
const GRACE: Duration = Duration::from_secs(5);

/// The callback for each step of a start.
pub(super) type OnStep = Box<dyn Fn(&LocalStep) + Send + Sync>;

/// The options of a stack.
pub(super) struct Plan {
    pub(super) database_url: Option<SecretString>,
    pub(super) migrations: Option<PathBuf>,
    pub(super) sql: Vec<String>,
    pub(super) seed: Option<PathBuf>,
    pub(super) exposed_schemas: Vec<String>,
    pub(super) keys: Arc<Keys>,
    pub(super) on_step: OnStep,
}

/// Signals a stack to stop.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop {
    /// Requests in flight may end first.
    pub(super) gracefully: CancellationToken,
    pub(super) now: CancellationToken,
}

/// A running stack.
pub(super) struct Started {
    pub(super) url: String,
    /// Weak, so that holding the stack does not keep the connection to PostgreSQL open.
    pub(super) api: Weak<Api>,
    pub(super) runtime: runtime::Handle,
}

/// The other side of the stack's thread.
pub(super) struct Thread {
    pub(super) started: oneshot::Receiver<Result<Started, LocalError>>,
    pub(super) stopped: oneshot::Receiver<Result<(), LocalError>>,
    /// Disconnected when the thread ends.
    pub(super) ended: mpsc::Receiver<()>,
}

/// Starts the stack's thread.
pub(super) fn spawn(plan: Plan, stop: Stop) -> Result<Thread, LocalError> {
    let (report_started, started) = oneshot::channel();
    let (report_stopped, stopped) = oneshot::channel();
    let (alive, ended) = mpsc::channel();
    thread::Builder::new()
        .name("local-supabase".to_owned())
        .spawn(move || {
            let _alive = alive;
            // The receiver is gone if `start` was cancelled or the stack dropped.
            match run(plan, &stop, report_started) {
                Ok(result) => drop(report_stopped.send(result)),
                Err((error, report_started)) => drop(report_started.send(Err(error))),
            }
        })
        .map_err(|source| LocalError::System {
            what: "a thread",
            source,
        })?;
    Ok(Thread {
        started,
        stopped,
        ended,
    })
}

type ReportStarted = oneshot::Sender<Result<Started, LocalError>>;

/// Runs from start to stop. The outer error is the start's; the inner result is the stop's.
fn run(
    plan: Plan,
    stop: &Stop,
    report_started: ReportStarted,
) -> Result<Result<(), LocalError>, (LocalError, ReportStarted)> {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => {
            return Err((
                LocalError::System {
                    what: "a runtime",
                    source,
                },
                report_started,
            ));
        }
    };
    let began = Instant::now();
    let postgres = match &plan.database_url {
        Some(url) => Postgres::given(url),
        None => Postgres::embedded(),
    };
    let postgres = match postgres {
        Ok(postgres) => postgres,
        Err(error) => return Err((error, report_started)),
    };
    let outcome = runtime.block_on(serve(&plan, &postgres, began, stop, report_started));
    // Closes the remaining connections: PostgreSQL can only stop after them.
    drop(runtime);
    let stopped = postgres.stop();
    outcome.map(|()| stopped)
}

async fn serve(
    plan: &Plan,
    postgres: &Postgres,
    began: Instant,
    stop: &Stop,
    report_started: ReportStarted,
) -> Result<(), (LocalError, ReportStarted)> {
    let Running { url, api, server } = match stop
        .now
        .run_until_cancelled(launch(plan, postgres, began, stop))
        .await
    {
        Some(Ok(running)) => running,
        Some(Err(error)) => return Err((error, report_started)),
        None => return Ok(()),
    };
    let runtime = runtime::Handle::current();
    let started = Started {
        url,
        api: Arc::downgrade(&api),
        runtime,
    };
    if report_started.send(Ok(started)).is_err() {
        return Ok(());
    }
    tokio::select! {
        () = stop.now.cancelled() => {}
        () = stop.gracefully.cancelled() => {
            let ending = async {
                // Neither can fail in a way that would matter now.
                let _ = server.await;
                api.database().pool().close().await;
            };
            let _ = stop.now.run_until_cancelled(tokio::time::timeout(GRACE, ending)).await;
        }
    }
    Ok(())
}

struct Running {
    url: String,
    api: Arc<Api>,
    server: JoinHandle<io::Result<()>>,
}

async fn launch(
    plan: &Plan,
    postgres: &Postgres,
    began: Instant,
    stop: &Stop,
) -> Result<Running, LocalError> {
    let mut steps = Steps {
        on_step: &plan.on_step,
        last: began,
    };
    // Read before anything is created: a missing folder is the most common mistake.
    let migrations = plan
        .migrations
        .as_deref()
        .map(Migration::list)
        .transpose()?;

    let database = postgres.connect().await?;
    steps.done(LocalStepKind::PostgresUp {
        version: database.version().await?,
    });
    database.bootstrap().await?;
    steps.done(LocalStepKind::RolesCreated);
    prepare(plan, migrations.unwrap_or_default(), &database, &mut steps).await?;

    let api = Arc::new(Api::new(database, Arc::clone(&plan.keys), &plan.exposed_schemas).await?);
    let no_port = |source| LocalError::System {
        what: "a port on 127.0.0.1",
        source,
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(no_port)?;
    let url = format!("http://{}", listener.local_addr().map_err(no_port)?);
    let router = gateway::router(Arc::clone(&api));
    let stopping = stop.gracefully.clone().cancelled_owned();
    let server = tokio::spawn(
        axum::serve(listener, router)
            .with_graceful_shutdown(stopping)
            .into_future(),
    );
    steps.done(LocalStepKind::ApiUp { url: url.clone() });
    Ok(Running { url, api, server })
}

/// Runs the migrations, then the given SQL, then the seed.
async fn prepare(
    plan: &Plan,
    migrations: Vec<Migration>,
    database: &Database,
    steps: &mut Steps<'_>,
) -> Result<(), LocalError> {
    let mut owner = database.owner().await?;
    owner.lock().await?;
    for migration in Migration::pending(migrations, &mut owner).await? {
        migration.apply(&mut owner).await?;
        steps.done(LocalStepKind::MigrationApplied {
            file: migration.file_name(),
        });
    }
    for sql in &plan.sql {
        owner.reset().await?;
        owner.run(sql, "sql").await?;
        steps.done(LocalStepKind::SqlExecuted);
    }
    if let Some(seed) = &plan.seed
        && migrations::seed(seed, &mut owner).await?
    {
        steps.done(LocalStepKind::Seeded {
            file: migrations::file_name(seed),
        });
    }
    owner.unlock().await?;
    owner.close().await;
    Ok(())
}

/// Reports each step and its duration to `on_step`.
struct Steps<'a> {
    on_step: &'a OnStep,
    last: Instant,
}

impl Steps<'_> {
    fn done(&mut self, kind: LocalStepKind) {
        let now = Instant::now();
        let took = now - self.last;
        self.last = now;
        (self.on_step)(&LocalStep { kind, took });
    }
}
