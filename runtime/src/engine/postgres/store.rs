//! [`Postgres`]: the engine, as far as no run is worked on.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::database::failure;
use super::events::{Backoff, Event, Events};
use super::options::Settings;
use super::rows::{self, COLUMNS};
use super::{Connections, statement, worker};
use crate::engine::backend::{Backend, BoxFuture, Enqueued, NewRun};
use crate::engine::worker::WorkPlan;
use crate::engine::{QueueError, Run, RunFilter, WorkerError};
use crate::task::RunId;

/// How often who waits for a run looks at its row, in case a notification was lost.
const LOOK: Duration = Duration::from_secs(5);

/// How often a statement is tried when its connection turns out to be lost.
const TRIES: u32 = 5;

/// The engine in Postgres.
#[derive(Debug)]
pub(super) struct Postgres {
    pub(super) connections: Connections,
    pub(super) events: Events,
    pub(super) settings: Settings,
}

impl Postgres {
    pub(super) fn new(connections: Connections, settings: Settings) -> Self {
        let events = Events::new(connections.listening.clone());
        Self {
            connections,
            events,
            settings,
        }
    }

    async fn read(&self, id: RunId) -> Result<Option<Run>, QueueError> {
        let sql = format!("select {COLUMNS} from supabase_task.runs where id = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(*id.as_uuid())
            .fetch_optional(&self.connections.pool)
            .await
            .map_err(failure)?;
        row.as_ref().map(rows::run).transpose()
    }

    /// The run after a statement that changed it.
    async fn changed(&self, id: RunId) -> Result<Run, QueueError> {
        retried(|| self.read(id))
            .await?
            .ok_or(QueueError::NoSuchRun(id))
    }

    async fn store(&self, specs: &str) -> Result<Vec<Enqueued>, QueueError> {
        let sql =
            "select run_id, is_cached from supabase_task.enqueue($1::text::json) order by place";
        let rows = sqlx::query(sql)
            .bind(specs)
            .fetch_all(&self.connections.pool)
            .await
            .map_err(failure)?;
        rows.iter().map(enqueued).collect()
    }

    /// Runs without a history. Sent once: nothing would tell a second time from the first.
    async fn store_plain(&self, runs: &[NewRun]) -> Result<Vec<Enqueued>, QueueError> {
        sqlx::query("select supabase_task.enqueue_plain($1::text::json)")
            .bind(statement::specs(runs)?)
            .execute(&self.connections.pool)
            .await
            .map_err(failure)?;
        let stored = runs.iter().map(|run| Enqueued {
            id: run.id,
            is_cached: false,
        });
        Ok(stored.collect())
    }

    /// Says that somebody waits for the run, and reads it.
    async fn awaited(&self, id: RunId) -> Result<Run, QueueError> {
        let mark = "update supabase_task.runs set awaited = true
            where id = $1 and not awaited and not supabase_task.is_final(status)";
        sqlx::query(mark)
            .bind(*id.as_uuid())
            .execute(&self.connections.pool)
            .await
            .map_err(failure)?;
        self.read(id).await?.ok_or(QueueError::NoSuchRun(id))
    }

    /// Lets runs expire that nobody began in time; what goes wrong is tried again by who calls this.
    async fn expire(&self) {
        let expired = sqlx::query("select supabase_task.expire()")
            .execute(&self.connections.pool)
            .await;
        if let Err(error) = expired.map_err(failure) {
            tracing::warn!(%error, "runs that nobody began in time cannot expire; trying again");
        }
    }

    async fn select(&self, filter: &RunFilter) -> Result<Vec<Run>, QueueError> {
        let statuses: Vec<_> = filter
            .statuses
            .iter()
            .map(|status| status.as_str())
            .collect();
        let sql = format!(
            "select {COLUMNS} from supabase_task.runs
             where ($1::text is null or task_id = $1)
               and ($2::text[] = '{{}}' or (case when status = 'DELAYED' and run_at <= now()
                 then 'QUEUED' else status end) = any ($2))
               and ($3::text is null or $3 = any (tags))
               and ($4::uuid is null or id < $4)
             order by id desc limit $5"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(filter.task_id.as_deref())
            .bind(statuses)
            .bind(filter.tag.as_deref())
            .bind(filter.before.map(|before| *before.as_uuid()))
            .bind(i64::from(filter.limit_or_default()))
            .fetch_all(&self.connections.pool)
            .await
            .map_err(failure)?;
        rows.iter().map(rows::run).collect()
    }
}

fn enqueued(row: &PgRow) -> Result<Enqueued, QueueError> {
    let id: Uuid = row.try_get("run_id").map_err(failure)?;
    Ok(Enqueued {
        id: RunId::from(id),
        is_cached: row.try_get("is_cached").map_err(failure)?,
    })
}

/// Does again what failed for a lost connection. Only for what may be done twice: reads, and
/// statements that find their work done.
pub(super) async fn retried<T, F>(mut statement: impl FnMut() -> F) -> Result<T, QueueError>
where
    F: Future<Output = Result<T, QueueError>>,
{
    let mut wait = Backoff::new();
    for _ in 1..TRIES {
        match statement().await {
            Err(error) if error.is_retryable() => wait.sleep().await,
            other => return other,
        }
    }
    statement().await
}

impl Backend for Postgres {
    fn enqueue(&self, runs: Vec<NewRun>) -> BoxFuture<'_, Result<Vec<Enqueued>, QueueError>> {
        Box::pin(async move {
            if runs.is_empty() {
                return Ok(Vec::new());
            }
            if !self.settings.history && runs.iter().all(NewRun::is_plain) {
                return self.store_plain(&runs).await;
            }
            let specs = statement::specs(&runs)?;
            // The ids are made here: what was stored before the connection was lost is found again.
            let enqueued = retried(|| self.store(&specs)).await?;
            for delay in runs.iter().filter_map(|run| run.delay) {
                self.events.issued_for(delay);
            }
            Ok(enqueued)
        })
    }

    fn find(&self, id: RunId) -> BoxFuture<'_, Result<Option<Run>, QueueError>> {
        Box::pin(retried(move || self.read(id)))
    }

    fn list(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, QueueError>> {
        Box::pin(async move { retried(|| self.select(&filter)).await })
    }

    fn finished(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move {
            // First, so that nothing is missed between looking and listening.
            let mut events = self.events.subscribe().await;
            loop {
                let mut look = LOOK;
                match self.awaited(id).await {
                    Ok(run) if run.status.is_final() => return Ok(run),
                    Ok(run) => {
                        // Where there is no worker, nobody else would let it expire.
                        match run.expires_at.map(|end| (end - Utc::now()).to_std()) {
                            Some(Ok(left)) => look = look.min(left + Duration::from_millis(5)),
                            Some(Err(_)) if run.attempts.is_empty() => self.expire().await,
                            _ => {}
                        }
                    }
                    // The run goes on without the database of this process: so does who waits.
                    Err(error) if error.is_retryable() => {
                        tracing::warn!(run_id = %id, %error, "waiting for a run; trying again");
                    }
                    Err(error) => return Err(error),
                }
                let told = async {
                    loop {
                        match events.recv().await {
                            Ok(Event::Ended(ended)) if ended == id => return,
                            Ok(Event::Reconnected) | Err(_) => return,
                            Ok(_) => {}
                        }
                    }
                };
                let _ = tokio::time::timeout(look, told).await;
            }
        })
    }

    fn cancel(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move {
            retried(|| async {
                sqlx::query("select supabase_task.cancel($1)")
                    .bind(*id.as_uuid())
                    .execute(&self.connections.pool)
                    .await
                    .map_err(failure)
            })
            .await?;
            self.changed(id).await
        })
    }

    fn reschedule(&self, id: RunId, at: DateTime<Utc>) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move {
            let moved = retried(|| async {
                sqlx::query_scalar::<_, bool>("select supabase_task.reschedule($1, $2)")
                    .bind(*id.as_uuid())
                    .bind(at)
                    .fetch_one(&self.connections.pool)
                    .await
                    .map_err(failure)
            })
            .await?;
            let run = self.changed(id).await?;
            if moved {
                return Ok(run);
            }
            Err(QueueError::WrongStatus {
                run: id,
                status: run.status,
                reason: "only a delayed run can be given another time; cancel it, or replay it",
            })
        })
    }

    fn work(
        self: Arc<Self>,
        plan: WorkPlan,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<(), WorkerError>> {
        Box::pin(worker::work(self, plan, stop))
    }
}
