//! Faults that a database can have while runs are in progress: refused outcomes, rows that cannot be run,
//! rows that another session has locked.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use crate::stage::{Stage, until};

/// Whether the outcome of this run is always refused.
pub(crate) fn is_refused(number: u64) -> bool {
    number % 400 == 7
}

/// Whether the outcome of this run may be refused, as the first few of these are.
pub(crate) fn may_be_refused(number: u64) -> bool {
    number % 100 == 9
}

/// Makes PostgreSQL refuse to set some runs to COMPLETED.
pub(crate) async fn refuse_outcomes(stage: &Stage) {
    let refuse = "
        create sequence stage.refusals;
        create function stage.refuse() returns trigger language plpgsql as $$
        declare
          number integer := new.payload::text::integer;
        begin
          -- What a sequence gives is not taken back when the outcome is.
          if number % 400 = 7 or number % 100 = 9 and nextval('stage.refusals') <= 6 then
            raise exception 'run % is not to be completed', number;
          end if;
          return new;
        end
        $$;
        create trigger refuse before update on supabase_task.runs
          for each row when (new.status = 'COMPLETED' and new.task_id = 'step'
            and json_typeof(new.payload) = 'number')
          execute function stage.refuse()";
    sqlx::raw_sql(refuse).execute(&stage.pool).await.unwrap();
}

/// Adds runs whose payload does not fit their task, and jobs that are not runs. Returns the number
/// of runs.
pub(crate) async fn bad_rows(stage: &Stage) -> i64 {
    until("the task is known", || async {
        let known: bool = stage
            .scalar("select exists (select from supabase_task.tasks where id = 'step')")
            .await;
        known.then_some(())
    })
    .await;
    let bad = "
        select supabase_task.trigger('step', '\"no number\"') from generate_series(1, 5);
        select supabase_task_jobs.add_job('step', '{\"no\": \"run\"}', job_key := 'bad ' || n, max_attempts := 2)
        from generate_series(1, 5) n";
    sqlx::raw_sql(bad).execute(&stage.pool).await.unwrap();
    5
}

/// Removes the bad jobs that are left at the end, which nothing else removes.
pub(crate) async fn remove_bad_jobs(stage: &Stage) {
    stage
        .execute("delete from supabase_task_jobs._private_jobs where key like 'bad %'")
        .await;
}

/// A session that locks some runs for a second, again and again, until this is dropped.
pub(crate) fn lock_rows(url: &str) -> JoinSet<()> {
    let mut locking = JoinSet::new();
    let url = url.to_owned();
    locking.spawn(async move {
        loop {
            // The server may be down.
            let _ = lock_some(&url).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    locking
}

async fn lock_some(url: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let mut transaction = connection.begin().await?;
    sqlx::query(
        "select from supabase_task.runs where status in ('QUEUED', 'EXECUTING')
         order by random() limit 5 for update skip locked",
    )
    .execute(&mut *transaction)
    .await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    transaction.rollback().await?;
    connection.close().await
}
