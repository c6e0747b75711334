//! Faults in the database: stopped sessions, locked rows, runs with a bad payload, refused outcomes.

use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long a session is stopped, or keeps rows locked.
const A_WHILE: Duration = Duration::from_secs(2);

/// Refuses the outcomes of a few runs, always.
const REFUSE: &str = "
create schema chaos;
create function chaos.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'this run is not to be completed';
end
$$;
create trigger refuse before update on supabase_task.runs
  for each row when (new.status = 'COMPLETED' and new.payload::text like '%007')
  execute function chaos.refuse()";

/// How often each fault happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub stood_still: usize,
    pub locked: usize,
    pub bad: usize,
}

/// Makes PostgreSQL refuse outcomes from now on.
pub async fn refuse_outcomes(url: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(REFUSE).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Starts to cause `count` faults, one after the other, in the background.
pub fn start(url: &str, count: usize) -> JoinHandle<Faults> {
    let url = url.to_owned();
    tokio::spawn(async move {
        let mut faults = Faults::default();
        while faults.stood_still + faults.locked + faults.bad < count {
            tokio::time::sleep(A_WHILE / 4).await;
            // The server may be down.
            let _ = one(&url, &mut faults).await;
        }
        faults
    })
}

async fn one(url: &str, faults: &mut Faults) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    // A new UUID is random enough.
    match Uuid::new_v4().as_u128() % 3 {
        0 => {
            let session: i32 = sqlx::query_scalar(
                "select pid from pg_stat_activity where application_name = 'supabase-task'
                 order by random() limit 1",
            )
            .fetch_one(&mut connection)
            .await?;
            signal("STOP", session)?;
            tokio::time::sleep(A_WHILE).await;
            signal("CONT", session)?;
            faults.stood_still += 1;
        }
        1 => {
            let mut transaction = connection.begin().await?;
            sqlx::query(
                "select from supabase_task.runs where status in ('QUEUED', 'EXECUTING')
                 order by id limit 20 for update skip locked",
            )
            .execute(&mut *transaction)
            .await?;
            tokio::time::sleep(A_WHILE).await;
            transaction.rollback().await?;
            faults.locked += 1;
        }
        _ => {
            sqlx::query(
                "select supabase_task.trigger((select id from supabase_task.tasks), '\"bad\"')",
            )
            .execute(&mut connection)
            .await?;
            faults.bad += 1;
        }
    }
    Ok(connection.close().await?)
}

fn signal(signal: &str, process: i32) -> anyhow::Result<()> {
    let sent = Command::new("kill")
        .args([format!("-{signal}"), process.to_string()])
        .status();
    sent.map(drop).with_context(|| format!("kill -{signal}"))
}
