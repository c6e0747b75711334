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
use super::extensions::{Command, Verb};
use super::keys::Keys;
use super::migrations::{self, Migration};
use super::needs;
use super::postgres::{Choice, Postgres};
use super::project::Project;
use super::script::Script;
use super::statements::statements;
use super::{LocalError, LocalStep, LocalStepKind, StandIn, gateway};

/// How long requests in flight may take to end at a graceful stop.
const GRACE: Duration = Duration::from_secs(5);

/// The callback for each step of a start.
pub(super) type OnStep = Box<dyn Fn(&LocalStep) + Send + Sync>;

/// The options of a stack.
pub(super) struct Plan {
    pub(super) postgres: Choice,
    pub(super) project: Project,
    pub(super) sql: Vec<String>,
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
    pub(super) database_url: Option<SecretString>,
    pub(super) stand_ins: Vec<StandIn>,
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
    let sql = match Sql::read(&plan) {
        Ok(sql) => sql,
        Err(error) => return Err((error, report_started)),
    };
    let extensions = sql.extensions();
    let starting = Postgres::start(&plan.postgres, sql.changes_server(), &extensions);
    let postgres = match runtime.block_on(stop.now.run_until_cancelled(starting)) {
        Some(Ok(postgres)) => postgres,
        Some(Err(error)) => return Err((error, report_started)),
        None => return Ok(Ok(())),
    };
    let outcome = runtime.block_on(serve(&plan, sql, &postgres, began, stop, report_started));
    // Closes the remaining connections: PostgreSQL can only stop after them.
    drop(runtime);
    let stopped = postgres.stop();
    outcome.map(|()| stopped)
}

/// The SQL of a project, read before anything is started: a missing file is the most common mistake.
struct Sql {
    roles: Option<(PathBuf, String)>,
    migrations: Vec<Migration>,
    /// Given as text.
    texts: Vec<String>,
    seeds: Vec<(PathBuf, String)>,
}

impl Sql {
    fn read(plan: &Plan) -> Result<Self, LocalError> {
        let read = |path: &PathBuf| Ok((path.clone(), migrations::read(path)?));
        let Project {
            roles,
            migrations,
            seeds,
            ..
        } = &plan.project;
        let migrations = migrations.as_deref().map(Migration::list);
        Ok(Self {
            roles: roles.as_ref().map(read).transpose()?,
            migrations: migrations.transpose()?.unwrap_or_default(),
            texts: plan.sql.clone(),
            seeds: seeds.iter().map(read).collect::<Result<_, LocalError>>()?,
        })
    }

    /// Returns where each text comes from, and the text.
    fn all(&self) -> impl Iterator<Item = (String, &str)> {
        let migrations = self.migrations.iter().map(Migration::text);
        let texts = self
            .texts
            .iter()
            .map(|sql| ("sql".to_owned(), sql.as_str()));
        let files = self.roles.iter().chain(&self.seeds);
        let files = files.map(|(path, sql)| (path.display().to_string(), sql.as_str()));
        migrations.chain(texts).chain(files)
    }

    /// Returns the names of the extensions that are created.
    fn extensions(&self) -> Vec<String> {
        let statements = self.all().flat_map(|(_, sql)| statements(sql));
        let commands = statements.flat_map(|statement| Command::of(statement.text));
        let created = commands.filter(|command| command.verb == Verb::Create);
        created.map(|command| command.name).collect()
    }

    fn changes_server(&self) -> bool {
        self.all().any(|(_, sql)| needs::changes_server(sql))
    }
}

async fn serve(
    plan: &Plan,
    sql: Sql,
    postgres: &Postgres,
    began: Instant,
    stop: &Stop,
    report_started: ReportStarted,
) -> Result<(), (LocalError, ReportStarted)> {
    let Running {
        url,
        stand_ins,
        api,
        server,
    } = match stop
        .now
        .run_until_cancelled(launch(plan, sql, postgres, began, stop))
        .await
    {
        Some(Ok(running)) => running,
        Some(Err(error)) => return Err((error, report_started)),
        None => return Ok(()),
    };
    let runtime = runtime::Handle::current();
    let started = Started {
        url,
        database_url: postgres.url().cloned(),
        stand_ins,
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
    stand_ins: Vec<StandIn>,
    api: Arc<Api>,
    server: JoinHandle<io::Result<()>>,
}

async fn launch(
    plan: &Plan,
    sql: Sql,
    postgres: &Postgres,
    began: Instant,
    stop: &Stop,
) -> Result<Running, LocalError> {
    let mut steps = Steps {
        on_step: &plan.on_step,
        last: began,
    };
    let database = postgres.connect().await?;
    let mut owner = database.owner().await?;
    steps.done(LocalStepKind::PostgresUp {
        server: postgres.described(),
        version: owner.version().await?,
    });
    owner.close().await;
    if !postgres.is_prepared() {
        database.bootstrap().await?;
    }
    steps.done(LocalStepKind::RolesCreated);
    let stand_ins = prepare(sql, &database, &mut steps).await?;
    postgres.log_in(&database).await?;

    let api = Arc::new(Api::new(database, Arc::clone(&plan.keys), &plan.project.api).await?);
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
    Ok(Running {
        url,
        stand_ins,
        api,
        server,
    })
}

/// Runs the roles, the migrations, the given SQL, and the seeds. Returns the stand-ins.
async fn prepare(
    sql: Sql,
    database: &Database,
    steps: &mut Steps<'_>,
) -> Result<Vec<StandIn>, LocalError> {
    let mut owner = database.owner().await?;
    owner.lock().await?;
    let of_supabase = owner.stand_ins().await?;
    if let Some((path, text)) = &sql.roles
        && migrations::run_once(path, text, &mut owner).await?
    {
        steps.done(LocalStepKind::SqlExecuted);
    }
    for migration in Migration::pending(sql.migrations, &mut owner).await? {
        migration.apply(&mut owner).await?;
        steps.done(LocalStepKind::MigrationApplied {
            file: migration.file_name(),
        });
    }
    for text in &sql.texts {
        owner.reset().await?;
        let script = Script {
            origin: "sql",
            sql: text,
        };
        script.execute(owner.connection()).await?;
        steps.done(LocalStepKind::SqlExecuted);
    }
    for (path, text) in &sql.seeds {
        if migrations::run_once(path, text, &mut owner).await? {
            let file = migrations::file_name(path);
            steps.done(LocalStepKind::Seeded { file });
        }
    }
    owner.reset().await?;
    let stand_ins = owner.stand_ins().await?;
    let of_project = stand_ins.iter().filter(|one| !of_supabase.contains(one));
    let of_project: Vec<_> = of_project.copied().collect();
    if !of_project.is_empty() {
        steps.done(LocalStepKind::StandIns(of_project));
    }
    owner.unlock().await?;
    owner.close().await;
    // Settings of the database and of roles hold for new connections.
    database.schema_has_changed();
    Ok(stand_ins)
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
