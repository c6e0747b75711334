//! [`Backend`] for [`Postgres`]: triggering, reading, cancelling and awaiting runs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::backoff::retried;
use super::core::Postgres;
use super::rows::{self, COLUMNS, get};
use super::{list, statement, stats, worker};
use crate::engine::backend::{Backend, Working};
use crate::engine::new_run::{Enqueued, NewRun};
use crate::engine::worker::WorkPlan;
use crate::engine::{QueueError, QueueStats, Run, RunFilter};
use crate::run::RunId;
use futures_util::future::BoxFuture;

impl Postgres {
    async fn read(&self, id: RunId) -> Result<Option<Run>, QueueError> {
        let sql = format!("select {COLUMNS} from supabase_task.runs r where r.id = $1");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(*id.as_uuid());
        let rows = self.connections.rows(query).await?;
        rows.first().map(rows::run).transpose()
    }

    /// Reads a run after a statement that may have changed it.
    async fn changed(&self, id: RunId) -> Result<Run, QueueError> {
        retried(|| self.read(id))
            .await?
            .ok_or(QueueError::NoSuchRun(id))
    }

    async fn store(&self, specs: &str) -> Result<Vec<Enqueued>, QueueError> {
        let sql =
            "select run_id, is_cached from supabase_task.enqueue($1::text::json) order by place";
        let rows = self.connections.rows(sqlx::query(sql).bind(specs)).await?;
        rows.iter().map(enqueued).collect()
    }
}

fn enqueued(row: &PgRow) -> Result<Enqueued, QueueError> {
    Ok(Enqueued {
        id: RunId::from(get::<Uuid>(row, "run_id")?),
        is_cached: get(row, "is_cached")?,
    })
}

impl Backend for Postgres {
    fn enqueue(&self, runs: Vec<NewRun>) -> BoxFuture<'_, Result<Vec<Enqueued>, QueueError>> {
        Box::pin(async move {
            if runs.is_empty() {
                return Ok(Vec::new());
            }
            let specs = statement::specs(&runs)?;
            // The ids are made here, so a retry finds runs that were stored before the connection was lost.
            let enqueued = retried(|| self.store(&specs)).await?;
            if enqueued.len() != runs.len() {
                return Err(QueueError::NotStored);
            }
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
        Box::pin(async move { retried(|| list::list(&self.connections, &filter)).await })
    }

    fn stats(&self) -> BoxFuture<'_, Result<QueueStats, QueueError>> {
        Box::pin(retried(|| stats::stats(&self.connections)))
    }

    fn finished(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move {
            self.waiters
                .wait(&self.connections, &self.events, id)
                .await?;
            self.changed(id).await
        })
    }

    fn cancel(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move {
            let query = || sqlx::query("select supabase_task.cancel($1)").bind(*id.as_uuid());
            retried(|| self.connections.execute(query())).await?;
            self.changed(id).await
        })
    }

    fn reschedule(&self, id: RunId, at: DateTime<Utc>) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move {
            let sql = "select supabase_task.reschedule($1, $2)";
            let query = || sqlx::query(sql).bind(*id.as_uuid()).bind(at);
            let moved: bool = retried(|| self.connections.scalar(query())).await?;
            let run = self.changed(id).await?;
            match moved {
                true => Ok(run),
                false => Err(QueueError::not_delayed(id, run.status)),
            }
        })
    }

    fn work(self: Arc<Self>, plan: WorkPlan, stop: CancellationToken) -> Working {
        Box::pin(worker::work(self, plan, stop))
    }
}
